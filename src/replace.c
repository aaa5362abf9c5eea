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
 * src/replace.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "compat.h"
#include "relmap.h"

PG_FUNCTION_INFO_V1(relmap_replace_nullify);
PG_FUNCTION_INFO_V1(relmap_replace_delete);
PG_FUNCTION_INFO_V1(relmap_replacing);

/* A row that takes a parent. */
typedef struct Newcomer
{
	RelmapSite *site;
	TriggerData *trigdata;
	FmgrInfo   *flinfo;
	bool		update;			/* else it is inserted */
	bool		is_wish;		/* a parked row whose turn has come */
	bool		may_delete;		/* the policy allows to delete incumbents */
	TupleTableSlot *slot;
	Datum		values[INDEX_MAX_KEYS];
	uint32		keyhash;
} Newcomer;

/* The row that the trigger has seen last is replaced, or parked. */
static bool replacing = false;

static HeapTuple keep_one(FunctionCallInfo fcinfo, const char *name,
						  bool may_delete);
static HeapTuple take_parent(Newcomer *newcomer, HeapTuple row);
static bool stands_aside(Newcomer *newcomer, HeapTuple *row);
static bool release(Newcomer *newcomer, RelmapIncumbent *incumbent);
static bool is_same_row(Relation rel, ItemPointer released, bool changed,
						ItemPointer incumbent);
static HeapTuple try_parking(Newcomer *newcomer);
static void remember_to_prove(Newcomer *newcomer);
static void wait_for_row(Relation rel, ItemPointer tid, TransactionId xid,
						 uint32 token);

/*
 * relmap.replace_nullify(column, ...): trigger BEFORE INSERT OR UPDATE FOR
 * EACH ROW on the child.  Arguments are the columns of the foreign key.  The
 * incumbent's foreign key becomes NULL.
 */
Datum
relmap_replace_nullify(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(keep_one(fcinfo, "replace_nullify", false));
}

/*
 * relmap.replace_delete(column, ...): the same, but that the incumbent is
 * deleted where no column of its foreign key can be NULL; where one can, its
 * foreign key becomes NULL and relmap.delete_orphan() sees to the rest.
 */
Datum
relmap_replace_delete(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(keep_one(fcinfo, "replace_delete", true));
}

/*
 * relmap.replacing() returns boolean: is the row that is being updated one
 * that is released, or parked?  For the WHEN clause of delete_orphan's
 * trigger where only replaced rows are to be deleted.
 */
Datum
relmap_replacing(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(replacing);
}

/*
 * Raise the errors of core's own trigger functions if this is not the call of
 * a row trigger of that time and event.
 */
void
relmap_check_trigger(FunctionCallInfo fcinfo, const char *name, int16 type)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	bool		before = (type & TRIGGER_TYPE_BEFORE) != 0;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						name)));

	if ((TRIGGER_FIRED_BEFORE(trigdata->tg_event) != 0) != before ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 before ?
				 errmsg("function \"%s\" must be fired BEFORE ROW", name) :
				 errmsg("function \"%s\" must be fired AFTER ROW", name)));

	if (!((type & TRIGGER_TYPE_INSERT) && TRIGGER_FIRED_BY_INSERT(trigdata->tg_event)) &&
		!((type & TRIGGER_TYPE_UPDATE) && TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event)) &&
		!((type & TRIGGER_TYPE_DELETE) && TRIGGER_FIRED_BY_DELETE(trigdata->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 (type & TRIGGER_TYPE_INSERT) ?
				 errmsg("function \"%s\" must be fired for INSERT or UPDATE", name) :
				 (type & TRIGGER_TYPE_UPDATE) ?
				 errmsg("function \"%s\" must be fired for UPDATE", name) :
				 errmsg("function \"%s\" must be fired for DELETE", name)));
}

/*
 * The body of the triggers: see that the row, if it takes a parent, will be
 * the only one that has it.  Returns the row to be written.
 */
