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
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"
#include "utils/relcache.h"

#include "enforce/keyinfo.h"
#include "enforce/probe.h"
#include "enforce/statement.h"

/*
 * The state of one of the slots that a trigger handles.
 */
typedef struct RelmapSlotState
{
	RelmapKeyInfo *key;
	Trigger    *trigger;		/* the slot's own */
	int16		type;			/* its tgtype, see spare_siblings() */
	struct RelmapProbe *probe;	/* into the key's index, see incumbent.c */
	SubTransactionId probe_subid;	/* that opened it, without statement */

	/* known once studied */
	bool		analyzed;
	bool		one_row;		/* the statement can write one row only */
	bool		shows_key;		/* its RETURNING list shows the key */
	const RelmapNoParking *no_parking;	/* why its rows can't be, or NULL */

	/* keys whose incumbent was replaced; do they have a holder now? */
	List	   *unverified;		/* see verify.c */

	/* of the key's condition, see evaluate.c */
	ExprState  *condition;
	RelmapKeyInfo *condition_of;
	ExprContext *econtext;

	/* the last row is parked in it, or is replaced in it */
	bool		leaves;
} RelmapSlotState;

/*
 * One trigger of one result relation of one running statement: what its rows
 * have in common.  Lives in the trigger's FmgrInfo.
 *
 * Where a table has several slots, each has its trigger.  The last of them
 * that fires for a row does the work of all: it handles its own slot and those
 * of its siblings.
 */
typedef struct RelmapCallState
{
	Oid			trigger;
	Oid			relid;
	int			nslots;
	RelmapSlotState *slots;		/* in the order in which their triggers fire */
	bool		has_unverified; /* one of the slots has */
	EState	   *query;			/* innermost running query, or NULL */
	bool		several_writers;	/* several nodes of its plan write */
	RelmapStatement *statement; /* its record, once there is one */
	bool		attached;		/* ... and it will be finished with it */

	/* known once resolved */
	bool		resolved;
	PlannedStmt *plan;			/* NULL: COPY, replication, writer.c */
	ModifyTable *node;			/* the plan node that writes; NULL likewise */
	EState	   *estate;			/* NULL: COPY, replication */
	ResultRelInfo *relinfo;		/* NULL likewise */

	/* the row that is being written, if it is parked and RETURNING shows it */
	const struct RelmapParkedRow *shown;
	bool		is_wrapped;		/* its projection, see returning.c */
} RelmapCallState;

extern RelmapCallState *relmap_callstate_get(FunctionCallInfo fcinfo);
extern void relmap_callstate_resolve(RelmapCallState *call,
									 TriggerData *trigdata,
									 FmgrInfo *flinfo);
extern bool relmap_callstate_has_clause(const RelmapCallState *call);
extern bool relmap_callstate_leads(RelmapCallState *call, TriggerEvent event);
extern bool relmap_callstate_fires(const RelmapSlotState *slot,
								   TriggerEvent event);
extern void relmap_callstate_analyze(RelmapCallState *call, Relation rel);
extern RelmapStatement *relmap_callstate_statement(RelmapCallState *call);
extern RelmapStatement *relmap_callstate_outer_statement(RelmapCallState *call);
extern RelmapStatement *relmap_callstate_attach(RelmapCallState *call);

#endif							/* RELMAP_CALLSTATE_H */
