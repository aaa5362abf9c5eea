/*-------------------------------------------------------------------------
 *
 * incumbent.h
 *	  Who holds a key.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/incumbent.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_INCUMBENT_H
#define RELMAP_INCUMBENT_H

#include "storage/itemptr.h"
#include "utils/relcache.h"

#include "enforce/callstate.h"
#include "enforce/keyinfo.h"
#include "enforce/probe.h"

extern bool relmap_incumbent_find(RelmapCallState *call, RelmapSlotState *slot,
								  Relation rel, const Datum *values,
								  RelmapIncumbent *incumbent);
extern bool relmap_incumbent_find_once(RelmapKeyInfo *key, Relation rel,
									   const Datum *values,
									   RelmapIncumbent *incumbent);
extern void relmap_incumbent_wait(Relation rel, RelmapIncumbent *row);
extern bool relmap_incumbent_latest_tid(Relation rel, ItemPointer tid);
extern void relmap_incumbent_init(void);

#endif							/* RELMAP_INCUMBENT_H */
