/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  The running statements: which of them writes a row, and when it is done.
 *
 * A trigger is not told what statement fired it.  Executor hooks keep a stack
 * of the queries that run, and the trigger's FmgrInfo lies in the very result
 * relation that is being written; from there everything else is in reach: the
 * plan node, its ON CONFLICT clause, its RETURNING list.
 *
 * What a statement has to remember until it is finished (parked rows, rows
 * that replaced somebody) is in a record that dies with its memory context.
 *
 * The first statement of a session may fire the trigger before the library is
 * loaded, and so before the hooks are there.  Its plan is then found through
 * the portal; inside a function it can't be.  Then what is mostly so is taken
 * for granted, that there is no ON CONFLICT clause and nobody who would see a
 * parked row, and made sure of when ExecutorFinish, which is hooked by then,
 * shows the plan.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/statement.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/rel.h"

#include "compat.h"
#include "relmap.h"

/* A query on the stack of those that run. */
typedef struct Running
{
	QueryDesc  *query;
	int			depth;			/* 1 for the outermost */
	struct Running *up;
} Running;

static Running *running = NULL;
static RelmapStatement *statements = NULL;

/*
 * The library was loaded by a statement of this transaction: queries may be
 * running that the hooks have not seen.  They are outermost; those that were
 * seen to run outermost since are in the list.
 */
static bool blind = false;
static List *seen = NIL;

static ExecutorRun_hook_type prev_ExecutorRun = NULL;
static ExecutorFinish_hook_type prev_ExecutorFinish = NULL;

static ResultRelInfo *find_relinfo(EState *estate, FmgrInfo *flinfo);
static ModifyTable *find_writer(QueryDesc *query, ResultRelInfo *relinfo);
static RelmapClause clause_of(ModifyTable *node);
static RelmapClause same_clause(List *writers);
static void locate_blind(RelmapSite *site, TriggerData *trigdata);
static List *portal_plans(void);
static RelmapStatement *find_statement(QueryDesc *query);
static RelmapStatement *open_statement(QueryDesc *query);
static void adopt_unseen(QueryDesc *query);
static void finish_statement(QueryDesc *query, bool fire_triggers);
static void explain_refusal(void *arg);

/*
 * The call site of the trigger that is being called: made at the first row,
 * kept in its FmgrInfo.  Its key is up to date on return.
 */
RelmapSite *
relmap_site(FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapSite *site = fcinfo->flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
									  sizeof(RelmapSite));
		site->query = running ? running->query : NULL;
		site->key = relmap_key(trigdata->tg_trigger, trigdata->tg_relation);
		fcinfo->flinfo->fn_extra = site;
	}
	else if (!site->key->valid)
		site->key = relmap_key(trigdata->tg_trigger, trigdata->tg_relation);

	return site;
}

/*
 * Find out what statement, and what plan node, a call site belongs to.
 */
void
relmap_site_locate(RelmapSite *site, TriggerData *trigdata, FmgrInfo *flinfo)
{
	ResultRelInfo *relinfo = NULL;

	if (site->located)
		return;

	if (site->query != NULL)
		relinfo = find_relinfo(site->query->estate, flinfo);

	if (relinfo != NULL)
	{
		site->relinfo = relinfo;
		site->estate = site->query->estate;
		site->plan = site->query->plannedstmt;
		site->node = find_writer(site->query, relinfo);
		site->clause = site->node ? clause_of(site->node) : RELMAP_CLAUSE_UNKNOWN;
	}
	else if (blind)
	{
		site->blind = true;
		locate_blind(site, trigdata);
	}
	else
		site->clause = RELMAP_CLAUSE_NONE;	/* COPY, replication */

	site->located = true;
}

/*
 * Find out what the plan says of the rows that a (located) site writes.
 */
void
relmap_site_study(RelmapSite *site, Relation rel)
{
	if (site->studied)
		return;

	if (site->node == NULL && !site->blind)
		site->no_parking = "it is not run by the executor";
	else if (site->node != NULL)
	{
		site->one_row = relmap_plan_one_row(site->plan, site->node, site->key,
											rel);
		site->shows_key = relmap_plan_shows_key(site->plan, site->node,
												site->key, rel);
		site->no_parking = relmap_plan_no_parking(site->plan, site->node,
												  site->key, rel);
	}
	if (site->key->nnullable == 0)
		site->no_parking = "no column of its foreign key can be NULL";
	site->studied = true;
}

/*
 * The result relation of estate whose triggers flinfo is one of.
 */
