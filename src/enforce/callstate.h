/*-------------------------------------------------------------------------
 *
 * callstate.h
 *	  Which statement calls a trigger.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/callstate.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CALLSTATE_H
#define RELMAP_CALLSTATE_H

#include "commands/trigger.h"
#include "executor/execdesc.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"
#include "utils/relcache.h"

#include "enforce/keyinfo.h"
#include "enforce/probe.h"
#include "enforce/statement.h"

/* Has the statement at a trigger's call site an ON CONFLICT clause? */
typedef enum RelmapClause
{
	RELMAP_CLAUSE_NONE,			/* no ON CONFLICT clause */
	RELMAP_CLAUSE_SOME,			/* there is one: see arbiters */
	RELMAP_CLAUSE_UNKNOWN		/* the statement is not known */
} RelmapClause;

/*
 * One trigger of one result relation of one running statement: what its rows
 * have in common.  Lives in the trigger's FmgrInfo.
 */
typedef struct RelmapCallState
{
	RelmapKeyInfo *key;
	QueryDesc  *query;			/* innermost running statement, or NULL */
	RelmapStatement *statement; /* its record, once there is one */
	bool		attached;		/* ... and it will be finished with it */
	struct RelmapProbe *probe;	/* into the key's index, see incumbent.c */
	SubTransactionId probe_subid;	/* that opened it, without statement */

	/* known once resolved */
	bool		resolved;
	bool		untracked;		/* may be of an untracked query */
	RelmapClause clause;
	PlannedStmt *plan;			/* NULL: COPY, replication, writer.c,
								 * untracked */
	ModifyTable *node;			/* the plan node that writes; NULL likewise */
	EState	   *estate;			/* NULL: untracked */
	ResultRelInfo *relinfo;		/* NULL likewise */

	/* known once analyzed */
	bool		analyzed;
	bool		one_row;		/* the statement can write one row only */
	bool		shows_key;		/* its RETURNING list shows the key */
	const char *no_parking;		/* hint: why its rows can't be parked, or NULL */

	/* the previous row replaced somebody; is its parent held now? */
	Datum	   *unverified;
} RelmapCallState;

extern RelmapCallState *relmap_callstate_get(FunctionCallInfo fcinfo);
extern void relmap_callstate_resolve(RelmapCallState *call,
									 TriggerData *trigdata,
									 FmgrInfo *flinfo);
extern void relmap_callstate_analyze(RelmapCallState *call, Relation rel);
extern RelmapStatement *relmap_callstate_statement(RelmapCallState *call);
extern RelmapStatement *relmap_callstate_outer_statement(RelmapCallState *call);
extern RelmapStatement *relmap_callstate_attach(RelmapCallState *call);
extern void relmap_callstate_assume(RelmapCallState *call);

#endif							/* RELMAP_CALLSTATE_H */
