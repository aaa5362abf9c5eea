/*-------------------------------------------------------------------------
 *
 * inspect.c
 *	  What the views and relmap.check() need to know of tables, without a
 *	  query.
 *
 * They look at tables of any owner.  A query would be planned and run with the
 * caller's rights, and so would functions of the table's owner, in the
 * predicate of an index for example.  Nothing here calls such functions, and
 * nothing waits for a lock.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/inspect.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "optimizer/planner.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/declkey.h"
#include "base/elsewhere.h"
#include "base/foreignkey.h"
#include "base/lastseen.h"
#include "base/slot.h"
#include "base/subxact.h"
#include "base/uniqueindex.h"
#include "base/util.h"
#include "declare/unique.h"

/* How much a name that is made of two keeps of the first, in bytes. */
#define BASE_KEPT 24

/* For find_slot_index(). */
typedef struct SlotSearch
{
	const RelmapRelationship *relationship;
	Oid			index;
} SlotSearch;

static void find_slot_index(void *arg);
static int	attnums_arg(FunctionCallInfo fcinfo, int arg, AttrNumber *attnums);
static char *other_columns(const RelmapForeignKey *fk, List *columns,
						   List *referenced);


/* ---- names ------------------------------------------------------------ */

PG_FUNCTION_INFO_V1(relmap_column_names_of);

/*
 * The names of columns of a table, as an array; those that are not there are
 * left out.
 */
PGDLLEXPORT Datum
relmap_column_names_of(PG_FUNCTION_ARGS)
{
	AttrNumber	attnums[INDEX_MAX_KEYS];
	int			n = attnums_arg(fcinfo, 1, attnums);
	Datum		names[INDEX_MAX_KEYS];
	int			count = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		char	   *name = get_attname(PG_GETARG_OID(0), attnums[i], true);

		if (name)
			names[count++] = CStringGetTextDatum(name);
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(names, count, TEXTOID, -1, false,
										  TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(relmap_column_list);

/*
 * The same as a command has them: quoted, and separated by commas.
 */
PGDLLEXPORT Datum
relmap_column_list(PG_FUNCTION_ARGS)
{
	AttrNumber	attnums[INDEX_MAX_KEYS];
	int			n = attnums_arg(fcinfo, 1, attnums);
	List	   *names = NIL;
	int			i;

	for (i = 0; i < n; i++)
	{
		char	   *name = get_attname(PG_GETARG_OID(0), attnums[i], true);

		if (name)
			names = lappend(names, name);
	}
	PG_RETURN_TEXT_P(cstring_to_text(relmap_quoted_columns(names)));
}

/*
 * An argument that is an array of column numbers, as a constraint has it.
 */
static int
attnums_arg(FunctionCallInfo fcinfo, int arg, AttrNumber *attnums)
{
	Datum	   *elements;
	int			n;
	int			i;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), INT2OID, sizeof(int16), true,
					  TYPALIGN_SHORT, &elements, NULL, &n);
	if (n > INDEX_MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("a key cannot have more than %d columns",
						INDEX_MAX_KEYS)));
	for (i = 0; i < n; i++)
		attnums[i] = DatumGetInt16(elements[i]);
	return n;
}


PG_FUNCTION_INFO_V1(relmap_fitting_name);

/*
 * Base and suffix as one name.  Where that would be too long, base loses its
 * end, and underscores there, which suffix begins with; if it has but a few
 * letters left, the suffix does.
 */
PGDLLEXPORT Datum
relmap_fitting_name(PG_FUNCTION_ARGS)
{
	char	   *base = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *suffix = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int			base_length = strlen(base);
	int			suffix_length = strlen(suffix);
	Name		name = palloc0(NAMEDATALEN);

	suffix_length = pg_mbcliplen(suffix, suffix_length, NAMEDATALEN - 1 -
								 Min(base_length, BASE_KEPT));
	base_length = pg_mbcliplen(base, base_length,
							   NAMEDATALEN - 1 - suffix_length);
	while (base[base_length] != '\0' && base_length > 1 &&
		   base[base_length - 1] == '_')
		base_length--;
	memcpy(NameStr(*name), base, base_length);
	memcpy(NameStr(*name) + base_length, suffix, suffix_length);
	PG_RETURN_NAME(name);
}

PG_FUNCTION_INFO_V1(relmap_schema_exists);

/*
 * True, or an error if there is no such schema; NULL is any.
 */
