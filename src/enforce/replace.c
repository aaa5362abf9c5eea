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

#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/util.h"
#include "enforce/action.h"
#include "enforce/arbiter.h"
#include "enforce/callstate.h"
#include "enforce/change.h"
#include "enforce/evaluate.h"
#include "enforce/evict.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/keylock.h"
#include "enforce/newcomer.h"
#include "enforce/orphan.h"
#include "enforce/park.h"
#include "enforce/parking.h"
#include "enforce/probe.h"
#include "enforce/replace.h"
#include "enforce/replacement.h"
#include "enforce/restrict.h"
#include "enforce/returning.h"
#include "enforce/shown.h"
#include "enforce/statement.h"
#include "enforce/verify.h"

PG_FUNCTION_INFO_V1(relmap_replace_nullify);
PG_FUNCTION_INFO_V1(relmap_replace_delete);
PG_FUNCTION_INFO_V1(relmap_replace_restrict);
PG_FUNCTION_INFO_V1(relmap_slot_nullify);
PG_FUNCTION_INFO_V1(relmap_slot_delete);
PG_FUNCTION_INFO_V1(relmap_slot_restrict);
PG_FUNCTION_INFO_V1(relmap_slot_set);

static HeapTuple replace_before_row(FunctionCallInfo fcinfo, const char *name);
static void find_taken(RelmapNewcomer *newcomer);
static void refuse_lost_orphan(RelmapNewcomer *newcomer);
static void take_slots(RelmapNewcomer *newcomer);
static bool is_refused(RelmapNewcomer *newcomer);
static bool clause_decides(RelmapNewcomer *newcomer, bool exact);
static bool must_not_replace(RelmapNewcomer *newcomer);
pg_noreturn static void report_taken_meanwhile(Relation rel);
static bool refuse_held(RelmapNewcomer *newcomer);

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
 * slot_nullify(foreign key, key, condition, list): the same as replace_nullify,
 * of a slot that is not plain.  The first two arguments are lists of quoted
 * names; each may be '' but the first.
 */
Datum
relmap_slot_nullify(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(replace_before_row(fcinfo, "slot_nullify"));
}

/*
 * slot_delete(foreign key, key, condition, list)
 */
Datum
relmap_slot_delete(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(replace_before_row(fcinfo, "slot_delete"));
}

/*
 * slot_restrict(foreign key, key, condition, list)
 */
Datum
relmap_slot_restrict(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(replace_before_row(fcinfo, "slot_restrict"));
}

/*
 * slot_set(foreign key, key, condition, list): what the list sets lets the
 * incumbent go.
 */
Datum
relmap_slot_set(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(replace_before_row(fcinfo, "slot_set"));
}

/*
 * Is it one of them that is called here?
 */
bool
relmap_replace_is_trigger(const FmgrInfo *function)
{
	return function->fn_addr == relmap_replace_nullify ||
		function->fn_addr == relmap_replace_delete ||
		function->fn_addr == relmap_replace_restrict ||
		function->fn_addr == relmap_slot_nullify ||
		function->fn_addr == relmap_slot_delete ||
		function->fn_addr == relmap_slot_restrict ||
		function->fn_addr == relmap_slot_set;
}

/*
 * The body of the triggers: ensure that the row, if it takes a parent, will be
 * the only one that has it.  Returns the row to be written.
 */
static HeapTuple
replace_before_row(FunctionCallInfo fcinfo, const char *name)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapNewcomer newcomer = {0};
	RelmapTaken single;
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
	relmap_returning_begin_row(call);
	if (!newcomer.update || !relmap_callstate_has_clause(call))
		relmap_verify(call);
	relmap_verify_watch(call, trigdata, fcinfo->flinfo);

	/* cppcheck-suppress uninitvar */
	newcomer.taken = call->nslots == 1 ? &single :
		palloc(sizeof(RelmapTaken) * call->nslots);
	find_taken(&newcomer);
	if (newcomer.update && relmap_parking_any())
		relmap_park_refuse_shown(&newcomer);
	if (newcomer.update && trigdata->tg_relation->rd_rel->relispartition)
		refuse_lost_orphan(&newcomer);
	if (newcomer.ntaken > 0 || newcomer.nrefusing > 0)
	{
		take_slots(&newcomer);
		relmap_newcomer_leave_queue(&newcomer);
	}
	if (call->several_writers)
		relmap_shown_note_row(call, trigdata, fcinfo->flinfo, newcomer.slot);
	return newcomer.row;
}

