/*-------------------------------------------------------------------------
 *
 * change.c
 *	  What one action does to one row.
 *
 * A row may be replaced in several slots by one other row, and parked in
 * several slots; it is changed once for all of them.  The change is made by a
 * query (action.c) or without one (writer.c).
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/change.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "utils/datum.h"

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
 * The columns that a change sets, as in RelmapKeyInfo.columns; not to be changed.
 */
Bitmapset *
relmap_change_columns(const RelmapChange *change)
{
	Bitmapset  *columns = NULL;

	if (change->action != RELMAP_SET_NULL && change->action != RELMAP_ASSIGN)
		return NULL;

	for (int i = 0; i < change->nslots; i++)
	{
		Bitmapset  *own = change->action == RELMAP_SET_NULL ?
		change->keys[i]->nullable_set : change->keys[i]->parking_set;

		if (change->nslots == 1)
			return own;
		columns = bms_add_members(columns, own);
	}
	return columns;
}

/*
 * Has a row the same values in the columns of a list as when it was parked?
 */
static bool
is_as_parked(RelmapKeyInfo *key, const RelmapParkedRow *parked,
			 TupleTableSlot *row)
{
	for (int i = 0; i < key->nparking; i++)
	{
		Form_pg_attribute att = TupleDescAttr(row->tts_tupleDescriptor,
											  key->parking[i] - 1);
		bool		isnull;
		Datum		value = slot_getattr(row, key->parking[i], &isnull);

		if (isnull != parked->parked_nulls[i] ||
			(!isnull && !datum_image_eq(value, parked->parked[i],
										att->attbyval, att->attlen)))
			return false;
	}
	return true;
}

/*
 * Is column j of a row's key in slot i one that it is parked without because
 * of another slot?  Then that slot compares it.
 */
bool
relmap_change_is_elsewhere(const RelmapChange *change, int i, int j)
{
	int			column = change->keys[i]->attnums[j] - FirstLowInvalidHeapAttributeNumber;

	return change->action == RELMAP_ASSIGN &&
		!relmap_keyinfo_sets(change->keys[i], RELMAP_ASSIGN, j) &&
		bms_is_member(column, change->emptied);
}

/*
 * Has a row the keys that a change is for?  One that is to be given a parent
 * has NULL in the columns that are set.
 */
bool
relmap_change_fits(const RelmapChange *change, TupleTableSlot *row)
{
	for (int i = 0; i < change->nslots; i++)
	{
		RelmapKeyInfo *key = change->keys[i];
		const RelmapParkedRow *parked = change->parked ? change->parked[i] : NULL;

		if (parked != NULL && !is_as_parked(key, parked, row))
			return false;
		for (int j = 0; j < key->nkeys; j++)
		{
			bool		isnull;
			Datum		value = slot_getattr(row, key->attnums[j], &isnull);

			if (parked != NULL && relmap_keyinfo_sets(key, RELMAP_ASSIGN, j))
				continue;
			if (relmap_change_is_elsewhere(change, i, j))
				continue;
			if (isnull != (change->action == RELMAP_ASSIGN &&
						   relmap_keyinfo_sets(key, RELMAP_ASSIGN, j)))
				return false;
			if (!isnull &&
				!relmap_keyinfo_column_equal(key, j, value,
											 change->values[i][j]))
				return false;
		}
	}
	return true;
}
