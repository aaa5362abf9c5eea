/*-------------------------------------------------------------------------
 *
 * replace.c
 *	  The replacement triggers: a row that takes a held parent replaces the
 *	  row that had it.
 *
 * One BEFORE ROW trigger on the child beside a unique constraint, for each of
 * the table's slots; the last that fires does the work of all of them, from
 * its own OLD and NEW.  Before a row with a parent is written, the trigger
 * looks for the incumbent, under a lock that lasts until the row is in the
 * index (keylock.c).  Usually there is none, and nothing else happens.  A row
 * in progress is waited for; an incumbent is replaced (action.c), unless the
 * statement's ON CONFLICT clause decides (arbiter.c), or the statement may
 * write the incumbent itself, when the newcomer is parked (parking.c), or the
 * slot's policy is to refuse the newcomer (restrict.c).
 *
 * A row that takes several slots holds none of their locks while it waits or
 * replaces.  It holds all of them when it finds no incumbent in any slot.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/replace.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/execExpr.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/running.h"
#include "enforce/action.h"
#include "enforce/arbiter.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/keylock.h"
#include "enforce/parking.h"
#include "enforce/plan.h"
#include "enforce/probe.h"
#include "enforce/replace.h"
#include "enforce/replacementlog.h"
#include "enforce/restrict.h"
#include "enforce/callstate.h"
#include "enforce/shown.h"
#include "enforce/statement.h"

PG_FUNCTION_INFO_V1(relmap_replace_nullify);
PG_FUNCTION_INFO_V1(relmap_replace_delete);
PG_FUNCTION_INFO_V1(relmap_replace_restrict);
PG_FUNCTION_INFO_V1(relmap_replacing);

/* GUC relmap.replacement */
bool		relmap_replacement = true;

/* A slot that a row takes. */
typedef struct Taken
{
	RelmapSlotState *slot;
	bool		was_parked;		/* the row was parked in it, and gets it now */
	Datum		values[INDEX_MAX_KEYS];
	uint32		keyhash;
	bool		held;			/* the last probe found an incumbent */
	RelmapIncumbent incumbent;
	ItemPointerData evicted;	/* the last that was to be replaced ... */
	bool		changed;		/* ... and was changed by that */
	bool		replaced;		/* some incumbent was changed */
} Taken;

/* A row that takes slots. */
typedef struct Newcomer
{
	RelmapCallState *call;
	TriggerData *trigdata;
	FmgrInfo   *flinfo;
	bool		update;			/* else it is inserted */
	bool		is_given;		/* a parked row that gets its parent now */
	TupleTableSlot *slot;
	HeapTuple	row;			/* to be written */
	int			ntaken;
	Taken	   *taken;			/* where others are replaced */
	int			nrefusing;
	Taken	   *refusing;		/* where others refuse it */
	Taken	   *queued;			/* the slot in whose queue it waits, or NULL */
} Newcomer;

/* What relmap_replacing() is asked for: a slot of a table that is written. */
typedef struct Condition
{
	ResultRelInfo *relinfo;
	Bitmapset  *columns;		/* as in RelmapKeyInfo.columns */
} Condition;

static HeapTuple replace_before_row(FunctionCallInfo fcinfo, const char *name);
static void find_taken(Newcomer *newcomer);
static void take_slots(Newcomer *newcomer);
static void park_behind(Newcomer *newcomer);
static bool is_refused(Newcomer *newcomer);
static bool will_be_removed(Newcomer *newcomer, ItemPointer holder);
static bool lock_keys(Newcomer *newcomer);
static bool lock_key(Newcomer *newcomer, int i, bool may_sleep);
static void unlock_keys(Newcomer *newcomer);
static bool probe_all(Newcomer *newcomer, Taken **in_progress);
static void wait_for(Newcomer *newcomer, Taken *taken);
static void leave_queue(Newcomer *newcomer);
static bool clause_decides(Newcomer *newcomer);
static bool must_not_replace(Newcomer *newcomer);
static void release_all(Newcomer *newcomer);
static Taken *first_held(Newcomer *newcomer);
static bool evict(Newcomer *newcomer, const RelmapChange *change,
				  ItemPointer tid, bool own);
