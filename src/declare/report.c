/*-------------------------------------------------------------------------
 *
 * report.c
 *	  What declaring says and does to the user's tables: the NOTICE that
 *	  reports what one call did, fields of errors, and quoted DDL.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/report.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "relmap.h"

static List *in_both(List *a, List *b, bool wanted);
static void append_list(StringInfo buf, const char *verb, List *items);
static void append_sentence(StringInfo buf, const char *sentence);


/*
 * Report in one NOTICE what a call did: the message; as detail, which objects
 * were added, dropped, and replaced (both under one name), and what else is
 * to be known.
 */
void
relmap_report(const char *message, const RelmapReport *report)
{
	StringInfoData detail;
	StringInfoData hint;
	ListCell   *lc;

	initStringInfo(&detail);
	append_list(&detail, "Added",
				in_both(report->added, report->dropped, false));
	append_list(&detail, "Replaced",
				in_both(report->added, report->dropped, true));
	append_list(&detail, "Dropped",
				in_both(report->dropped, report->added, false));
	foreach(lc, report->details)
		append_sentence(&detail, lfirst(lc));

	initStringInfo(&hint);
	foreach(lc, report->hints)
		append_sentence(&hint, lfirst(lc));

	ereport(NOTICE,
			(errmsg_internal("%s", message),
			 detail.len > 0 ? errdetail_internal("%s", detail.data) : 0,
			 hint.len > 0 ? errhint("%s", hint.data) : 0));
}

/*
 * The items of a that are in b too, or those that are not.
 */
static List *
in_both(List *a, List *b, bool wanted)
{
	List	   *result = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, a)
	{
		bool		found = false;

		foreach(lc2, b)
		{
			if (strcmp(lfirst(lc), lfirst(lc2)) == 0)
				found = true;
		}
		if (found == wanted)
			result = lappend(result, lfirst(lc));
	}
	return result;
}

/*
 * "Added a, b and c."; nothing for an empty list.
 */
static void
append_list(StringInfo buf, const char *verb, List *items)
{
	if (items != NIL)
		append_sentence(buf, psprintf("%s %s.", verb, relmap_enumerate(items)));
}

/*
 * One more line.
 */
static void
append_sentence(StringInfo buf, const char *sentence)
{
	if (buf->len > 0)
		appendStringInfoChar(buf, '\n');
	appendStringInfoString(buf, sentence);
}

/*
 * "a, b and c".
 */
char *
relmap_enumerate(List *items)
{
	StringInfoData buf;
	int			n = list_length(items);
	int			i;

	initStringInfo(&buf);
	for (i = 0; i < n; i++)
	{
		appendStringInfoString(&buf, i == 0 ? "" : i < n - 1 ? ", " : " and ");
		appendStringInfoString(&buf, list_nth(items, i));
	}
	return buf.data;
}

/*
 * For ereport(): the fields that tell a client the schema, the table, and,
 * where given, the column or constraint.
 */
int
relmap_errtable(Oid relid, const char *column, const char *constraint)
{
	err_generic_string(PG_DIAG_SCHEMA_NAME,
					   get_namespace_name(get_rel_namespace(relid)));
	err_generic_string(PG_DIAG_TABLE_NAME, get_rel_name(relid));
	if (column)
		err_generic_string(PG_DIAG_COLUMN_NAME, column);
	if (constraint)
		err_generic_string(PG_DIAG_CONSTRAINT_NAME, constraint);
	return 0;
}

/*
 * A table's name, schema-qualified and quoted, for a statement.
 */
char *
relmap_quoted_table(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/*
 * Column names, quoted and separated by commas, for a statement.
 */
char *
relmap_quoted_columns(List *names)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, names)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
						 quote_identifier(lfirst(lc)));
	return buf.data;
}

/*
 * Run one DDL statement as the current user, whose rights core checks.
 */
void
relmap_run_ddl(const char *statement)
{
	int			rc;

	SPI_connect();
	rc = SPI_execute(statement, false, 0);
	if (rc != SPI_OK_UTILITY)
		elog(ERROR, "SPI_execute returned %s for: %s",
			 SPI_result_code_string(rc), statement);
	SPI_finish();
}
