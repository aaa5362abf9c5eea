/*-------------------------------------------------------------------------
 *
 * park.c
 *	  Newcomers that are parked, and those that take what parked rows wait for.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/park.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/rel.h"

#include "base/util.h"
#include "enforce/arbiter.h"
#include "enforce/callstate.h"
#include "enforce/evaluate.h"
#include "enforce/evict.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/newcomer.h"
#include "enforce/park.h"
#include "enforce/parkedrow.h"
#include "enforce/parking.h"
#include "enforce/returning.h"
#include "enforce/shown.h"
#include "enforce/statement.h"
#include "enforce/verify.h"

static bool park(RelmapNewcomer *newcomer, RelmapTaken *taken);
static bool is_parked(const RelmapNewcomer *newcomer, const RelmapTaken *taken);
static void refuse_shown(RelmapNewcomer *newcomer, RelmapTaken *taken);
static bool conflicts_with(RelmapNewcomer *newcomer,
						   const RelmapParkedRow *parked);
static void check_may_delete(RelmapKeyInfo *key, Relation rel);

/*
 * Park the row in the slots in which rows of its statement are parked already,
 * if possible: the last of them wins.
 */
void
relmap_park_behind(RelmapNewcomer *newcomer)
{
	for (int i = 0; i < newcomer->ntaken; i++)
	{
		RelmapTaken *taken = &newcomer->taken[i];

		if (relmap_parking_begun(newcomer->call, taken->slot->key) &&
			park(newcomer, taken))
			i = -1;				/* what is left has moved up */
	}
}

/*
 * The row is updated.  Park it in the slots that others hold, if the statement
 * may be going to write the holders, or they may come to take what it leaves.
 */
void
relmap_park_held(RelmapNewcomer *newcomer)
{
	Relation	rel = newcomer->trigdata->tg_relation;

	for (int i = 0; i < newcomer->ntaken; i++)
	{
		RelmapTaken *taken = &newcomer->taken[i];

		if (!taken->held)
			continue;
		relmap_callstate_analyze(newcomer->call, rel);
		/* what a list pushes on may come to where the row is now */
		if (taken->slot->one_row &&
			taken->slot->key->parking_null_set == NULL)
			continue;
		if (park(newcomer, taken))
			i = -1;				/* what is left has moved up */
		else if (!newcomer->is_given)
			check_may_delete(taken->slot->key, rel);
	}
}

/*
 * Park the row in a slot, and in those that it can't have then; they are no
 * longer among those that it takes.  False if that is impossible: nothing would
 * give it its slots later, or RETURNING would show it without, or it moves to
 * another partition, where it would not be found.  Nor is a row parked that takes
 * a slot as it is replaced in another.
 */
static bool
park(RelmapNewcomer *newcomer, RelmapTaken *taken)
{
	RelmapCallState *call = newcomer->call;
	TriggerData *trigdata = newcomer->trigdata;
	RelmapStatement *statement = relmap_callstate_outer_statement(call);
	Bitmapset  *slots = bms_copy(newcomer->parked_in);
	RelmapParkedRow *row;
	int			i;

	relmap_callstate_analyze(call, trigdata->tg_relation);
	if (newcomer->is_acted_on || statement == NULL ||
		taken->slot->no_parking != NULL ||
		!relmap_arbiter_stays_in_partition(call, trigdata->tg_relation,
										   newcomer->slot))
		return false;

	slots = bms_add_member(slots, taken->slot - call->slots);
	row = relmap_parkedrow_make(call, trigdata, &slots,
								relmap_parking_context(statement));
	if (row == NULL)
		return false;

	for (i = 0; i < newcomer->ntaken; i++)
	{
		if (bms_is_member(newcomer->taken[i].slot - call->slots, slots))
			refuse_shown(newcomer, &newcomer->taken[i]);
	}
	relmap_parking_add(call, trigdata, row,
					   bms_difference(slots, newcomer->parked_in),
					   newcomer->parked);
	newcomer->parked = row;
	newcomer->parked_in = slots;
	newcomer->row = relmap_parkedrow_form(row, newcomer->row,
										  RelationGetDescr(trigdata->tg_relation));

	i = -1;
	while ((i = bms_next_member(slots, i)) >= 0)
	{
		call->slots[i].leaves = true;
		if (call->slots[i].shows_key)
			relmap_returning_show(call, row);
	}
	for (int n = newcomer->ntaken, j = newcomer->ntaken = 0; j < n; j++)
	{
		if (!is_parked(newcomer, &newcomer->taken[j]))
			newcomer->taken[newcomer->ntaken++] = newcomer->taken[j];
	}
	return true;
}

/*
 * Is the row parked in a slot that it takes?
 */
static bool
is_parked(const RelmapNewcomer *newcomer, const RelmapTaken *taken)
{
	return bms_is_member(taken->slot - newcomer->call->slots,
						 newcomer->parked_in);
}

