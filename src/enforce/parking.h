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

#include "enforce/callstate.h"
#include "enforce/change.h"
#include "enforce/keyinfo.h"

extern HeapTuple relmap_parking_park(RelmapCallState *call, RelmapKeyInfo *key,
									 TriggerData *trigdata, HeapTuple row,
									 const Datum *values, uint32 keyhash,
									 bool shown, const RelmapParkedRow **list);
extern bool relmap_parking_any(void);
extern void relmap_parking_init(void);
extern bool relmap_parking_wants(RelmapCallState *call, RelmapKeyInfo *key,
								 const Datum *values);
extern bool relmap_parking_begun(RelmapCallState *call, RelmapKeyInfo *key);
extern void relmap_parking_supersede(RelmapKeyInfo *key, const Datum *values,
									 uint32 keyhash, bool was_parked);

/* A check of a row of the key's table, at this tid. */
typedef void (*RelmapCheck) (RelmapKeyInfo *key, ItemPointer tid);

extern bool relmap_parking_defer(RelmapCheck check, RelmapKeyInfo *key,
								 ItemPointer tid);

#endif							/* RELMAP_PARKING_H */
