/*-------------------------------------------------------------------------
 *
 * orderby.c
 *	  order_by of a collection: a list of columns.
 *
 * The stored form is written from the server's parse tree of the text, so that
 * it is safe to use as a part of queries.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/orderby.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/nearnames.h"
#include "base/orderby.h"

static List *parse(const char *order_by);
static void error_callback(void *arg);
static char *column_of(SortBy *item, Oid target);
static char *item_text(SortBy *item, const char *column);
pg_noreturn static void report_no_list(const char *order_by);


/*
 * An ORDER BY list of the target's columns, as it is stored: names quoted
 * where necessary, defaults left out.
 */
char *
relmap_orderby_normalize(const char *order_by, Oid target)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, parse(order_by))
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
						 item_text(lfirst(lc), column_of(lfirst(lc), target)));
	return buf.data;
}

/*
 * Does a normalised order_by have this column?
 */
bool
relmap_orderby_has(const char *order_by, const char *column)
{
	ListCell   *lc;

	foreach(lc, parse(order_by))
	{
		if (strcmp(column_of(lfirst(lc), InvalidOid), column) == 0)
			return true;
	}
	return false;
}

/*
 * A normalised order_by with another name for a column; without the column,
 * if new_name is NULL.  NULL if nothing is left.
 */
char *
relmap_orderby_change(const char *order_by, const char *column,
					  const char *new_name)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, parse(order_by))
	{
		const char *name = column_of(lfirst(lc), InvalidOid);

		if (strcmp(name, column) == 0)
			name = new_name;
		if (name)
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
							 item_text(lfirst(lc), name));
	}
	return buf.len > 0 ? buf.data : NULL;
}

/*
 * The columns of a normalised order_by.
 */
List *
relmap_orderby_items(const char *order_by)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, parse(order_by))
	{
		SortBy	   *sort = (SortBy *) lfirst(lc);
		RelmapOrderItem *item = palloc(sizeof(RelmapOrderItem));

		item->column = column_of(sort, InvalidOid);
		item->descending = sort->sortby_dir == SORTBY_DESC;
		item->nulls_first = sort->sortby_nulls == SORTBY_NULLS_DEFAULT ?
			item->descending : sort->sortby_nulls == SORTBY_NULLS_FIRST;
		result = lappend(result, item);
	}
	return result;
}

/*
 * The list of SortBy in the text.  The server's own parser reads it, as the
 * end of a SELECT; anything but a list of columns is an error.
 */
static List *
parse(const char *order_by)
{
	ErrorContextCallback callback;
	List	   *statements;
	SelectStmt *select;

	callback.callback = error_callback;
	callback.arg = NULL;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	statements = raw_parser(psprintf("SELECT ORDER BY %s", order_by),
							RAW_PARSE_DEFAULT);
	error_context_stack = callback.previous;

	if (list_length(statements) != 1)
		report_no_list(order_by);
	select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;
	if (!IsA(select, SelectStmt) || select->limitOffset ||
		select->limitCount ||
		select->lockingClause)
		report_no_list(order_by);
	return select->sortClause;
}

/*
 * A syntax error's position is relative to the SELECT above: report which
 * argument it is in instead.
 */
static void
error_callback(void *arg)
{
	errposition(0);
	errcontext("order_by of a relationship");
}

/*
 * The column of one item.  It must be one of the target's, if that is given.
 */
static char *
column_of(SortBy *item, Oid target)
{
	ColumnRef  *ref = (ColumnRef *) item->node;
	char	   *column;

	if (!IsA(ref, ColumnRef) || list_length(ref->fields) != 1 ||
		!IsA(linitial(ref->fields), String) || item->useOp != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("order_by must be a list of columns"),
				 errhint("Each is the name of a column, with ASC or DESC, and NULLS FIRST or NULLS LAST, if need be.")));

	column = strVal(linitial(ref->fields));
	if (OidIsValid(target) && get_attnum(target, column) <= 0)
		relmap_nearnames_missing_column(target, column);
	return column;
}

/*
 * One column with its direction.
 */
static char *
item_text(SortBy *item, const char *column)
{
	StringInfoData buf;
	bool		descending = item->sortby_dir == SORTBY_DESC;

	initStringInfo(&buf);
	appendStringInfoString(&buf, quote_identifier(column));
	if (descending)
		appendStringInfoString(&buf, " DESC");
	if (item->sortby_nulls == SORTBY_NULLS_FIRST && !descending)
		appendStringInfoString(&buf, " NULLS FIRST");
	if (item->sortby_nulls == SORTBY_NULLS_LAST && descending)
		appendStringInfoString(&buf, " NULLS LAST");
	return buf.data;
}

static void
report_no_list(const char *order_by)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("order_by must be a list of columns, not \"%s\"", order_by)));
}
