/*-------------------------------------------------------------------------
 *
 * arbiter.c
 *	  What the executor will decide about a row that is about to be written:
 *	  conflict with another row, change of the partition.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/arbiter.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "catalog/index.h"
#include "catalog/partition.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "enforce/arbiter.h"
#include "enforce/callstate.h"
#include "enforce/incumbent.h"
#include "enforce/probe.h"

/* An index that is asked for rows that conflict with one. */
typedef struct Arbiter
{
	Relation	index;
	IndexInfo  *info;
	EState	   *estate;
	int			nkeys;
	Oid		   *procs;			/* of the operators that say so */
	Datum		values[INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS];
} Arbiter;

static bool find_conflict(ResultRelInfo *relinfo, EState *estate,
						  TupleTableSlot *row, TupleTableSlot *other);
static bool is_asked(Relation index, const IndexInfo *info, List *arbiters);
static TupleTableSlot *as_written(ResultRelInfo *relinfo, EState *estate,
								  TupleTableSlot *slot);
static bool applies(Arbiter *arbiter, TupleTableSlot *row);
static bool is_indexed(Arbiter *arbiter, TupleTableSlot *row);
static bool find_row(Arbiter *arbiter, Relation rel);
static bool recheck(TupleTableSlot *row, void *arg);

/*
 * Would the ON CONFLICT clause of the statement find a conflict for the row
 * that it is about to insert?  May wait for another transaction.
 *
 * This is core's own check, on the same indexes, so that clause and replacement
 * can't disagree.  But it misses a row whose new version is committed just
 * between its reading the index and its reading the table.  If exact, such a
 * row is found as well: to be asked before another row is replaced.
 *
 * BEFORE ROW triggers run before stored generated columns are computed, and an
 * arbiter may need them; so the check is made on a copy of the row.
 */
bool
relmap_arbiter_conflict(RelmapCallState *call, TupleTableSlot *slot,
						bool exact)
{
	ResultRelInfo *relinfo = call->relinfo;
	EState	   *estate = call->estate;
	ExprContext *econtext = GetPerTupleExprContext(estate);
	TupleTableSlot *save_scantuple = econtext->ecxt_scantuple;
	TupleTableSlot *copy = as_written(relinfo, estate, slot);
	bool		found;

	if (exact)
		found = find_conflict(relinfo, estate, copy, NULL);
	else
	{
		ItemPointerData conflict;

		found = !relmap_check_arbiters(relinfo, copy, estate, &conflict,
									   relinfo->ri_onConflictArbiterIndexes);
	}

	econtext->ecxt_scantuple = save_scantuple;
	ExecDropSingleTupleTableSlot(copy);

	return found;
}

/*
 * Does a row that is about to be written conflict with another one that is in no
 * index yet, by one of the indexes that the ON CONFLICT clause asks?
 */
bool
relmap_arbiter_conflicts_with(RelmapCallState *call, TupleTableSlot *slot,
							  TupleTableSlot *other)
{
	ResultRelInfo *relinfo = call->relinfo;
	EState	   *estate = call->estate;
	ExprContext *econtext = GetPerTupleExprContext(estate);
	TupleTableSlot *save_scantuple = econtext->ecxt_scantuple;
	TupleTableSlot *row = as_written(relinfo, estate, slot);
	TupleTableSlot *second = as_written(relinfo, estate, other);
	bool		found = find_conflict(relinfo, estate, row, second);

	econtext->ecxt_scantuple = save_scantuple;
	ExecDropSingleTupleTableSlot(row);
	ExecDropSingleTupleTableSlot(second);
	return found;
}

/*
 * A copy of a row, with its generated columns.
 */
static TupleTableSlot *
as_written(ResultRelInfo *relinfo, EState *estate, TupleTableSlot *slot)
{
	Relation	rel = relinfo->ri_RelationDesc;
	TupleTableSlot *copy = table_slot_create(rel, NULL);

	ExecCopySlot(copy, slot);
	copy->tts_tableOid = RelationGetRelid(rel);
	if (rel->rd_att->constr && rel->rd_att->constr->has_generated_stored)
		ExecComputeStoredGenerated(relinfo, estate, copy, CMD_INSERT);
	return copy;
}

/*
 * Will a row that is being updated stay in its partition?
 */
bool
relmap_arbiter_stays_in_partition(RelmapCallState *call, Relation rel,
								  TupleTableSlot *slot)
{
	Assert(call->relinfo != NULL);

	return !rel->rd_rel->relispartition ||
		ExecPartitionCheck(call->relinfo, slot, call->estate, false);
}

/*
 * Does another row conflict with this one, by one of the indexes that the clause
 * asks?  If it is NULL, any row in the table.
 */
