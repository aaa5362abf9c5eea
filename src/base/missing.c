/*-------------------------------------------------------------------------
 *
 * missing.c
 *	  What is said of a relationship that does not exist.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/missing.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/missing.h"
#include "base/nearnames.h"
#include "base/util.h"

static Oid	find_accessor(Oid source, const char *name);
static int	undeclared(Oid accessor);


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
	shown = relmap_nearnames(names, name, &others);

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