static ResultRelInfo *
find_relinfo(EState *estate, FmgrInfo *flinfo)
{
	List	   *lists[2];

	lists[0] = estate->es_opened_result_relations;
	lists[1] = estate->es_tuple_routing_result_relations;

	for (int i = 0; i < lengthof(lists); i++)
	{
		ListCell   *lc;

		foreach(lc, lists[i])
		{
			ResultRelInfo *relinfo = (ResultRelInfo *) lfirst(lc);

			if (relinfo->ri_TrigDesc != NULL &&
				flinfo >= relinfo->ri_TrigFunctions &&
				flinfo < relinfo->ri_TrigFunctions +
				relinfo->ri_TrigDesc->numtriggers)
				return relinfo;
		}
	}
	return NULL;
}

/*
 * Does this plan state write relinfo, directly or by tuple routing?
 */
static bool
is_writer(PlanState *planstate, ResultRelInfo *relinfo)
{
	ModifyTableState *state;

	if (!IsA(planstate, ModifyTableState))
		return false;

	state = (ModifyTableState *) planstate;
	return (relinfo >= state->resultRelInfo &&
			relinfo < state->resultRelInfo + state->mt_nrels) ||
		(relinfo->ri_RootResultRelInfo != NULL &&
		 relinfo->ri_RootResultRelInfo == state->rootResultRelInfo);
}

/*
 * Has a plan node an ON CONFLICT clause?
 */
static RelmapClause
clause_of(ModifyTable *node)
{
	return node->onConflictAction == ONCONFLICT_NONE ?
		RELMAP_CLAUSE_NONE : RELMAP_CLAUSE_SOME;
}

/*
 * The plan node that writes a result relation.
 */
static ModifyTable *
find_writer(QueryDesc *query, ResultRelInfo *relinfo)
{
	ListCell   *lc;

	if (is_writer(query->planstate, relinfo))
		return (ModifyTable *) query->planstate->plan;

	foreach(lc, query->estate->es_auxmodifytables)
	{
		PlanState  *planstate = (PlanState *) lfirst(lc);

		if (is_writer(planstate, relinfo))
			return (ModifyTable *) planstate->plan;
	}
	return NULL;
}

/*
 * What is known of the clause of one of these nodes, when it can't be told
 * which.
 */
static RelmapClause
same_clause(List *writers)
{
	ListCell   *lc;

	if (list_length(writers) == 1)
		return clause_of(linitial_node(ModifyTable, writers));

	foreach(lc, writers)
	{
		if (clause_of(lfirst_node(ModifyTable, lc)) != RELMAP_CLAUSE_NONE)
			return RELMAP_CLAUSE_UNKNOWN;
	}
	return RELMAP_CLAUSE_NONE;
}

/*
 * Locate a call site whose statement began before relmap was loaded.  Where
 * the portal's statement has nodes that can write the table, it is taken to
 * be one of them.
 */
static void
locate_blind(RelmapSite *site, TriggerData *trigdata)
{
	ListCell   *lc;

	foreach(lc, portal_plans())
	{
		PlannedStmt *plan = lfirst_node(PlannedStmt, lc);
		List	   *writers;

		writers = relmap_plan_writers(plan,
									  RelationGetRelid(trigdata->tg_relation),
									  TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event));
		if (writers == NIL)
			continue;
		site->clause = same_clause(writers);
		if (list_length(writers) == 1)
		{
			site->plan = plan;
			site->node = linitial_node(ModifyTable, writers);
		}
		return;
	}

	if (ActivePortal != NULL && ActivePortal->commandTag == CMDTAG_COPY)
		site->clause = RELMAP_CLAUSE_NONE;
	else
		site->clause = RELMAP_CLAUSE_UNKNOWN;
}

/*
 * The plans that the active portal runs.  EXPLAIN keeps its plan to itself, so
 * its query is planned again.
 */
static List *
portal_plans(void)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (ActivePortal == NULL)
		return NIL;

	foreach(lc, ActivePortal->stmts)
	{
		PlannedStmt *plan = lfirst_node(PlannedStmt, lc);

		if (plan->utilityStmt == NULL)
			result = lappend(result, plan);
		else if (IsA(plan->utilityStmt, ExplainStmt))
		{
			Query	   *query = castNode(Query, ((ExplainStmt *) plan->utilityStmt)->query);
			ListCell   *lc2;

			if (query->commandType == CMD_UTILITY)
				continue;
			foreach(lc2, QueryRewrite(copyObject(query)))
				result = lappend(result,
								 pg_plan_query(lfirst_node(Query, lc2), NULL,
											   CURSOR_OPT_PARALLEL_OK, NULL));
		}
	}
	return result;
}

