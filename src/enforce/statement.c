/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  The running statements, and what is to be done at their end.
 *
 * Executor hooks keep a stack of the queries that run.  What must be kept
 * until all rows of a statement are written (parked rows, rows that have
 * replaced an incumbent) is in a record in the query's memory context.
 *
 * The first statement of a session may fire a trigger before the library is
 * loaded, and so before the hooks are there.  Such an untracked statement gets
 * a record without query; ExecutorFinish, which is hooked by then, adds the
 * query.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/statement.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/running.h"
#include "enforce/explain.h"
#include "enforce/keyinfo.h"
#include "enforce/keylock.h"
#include "enforce/plan.h"
#include "enforce/statement.h"

static RelmapStatement *statements = NULL;

/*
 * The library was loaded by a statement of this transaction: untracked queries
 * may be running, which the hooks have not seen.  They are outermost; the
 * outermost queries that the hooks have seen since are in the list.
 */
static bool may_be_untracked = false;
static List *tracked = NIL;

/* What is done when all rows of a statement are written, in this order. */
static RelmapFinisher finishers[RELMAP_MAX_FINISHERS];
static int	nfinishers = 0;

static ExecutorRun_hook_type prev_ExecutorRun = NULL;
static ExecutorFinish_hook_type prev_ExecutorFinish = NULL;

static RelmapStatement *find_statement(QueryDesc *query);
static void adopt_untracked(QueryDesc *query);
static void add_hint(void *arg);

/*
 * May untracked queries be running?
 */
bool
relmap_statement_may_be_untracked(void)
{
	return may_be_untracked;
}

/*
 * All statements that have a record, innermost first.
 */
RelmapStatement *
relmap_statement_list(void)
{
	return statements;
}

/*
 * Memory context callback: take a record off the list.
 */
static void
close_statement(void *arg)
{
	RelmapStatement **link = &statements;

	while (*link != NULL && *link != (RelmapStatement *) arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

/*
 * The record of a query, made if it does not exist; NULL stands for the
 * innermost untracked one.
 */
RelmapStatement *
relmap_statement_get(QueryDesc *query)
{
	RelmapStatement *statement = find_statement(query);
	MemoryContextCallback *callback;
	MemoryContext context;

	if (statement != NULL)
		return statement;

	if (query != NULL)
		context = query->estate->es_query_cxt;
	else
		context = ActivePortal ? ActivePortal->portalContext : TopTransactionContext;
	statement = MemoryContextAllocZero(context, sizeof(RelmapStatement));
	callback = MemoryContextAlloc(context, sizeof(MemoryContextCallback));
	statement->query = query;
	statement->context = context;
	statement->nestlevel = GetCurrentTransactionNestLevel();
	callback->func = close_statement;
	callback->arg = statement;
	MemoryContextRegisterResetCallback(context, callback);
	statement->next = statements;
	statements = statement;

	return statement;
}

/*
 * The record of a query, if it has one.
 */
static RelmapStatement *
find_statement(QueryDesc *query)
{
	RelmapStatement *statement = statements;

	while (statement != NULL && statement->query != query)
		statement = statement->next;
	return statement;
}

/*
 * An untracked query is finished: the record without query is its.  Raise an
 * error if its plan does not meet the assumptions.
 */
static void
adopt_untracked(QueryDesc *query)
{
	RelmapStatement *statement = find_statement(NULL);
	ListCell   *lc;

	if (statement == NULL)
		return;
	statement->query = query;

	foreach(lc, statement->assumptions)
	{
		RelmapKeyInfo *key = (RelmapKeyInfo *) lfirst(lc);
		Relation	rel = table_open(key->relid, NoLock);
		PlannedStmt *plan = query->plannedstmt;
		bool		wrong = false;
		ListCell   *lc2;

		foreach(lc2, relmap_plan_writers(plan, key->relid, false))
			wrong |= lfirst_node(ModifyTable,
								 lc2)->onConflictAction != ONCONFLICT_NONE;
		if (statement->parking != NULL)
		{
			foreach(lc2, relmap_plan_writers(plan, key->relid, true))
				wrong |= relmap_plan_no_parking(plan,
												lfirst_node(ModifyTable, lc2),
												key, rel) != NULL;
		}
		if (statement->replaced_own)
		{
			foreach(lc2, list_concat(relmap_plan_writers(plan, key->relid, false),
									 relmap_plan_writers(plan, key->relid, true)))
				wrong |= relmap_plan_shows_key(plan,
											   lfirst_node(ModifyTable, lc2),
											   key, rel);
		}
		if (wrong)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("could not see the statement that writes table \"%s\" in time",
							RelationGetRelationName(rel)),
					 errdetail("It began before relmap was loaded into this session."),
					 errhint("Execute SELECT relmap_internal.replacing() first, or have relmap added to \"session_preload_libraries\"."),
					 errtable(rel)));
		table_close(rel, NoLock);
	}
}

/*
 * Put a query on the stack, and have its errors pass through add_hint().
 */
static void
enter_query(RelmapRunning *self, ErrorContextCallback *callback,
			QueryDesc *query)
{
	callback->callback = add_hint;
	callback->arg = query;
	callback->previous = error_context_stack;
	error_context_stack = callback;
	relmap_running_push(self, query);
}

/*
 * ExecutorRun hook: keep the query on the stack while it runs.
 */
