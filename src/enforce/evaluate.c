/*-------------------------------------------------------------------------
 *
 * evaluate.c
 *	  Conditions of slots, and the lists that make a row leave one, evaluated
 *	  on rows.
 *
 * Both are evaluated as the user who writes, like defaults, CHECK constraints
 * and index predicates; the row with the values of a list is then written as
 * the table's owner.
 *
 * A BEFORE ROW trigger sees no generated column.  Where a condition has one, it
 * was replaced by what the column is generated from when the slot was compiled.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/evaluate.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/util.h"
#include "enforce/callstate.h"
#include "enforce/change.h"
#include "enforce/evaluate.h"
#include "enforce/keyinfo.h"
#include "enforce/slotnames.h"

static bool meets(RelmapCallState *call, RelmapSlotState *slot,
				  TupleTableSlot *row);
static bool evaluate(ExprState *state, ExprContext *econtext,
					 TupleTableSlot *row);
static void add_nulls(RelmapAssignments *set, const Bitmapset *columns);
static void add_column(RelmapAssignments *set, AttrNumber attnum, Datum value,
					   bool isnull);
static void check_leaves(const RelmapChange *change, Relation rel,
						 TupleTableSlot *row, const RelmapAssignments *set);


/* ---- conditions ------------------------------------------------------- */

/*
 * Does the row that a BEFORE trigger is called for take a slot that it has not
 * held?  If so, read the key's values.
 */
bool
relmap_evaluate_takes(RelmapCallState *call, RelmapSlotState *slot,
					  TriggerData *trigdata, Datum *values)
{
	RelmapKeyInfo *key = slot->key;
	Datum		before[INDEX_MAX_KEYS];

	if (key->condition == NULL)
		return relmap_keyinfo_takes_parent(key, trigdata, values);

	if (!TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		return relmap_keyinfo_values(key, trigdata->tg_trigslot, values) &&
			meets(call, slot, trigdata->tg_trigslot);

	/* as in relmap_keyinfo_takes_parent() */
	if (!key->has_other_update_trigger && trigdata->tg_updatedcols != NULL &&
		!bms_overlap(key->depends, trigdata->tg_updatedcols))
		return false;

	return relmap_keyinfo_values(key, trigdata->tg_newslot, values) &&
		meets(call, slot, trigdata->tg_newslot) &&
		!(relmap_keyinfo_values(key, trigdata->tg_trigslot, before) &&
		  relmap_keyinfo_equal(key, before, values) &&
		  meets(call, slot, trigdata->tg_trigslot));
}

/*
 * Does a row meet the condition of a slot?  The state is kept with the call
 * state, for the next rows.
 */
static bool
meets(RelmapCallState *call, RelmapSlotState *slot, TupleTableSlot *row)
{
	if (slot->condition == NULL || slot->condition_of != slot->key)
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(GetMemoryChunkContext(call));

		slot->condition = ExecInitExpr(slot->key->condition, NULL);
		slot->condition_of = slot->key;
		if (slot->econtext == NULL)
			slot->econtext = CreateStandaloneExprContext();
		MemoryContextSwitchTo(oldcontext);
	}
	return evaluate(slot->condition, slot->econtext, row);
}

/*
 * Does a row hold a slot?  If so, read the key's values.
 */
bool
relmap_evaluate_holds(RelmapKeyInfo *key, TupleTableSlot *row, Datum *values)
{
	ExprContext *econtext;
	bool		result;

	if (!relmap_keyinfo_values(key, row, values))
		return false;
	if (key->condition == NULL)
		return true;

	econtext = CreateStandaloneExprContext();
	result = evaluate(ExecInitExpr(key->condition, NULL), econtext, row);
	FreeExprContext(econtext, true);
	return result;
}

/*
 * Evaluate a condition, where NULL is false.
 */
static bool
evaluate(ExprState *state, ExprContext *econtext, TupleTableSlot *row)
{
	Datum		value;
	bool		isnull;

	econtext->ecxt_scantuple = row;
	value = ExecEvalExprSwitchContext(state, econtext, &isnull);
	ResetExprContext(econtext);
	return !isnull && DatumGetBool(value);
}


