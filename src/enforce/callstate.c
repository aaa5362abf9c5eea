/*-------------------------------------------------------------------------
 *
 * callstate.c
 *	  Call state: which statement, and which node of its plan, calls a trigger.
 *
 * A trigger is not told what statement fired it.  But its FmgrInfo lies in the
 * result relation that is being written, which identifies the query among the
 * running ones (statement.c), and with it the plan node, its ON CONFLICT
 * clause, its RETURNING list.
 *
 * A statement that began before relmap was loaded, the first one of a session,
 * is found by the memory context of that FmgrInfo, which is the query's own.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/callstate.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "base/compat.h"
#include "base/running.h"
#include "enforce/callstate.h"
#include "enforce/keyinfo.h"
#include "enforce/plan.h"
#include "enforce/statement.h"

static void add_slots(RelmapCallState *call, TriggerData *trigdata,
					  FmgrInfo *flinfo);
static void add_slot(RelmapCallState *call, Trigger *trigger);
static void spare_siblings(RelmapCallState *call);
static void analyze(RelmapCallState *call, RelmapSlotState *slot,
					Relation rel);
static ResultRelInfo *find_relinfo(EState *estate, FmgrInfo *flinfo);
static ModifyTable *find_writer(EState *query, ResultRelInfo *relinfo);

/*
 * The call state of the trigger that is being called: created at the first
 * row, kept in its FmgrInfo.  Its keys are up to date on return.
 */
RelmapCallState *
relmap_callstate_get(FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapCallState *call = fcinfo->flinfo->fn_extra;

	if (call == NULL)
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		call = palloc0(sizeof(RelmapCallState));
		call->trigger = trigdata->tg_trigger->tgoid;
		call->relid = RelationGetRelid(trigdata->tg_relation);
		call->query = relmap_running_find(fcinfo->flinfo->fn_mcxt);
		if (call->query == NULL)
			call->query = relmap_running_query();
		call->several_writers = call->query != NULL &&
			call->query->es_plannedstmt != NULL &&
			call->query->es_plannedstmt->hasModifyingCTE;
		add_slots(call, trigdata, fcinfo->flinfo);
		fcinfo->flinfo->fn_extra = call;
		MemoryContextSwitchTo(oldcontext);
	}

	for (int i = 0; i < call->nslots; i++)
	{
		RelmapSlotState *slot = &call->slots[i];

		if (slot->key == NULL || !slot->key->valid)
		{
			slot->key = relmap_keyinfo_get(slot->trigger,
										   trigdata->tg_relation);
			slot->analyzed = false;
		}
	}
	return call;
}

/*
 * Find the slots that a trigger may have to handle: its own, and those of its
 * siblings, of the triggers that the executor has for the table.  These may be
 * fewer than the relcache has by now.
 */
static void
add_slots(RelmapCallState *call, TriggerData *trigdata, FmgrInfo *flinfo)
{
	Relation	rel = trigdata->tg_relation;
	RelmapKeyInfo *key = relmap_keyinfo_get(trigdata->tg_trigger, rel);
	TriggerDesc *triggers;

	call->slots = palloc0(sizeof(RelmapSlotState) * (key->nsiblings + 1));
	if (key->nsiblings == 0)
	{
		add_slot(call, trigdata->tg_trigger);
		return;
	}

	relmap_callstate_resolve(call, trigdata, flinfo);
	triggers = call->relinfo ? call->relinfo->ri_TrigDesc :
		CopyTriggerDesc(rel->trigdesc);
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		Trigger    *trigger = &triggers->triggers[i];
		bool		ours = (trigger->tgoid == key->trigger);

		for (int j = 0; j < key->nsiblings && !ours; j++)
			ours = (trigger->tgoid == key->siblings[j]);
		if (ours)
			add_slot(call, trigger);
	}
	spare_siblings(call);
}

/*
 * Add the slot of a trigger.
 */
static void
add_slot(RelmapCallState *call, Trigger *trigger)
{
	RelmapSlotState *slot = &call->slots[call->nslots++];

	slot->trigger = trigger;
	slot->type = trigger->tgtype;
}

