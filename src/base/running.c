/*-------------------------------------------------------------------------
 *
 * running.c
 *	  The stack of the queries that run.
 *
 * Executor hooks push and pop them (enforce/statement.c).
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/running.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/memnodes.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/running.h"

/* A query that began before the hooks were there, in its own memory. */
typedef struct FoundQuery
{
	RelmapRunning running;
	MemoryContextCallback callback;
} FoundQuery;

/* Where in its memory context, at most, an executor state begins. */
#define ESTATE_MAX_OFFSET 512

static RelmapRunning *running = NULL;

static EState *find_estate(MemoryContext context);
static void put_below(EState *query);
static void leave_freed(void *arg);

/*
 * A query begins to run, or goes on.
 */
void
relmap_running_push(RelmapRunning *self, EState *query)
{
	self->query = query;
	self->finishing = false;
	self->depth = relmap_running_depth() + 1;
	self->up = running;
	running = self;
}

/*
 * It ends, or an error ends it and the queries that it has started.
 */
void
relmap_running_pop(RelmapRunning *self)
{
	running = self->up;
}

/*
 * The innermost running query, NULL if none is known.
 */
EState *
relmap_running_query(void)
{
	return running ? running->query : NULL;
}

/*
 * The innermost query that runs and is not the inner query of a referential
 * action; NULL if none is known.
 */
EState *
relmap_running_cause(void)
{
	RelmapRunning *outer = running;

	while (outer != NULL &&
		   (outer->query->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS))
		outer = outer->up;

	return outer ? outer->query : NULL;
}

/*
 * How many queries are running, one inside the other.
 */
int
relmap_running_depth(void)
{
	return running ? running->depth : 0;
}

/*
 * Rows of this command and of later ones may still be written by queries that
 * run now, or that come; all of those before are there.
 */
CommandId
relmap_running_first_command(void)
{
	CommandId	first = GetCurrentCommandId(false);

	for (RelmapRunning *r = running; r != NULL; r = r->up)
	{
		const PlannedStmt *plan = r->query->es_plannedstmt;

		if (!r->finishing &&
			(plan == NULL || plan->commandType != CMD_SELECT ||
			 plan->hasModifyingCTE))
			first = Min(first, r->query->es_output_cid);
	}
	return first;
}

/*
 * Find a running query by its memory context; see the header.
 */
EState *
relmap_running_find(MemoryContext context)
{
	EState	   *query;

	for (RelmapRunning *r = running; r != NULL; r = r->up)
	{
		if (r->query->es_query_cxt == context)
			return r->query;
	}

	/* what has no plan is COPY, or the apply worker of replication */
	query = find_estate(context);
	if (query == NULL || query->es_plannedstmt == NULL)
		return NULL;
	put_below(query);
	return query;
}

/*
 * The executor state whose query context this is, NULL if it is another kind of
 * context.
 *
 * There is no link to it, but CreateExecutorState() allocates the state first
 * in that context, so that it lies right behind the context's header, in the
 * same block.  The exact place depends on the allocator; the state is
 * recognised by its tag and by the context that it names.
 */
static EState *
find_estate(MemoryContext context)
{
	EState	   *result = NULL;

	if (!IsA(context, AllocSetContext) ||
		strcmp(context->name, "ExecutorState") != 0)
		return NULL;

	relmap_valgrind_off();
	for (Size offset = MAXALIGN(sizeof(MemoryContextData));
		 offset <= ESTATE_MAX_OFFSET && result == NULL;
		 offset += MAXIMUM_ALIGNOF)
	{
		EState	   *estate = (EState *) ((char *) context + offset);

		if (estate->type == T_EState && estate->es_query_cxt == context)
			result = estate;
	}
	relmap_valgrind_on();

	if (result == NULL)
		elog(ERROR, "could not find the executor state of a query");
	return result;
}

/*
 * Put a query that began before relmap was loaded below those that have begun
 * since.
 */
static void
put_below(EState *query)
{
	FoundQuery *found = MemoryContextAllocZero(query->es_query_cxt,
											   sizeof(FoundQuery));
	RelmapRunning **link = &running;

	while (*link != NULL)
	{
		(*link)->depth++;
		link = &(*link)->up;
	}
	*link = &found->running;
	found->running.query = query;
	found->running.depth = 1;

	/* it may end by an error */
	found->callback.func = leave_freed;
	found->callback.arg = query;
	MemoryContextRegisterResetCallback(query->es_query_cxt, &found->callback);
}

/*
 * A query that was found leaves the stack, if it is there.  Others leave by
 * themselves.
 */
void
relmap_running_leave(EState *query)
{
	RelmapRunning **link = &running;

	while (*link != NULL && ((*link)->query != query || (*link)->up != NULL))
		link = &(*link)->up;
	if (*link == NULL)
		return;

	*link = NULL;
	for (RelmapRunning *r = running; r != NULL; r = r->up)
		r->depth--;
}

/*
 * Memory context callback: it is gone.
 */
static void
leave_freed(void *arg)
{
	relmap_running_leave((EState *) arg);
}