static HeapTuple
keep_one(FunctionCallInfo fcinfo, const char *name, bool may_delete)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Newcomer	newcomer;
	RelmapSite *site;
	HeapTuple	row;
	RelmapAction action;

	relmap_check_trigger(fcinfo, name, TRIGGER_TYPE_BEFORE |
						 TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE);

	newcomer.update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	row = newcomer.update ? trigdata->tg_newtuple : trigdata->tg_trigtuple;
	newcomer.slot = newcomer.update ? trigdata->tg_newslot : trigdata->tg_trigslot;

	site = relmap_site(fcinfo);
	replacing = false;

	/* the previous row has been written by now */
	relmap_key_unlock(site->key, site->query);
	if (site->unproven != NULL)
		relmap_prove(site);

	if (site->key->inert || !OidIsValid(site->key->index))
		return row;

	newcomer.is_wish = false;
	if (relmap_acting(&action))
	{
		replacing = (action == RELMAP_RELEASE);
		newcomer.is_wish = (action == RELMAP_GIVE);
	}

	if (!relmap_key_values(site->key, newcomer.slot, newcomer.values))
		return row;

	if (newcomer.update)
	{
		Datum		before[INDEX_MAX_KEYS];

		if (relmap_key_values(site->key, trigdata->tg_trigslot, before) &&
			relmap_key_equal(site->key, before, newcomer.values))
			return row;
	}

	newcomer.site = site;
	newcomer.trigdata = trigdata;
	newcomer.flinfo = fcinfo->flinfo;
	newcomer.may_delete = may_delete;
	newcomer.keyhash = relmap_key_hash(site->key, newcomer.values);

	return take_parent(&newcomer, row);
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
	RelmapSite *site = newcomer->site;
	RelmapKey  *key = site->key;
	Relation	rel = newcomer->trigdata->tg_relation;
	ItemPointer self = newcomer->update ?
		&newcomer->trigdata->tg_trigtuple->t_self : NULL;
	RelmapIncumbent incumbent;
	ItemPointerData released;
	bool		changed = false;
	TransactionId wait_xid;
	uint32		wait_token;

	ItemPointerSetInvalid(&released);

	if (newcomer->update && relmap_open_statements() != NULL)
	{
		HeapTuple	parked;

		relmap_site_locate(site, newcomer->trigdata, newcomer->flinfo);
		if (relmap_parked_any(site) &&
			(parked = try_parking(newcomer)) != NULL)
			return parked;
	}

	for (;;)
	{
		relmap_key_lock(key, site->query, newcomer->keyhash);
		if (!relmap_incumbent(key, rel, newcomer->values, self, &incumbent,
							  &wait_xid, &wait_token))
			break;
		relmap_key_unlock(key, site->query);

		if (TransactionIdIsValid(wait_xid))
		{
			wait_for_row(rel, &incumbent.tid, wait_xid, wait_token);
			continue;
		}

		/* if it does not let go, the unique constraint has the last word */
		if (ItemPointerIsValid(&released) &&
			is_same_row(rel, &released, changed, &incumbent.tid))
			return row;

		if (stands_aside(newcomer, &row))
			return row;

		released = incumbent.tid;
		changed = release(newcomer, &incumbent);
	}

	if (changed)
		remember_to_prove(newcomer);
	relmap_parked_outdone(key, newcomer->values, newcomer->keyhash,
						  newcomer->is_wish);
	return row;
}

/*
 * There is an incumbent.  True if it is not to be replaced now: replacement
 * is off, or impossible, or the ON CONFLICT clause decides, or the row, which
 * is changed for it, is parked.
 */
static bool
stands_aside(Newcomer *newcomer, HeapTuple *row)
{
	RelmapSite *site = newcomer->site;
	TriggerData *trigdata = newcomer->trigdata;

	if (!relmap_replacement)
		return true;
	if (site->key->nnullable == 0 && !newcomer->may_delete)
		return true;

	relmap_site_locate(site, trigdata, newcomer->flinfo);

	if (newcomer->update)
	{
		HeapTuple	parked = site->one_row ? NULL : try_parking(newcomer);

		if (parked != NULL)
			*row = parked;
		return parked != NULL;
	}

	if (site->clause == RELMAP_CLAUSE_SOME && site->node != NULL)
		return relmap_arbiters_conflict(site, trigdata->tg_relation,
										newcomer->slot);
	if (site->clause == RELMAP_CLAUSE_UNKNOWN && site->blind)
		relmap_site_guess(site);
	return false;
}

/*
 * Make the incumbent let go.  False if it was changed by somebody else
 * meanwhile, or a trigger of the user's kept it.
 */