static void refuse_if_wrong(Newcomer *newcomer, Taken *taken);
static bool is_own_row(RelmapCallState *call, const Taken *taken);
static bool is_same_row(Relation rel, const Taken *taken);
static bool park(Newcomer *newcomer, Taken *taken);
static bool try_parking(Newcomer *newcomer, Taken *taken);
static void remember_to_verify(Newcomer *newcomer, Taken *taken);
static bool has_later_trigger(const RelmapCallState *call);
static void verify_all(RelmapStatement *statement, bool fire_triggers);
static void verify(RelmapCallState *call);
static void verify_key(RelmapCallState *call, RelmapKeyInfo *key,
					   Datum *values);
static Condition *find_condition(FmgrInfo *flinfo);
static bool is_condition(ExprState *condition, FmgrInfo *flinfo);
static bool leaves_slot(const RelmapCallState *call, const Bitmapset *columns);

/*
 * replace_nullify(column, ...): trigger BEFORE INSERT OR UPDATE FOR
 * EACH ROW on the child.  Arguments are the columns of the foreign key.  The
 * incumbent's foreign key becomes NULL.
 */
Datum
relmap_replace_nullify(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(replace_before_row(fcinfo, "replace_nullify"));
}

/*
 * replace_delete(column, ...): the same, but that the incumbent is deleted
 * where no column of its foreign key can be NULL; where one can, its foreign
 * key becomes NULL and delete_orphan() deletes it.
 */
Datum
relmap_replace_delete(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(replace_before_row(fcinfo, "replace_delete"));
}

/*
 * replace_restrict(column, ...): the same, but that the newcomer is
 * refused.
 */
Datum
relmap_replace_restrict(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(replace_before_row(fcinfo, "replace_restrict"));
}

/*
 * The body of the triggers: ensure that the row, if it takes a parent, will be
 * the only one that has it.  Returns the row to be written.
 */
static HeapTuple
replace_before_row(FunctionCallInfo fcinfo, const char *name)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Newcomer	newcomer = {0};
	Taken		single;
	RelmapCallState *call;

	relmap_keyinfo_check_trigger(fcinfo, name, TRIGGER_TYPE_BEFORE |
								 TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE);

	newcomer.trigdata = trigdata;
	newcomer.flinfo = fcinfo->flinfo;
	newcomer.update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	newcomer.row = newcomer.update ? trigdata->tg_newtuple : trigdata->tg_trigtuple;
	newcomer.slot = newcomer.update ? trigdata->tg_newslot : trigdata->tg_trigslot;
	newcomer.call = call = relmap_callstate_get(fcinfo);

	if (!relmap_callstate_leads(call, trigdata->tg_event))
		return newcomer.row;

	/*
	 * The previous row has been written by now; but an upsert's UPDATE is of
	 * the row that it was going to insert.
	 */
	relmap_keylock_release(call->trigger, call->relid, call->query);
	if (!newcomer.update || call->clause != RELMAP_CLAUSE_SOME)
		verify(call);

	newcomer.taken = call->nslots == 1 ? &single :
		palloc(sizeof(Taken) * call->nslots);
	find_taken(&newcomer);
	if (newcomer.ntaken > 0 || newcomer.nrefusing > 0)
	{
		take_slots(&newcomer);
		leave_queue(&newcomer);
	}
	relmap_shown_note_row(call, trigdata, fcinfo->flinfo, newcomer.slot);
	return newcomer.row;
}

/*
 * Find the slots that the row takes, among those that the trigger handles.
 * Those that refuse newcomers are kept at the end of the array.
 */
