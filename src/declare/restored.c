/*-------------------------------------------------------------------------
 *
 * restored.c
 *	  Declarations that a dump has: rows of relmap_internal.relationship_dump.
 *
 * They name their tables by text.  Those of tables that do not exist, because
 * the dump has only a part of a database, are skipped, and so are those that
 * are declared already.  The others are inserted into the table of
 * declarations, by the current user, and accepted or skipped there.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/restored.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"
#include "utils/varlena.h"

#include "base/catalog.h"
#include "base/util.h"
#include "declare/restored.h"

#define RELMAP_DUMP_TABLE "relationship_dump"

/* More names than these are counted only. */
#define NAMES_SHOWN 10

/* The columns that are tables. */
static const char *const table_columns[] = {"source", "target", "secondary"};

/* What the current statement loads and skips. */
typedef struct Restoring
{
	TupleDesc	desc;			/* of the rows, with tables as regclass */
	Tuplestorestate *rows;		/* to be inserted */
	int			missing;		/* rows of tables that do not exist ... */
	StringInfoData names;		/* ... and some of their names */
	int			present;		/* rows of what is declared already */
	MemoryContextCallback at_end;	/* forgets all this with its memory */
} Restoring;

static Restoring *restoring = NULL;

static void begin(TupleDesc desc);
static void forget(void *arg);
static void restore_row(HeapTuple tuple, TupleDesc desc);
static Oid	table_of(const char *text);
static void skip_missing(const char *source, const char *name);
static void end(void);
static void insert_rows(void);
static char *quoted_columns(TupleDesc desc);
static void report(void);
static Oid	dump_relid(void);
static bool has_rows(Oid relid);

PG_FUNCTION_INFO_V1(relmap_restore_relationship);

/*
 * Trigger of the table that dumps load declarations into, before and after each
 * statement, and before each row, which is never stored there.
 */
PGDLLEXPORT Datum
relmap_restore_relationship(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"restore_relationship")));
	if (!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		RelationGetRelid(trigdata->tg_relation) != dump_relid())
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired by INSERT into table \"%s.%s\"",
						"restore_relationship", RELMAP_SCHEMA,
						RELMAP_DUMP_TABLE)));

	if (TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event) &&
		TRIGGER_FIRED_BEFORE(trigdata->tg_event))
		begin(RelationGetDescr(trigdata->tg_relation));
	else if (restoring == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called before the statement",
						"restore_relationship")));
	else if (TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		restore_row(trigdata->tg_trigtuple,
					RelationGetDescr(trigdata->tg_relation));
	else
		end();
	return PointerGetDatum(NULL);
}

/*
 * A statement begins.  What one that failed has left is gone with its
 * transaction.
 */
static void
begin(TupleDesc desc)
{
	MemoryContext caller = MemoryContextSwitchTo(CurTransactionContext);

	restoring = palloc0(sizeof(Restoring));
	restoring->at_end.func = forget;
	restoring->at_end.arg = restoring;
	MemoryContextRegisterResetCallback(CurTransactionContext,
									   &restoring->at_end);
	restoring->desc = CreateTupleDescCopy(desc);
	for (int i = 0; i < lengthof(table_columns); i++)
		TupleDescInitEntry(restoring->desc,
						   SPI_fnumber(desc, table_columns[i]),
						   table_columns[i], REGCLASSOID, -1, 0);
	restoring->rows = tuplestore_begin_heap(false, false, work_mem);
	initStringInfo(&restoring->names);
	MemoryContextSwitchTo(caller);
}

static void
forget(void *arg)
{
	if (restoring == arg)
		restoring = NULL;
}

/*
 * Keep a row for the table of declarations, or skip it.
 */
static void
restore_row(HeapTuple tuple, TupleDesc desc)
{
	Datum	   *values = palloc(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));
	int			source = SPI_fnumber(desc, "source") - 1;
	int			name = SPI_fnumber(desc, "name") - 1;
	char	   *source_text;
	char	   *name_text;

	heap_deform_tuple(tuple, desc, values, nulls);
	source_text = nulls[source] ? "?" : TextDatumGetCString(values[source]);
	name_text = nulls[name] ? "?" : NameStr(*DatumGetName(values[name]));
	for (int i = 0; i < lengthof(table_columns); i++)
	{
		int			column = SPI_fnumber(desc, table_columns[i]) - 1;
		Oid			relid;

		if (nulls[column])
			continue;
		relid = table_of(TextDatumGetCString(values[column]));
		if (!OidIsValid(relid))
		{
			skip_missing(source_text, name_text);
			return;
		}
		values[column] = ObjectIdGetDatum(relid);
	}

	if (!nulls[source] && !nulls[name] &&
		relmap_catalog_get(DatumGetObjectId(values[source]), name_text) != NULL)
		restoring->present++;
	else
		tuplestore_putvalues(restoring->rows, restoring->desc, values, nulls);
}

