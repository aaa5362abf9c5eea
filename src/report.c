/*-------------------------------------------------------------------------
 *
 * report.c
 *	  What declaring says and does to the user's tables: the NOTICE that
 *	  tells what one call did, fields of errors, and quoted DDL.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/report.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "relmap.h"

static void append_list(StringInfo buf, const char *verb, List *items);
static char *join_sentences(List *sentences);


/*
 * Tell in one NOTICE what a call did: the headline, what was added and
 * dropped, and, as detail and hint, what was used as it was.
 */
void
relmap_report(const char *headline, const RelmapReport *report)
{
	StringInfoData buf;
	char	   *detail = join_sentences(report->details);
	char	   *hint = join_sentences(report->hints);

	initStringInfo(&buf);
	appendStringInfoString(&buf, headline);
	if (report->added || report->dropped)
		appendStringInfoChar(&buf, ':');
	append_list(&buf, " added ", report->added);
	append_list(&buf, report->added ? "; dropped " : " dropped ",
				report->dropped);

	ereport(NOTICE,
			(errmsg_internal("%s", buf.data),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
}

/*
 * "added a, b and c"; nothing for an empty list.
 */
static void
append_list(StringInfo buf, const char *verb, List *items)
{
	int			n = list_length(items);
	int			i;

	for (i = 0; i < n; i++)
	{
		appendStringInfoString(buf, i == 0 ? verb : i < n - 1 ? ", " : " and ");
		appendStringInfoString(buf, list_nth(items, i));
	}
}

static char *
join_sentences(List *sentences)
{
	StringInfoData buf;
	ListCell   *lc;

	if (sentences == NIL)
		return NULL;
	initStringInfo(&buf);
	foreach(lc, sentences)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? "\n" : "",
						 (char *) lfirst(lc));
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
