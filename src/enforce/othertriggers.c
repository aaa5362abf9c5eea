/*-------------------------------------------------------------------------
 *
 * othertriggers.c
 *	  What a trigger must know of the others of its table: which ones replace
 *	  rows, which ones may change the row that it is called for, and which
 *	  columns a parked row can be without, in view of what these do.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/othertriggers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_trigger.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "base/foreignkey.h"
#include "base/nullable.h"
#include "enforce/keyinfo.h"
#include "enforce/othertriggers.h"
#include "enforce/triggerargs.h"

static void set_parking(RelmapKeyInfo *key, Relation rel,
						const Bitmapset *elsewhere);
static void set_parking_nulls(RelmapKeyInfo *key, int n,
							  const AttrNumber *attnums,
							  const Bitmapset *elsewhere);
static void choose_of_list(RelmapKeyInfo *key);
static bool list_moves(const RelmapKeyInfo *key);
static void choose_others(RelmapKeyInfo *key, int n, const AttrNumber *attnums,
						  const Bitmapset *elsewhere);
static bool follows_key(const RelmapKeyInfo *key, Oid foreign_key);
static bool is_of_others(const Trigger *trigger);
static bool is_conditional(const Trigger *trigger);
static Bitmapset *trigger_columns(const Trigger *trigger, Relation rel);


/*
 * Find out which other triggers replace rows of the table, and which other
 * BEFORE ROW triggers may change or drop the row after or before ours.
 *
 * A trigger with a condition may not fire: it handles its own slot alone, and
 * no other trigger does.
 */
void
relmap_othertriggers_set(RelmapKeyInfo *key, Trigger *trigger, Relation rel)
{
	/* a copy, as catalogs are read meanwhile */
	TriggerDesc *triggers = CopyTriggerDesc(rel->trigdesc);
	Bitmapset  *elsewhere = NULL;
	bool		after_ours = false;

	key->siblings = palloc(sizeof(Oid) * triggers->numtriggers);

	for (int i = 0; i < triggers->numtriggers; i++)
	{
		Trigger    *other = &triggers->triggers[i];
		RelmapPolicy policy;

		if (other->tgoid == key->trigger)
			after_ours = true;
		else if (!TRIGGER_FOR_ROW(other->tgtype) ||
				 !TRIGGER_FOR_BEFORE(other->tgtype))
			continue;
		else if (relmap_triggerargs_policy(other->tgfoid, &policy))
		{
			Bitmapset  *columns = trigger_columns(other, rel);

			if (!is_conditional(other) && !is_conditional(trigger))
				key->siblings[key->nsiblings++] = other->tgoid;
			if (!bms_equal(columns, key->columns))
				elsewhere = bms_add_members(elsewhere, columns);
		}
		else if (is_of_others(other))
		{
			if (TRIGGER_FOR_UPDATE(other->tgtype))
				key->has_other_update_trigger = true;
			if (after_ours &&
				(TRIGGER_FOR_UPDATE(other->tgtype) ||
				 TRIGGER_FOR_INSERT(other->tgtype)))
				key->has_later_trigger = true;
		}
	}

	if (!key->inert)
		set_parking(key, rel, elsewhere);
	for (int i = 0; i < triggers->numtriggers && !key->inert; i++)
	{
		Trigger    *other = &triggers->triggers[i];

		if (other->tgfoid == F_RI_FKEY_CASCADE_UPD &&
			follows_key(key, other->tgconstraint))
			key->is_followed = true;
		if (TRIGGER_FOR_AFTER(other->tgtype) && other->tgqual == NULL &&
			other->tgenabled != TRIGGER_DISABLED &&
			relmap_triggerargs_runs(other->tgfoid, "relmap_delete_orphan") &&
			bms_equal(trigger_columns(other, rel), key->foreign_set))
			key->deletes_orphans = true;
	}
	FreeTriggerDesc(triggers);
}

/*
 * Choose the columns by which a row leaves the slot while it is parked: those
 * of a list that the slot depends on; else columns of the slot that become
 * NULL, without columns of other slots, if some are left: of those that are
 * NULL when a row is replaced, or else of all.  MATCH FULL needs all of its
 * columns or none.
 */
static void
set_parking(RelmapKeyInfo *key, Relation rel, const Bitmapset *elsewhere)
{
	AttrNumber	all[INDEX_MAX_KEYS];
	int			nall = 0;
	bool		moves = list_moves(key);

	if (key->is_keyed || moves)
		nall = relmap_nullable_columns(rel, key->nkeys, key->attnums, 0, NULL,
									   all);

	for (int i = 0; i < key->nnullable; i++)
		key->nullable_set = bms_add_member(key->nullable_set,
										   key->nullable[i] -
										   FirstLowInvalidHeapAttributeNumber);
	if (key->list != NIL)
		choose_of_list(key);
	else if (!key->match_full)
	{
		choose_others(key, key->nnullable, key->nullable, elsewhere);
		if (key->nparking == 0)
			choose_others(key, nall, all, elsewhere);
	}
	if (key->nparking == 0 && key->nnullable > 0 && key->list == NIL)
		choose_others(key, key->nnullable, key->nullable, NULL);
	if (key->nparking == 0)
		choose_others(key, nall, all, NULL);

	for (int i = 0; i < key->nparking; i++)
		key->parking_set = bms_add_member(key->parking_set,
										  key->parking[i] -
										  FirstLowInvalidHeapAttributeNumber);
	if (moves)
		set_parking_nulls(key, nall, all, elsewhere);
}

