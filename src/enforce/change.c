/*-------------------------------------------------------------------------
 *
 * change.c
 *	  What one action does to one row.
 *
 * A row may be replaced in several slots by one other row, and parked in
 * several slots; it is changed once for all of them.  The change is made by a
 * query (actionquery.c) or without one (writer.c).
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/change.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"

#include "enforce/change.h"

/*
 * Is this slot, or another one on the same columns, among those of a change?
 */
bool
relmap_change_has(const RelmapChange *change, RelmapKeyInfo *key)
{
	for (int i = 0; i < change->nslots; i++)
	{
		if (relmap_keyinfo_same(change->keys[i], key))
			return true;
	}
	return false;
}

/*
 * Does a row leave this slot, or another one on the same columns, by a change?
 */
bool
relmap_change_leaves(const RelmapChange *change, RelmapKeyInfo *key)
{
	for (int i = 0; i < change->nslots; i++)
	{
		if ((change->action == RELMAP_SET_NULL ||
			 (change->lost != NULL && change->lost[i])) &&
			relmap_keyinfo_same(change->keys[i], key))
			return true;
	}
	return false;
}

/*
 * The columns that a change sets, as in RelmapKeyInfo.columns; not to be changed.
 */
Bitmapset *
relmap_change_columns(const RelmapChange *change)
{
	Bitmapset  *columns = NULL;

	if (change->action == RELMAP_SET_NULL)
	{
		if (change->nslots == 1)
			return change->keys[0]->nullable_set;
		for (int i = 0; i < change->nslots; i++)
			columns = bms_add_members(columns, change->keys[i]->nullable_set);
	}
	else if (change->action == RELMAP_ASSIGN)
	{
		if (relmap_change_is_plain(change))
			return change->keys[0]->parking_set;
		for (int i = 0; i < change->set->n; i++)
			columns = bms_add_member(columns, change->set->attnums[i] -
									 FirstLowInvalidHeapAttributeNumber);
	}
	return columns;
}

/*
 * Does a parked row get nothing but one slot, in the columns by which it was
 * parked in that?
 */
bool
relmap_change_is_plain(const RelmapChange *change)
{
	RelmapKeyInfo *key = change->keys[0];

	if (change->nslots != 1 || change->set->n != key->nparking)
		return false;
	for (int i = 0; i < key->nparking; i++)
	{
		if (change->set->attnums[i] != key->parking[i])
			return false;
	}
	return true;
}

/*
 * Has a row the keys that a change is for?
 */
bool
relmap_change_fits(const RelmapChange *change, TupleTableSlot *row)
{
	for (int i = 0; i < change->nslots && !change->is_own; i++)
	{
		RelmapKeyInfo *key = change->keys[i];
		Datum		values[INDEX_MAX_KEYS];

		if (!relmap_keyinfo_values(key, row, values) ||
			!relmap_keyinfo_equal(key, values, change->values[i]))
			return false;
	}
	return true;
}
