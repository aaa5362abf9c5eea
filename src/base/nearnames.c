/*-------------------------------------------------------------------------
 *
 * nearnames.c
 *	  The names that a hint shows where one does not exist.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/nearnames.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "base/nearnames.h"
#include "base/util.h"

/* How many names a hint has. */
#define NAMES_SHOWN 10

/* A name, and how far it is from another. */
typedef struct NearName
{
	char	   *name;
	int			distance;
} NearName;

static List *nearest_names(List *names, const char *name);
static int	by_distance(const ListCell *a, const ListCell *b);


/*
 * Complain that a table has no such column, naming those that it has.
 */
void
relmap_nearnames_missing_column(Oid relid, const char *column)
{
	Relation	rel = table_open(relid, AccessShareLock);
	List	   *names = NIL;
	char	   *shown;
	int			others;

	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);

		if (!att->attisdropped)
			names = lappend(names, pstrdup(NameStr(att->attname)));
	}
	table_close(rel, AccessShareLock);
	shown = relmap_nearnames(names, column, &others);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of relation \"%s\" does not exist",
					column, relmap_table_display_name(relid)),
			 others > 0
			 ? errhint_plural("The columns with the most similar names are %s; the table has %d other.",
							  "The columns with the most similar names are %s; the table has %d others.",
							  others, shown, others)
			 : errhint("The columns of the table are %s.", shown),
			 relmap_errtable(relid, column, NULL)));
}

/*
 * See the header.
 */
char *
relmap_nearnames(List *names, const char *name, int *others)
{
	StringInfoData buf;
	ListCell   *lc;

	*others = list_length(names) - NAMES_SHOWN;
	if (*others > 0)
		names = nearest_names(names, name);
	initStringInfo(&buf);
	foreach(lc, names)
		appendStringInfo(&buf, "%s\"%s\"", buf.len > 0 ? ", " : "",
						 (char *) lfirst(lc));
	return buf.data;
}

/*
 * The names that are most like a name, the nearest first.
 */
static List *
nearest_names(List *names, const char *name)
{
	int			length = pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1);
	List	   *found = NIL;
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, names)
	{
		NearName   *near = palloc(sizeof(NearName));

		near->name = lfirst(lc);
		near->distance = varstr_levenshtein(near->name, strlen(near->name),
											name, length, 1, 1, 1, true);
		found = lappend(found, near);
	}
	list_sort(found, by_distance);
	foreach(lc, list_truncate(found, NAMES_SHOWN))
		result = lappend(result, ((NearName *) lfirst(lc))->name);
	return result;
}

static int
by_distance(const ListCell *a, const ListCell *b)
{
	const NearName *x = lfirst(a);
	const NearName *y = lfirst(b);

	return x->distance != y->distance ? x->distance - y->distance :
		strcmp(x->name, y->name);
}