static void
find_taken(Newcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;
	TriggerEvent event = newcomer->trigdata->tg_event;
	const RelmapChange *change = relmap_action_running();

	newcomer->is_given = change != NULL && change->action == RELMAP_ASSIGN;
	newcomer->refusing = newcomer->taken + call->nslots;

	for (int i = 0; i < call->nslots; i++)
	{
		RelmapSlotState *slot = &call->slots[i];
		RelmapKeyInfo *key = slot->key;
		bool		refuses = (key->policy == RELMAP_POLICY_RESTRICT);
		Taken	   *next;

		slot->leaves = change != NULL && change->action == RELMAP_SET_NULL &&
			relmap_change_has(change, key);

		if (key->inert || !OidIsValid(key->index) ||
			(refuses && (key->deferrable || !relmap_replacement)) ||
			(slot->trigger->tgoid != call->trigger &&
			 !relmap_callstate_fires(slot, event)))
			continue;

		next = refuses ? newcomer->refusing - 1 :
			newcomer->taken + newcomer->ntaken;
		if (!relmap_keyinfo_takes_parent(key, newcomer->trigdata,
										 next->values))
			continue;

		next->slot = slot;
		next->was_parked = newcomer->is_given &&
			relmap_change_has(change, key);
		next->held = next->changed = next->replaced = false;
		ItemPointerSetInvalid(&next->evicted);
		if (refuses)
		{
			newcomer->refusing = next;
			newcomer->nrefusing++;
		}
		else
		{
			next->keyhash = relmap_keyinfo_hash(key, next->values);
			newcomer->ntaken++;
		}
	}
}

/*
 * Make the slots free for a newcomer, and keep them so until the row is in the
 * indexes; or park the row.
 *
 * The keys stay locked after the probe that finds no incumbent.  They are
 * never locked while waiting or replacing: the transaction waited for may want
 * a lock.
 */
static void
take_slots(Newcomer *newcomer)
{
	Taken	   *in_progress;

	relmap_callstate_resolve(newcomer->call, newcomer->trigdata,
							 newcomer->flinfo);

	/* before any lock, as it may wait for other rows */
	if (clause_decides(newcomer))
		return;
	if (newcomer->update && relmap_parking_any())
		park_behind(newcomer);

	for (;;)
	{
		if (newcomer->nrefusing > 0 && is_refused(newcomer))
			return;
		if (!lock_keys(newcomer))
		{
			leave_queue(newcomer);
			continue;
		}
		if (!probe_all(newcomer, &in_progress))
			break;
		unlock_keys(newcomer);

		if (in_progress != NULL)
		{
			wait_for(newcomer, in_progress);
			continue;
		}

		/* what follows may wait for a session in the queue */
		leave_queue(newcomer);
		if (must_not_replace(newcomer))
			return;
		release_all(newcomer);
	}

	for (int i = 0; i < newcomer->ntaken; i++)
	{
		Taken	   *taken = &newcomer->taken[i];

		if (taken->replaced)
			remember_to_verify(newcomer, taken);
		relmap_parking_supersede(taken->slot->key, taken->values,
								 taken->keyhash,
								 taken->was_parked);
	}
}

/*
 * Park the row in the slots in which rows of its statement are parked already,
 * if possible: the last of them wins.
 */
static void
park_behind(Newcomer *newcomer)
{
	for (int i = 0; i < newcomer->ntaken; i++)
	{
		Taken	   *taken = &newcomer->taken[i];

		if (relmap_parking_begun(newcomer->call, taken->slot->key) &&
			park(newcomer, taken))
			i = -1;				/* what is left has moved up */
	}
}

/*
 * Is the row refused because of the holder of a slot?  Raises the detailed
 * error, unless the user may not see the key.  May wait, so no lock may be
 * held.
 */
static bool
is_refused(Newcomer *newcomer)
{
	for (int i = 0; i < newcomer->nrefusing; i++)
	{
		Taken	   *taken = &newcomer->refusing[i];
		ItemPointerData holder;

		if (!relmap_restrict_is_refused(newcomer->call, taken->slot->key,
										newcomer->trigdata, newcomer->flinfo,
										taken->values, &holder) ||
			will_be_removed(newcomer, &holder))
			continue;
		relmap_restrict_explain(taken->slot->key,
								newcomer->trigdata->tg_relation,
								taken->values, &holder, newcomer->slot);
		return true;
	}
	return false;
}

