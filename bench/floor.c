/*
 * floor.c
 *	  A trigger in C that does nothing: what any BEFORE ROW trigger costs.
 *
 * Built by lib.sh, for the way "floor" of tables.sql.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"

PG_MODULE_MAGIC;

PGDLLEXPORT PG_FUNCTION_INFO_V1(nothing);

/*
 * Let the row be written as it is.
 */
Datum
nothing(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ?
						   trigdata->tg_newtuple : trigdata->tg_trigtuple);
}
