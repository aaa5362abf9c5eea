/*-------------------------------------------------------------------------
 *
 * parkedrow.h
 *	  What a row is written without while it is parked.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/parkedrow.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PARKEDROW_H
#define RELMAP_PARKEDROW_H

#include "access/htup.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "nodes/bitmapset.h"
#include "storage/itemptr.h"

#include "enforce/callstate.h"

/* A column of a parked row: what it is to have in the end, and has meanwhile. */
typedef struct RelmapParkedColumn
{
	AttrNumber	attnum;
	bool		wanted_null;
	bool		parked_null;
	Datum		wanted;
	Datum		parked;
} RelmapParkedColumn;

/* A parked row: the columns that it does not have as it is to have them. */
typedef struct RelmapParkedRow
{
	ItemPointerData tid;		/* of the version before the parked one */
	bool		elsewhere;		/* it holds another value of a slot meanwhile */
	int			ncolumns;
	RelmapParkedColumn columns[FLEXIBLE_ARRAY_MEMBER];
} RelmapParkedRow;

extern RelmapParkedRow *relmap_parkedrow_make(RelmapCallState *call,
											  TriggerData *trigdata,
											  Bitmapset **slots,
											  MemoryContext context);
extern HeapTuple relmap_parkedrow_form(const RelmapParkedRow *parked,
									   HeapTuple row, TupleDesc desc);
extern bool relmap_parkedrow_is_parked(const RelmapParkedRow *parked,
									   TupleTableSlot *row);
extern TupleTableSlot *relmap_parkedrow_complete(const RelmapParkedRow *parked,
												 Relation rel);

#endif							/* RELMAP_PARKEDROW_H */