/*
 * Will a row be deleted, because the newcomer replaces it in another slot?
 */
static bool
will_be_removed(Newcomer *newcomer, ItemPointer holder)
{
	for (int i = 0; i < newcomer->ntaken; i++)
	{
		Taken	   *taken = &newcomer->taken[i];
		RelmapKeyInfo *key = taken->slot->key;
		RelmapIncumbent incumbent;

		if (key->nnullable == 0 && key->policy == RELMAP_POLICY_DELETE &&
			relmap_incumbent_find_once(key, newcomer->trigdata->tg_relation,
									   taken->values, &incumbent) &&
			ItemPointerEquals(&incumbent.tid, holder))
			return true;
	}
	return false;
}

/*
 * Lock the keys that the row takes.  It sleeps for one lock only while it
 * holds no other; the others are tried without waiting, and if one fails it
 * starts over with that one.  False if that takes long and the row is queued:
 * then it has to leave the queue first, as the holder may wait for a session
 * in it.
 */
static bool
lock_keys(Newcomer *newcomer)
{
	int			first = 0;

	while (newcomer->ntaken > 0)
	{
		int			i;

		if (!lock_key(newcomer, first, newcomer->queued == NULL))
			return false;
		for (i = 0; i < newcomer->ntaken; i++)
		{
			if (i != first && !lock_key(newcomer, i, false))
				break;
		}
		if (i == newcomer->ntaken)
			break;
		unlock_keys(newcomer);
		if (newcomer->queued != NULL)
			return false;
		first = i;
	}
	return true;
}

/*
 * Lock one of them.
 */
static bool
lock_key(Newcomer *newcomer, int i, bool may_sleep)
{
	RelmapCallState *call = newcomer->call;
	Taken	   *taken = &newcomer->taken[i];

	return relmap_keylock_acquire(taken->slot->key, call->trigger, call->query,
								  taken->keyhash, may_sleep);
}

/*
 * Give their locks back.
 */
static void
unlock_keys(Newcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;

	relmap_keylock_release(call->trigger, call->relid, call->query);
}

/*
 * Find the holders of the keys; false if there are none.  *in_progress is one
 * that is in progress, if any; the others don't matter then.
 */
static bool
probe_all(Newcomer *newcomer, Taken **in_progress)
{
	bool		found = false;

	*in_progress = NULL;
	for (int i = 0; i < newcomer->ntaken; i++)
	{
		Taken	   *taken = &newcomer->taken[i];

		taken->held = relmap_incumbent_find(newcomer->call, taken->slot,
											newcomer->trigdata->tg_relation,
											taken->values,
											&taken->incumbent);
		if (taken->held && TransactionIdIsValid(taken->incumbent.wait_xid))
		{
			*in_progress = taken;
			return true;
		}
		found |= taken->held;
	}
	return found;
}

/*
 * Wait for a row in progress.  First in the key's queue, until all sessions
 * before have left it: then the key may have another holder.
 */
static void
wait_for(Newcomer *newcomer, Taken *taken)
{
	if (newcomer->queued != taken)
		leave_queue(newcomer);

	if (newcomer->queued == NULL && newcomer->nrefusing == 0 &&
		relmap_keylock_queue(taken->slot->key, taken->keyhash))
		newcomer->queued = taken;
	else
		relmap_incumbent_wait(newcomer->trigdata->tg_relation,
							  &taken->incumbent);
}

/*
 * Leave the queue, if the newcomer is in one.
 */
static void
leave_queue(Newcomer *newcomer)
{
	Taken	   *taken = newcomer->queued;

	if (taken != NULL)
		relmap_keylock_leave_queue(taken->slot->key, taken->keyhash);
	newcomer->queued = NULL;
}

/*
 * Will the ON CONFLICT clause, if there is one, keep a row that is about to be
 * inserted from being so?
 */
