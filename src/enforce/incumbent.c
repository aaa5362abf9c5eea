/*-------------------------------------------------------------------------
 *
 * incumbent.c
 *	  Who holds a key: a look into the unique indexes of the child table.
 *
 * The looks are made as core's own unique checks are: with a dirty snapshot,
 * which shows rows in progress and whose they are.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/incumbent.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/partition.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "relmap.h"

static bool fetch_row(RelmapLook *look, uint64 *dead);
static bool deleted_by_us(RelmapLook *look, ItemPointer tid);
static CommandId own_command(TupleTableSlot *slot);
static ResultRelInfo *make_stand_in(Relation rel, EState **estate);
static void free_stand_in(EState *estate);
static bool arbiters_conflict(ResultRelInfo *relinfo, EState *estate,
							  List *arbiters, TupleTableSlot *slot);
static List *arbiters_of_partition(ResultRelInfo *relinfo, List *arbiters);

/*
 * An index scan that looks for keys, kept open while a statement writes rows.
 */
struct RelmapLook
{
	RelmapKey  *key;
	Relation	rel;
	Relation	index;
	IndexScanDesc scan;
	SnapshotData dirty;
	TupleTableSlot *slot;		/* made when a row is found */
};

/*
 * Open a look into the unique index of key.  To be closed by the same resource
 * owner.
 */
RelmapLook *
relmap_look_open(RelmapKey *key, Relation rel, MemoryContext context)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	RelmapLook *look = palloc0(sizeof(RelmapLook));

	look->key = key;
	look->rel = rel;
	/* the statement has the index open in this mode already */
	look->index = index_open(key->index, RowExclusiveLock);
	InitDirtySnapshot(look->dirty);
	look->scan = relmap_index_beginscan(rel, look->index, &look->dirty,
										key->nkeys);
	MemoryContextSwitchTo(oldcontext);

	return look;
}

/*
 * Does a look serve this key?
 */
bool
relmap_look_is_for(RelmapLook *look, RelmapKey *key)
{
	return look->key == key;
}

/*
 * Close a look.
 */
void
relmap_look_close(RelmapLook *look)
{
	if (look->slot != NULL)
		ExecDropSingleTupleTableSlot(look->slot);
	index_endscan(look->scan);
	index_close(look->index, RowExclusiveLock);
	pfree(look);
}

/*
 * Look for the row that holds a key.
 *
 * True, and *incumbent, if there is one.  If a transaction must end before
 * the answer is known, incumbent->wait_xid is that transaction, and
 * wait_token the token of its speculative insertion or 0.
 *
 * The scan runs backward, as the newest versions of a key that one
 * transaction wrote many times are mostly the last ones.  Nothing stays
 * pinned.
 */
bool
relmap_look(RelmapLook *look, const Datum *values,
			RelmapIncumbent *incumbent)
{
	RelmapKey  *key = look->key;
	IndexScanDesc scan = look->scan;
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	MemoryContext oldcontext;
	uint64		dead;
	bool		found;

	/* what the access method allocates must last as long as the scan */
	oldcontext = MemoryContextSwitchTo(GetMemoryChunkContext(look));

	for (int i = 0; i < key->nkeys; i++)
		ScanKeyEntryInitializeWithInfo(&scankeys[i], 0, i + 1,
									   BTEqualStrategyNumber, InvalidOid,
									   key->collations[i],
									   &key->eq_procs[i], values[i]);

	/*
	 * The scan reads a page of the index and then goes to the rows.  One that
	 * is updated in between, in whatever column, is dead when we come, and
	 * its new version's entry was not on the page yet.  But then it is now:
	 * so where entries led to nothing, look again, until nothing has changed.
	 */
	for (uint64 before = 0;; before = dead)
	{
		index_rescan(scan, scankeys, key->nkeys, NULL, 0);
		found = fetch_row(look, &dead);
		if (found || dead == before)
			break;
	}

	if (found)
	{
		incumbent->tid = look->slot->tts_tid;
		incumbent->wait_xid = look->dirty.xmin;
		incumbent->wait_token = look->dirty.speculativeToken;
		if (!TransactionIdIsValid(incumbent->wait_xid))
			incumbent->wait_xid = look->dirty.xmax;
		incumbent->cid = own_command(look->slot);

		/* let go of the pages */
		ExecClearTuple(look->slot);
		index_rescan(scan, scankeys, key->nkeys, NULL, 0);
	}

	MemoryContextSwitchTo(oldcontext);
	return found;
}

/*
 * Fetch the first row into the look's slot; false if there is none.  *dead
 * tells the index entries apart whose rows were there when the page was read,
 * perhaps, and are not any more.
 */
static bool
fetch_row(RelmapLook *look, uint64 *dead)
{
	IndexScanDesc scan = look->scan;
	ItemPointer tid;

	*dead = 0;
	while ((tid = index_getnext_tid(scan, BackwardScanDirection)) != NULL)
	{
		if (look->slot == NULL)
			look->slot = table_slot_create(look->rel, NULL);
		if (index_fetch_heap(scan, look->slot))
			return true;
		if (!deleted_by_us(look, tid))
			*dead = hash_combine64(*dead, itemptr_encode(tid));
	}
	return false;
}

/*
 * Has this transaction deleted or updated the row version at tid?  Then nobody
 * else has since, and a new version's entry was there before we looked.
 */
static bool
deleted_by_us(RelmapLook *look, ItemPointer tid)
{
	bool		result = false;
	bool		should_free;

	if (table_tuple_fetch_row_version(look->rel, tid, SnapshotAny, look->slot))
	{
		HeapTuple	tuple = ExecFetchSlotHeapTuple(look->slot, false,
												   &should_free);
		HeapTupleHeader header = tuple->t_data;

		result = !(header->t_infomask & HEAP_XMAX_INVALID) &&
			!HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask) &&
			TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetUpdateXid(header));
		if (should_free)
			heap_freetuple(tuple);
		ExecClearTuple(look->slot);
	}
	return result;
}

