/*-------------------------------------------------------------------------
 *
 * required.c
 *	  required: a row must have a child, or a row of the association table,
 *	  when its transaction commits.
 *
 * Deferred constraint triggers, one on the source and one on the child, or on
 * the association table.  Two sessions must not remove the last two children
 * of a row, neither of them seeing what the other does.  So a check is
 * satisfied by a child that this transaction has written itself, as nobody
 * else can reach it; or by one that it can lock against changes without
 * waiting, which others may lock in the same way.  If all that are left are
 * being changed by others, it takes a lock on the parent, as they do, and
 * looks again.  Each look has a latest snapshot of its own, whatever the
 * isolation level is.
 *
 * So sessions that remove children of the same parents do not wait for one
 * another, in whatever order they come to these, as long as others are left.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/required.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/scansup.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/owner.h"
#include "base/running.h"
#include "base/slot.h"
#include "base/util.h"
#include "enforce/checkedparents.h"
#include "enforce/deferredcheck.h"
#include "enforce/evaluate.h"
#include "enforce/keyinfo.h"
#include "enforce/requiredkey.h"
#include "enforce/triggerquery.h"

static bool counts(RelmapKeyInfo *key, TupleTableSlot *row, Datum *values);
static void check_row(RelmapKeyInfo *key, ItemPointer tid);
static void check(RelmapKeyInfo *key, Datum *values);
static bool look(RelmapKeyInfo *key, Datum *values, RelmapRequiredQuery query,
				 bool *own);
static SPIPlanPtr get_plan(RelmapKeyInfo *key, RelmapRequiredQuery query);
static bool is_suspended(const RelmapRequired *required);
pg_noreturn static void report_missing(RelmapKeyInfo *key, Datum *values);
static char *key_shown(RelmapKeyInfo *key, Datum *values);
static bool is_copy(void);

PG_FUNCTION_INFO_V1(relmap_required_source);

/*
 * required_source(key, attribute): constraint trigger AFTER INSERT OR UPDATE
 * FOR EACH ROW on the source, FROM the table that has the foreign key: a row
 * that is new, or has another key, must have a child.
 */
Datum
relmap_required_source(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapKeyInfo *key;
	Datum		values[INDEX_MAX_KEYS];
	Datum		before[INDEX_MAX_KEYS];
	bool		update;
	ItemPointerData tid;

	key = relmap_keyinfo_of_after_trigger(fcinfo, "required_source",
										  TRIGGER_TYPE_INSERT |
										  TRIGGER_TYPE_UPDATE);
	update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	if (key == NULL ||
		!relmap_keyinfo_values(key, update ? trigdata->tg_newslot :
							   trigdata->tg_trigslot, values) ||
		(update &&
		 relmap_keyinfo_values(key, trigdata->tg_trigslot, before) &&
		 relmap_keyinfo_identical(key, before, values)))
		return PointerGetDatum(NULL);

	tid = update ? trigdata->tg_newslot->tts_tid :
		trigdata->tg_trigslot->tts_tid;
	if (!relmap_deferredcheck_defer(check_row, key, &tid))
		check(key, values);
	return PointerGetDatum(NULL);
}

PG_FUNCTION_INFO_V1(relmap_required_child);

/*
 * required_child(key, other key, condition, attribute): constraint trigger
 * AFTER UPDATE OR DELETE FOR EACH ROW on the table that has the foreign key:
 * the parent that a row has left must have another child.
 */
Datum
relmap_required_child(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapKeyInfo *key;
	Datum		values[INDEX_MAX_KEYS];
	Datum		after[INDEX_MAX_KEYS];
	ItemPointerData tid;

	key = relmap_keyinfo_of_after_trigger(fcinfo, "required_child",
										  TRIGGER_TYPE_UPDATE |
										  TRIGGER_TYPE_DELETE);
	if (key == NULL || !counts(key, trigdata->tg_trigslot, values) ||
		(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) &&
		 counts(key, trigdata->tg_newslot, after) &&
		 relmap_keyinfo_identical(key, values, after)) ||
		relmap_checkedparents_has(key, trigdata, values))
		return PointerGetDatum(NULL);

	tid = trigdata->tg_trigslot->tts_tid;
	if (!relmap_deferredcheck_defer(check_row, key, &tid))
		check(key, values);
	return PointerGetDatum(NULL);
}

/*
 * Does a row of the child count as one?  Of an association table, it must lead
 * to a row.
 */
static bool
counts(RelmapKeyInfo *key, TupleTableSlot *row, Datum *values)
{
	const RelmapRequired *required = key->required;

	for (int i = 0; required->far && i < required->far->nkeys; i++)
	{
		if (slot_attisnull(row, required->far_attnums[i]))
			return false;
	}
	return relmap_evaluate_holds(key, row, values);
}


/* ---- the check -------------------------------------------------------- */

/*
 * Check the parent that the version of a row at this tid has, or is.
 */
static void
check_row(RelmapKeyInfo *key, ItemPointer tid)
{
	Relation	rel = table_open(key->relid, AccessShareLock);
	TupleTableSlot *row = table_slot_create(rel, NULL);
	Datum		values[INDEX_MAX_KEYS];

	if (table_tuple_fetch_row_version(rel, tid, SnapshotAny, row) &&
		relmap_keyinfo_values(key, row, values))
		check(key, values);
	ExecDropSingleTupleTableSlot(row);
	table_close(rel, NoLock);
}

/*
 * Raise an error if the source's row with this key is still there and has no
 * child.
 */