static bool
clause_decides(Newcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;

	return !newcomer->update &&
		call->clause == RELMAP_CLAUSE_SOME && call->node != NULL &&
		relmap_arbiter_conflict(call, newcomer->trigdata->tg_relation,
								newcomer->slot);
}

/*
 * There are incumbents.  True if they must not be replaced now: replacement is
 * off, or impossible, or the ON CONFLICT clause decides, or one was kept.
 * Then the unique constraint decides.  Parks the row in those of the slots
 * where it should be; they are no longer among the taken ones.
 */
static bool
must_not_replace(Newcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;
	Relation	rel = newcomer->trigdata->tg_relation;

	if (!relmap_replacement)
		return true;

	for (int i = 0; i < newcomer->ntaken; i++)
	{
		Taken	   *taken = &newcomer->taken[i];
		RelmapKeyInfo *key = taken->slot->key;

		if (!taken->held)
			continue;
		if (key->nnullable == 0 && key->policy != RELMAP_POLICY_DELETE)
		{
			RelmapStatement *statement = relmap_callstate_statement(call);

			if (statement != NULL)
				statement->stuck_key = key;
			return true;
		}
		if (ItemPointerIsValid(&taken->evicted) && is_same_row(rel, taken))
			return true;
	}

	/* a probe can miss a row that is updated meanwhile, and so can this one */
	if (clause_decides(newcomer) || clause_decides(newcomer))
		return true;

	for (int i = 0; i < newcomer->ntaken; i++)
	{
		Taken	   *taken = &newcomer->taken[i];

		if (!taken->held)
			continue;
		if (!newcomer->update)
		{
			if (call->clause == RELMAP_CLAUSE_UNKNOWN && call->untracked)
				relmap_callstate_assume(call, taken->slot->key);
			continue;
		}
		relmap_callstate_analyze(call, taken->slot, rel);
		if (!taken->slot->one_row && park(newcomer, taken))
			i = -1;				/* what is left has moved up */
	}
	return false;
}

/*
 * Replace the incumbents, in the order of their tids, so that two sessions
 * that replace the same rows don't deadlock.  One that holds several of the
 * slots is changed once; it is deleted if one of the slots says so.
 */