/*
 * Spare the executor the calls of siblings that leave all of their work to this
 * trigger: for the events for which it fires after them, whenever they do.  Like
 * untouched.c, this changes the query's own copy of the triggers.
 */
static void
spare_siblings(RelmapCallState *call)
{
	RelmapSlotState *last = &call->slots[call->nslots - 1];

	if (last->trigger->tgoid != call->trigger)
		return;
	for (RelmapSlotState *slot = call->slots; slot < last; slot++)
	{
		if (slot->trigger->tgenabled == last->trigger->tgenabled)
			slot->trigger->tgtype &= ~(last->type &
									   (TRIGGER_TYPE_INSERT |
										TRIGGER_TYPE_UPDATE));
	}
}

/*
 * Does this trigger do the work for the row that it is called for?  The last
 * of its siblings that fires does.
 */
bool
relmap_callstate_leads(RelmapCallState *call, TriggerEvent event)
{
	for (int i = call->nslots - 1; i >= 0; i--)
	{
		if (call->slots[i].trigger->tgoid == call->trigger)
			return true;
		if (relmap_callstate_fires(&call->slots[i], event))
			return false;
	}
	return true;
}

/*
 * Does the trigger of a slot fire for a row event, as far as that is known of
 * one without condition?
 */
bool
relmap_callstate_fires(const RelmapSlotState *slot, TriggerEvent event)
{
	const Trigger *trigger = slot->trigger;

	if (TRIGGER_FIRED_BY_UPDATE(event) ?
		!TRIGGER_FOR_UPDATE(slot->type) :
		!TRIGGER_FOR_INSERT(slot->type))
		return false;

	if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		return trigger->tgenabled == TRIGGER_FIRES_ALWAYS ||
			trigger->tgenabled == TRIGGER_FIRES_ON_REPLICA;
	return trigger->tgenabled == TRIGGER_FIRES_ALWAYS ||
		trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN;
}

/*
 * Find out which statement, and which plan node, calls the trigger.
 */
void
relmap_callstate_resolve(RelmapCallState *call, TriggerData *trigdata,
						 FmgrInfo *flinfo)
{
	ResultRelInfo *relinfo = NULL;

	if (call->resolved)
		return;

	if (call->query != NULL)
		relinfo = find_relinfo(call->query, flinfo);

	if (relinfo != NULL)
	{
		call->relinfo = relinfo;
		call->estate = call->query;
		call->plan = call->query->es_plannedstmt;
		if (call->plan != NULL)
			call->node = find_writer(call->query, relinfo);
	}

	call->resolved = true;
}

/*
 * Find out what the plan says about the rows of a (resolved) call state: for
 * all of its slots, as a row that leaves one may leave others.
 */
void
relmap_callstate_analyze(RelmapCallState *call, Relation rel)
{
	for (int i = 0; i < call->nslots; i++)
	{
		if (!call->slots[i].analyzed)
			analyze(call, &call->slots[i], rel);
	}
}

/*
 * The same for one slot.
 *
 * An inner query of a referential action may well write one row only: the
 * statement that caused it goes on to others.
 */
static void
analyze(RelmapCallState *call, RelmapSlotState *slot, Relation rel)
{
	static const RelmapNoParking no_query = {
		"The command writes a row that it has replaced itself, and is not run by the executor.",
		"Use UPDATE."
	};
	static const RelmapNoParking followed = {
		"The statement writes a row that it has replaced itself, and another table references it with ON UPDATE CASCADE.",
		"Use one statement for each row."
	};
	static const RelmapNoParking not_null = {
		"The statement writes a row that it has replaced itself, and no column of the foreign key can be NULL.",
		"Drop NOT NULL from one of them, or use on_replace => 'restrict' with a constraint UNIQUE DEFERRABLE."
	};
	RelmapKeyInfo *key = slot->key;

	if (call->node == NULL)
		slot->no_parking = &no_query;
	else
	{
		slot->one_row = call->query == relmap_running_cause() &&
			relmap_plan_one_row(call->plan, call->node, rel);
		slot->shows_key = relmap_plan_shows_key(call->plan, call->node, key,
												rel);
		slot->no_parking = relmap_plan_no_parking(call->plan, call->node, key,
												  rel,
												  call->relinfo != NULL &&
												  call->relinfo->ri_projectReturning != NULL);
	}
	if (key->is_followed)
		slot->no_parking = &followed;
	if (key->nparking == 0)
		slot->no_parking = &not_null;
	slot->analyzed = true;
}

