/*-------------------------------------------------------------------------
 *
 * accessor.c
 *	  The functions name(source) that lead from a row to its related rows.
 *
 * The body of an accessor is text that the planner inlines: a query for a
 * collection, one expression that calls related() for a scalar.  A keyed
 * collection has a second one, name_by_columns(source, key ...).
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessor.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "attributes/accessor.h"
#include "attributes/accessorfunction.h"
#include "attributes/accessorproc.h"
#include "attributes/keyedaccessor.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/declkey.h"
#include "base/join.h"
#include "base/texts.h"
#include "base/util.h"

/* One of the accessors of a declaration. */
typedef struct Accessor
{
	RelmapAccessor wanted;
	char	   *body;
	Oid			function;		/* InvalidOid: there is none */
} Accessor;

static List *accessors(const RelmapRelationship *relationship, bool bodies);
static char *accessor_body(const RelmapRelationship *relationship);
static char *accessor_comment(const RelmapRelationship *relationship);


/*
 * What accessors a declaration has, of Accessor *: without those that would
 * take a key, if its columns are not there.
 */
static List *
accessors(const RelmapRelationship *r, bool bodies)
{
	Accessor   *main = palloc0(sizeof(Accessor));
	Accessor   *keyed = palloc0(sizeof(Accessor));

	main->wanted.attribute = main->wanted.name = r->name;
	main->wanted.source = r->source;
	main->wanted.is_set = r->uselist;
	main->wanted.target = r->target;
	main->wanted.doc = r->doc;
	main->wanted.comment = accessor_comment(r);
	main->function = relmap_accessor_get(r);
	if (bodies)
		main->body = accessor_body(r);
	if (!relmap_keyedaccessor_describe(r, &keyed->wanted))
		return list_make1(main);

	keyed->function = relmap_keyedaccessor_get(r);
	if (bodies)
		keyed->body = relmap_keyedaccessor_body(r);
	return list_make2(main, keyed);
}

/*
 * Create or update the accessors of a declaration.
 */
void
relmap_accessor_create(const RelmapRelationship *relationship)
{
	ListCell   *lc;

	relmap_keyedaccessor_check_name(relationship);
	foreach(lc, accessors(relationship, true))
	{
		Accessor   *a = lfirst(lc);

		relmap_accessorfunction_create(&a->wanted, a->body, a->function);
	}
}

/*
 * Drop the accessors of a declaration that are there and that relmap made.
 */
void
relmap_accessor_drop(const RelmapRelationship *relationship)
{
	ListCell   *lc;

	foreach(lc, relmap_accessor_list(relationship))
		relmap_accessorfunction_drop(lfirst_oid(lc));
}

/*
 * Drop that by key only.
 */
void
relmap_accessor_drop_keyed(const RelmapRelationship *relationship)
{
	Oid			keyed = relmap_keyedaccessor_get(relationship);

	if (OidIsValid(keyed))
		relmap_accessorfunction_drop(keyed);
}

/*
 * The accessor of a declaration, InvalidOid if there is none that relmap made.
 * One that source has left behind by moving to another schema is found too,
 * if it belongs to source's owner.
 */
Oid
relmap_accessor_get(const RelmapRelationship *relationship)
{
	Oid			row_type = get_rel_type_id(relationship->source);
	Oid			nspid = get_rel_namespace(relationship->source);
	Oid			owner = relmap_table_owner(relationship->source);
	Datum		types = PointerGetDatum(buildoidvector(&row_type, 1));
	HeapTuple	usual;
	CatCList   *list;
	Oid			result = InvalidOid;

	/*
	 * Where it is expected.  The server goes through all its lists to find
	 * one, so that lists of some thousands take long.
	 */
	usual = SearchSysCache3(PROCNAMEARGSNSP,
							CStringGetDatum(relationship->name), types,
							ObjectIdGetDatum(nspid));
	if (HeapTupleIsValid(usual))
	{
		if (relmap_accessorproc_is_one(usual, row_type))
			result = ((Form_pg_proc) GETSTRUCT(usual))->oid;
		ReleaseSysCache(usual);
		if (OidIsValid(result))
			return result;
	}

	/* By its argument, too: many tables may have an attribute of that name. */
	list = SearchSysCacheList2(PROCNAMEARGSNSP,
							   CStringGetDatum(relationship->name), types);
	for (int i = 0; i < list->n_members; i++)
	{
		HeapTuple	tuple = &list->members[i]->tuple;
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);

		if (!relmap_accessorproc_is_one(tuple, row_type))
			continue;
		if (proc->pronamespace == nspid)
		{
			result = proc->oid;
			break;
		}
		if (proc->proowner == owner)
			result = proc->oid;
	}
	ReleaseSysCacheList(list);

	return result;
}

/*
 * All accessors of a declaration that are there.
 */