static void
release_all(Newcomer *newcomer)
{
	Taken	   *first;
	RelmapChange change;

	change.keys = palloc(sizeof(RelmapKeyInfo *) * newcomer->ntaken);
	change.values = palloc(sizeof(Datum *) * newcomer->ntaken);

	while ((first = first_held(newcomer)) != NULL)
	{
		ItemPointerData tid = first->incumbent.tid;
		bool		changed;

		change.action = RELMAP_SET_NULL;
		change.nslots = 0;
		for (Taken *taken = first; taken < newcomer->taken + newcomer->ntaken; taken++)
		{
			if (!taken->held ||
				!ItemPointerEquals(&taken->incumbent.tid, &tid))
				continue;
			refuse_if_wrong(newcomer, taken);
			change.keys[change.nslots] = taken->slot->key;
			change.values[change.nslots++] = taken->values;
			if (taken->slot->key->nnullable == 0)
				change.action = RELMAP_DELETE_INCUMBENT;
		}

		changed = evict(newcomer, &change, &tid,
						is_own_row(newcomer->call, first));

		for (Taken *taken = first; taken < newcomer->taken + newcomer->ntaken; taken++)
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
 * The first of the slots whose incumbent has the lowest tid, NULL if none has
 * an incumbent.
 */
static Taken *
first_held(Newcomer *newcomer)
{
	Taken	   *first = NULL;

	for (int i = 0; i < newcomer->ntaken; i++)
	{
		Taken	   *taken = &newcomer->taken[i];

		if (taken->held &&
			(first == NULL ||
			 ItemPointerCompare(&taken->incumbent.tid,
								&first->incumbent.tid) < 0))
			first = taken;
	}
	return first;
}

/*
 * Replace an incumbent.  False if it was changed by another session meanwhile,
 * or a user's trigger kept it.
 */
static bool
evict(Newcomer *newcomer, const RelmapChange *change, ItemPointer tid,
	  bool own)
{
	RelmapStatement *statement = relmap_callstate_statement(newcomer->call);
	Relation	rel = newcomer->trigdata->tg_relation;

	if (statement != NULL)
		statement->replaced = true;
	if (own)
		relmap_shown_note_rest(newcomer->call, change, rel, tid);
	if (!relmap_action_run(change, rel, tid, statement, false))
		return false;
	relmap_replacementlog_report(change, rel, tid, newcomer->slot);
	return true;
}

/*
 * Raise an error if replacing the incumbent of a slot would silently make the
 * statement's result wrong.
 */
static void
refuse_if_wrong(Newcomer *newcomer, Taken *taken)
{
	RelmapCallState *call = newcomer->call;
	RelmapSlotState *slot = taken->slot;
	Relation	rel = newcomer->trigdata->tg_relation;
	RelmapStatement *statement = relmap_callstate_statement(call);
	bool		own = is_own_row(call, taken);

	if (statement == NULL)
		return;
	statement->no_parking = newcomer->update ? slot->no_parking : NULL;

	if (own && call->node == NULL)
	{
		statement->replaced_own = true;
		relmap_callstate_assume(call, slot->key);
	}
	if (call->node != NULL)
		relmap_callstate_analyze(call, slot, rel);

	/* by its own statement, or by the one in which it was parked */
	if (relmap_shown(call, slot, taken->keyhash, own) ||
		(newcomer->is_given &&
		 relmap_shown_by(relmap_parking_applied(), slot->key, taken->keyhash)))
	{
		statement->explained = true;
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("rows of table \"%s\" replace one another in a statement whose RETURNING list shows them",
						RelationGetRelationName(rel)),
				 errhint("Leave the foreign key out of the RETURNING list, or use several statements."),
				 errtable(rel)));
	}

	/* a later line for the deleted row would insert it again */
	if (slot->key->nnullable == 0 && call->node != NULL && !slot->one_row &&
		call->node->onConflictAction == ONCONFLICT_UPDATE)
	{
		statement->explained = true;
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("ON CONFLICT DO UPDATE of several rows cannot delete the row that one of them replaces"),
				 errdetail("No column of the foreign key of table \"%s\" can be NULL.",
						   RelationGetRelationName(rel)),
				 errhint("Use several statements."),
				 errtable(rel)));
	}
}

/*
 * Did the statement at a call site write the incumbent of a slot?  By its
 * command id: a row that was replaced in another slot has a new one.
 */
static bool
is_own_row(RelmapCallState *call, const Taken *taken)
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
static bool
is_same_row(Relation rel, const Taken *taken)
{
	ItemPointerData latest = taken->evicted;
	ItemPointerData incumbent = taken->incumbent.tid;

	if (taken->changed)
		(void) relmap_incumbent_latest_tid(rel, &latest);
	return ItemPointerEquals(&latest, &incumbent);
}

/*
 * Park the row in a slot, if it can be, and in the others that it takes by a
 * column which is NULL for that.
 */
static bool
park(Newcomer *newcomer, Taken *taken)
{
	Bitmapset  *columns = taken->slot->key->parking_set;

	if (!try_parking(newcomer, taken))
		return false;
	for (int i = 0; i < newcomer->ntaken; i++)
	{
		taken = &newcomer->taken[i];
		if (bms_overlap(taken->slot->key->columns, columns) &&
			try_parking(newcomer, taken))
			i--;
	}
	return true;
}

/*
 * Park the row in a slot, which then is no longer among those that it takes.
 * False if that is impossible: nothing would give it its parent later, or
 * RETURNING would show it without, or it moves to another partition, where it
 * would not be found.
 */