/*
 * Raise an error if RETURNING has shown another row with a slot in which the
 * row is to be parked.
 */
static void
refuse_shown(RelmapNewcomer *newcomer, RelmapTaken *taken)
{
	RelmapCallState *call = newcomer->call;

	/* a row that is parked behind others has not asked yet */
	if (taken->slot->shows_key && !taken->held)
		taken->held = relmap_incumbent_find(call, taken->slot,
											newcomer->trigdata->tg_relation,
											taken->values, &taken->incumbent);
	if (relmap_shown(call, taken->slot, taken->keyhash,
					 taken->slot->shows_key && taken->held &&
					 relmap_evict_is_own_row(call, taken)))
		relmap_shown_report(relmap_callstate_statement(call),
							taken->slot->key);
}

/*
 * Raise an error if there is no way to park a row in a keyed slot whose holder
 * would be deleted: the statement may be going to move the holder.
 */
static void
check_may_delete(RelmapKeyInfo *key, Relation rel)
{
	if (!key->is_keyed || key->policy != RELMAP_POLICY_DELETE ||
		key->nparking > 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("UPDATE of several rows of table \"%s\" cannot replace rows that it may move itself",
					relmap_table_display_name(RelationGetRelid(rel))),
			 errdetail("A row that is replaced is deleted, as no column of foreign key and key can be NULL."),
			 errhint("Use one statement for each row, or on_replace => 'set ...'."),
			 errtable(rel)));
}

/*
 * The row is going to have the slots that it takes: rows that are parked for
 * them lose them.
 *
 * If it replaces others, parked or not, but may still be dropped or changed
 * before it is written, that is checked afterwards.
 */
void
relmap_park_supersede(RelmapNewcomer *newcomer)
{
	uint64		number = 0;

	for (int i = 0; i < newcomer->ntaken; i++)
	{
		RelmapTaken *taken = &newcomer->taken[i];

		if (relmap_parking_supersede(taken->slot->key, taken->values,
									 taken->keyhash, newcomer->giver, &number))
			taken->replaced = true;
		if (taken->replaced)
			relmap_verify_later(newcomer->call, taken->slot, taken->values);
	}
}

/*
 * The row is inserted, and has no conflict.  Raise an error if its ON CONFLICT
 * clause would find a row that is parked for one of its slots, which is not in
 * the indexes yet as it is to be.
 */
void
relmap_park_refuse_conflict(RelmapNewcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;

	for (int i = 0; i < call->nslots; i++)
	{
		RelmapKeyInfo *key = call->slots[i].key;
		Datum		values[INDEX_MAX_KEYS];

		if (key->inert || !OidIsValid(key->index) ||
			!relmap_evaluate_holds(key, newcomer->slot, values) ||
			!conflicts_with(newcomer, relmap_parking_find(call, key, values)))
			continue;
		relmap_callstate_statement(call)->explained = true;
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("ON CONFLICT cannot affect a row of table \"%s\" that the statement has changed",
						relmap_table_display_name(RelationGetRelid(newcomer->trigdata->tg_relation))),
				 errhint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values, or use several statements."),
				 errtable(newcomer->trigdata->tg_relation)));
	}
}

/*
 * Would the ON CONFLICT clause find a row that is parked, or NULL, had it got
 * its slots already?
 */
static bool
conflicts_with(RelmapNewcomer *newcomer, const RelmapParkedRow *parked)
{
	RelmapCallState *call = newcomer->call;
	TupleTableSlot *row;
	bool		result;

	row = parked == NULL ? NULL :
		relmap_parkedrow_complete(parked, call->relinfo->ri_RelationDesc);
	if (row == NULL)
		return false;
	result = relmap_arbiter_conflicts_with(call, newcomer->slot, row);
	ExecDropSingleTupleTableSlot(row);
	return result;
}

/*
 * Raise an error if RETURNING will show a row with a slot that it has, and
 * keeps, while a row before it is parked for that slot.
 */
void
relmap_park_refuse_shown(RelmapNewcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;
	TriggerData *trigdata = newcomer->trigdata;

	relmap_callstate_resolve(call, trigdata, newcomer->flinfo);
	if (call->node == NULL || call->node->returningLists == NIL)
		return;

	relmap_callstate_analyze(call, trigdata->tg_relation);
	for (int i = 0; i < call->nslots; i++)
	{
		RelmapSlotState *slot = &call->slots[i];
		Datum		values[INDEX_MAX_KEYS];

		if (!slot->shows_key || slot->key->inert ||
			!OidIsValid(slot->key->index) ||
			!relmap_evaluate_holds(slot->key, newcomer->slot, values) ||
			relmap_parking_find(call, slot->key, values) == NULL)
			continue;
		relmap_shown_report(relmap_callstate_statement(call), slot->key);
	}
}