static void
check(RelmapKeyInfo *key, Datum *values)
{
	CommandId	before;
	bool		own = false;

	/* let the queries see what this transaction has done */
	CommandCounterIncrement();
	before = relmap_running_first_command();

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (!(look(key, values, RELMAP_REQUIRED_FIND, &own) &&
		  (own || look(key, values, RELMAP_REQUIRED_HOLD, NULL))) &&
		look(key, values, RELMAP_REQUIRED_LOCK, NULL) &&
		!look(key, values, RELMAP_REQUIRED_FIND, NULL) &&
		!is_suspended(key->required))
		report_missing(key, values);
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");

	if (!key->required->on_source)
		relmap_checkedparents_add(key, values, before);
}

/*
 * Run one of the queries, as the owner of the table that it reads: is there a
 * row?  *own: this transaction has written it.
 */
static bool
look(RelmapKeyInfo *key, Datum *values, RelmapRequiredQuery query, bool *own)
{
	const RelmapForeignKey *fk = key->required->fk;
	RelmapSwitch save;
	Snapshot	snapshot = InvalidSnapshot;
	bool		found;
	int			result;

	relmap_owner_become(query == RELMAP_REQUIRED_LOCK ? fk->parent : fk->child,
						&save);
	if (IsolationUsesXactSnapshot())
		snapshot = GetLatestSnapshot();
	result = SPI_execute_snapshot(get_plan(key, query), values, NULL, snapshot,
								  InvalidSnapshot, false, false, 1);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_snapshot returned %s",
			 SPI_result_code_string(result));
	found = SPI_processed > 0;
	if (found && own)
	{
		bool		isnull;
		Datum		xmin = SPI_getbinval(SPI_tuptable->vals[0],
										 SPI_tuptable->tupdesc, 1, &isnull);

		*own = TransactionIdIsCurrentTransactionId(DatumGetTransactionId(xmin));
	}
	SPI_freetuptable(SPI_tuptable);
	relmap_owner_restore(&save);
	return found;
}

/*
 * The plan of a query, prepared if there is none or it is out of date.  The
 * current user is the owner of its table.
 */
static SPIPlanPtr
get_plan(RelmapKeyInfo *key, RelmapRequiredQuery query)
{
	SPIPlanPtr *plan = &key->required->plans[query];

	if (!relmap_triggerquery_is_kept(plan))
	{
		*plan = relmap_triggerquery_prepare(relmap_requiredkey_query(key->required,
																	 query),
											key->nkeys, key->types);
		SPI_keepplan(*plan);
	}
	return *plan;
}

/*
 * Has the relationship lost its foreign key, whose name another one has now, or
 * the uniqueness that it stands on?  It is in the declaration that it needs one.
 */
static bool
is_suspended(const RelmapRequired *required)
{
	RelmapRelationship *r;
	RelmapSlot	slot;
	ListCell   *lc;

	if (!relmap_catalog_exists())
		return false;
	foreach(lc, relmap_catalog_on_table(required->fk->child))
	{
		r = lfirst(lc);
		if (r->key_lost && strcmp(r->name, required->attribute) == 0 &&
			strcmp(r->foreign_key, NameStr(required->fk->name)) == 0)
			return true;
	}
	r = relmap_catalog_get(required->fk->parent, required->attribute);
	return r != NULL && r->enforce && relmap_relationship_is_slot(r) &&
		relmap_relationship_child(r) == required->fk->child &&
		strcmp(r->foreign_key, NameStr(required->fk->name)) == 0 &&
		relmap_slot_of(r, required->fk, &slot) &&
		!OidIsValid(relmap_slot_index(&slot));
}


/* ---- the error -------------------------------------------------------- */

/*
 * Raise the error.
 */
static void
report_missing(RelmapKeyInfo *key, Datum *values)
{
	const RelmapRequired *required = key->required;
	const RelmapForeignKey *fk = required->fk;
	char	   *shown = key_shown(key, values);
	const char *child = relmap_table_display_name(fk->child);
	char	   *source = relmap_table_display_name(fk->parent);

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("row of table \"%s\" has no \"%s\"",
					source, required->attribute),
			 shown == NULL ? 0 : required->condition
			 ? errdetail("Key %s is referenced by no row of table \"%s\" that meets the condition of the relationship.",
						 shown, child)
			 : errdetail("Key %s is referenced by no row of table \"%s\".",
						 shown, child),
			 is_copy()
			 ? errhint("A COPY by itself is a transaction.  Use pg_restore with --single-transaction or --disable-triggers, or copy both tables in one transaction.")
			 : 0,
			 relmap_errtable(fk->parent, NULL, required->trigger_name)));
}

/*
 * "(id)=(1)", if the current user may see that; else NULL.
 */
static char *
key_shown(RelmapKeyInfo *key, Datum *values)
{
	const RelmapForeignKey *fk = key->required->fk;
	StringInfoData buf;

	if (!relmap_may_read(fk->parent, fk->nkeys, fk->parent_attnums))
		return NULL;
	initStringInfo(&buf);
	appendStringInfo(&buf, "(%s)=(",
					 relmap_quoted_attnums(fk->parent, fk->nkeys,
										   fk->parent_attnums));
	for (int i = 0; i < key->nkeys; i++)
	{
		Oid			output;
		bool		varlena;

		getTypeOutputInfo(key->types[i], &output, &varlena);
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 OidOutputFunctionCall(output, values[i]));
	}
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/*
 * Is the client's command a COPY?
 */
static bool
is_copy(void)
{
	const char *command = debug_query_string;

	while (command && scanner_isspace(*command))
		command++;
	return command && pg_strncasecmp(command, "copy", 4) == 0;
}
