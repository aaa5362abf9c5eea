/*-------------------------------------------------------------------------
 *
 * parking.h
 *	  Rows that wait for their parent.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/parking.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PARKING_H
#define RELMAP_PARKING_H

#include "access/htup.h"
#include "commands/trigger.h"
#include "storage/itemptr.h"

#include "enforce/keyinfo.h"
#include "enforce/site.h"

extern HeapTuple relmap_park(RelmapSite *site, TriggerData *trigdata,
							 const Datum *values, uint32 keyhash);
extern bool relmap_parked_any(void);
extern void relmap_parking_init(void);
extern bool relmap_parked_here(RelmapSite *site);
extern void relmap_parked_outdone(RelmapKey *key, const Datum *values,
								  uint32 keyhash, bool is_wish);
extern bool relmap_parked_suspect(RelmapKey *key, ItemPointer tid);

#endif							/* RELMAP_PARKING_H */
