/*-------------------------------------------------------------------------
 *
 * running.h
 *	  The stack of the queries that run.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/running.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_RUNNING_H
#define RELMAP_RUNNING_H

#include "nodes/execnodes.h"

/* A query on the stack of those that run. */
typedef struct RelmapRunning
{
	EState	   *query;
	bool		finishing;		/* it has written all of its rows */
	int			depth;			/* 1 for the outermost */
	struct RelmapRunning *up;
} RelmapRunning;

/* A query begins to run, or goes on; it ends, with those that it has started. */
extern void relmap_running_push(RelmapRunning *self, EState *query);
extern void relmap_running_pop(RelmapRunning *self);

/*
 * The innermost query; and the innermost one that is not the inner query of a
 * referential action.  NULL if none is known.
 */
extern EState *relmap_running_query(void);
extern EState *relmap_running_cause(void);

/* How many are running, one inside the other. */
extern int	relmap_running_depth(void);

/* The first command of which rows may still be written. */
extern CommandId relmap_running_first_command(void);

/*
 * The running query whose own memory context this is; NULL if it is that of
 * something else, such as COPY.  A query that began before relmap was loaded
 * is put on the stack, below all others, until relmap_running_leave().
 */
extern EState *relmap_running_find(MemoryContext context);
extern void relmap_running_leave(EState *query);

#endif							/* RELMAP_RUNNING_H */