/*
 * The table of that name, as a dump writes it; InvalidOid if there is none.
 * No privilege is needed, and nothing is an error: whether the row is accepted
 * is decided later.
 */
static Oid
table_of(const char *text)
{
	List	   *names;
	Oid			nspid;

	if (!SplitIdentifierString(pstrdup(text), '.', &names))
		return InvalidOid;
	if (list_length(names) == 1)
		return RelnameGetRelid(linitial(names));
	if (list_length(names) != 2)
		return InvalidOid;
	nspid = get_namespace_oid(linitial(names), true);
	return OidIsValid(nspid) ? get_relname_relid(lsecond(names), nspid) :
		InvalidOid;
}

static void
skip_missing(const char *source, const char *name)
{
	if (restoring->missing++ < NAMES_SHOWN)
		appendStringInfo(&restoring->names, "%s\"%s.%s\"",
						 restoring->missing > 1 ? ", " : "", source, name);
}


/* ---- at the end ------------------------------------------------------- */

/*
 * A statement ends.
 */
static void
end(void)
{
	if (tuplestore_tuple_count(restoring->rows) > 0)
		insert_rows();
	tuplestore_end(restoring->rows);
	report();
	restoring = NULL;
}

/*
 * Insert all rows in one statement: one for each would take longer than what it
 * does.  A row that is not accepted gives a warning of its own.
 */
static void
insert_rows(void)
{
	EphemeralNamedRelation rows = palloc0(sizeof(EphemeralNamedRelationData));
	char	   *columns = quoted_columns(restoring->desc);
	int			res;

	rows->md.name = "relationship_dump";
	rows->md.reliddesc = InvalidOid;
	rows->md.tupdesc = restoring->desc;
	rows->md.enrtype = ENR_NAMED_TUPLESTORE;
	rows->md.enrtuples = tuplestore_tuple_count(restoring->rows);
	rows->reldata = restoring->rows;

	SPI_connect();
	res = SPI_register_relation(rows);
	if (res != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation returned %s",
			 SPI_result_code_string(res));
	res = SPI_execute(psprintf("INSERT INTO " RELMAP_SCHEMA ".relationship (%s)"
							   " SELECT %s FROM relationship_dump ON CONFLICT DO NOTHING",
							   columns, columns),
					  false, 0);
	if (res != SPI_OK_INSERT)
		elog(ERROR, "SPI_execute returned %s", SPI_result_code_string(res));
	SPI_finish();
}

static char *
quoted_columns(TupleDesc desc)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < desc->natts; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(NameStr(TupleDescAttr(desc, i)->attname)));
	return buf.data;
}

/*
 * Report what was skipped.
 */
static void
report(void)
{
	int			more = restoring->missing - NAMES_SHOWN;

	if (more > 0)
		appendStringInfo(&restoring->names, ngettext(" and %d other", " and %d others", more), more);
	if (restoring->missing > 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg_plural("skipped %d relationship of a table that does not exist",
							   "skipped %d relationships of tables that do not exist",
							   restoring->missing, restoring->missing),
				 errdetail_internal("%s", restoring->names.data)));
	if (restoring->present > 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg_plural("%d relationship is declared already, and stays as it is",
							   "%d relationships are declared already, and stay as they are",
							   restoring->present, restoring->present)));
}


/* ---- rows that came without triggers ---------------------------------- */

/*
 * pg_restore --disable-triggers has left its rows in the table that dumps load
 * declarations into: insert them there once more.
 */
void
relmap_restored_catch_up(List *tables)
{
	Oid			relid = dump_relid();
	int			res;

	if (!list_member_oid(tables, relid) || !has_rows(relid))
		return;

	SPI_connect();
	res = SPI_execute("WITH loaded AS (DELETE FROM " RELMAP_SCHEMA "." RELMAP_DUMP_TABLE " RETURNING *)"
					  " INSERT INTO " RELMAP_SCHEMA "." RELMAP_DUMP_TABLE " SELECT * FROM loaded",
					  false, 0);
	if (res != SPI_OK_INSERT)
		elog(ERROR, "SPI_execute returned %s", SPI_result_code_string(res));
	SPI_finish();
}

static Oid
dump_relid(void)
{
	Oid			nspid = get_namespace_oid(RELMAP_SCHEMA, true);

	return OidIsValid(nspid) ?
		get_relname_relid(RELMAP_DUMP_TABLE, nspid) : InvalidOid;
}

static bool
has_rows(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(rel, 0, NULL);
	bool		found = heap_getnext(scan, ForwardScanDirection) != NULL;

	table_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}
