/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  Was the newcomer written, for which an incumbent was replaced?
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/verify.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/util.h"
#include "enforce/callstate.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/probe.h"
#include "enforce/statement.h"
#include "enforce/verify.h"

/* A key whose incumbent was replaced. */
typedef struct Unverified
{
	Datum	   *values;
	CommandId	since;			/* nobody held it when this command began */
} Unverified;

static bool has_later_trigger(const RelmapCallState *call);
static void verify_all(RelmapStatement *statement, bool fire_triggers);
static void verify_key(RelmapCallState *call, RelmapKeyInfo *key,
					   Unverified *unverified);
pg_noreturn static void report_not_written(RelmapCallState *call,
										   Relation rel);

/*
 * An incumbent was replaced.  If the newcomer may still be dropped or changed
 * before it is written, check it afterwards.
 */
void
relmap_verify_later(RelmapCallState *call, RelmapSlotState *slot,
					const Datum *values)
{
	RelmapStatement *statement;
	Unverified *unverified;
	MemoryContext oldcontext;

	if (!relmap_callstate_has_clause(call) && !has_later_trigger(call))
		return;
	statement = relmap_callstate_attach(call);
	if (statement == NULL)
		return;

	/* what has replaced the incumbent was an earlier command */
	CommandCounterIncrement();

	oldcontext = MemoryContextSwitchTo(statement->context);
	unverified = palloc(sizeof(Unverified));
	unverified->values = relmap_keyinfo_copy(slot->key, values,
											 statement->context);
	unverified->since = GetCurrentCommandId(false);
	slot->unverified = lappend(slot->unverified, unverified);
	call->has_unverified = true;
	MemoryContextSwitchTo(oldcontext);
}

/*
 * A row is about to be written.  If another trigger may still change it, and so
 * make it violate the index of a slot, that error has a hint (explain.c).
 */
void
relmap_verify_watch(RelmapCallState *call, TriggerData *trigdata,
					FmgrInfo *flinfo)
{
	if (call->attached || !has_later_trigger(call))
		return;
	relmap_callstate_resolve(call, trigdata, flinfo);
	(void) relmap_callstate_attach(call);
}

/*
 * Does a BEFORE ROW trigger fire after the one that does the work?
 */
static bool
has_later_trigger(const RelmapCallState *call)
{
	for (int i = 0; i < call->nslots; i++)
	{
		if (call->slots[i].trigger->tgoid == call->trigger)
			return call->slots[i].key->has_later_trigger;
	}
	return false;
}

/*
 * All rows of a statement are written.
 */
static void
verify_all(RelmapStatement *statement, bool fire_triggers)
{
	ListCell   *lc;

	foreach(lc, statement->calls)
		relmap_verify((RelmapCallState *) lfirst(lc));
}

/*
 * The last row of this call state has been written, or not: raise an error if
 * it has replaced an incumbent and no row has the parent now.
 *
 * That happens if another session commits a row that conflicts with it by
 * another key, between our probe and core's, so that the ON CONFLICT clause
 * drops it; or if a later BEFORE ROW trigger does.
 */
void
relmap_verify(RelmapCallState *call)
{
	if (!call->has_unverified)
		return;
	call->has_unverified = false;

	for (int i = 0; i < call->nslots; i++)
	{
		RelmapSlotState *slot = &call->slots[i];

		while (slot->unverified != NIL)
		{
			Unverified *unverified = llast(slot->unverified);

			slot->unverified = list_delete_last(slot->unverified);
			verify_key(call, slot->key, unverified);
		}
	}
}

/*
 * The same for one key.  A user's trigger may have deleted or changed the row
 * since it was written.
 */
static void
verify_key(RelmapCallState *call, RelmapKeyInfo *key, Unverified *unverified)
{
	Relation	rel = table_open(key->relid, NoLock);
	Datum	   *values = unverified->values;
	RelmapIncumbent incumbent;

	if (!relmap_incumbent_find_once(key, rel, values, &incumbent) &&
		!relmap_probe_had(key, rel, values, unverified->since))
		report_not_written(call, rel);

	table_close(rel, NoLock);
	for (int i = 0; i < key->nkeys; i++)
	{
		if (!key->typbyvals[i])
			pfree(DatumGetPointer(values[i]));
	}
	pfree(values);
	pfree(unverified);
}

/*
 * Complain that a row was not written, or not as it was.
 */
static void
report_not_written(RelmapCallState *call, Relation rel)
{
	call->statement->explained = true;
	if (relmap_callstate_has_clause(call))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent insert"),
				 errdetail("A row of table \"%s\" was replaced by a row that was then not inserted.",
						   relmap_table_display_name(RelationGetRelid(rel))),
				 errhint("The transaction might succeed if retried."),
				 errtable(rel)));
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("row of table \"%s\" was replaced by a row that was then changed or not written",
					relmap_table_display_name(RelationGetRelid(rel))),
			 errdetail("A BEFORE ROW trigger that fires after relmap's has changed it or returned NULL."),
			 errhint("Rename that trigger, so that it fires before relmap's.  Run relmap.check() for the statement."),
			 errtable(rel)));
}

/*
 * Set up, once per session.
 */
void
relmap_verify_init(void)
{
	relmap_statement_at_finish(verify_all);
}