PGDLLEXPORT Datum
relmap_schema_exists(PG_FUNCTION_ARGS)
{
	char	   *name;

	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(true);
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (!OidIsValid(get_namespace_oid(name, true)))
	{
		/* The internal function that asked is not the user's concern. */
		error_context_stack = NULL;
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" does not exist", name),
				 OidIsValid(RelnameGetRelid(name))
				 ? errhint("There is a table of that name, but the argument is a schema.")
				 : 0));
	}
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(relmap_refuse);

/*
 * Raise an error about an argument, with message and hint.
 */
PGDLLEXPORT Datum
relmap_refuse(PG_FUNCTION_ARGS)
{
	error_context_stack = NULL;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", text_to_cstring(PG_GETARG_TEXT_PP(0))),
			 errhint("%s", text_to_cstring(PG_GETARG_TEXT_PP(1)))));
}


/* ---- uniqueness ------------------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_unique_index_of);

/*
 * The unique index on exactly these columns of a table that a one-to-one can
 * stand on, NULL if there is none.
 */
PGDLLEXPORT Datum
relmap_unique_index_of(PG_FUNCTION_ARGS)
{
	AttrNumber	attnums[INDEX_MAX_KEYS];
	int			n = attnums_arg(fcinfo, 1, attnums);
	Oid			index = relmap_uniqueindex_find(PG_GETARG_OID(0), n, attnums);

	if (!OidIsValid(index))
		PG_RETURN_NULL();
	PG_RETURN_OID(index);
}


PG_FUNCTION_INFO_V1(relmap_slot_index_of);

/*
 * The unique index that a declaration stands on, with its condition; NULL if
 * there is none, or if the condition cannot be read any more.
 */
PGDLLEXPORT Datum
relmap_slot_index_of(PG_FUNCTION_ARGS)
{
	SlotSearch	search = {NULL, InvalidOid};

	search.relationship = relmap_catalog_get(PG_GETARG_OID(0),
											 NameStr(*PG_GETARG_NAME(1)));
	if (search.relationship == NULL ||
		!relmap_relationship_is_slot(search.relationship) ||
		!relmap_declkey_stands(search.relationship) ||
		relmap_subxact_try(find_slot_index, &search) != NULL ||
		!OidIsValid(search.index))
		PG_RETURN_NULL();
	PG_RETURN_OID(search.index);
}

static void
find_slot_index(void *arg)
{
	SlotSearch *search = arg;
	const RelmapRelationship *r = search->relationship;
	RelmapSlot	slot;

	if (relmap_slot_of(r, relmap_declkey_near(r), &slot))
		search->index = relmap_slot_index(&slot);
}


PG_FUNCTION_INFO_V1(relmap_is_elsewhere);

/*
 * Are the rows of a table kept elsewhere?  False, too, if it is locked.
 */
PGDLLEXPORT Datum
relmap_is_elsewhere(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);

	PG_RETURN_BOOL(planner_hook != NULL &&
				   SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)) &&
				   ConditionalLockRelationOid(relid, AccessShareLock) &&
				   SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)) &&
				   relmap_elsewhere(relid));
}


/* ---- renamed columns -------------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_renamed_column);

/*
 * A column that a declaration knows by another name, in words; NULL if there
 * is none.
 */
PGDLLEXPORT Datum
relmap_renamed_column(PG_FUNCTION_ARGS)
{
	RelmapRelationship *r = relmap_catalog_get(PG_GETARG_OID(0),
											   NameStr(*PG_GETARG_NAME(1)));
	char	   *renamed = r ? relmap_lastseen_describe(r) : NULL;

	if (r && renamed == NULL)
		renamed = other_columns(relmap_declkey_near(r), r->foreign_columns,
								r->referenced_columns);
	if (r && renamed == NULL)
		renamed = other_columns(relmap_declkey_far(r), r->secondary_columns,
								r->secondary_referenced);
	if (renamed == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(renamed));
}

/*
 * The columns of a foreign key in words, if they are not these.
 */
static char *
other_columns(const RelmapForeignKey *fk, List *columns, List *referenced)
{
	List	   *now;

	if (fk == NULL)
		return NULL;
	now = relmap_column_names(fk->child, fk->nkeys, fk->child_attnums);
	if (relmap_same_names(columns, now) &&
		(referenced == NIL ||
		 relmap_same_names(referenced,
						   relmap_column_names(fk->parent, fk->nkeys,
											   fk->parent_attnums))))
		return NULL;
	return psprintf("columns (%s) of table \"%s\" had other names when foreign key \"%s\" was last seen",
					relmap_quoted_columns(now), relmap_table_display_name(fk->child),
					NameStr(fk->name));
}
