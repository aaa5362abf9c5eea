/*-------------------------------------------------------------------------
 *
 * evict.c
 *	  The incumbents of the slots that a newcomer takes are replaced.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/evict.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "executor/executor.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/util.h"
#include "enforce/action.h"
#include "enforce/callstate.h"
#include "enforce/change.h"
#include "enforce/evaluate.h"
#include "enforce/evict.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/newcomer.h"
#include "enforce/parking.h"
#include "enforce/replacementlog.h"
#include "enforce/shown.h"
#include "enforce/statement.h"

static void check_first_time(RelmapNewcomer *newcomer,
							 const RelmapChange *change, ItemPointer tid);
static RelmapTaken *first_held(RelmapNewcomer *newcomer);
static bool evict(RelmapNewcomer *newcomer, const RelmapChange *change,
				  const RelmapTaken *taken);
static RelmapCallState *shown_at(RelmapNewcomer *newcomer);
static bool is_shown(RelmapNewcomer *newcomer, RelmapTaken *taken);
static void refuse_if_wrong(RelmapNewcomer *newcomer, RelmapTaken *taken);

/*
 * Replace the incumbents, in the order of their tids, so that two sessions
 * that replace the same rows don't deadlock.  One that holds several of the
 * slots is changed once; it is deleted if one of the slots says so.
 */
void
relmap_evict(RelmapNewcomer *newcomer)
{
	RelmapTaken *first;
	RelmapChange change = {0};

	change.cause = newcomer->cause != NULL ? newcomer->cause :
		relmap_callstate_statement(newcomer->call);
	/* what follows from giving a parked row its slots is part of that */
	change.statement = newcomer->giver;
	change.keys = palloc(sizeof(RelmapKeyInfo *) * newcomer->ntaken);
	change.values = palloc(sizeof(Datum *) * newcomer->ntaken);

	while ((first = first_held(newcomer)) != NULL)
	{
		ItemPointerData tid = first->incumbent.tid;
		bool		changed;

		change.action = RELMAP_SET_NULL;
		change.nslots = 0;
		for (RelmapTaken *taken = first; taken < newcomer->taken + newcomer->ntaken; taken++)
		{
			if (!taken->held ||
				!ItemPointerEquals(&taken->incumbent.tid, &tid))
				continue;
			refuse_if_wrong(newcomer, taken);
			change.keys[change.nslots] = taken->slot->key;
			change.values[change.nslots++] = taken->values;
			if (taken->slot->key->policy == RELMAP_POLICY_DELETE &&
				taken->slot->key->nnullable == 0)
				change.action = RELMAP_DELETE_INCUMBENT;
		}

		check_first_time(newcomer, &change, &tid);
		changed = evict(newcomer, &change, first);

		for (RelmapTaken *taken = first; taken < newcomer->taken + newcomer->ntaken; taken++)
		{
			if (!taken->held ||
				!ItemPointerEquals(&taken->incumbent.tid, &tid))
				continue;
			taken->held = false;
			taken->evicted = tid;
			taken->changed = changed;
			taken->replaced |= changed;
		}
	}
	pfree(change.values);
	pfree(change.keys);
}

/*
 * Raise an error if a row is to leave a second slot for this newcomer, as its
 * list has let it take another of the slots.
 */
static void
check_first_time(RelmapNewcomer *newcomer, const RelmapChange *change,
				 ItemPointer tid)
{
	Relation	rel = newcomer->trigdata->tg_relation;

	for (int i = 0; i < newcomer->ntaken; i++)
	{
		RelmapTaken *taken = &newcomer->taken[i];
		RelmapKeyInfo *key = taken->slot->key;
		ItemPointerData latest = taken->evicted;

		if (!taken->changed || key->list == NIL ||
			relmap_change_has(change, key))
			continue;
		(void) relmap_incumbent_latest_tid(rel, &latest);
		if (ItemPointerEquals(&latest, tid))
			relmap_evaluate_report_circle(change->keys[0], key, rel);
	}
}

/*
 * The first of the slots whose incumbent has the lowest tid, NULL if none has
 * an incumbent.
 */
static RelmapTaken *
first_held(RelmapNewcomer *newcomer)
{
	RelmapTaken *first = NULL;

	for (int i = 0; i < newcomer->ntaken; i++)
	{
		RelmapTaken *taken = &newcomer->taken[i];

		if (taken->held &&
			(first == NULL ||
			 ItemPointerCompare(&taken->incumbent.tid,
								&first->incumbent.tid) < 0))
			first = taken;
	}
	return first;
}

/*
 * Replace the incumbent of a slot, which may be that of others, too.  False if it
 * was changed by another session meanwhile, or a user's trigger kept it.
 */
static bool
evict(RelmapNewcomer *newcomer, const RelmapChange *change,
	  const RelmapTaken *taken)
{
	RelmapStatement *statement = relmap_callstate_statement(newcomer->call);
	Relation	rel = newcomer->trigdata->tg_relation;
	RelmapCallState *site = shown_at(newcomer);
	ItemPointerData tid = taken->incumbent.tid;

	if (statement != NULL)
		statement->replaced = true;
	if (site != NULL && relmap_evict_is_own_row(site, taken))
		relmap_shown_note_rest(site, change, rel, &tid);
	if (!relmap_action_run(change, rel, &tid, statement, false))
		return false;
	relmap_replacementlog_report(change, rel, &tid, newcomer->slot);
	return true;
}

