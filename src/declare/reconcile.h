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

#include "base/relationship.h"
#include "declare/report.h"

/*
 * Bring them in line with the declarations that stand on a declaration's key
 * now.  old is the previous declaration, NULL for a new one: relmap's own
 * unique index is dropped if nothing needs it any more, unless
 * keep_constraint.  If the key does not exist any more, everything on its
 * columns is dropped.  What was done is added to report.
 */
extern void relmap_reconcile(const RelmapRelationship *subject,
							 const RelmapRelationship *old,
							 bool keep_constraint, RelmapReport *report);

/*
 * Lock out other declarations on the keys of child until the end of the
 * transaction, as far as the current user may.
 */
extern void relmap_reconcile_lock(Oid child);

#endif							/* RELMAP_RECONCILE_H */
