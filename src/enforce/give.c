/*-------------------------------------------------------------------------
 *
 * give.c
 *	  Parked rows get their slots.
 *
 * When all rows of a statement are written, each parked row is updated to what
 * it was to be, in the order in which they were parked.  From a slot that
 * another row has taken since, it is made to leave, as if it had been replaced
 * then; it has all others.  One that leaves everything for which it was parked
 * may already be what it is to be.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/give.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/util.h"
#include "enforce/action.h"
#include "enforce/change.h"
#include "enforce/deferredcheck.h"
#include "enforce/evaluate.h"
#include "enforce/give.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/parkedrow.h"
#include "enforce/parking.h"
#include "enforce/pending.h"
#include "enforce/shown.h"
#include "enforce/statement.h"

static void give_all(RelmapStatement *statement, bool fire_triggers);
static void give(RelmapStatement *statement, const RelmapParkedSlots *slots,
				 TupleTableSlot **row, bool fire_triggers);
static bool fetch_parked(const RelmapParkedRow *parked, Relation rel,
						 ItemPointer tid, TupleTableSlot *row,
						 RelmapStatement *statement);
static bool compute(RelmapChange *change, const RelmapParkedSlots *slots,
					Relation rel, TupleTableSlot *row);
static bool leave_lost(RelmapChange *change, const RelmapParkedSlots *slots,
					   uint64 newcomer, Relation rel, TupleTableSlot *final,
					   RelmapAssignments *set, bool *taken);
static void refuse_to_delete(const RelmapChange *change, const bool *taken,
							 Relation rel, const RelmapParkedRow *parked,
							 TupleTableSlot *row, TupleTableSlot *final);
static bool had_parent(RelmapKeyInfo *key, Relation rel,
					   const RelmapParkedRow *parked, TupleTableSlot *row);
static uint64 next_newcomer(const RelmapParkedSlots *slots, uint64 last);
static bool changes(const RelmapAssignments *set, TupleTableSlot *row);
static void check_given(const RelmapChange *change, Relation rel);
pg_noreturn static void report_not_given(RelmapStatement *statement,
										 Relation rel);

/*
 * All rows of a statement are written: give its parked rows their slots.  AFTER
 * triggers of these changes fire at once, or are queued for the statement.
 */
static void
give_all(RelmapStatement *statement, bool fire_triggers)
{
	RelmapParkedSlots slots;
	TupleTableSlot *row = NULL;
	MemoryContext context;
	MemoryContext oldcontext;

	if (statement->parking == NULL)
		return;

	context = AllocSetContextCreate(relmap_parking_context(statement),
									"relmap parked row",
									ALLOCSET_DEFAULT_SIZES);
	oldcontext = MemoryContextSwitchTo(context);
	while (relmap_pending_next(statement->parking, &slots))
	{
		CHECK_FOR_INTERRUPTS();
		give(statement, &slots, &row, fire_triggers);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(oldcontext);
	if (row != NULL)
		ExecDropSingleTupleTableSlot(row);

	relmap_parking_end(statement);
	relmap_deferredcheck_run(statement);
}

/*
 * Give a parked row its slots, unless it was not written after all, was
 * deleted, or was given others meanwhile.  *row is for rows of the last table.
 */
static void
give(RelmapStatement *statement, const RelmapParkedSlots *slots,
	 TupleTableSlot **row, bool fire_triggers)
{
	Relation	rel = table_open(slots->keys[0]->relid, RowExclusiveLock);
	ItemPointerData tid = slots->row->tid;
	RelmapChange change = {RELMAP_ASSIGN, slots->n, slots->keys, slots->values};

	change.is_own = true;
	change.cause = change.statement = statement;
	if (*row != NULL && (*row)->tts_tupleDescriptor != RelationGetDescr(rel))
	{
		ExecDropSingleTupleTableSlot(*row);
		*row = NULL;
	}
	if (*row == NULL)
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(relmap_parking_context(statement));

		*row = table_slot_create(rel, NULL);
		MemoryContextSwitchTo(oldcontext);
	}

	if (fetch_parked(slots->row, rel, &tid, *row, statement) &&
		compute(&change, slots, rel, *row))
	{
		if (relmap_action_run(&change, rel, &tid, statement, fire_triggers))
		{
			check_given(&change, rel);
			relmap_shown_note_given(statement, rel, &tid);
		}
		else if (fetch_parked(slots->row, rel, &tid, *row, NULL))
			report_not_given(statement, rel);
	}
	ExecClearTuple(*row);
	table_close(rel, NoLock);
}

