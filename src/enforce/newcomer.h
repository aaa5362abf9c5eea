/*-------------------------------------------------------------------------
 *
 * newcomer.h
 *	  A row that takes slots.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/newcomer.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_NEWCOMER_H
#define RELMAP_NEWCOMER_H

#include "access/htup.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "fmgr.h"

#include "enforce/callstate.h"
#include "enforce/incumbent.h"
#include "enforce/parkedrow.h"

/* A slot that a row takes. */
typedef struct RelmapTaken
{
	RelmapSlotState *slot;
	bool		was_parked;		/* the row was parked in it, and gets it now */
	Datum		values[INDEX_MAX_KEYS];
	uint32		keyhash;
	bool		held;			/* the last probe found an incumbent */
	RelmapIncumbent incumbent;
	ItemPointerData evicted;	/* the last that was to be replaced ... */
	bool		changed;		/* ... and was changed by that */
	bool		replaced;		/* some incumbent was changed */
} RelmapTaken;

/* A row that takes slots. */
typedef struct RelmapNewcomer
{
	RelmapCallState *call;
	TriggerData *trigdata;
	FmgrInfo   *flinfo;
	bool		update;			/* else it is inserted */
	bool		is_acted_on;	/* by an action: it is replaced, or given
								 * slots */
	bool		is_given;		/* a parked row that gets its slots now */
	RelmapStatement *cause;		/* the statement for which it is acted on */
	RelmapStatement *giver;		/* the statement that has parked it, or the
								 * row for which it is replaced */
	TupleTableSlot *slot;
	HeapTuple	row;			/* to be written */
	int			ntaken;
	RelmapTaken *taken;			/* where others are replaced */
	int			nrefusing;
	RelmapTaken *refusing;		/* where others refuse it */
	const RelmapParkedRow *parked;	/* if it is parked now, in ... */
	Bitmapset  *parked_in;		/* ... slots numbered as in call */
	RelmapTaken *queued;		/* the slot in whose queue it waits, or NULL */
} RelmapNewcomer;

extern bool relmap_newcomer_lock(RelmapNewcomer *newcomer);
extern void relmap_newcomer_unlock(RelmapNewcomer *newcomer);
extern bool relmap_newcomer_probe(RelmapNewcomer *newcomer,
								  RelmapTaken **in_progress);
extern void relmap_newcomer_wait(RelmapNewcomer *newcomer, RelmapTaken *taken);
extern void relmap_newcomer_leave_queue(RelmapNewcomer *newcomer);

#endif							/* RELMAP_NEWCOMER_H */
