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

#include "executor/execdesc.h"

/* A query on the stack of those that run. */
typedef struct RelmapRunning
{
	QueryDesc  *query;
	int			depth;			/* 1 for the outermost */
	struct RelmapRunning *up;
} RelmapRunning;

extern void relmap_running_push(RelmapRunning *self, QueryDesc *query);
extern void relmap_running_pop(RelmapRunning *self);
extern QueryDesc *relmap_running_query(void);
extern QueryDesc *relmap_running_cause(void);
extern int	relmap_running_depth(void);

#endif							/* RELMAP_RUNNING_H */
