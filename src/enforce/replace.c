/*-------------------------------------------------------------------------
 *
 * replace.c
 *	  The replacement triggers: a row that takes a held parent replaces the
 *	  row that had it.
 *
 * One BEFORE ROW trigger on the child beside a unique constraint.  Before a
 * row with a parent is written, the trigger looks for the incumbent, under a
 * lock that lasts until the row is in the index (keylock.c).  Mostly there is
 * none, and that was all.  A row in progress is waited for; an incumbent is
 * released (action.c), unless the statement's ON CONFLICT clause is to decide
 * (incumbent.c), or the statement may reach the incumbent itself, when the
 * row is parked (parking.c).
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/replace.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "enforce/action.h"
#include "enforce/arbiter.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/keylock.h"
#include "enforce/parking.h"
#include "enforce/probe.h"
#include "enforce/replace.h"
#include "enforce/callstate.h"
#include "enforce/statement.h"

PG_FUNCTION_INFO_V1(relmap_replace_nullify);
PG_FUNCTION_INFO_V1(relmap_replace_delete);
PG_FUNCTION_INFO_V1(relmap_replacing);

/* GUC relmap.replacement */
bool		relmap_replacement = true;

/* A row that takes a parent. */
typedef struct Newcomer
{
	RelmapCallState *call;
	TriggerData *trigdata;
	FmgrInfo   *flinfo;
	bool		update;			/* else it is inserted */
	bool		was_parked;		/* a parked row whose turn has come */
	bool		may_delete;		/* the policy allows to delete incumbents */
	bool		queued;			/* it waits in the key's queue */
	TupleTableSlot *slot;
	Datum		values[INDEX_MAX_KEYS];
	uint32		keyhash;
} Newcomer;

/* The row that the trigger has seen last is replaced, or parked. */
static bool replacing = false;

/* The row that was parked last: other triggers of relmap's see it too. */
static QueryDesc *parked_query = NULL;
static Oid	parked_relid = InvalidOid;
static ItemPointerData parked_tid;

static HeapTuple replace_before_row(FunctionCallInfo fcinfo, const char *name,
									bool may_delete);
static HeapTuple take_parent(Newcomer *newcomer, HeapTuple row);
static bool join_queue(Newcomer *newcomer);
static void leave_queue(Newcomer *newcomer);
static bool clause_decides(Newcomer *newcomer);
static bool must_not_replace(Newcomer *newcomer, HeapTuple *row);
static bool evict(Newcomer *newcomer, RelmapIncumbent *incumbent);
static void refuse_if_wrong(Newcomer *newcomer, RelmapIncumbent *incumbent);
static bool is_same_row(Relation rel, ItemPointer evicted, bool changed,
						ItemPointer incumbent);
static HeapTuple try_parking(Newcomer *newcomer);
static void remember_to_verify(Newcomer *newcomer);
static void verify_all(RelmapStatement *statement, bool fire_triggers);
static void verify(RelmapCallState *call);

/*
 * replace_nullify(column, ...): trigger BEFORE INSERT OR UPDATE FOR
 * EACH ROW on the child.  Arguments are the columns of the foreign key.  The
 * incumbent's foreign key becomes NULL.
 */
Datum
relmap_replace_nullify(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(replace_before_row(fcinfo, "replace_nullify", false));
}

/*
 * replace_delete(column, ...): the same, but that the incumbent is
 * deleted where no column of its foreign key can be NULL; where one can, its
 * foreign key becomes NULL and delete_orphan() sees to the rest.
 */
Datum
relmap_replace_delete(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(replace_before_row(fcinfo, "replace_delete", true));
}

/*
 * replacing() returns boolean: is the row that is being updated one
 * that is released, or parked?  For the WHEN clause of delete_orphan's
 * trigger where only replaced rows are to be deleted.
 */
Datum
relmap_replacing(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(replacing);
}

/*
 * The body of the triggers: see that the row, if it takes a parent, will be
 * the only one that has it.  Returns the row to be written.
 */
