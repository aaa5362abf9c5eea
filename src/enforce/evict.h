/*-------------------------------------------------------------------------
 *
 * evict.h
 *	  The incumbents of the slots that a newcomer takes are replaced.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/evict.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_EVICT_H
#define RELMAP_EVICT_H

#include "utils/relcache.h"

#include "enforce/newcomer.h"

extern void relmap_evict(RelmapNewcomer *newcomer);
extern bool relmap_evict_will_leave(RelmapNewcomer *newcomer,
									const RelmapTaken *refused,
									ItemPointer holder);
extern bool relmap_evict_is_own_row(RelmapCallState *call,
									const RelmapTaken *taken);
extern bool relmap_evict_failed(Relation rel, const RelmapTaken *taken);

#endif							/* RELMAP_EVICT_H */