/* ---- lists ------------------------------------------------------------ */

/*
 * Add what lets a row leave a slot to the columns to be set: NULL, or what the
 * slot's list makes of the row, in the current memory context.  Of the list
 * only these columns, unless they are NULL.
 */
void
relmap_evaluate_leave(RelmapKeyInfo *key, Relation rel, TupleTableSlot *row,
					  const Bitmapset *columns, RelmapAssignments *set)
{
	ExprContext *econtext;
	ListCell   *lc;

	if (key->list == NIL)
	{
		add_nulls(set, columns ? columns : key->nullable_set);
		return;
	}

	econtext = CreateStandaloneExprContext();
	econtext->ecxt_scantuple = row;
	foreach(lc, key->list)
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel),
											  target->resno - 1);
		Datum		value;
		bool		isnull;

		if (columns != NULL &&
			!bms_is_member(target->resno - FirstLowInvalidHeapAttributeNumber,
						   columns))
			continue;
		value = ExecEvalExprSwitchContext(ExecInitExpr(target->expr, NULL),
										  econtext, &isnull);
		if (!isnull)
			value = datumCopy(value, att->attbyval, att->attlen);
		add_column(set, target->resno, value, isnull);
	}
	FreeExprContext(econtext, true);
}

/*
 * The same for a row that is parked.  It must not hold another slot meanwhile, in
 * which it would replace others: NULL, if its list would move it to one.
 */
void
relmap_evaluate_park(RelmapKeyInfo *key, Relation rel, TupleTableSlot *row,
					 RelmapAssignments *set)
{
	RelmapAssignments left = {0};
	TupleTableSlot *after;
	Datum		values[INDEX_MAX_KEYS];
	bool		moves;

	if (key->parking_null_set == NULL)
	{
		relmap_evaluate_leave(key, rel, row, key->parking_set, set);
		return;
	}

	relmap_evaluate_leave(key, rel, row, key->parking_set, &left);
	after = relmap_evaluate_copy(rel, row);
	relmap_evaluate_apply(&left, after);
	moves = relmap_evaluate_holds(key, after, values);
	ExecDropSingleTupleTableSlot(after);
	if (moves)
		add_nulls(set, key->parking_null_set);
	for (int i = 0; i < left.n && !moves; i++)
		add_column(set, left.attnums[i], left.values[i], left.nulls[i]);
}

/*
 * What a change sets in a row that is replaced: the columns of lists to their
 * values, the foreign keys of other slots to NULL.  Raises an error if the row
 * would still hold one of the slots.
 */
RelmapAssignments *
relmap_evaluate_release(const RelmapChange *change, Relation rel,
						TupleTableSlot *row)
{
	RelmapAssignments *set = palloc0(sizeof(RelmapAssignments));

	for (int i = 0; i < change->nslots; i++)
		relmap_evaluate_leave(change->keys[i], rel, row, NULL, set);
	check_leaves(change, rel, row, set);
	return set;
}

/*
 * Add columns that become NULL.
 */
static void
add_nulls(RelmapAssignments *set, const Bitmapset *columns)
{
	int			column = -1;

	while ((column = bms_next_member(columns, column)) >= 0)
		add_column(set, column + FirstLowInvalidHeapAttributeNumber,
				   (Datum) 0, true);
}

/*
 * Add a column, unless it is there: slots may share one.
 */
static void
add_column(RelmapAssignments *set, AttrNumber attnum, Datum value, bool isnull)
{
	for (int i = 0; i < set->n; i++)
	{
		if (set->attnums[i] == attnum)
			return;
	}
	if (set->n == set->size)
	{
		set->size = Max(4, set->size * 2);
		if (set->n == 0)
		{
			set->attnums = palloc(sizeof(AttrNumber) * set->size);
			set->values = palloc(sizeof(Datum) * set->size);
			set->nulls = palloc(sizeof(bool) * set->size);
		}
		else
		{
			set->attnums = repalloc(set->attnums, sizeof(AttrNumber) * set->size);
			set->values = repalloc(set->values, sizeof(Datum) * set->size);
			set->nulls = repalloc(set->nulls, sizeof(bool) * set->size);
		}
	}
	set->attnums[set->n] = attnum;
	set->values[set->n] = value;
	set->nulls[set->n++] = isnull;
}