static HeapTuple
replace_before_row(FunctionCallInfo fcinfo, const char *name, bool may_delete)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Newcomer	newcomer;
	RelmapCallState *call;
	HeapTuple	row;
	RelmapAction action;

	relmap_keyinfo_check_trigger(fcinfo, name, TRIGGER_TYPE_BEFORE |
								 TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE);

	newcomer.update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	row = newcomer.update ? trigdata->tg_newtuple : trigdata->tg_trigtuple;
	newcomer.slot = newcomer.update ? trigdata->tg_newslot : trigdata->tg_trigslot;

	call = relmap_callstate_get(fcinfo);
	replacing = newcomer.update && parked_query != NULL &&
		call->query == parked_query && relmap_parking_any() &&
		RelationGetRelid(trigdata->tg_relation) == parked_relid &&
		ItemPointerEquals(&trigdata->tg_trigtuple->t_self, &parked_tid);

	/* the previous row has been written by now */
	relmap_keylock_release(call->key, call->query);
	if (call->unverified != NULL)
		verify(call);

	if (call->key->inert || !OidIsValid(call->key->index))
		return row;

	newcomer.was_parked = false;
	if (relmap_action_running(&action))
	{
		replacing |= (action == RELMAP_SET_NULL);
		newcomer.was_parked = (action == RELMAP_ASSIGN);
	}

	if (!relmap_keyinfo_takes_parent(call->key, trigdata, newcomer.values))
		return row;

	newcomer.call = call;
	newcomer.trigdata = trigdata;
	newcomer.flinfo = fcinfo->flinfo;
	newcomer.may_delete = may_delete;
	newcomer.queued = false;
	newcomer.keyhash = relmap_keyinfo_hash(call->key, newcomer.values);

	row = take_parent(&newcomer, row);
	leave_queue(&newcomer);
	return row;
}

/*
 * Make the parent free for a newcomer, and keep it so until the row is in the
 * index; or park the row.  Returns the row to be written.
 *
 * The key is locked from the look that finds nobody on.  Never while waiting
 * or releasing: what we would wait for may want the lock.
 */
static HeapTuple
take_parent(Newcomer *newcomer, HeapTuple row)
{
	RelmapCallState *call = newcomer->call;
	RelmapKeyInfo *key = call->key;
	Relation	rel = newcomer->trigdata->tg_relation;
	RelmapIncumbent incumbent;
	ItemPointerData evicted;
	bool		changed = false;
	bool		turned_away = false;

	ItemPointerSetInvalid(&evicted);
	relmap_callstate_resolve(call, newcomer->trigdata, newcomer->flinfo);

	if (relmap_parking_any())
	{
		HeapTuple	parked;

		if (!newcomer->update)
			turned_away = clause_decides(newcomer);
		else if (relmap_parking_begun(call) &&
				 (parked = try_parking(newcomer)) != NULL)
			return parked;
	}

	for (;;)
	{
		if (!relmap_keylock_acquire(key, call->query, newcomer->keyhash,
									newcomer->queued))
		{
			leave_queue(newcomer);
			continue;
		}
		if (!relmap_incumbent_find(call, rel, newcomer->values, &incumbent))
			break;
		relmap_keylock_release(key, call->query);

		if (TransactionIdIsValid(incumbent.wait_xid))
		{
			/* when it is our turn, somebody else may have it */
			if (!newcomer->queued && join_queue(newcomer))
				continue;
			relmap_incumbent_wait(rel, &incumbent);
			continue;
		}

		/* what follows may wait for somebody who is in the queue */
		leave_queue(newcomer);

		/* if it does not let go, the unique constraint has the last word */
		if (ItemPointerIsValid(&evicted) &&
			is_same_row(rel, &evicted, changed, &incumbent.tid))
			return row;

		if (must_not_replace(newcomer, &row))
			return row;

		evicted = incumbent.tid;
		changed = evict(newcomer, &incumbent);
	}

	if (changed)
		remember_to_verify(newcomer);
	if (!turned_away)
		relmap_parking_supersede(key, newcomer->values, newcomer->keyhash,
								 newcomer->was_parked);
	return row;
}

/*
 * Wait in the key's queue until all who came before have left it; false if
 * there can be none.
 */
static bool
join_queue(Newcomer *newcomer)
{
	newcomer->queued = relmap_keylock_queue(newcomer->call->key,
											newcomer->keyhash);
	return newcomer->queued;
}