/*
 * The record of a site's statement, opened if need be; NULL where none can
 * be kept: COPY and replication, which no executor runs.
 */
RelmapStatement *
relmap_site_statement(RelmapSite *site)
{
	Assert(site->located);

	if (site->statement == NULL && (site->relinfo != NULL || site->blind))
		site->statement = open_statement(site->blind ? NULL : site->query);
	return site->statement;
}

/*
 * The same, with site among those to be finished with the statement.
 */
RelmapStatement *
relmap_site_attach(RelmapSite *site)
{
	RelmapStatement *statement = relmap_site_statement(site);

	if (statement != NULL && !site->attached)
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(statement->context);

		statement->sites = lappend(statement->sites, site);
		site->attached = true;
		MemoryContextSwitchTo(oldcontext);
	}
	return statement;
}

/*
 * What a blind site has taken for granted of its table is to be made sure of
 * at the end.
 */
void
relmap_site_guess(RelmapSite *site)
{
	RelmapStatement *statement = relmap_site_statement(site);
	MemoryContext oldcontext = MemoryContextSwitchTo(statement->context);

	statement->guesses = list_append_unique_ptr(statement->guesses, site->key);
	MemoryContextSwitchTo(oldcontext);
}

/*
 * The statement at whose end the parked rows of site are given their parents:
 * its own, but for the inner queries of referential actions the one that
 * caused them, as other rows of it may yet be moved by the same action.
 */
RelmapStatement *
relmap_outer_statement(RelmapSite *site)
{
	Running    *outer = running;

	while (outer != NULL &&
		   (outer->query->estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS))
		outer = outer->up;

	if (site->relinfo == NULL || outer == NULL || outer->query == site->query)
		return relmap_site_statement(site);

	return open_statement(outer->query);
}

/*
 * The state of the innermost query that runs, NULL if none is seen.
 */
EState *
relmap_running_estate(void)
{
	return running ? running->query->estate : NULL;
}

/*
 * How many queries are running, one inside the other.
 */
int
relmap_query_depth(void)
{
	return running ? running->depth : 0;
}

/*
 * All statements that have a record, innermost first.
 */
RelmapStatement *
relmap_open_statements(void)
{
	return statements;
}

/*
 * Take a record off the list when its memory goes.
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
 * The record of a query, made if it isn't there; NULL stands for the
 * innermost one that the hooks have not seen.
 */
static RelmapStatement *
open_statement(QueryDesc *query)
{
	RelmapStatement *statement = find_statement(query);
	MemoryContextCallback *callback;
	MemoryContext context;

	if (statement != NULL)
		return statement;

	context = query ? query->estate->es_query_cxt : ActivePortal->portalContext;
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
 * A query that the hooks have not seen before is finished: the record of the
 * unseen one is its.  Raise an error if its plan is not what was taken for
 * granted.
 */
static void
adopt_unseen(QueryDesc *query)
{
	RelmapStatement *statement = find_statement(NULL);
	ListCell   *lc;

	if (statement == NULL)
		return;
	statement->query = query;

	foreach(lc, statement->guesses)
	{
		RelmapKey  *key = (RelmapKey *) lfirst(lc);
		Relation	rel = table_open(key->relid, NoLock);
		PlannedStmt *plan = query->plannedstmt;
		bool		wrong = false;
		ListCell   *lc2;

		foreach(lc2, relmap_plan_writers(plan, key->relid, false))
			wrong |= clause_of(lfirst_node(ModifyTable, lc2)) != RELMAP_CLAUSE_NONE;
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
					 errhint("Execute LOAD 'relmap' first, or add relmap to \"session_preload_libraries\"."),
					 errtable(rel)));
		table_close(rel, NoLock);
	}
}

/*
 * ExecutorRun hook: keep the query on the stack while it runs.
 */
static void
run_query(RELMAP_RUN_PARAMS)
{
	Running		self = {query, relmap_query_depth() + 1, running};
	ErrorContextCallback refusal;

	if (running == NULL)
	{
		relmap_key_unlock_query(NULL);
		if (blind)
		{
			MemoryContext oldcontext = MemoryContextSwitchTo(TopTransactionContext);

			seen = list_append_unique_ptr(seen, query);
			MemoryContextSwitchTo(oldcontext);
		}
	}

	refusal.callback = explain_refusal;
	refusal.arg = query;
	refusal.previous = error_context_stack;
	error_context_stack = &refusal;

	running = &self;
	PG_TRY();
	{
		if (prev_ExecutorRun)
			prev_ExecutorRun(RELMAP_RUN_ARGS);
		else
			standard_ExecutorRun(RELMAP_RUN_ARGS);
	}
	PG_FINALLY();
	{
		running = self.up;
	}
	PG_END_TRY();

	error_context_stack = refusal.previous;
}

