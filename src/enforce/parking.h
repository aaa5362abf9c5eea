/*-------------------------------------------------------------------------
 *
 * parking.h
 *	  Rows that wait for their slots.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/parking.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PARKING_H
#define RELMAP_PARKING_H

#include "commands/trigger.h"

#include "enforce/callstate.h"
#include "enforce/keyinfo.h"
#include "enforce/parkedrow.h"

/* What lives as long as a statement's parked rows. */
extern MemoryContext relmap_parking_context(RelmapStatement *statement);

/*
 * The row that is updated is parked for these slots of the call state; replaced
 * is what it was parked as before, or NULL.
 */
extern void relmap_parking_add(RelmapCallState *call, TriggerData *trigdata,
							   const RelmapParkedRow *row,
							   const Bitmapset *slots,
							   const RelmapParkedRow *replaced);

/* All have got theirs. */
extern void relmap_parking_end(RelmapStatement *statement);

/*
 * Is any row parked?  Which one, by the statement of this call state, for this
 * very key; NULL if none?  Is one in this slot at all?
 */
extern bool relmap_parking_any(void);
extern const RelmapParkedRow *relmap_parking_find(RelmapCallState *call,
												  RelmapKeyInfo *key,
												  const Datum *values);
extern bool relmap_parking_begun(RelmapCallState *call, RelmapKeyInfo *key);

/*
 * A row takes a slot directly: parked rows lose it, but for those of giver.
 * True if some did; *newcomer numbers the row, 0 before it has one.
 */
extern bool relmap_parking_supersede(RelmapKeyInfo *key, const Datum *values,
									 uint32 keyhash,
									 RelmapStatement *giver,
									 uint64 *newcomer);
extern void relmap_parking_init(void);

#endif							/* RELMAP_PARKING_H */
