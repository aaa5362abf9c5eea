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
} RelmapChange;

extern bool relmap_change_has(const RelmapChange *change, RelmapKeyInfo *key);
extern Bitmapset *relmap_change_columns(const RelmapChange *change);
extern bool relmap_change_fits(const RelmapChange *change,
							   TupleTableSlot *row);

#endif							/* RELMAP_CHANGE_H */
