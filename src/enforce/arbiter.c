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

#include "access/tableam.h"
#include "catalog/partition.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "enforce/arbiter.h"
#include "enforce/callstate.h"

static ResultRelInfo *make_stand_in(Relation rel, EState **estate);
static void free_stand_in(EState *estate);
static bool arbiters_conflict(ResultRelInfo *relinfo, EState *estate,
							  List *arbiters, TupleTableSlot *slot);
static List *arbiters_of_partition(ResultRelInfo *relinfo, List *arbiters);

/*
 * Would the ON CONFLICT clause of the statement find a conflict for the row
 * that it is about to insert?  This is core's own check, on the same indexes,
 * so that clause and replacement can't disagree.  It may wait for another
 * transaction.
 */
bool
relmap_arbiter_conflict(RelmapCallState *call, Relation rel,
						TupleTableSlot *slot)
{
	EState	   *estate;
	ResultRelInfo *relinfo;
	bool		result;

	if (call->relinfo != NULL)
		return arbiters_conflict(call->relinfo, call->estate,
								 call->relinfo->ri_onConflictArbiterIndexes,
								 slot);

	relinfo = make_stand_in(rel, &estate);
	ExecOpenIndices(relinfo, true);
	result = arbiters_conflict(relinfo, estate,
							   arbiters_of_partition(relinfo,
													 call->node->arbiterIndexes),
							   slot);
	ExecCloseIndices(relinfo);
	free_stand_in(estate);

	return result;
}

/*
 * Will a row that is being updated stay in its partition?
 */
bool
relmap_arbiter_stays_in_partition(RelmapCallState *call, Relation rel,
								  TupleTableSlot *slot)
{
	EState	   *estate;
	ResultRelInfo *relinfo;
	bool		result;

	if (!rel->rd_rel->relispartition)
		return true;
	if (call->relinfo != NULL)
		return ExecPartitionCheck(call->relinfo, slot, call->estate, false);

	relinfo = make_stand_in(rel, &estate);
	result = ExecPartitionCheck(relinfo, slot, estate, false);
	free_stand_in(estate);

	return result;
}

/*
 * An executor state and result relation for use in place of those of an
 * untracked statement, which are not accessible.
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