/*
 * Find the slots that the row takes, among those that the trigger handles.
 * Those that refuse newcomers are kept at the end of the array.
 */
static void
find_taken(RelmapNewcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;
	TriggerEvent event = newcomer->trigdata->tg_event;
	const RelmapChange *change = newcomer->update ?
	relmap_action_running(newcomer->trigdata->tg_relation,
						  &newcomer->trigdata->tg_trigtuple->t_self) : NULL;

	newcomer->is_acted_on = change != NULL;
	newcomer->is_given = change != NULL && change->action == RELMAP_ASSIGN;
	newcomer->cause = change != NULL ? change->cause : NULL;
	newcomer->giver = change != NULL ? change->statement : NULL;
	newcomer->refusing = newcomer->taken + call->nslots;

	for (int i = 0; i < call->nslots; i++)
	{
		RelmapSlotState *slot = &call->slots[i];
		RelmapKeyInfo *key = slot->key;
		bool		refuses = (key->policy == RELMAP_POLICY_RESTRICT);
		bool		may_swap = key->is_keyed && newcomer->update &&
		!newcomer->is_given;
		RelmapTaken *next;

		slot->leaves = change != NULL && relmap_change_leaves(change, key);

		if (key->inert || !OidIsValid(key->index) ||
			(refuses && (key->deferrable || !relmap_replacement)) ||
			(slot->trigger->tgoid != call->trigger &&
			 !relmap_callstate_fires(slot, event)))
			continue;

		/* rows of one statement may change places, whatever the policy */
		if (may_swap)
			refuses = false;
		next = refuses ? newcomer->refusing - 1 :
			newcomer->taken + newcomer->ntaken;
		if (!relmap_evaluate_takes(call, slot, newcomer->trigdata,
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
 * Raise an error if a row moves to another partition while it is to be deleted
 * as an orphan: by a trigger for any row, or one for rows that were replaced.
 */
static void
refuse_lost_orphan(RelmapNewcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;

	for (int i = 0; i < call->nslots; i++)
	{
		RelmapKeyInfo *key = call->slots[i].key;

		if (!key->inert &&
			(key->deletes_orphans || key->policy == RELMAP_POLICY_DELETE))
			relmap_orphan_refuse_move(key, newcomer->trigdata,
									  key->deletes_orphans);
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
take_slots(RelmapNewcomer *newcomer)
{
	RelmapTaken *in_progress;

	relmap_callstate_resolve(newcomer->call, newcomer->trigdata,
							 newcomer->flinfo);

	/* before any lock, as it may wait for other rows */
	if (clause_decides(newcomer, false))
		return;
	if (relmap_parking_any())
	{
		if (newcomer->update)
			relmap_park_behind(newcomer);
		else if (relmap_callstate_has_clause(newcomer->call))
			relmap_park_refuse_conflict(newcomer);
	}

	for (;;)
	{
		if (newcomer->nrefusing > 0 && is_refused(newcomer))
			return;
		if (!relmap_newcomer_lock(newcomer))
		{
			relmap_newcomer_leave_queue(newcomer);
			continue;
		}
		if (!relmap_newcomer_probe(newcomer, &in_progress))
			break;
		relmap_newcomer_unlock(newcomer);

		if (in_progress != NULL)
		{
			relmap_newcomer_wait(newcomer, in_progress);
			continue;
		}

		/* what follows may wait for a session in the queue */
		relmap_newcomer_leave_queue(newcomer);
		if (must_not_replace(newcomer))
			return;
		relmap_evict(newcomer);
	}

	relmap_park_supersede(newcomer);
}

/*
 * Is the row refused because of the holder of a slot?  Raises the detailed
 * error, unless the user may not see the key.  May wait, so no lock may be
 * held.
 */
static bool
is_refused(RelmapNewcomer *newcomer)
{
	for (int i = 0; i < newcomer->nrefusing; i++)
	{
		RelmapTaken *taken = &newcomer->refusing[i];
		ItemPointerData holder;

		if (!relmap_restrict_is_refused(newcomer->call, taken->slot->key,
										newcomer->trigdata, newcomer->flinfo,
										taken->values, &holder) ||
			relmap_evict_will_leave(newcomer, taken, &holder))
			continue;
		relmap_restrict_explain(taken->slot->key,
								newcomer->trigdata->tg_relation,
								taken->values, &holder, newcomer->slot);
		return true;
	}
	return false;
}

/*
 * Will the ON CONFLICT clause, if there is one, keep a row that is about to be
 * inserted from being so?
 */
static bool
clause_decides(RelmapNewcomer *newcomer, bool exact)
{
	RelmapCallState *call = newcomer->call;

	return !newcomer->update &&
		relmap_callstate_has_clause(call) &&
		relmap_arbiter_conflict(call, newcomer->slot, exact);
}

/*
 * There are incumbents.  True if they must not be replaced now: replacement is
 * off, or impossible, or the ON CONFLICT clause decides, or one was kept.
 * Then the unique constraint decides.  Parks the row in those of the slots
 * where it should be; they are no longer among the taken ones.
 */
static bool
must_not_replace(RelmapNewcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;
	Relation	rel = newcomer->trigdata->tg_relation;

	if (!relmap_replacement)
		return true;

	for (int i = 0; i < newcomer->ntaken; i++)
	{
		RelmapTaken *taken = &newcomer->taken[i];
		RelmapKeyInfo *key = taken->slot->key;

		if (!taken->held || key->policy == RELMAP_POLICY_RESTRICT)
			continue;
		if (newcomer->is_given && !taken->was_parked)
			report_taken_meanwhile(rel);
		if (key->nnullable == 0 && key->policy != RELMAP_POLICY_DELETE)
		{
			RelmapStatement *statement = relmap_callstate_statement(call);

			if (statement != NULL)
				statement->stuck_key = key;
			return true;
		}
		if (ItemPointerIsValid(&taken->evicted) &&
			relmap_evict_failed(rel, taken))
		{
			if (key->list != NIL)
				relmap_evaluate_report_stays(key, rel);
			return true;
		}
	}

	/* the first time, it may have missed a row that was updated meanwhile */
	if (clause_decides(newcomer, true))
		return true;

	if (newcomer->update)
		relmap_park_held(newcomer);
	return refuse_held(newcomer);
}

/*
 * Complain that a parked row would take a slot back that another row has taken
 * meanwhile: it had that before, and was parked in another one by a column that
 * both have.
 */
static void
report_taken_meanwhile(Relation rel)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("a row of table \"%s\" would take back what another row of the statement has taken",
					relmap_table_display_name(RelationGetRelid(rel))),
			 errdetail("The statement has to write the row without a column that several of its one-to-ones share first."),
			 errhint("Use several statements."),
			 errtable(rel)));
}

/*
 * Is the newcomer refused by the holder of a keyed slot, with which it cannot
 * change places?  Raises the error that tells it, unless the user may not know.
 */
static bool
refuse_held(RelmapNewcomer *newcomer)
{
	for (int i = 0; i < newcomer->ntaken; i++)
	{
		RelmapTaken *taken = &newcomer->taken[i];

		if (!taken->held || taken->slot->key->policy != RELMAP_POLICY_RESTRICT)
			continue;
		if (relmap_evict_will_leave(newcomer, taken, &taken->incumbent.tid))
		{
			taken->held = false;
			continue;
		}
		relmap_restrict_explain(taken->slot->key,
								newcomer->trigdata->tg_relation,
								taken->values, &taken->incumbent.tid,
								newcomer->slot);
		return true;
	}
	return false;
}
