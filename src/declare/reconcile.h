/*-------------------------------------------------------------------------
 *
 * reconcile.h
 *	  The uniqueness and the triggers of one foreign key.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/reconcile.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_RECONCILE_H
#define RELMAP_RECONCILE_H

#include "base/catalog.h"
#include "declare/report.h"

/*
 * Bring them in line with the declarations that stand on the key of one of
 * them, the subject, which was declared, changed or dropped just now.
 * released is the UNIQUE that relmap made for it before (NULL if none);
 * keep_constraint leaves it there when nothing wants it any more.  If the key
 * itself is gone, everything on its columns goes.  Tells what it did in
 * report.
 */
extern void relmap_reconcile(const RelmapRelationship *subject,
							 const char *former_constraint, bool keep_constraint,
							 RelmapReport *report);

/*
 * Keep other declarations on the keys of child away until the end of the
 * transaction, as far as the current user may.
 */
extern void relmap_reconcile_lock(Oid child);

#endif							/* RELMAP_RECONCILE_H */