static bool
try_parking(Newcomer *newcomer, Taken *taken)
{
	RelmapCallState *call = newcomer->call;
	RelmapSlotState *slot = taken->slot;
	TriggerData *trigdata = newcomer->trigdata;
	HeapTuple	parked;

	relmap_callstate_analyze(call, slot, trigdata->tg_relation);

	if (newcomer->is_given || slot->no_parking != NULL ||
		!relmap_arbiter_stays_in_partition(call, trigdata->tg_relation,
										   newcomer->slot))
		return false;

	if (call->node == NULL)
		relmap_callstate_assume(call, slot->key);
	parked = relmap_parking_park(call, slot->key, trigdata, newcomer->row,
								 taken->values, taken->keyhash);
	if (parked == NULL)
		return false;

	slot->leaves = true;
	newcomer->row = parked;
	newcomer->ntaken--;
	memmove(taken, taken + 1, sizeof(Taken) *
			(newcomer->ntaken - (taken - newcomer->taken)));
	return true;
}

/*
 * An incumbent was replaced.  If the newcomer may still be dropped or changed
 * before it is written, have verify() check it afterwards.
 */
static void
remember_to_verify(Newcomer *newcomer, Taken *taken)
{
	RelmapCallState *call = newcomer->call;
	RelmapSlotState *slot = taken->slot;
	RelmapStatement *statement;
	MemoryContext oldcontext;

	if (call->clause != RELMAP_CLAUSE_SOME && !has_later_trigger(call))
		return;
	statement = relmap_callstate_attach(call);
	if (statement == NULL)
		return;

	oldcontext = MemoryContextSwitchTo(statement->context);
	slot->unverified = lappend(slot->unverified,
							   relmap_keyinfo_copy(slot->key, taken->values,
												   statement->context));
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Does a BEFORE ROW trigger fire after the one that does the work?
 */
static bool
has_later_trigger(const RelmapCallState *call)
{
	for (int i = 0; i < call->nslots; i++)
	{
		if (call->slots[i].trigger->tgoid == call->trigger)
			return call->slots[i].key->has_later_trigger;
	}
	return false;
}

/*
 * All rows of a statement are written.
 */
static void
verify_all(RelmapStatement *statement, bool fire_triggers)
{
	ListCell   *lc;

	foreach(lc, statement->calls)
		verify((RelmapCallState *) lfirst(lc));
}

/*
 * The last row of this call state has been written, or not: raise an error if
 * it has replaced an incumbent and no row has the parent now.
 *
 * That happens if another session commits a row that conflicts with it by
 * another key, between our probe and core's, so that the ON CONFLICT clause
 * drops it; or if a later BEFORE ROW trigger does.
 */
static void
verify(RelmapCallState *call)
{
	for (int i = 0; i < call->nslots; i++)
	{
		RelmapSlotState *slot = &call->slots[i];

		while (slot->unverified != NIL)
		{
			Datum	   *values = llast(slot->unverified);

			slot->unverified = list_delete_last(slot->unverified);
			verify_key(call, slot->key, values);
		}
	}
}

/*
 * The same for one key.
 */
static void
verify_key(RelmapCallState *call, RelmapKeyInfo *key, Datum *values)
{
	Relation	rel = table_open(key->relid, NoLock);
	RelmapIncumbent incumbent;

	if (!relmap_incumbent_find_once(key, rel, values, &incumbent))
	{
		call->statement->explained = true;
		if (call->clause == RELMAP_CLAUSE_SOME)
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to concurrent insert"),
					 errdetail("A row of table \"%s\" was replaced by a row that was then not inserted.",
							   RelationGetRelationName(rel)),
					 errhint("The transaction might succeed if retried."),
					 errtable(rel)));
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("row of table \"%s\" was replaced by a row that was then changed or not written",
						RelationGetRelationName(rel)),
				 errdetail("A BEFORE ROW trigger that fires after relmap's has changed it or returned NULL."),
				 errhint("Rename that trigger, so that it fires before relmap's.  Run relmap.check() for the statement."),
				 errtable(rel)));
	}
	table_close(rel, NoLock);
	for (int i = 0; i < key->nkeys; i++)
	{
		if (!key->typbyvals[i])
			pfree(DatumGetPointer(values[i]));
	}
	pfree(values);
}