/*
 * Fetch the last version of the row whose version before was at tid; false if
 * there is none, or it is not as it was parked any more.  That is an error,
 * raised for a statement, if the row may have been replaced where it was
 * meanwhile.
 */
static bool
fetch_parked(const RelmapParkedRow *parked, Relation rel, ItemPointer tid,
			 TupleTableSlot *row, RelmapStatement *statement)
{
	bool		has_version = relmap_incumbent_latest_tid(rel, tid);

	if ((!has_version && statement != NULL) ||
		!table_tuple_fetch_row_version(rel, tid, SnapshotSelf, row))
		return false;
	if (relmap_parkedrow_is_parked(parked, row))
		return true;
	if (parked->elsewhere && statement != NULL)
		report_not_given(statement, rel);
	return false;
}

/*
 * Compute what a parked row is to be: as the user who writes, before the
 * table's owner does it.  False if it is that already.
 */
static bool
compute(RelmapChange *change, const RelmapParkedSlots *slots, Relation rel,
		TupleTableSlot *row)
{
	const RelmapParkedRow *parked = slots->row;
	RelmapKeyInfo *first = slots->keys[0];
	TupleTableSlot *final;
	RelmapAssignments *set = palloc0(sizeof(RelmapAssignments));
	bool	   *lost = palloc(sizeof(bool) * slots->n);
	bool	   *taken = palloc0(sizeof(bool) * slots->n);
	Datum		values[INDEX_MAX_KEYS];

	for (int i = 0; i < parked->ncolumns; i++)
		relmap_evaluate_set(set, parked->columns[i].attnum,
							parked->columns[i].wanted,
							parked->columns[i].wanted_null);
	change->lost = lost;
	change->set = set;

	/* the usual case: nothing else can have come of it */
	if (slots->n == 1 && slots->lost_to[0] == 0 && first->nsiblings == 0 &&
		first->condition == NULL && first->list == NIL)
	{
		lost[0] = false;
		return true;
	}

	final = relmap_evaluate_copy(rel, row);
	relmap_evaluate_apply(set, final);
	for (uint64 newcomer = 0; (newcomer = next_newcomer(slots, newcomer)) > 0;)
	{
		if (leave_lost(change, slots, newcomer, rel, final, set, taken))
			break;
	}
	for (int i = 0; i < slots->n; i++)
		lost[i] = !relmap_evaluate_holds(slots->keys[i], final, values);
	if (change->action == RELMAP_ASSIGN)
		refuse_to_delete(change, taken, rel, parked, row, final);
	ExecDropSingleTupleTableSlot(final);

	if (change->action == RELMAP_ASSIGN)
		return changes(set, row);
	change->set = NULL;
	return true;
}

/*
 * Raise an error if the row would be deleted at COMMIT for a slot that nobody has
 * taken from it: it was parked in that, and loses it together with another one.
 */
static void
refuse_to_delete(const RelmapChange *change, const bool *taken, Relation rel,
				 const RelmapParkedRow *parked, TupleTableSlot *row,
				 TupleTableSlot *final)
{
	for (int i = 0; i < change->nslots; i++)
	{
		RelmapKeyInfo *key = change->keys[i];
		bool		deleted = false;

		if (key->policy != RELMAP_POLICY_DELETE || key->deletes_orphans ||
			!change->lost[i] || relmap_keyinfo_has_parent(key, final) ||
			!had_parent(key, rel, parked, row))
			continue;
		for (int j = 0; j < change->nslots; j++)
			deleted |= taken[j] && change->keys[j]->policy == RELMAP_POLICY_DELETE &&
				bms_equal(change->keys[j]->foreign_set, key->foreign_set);
		if (!deleted)
			ereport(ERROR,
					(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
					 errmsg("a row of table \"%s\" loses a parent that no other row has taken",
							relmap_table_display_name(RelationGetRelid(rel))),
					 errdetail("Another row has taken another slot of it.  It would be deleted at COMMIT, as the statement writes it without its parent first."),
					 errhint("Use several statements."),
					 errtable(rel)));
	}
}

/*
 * Has a parked row a parent, or had it one when it was parked?
 */
