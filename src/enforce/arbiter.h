/*-------------------------------------------------------------------------
 *
 * arbiter.h
 *	  What the executor will decide about a row that is about to be written.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/arbiter.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ARBITER_H
#define RELMAP_ARBITER_H

#include "executor/tuptable.h"
#include "utils/relcache.h"

#include "enforce/callstate.h"

extern bool relmap_arbiter_conflict(RelmapCallState *call,
									TupleTableSlot *slot, bool exact);
extern bool relmap_arbiter_conflicts_with(RelmapCallState *call,
										  TupleTableSlot *slot,
										  TupleTableSlot *other);
extern bool relmap_arbiter_stays_in_partition(RelmapCallState *call,
											  Relation rel,
											  TupleTableSlot *slot);

#endif							/* RELMAP_ARBITER_H */
