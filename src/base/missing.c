/*-------------------------------------------------------------------------
 *
 * missing.c
 *	  What is said of a relationship or a column that does not exist.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/missing.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_proc.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "base/catalog.h"
#include "base/missing.h"
#include "base/util.h"

/* How many names a hint has. */
#define NAMES_SHOWN 10

/* A name, and how far it is from another. */
typedef struct NearName
{
	char	   *name;
	int			distance;
} NearName;

static Oid	find_accessor(Oid source, const char *name);
static int	undeclared(Oid accessor);
static char *shown_names(List *names, const char *name, int *others);
static List *nearest_names(List *names, const char *name);
static int	by_distance(const ListCell *a, const ListCell *b);


/*
 * Complain that a table has no such relationship, naming those that it has:
 * of many, those whose names are most like it.  If its accessor is there, say
 * what leaves it without its declaration.
 */
void
relmap_missing_report(Oid source, const char *name)
{
	List	   *names = NIL;
	char	   *shown;
	int			others;
	Oid			accessor;
	ListCell   *lc;

	if (get_rel_name(source) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", source)));

	accessor = find_accessor(source, name);
	if (OidIsValid(accessor))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("relationship \"%s\" does not exist",
						relmap_relationship_display_name(source, name)),
				 undeclared(accessor),
				 relmap_errtable(source, NULL, NULL)));

	foreach(lc, relmap_catalog_list(source))
		names = lappend(names, ((RelmapRelationship *) lfirst(lc))->name);
	shown = shown_names(names, name, &others);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("relationship \"%s\" does not exist",
					relmap_relationship_display_name(source, name)),
			 names == NIL
			 ? errhint("Table \"%s\" has no relationships.",
					   relmap_table_display_name(source))
			 : others > 0
			 ? errhint_plural("The relationships of table \"%s\" with the most similar names are %s; it has %d other.",
							  "The relationships of table \"%s\" with the most similar names are %s; it has %d others.",
							  others,
							  relmap_table_display_name(source), shown, others)
			 : errhint("The relationships of table \"%s\" are %s.",
					   relmap_table_display_name(source), shown),
			 relmap_errtable(source, NULL, NULL)));
}

/*
 * Say that a table has no such relationship to be dropped.
 */
void
relmap_missing_skip(Oid source, const char *name)
{
	Oid			accessor = find_accessor(source, name);

	ereport(NOTICE,
			(errmsg("relationship \"%s\" does not exist, skipping",
					relmap_relationship_display_name(source, name)),
			 OidIsValid(accessor) ? undeclared(accessor) : 0));
}

/*
 * Complain that a table has no such column, naming those that it has.
 */
void
relmap_missing_column(Oid relid, const char *column)
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
	shown = shown_names(names, column, &others);

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
 * For ereport: that an accessor has no declaration, and what to do.
 */
static int
undeclared(Oid accessor)
{
	errdetail("Its accessor exists, but is not declared.");
	return errhint("If this database was restored without its rows (pg_dump --schema-only, structure.sql), declare it again: relmap.declarations() in the original database returns the statements.  Otherwise use DROP FUNCTION %s, after the views that use it.",
				   format_procedure(accessor));
}

/*
 * A table's accessor of that name; InvalidOid if there is none.
 */
static Oid
find_accessor(Oid source, const char *name)
{
	Oid			row_type = get_rel_type_id(source);
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP,
										   CStringGetDatum(name));
	Oid			result = InvalidOid;

	for (int i = 0; i < list->n_members && !OidIsValid(result); i++)
	{
		HeapTuple	tuple = &list->members[i]->tuple;
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
		bool		isnull;
		Datum		body = SysCacheGetAttr(PROCNAMEARGSNSP, tuple,
										   Anum_pg_proc_prosrc, &isnull);

		if (!isnull && proc->pronargs > 0 &&
			proc->proargtypes.values[0] == row_type &&
			strncmp(TextDatumGetCString(body), RELMAP_ACCESSOR_MARK,
					strlen(RELMAP_ACCESSOR_MARK)) == 0)
			result = proc->oid;
	}
	ReleaseCatCacheList(list);
	return result;
}

/*
 * What a hint shows of the names that exist: all, or of many those that are most
 * like name.  *others is how many it leaves out, or not positive.
 */
static char *
shown_names(List *names, const char *name, int *others)
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
