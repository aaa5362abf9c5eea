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

static bool arbiters_conflict(ResultRelInfo *relinfo, EState *estate,
							  List *arbiters, TupleTableSlot *slot);

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
	Assert(call->relinfo != NULL);

	return arbiters_conflict(call->relinfo, call->estate,
							 call->relinfo->ri_onConflictArbiterIndexes, slot);
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
