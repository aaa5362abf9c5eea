/*-------------------------------------------------------------------------
 *
 * orphan.c
 *	  delete-orphan: a row that has lost its parent, and has none at COMMIT, is
 *	  deleted.
 *
 * A deferred constraint trigger, so that a swap in two statements loses
 * nobody, and an ORM that deletes the row itself still finds it.  A row that
 * moves to another partition meanwhile would not be found: that is refused.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/orphan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/util.h"
#include "enforce/action.h"
#include "enforce/deferredcheck.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/orphan.h"

PG_FUNCTION_INFO_V1(relmap_delete_orphan);
PG_FUNCTION_INFO_V1(relmap_moved_orphan);

static void delete_if_orphan(RelmapKeyInfo *key, ItemPointer tid);
static bool regained_parent(RelmapKeyInfo *key, Relation rel,
							ItemPointer first, ItemPointer last);
static bool may_be_orphan(TriggerData *trigdata);
static bool stays(Relation rel, TupleTableSlot *row);

/*
 * delete_orphan(column, ...): constraint trigger AFTER UPDATE FOR EACH
 * ROW on the child.  Arguments are the columns of the foreign key.
 *
 * A row that has lost its parent in this update is followed to its last
 * version, and deleted if that has no parent.  Nothing is done if it was
 * deleted meanwhile.
 */
Datum
relmap_delete_orphan(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapKeyInfo *key;
	Datum		values[INDEX_MAX_KEYS];

	key = relmap_keyinfo_of_after_trigger(fcinfo, "delete_orphan",
										  TRIGGER_TYPE_UPDATE);
	if (key == NULL ||
		!relmap_keyinfo_values(key, trigdata->tg_trigslot, values) ||
		relmap_keyinfo_values(key, trigdata->tg_newslot, values))
		return PointerGetDatum(NULL);

	relmap_deferredcheck_make(delete_if_orphan, key,
							  &trigdata->tg_newslot->tts_tid);

	return PointerGetDatum(NULL);
}

/*
 * Delete the row that had lost its parent in the version at this tid, if it has
 * not had one since.
 */
static void
delete_if_orphan(RelmapKeyInfo *key, ItemPointer tid)
{
	Relation	rel = table_open(key->relid, RowExclusiveLock);
	RelmapChange change = {RELMAP_DELETE_ORPHAN, 1, &key};
	ItemPointerData last = *tid;

	(void) relmap_incumbent_latest_tid(rel, &last);
	if (!regained_parent(key, rel, tid, &last))
		relmap_action_run(&change, rel, &last, NULL, true);

	table_close(rel, NoLock);
}

/*
 * Had a row a parent in one of its versions after the first, up to the last?
 * Then it was a parked one, or if it has lost that parent as well, this was
 * another update, which has an event of its own.  All are of this transaction.
 */
static bool
regained_parent(RelmapKeyInfo *key, Relation rel, ItemPointer first,
				ItemPointer last)
{
	TupleTableSlot *row = table_slot_create(rel, NULL);
	ItemPointerData tid = *first;
	bool		result = false;

	while (!result && !ItemPointerEquals(&tid, last) &&
		   table_tuple_fetch_row_version(rel, &tid, SnapshotAny, row))
	{
		Datum		values[INDEX_MAX_KEYS];
		bool		should_free;
		HeapTuple	tuple = ExecFetchSlotHeapTuple(row, false, &should_free);
		ItemPointerData next = tuple->t_data->t_ctid;

		CHECK_FOR_INTERRUPTS();
		result = !ItemPointerEquals(&tid, first) &&
			relmap_keyinfo_values(key, row, values);
		if (should_free)
			heap_freetuple(tuple);
		if (ItemPointerEquals(&next, &tid))
			break;
		tid = next;
	}
	ExecDropSingleTupleTableSlot(row);
	return result;
}

/*
 * moved_orphan(column, ...): trigger BEFORE UPDATE FOR EACH ROW on a child that
 * is partitioned.  Arguments are the columns of the foreign key.
 */
Datum
relmap_moved_orphan(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapKeyInfo *key;

	relmap_keyinfo_check_trigger(fcinfo, "moved_orphan",
								 TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE);

	key = relmap_keyinfo_get(trigdata->tg_trigger, trigdata->tg_relation);
	if (!key->inert)
		relmap_orphan_refuse_move(key, trigdata, true);
	return PointerGetDatum(trigdata->tg_newtuple);
}

/*
 * Raise an error if a row without parent moves to another partition, though it
 * should be deleted as an orphan at COMMIT: no UPDATE trigger fires for a row
 * that moves, and nothing leads to where it is then.
 *
 * It is one if it loses its parent by this UPDATE (if that counts), or has been
 * updated by this transaction before: that may have made it one.
 */
void
relmap_orphan_refuse_move(RelmapKeyInfo *key, TriggerData *trigdata,
						  bool by_update)
{
	Relation	rel = trigdata->tg_relation;

	if (relmap_keyinfo_has_parent(key, trigdata->tg_newslot) ||
		!(relmap_keyinfo_has_parent(key, trigdata->tg_trigslot) ? by_update :
		  may_be_orphan(trigdata)) ||
		stays(rel, trigdata->tg_newslot))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("a row of table \"%s\" cannot lose its parent and move to another partition in one transaction",
					relmap_table_display_name(RelationGetRelid(rel))),
			 errdetail("A row without a parent is deleted at COMMIT, but could not be found then."),
			 errhint("Move the row first, or delete it."),
			 errtable(rel)));
}

/*
 * Was the row that is updated updated by this transaction before?
 */
static bool
may_be_orphan(TriggerData *trigdata)
{
	HeapTupleHeader header = trigdata->tg_trigtuple->t_data;

	return (header->t_infomask & HEAP_UPDATED) != 0 &&
		TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(header));
}

/*
 * Does a row belong to this partition?
 */
static bool
stays(Relation rel, TupleTableSlot *row)
{
	EState	   *estate;
	ResultRelInfo *relinfo;
	bool		result;

	if (!rel->rd_rel->relispartition)
		return true;
	estate = CreateExecutorState();
	relinfo = makeNode(ResultRelInfo);
	InitResultRelInfo(relinfo, rel, 0, NULL, 0);
	result = ExecPartitionCheck(relinfo, row, estate, false);
	FreeExecutorState(estate);
	return result;
}