/*
 * The result relation of estate whose triggers flinfo is one of.
 */
static ResultRelInfo *
find_relinfo(EState *estate, FmgrInfo *flinfo)
{
	List	   *lists[2];

	lists[0] = estate->es_opened_result_relations;
	lists[1] = estate->es_tuple_routing_result_relations;

	for (int i = 0; i < lengthof(lists); i++)
	{
		ListCell   *lc;

		foreach(lc, lists[i])
		{
			ResultRelInfo *relinfo = (ResultRelInfo *) lfirst(lc);

			if (relinfo->ri_TrigDesc != NULL &&
				flinfo >= relinfo->ri_TrigFunctions &&
				flinfo < relinfo->ri_TrigFunctions +
				relinfo->ri_TrigDesc->numtriggers)
				return relinfo;
		}
	}
	return NULL;
}

/*
 * Does this plan state write relinfo, directly or by tuple routing?
 */
static bool
is_writer(PlanState *planstate, ResultRelInfo *relinfo)
{
	ModifyTableState *state;

	if (!IsA(planstate, ModifyTableState))
		return false;

	state = (ModifyTableState *) planstate;
	return (relinfo >= state->resultRelInfo &&
			relinfo < state->resultRelInfo + state->mt_nrels) ||
		(relinfo->ri_RootResultRelInfo != NULL &&
		 relinfo->ri_RootResultRelInfo == state->rootResultRelInfo);
}

/*
 * The plan node that writes a result relation: one of those of WITH, or else
 * the statement's own.
 */
static ModifyTable *
find_writer(EState *query, ResultRelInfo *relinfo)
{
	Plan	   *top = query->es_plannedstmt->planTree;
	ListCell   *lc;

	foreach(lc, query->es_auxmodifytables)
	{
		PlanState  *planstate = (PlanState *) lfirst(lc);

		if (is_writer(planstate, relinfo))
			return (ModifyTable *) planstate->plan;
	}
	return IsA(top, ModifyTable) ? (ModifyTable *) top : NULL;
}

/*
 * Has the statement of a (resolved) call state an ON CONFLICT clause?
 */
bool
relmap_callstate_has_clause(const RelmapCallState *call)
{
	return call->node != NULL &&
		call->node->onConflictAction != ONCONFLICT_NONE;
}

/*
 * The record of the statement, created if necessary; NULL if there can be
 * none: for COPY and replication, which no executor runs.
 */
RelmapStatement *
relmap_callstate_statement(RelmapCallState *call)
{
	Assert(call->resolved);

	if (call->statement == NULL && call->relinfo != NULL)
		call->statement = relmap_statement_get(call->query);
	return call->statement;
}

/*
 * The same, and add the call state to those that are finished with the
 * statement.
 */
RelmapStatement *
relmap_callstate_attach(RelmapCallState *call)
{
	RelmapStatement *statement = relmap_callstate_statement(call);

	if (statement != NULL && !call->attached)
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(statement->context);

		statement->calls = lappend(statement->calls, call);
		call->attached = true;
		MemoryContextSwitchTo(oldcontext);
	}
	return statement;
}

/*
 * The statement at whose end the parked rows are given their parents: its own,
 * but for the inner queries of referential actions the one that caused them,
 * as other rows of it may yet be moved by the same action.
 */
RelmapStatement *
relmap_callstate_outer_statement(RelmapCallState *call)
{
	EState	   *outer = relmap_running_cause();

	if (call->relinfo == NULL || outer == NULL || outer == call->query)
		return relmap_callstate_statement(call);

	return relmap_statement_get(outer);
}
