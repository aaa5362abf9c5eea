/*-------------------------------------------------------------------------
 *
 * deferredcheck.h
 *	  Checks of rows that wait until parked rows have their slots.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/deferredcheck.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_DEFERREDCHECK_H
#define RELMAP_DEFERREDCHECK_H

#include "storage/itemptr.h"

#include "enforce/keyinfo.h"
#include "enforce/statement.h"

/* A check of a row of the key's table, at this tid. */
typedef void (*RelmapCheck) (RelmapKeyInfo *key, ItemPointer tid);

/* Make a check, now or, if rows are parked, when they have their slots. */
extern void relmap_deferredcheck_make(RelmapCheck check, RelmapKeyInfo *key,
									  ItemPointer tid);

/* If rows are parked, make a check when they have their slots; else false. */
extern bool relmap_deferredcheck_defer(RelmapCheck check, RelmapKeyInfo *key,
									   ItemPointer tid);

/* Those of a statement have them. */
extern void relmap_deferredcheck_run(RelmapStatement *statement);

/* A subtransaction is rolled back: so is what it has deferred. */
extern void relmap_deferredcheck_undo(RelmapStatement *statement,
									  SubTransactionId subid);

#endif							/* RELMAP_DEFERREDCHECK_H */
