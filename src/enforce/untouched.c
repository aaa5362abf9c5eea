/*-------------------------------------------------------------------------
 *
 * untouched.c
 *	  Make UPDATEs of columns that no slot depends on cost nothing.
 *
 * A BEFORE UPDATE row trigger makes the executor lock each row before it
 * writes it, and an AFTER one queues an event for each row, whatever columns
 * the statement sets.  The trigger descriptor of a result relation is the
 * query's own copy, so for a statement that sets none of the columns that
 * relmap's triggers depend on, they are disabled for UPDATE there.
 *
 * Their entries stay: the executor finds triggers by their position, other
 * events of the same statement may be queued in the same result relation (a
 * referential action, by the trigger's OID), and a row that moves to another
 * partition is inserted through it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/untouched.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_trigger.h"
#include "executor/executor.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "enforce/keyinfo.h"
#include "enforce/untouched.h"

static ExecutorStart_hook_type prev_ExecutorStart = NULL;

/*
 * Is this a row trigger that fires for UPDATE?
 */
static bool
fires_for_update(const Trigger *trigger)
{
	return TRIGGER_FOR_ROW(trigger->tgtype) &&
		TRIGGER_FOR_UPDATE(trigger->tgtype);
}

/*
 * Is its function one of relmap's?
 */
static bool
is_ours(const Trigger *trigger, Oid schema)
{
	return get_func_namespace(trigger->tgfoid) == schema;
}

/*
 * Can a statement that sets these columns change what this trigger of relmap's
 * depends on, by itself or by another trigger?
 */
static bool
is_touched(Trigger *trigger, Relation rel, const Bitmapset *updated)
{
	RelmapKeyInfo *key = relmap_keyinfo_get(trigger, rel);

	return !key->inert &&
		(key->has_other_update_trigger || bms_overlap(key->depends, updated));
}

/*
 * The triggers that fire for UPDATE have changed: recompute the flags by which
 * the executor knows which kinds there are.
 */
static void
summarize(TriggerDesc *trigdesc)
{
	trigdesc->trig_update_before_row = false;
	trigdesc->trig_update_after_row = false;

	for (int i = 0; i < trigdesc->numtriggers; i++)
	{
		int16		type = trigdesc->triggers[i].tgtype;

		if (!fires_for_update(&trigdesc->triggers[i]))
			continue;
		trigdesc->trig_update_before_row |= TRIGGER_FOR_BEFORE(type);
		trigdesc->trig_update_after_row |= TRIGGER_FOR_AFTER(type);
	}
}

/*
 * Keep relmap's triggers on a result relation from firing for UPDATE, if the
 * statement sets no column that any of them depends on.
 */
static void
spare_untouched(ResultRelInfo *relinfo, EState *estate, Oid schema)
{
	TriggerDesc *trigdesc = relinfo->ri_TrigDesc;
	Bitmapset  *updated = ExecGetAllUpdatedCols(relinfo, estate);
	Bitmapset  *ours = NULL;
	int			i;

	for (i = 0; i < trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &trigdesc->triggers[i];

		if (!fires_for_update(trigger) || !is_ours(trigger, schema))
			continue;
		if (is_touched(trigger, relinfo->ri_RelationDesc, updated))
			return;
		ours = bms_add_member(ours, i);
	}
	if (ours == NULL)
		return;

	i = -1;
	while ((i = bms_next_member(ours, i)) >= 0)
		trigdesc->triggers[i].tgtype &= ~TRIGGER_TYPE_UPDATE;
	summarize(trigdesc);
}

/*
 * ExecutorStart hook: look at the tables that the query will write.
 */
static void
start_query(QueryDesc *query, int eflags)
{
	ListCell   *lc;
	Oid			schema = InvalidOid;

	if (prev_ExecutorStart)
		prev_ExecutorStart(query, eflags);
	else
		standard_ExecutorStart(query, eflags);

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	foreach(lc, query->estate->es_opened_result_relations)
	{
		ResultRelInfo *relinfo = (ResultRelInfo *) lfirst(lc);
		TriggerDesc *trigdesc = relinfo->ri_TrigDesc;
		MemoryContext oldcontext;

		/* the triggers must note what each node shows, see shown.c */
		if (query->plannedstmt->hasModifyingCTE &&
			relinfo->ri_projectReturning != NULL)
			continue;
		if (trigdesc == NULL ||
			!(trigdesc->trig_update_before_row ||
			  trigdesc->trig_update_after_row) ||
			ExecGetUpdatedCols(relinfo, query->estate) == NULL)
			continue;
		if (!OidIsValid(schema))
			schema = get_namespace_oid(RELMAP_SCHEMA, true);
		if (!OidIsValid(schema))
			return;
		oldcontext = MemoryContextSwitchTo(query->estate->es_query_cxt);
		spare_untouched(relinfo, query->estate, schema);
		MemoryContextSwitchTo(oldcontext);
	}
}

/*
 * Put the hook in place, once per session.
 */
void
relmap_untouched_init(void)
{
	prev_ExecutorStart = ExecutorStart_hook;
	ExecutorStart_hook = start_query;
}
