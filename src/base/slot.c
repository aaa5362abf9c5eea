/*-------------------------------------------------------------------------
 *
 * slot.c
 *	  Slots: what one row holds.  A slot is a value of a foreign key and of the
 *	  columns that key a collection, among the rows that meet a condition.
 *
 * A plain one-to-one is the slot without key and condition.  Several
 * relationships on one foreign key may have slots of their own, or share one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/slot.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/condition.h"
#include "base/slot.h"
#include "base/uniqueindex.h"
#include "base/util.h"


/*
 * The slot that a declaration on fk has.  False if a column does not exist.
 */
bool
relmap_slot_of(const RelmapRelationship *r, const RelmapForeignKey *fk,
			   RelmapSlot *slot)
{
	ListCell   *lc;

	memset(slot, 0, sizeof(RelmapSlot));
	slot->fk = fk;
	slot->keyed_by = r->keyed_by;
	slot->nkeys = fk->nkeys;
	memcpy(slot->attnums, fk->child_attnums, sizeof(AttrNumber) * fk->nkeys);

	foreach(lc, r->keyed_by)
	{
		AttrNumber	attnum = get_attnum(fk->child, lfirst(lc));

		if (attnum <= 0 || slot->nkeys == INDEX_MAX_KEYS)
			return false;
		slot->attnums[slot->nkeys++] = attnum;
	}
	if (r->condition)
	{
		slot->condition = r->condition;
		slot->author = relmap_table_owner(r->source);
		slot->tree = relmap_condition_read(r->condition, fk->child,
										   slot->author);
	}
	return true;
}

/*
 * Are two slots on one foreign key the same?
 */
bool
relmap_slot_same(const RelmapSlot *a, const RelmapSlot *b)
{
	return relmap_same_set_of_names(a->keyed_by, b->keyed_by) &&
		relmap_condition_equal(a->tree, a->author, b->tree, b->author);
}

/*
 * Is it the slot of a plain one-to-one?
 */
bool
relmap_slot_is_plain(const RelmapSlot *slot)
{
	return slot->keyed_by == NIL && slot->condition == NULL;
}

/*
 * The names (char *) of a slot's columns.
 */
List *
relmap_slot_columns(const RelmapSlot *slot)
{
	return relmap_column_names(slot->fk->child, slot->nkeys, slot->attnums);
}

/*
 * Its unique index, InvalidOid if there is none.
 */
Oid
relmap_slot_index(const RelmapSlot *slot)
{
	return relmap_uniqueindex_find_where(slot->fk->child, slot->nkeys,
										 slot->attnums, slot->tree,
										 slot->author);
}