/*
 * replacing() returns boolean: is the row that was just updated one that is
 * replaced in a slot, or parked in it?  For the WHEN clause of a trigger with
 * delete_orphan() that is for replaced rows only.  The slot is the one whose
 * columns that trigger names.
 */
Datum
relmap_replacing(PG_FUNCTION_ARGS)
{
	Condition  *condition = find_condition(fcinfo->flinfo);
	ResultRelInfo *relinfo;

	if (condition == NULL)
	{
		/* no trigger's condition, or of an untracked query */
		for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
		{
			if (s->query == NULL && s->parked_at != NULL)
				PG_RETURN_BOOL(leaves_slot(s->parked_at, NULL));
		}
		PG_RETURN_BOOL(false);
	}

	relinfo = condition->relinfo;
	for (int i = 0; i < relinfo->ri_TrigDesc->numtriggers; i++)
	{
		FmgrInfo   *function = &relinfo->ri_TrigFunctions[i];

		if ((function->fn_addr == relmap_replace_nullify ||
			 function->fn_addr == relmap_replace_delete ||
			 function->fn_addr == relmap_replace_restrict) &&
			function->fn_extra != NULL &&
			leaves_slot(function->fn_extra, condition->columns))
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}

/*
 * Is the last row of a call state replaced in the slot on these columns, or
 * parked in it?  In any slot, if columns is NULL.
 */
static bool
leaves_slot(const RelmapCallState *call, const Bitmapset *columns)
{
	for (int i = 0; i < call->nslots; i++)
	{
		RelmapSlotState *slot = &call->slots[i];

		if (slot->leaves &&
			(columns == NULL || bms_equal(columns, slot->key->columns)))
			return true;
	}
	return false;
}

/*
 * The trigger in whose condition a function is called: that of a table which
 * the innermost query writes.  NULL if there is none.
 */
static Condition *
find_condition(FmgrInfo *flinfo)
{
	QueryDesc  *query = relmap_running_query();
	List	   *lists[3];

	if (flinfo->fn_extra != NULL || query == NULL)
		return (Condition *) flinfo->fn_extra;

	lists[0] = query->estate->es_opened_result_relations;
	lists[1] = query->estate->es_tuple_routing_result_relations;
	lists[2] = query->estate->es_trig_target_relations;

	for (int i = 0; i < lengthof(lists); i++)
	{
		ListCell   *lc;

		foreach(lc, lists[i])
		{
			ResultRelInfo *relinfo = (ResultRelInfo *) lfirst(lc);

			if (relinfo->ri_TrigDesc == NULL)
				continue;
			for (int j = 0; j < relinfo->ri_TrigDesc->numtriggers; j++)
			{
				MemoryContext oldcontext;
				RelmapKeyInfo *key;
				Condition  *condition;

				if (!is_condition(relinfo->ri_TrigWhenExprs[j], flinfo))
					continue;
				key = relmap_keyinfo_get(&relinfo->ri_TrigDesc->triggers[j],
										 relinfo->ri_RelationDesc);
				oldcontext = MemoryContextSwitchTo(flinfo->fn_mcxt);
				condition = palloc(sizeof(Condition));
				condition->relinfo = relinfo;
				condition->columns = bms_copy(key->columns);
				flinfo->fn_extra = condition;
				MemoryContextSwitchTo(oldcontext);
				return condition;
			}
		}
	}
	return NULL;
}

/*
 * Is a function called in a trigger's condition?
 */
static bool
is_condition(ExprState *condition, FmgrInfo *flinfo)
{
	for (int i = 0; condition != NULL && i < condition->steps_len; i++)
	{
		if (condition->steps[i].d.func.finfo == flinfo)
			return true;
	}
	return false;
}

/*
 * Define the setting and set up, once per session.
 */
void
relmap_replace_init(void)
{
	DefineCustomBoolVariable("relmap.replacement",
							 "Enables the replacement of a parent's child by a newcomer.",
							 "When off, a one-to-one relationship is kept by its unique constraint alone.",
							 &relmap_replacement,
							 true,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);
	relmap_statement_at_finish(verify_all);
}