/*
 * Run the data-modifying WITH queries that the main one has not asked for, as
 * standard_ExecutorFinish is about to do, so that all rows are written before
 * the parked ones get their parents, and these before AFTER triggers fire.
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
 * All rows that a statement had in hand are written: settle what was left for
 * that moment.
 */
static void
finish_statement(QueryDesc *query, bool fire_triggers)
{
	RelmapStatement *statement;
	ListCell   *lc;

	relmap_key_unlock_query(query);

	statement = find_statement(query);
	if (statement == NULL)
		return;

	foreach(lc, statement->sites)
		relmap_site_finish((RelmapSite *) lfirst(lc));
	relmap_parked_finish(statement, fire_triggers);
}

/*
 * ExecutorFinish hook: settle what the statement's rows left, before its
 * AFTER triggers fire; and again what these triggers left.
 *
 * A query of a referential action leaves its parked rows to the statement
 * that caused it, see relmap_outer_statement().
 */
static void
finish_query(QueryDesc *query)
{
	Running		self = {query, relmap_query_depth() + 1, running};
	ErrorContextCallback refusal;

	if (blind && running == NULL && !list_member_ptr(seen, query))
	{
		relmap_key_unlock_query(NULL);
		adopt_unseen(query);
	}

	refusal.callback = explain_refusal;
	refusal.arg = query;
	refusal.previous = error_context_stack;
	error_context_stack = &refusal;

	running = &self;
	PG_TRY();
	{
		if (query->estate->es_auxmodifytables != NIL)
			run_secondary_nodes(query->estate);
		finish_statement(query, false);

		if (prev_ExecutorFinish)
			prev_ExecutorFinish(query);
		else
			standard_ExecutorFinish(query);

		finish_statement(query,
						 !(query->estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS));
	}
	PG_FINALLY();
	{
		running = self.up;
	}
	PG_END_TRY();

	error_context_stack = refusal.previous;
}

/*
 * Error context callback: where a statement that replaced or parked rows ends
 * in one of core's errors for it, tell what to do about it.
 */
static void
explain_refusal(void *arg)
{
	RelmapStatement *statement = find_statement((QueryDesc *) arg);

	if (statement == NULL || statement->explained)
		return;

	switch (geterrcode())
	{
		case ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION:
		case ERRCODE_CARDINALITY_VIOLATION:
			if (!statement->replaced)
				return;
			if (statement->no_parking != NULL)
				errhint("The statement writes a row that it has replaced before, and %s.  Use two statements.",
						statement->no_parking);
			else
				errhint("The statement writes a row that it has replaced before.  Use two statements.");
			break;
		case ERRCODE_CHECK_VIOLATION:
		case ERRCODE_NOT_NULL_VIOLATION:
		case ERRCODE_UNIQUE_VIOLATION:
			if (statement->parking == NULL)
				return;
			errhint("The statement needs a moment in which a row has no parent.  Use two statements.");
			break;
		default:
			break;
	}
}

/*
 * Transaction callback: what began before relmap was loaded has ended.
 */
static void
see_again(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
	{
		blind = false;
		seen = NIL;
	}
}

/*
 * Subtransaction callback: the record of an unseen query is not in the query's
 * own memory, and must be taken off the list if the query fails.
 */
static void
forget_unseen(SubXactEvent event, SubTransactionId mySubid,
			  SubTransactionId parentSubid, void *arg)
{
	RelmapStatement *unseen;

	if (event == SUBXACT_EVENT_ABORT_SUB && blind &&
		(unseen = find_statement(NULL)) != NULL &&
		unseen->nestlevel >= GetCurrentTransactionNestLevel())
		close_statement(unseen);
}

/*
 * Put the hooks in place, once per session.
 */
void
relmap_statement_init(void)
{
	blind = IsTransactionState() && ActivePortal != NULL;
	RegisterXactCallback(see_again, NULL);
	RegisterSubXactCallback(forget_unseen, NULL);

	prev_ExecutorRun = ExecutorRun_hook;
	ExecutorRun_hook = run_query;
	prev_ExecutorFinish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish_query;
}
