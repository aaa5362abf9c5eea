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
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "attributes/query.h"
#include "base/catalog.h"
#include "base/util.h"
#include "declare/restored.h"

#define RELMAP_DUMP_TABLE "relationship_dump"

/* More names than these are counted only. */
#define NAMES_SHOWN 10

/* The columns that are tables. */
static const char *const table_columns[] = {"source", "target", "secondary"};

/* What the current statement has skipped. */
typedef struct Skipped
{
	int			missing;		/* rows of tables that do not exist ... */
	StringInfoData names;		/* ... and some of their names */
	int			present;		/* rows of what is declared already */
} Skipped;

static Skipped skipped;
static SPIPlanPtr insert_plan = NULL;

static void begin(void);
static void report(void);
static void restore_row(HeapTuple tuple, TupleDesc desc);
static Oid	table_of(const char *text);
static void skip_missing(const char *source, const char *name);
static uint64 insert_row(Datum *values, bool *nulls, TupleDesc desc);
static SPIPlanPtr prepare_insert(TupleDesc desc);
static bool is_table_column(const char *name);
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

	if (TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		restore_row(trigdata->tg_trigtuple,
					RelationGetDescr(trigdata->tg_relation));
	else if (TRIGGER_FIRED_BEFORE(trigdata->tg_event))
		begin();
	else
		report();
	return PointerGetDatum(NULL);
}

/*
 * A statement begins.  The one before may have failed.
 */
static void
begin(void)
{
	MemoryContext caller;

	if (insert_plan != NULL)
		SPI_freeplan(insert_plan);
	insert_plan = NULL;

	skipped.missing = skipped.present = 0;
	if (skipped.names.data != NULL)
		pfree(skipped.names.data);
	caller = MemoryContextSwitchTo(TopMemoryContext);
	initStringInfo(&skipped.names);
	MemoryContextSwitchTo(caller);
}

/*
 * A statement ends: report what it has skipped.
 */
static void
report(void)
{
	int			more = skipped.missing - NAMES_SHOWN;

	if (more > 0)
		appendStringInfo(&skipped.names, ngettext(" and %d other", " and %d others", more), more);
	if (skipped.missing > 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg_plural("skipped %d relationship of a table that does not exist",
							   "skipped %d relationships of tables that do not exist",
							   skipped.missing, skipped.missing),
				 errdetail_internal("%s", skipped.names.data)));
	if (skipped.present > 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg_plural("%d relationship is declared already, and stays as it is",
							   "%d relationships are declared already, and stay as they are",
							   skipped.present, skipped.present)));
}

/*
 * Insert a row into the table of declarations, or skip it.
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

	if (insert_row(values, nulls, desc) == 0 &&
		!nulls[source] && !nulls[name] &&
		relmap_catalog_get(DatumGetObjectId(values[source]), name_text) != NULL)
		skipped.present++;
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
	if (skipped.missing++ < NAMES_SHOWN)
		appendStringInfo(&skipped.names, "%s\"%s.%s\"",
						 skipped.missing > 1 ? ", " : "", source, name);
}


/* ---- inserting -------------------------------------------------------- */

/*
 * Insert a row whose tables are OIDs now.  Returns how many were inserted: none
 * if it is not accepted, which gives a warning of its own, or if its name is
 * taken.
 */
static uint64
insert_row(Datum *values, bool *nulls, TupleDesc desc)
{
	char	   *are_null = palloc(desc->natts);
	uint64		processed;
	int			res;

	for (int i = 0; i < desc->natts; i++)
		are_null[i] = nulls[i] ? 'n' : ' ';

	SPI_connect();
	if (insert_plan == NULL)
		insert_plan = prepare_insert(desc);
	res = SPI_execute_plan(insert_plan, values, are_null, false, 0);
	if (res != SPI_OK_INSERT)
		elog(ERROR, "SPI_execute_plan returned %s", SPI_result_code_string(res));
	processed = SPI_processed;
	SPI_finish();
	return processed;
}

static SPIPlanPtr
prepare_insert(TupleDesc desc)
{
	StringInfoData columns;
	StringInfoData values;
	Oid		   *types = palloc(desc->natts * sizeof(Oid));

	initStringInfo(&columns);
	initStringInfo(&values);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		types[i] = is_table_column(NameStr(att->attname)) ? REGCLASSOID :
			att->atttypid;
		appendStringInfo(&columns, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(NameStr(att->attname)));
		appendStringInfo(&values, "%s$%d", i > 0 ? ", " : "", i + 1);
	}
	return relmap_query_prepare(psprintf("INSERT INTO " RELMAP_SCHEMA ".relationship (%s)"
										 " VALUES (%s) ON CONFLICT DO NOTHING",
										 columns.data, values.data),
								desc->natts, types, 0);
}

static bool
is_table_column(const char *name)
{
	for (int i = 0; i < lengthof(table_columns); i++)
	{
		if (strcmp(name, table_columns[i]) == 0)
			return true;
	}
	return false;
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