/*
 * Where rows that a newcomer replaces have been shown: by its own statement, or
 * by the one that causes it to take slots; NULL if that shows none.
 */
static RelmapCallState *
shown_at(RelmapNewcomer *newcomer)
{
	return newcomer->cause != NULL ?
		relmap_shown_site(newcomer->cause, newcomer->trigdata->tg_relation) :
		newcomer->call;
}

/*
 * Has RETURNING shown the incumbent of a slot with it?  That of a parked row's
 * slot was asked for when it was parked.
 */
static bool
is_shown(RelmapNewcomer *newcomer, RelmapTaken *taken)
{
	RelmapCallState *site = shown_at(newcomer);
	bool		own = site != NULL && relmap_evict_is_own_row(site, taken);

	if (newcomer->cause == NULL)
		return relmap_shown(site, taken->slot, taken->keyhash, own);
	return !newcomer->is_given &&
		relmap_shown_in_action(newcomer->cause, site, taken->slot->key,
							   taken->keyhash, own);
}

/*
 * Raise an error if replacing the incumbent of a slot would silently make the
 * statement's result wrong.
 */
static void
refuse_if_wrong(RelmapNewcomer *newcomer, RelmapTaken *taken)
{
	static const RelmapNoParking pushed = {
		"The statement writes a row that it has replaced itself: on_replace has moved another one to where it was.",
		"Allow NULL in a column of the key, or move the row to a free key first."
	};
	RelmapCallState *call = newcomer->call;
	RelmapSlotState *slot = taken->slot;
	Relation	rel = newcomer->trigdata->tg_relation;
	RelmapStatement *statement = relmap_callstate_statement(call);

	if (statement == NULL)
		return;
	statement->no_parking = newcomer->update ? slot->no_parking : NULL;
	if (newcomer->update && slot->key->parks_within)
		statement->no_parking = &pushed;

	if (call->node != NULL)
		relmap_callstate_analyze(call, rel);

	if (is_shown(newcomer, taken))
		relmap_shown_report(statement, slot->key);

	/* a later line for the deleted row would insert it again */
	if (slot->key->nnullable == 0 && call->node != NULL && !slot->one_row &&
		call->node->onConflictAction == ONCONFLICT_UPDATE)
	{
		statement->explained = true;
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("ON CONFLICT DO UPDATE of several rows cannot delete the row that one of them replaces"),
				 errdetail("No column of the foreign key of table \"%s\" can be NULL.",
						   relmap_table_display_name(RelationGetRelid(rel))),
				 errhint("Use several statements."),
				 errtable(rel)));
	}
}

/*
 * Will a row leave the slot in which it refuses the newcomer, or be deleted, as
 * the newcomer replaces it in others?
 */
bool
relmap_evict_will_leave(RelmapNewcomer *newcomer, const RelmapTaken *refused,
						ItemPointer holder)
{
	Relation	rel = newcomer->trigdata->tg_relation;
	TupleTableSlot *row = table_slot_create(rel, NULL);
	RelmapAssignments set = {0};
	Datum		values[INDEX_MAX_KEYS];
	bool		result = false;

	if (!table_tuple_fetch_row_version(rel, holder, SnapshotAny, row))
		ExecStoreAllNullTuple(row);
	for (int i = 0; i < newcomer->ntaken; i++)
	{
		RelmapTaken *taken = &newcomer->taken[i];
		RelmapKeyInfo *key = taken->slot->key;

		if (key->policy == RELMAP_POLICY_RESTRICT ||
			!relmap_evaluate_holds(key, row, values) ||
			!relmap_keyinfo_equal(key, values, taken->values))
			continue;
		result |= key->policy == RELMAP_POLICY_DELETE && key->nnullable == 0;
		/* the rest of a list is not to be evaluated twice */
		relmap_evaluate_leave(key, rel, row,
							  key->list != NIL ? refused->slot->key->depends : NULL,
							  &set);
	}
	if (set.n > 0 && !result)
	{
		TupleTableSlot *after = relmap_evaluate_copy(rel, row);

		relmap_evaluate_apply(&set, after);
		result = !relmap_evaluate_holds(refused->slot->key, after, values) ||
			!relmap_keyinfo_equal(refused->slot->key, values, refused->values);
		ExecDropSingleTupleTableSlot(after);
	}
	ExecDropSingleTupleTableSlot(row);
	return result;
}

/*
 * Did the statement at a call site write the incumbent of a slot?  By its
 * command id: a row that was replaced in another slot has a new one.
 */
bool
relmap_evict_is_own_row(RelmapCallState *call, const RelmapTaken *taken)
{
	return taken->incumbent.cid == (call->estate ? call->estate->es_output_cid :
									GetActiveSnapshot()->curcid);
}

/*
 * Is the incumbent of a slot the same row that we have tried to replace?  If
 * the attempt changed it, this is one of our own versions, whose key a trigger
 * has restored; if not, a trigger kept it, unless it is a version of another
 * session.
 */
bool
relmap_evict_failed(Relation rel, const RelmapTaken *taken)
{
	ItemPointerData latest = taken->evicted;
	ItemPointerData incumbent = taken->incumbent.tid;

	if (taken->changed)
		(void) relmap_incumbent_latest_tid(rel, &latest);
	return ItemPointerEquals(&latest, &incumbent);
}