static bool
release(Newcomer *newcomer, RelmapIncumbent *incumbent)
{
	RelmapSite *site = newcomer->site;
	RelmapStatement *statement = relmap_site_statement(site);

	if (statement != NULL)
	{
		statement->replaced = true;
		statement->no_parking = newcomer->update ? site->no_parking : NULL;
	}

	return relmap_act(site->key, newcomer->trigdata->tg_relation,
					  site->key->nnullable > 0 ? RELMAP_RELEASE : RELMAP_REMOVE,
					  &incumbent->tid, newcomer->values, false);
}

/*
 * Is the incumbent the very row that we have tried to release?  If the attempt
 * changed it, it is one of our own versions, put back by a trigger; if not, a
 * trigger kept it unless it is another version, which somebody else made.
 */
static bool
is_same_row(Relation rel, ItemPointer released, bool changed,
			ItemPointer incumbent)
{
	ItemPointerData latest = *released;

	if (changed)
		(void) relmap_latest_tid(rel, &latest);
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
	RelmapSite *site = newcomer->site;
	TriggerData *trigdata = newcomer->trigdata;
	HeapTuple	parked;

	relmap_site_locate(site, trigdata, newcomer->flinfo);

	if (newcomer->is_wish || site->no_parking != NULL)
		return NULL;
	if (trigdata->tg_relation->rd_rel->relispartition &&
		(site->relinfo == NULL ||
		 !ExecPartitionCheck(site->relinfo, newcomer->slot, site->estate, false)))
		return NULL;

	if (site->node == NULL)
		relmap_site_guess(site);
	parked = relmap_park(site, trigdata, newcomer->values, newcomer->keyhash);
	replacing = (parked != NULL);
	return parked;
}

/*
 * Somebody was replaced.  Where what follows may yet keep the newcomer from
 * being written, see to it that relmap_prove() asks for it afterwards.
 */
static void
remember_to_prove(Newcomer *newcomer)
{
	RelmapSite *site = newcomer->site;
	RelmapStatement *statement;

	if (site->clause != RELMAP_CLAUSE_SOME && !site->key->has_later_trigger)
		return;
	statement = relmap_site_statement(site);
	if (statement == NULL)
		return;

	site->unproven = relmap_key_copy(site->key, newcomer->values,
									 statement->context);
	if (!list_member_ptr(statement->sites, site))
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(statement->context);

		statement->sites = lappend(statement->sites, site);
		MemoryContextSwitchTo(oldcontext);
	}
}

/*
 * The last row of this site has been written, or not: raise an error if it
 * has replaced somebody and nobody has the parent now.
 *
 * That happens if another session commits a row that conflicts with it by
 * another key, between our look and core's, so that the ON CONFLICT clause
 * drops it; or if a later BEFORE ROW trigger does.
 */
void
relmap_prove(RelmapSite *site)
{
	Datum	   *values = site->unproven;
	Relation	rel;
	RelmapIncumbent incumbent;
	TransactionId wait_xid;
	uint32		wait_token;

	if (values == NULL)
		return;
	site->unproven = NULL;

	rel = table_open(site->key->relid, NoLock);
	if (!relmap_incumbent(site->key, rel, values, NULL, &incumbent,
						  &wait_xid, &wait_token))
	{
		if (site->clause == RELMAP_CLAUSE_SOME)
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to concurrent insert"),
					 errdetail("A row of table \"%s\" was replaced by a row that was then not inserted.",
							   RelationGetRelationName(rel)),
					 errhint("The transaction might succeed if retried."),
					 errtable(rel)));
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("a row of table \"%s\" was replaced by a row that was then not written so",
						RelationGetRelationName(rel)),
				 errdetail("A BEFORE ROW trigger that fires after relmap's has changed or dropped it."),
				 errhint("relmap.check() tells which; rename it, so that it fires before."),
				 errtable(rel)));
	}
	table_close(rel, NoLock);
	pfree(values);
}

/*
 * Wait until a row in progress is decided: its transaction has ended or, if it
 * is inserted speculatively, the insertion.
 */
static void
wait_for_row(Relation rel, ItemPointer tid, TransactionId xid, uint32 token)
{
	if (token != 0)
		SpeculativeInsertionWait(xid, token);
	else
		XactLockTableWait(xid, rel, tid, XLTW_InsertIndexUnique);
}
