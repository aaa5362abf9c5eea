/*-------------------------------------------------------------------------
 *
 * reported.c
 *	  What the server reports of a command to its event triggers.
 *
 * The server's functions are called without a query around them: a restore
 * makes thousands of triggers, and a query for each takes longer than the
 * command.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/reported.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "utils/fmgroids.h"
#include "utils/tuplestore.h"

#include "ddl/reported.h"

static List *rows_of(Oid function, TupleDesc *desc);


List *
relmap_reported_commands(TupleDesc *desc)
{
	return rows_of(F_PG_EVENT_TRIGGER_DDL_COMMANDS, desc);
}

List *
relmap_reported_drops(TupleDesc *desc)
{
	return rows_of(F_PG_EVENT_TRIGGER_DROPPED_OBJECTS, desc);
}

/*
 * The rows of a function without arguments that returns them all at once.
 */
static List *
rows_of(Oid function, TupleDesc *desc)
{
	LOCAL_FCINFO(fcinfo, 0);
	FmgrInfo	flinfo;
	ReturnSetInfo *rsinfo = makeNode(ReturnSetInfo);
	TupleTableSlot *slot;
	List	   *result = NIL;

	rsinfo->econtext = makeNode(ExprContext);
	rsinfo->econtext->ecxt_per_query_memory = CurrentMemoryContext;
	rsinfo->allowedModes = SFRM_Materialize;
	fmgr_info(function, &flinfo);
	InitFunctionCallInfoData(*fcinfo, &flinfo, 0, InvalidOid, NULL,
							 (Node *) rsinfo);
	(void) FunctionCallInvoke(fcinfo);

	*desc = rsinfo->setDesc;
	slot = MakeSingleTupleTableSlot(*desc, &TTSOpsMinimalTuple);
	while (tuplestore_gettupleslot(rsinfo->setResult, true, false, slot))
		result = lappend(result, ExecCopySlotHeapTuple(slot));
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(rsinfo->setResult);
	return result;
}