/*
 * The command of this transaction that wrote a row version, InvalidCommandId
 * if another transaction did.
 */
static CommandId
own_command(TupleTableSlot *slot)
{
	bool		should_free;
	HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, &should_free);
	CommandId	result = InvalidCommandId;

	if (TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)))
		result = HeapTupleHeaderGetCmin(tuple->t_data);
	if (should_free)
		heap_freetuple(tuple);

	return result;
}

/*
 * A single look.
 */
bool
relmap_incumbent(RelmapKey *key, Relation rel, const Datum *values,
				 RelmapIncumbent *incumbent)
{
	RelmapLook *look = relmap_look_open(key, rel, CurrentMemoryContext);
	bool		found = relmap_look(look, values, incumbent);

	relmap_look_close(look);
	return found;
}

/*
 * Wait until a row in progress is decided: its transaction has ended or, if it
 * is inserted speculatively, the insertion.
 */
void
relmap_wait_for_row(Relation rel, RelmapIncumbent *row)
{
	if (row->wait_token != 0)
		SpeculativeInsertionWait(row->wait_xid, row->wait_token);
	else
		XactLockTableWait(row->wait_xid, rel, &row->tid,
						  XLTW_InsertIndexUnique);
}

/*
 * Would the ON CONFLICT clause of site's statement find a conflict for the
 * row that it is about to insert?  Asks core's own check, on the very indexes
 * that core will ask, so that clause and replacement can't disagree.  May
 * wait for another transaction, as that check does.
 */
bool
relmap_arbiters_conflict(RelmapSite *site, Relation rel, TupleTableSlot *slot)
{
	EState	   *estate;
	ResultRelInfo *relinfo;
	bool		result;

	if (site->relinfo != NULL)
		return arbiters_conflict(site->relinfo, site->estate,
								 site->relinfo->ri_onConflictArbiterIndexes,
								 slot);

	relinfo = make_stand_in(rel, &estate);
	ExecOpenIndices(relinfo, true);
	result = arbiters_conflict(relinfo, estate,
							   arbiters_of_partition(relinfo,
													 site->node->arbiterIndexes),
							   slot);
	ExecCloseIndices(relinfo);
	free_stand_in(estate);

	return result;
}

/*
 * Will a row that is being updated stay in its partition?
 */
bool
relmap_stays_in_partition(RelmapSite *site, Relation rel, TupleTableSlot *slot)
{
	EState	   *estate;
	ResultRelInfo *relinfo;
	bool		result;

	if (!rel->rd_rel->relispartition)
		return true;
	if (site->relinfo != NULL)
		return ExecPartitionCheck(site->relinfo, slot, site->estate, false);

	relinfo = make_stand_in(rel, &estate);
	result = ExecPartitionCheck(relinfo, slot, estate, false);
	free_stand_in(estate);

	return result;
}

/*
 * What stands in for the executor's state of a statement that began before
 * relmap was loaded, and is not in reach.
 */
static ResultRelInfo *
make_stand_in(Relation rel, EState **estate)
{
	ResultRelInfo *relinfo = makeNode(ResultRelInfo);

	*estate = CreateExecutorState();
	InitResultRelInfo(relinfo, rel, 1, NULL, 0);
	return relinfo;
}

/*
 * Free it.
 */
static void
free_stand_in(EState *estate)
{
	ExecResetTupleTable(estate->es_tupleTable, true);
	FreeExecutorState(estate);
}

/*
 * The same for a result relation.  BEFORE ROW triggers run before stored
 * generated columns are computed, and an arbiter may need them; so the check
 * is made on a copy of the row.
 */
static bool
arbiters_conflict(ResultRelInfo *relinfo, EState *estate, List *arbiters,
				  TupleTableSlot *slot)
{
	Relation	rel = relinfo->ri_RelationDesc;
	TupleTableSlot *copy = table_slot_create(rel, NULL);
	ExprContext *econtext = GetPerTupleExprContext(estate);
	TupleTableSlot *save_scantuple = econtext->ecxt_scantuple;
	ItemPointerData conflict;
	bool		satisfied;

	ExecCopySlot(copy, slot);
	copy->tts_tableOid = RelationGetRelid(rel);
	if (rel->rd_att->constr && rel->rd_att->constr->has_generated_stored)
		ExecComputeStoredGenerated(relinfo, estate, copy, CMD_INSERT);

	satisfied = relmap_check_arbiters(relinfo, copy, estate, &conflict,
									  arbiters);

	econtext->ecxt_scantuple = save_scantuple;
	ExecDropSingleTupleTableSlot(copy);

	return !satisfied;
}

/*
 * The indexes of a partition that belong to the arbiters of its root table.
 */
static List *
arbiters_of_partition(ResultRelInfo *relinfo, List *arbiters)
{
	List	   *result = NIL;

	if (!relinfo->ri_RelationDesc->rd_rel->relispartition)
		return arbiters;

	for (int i = 0; i < relinfo->ri_NumIndices; i++)
	{
		Oid			index = RelationGetRelid(relinfo->ri_IndexRelationDescs[i]);
		ListCell   *lc;

		if (list_member_oid(arbiters, index))
			result = lappend_oid(result, index);
		else if (get_rel_relispartition(index))
		{
			foreach(lc, get_partition_ancestors(index))
			{
				if (list_member_oid(arbiters, lfirst_oid(lc)))
					result = lappend_oid(result, index);
			}
		}
	}
	return result;
}