static bool
had_parent(RelmapKeyInfo *key, Relation rel, const RelmapParkedRow *parked,
		   TupleTableSlot *row)
{
	TupleTableSlot *before = table_slot_create(rel, NULL);
	ItemPointerData tid = parked->tid;
	bool		result = relmap_keyinfo_has_parent(key, row);

	if (!result && table_tuple_fetch_row_version(rel, &tid, SnapshotAny, before))
		result = relmap_keyinfo_has_parent(key, before);
	ExecDropSingleTupleTableSlot(before);
	return result;
}

/*
 * Let the row leave what this newcomer has taken from it.  True if it is to be
 * deleted for that.  taken[i] becomes true for these slots.
 */
static bool
leave_lost(RelmapChange *change, const RelmapParkedSlots *slots, uint64 newcomer,
		   Relation rel, TupleTableSlot *final, RelmapAssignments *set,
		   bool *taken)
{
	RelmapChange release = {RELMAP_SET_NULL};
	RelmapAssignments *left;

	release.keys = palloc(sizeof(RelmapKeyInfo *) * slots->n);
	release.values = palloc(sizeof(Datum *) * slots->n);
	for (int i = 0; i < slots->n; i++)
	{
		Datum		values[INDEX_MAX_KEYS];

		if (slots->lost_to[i] != newcomer ||
			!relmap_evaluate_holds(slots->keys[i], final, values) ||
			!relmap_keyinfo_equal(slots->keys[i], values, slots->values[i]))
			continue;
		taken[i] = true;
		if (slots->keys[i]->policy == RELMAP_POLICY_DELETE &&
			slots->keys[i]->nnullable == 0)
		{
			change->action = RELMAP_DELETE_INCUMBENT;
			return true;
		}
		release.keys[release.nslots] = slots->keys[i];
		release.values[release.nslots++] = slots->values[i];
	}
	if (release.nslots == 0)
		return false;

	left = relmap_evaluate_release(&release, rel, final);
	relmap_evaluate_apply(left, final);
	for (int i = 0; i < left->n; i++)
		relmap_evaluate_set(set, left->attnums[i], left->values[i],
							left->nulls[i]);
	return false;
}

/*
 * The row that was the next, in time, to take a slot of a parked one; 0 if
 * there is none.
 */
static uint64
next_newcomer(const RelmapParkedSlots *slots, uint64 last)
{
	uint64		next = 0;

	for (int i = 0; i < slots->n; i++)
	{
		if (slots->lost_to[i] > last &&
			(next == 0 || slots->lost_to[i] < next))
			next = slots->lost_to[i];
	}
	return next;
}

/*
 * Has a row not all of these values yet?
 */
static bool
changes(const RelmapAssignments *set, TupleTableSlot *row)
{
	for (int i = 0; i < set->n; i++)
	{
		Form_pg_attribute att = TupleDescAttr(row->tts_tupleDescriptor,
											  set->attnums[i] - 1);
		bool		isnull;
		Datum		value = slot_getattr(row, set->attnums[i], &isnull);

		if (isnull != set->nulls[i] ||
			(!isnull && !datum_image_eq(value, set->values[i], att->attbyval,
										att->attlen)))
			return true;
	}
	return false;
}

/*
 * Raise an error if a row was given its slots and nobody has one of them:
 * another BEFORE UPDATE trigger has changed it.
 */
static void
check_given(const RelmapChange *change, Relation rel)
{
	for (int i = 0; i < change->nslots; i++)
	{
		RelmapKeyInfo *key = change->keys[i];
		RelmapIncumbent holder;

		if (!change->lost[i] && key->has_other_update_trigger &&
			OidIsValid(key->index) &&
			!relmap_incumbent_find_once(key, rel, change->values[i], &holder))
			report_not_given(change->statement, rel);
	}
}

/*
 * Raise an error: a parked row was not given its slots.
 */
static void
report_not_given(RelmapStatement *statement, Relation rel)
{
	statement->explained = true;
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("a row of table \"%s\" was not given its parent",
					relmap_table_display_name(RelationGetRelid(rel))),
			 errdetail("The statement writes the row without its parent first and gives it the parent afterwards, which a BEFORE UPDATE trigger has prevented."),
			 errhint("Let the trigger accept an UPDATE that sets nothing but the foreign key, or use several statements."),
			 errtable(rel)));
}

/*
 * Set up, once per session.
 */
void
relmap_give_init(void)
{
	relmap_statement_at_finish(give_all);
}
