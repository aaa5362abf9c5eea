/*-------------------------------------------------------------------------
 *
 * parkedrow.c
 *	  What a row is written without while it is parked.
 *
 * A row that is parked in a slot is written so that it does not hold it: each
 * slot has the columns for that (RelmapKeyInfo.parking), which become NULL, or
 * what the slot's list makes of them.  Slots may share columns; so the row may
 * lose others by that, even some that the statement leaves alone.  It is parked
 * in all of them, and remembers what these columns were to have.
 *
 * It must not hold a slot that it is not to have in the end, nor one that it
 * would leave by columns which the slots depend on in which it is parked: others
 * would replace it there, and change what is remembered.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/parkedrow.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "enforce/callstate.h"
#include "enforce/change.h"
#include "enforce/evaluate.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/parkedrow.h"

static bool is_enforced(const RelmapSlotState *slot, TriggerEvent event);
static bool leave_slots(RelmapCallState *call, TriggerData *trigdata,
						Bitmapset **slots, RelmapAssignments *set,
						bool *elsewhere);
static const Bitmapset *left_by(const RelmapKeyInfo *key);
static bool has_left(RelmapKeyInfo *key, TupleTableSlot *wanted,
					 TupleTableSlot *parked, bool *elsewhere);
static bool must_leave(RelmapKeyInfo *key, TupleTableSlot *wanted,
					   TupleTableSlot *parked, const Bitmapset *columns,
					   const Bitmapset *depends);

/*
 * Find out how the row for which a BEFORE UPDATE trigger is called can be
 * written without some slots, which are numbered as in its (resolved) call
 * state.  Adds those that it cannot hold then.  NULL if it cannot be parked.
 */
RelmapParkedRow *
relmap_parkedrow_make(RelmapCallState *call, TriggerData *trigdata,
					  Bitmapset **slots, MemoryContext context)
{
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	RelmapAssignments set = {0};
	RelmapParkedRow *parked;
	MemoryContext oldcontext;
	bool		elsewhere;

	if (!leave_slots(call, trigdata, slots, &set, &elsewhere))
		return NULL;

	oldcontext = MemoryContextSwitchTo(context);
	parked = palloc(offsetof(RelmapParkedRow, columns) +
					sizeof(RelmapParkedColumn) * set.n);
	parked->tid = trigdata->tg_trigtuple->t_self;
	parked->elsewhere = elsewhere;
	parked->ncolumns = set.n;
	for (int i = 0; i < set.n; i++)
	{
		RelmapParkedColumn *column = &parked->columns[i];
		Form_pg_attribute att = TupleDescAttr(desc, set.attnums[i] - 1);

		column->attnum = set.attnums[i];
		column->wanted = slot_getattr(trigdata->tg_newslot, column->attnum,
									  &column->wanted_null);
		if (!column->wanted_null)
			column->wanted = datumCopy(column->wanted, att->attbyval,
									   att->attlen);
		column->parked_null = set.nulls[i];
		column->parked = column->parked_null ? (Datum) 0 :
			datumCopy(set.values[i], att->attbyval, att->attlen);
	}
	MemoryContextSwitchTo(oldcontext);
	return parked;
}

/*
 * The row as it is written while it is parked.
 */
HeapTuple
relmap_parkedrow_form(const RelmapParkedRow *parked, HeapTuple row,
					  TupleDesc desc)
{
	int		   *attnums = palloc(sizeof(int) * parked->ncolumns);
	Datum	   *values = palloc(sizeof(Datum) * parked->ncolumns);
	bool	   *nulls = palloc(sizeof(bool) * parked->ncolumns);

	for (int i = 0; i < parked->ncolumns; i++)
	{
		attnums[i] = parked->columns[i].attnum;
		values[i] = parked->columns[i].parked;
		nulls[i] = parked->columns[i].parked_null;
	}
	return heap_modify_tuple_by_cols(row, desc, parked->ncolumns, attnums,
									 values, nulls);
}

/*
 * Has a row still what it was parked with?
 */
bool
relmap_parkedrow_is_parked(const RelmapParkedRow *parked, TupleTableSlot *row)
{
	for (int i = 0; i < parked->ncolumns; i++)
	{
		const RelmapParkedColumn *column = &parked->columns[i];
		Form_pg_attribute att = TupleDescAttr(row->tts_tupleDescriptor,
											  column->attnum - 1);
		bool		isnull;
		Datum		value = slot_getattr(row, column->attnum, &isnull);

		if (isnull != column->parked_null ||
			(!isnull && !datum_image_eq(value, column->parked, att->attbyval,
										att->attlen)))
			return false;
	}
	return true;
}

/*
 * A parked row as it is to be, in a slot of its own; NULL if it is gone.
 */