static bool
find_conflict(ResultRelInfo *relinfo, EState *estate, TupleTableSlot *row,
			  TupleTableSlot *other)
{
	for (int i = 0; i < relinfo->ri_NumIndices; i++)
	{
		Arbiter		arbiter;

		arbiter.index = relinfo->ri_IndexRelationDescs[i];
		arbiter.info = relinfo->ri_IndexRelationInfo[i];
		arbiter.estate = estate;
		if (is_asked(arbiter.index, arbiter.info,
					 relinfo->ri_onConflictArbiterIndexes) &&
			applies(&arbiter, row) &&
			(other == NULL ? find_row(&arbiter, relinfo->ri_RelationDesc) :
			 is_indexed(&arbiter, other) && recheck(other, &arbiter)))
			return true;
	}
	return false;
}

/*
 * Does the clause ask this index of the table?
 */
static bool
is_asked(Relation index, const IndexInfo *info, List *arbiters)
{
	return index != NULL &&
		(info->ii_Unique || info->ii_ExclusionOps != NULL) &&
		info->ii_ReadyForInserts &&
		(arbiters == NIL ||
		 list_member_oid(arbiters, RelationGetRelid(index)));
}

/*
 * Determine the row's values for the index.  False if it can't conflict: it
 * doesn't meet the predicate, or has a NULL.
 */
static bool
applies(Arbiter *arbiter, TupleTableSlot *row)
{
	IndexInfo  *info = arbiter->info;

	arbiter->nkeys = IndexRelationGetNumberOfKeyAttributes(arbiter->index);
	arbiter->procs = info->ii_ExclusionOps != NULL ?
		info->ii_ExclusionProcs : info->ii_UniqueProcs;
	if (!is_indexed(arbiter, row))
		return false;
	FormIndexDatum(info, row, arbiter->estate, arbiter->values,
				   arbiter->isnull);

	for (int i = 0; i < arbiter->nkeys; i++)
	{
		if (arbiter->isnull[i] && !info->ii_NullsNotDistinct)
			return false;
	}
	return true;
}

/*
 * Does a row meet the predicate of the index?  It is the row of the expression
 * context then.
 */
static bool
is_indexed(Arbiter *arbiter, TupleTableSlot *row)
{
	IndexInfo  *info = arbiter->info;
	ExprContext *econtext = GetPerTupleExprContext(arbiter->estate);

	econtext->ecxt_scantuple = row;
	if (info->ii_Predicate == NIL)
		return true;
	if (info->ii_PredicateState == NULL)
		info->ii_PredicateState = ExecPrepareQual(info->ii_Predicate,
												  arbiter->estate);
	return ExecQual(info->ii_PredicateState, econtext);
}

/*
 * Find a row that conflicts; waits for rows in progress.
 */
static bool
find_row(Arbiter *arbiter, Relation rel)
{
	IndexInfo  *info = arbiter->info;
	uint16	   *strategies = info->ii_ExclusionOps != NULL ?
	info->ii_ExclusionStrats : info->ii_UniqueStrats;
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	ScanKeyData keys[INDEX_MAX_KEYS];
	SnapshotData dirty;
	bool		found;

	for (int i = 0; i < arbiter->nkeys; i++)
		ScanKeyEntryInitialize(&keys[i], arbiter->isnull[i] ?
							   SK_ISNULL | SK_SEARCHNULL : 0,
							   i + 1, strategies[i], InvalidOid,
							   arbiter->index->rd_indcollation[i],
							   arbiter->procs[i], arbiter->values[i]);
	InitDirtySnapshot(dirty);

	for (;;)
	{
		IndexScanDesc scan = relmap_index_beginscan(rel, arbiter->index,
													&dirty, arbiter->nkeys);
		RelmapIncumbent row;

		found = relmap_probe_scan(scan, keys, arbiter->nkeys, slot,
								  recheck, arbiter);
		index_endscan(scan);
		if (!found)
			break;
		relmap_probe_describe(slot, &dirty, &row);
		ExecClearTuple(slot);
		if (!TransactionIdIsValid(row.wait_xid))
			break;
		relmap_incumbent_wait(rel, &row);
	}
	ExecDropSingleTupleTableSlot(slot);
	return found;
}

/*
 * Does a row have the values for the index?  Asked where an index that is not
 * exact leads to it.
 */
static bool
recheck(TupleTableSlot *row, void *arg)
{
	Arbiter    *arbiter = (Arbiter *) arg;
	Datum		values[INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS];

	GetPerTupleExprContext(arbiter->estate)->ecxt_scantuple = row;
	FormIndexDatum(arbiter->info, row, arbiter->estate, values, isnull);

	for (int i = 0; i < arbiter->nkeys; i++)
	{
		if (isnull[i] ||
			!DatumGetBool(OidFunctionCall2Coll(arbiter->procs[i],
											   arbiter->index->rd_indcollation[i],
											   values[i],
											   arbiter->values[i])))
			return false;
	}
	return true;
}