/*
 * Where a list may move the row to another key, columns of the key that can be
 * NULL are chosen, too.
 */
static void
set_parking_nulls(RelmapKeyInfo *key, int n, const AttrNumber *attnums,
				  const Bitmapset *elsewhere)
{
	for (int i = 0; i < n; i++)
	{
		int			column = attnums[i] - FirstLowInvalidHeapAttributeNumber;

		if (!key->match_full || !bms_is_member(column, key->foreign_set))
			key->parking_null_set = bms_add_member(key->parking_null_set,
												   column);
	}
	if (bms_nonempty_difference(key->parking_null_set, elsewhere))
		key->parking_null_set = bms_del_members(key->parking_null_set,
												elsewhere);
	key->parking_set = bms_add_members(key->parking_set, key->parking_null_set);
	key->parks_within = list_moves(key) && key->parking_null_set == NULL;
}

/*
 * Choose the columns of the slot's list that the slot depends on.
 */
static void
choose_of_list(RelmapKeyInfo *key)
{
	for (int i = 0; i < key->nnullable; i++)
	{
		if (bms_is_member(key->nullable[i] - FirstLowInvalidHeapAttributeNumber,
						  key->depends))
			key->parking[key->nparking++] = key->nullable[i];
	}
}

/*
 * May a row have another value of the key by the slot's list?  Then it holds, or
 * takes, what another row has.
 */
static bool
list_moves(const RelmapKeyInfo *key)
{
	ListCell   *lc;

	foreach(lc, key->list)
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);

		if (bms_is_member(target->resno - FirstLowInvalidHeapAttributeNumber,
						  key->columns) &&
			!(IsA(target->expr, Const) &&
			  ((Const *) target->expr)->constisnull))
			return true;
	}
	return false;
}

/*
 * Choose some columns, but those that are elsewhere.
 */
static void
choose_others(RelmapKeyInfo *key, int n, const AttrNumber *attnums,
			  const Bitmapset *elsewhere)
{
	for (int i = 0; i < n; i++)
	{
		if (!bms_is_member(attnums[i] - FirstLowInvalidHeapAttributeNumber,
						   elsewhere))
			key->parking[key->nparking++] = attnums[i];
	}
}

/*
 * Has a foreign key that references the table, and follows it ON UPDATE
 * CASCADE, a column that is NULL while a row is parked?  Its rows would be set
 * to NULL for good.
 */
static bool
follows_key(const RelmapKeyInfo *key, Oid foreign_key)
{
	RelmapForeignKey *fk = relmap_foreignkey_get(foreign_key);

	if (fk == NULL || key->parking_set == NULL)
		return false;
	for (int i = 0; i < fk->nkeys; i++)
	{
		if (fk->parent != key->relid ||
			bms_is_member(fk->parent_attnums[i] -
						  FirstLowInvalidHeapAttributeNumber,
						  key->parking_set))
			return true;
	}
	return false;
}

/*
 * Does a BEFORE UPDATE row trigger that is not relmap's fire?
 */
bool
relmap_othertriggers_update(Relation rel)
{
	TriggerDesc *triggers = CopyTriggerDesc(rel->trigdesc);
	bool		result = false;

	for (int i = 0; i < triggers->numtriggers; i++)
	{
		Trigger    *other = &triggers->triggers[i];

		if (TRIGGER_FOR_UPDATE(other->tgtype) && is_of_others(other))
			result = true;
	}
	FreeTriggerDesc(triggers);
	return result;
}

/*
 * Is this a BEFORE ROW trigger that fires, and not relmap's?
 */
static bool
is_of_others(const Trigger *trigger)
{
	RelmapPolicy policy;

	return TRIGGER_FOR_ROW(trigger->tgtype) &&
		TRIGGER_FOR_BEFORE(trigger->tgtype) &&
		trigger->tgenabled != TRIGGER_DISABLED &&
		!relmap_triggerargs_policy(trigger->tgfoid, &policy) &&
		!relmap_triggerargs_runs(trigger->tgfoid, RELMAP_MOVED_ORPHAN);
}

/*
 * Does a trigger fire only if some columns are set, or a condition is met?
 */
static bool
is_conditional(const Trigger *trigger)
{
	return trigger->tgqual != NULL || trigger->tgnattr > 0;
}

/*
 * The columns that the trigger of another slot names, as in
 * RelmapKeyInfo.columns.
 */
static Bitmapset *
trigger_columns(const Trigger *trigger, Relation rel)
{
	Bitmapset  *columns = NULL;
	ListCell   *lc;

	foreach(lc, relmap_triggerargs_columns(trigger, true, true))
	{
		AttrNumber	attnum = get_attnum(RelationGetRelid(rel), lfirst(lc));

		if (attnum != InvalidAttrNumber)
			columns = bms_add_member(columns, attnum -
									 FirstLowInvalidHeapAttributeNumber);
	}
	return columns;
}