TupleTableSlot *
relmap_parkedrow_complete(const RelmapParkedRow *parked, Relation rel)
{
	TupleTableSlot *row = table_slot_create(rel, NULL);
	TupleTableSlot *complete = NULL;
	ItemPointerData tid = parked->tid;

	(void) relmap_incumbent_latest_tid(rel, &tid);
	if (table_tuple_fetch_row_version(rel, &tid, SnapshotSelf, row))
	{
		complete = relmap_evaluate_copy(rel, row);
		for (int i = 0; i < parked->ncolumns; i++)
		{
			const RelmapParkedColumn *column = &parked->columns[i];

			complete->tts_values[column->attnum - 1] = column->wanted;
			complete->tts_isnull[column->attnum - 1] = column->wanted_null;
		}
		ExecMaterializeSlot(complete);
	}
	ExecDropSingleTupleTableSlot(row);
	return complete;
}

/*
 * Is a slot one in which rows may be parked?
 */
static bool
is_enforced(const RelmapSlotState *slot, TriggerEvent event)
{
	RelmapKeyInfo *key = slot->key;

	return !key->inert && OidIsValid(key->index) &&
		!(key->policy == RELMAP_POLICY_RESTRICT && key->deferrable) &&
		relmap_callstate_fires(slot, event);
}

/*
 * Find out what the row has in which columns when it leaves these slots, and
 * which others it has left by that.  *elsewhere, does it hold another value of
 * one meanwhile?
 */
static bool
leave_slots(RelmapCallState *call, TriggerData *trigdata, Bitmapset **slots,
			RelmapAssignments *set, bool *elsewhere)
{
	Relation	rel = trigdata->tg_relation;
	TupleTableSlot *wanted = trigdata->tg_newslot;
	TupleTableSlot *parked;
	RelmapKeyInfo *first = call->slots[0].key;
	Bitmapset  *columns = NULL; /* set when it is parked, or replaced */
	Bitmapset  *depends = NULL;
	Bitmapset  *done = NULL;
	bool		possible = true;
	Datum		values[INDEX_MAX_KEYS];

	*elsewhere = false;
	if (call->nslots == 1 && first->condition == NULL && first->list == NIL)
	{
		/* the usual case */
		relmap_evaluate_park(first, rel, wanted, set);
		return call->slots[0].no_parking == NULL;
	}

	parked = relmap_evaluate_copy(rel, wanted);
	for (int i = 0; possible && i < call->nslots; i++)
	{
		RelmapSlotState *slot = &call->slots[i];
		RelmapKeyInfo *key = slot->key;

		if (bms_is_member(i, done) || !is_enforced(slot, trigdata->tg_event) ||
			!(bms_is_member(i, *slots) ||
			  must_leave(key, wanted, parked, columns, depends)))
			continue;

		possible = slot->no_parking == NULL;
		if (!possible)
			continue;
		relmap_evaluate_park(key, rel, wanted, set);
		relmap_evaluate_apply(set, parked);
		columns = bms_add_members(columns, key->parking_set);
		columns = bms_add_members(columns, left_by(key));
		depends = bms_add_members(depends, key->depends);
		done = bms_add_member(done, i);
		i = -1;					/* the others anew */
	}

	for (int i = 0; possible && i < call->nslots; i++)
	{
		RelmapKeyInfo *key = call->slots[i].key;

		if (!is_enforced(&call->slots[i], trigdata->tg_event))
			continue;
		if (has_left(key, wanted, parked, elsewhere))
		{
			if (relmap_evaluate_holds(key, wanted, values))
				*slots = bms_add_member(*slots, i);
		}
		else
			possible = !bms_is_member(i, done);
	}
	ExecDropSingleTupleTableSlot(parked);
	return possible;
}

/*
 * Must a row that is parked in slots with these columns leave another one?
 */
static bool
must_leave(RelmapKeyInfo *key, TupleTableSlot *wanted, TupleTableSlot *parked,
		   const Bitmapset *columns, const Bitmapset *depends)
{
	Datum		values[INDEX_MAX_KEYS];
	bool		elsewhere = false;

	if (columns == NULL || !relmap_evaluate_holds(key, parked, values))
		return false;
	return bms_overlap(columns, left_by(key)) ||
		bms_overlap(columns, key->depends) ||
		bms_overlap(depends, left_by(key)) ||
		has_left(key, wanted, parked, &elsewhere);
}

/*
 * The columns that are set in a row which is replaced in a slot.
 */
static const Bitmapset *
left_by(const RelmapKeyInfo *key)
{
	return key->policy == RELMAP_POLICY_RESTRICT ? NULL : key->nullable_set;
}

/*
 * Does a parked row not hold what it is to have of a slot?  *elsewhere becomes
 * true if it holds another value of it.
 */
static bool
has_left(RelmapKeyInfo *key, TupleTableSlot *wanted, TupleTableSlot *parked,
		 bool *elsewhere)
{
	Datum		held[INDEX_MAX_KEYS];
	Datum		values[INDEX_MAX_KEYS];

	if (!relmap_evaluate_holds(key, parked, held))
		return true;
	if (relmap_evaluate_holds(key, wanted, values) &&
		relmap_keyinfo_equal(key, held, values))
		return false;
	*elsewhere = true;
	return true;
}
