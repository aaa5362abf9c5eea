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
#include "enforce/statement.h"

/* Is an action on one row, named by its tid?  Does it need values of a key? */
#define RELMAP_TAKES_TID(action) ((action) != RELMAP_DELETE_CHILDREN)
#define RELMAP_TAKES_KEY(action) ((action) != RELMAP_DELETE_ORPHAN)

/* Values of columns. */
typedef struct RelmapAssignments
{
	int			n;
	int			size;			/* of the arrays */
	AttrNumber *attnums;
	Datum	   *values;
	bool	   *nulls;
} RelmapAssignments;

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
	bool		is_own;			/* the row is a version of our own, and known
								 * by its tid alone */
	const RelmapAssignments *set;	/* what is set, if that was computed */

	/* the statement that writes rows, of which this is a consequence */
	RelmapStatement *cause;

	/* of a parked row, and of what it replaces: */
	RelmapStatement *statement; /* that has parked it */
	const bool *lost;			/* slots that it does not get after all */
} RelmapChange;

extern bool relmap_change_has(const RelmapChange *change, RelmapKeyInfo *key);
extern Bitmapset *relmap_change_columns(const RelmapChange *change);
extern bool relmap_change_leaves(const RelmapChange *change,
								 RelmapKeyInfo *key);
extern bool relmap_change_is_plain(const RelmapChange *change);
extern bool relmap_change_fits(const RelmapChange *change,
							   TupleTableSlot *row);

#endif							/* RELMAP_CHANGE_H */
