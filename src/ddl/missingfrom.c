/*-------------------------------------------------------------------------
 *
 * missingfrom.c
 *	  Triggers of relmap's that are FROM a table which is not there yet.
 *
 * An engine that distributes a table makes its triggers on another server,
 * where the table that one is FROM, which is distributed next, is not there.
 * The trigger is made without it then.  On the shards, where triggers fire, it
 * finds its foreign key by the name.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/missingfrom.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/event_trigger.h"
#include "nodes/parsenodes.h"
#include "optimizer/planner.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "ddl/eventtrigger.h"

PG_FUNCTION_INFO_V1(relmap_before_trigger);

/*
 * ddl_command_start of CREATE TRIGGER.  The command may be changed: it is a
 * copy that the server has made for its execution.
 */
PGDLLEXPORT Datum
relmap_before_trigger(PG_FUNCTION_ARGS)
{
	CreateTrigStmt *command;
	char	   *schema;
	char	   *function;

	relmap_eventtrigger_check(fcinfo, "before_trigger", "ddl_command_start");
	command = (CreateTrigStmt *) ((EventTriggerData *) fcinfo->context)->parsetree;
	if (planner_hook == NULL || !IsA(command, CreateTrigStmt) ||
		command->constrrel == NULL)
		PG_RETURN_NULL();

	DeconstructQualifiedName(command->funcname, &schema, &function);
	if (schema != NULL && strcmp(schema, RELMAP_SCHEMA) == 0 &&
		!OidIsValid(RangeVarGetRelid(command->constrrel, NoLock, true)))
		command->constrrel = NULL;
	PG_RETURN_NULL();
}
