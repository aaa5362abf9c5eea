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
 * Bring them in line with the declarations that stand on a declaration's key
 * now.  old is what it was until now, NULL if it is new: its own unique index,
 * if nothing wants that any more, is dropped unless keep_constraint.  If the
 * key itself is gone, everything on its columns goes.  Tells what it did in
 * report.
 */
extern void relmap_reconcile(const RelmapRelationship *relationship,
							 const RelmapRelationship *old,
							 bool keep_constraint, RelmapReport *report);

/*
 * Keep other declarations on the keys of child away until the end of the
 * transaction, as far as the current user may.
 */
extern void relmap_reconcile_lock(Oid child);

#endif							/* RELMAP_RECONCILE_H */
