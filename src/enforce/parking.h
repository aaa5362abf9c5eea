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

/* The slots that a parked row waits for. */
typedef struct RelmapParkedSlots
{
	const RelmapParkedRow *row;
	int			n;
	RelmapKeyInfo **keys;
	const Datum **values;
	int		   *lost_to;		/* the row that has taken it since, in the
								 * order of time; 0: none */
} RelmapParkedSlots;

extern MemoryContext relmap_parking_context(RelmapStatement *statement);
extern void relmap_parking_add(RelmapCallState *call, TriggerData *trigdata,
							   const RelmapParkedRow *row,
							   const Bitmapset *slots,
							   const RelmapParkedRow *replaced);
extern bool relmap_parking_next(RelmapStatement *statement,
								RelmapParkedSlots *next);
extern void relmap_parking_end(RelmapStatement *statement);
extern bool relmap_parking_any(void);
extern bool relmap_parking_wants(RelmapCallState *call, RelmapKeyInfo *key,
								 const Datum *values);
extern bool relmap_parking_begun(RelmapCallState *call, RelmapKeyInfo *key);
extern bool relmap_parking_supersede(RelmapKeyInfo *key, const Datum *values,
									 uint32 keyhash,
									 RelmapStatement *giver, int *newcomer);
extern void relmap_parking_init(void);

#endif							/* RELMAP_PARKING_H */