/*
 * Leave the key's queue, if the newcomer is in it.
 */
static void
leave_queue(Newcomer *newcomer)
{
	if (newcomer->queued)
		relmap_keylock_leave_queue(newcomer->call->key, newcomer->keyhash);
	newcomer->queued = false;
}

/*
 * Will the ON CONFLICT clause, if there is one, keep a row that is about to be
 * inserted from being so?
 */
static bool
clause_decides(Newcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;

	return call->clause == RELMAP_CLAUSE_SOME && call->node != NULL &&
		relmap_arbiter_conflict(call, newcomer->trigdata->tg_relation,
								newcomer->slot);
}

/*
 * There is an incumbent.  True if it is not to be replaced now: replacement
 * is off, or impossible, or the ON CONFLICT clause decides, or the row, which
 * is changed for it, is parked.
 */
static bool
must_not_replace(Newcomer *newcomer, HeapTuple *row)
{
	RelmapCallState *call = newcomer->call;
	TriggerData *trigdata = newcomer->trigdata;

	if (!relmap_replacement)
		return true;
	if (call->key->nnullable == 0 && !newcomer->may_delete)
		return true;

	if (newcomer->update)
	{
		HeapTuple	parked;

		relmap_callstate_analyze(call, trigdata->tg_relation);
		parked = call->one_row ? NULL : try_parking(newcomer);
		if (parked != NULL)
			*row = parked;
		return parked != NULL;
	}

	if (clause_decides(newcomer))
		return true;
	if (call->clause == RELMAP_CLAUSE_UNKNOWN && call->untracked)
		relmap_callstate_assume(call);
	return false;
}

/*
 * Make the incumbent let go.  False if it was changed by somebody else
 * meanwhile, or a trigger of the user's kept it.
 */
static bool
evict(Newcomer *newcomer, RelmapIncumbent *incumbent)
{
	RelmapCallState *call = newcomer->call;
	RelmapStatement *statement = relmap_callstate_statement(call);

	refuse_if_wrong(newcomer, incumbent);

	if (statement != NULL)
	{
		statement->replaced = true;
		statement->no_parking = newcomer->update ? call->no_parking : NULL;
	}

	return relmap_action_run(call->key, newcomer->trigdata->tg_relation,
							 call->key->nnullable > 0 ? RELMAP_SET_NULL : RELMAP_DELETE_INCUMBENT,
							 &incumbent->tid, newcomer->values, statement, false);
}

/*
 * Raise an error where to release the incumbent would make a wrong answer of
 * the statement, silently.
 */
static void
refuse_if_wrong(Newcomer *newcomer, RelmapIncumbent *incumbent)
{
	RelmapCallState *call = newcomer->call;
	Relation	rel = newcomer->trigdata->tg_relation;
	RelmapStatement *statement = relmap_callstate_statement(call);
	bool		own;

	if (statement == NULL)
		return;

	own = incumbent->cid == (call->estate ? call->estate->es_output_cid :
							 GetActiveSnapshot()->curcid);
	if (own && call->node == NULL)
	{
		statement->replaced_own = true;
		relmap_callstate_assume(call);
	}
	if (call->node == NULL)
		return;
	relmap_callstate_analyze(call, rel);

	/* RETURNING has shown it as the holder */
	if (call->shows_key && own)
	{
		statement->explained = true;
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("rows of table \"%s\" replace one another in a statement whose RETURNING list shows them",
						RelationGetRelationName(rel)),
				 errhint("Leave the foreign key out of the RETURNING list, or use several statements."),
				 errtable(rel)));
	}

	/* a later line that is meant for the deleted row would insert it anew */
	if (call->key->nnullable == 0 && !call->one_row &&
		call->node->onConflictAction == ONCONFLICT_UPDATE)
	{
		statement->explained = true;
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("ON CONFLICT DO UPDATE of several rows cannot delete the row that one of them replaces"),
				 errdetail("No column of the foreign key of table \"%s\" can be NULL.",
						   RelationGetRelationName(rel)),
				 errhint("Use several statements."),
				 errtable(rel)));
	}
}