/*
 * Set a column, instead of what is there.
 */
void
relmap_evaluate_set(RelmapAssignments *set, AttrNumber attnum, Datum value,
					bool isnull)
{
	for (int i = 0; i < set->n; i++)
	{
		if (set->attnums[i] == attnum)
		{
			set->values[i] = value;
			set->nulls[i] = isnull;
			return;
		}
	}
	add_column(set, attnum, value, isnull);
}

/*
 * Put assignments into a row of which slot holds a copy.
 */
void
relmap_evaluate_apply(const RelmapAssignments *set, TupleTableSlot *slot)
{
	for (int i = 0; i < set->n; i++)
	{
		slot->tts_values[set->attnums[i] - 1] = set->values[i];
		slot->tts_isnull[set->attnums[i] - 1] = set->nulls[i];
	}
}

/*
 * A copy of a row for such changes, which refers to the row's memory.
 */
TupleTableSlot *
relmap_evaluate_copy(Relation rel, TupleTableSlot *row)
{
	TupleTableSlot *copy = MakeSingleTupleTableSlot(RelationGetDescr(rel),
													&TTSOpsVirtual);

	slot_getallattrs(row);
	memcpy(copy->tts_values, row->tts_values,
		   sizeof(Datum) * RelationGetDescr(rel)->natts);
	memcpy(copy->tts_isnull, row->tts_isnull,
		   sizeof(bool) * RelationGetDescr(rel)->natts);
	ExecStoreVirtualTuple(copy);
	return copy;
}

/*
 * Raise an error if a row would still hold one of the slots that it is to leave.
 */
static void
check_leaves(const RelmapChange *change, Relation rel, TupleTableSlot *row,
			 const RelmapAssignments *set)
{
	TupleTableSlot *after = relmap_evaluate_copy(rel, row);
	Datum		values[INDEX_MAX_KEYS];

	relmap_evaluate_apply(set, after);
	for (int i = 0; i < change->nslots; i++)
	{
		if (relmap_evaluate_holds(change->keys[i], after, values) &&
			relmap_keyinfo_equal(change->keys[i], values, change->values[i]))
			relmap_evaluate_report_stays(change->keys[i], rel);
	}
	ExecDropSingleTupleTableSlot(after);
}


/* ---- errors ----------------------------------------------------------- */

/*
 * Complain that a row does not leave a slot.
 */
void
relmap_evaluate_report_stays(RelmapKeyInfo *key, Relation rel)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("a row of table \"%s\" does not leave relationship \"%s\"",
					relmap_table_display_name(RelationGetRelid(rel)),
					relmap_slotnames_first(key)),
			 key->condition_text[0] != '\0'
			 ? errdetail("It is to be replaced, but would still meet the condition %s after SET %s.",
						 key->condition_text, key->list_text)
			 : errdetail("It is to be replaced, but would still have its key after SET %s.",
						 key->list_text),
			 errtable(rel)));
}

/*
 * Raise an error: a row is to be replaced in a slot while, or after, it was
 * replaced in another for the same newcomer: the lists form a circle.  If it is
 * the same slot, a user's trigger may be part of it.
 */
void
relmap_evaluate_report_circle(RelmapKeyInfo *key, RelmapKeyInfo *other,
							  Relation rel)
{
	if (key->trigger == other->trigger)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("relationship \"%s\" replaces a row of table \"%s\" that is being replaced already",
						relmap_slotnames_first(key),
						relmap_table_display_name(RelationGetRelid(rel))),
				 errdetail("A trigger, or what on_replace sets, writes another row for its key while it is being replaced."),
				 errtable(rel)));
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("relationships \"%s\" and \"%s\" replace one row of table \"%s\" in turn",
					relmap_slotnames_first(other),
					relmap_slotnames_first(key),
					relmap_table_display_name(RelationGetRelid(rel))),
			 errdetail("A row that leaves one of them takes the other."),
			 errtable(rel)));
}