static void
run_query(RELMAP_RUN_PARAMS)
{
	RelmapRunning self;
	ErrorContextCallback callback;

	if (relmap_running_query() == NULL)
	{
		relmap_keylock_release_stale();
		if (may_be_untracked)
		{
			MemoryContext oldcontext = MemoryContextSwitchTo(TopTransactionContext);

			tracked = list_append_unique_ptr(tracked, query);
			MemoryContextSwitchTo(oldcontext);
		}
	}

	enter_query(&self, &callback, query);
	PG_TRY();
	{
		if (prev_ExecutorRun)
			prev_ExecutorRun(RELMAP_RUN_ARGS);
		else
			standard_ExecutorRun(RELMAP_RUN_ARGS);
	}
	PG_FINALLY();
	{
		relmap_running_pop(&self);
	}
	PG_END_TRY();

	error_context_stack = callback.previous;
}

/*
 * Run the data-modifying WITH queries that the main query has not run, as
 * standard_ExecutorFinish would do, so that all rows are written before the
 * parked ones get their parents, and these before AFTER triggers fire.
 */
static void
run_secondary_nodes(EState *estate)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(estate->es_query_cxt);
	ListCell   *lc;

	estate->es_direction = ForwardScanDirection;
	foreach(lc, estate->es_auxmodifytables)
	{
		TupleTableSlot *slot;

		do
		{
			ResetPerTupleExprContext(estate);
			slot = ExecProcNode((PlanState *) lfirst(lc));
		} while (!TupIsNull(slot));
	}
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Register a function that is called whenever all rows of a statement are
 * written.  They are called in the order of registration; see relmap.c.
 */
void
relmap_statement_at_finish(RelmapFinisher finisher)
{
	Assert(nfinishers < RELMAP_MAX_FINISHERS);
	finishers[nfinishers++] = finisher;
}

/*
 * All rows of a statement are written: call the finishers.
 */
void
relmap_statement_finish(QueryDesc *query, bool fire_triggers)
{
	RelmapStatement *statement;

	relmap_keylock_release_query(query);

	statement = find_statement(query);
	if (statement == NULL)
		return;

	for (int i = 0; i < nfinishers; i++)
		finishers[i] (statement, fire_triggers);
}

/*
 * The record of an untracked query is not in the query's own memory.  It must
 * not outlive the query, or it would be taken for that of a later one.
 */
static void
forget_adopted(QueryDesc *query)
{
	RelmapStatement *statement = find_statement(query);

	if (statement != NULL && statement->context != query->estate->es_query_cxt)
		close_statement(statement);
}

/*
 * ExecutorFinish hook: finish the statement before its AFTER triggers fire,
 * and again after these.
 *
 * A query of a referential action leaves its parked rows to the statement
 * that caused it, see relmap_callstate_outer_statement().
 */
static void
finish_query(QueryDesc *query)
{
	RelmapRunning self;
	ErrorContextCallback callback;
	bool		untracked;

	untracked = may_be_untracked && relmap_running_query() == NULL &&
		!list_member_ptr(tracked, query);

	enter_query(&self, &callback, query);
	PG_TRY();
	{
		/* count it for pg_stat_statements and the like */
		relmap_start_counting(query);
		if (untracked)
		{
			relmap_keylock_release_query(NULL);
			adopt_untracked(query);
		}
		if (query->estate->es_auxmodifytables != NIL)
			run_secondary_nodes(query->estate);
		relmap_statement_finish(query, false);
		relmap_stop_counting(query);

		if (prev_ExecutorFinish)
			prev_ExecutorFinish(query);
		else
			standard_ExecutorFinish(query);

		relmap_start_counting(query);
		relmap_statement_finish(query,
								!(query->estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS));
		relmap_stop_counting(query);
	}
	PG_FINALLY();
	{
		relmap_running_pop(&self);
		forget_adopted(query);
	}
	PG_END_TRY();

	error_context_stack = callback.previous;
}

/*
 * Error context callback: add to an error what a statement that replaced or
 * parked rows should know, if it is this statement's: that of the innermost
 * query, but for the queries of referential actions.
 */
static void
add_hint(void *arg)
{
	QueryDesc  *query = (QueryDesc *) arg;
	RelmapStatement *statement = find_statement(query);

	if (statement != NULL &&
		(query == relmap_running_cause() || query == relmap_running_query()))
		relmap_explain_in_statement(statement);
}

/*
 * Transaction callback: untracked queries have ended.
 */
static void
end_untracked(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
	{
		RelmapStatement *untracked;

		while ((untracked = find_statement(NULL)) != NULL)
			close_statement(untracked);
		may_be_untracked = false;
		tracked = NIL;
	}
}

/*
 * Subtransaction callback: the record of an untracked query is not in the
 * query's own memory, and must be taken off the list if the query fails.
 */
static void
forget_untracked(SubXactEvent event, SubTransactionId mySubid,
				 SubTransactionId parentSubid, void *arg)
{
	RelmapStatement *untracked;

	if (event == SUBXACT_EVENT_ABORT_SUB && may_be_untracked &&
		(untracked = find_statement(NULL)) != NULL &&
		untracked->nestlevel >= GetCurrentTransactionNestLevel())
		close_statement(untracked);
}

/*
 * Put the hooks in place, once per session.
 */
void
relmap_statement_init(void)
{
	may_be_untracked = IsTransactionState() && ActivePortal != NULL;
	RegisterXactCallback(end_untracked, NULL);
	RegisterSubXactCallback(forget_untracked, NULL);

	prev_ExecutorRun = ExecutorRun_hook;
	ExecutorRun_hook = run_query;
	prev_ExecutorFinish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish_query;
}
