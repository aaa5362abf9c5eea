/*-------------------------------------------------------------------------
 *
 * change.h
 *	  What one action does to one row: the slots that it is about.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/change.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CHANGE_H
#define RELMAP_CHANGE_H

#include "executor/tuptable.h"
#include "nodes/bitmapset.h"

#include "enforce/keyinfo.h"

/* Values of columns. */
typedef struct RelmapAssignments
{
	int			n;
	AttrNumber *attnums;
	Datum	   *values;
	bool	   *nulls;
} RelmapAssignments;

/*
 * The values that a row had, and was to have, in the columns of a list that
 * made it leave a slot while it was parked, in the order of
 * RelmapKeyInfo.parking.
 */
typedef struct RelmapParkedRow
{
	Datum	   *wanted;
	bool	   *wanted_nulls;
	Datum	   *parked;
	bool	   *parked_nulls;
} RelmapParkedRow;

/*
 * What one action does to one row: the slots that it is about, with the values
 * of their keys.
 */
typedef struct RelmapChange
{
	RelmapAction action;
	int			nslots;
	RelmapKeyInfo **keys;
	const Datum **values;		/* NULL: an action that needs none */
	const RelmapParkedRow **parked; /* RELMAP_ASSIGN: by a list; else NULL */
	Bitmapset  *emptied;		/* RELMAP_ASSIGN: what the row was parked
								 * without, in any slot */
	const RelmapAssignments *set;	/* what is set, if a list has a say */
} RelmapChange;

extern bool relmap_change_has(const RelmapChange *change, RelmapKeyInfo *key);
extern Bitmapset *relmap_change_columns(const RelmapChange *change);
extern bool relmap_change_is_elsewhere(const RelmapChange *change, int i,
									   int j);
extern bool relmap_change_fits(const RelmapChange *change,
							   TupleTableSlot *row);

#endif							/* RELMAP_CHANGE_H */