List *
relmap_accessor_list(const RelmapRelationship *relationship)
{
	Oid			accessor = relmap_accessor_get(relationship);
	Oid			keyed = relmap_keyedaccessor_get(relationship);
	List	   *result = NIL;

	if (OidIsValid(accessor))
		result = lappend_oid(result, accessor);
	if (OidIsValid(keyed))
		result = lappend_oid(result, keyed);
	return result;
}

/*
 * Does the body of one of the accessors have this word in it?
 */
bool
relmap_accessor_mentions(const RelmapRelationship *relationship,
						 const char *word)
{
	ListCell   *lc;

	foreach(lc, relmap_accessor_list(relationship))
	{
		if (relmap_mentions_word(relmap_accessorproc_body(lfirst_oid(lc)),
								 word))
			return true;
	}
	return false;
}

/*
 * Have the accessors that are there the signature, schema, owner and body that
 * they would have if they were created now?  True if there is none, if the
 * foreign key is missing, as it is during a restore, if the condition can't be
 * analysed, and for a function that only looks like an accessor.
 */
bool
relmap_accessor_is_current(const RelmapRelationship *relationship)
{
	ListCell   *lc;

	if (relmap_accessor_list(relationship) == NIL ||
		!relmap_declkey_joins(relationship) ||
		relmap_texts_problem(relationship) != NULL)
		return true;
	foreach(lc, accessors(relationship, true))
	{
		Accessor   *a = lfirst(lc);

		if (!OidIsValid(a->function))
			continue;
		if (relmap_accessorproc_fits(a->function, &a->wanted)
			? !relmap_accessorproc_is_current(a->function, &a->wanted, a->body)
			: a->wanted.key_types != NIL)
			return false;
	}
	return true;
}

PG_FUNCTION_INFO_V1(relmap_accessor_has_its_body);

/*
 * accessor_has_its_body(source regclass, name name): have the accessors the
 * text that they would have if they were made now?  True where there is none.
 * It reads catalogs only.
 */
Datum
relmap_accessor_has_its_body(PG_FUNCTION_ARGS)
{
	RelmapRelationship *r = relmap_catalog_get(PG_GETARG_OID(0),
											   NameStr(*PG_GETARG_NAME(1)));
	ListCell   *lc;

	if (r == NULL || !relmap_relationship_tables_exist(r) ||
		relmap_accessor_list(r) == NIL || !relmap_declkey_joins(r) ||
		relmap_texts_problem(r) != NULL)
		PG_RETURN_BOOL(true);
	foreach(lc, accessors(r, true))
	{
		Accessor   *a = lfirst(lc);

		if (OidIsValid(a->function) &&
			relmap_accessorproc_fits(a->function, &a->wanted) &&
			!relmap_accessorproc_has_body(a->function, a->body))
			PG_RETURN_BOOL(false);
	}
	PG_RETURN_BOOL(true);
}

/*
 * Make accessors that are not current follow their tables.  One whose key has
 * other types now is another function, which the current user creates.
 */
void
relmap_accessor_follow(const RelmapRelationship *relationship, bool body_only)
{
	ListCell   *lc;

	Assert(relmap_declkey_joins(relationship));
	relmap_keyedaccessor_check_name(relationship);
	foreach(lc, accessors(relationship, true))
	{
		Accessor   *a = lfirst(lc);

		if (!OidIsValid(a->function))
			continue;
		if (relmap_accessorproc_fits(a->function, &a->wanted))
			relmap_accessorfunction_follow(a->function, &a->wanted, a->body,
										   body_only);
		else if (a->wanted.key_types != NIL)
			relmap_accessorfunction_create(&a->wanted, a->body, a->function);
	}
}

/*
 * The body of an accessor.
 */
static char *
accessor_body(const RelmapRelationship *relationship)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, RELMAP_ACCESSOR_MARK);

	if (!relationship->uselist)
		appendStringInfo(&buf, RELMAP_SCHEMA ".related($1, %s, NULL::%s)",
						 quote_literal_cstr(relationship->name),
						 relmap_quoted_table(relationship->target));
	else
	{
		appendStringInfo(&buf, "c.* FROM %s",
						 relmap_join_text(relationship, "$1"));
		if (relationship->order_by != NULL)
			appendStringInfo(&buf, " ORDER BY %s", relationship->order_by);
	}

	return buf.data;
}

/*
 * The comment that relmap writes on an accessor.
 */
static char *
accessor_comment(const RelmapRelationship *relationship)
{
	return relationship->doc ? relationship->doc :
		psprintf("relmap: %s", relmap_relationship_describe(relationship));
}

/*
 * A declaration is altered: remove the comments that relmap has written.
 */
void
relmap_accessor_forget_comment(const RelmapRelationship *relationship)
{
	ListCell   *lc;

	foreach(lc, accessors(relationship, false))
	{
		Accessor   *a = lfirst(lc);

		if (OidIsValid(a->function))
			relmap_accessorfunction_forget_comment(a->function, &a->wanted);
	}
}
