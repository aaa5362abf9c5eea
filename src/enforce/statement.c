/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  The running statements, and what is to be done at their end.
 *
 * Executor hooks keep a stack of the queries that run.  What must be kept
 * until all rows of a statement are written (parked rows, rows that have
 * replaced an incumbent) is in a record in the query's memory context.
 *
 * The first statement of a session fires a trigger before the hooks are there.
 * It is put on the stack when its trigger is called, see running.c; its end is
 * hooked.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/statement.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/running.h"
#include "enforce/explain.h"
#include "enforce/keylock.h"
#include "enforce/statement.h"

static RelmapStatement *statements = NULL;

/* What is done when all rows of a statement are written, in this order. */
static RelmapFinisher finishers[RELMAP_MAX_FINISHERS];
static int	nfinishers = 0;

static ExecutorRun_hook_type prev_ExecutorRun = NULL;
static ExecutorFinish_hook_type prev_ExecutorFinish = NULL;
static ExecutorEnd_hook_type prev_ExecutorEnd = NULL;

static RelmapStatement *find_statement(EState *query);
static void add_hint(void *arg);

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
 * The record of a query, made if it does not exist.
 */
RelmapStatement *
relmap_statement_get(EState *query)
{
	RelmapStatement *statement = find_statement(query);
	MemoryContext context = query->es_query_cxt;
	MemoryContextCallback *callback;

	if (statement != NULL)
		return statement;

	statement = MemoryContextAllocZero(context, sizeof(RelmapStatement));
	callback = MemoryContextAlloc(context, sizeof(MemoryContextCallback));
	statement->query = query;
	statement->context = context;
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
find_statement(EState *query)
{
	RelmapStatement *statement = statements;

	while (statement != NULL && statement->query != query)
		statement = statement->next;
	return statement;
}

/*
 * Put a query on the stack, and have its errors pass through add_hint().
 */
static void
enter_query(RelmapRunning *self, ErrorContextCallback *callback,
			EState *query)
{
	callback->callback = add_hint;
	callback->arg = query;
	callback->previous = error_context_stack;
	error_context_stack = callback;
	relmap_running_push(self, query);
}

/*
 * Is this a query that writes no row and so queues no trigger?
 */
static bool
only_reads(QueryDesc *query)
{
	return query->operation == CMD_SELECT &&
		query->estate->es_auxmodifytables == NIL;
}

/*
 * Is this a query by which a foreign key checks a row, SELECT 1 ... FOR KEY
 * SHARE?  There is one for each row that a statement writes, so they pass as
 * quickly as can be; nothing in them asks which query is running.
 */
static bool
checks_key(QueryDesc *query)
{
	PlannedStmt *plan = query->plannedstmt;

	return only_reads(query) && plan->rowMarks != NIL &&
		plan->planTree->targetlist != NIL &&
		IsA(linitial_node(TargetEntry, plan->planTree->targetlist)->expr,
			Const);
}

/*
 * Do what would be done without the hooks.
 */
static void
call_run(RELMAP_RUN_PARAMS)
{
	if (prev_ExecutorRun)
		prev_ExecutorRun(RELMAP_RUN_ARGS);
	else
		standard_ExecutorRun(RELMAP_RUN_ARGS);
}

static void
call_finish(QueryDesc *query)
{
	if (prev_ExecutorFinish)
		prev_ExecutorFinish(query);
	else
		standard_ExecutorFinish(query);
}

/*
 * ExecutorRun hook: keep the query on the stack while it runs.
 */
static void
run_query(RELMAP_RUN_PARAMS)
{
	RelmapRunning self;
	ErrorContextCallback callback;

	if (checks_key(query))
	{
		call_run(RELMAP_RUN_ARGS);
		return;
	}
	if (relmap_running_query() == NULL)
		relmap_keylock_release_stale();

	enter_query(&self, &callback, query->estate);
	PG_TRY();
	{
		call_run(RELMAP_RUN_ARGS);
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
relmap_statement_finish(EState *query, bool fire_triggers)
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

	if (only_reads(query))
	{
		/* of rows that COPY has written in one of its functions */
		relmap_keylock_release_query(query->estate);
		call_finish(query);
		return;
	}

	relmap_running_leave(query->estate);
	enter_query(&self, &callback, query->estate);
	PG_TRY();
	{
		/* count it for pg_stat_statements and the like */
		relmap_start_counting(query);
		if (query->estate->es_auxmodifytables != NIL)
			run_secondary_nodes(query->estate);
		relmap_statement_finish(query->estate, false);
		self.finishing = true;
		relmap_stop_counting(query);

		call_finish(query);

		relmap_start_counting(query);
		relmap_statement_finish(query->estate,
								!(query->estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS));
		relmap_stop_counting(query);
	}
	PG_FINALLY();
	{
		relmap_running_pop(&self);
	}
	PG_END_TRY();

	error_context_stack = callback.previous;
}

/*
 * ExecutorEnd hook: finish a statement that is still on the stack.  Its
 * ExecutorFinish was not hooked, as it was this that fired a trigger first, for
 * a data-modifying WITH query.  AFTER triggers have fired.
 */
static void
end_query(QueryDesc *query)
{
	if (!only_reads(query) && relmap_running_query() == query->estate)
	{
		relmap_statement_finish(query->estate, true);
		relmap_running_leave(query->estate);
	}

	if (prev_ExecutorEnd)
		prev_ExecutorEnd(query);
	else
		standard_ExecutorEnd(query);
}

/*
 * Error context callback: add to an error what a statement that replaced or
 * parked rows should know, if it is this statement's: that of the innermost
 * query, but for the queries of referential actions.
 */
static void
add_hint(void *arg)
{
	EState	   *query = (EState *) arg;
	RelmapStatement *statement = find_statement(query);

	if (statement != NULL &&
		(query == relmap_running_cause() || query == relmap_running_query()))
		relmap_explain_in_statement(statement);
}

/*
 * Put the hooks in place, once per session.
 */
void
relmap_statement_init(void)
{
	prev_ExecutorRun = ExecutorRun_hook;
	ExecutorRun_hook = run_query;
	prev_ExecutorFinish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish_query;
	prev_ExecutorEnd = ExecutorEnd_hook;
	ExecutorEnd_hook = end_query;
}
