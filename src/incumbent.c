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
 * src/incumbent.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/partition.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "relmap.h"

static bool arbiters_conflict(ResultRelInfo *relinfo, EState *estate,
							  List *arbiters, TupleTableSlot *slot);
static List *arbiters_of_partition(ResultRelInfo *relinfo, List *arbiters);

/*
 * Look for the row that holds a key, other than self (which may be NULL).
 *
 * True, and *incumbent, if there is one.  If a transaction must end before
 * the answer is known, *wait_xid is that transaction, and *wait_token its
 * speculative insertion's token or 0; *incumbent is then the row in progress.
 *
 * The scan runs backward, as the newest versions of a key that one
 * transaction wrote many times are mostly the last ones.
 */
bool
relmap_incumbent(RelmapKey *key, Relation rel, const Datum *values,
				 ItemPointer self, RelmapIncumbent *incumbent,
				 TransactionId *wait_xid, uint32 *wait_token)
{
	Relation	index;
	IndexScanDesc scan;
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	SnapshotData dirty;
	TupleTableSlot *slot = NULL;
	bool		found = false;

	/* the statement has the index open in this mode already */
	index = index_open(key->index, RowExclusiveLock);

	InitDirtySnapshot(dirty);
	for (int i = 0; i < key->nkeys; i++)
		ScanKeyEntryInitializeWithInfo(&scankeys[i], 0, i + 1,
									   BTEqualStrategyNumber, InvalidOid,
									   key->collations[i],
									   &key->eq_procs[i], values[i]);

	scan = relmap_index_beginscan(rel, index, &dirty, key->nkeys);
	index_rescan(scan, scankeys, key->nkeys, NULL, 0);

	*wait_xid = InvalidTransactionId;

	for (;;)
	{
		if (!scan->xs_heap_continue &&
			index_getnext_tid(scan, BackwardScanDirection) == NULL)
			break;
		if (slot == NULL)
			slot = table_slot_create(rel, NULL);
		if (!index_fetch_heap(scan, slot))
			continue;
		if (self != NULL && ItemPointerEquals(self, &slot->tts_tid))
			continue;

		incumbent->tid = slot->tts_tid;
		found = true;

		if (TransactionIdIsValid(dirty.xmin))
		{
			*wait_xid = dirty.xmin;
			*wait_token = dirty.speculativeToken;
		}
		else if (TransactionIdIsValid(dirty.xmax))
		{
			*wait_xid = dirty.xmax;
			*wait_token = 0;
		}
		else
		{
			bool		isnull;
			Datum		xmin;

			xmin = slot_getsysattr(slot, MinTransactionIdAttributeNumber,
								   &isnull);
			incumbent->own =
				TransactionIdIsCurrentTransactionId(DatumGetTransactionId(xmin));
		}
		break;
	}

	if (slot != NULL)
		ExecDropSingleTupleTableSlot(slot);
	index_endscan(scan);
	index_close(index, RowExclusiveLock);

	return found;
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
								 site->relinfo->ri_onConflictArbiterIndexes, slot);

	/* began before relmap was loaded: stand in for the statement's state */
	estate = CreateExecutorState();
	relinfo = makeNode(ResultRelInfo);
	InitResultRelInfo(relinfo, rel, 1, NULL, 0);
	ExecOpenIndices(relinfo, true);

	result = arbiters_conflict(relinfo, estate,
							   arbiters_of_partition(relinfo,
													 site->node->arbiterIndexes),
							   slot);

	ExecCloseIndices(relinfo);
	ExecResetTupleTable(estate->es_tupleTable, true);
	FreeExecutorState(estate);

	return result;
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
