/*-------------------------------------------------------------------------
 *
 * replacing.c
 *	  replacing(): the condition of triggers that are for replaced rows only.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/replacing.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "executor/execExpr.h"
#include "executor/executor.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/running.h"
#include "enforce/callstate.h"
#include "enforce/keyinfo.h"
#include "enforce/replace.h"
#include "enforce/statement.h"

PG_FUNCTION_INFO_V1(relmap_replacing);

/* What relmap_replacing() is asked for: a slot of a table that is written. */
typedef struct Condition
{
	ResultRelInfo *relinfo;
	Bitmapset  *columns;		/* as in RelmapKeyInfo.columns */
} Condition;

static bool leaves_slot(const RelmapCallState *call, const Bitmapset *columns);
static Condition *find_condition(FmgrInfo *flinfo);
static bool is_condition(ExprState *condition, FmgrInfo *flinfo);

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
		PG_RETURN_BOOL(false);	/* called elsewhere */

	relinfo = condition->relinfo;
	for (int i = 0; i < relinfo->ri_TrigDesc->numtriggers; i++)
	{
		FmgrInfo   *function = &relinfo->ri_TrigFunctions[i];

		if (relmap_replace_is_trigger(function) &&
			function->fn_extra != NULL &&
			leaves_slot(function->fn_extra, condition->columns))
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}

/*
 * Is the last row of a call state replaced in a slot on these columns that
 * deletes it then, or parked in it?  It may leave others of the same key by lists
 * that set the key to NULL, and stays.
 */
static bool
leaves_slot(const RelmapCallState *call, const Bitmapset *columns)
{
	for (int i = 0; i < call->nslots; i++)
	{
		RelmapSlotState *slot = &call->slots[i];

		if (slot->leaves && slot->key->policy == RELMAP_POLICY_DELETE &&
			bms_equal(columns, slot->key->foreign_set))
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
	EState	   *query = relmap_running_query();
	List	   *lists[3];

	if (flinfo->fn_extra != NULL || query == NULL)
		return (Condition *) flinfo->fn_extra;

	lists[0] = query->es_opened_result_relations;
	lists[1] = query->es_tuple_routing_result_relations;
	lists[2] = query->es_trig_target_relations;

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