/*
 * Is the incumbent the very row that we have tried to release?  If the attempt
 * changed it, it is one of our own versions, put back by a trigger; if not, a
 * trigger kept it unless it is another version, which somebody else made.
 */
static bool
is_same_row(Relation rel, ItemPointer evicted, bool changed,
			ItemPointer incumbent)
{
	ItemPointerData latest = *evicted;

	if (changed)
		(void) relmap_incumbent_latest_tid(rel, &latest);
	return ItemPointerEquals(&latest, incumbent);
}

/*
 * Park a row that is being updated, if it can be.  NULL if it can't: nobody
 * would give it its parent, or somebody would see it without, or it moves to
 * another partition, where it would not be found.
 */
static HeapTuple
try_parking(Newcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;
	TriggerData *trigdata = newcomer->trigdata;
	HeapTuple	parked;

	relmap_callstate_analyze(call, trigdata->tg_relation);

	if (newcomer->was_parked || call->no_parking != NULL ||
		!relmap_arbiter_stays_in_partition(call, trigdata->tg_relation,
										   newcomer->slot))
		return NULL;

	if (call->node == NULL)
		relmap_callstate_assume(call);
	parked = relmap_parking_park(call, trigdata, newcomer->values,
								 newcomer->keyhash);
	if (parked != NULL)
	{
		replacing = true;
		parked_query = call->query;
		parked_relid = RelationGetRelid(trigdata->tg_relation);
		parked_tid = trigdata->tg_trigtuple->t_self;
	}
	return parked;
}

/*
 * Somebody was replaced.  Where what follows may yet keep the newcomer from
 * being written, see to it that prove() asks for it afterwards.
 */
static void
remember_to_verify(Newcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;
	RelmapStatement *statement;

	if (call->clause != RELMAP_CLAUSE_SOME && !call->key->has_later_trigger)
		return;
	statement = relmap_callstate_attach(call);
	if (statement != NULL)
		call->unverified = relmap_keyinfo_copy(call->key, newcomer->values,
											   statement->context);
}

/*
 * All rows of a statement are written.
 */
static void
verify_all(RelmapStatement *statement, bool fire_triggers)
{
	ListCell   *lc;

	foreach(lc, statement->calls)
		verify((RelmapCallState *) lfirst(lc));
}

/*
 * The last row of this site has been written, or not: raise an error if it
 * has replaced somebody and nobody has the parent now.
 *
 * That happens if another session commits a row that conflicts with it by
 * another key, between our look and core's, so that the ON CONFLICT clause
 * drops it; or if a later BEFORE ROW trigger does.
 */
static void
verify(RelmapCallState *call)
{
	Datum	   *values = call->unverified;
	Relation	rel;
	RelmapIncumbent incumbent;

	if (values == NULL)
		return;
	call->unverified = NULL;

	rel = table_open(call->key->relid, NoLock);
	if (!relmap_incumbent_find_once(call->key, rel, values, &incumbent))
	{
		call->statement->explained = true;
		if (call->clause == RELMAP_CLAUSE_SOME)
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to concurrent insert"),
					 errdetail("A row of table \"%s\" was replaced by a row that was then not inserted.",
							   RelationGetRelationName(rel)),
					 errhint("The transaction might succeed if retried."),
					 errtable(rel)));
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("row of table \"%s\" was replaced by a row that was then changed or not written",
						RelationGetRelationName(rel)),
				 errdetail("A BEFORE ROW trigger that fires after relmap's has changed it or returned NULL."),
				 errhint("Rename that trigger, so that it fires before relmap's.  Run relmap.check() for the statement."),
				 errtable(rel)));
	}
	table_close(rel, NoLock);
	for (int i = 0; i < call->key->nkeys; i++)
	{
		if (!call->key->typbyvals[i])
			pfree(DatumGetPointer(values[i]));
	}
	pfree(values);
}

/*
 * Define the setting and set up, once per session.
 */
void
relmap_replace_init(void)
{
	DefineCustomBoolVariable("relmap.replacement",
							 "Enables the replacement of a parent's child by a newcomer.",
							 "When off, a one-to-one relationship is kept by its unique constraint alone.",
							 &relmap_replacement,
							 true,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);
	relmap_statement_at_finish(verify_all);
}
