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

#include "base/running.h"

static RelmapRunning *running = NULL;

/*
 * A query begins to run, or goes on.
 */
void
relmap_running_push(RelmapRunning *self, QueryDesc *query)
{
	self->query = query;
	self->depth = relmap_running_depth() + 1;
	self->up = running;
	running = self;
}

/*
 * It ends, or an error ends it, with the queries that it has started.
 */
void
relmap_running_pop(RelmapRunning *self)
{
	running = self->up;
}

/*
 * The innermost running query, NULL if none is known.
 */
QueryDesc *
relmap_running_query(void)
{
	return running ? running->query : NULL;
}

/*
 * The innermost query that runs and is not the inner query of a referential
 * action; NULL if none is known.
 */
QueryDesc *
relmap_running_cause(void)
{
	RelmapRunning *outer = running;

	while (outer != NULL &&
		   (outer->query->estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS))
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
