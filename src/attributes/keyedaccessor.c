/*-------------------------------------------------------------------------
 *
 * keyedaccessor.c
 *	  The functions name_by_columns(source, key ...) that lead from a row and a
 *	  key to one row of a keyed collection.
 *
 * Their body is a call of related_by().  They have names of their own, because
 * API layers drop or refuse functions that share one; these follow the columns.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/keyedaccessor.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "attributes/keyedaccessor.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/util.h"

static char *accessor_name(const RelmapRelationship *relationship);
static char *accessor_comment(const RelmapRelationship *relationship);
static char *body_start(const RelmapRelationship *relationship);
static bool is_accessor_of(HeapTuple tuple, Oid row_type, const char *start,
						   const RelmapRelationship *relationship);


/*
 * What the accessor by key is; see the header.
 */
bool
relmap_keyedaccessor_describe(const RelmapRelationship *r,
							  RelmapAccessor *accessor)
{
	ListCell   *lc;

	if (r->keyed_by == NIL)
		return false;
	accessor->attribute = r->name;
	accessor->name = accessor_name(r);
	accessor->source = r->source;
	accessor->key_types = NIL;
	accessor->key_names = r->keyed_by;
	accessor->is_set = false;
	accessor->target = r->target;
	accessor->doc = r->doc;
	accessor->comment = accessor_comment(r);
	foreach(lc, r->keyed_by)
	{
		AttrNumber	attnum = get_attnum(r->target, lfirst(lc));

		if (attnum <= 0)
			return false;
		accessor->key_types = lappend_oid(accessor->key_types,
										  relmap_keyedaccessor_type(get_atttype(r->target,
																				attnum)));
	}
	return true;
}

/*
 * The type of the argument for a column of this type: its base type; integer
 * for smallint, because f(row, 3) is no call of a function of a smallint.
 */
Oid
relmap_keyedaccessor_type(Oid type)
{
	type = getBaseType(type);
	return type == INT2OID ? INT4OID : type;
}

static char *
accessor_name(const RelmapRelationship *r)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s_by", r->name);
	foreach(lc, r->keyed_by)
		appendStringInfo(&buf, "_%s", (char *) lfirst(lc));
	return buf.data;
}

/*
 * The comment that relmap writes on it.
 */
static char *
accessor_comment(const RelmapRelationship *r)
{
	return r->doc ? r->doc :
		psprintf("relmap: one row of \"%s\", by %s", r->name,
				 relmap_quoted_columns(r->keyed_by));
}

/*
 * Its body.
 */
char *
relmap_keyedaccessor_body(const RelmapRelationship *r)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%sNULL::%s", body_start(r),
					 relmap_quoted_table(r->target));
	for (int i = 0; i < list_length(r->keyed_by); i++)
		appendStringInfo(&buf, ", $%d", i + 2);
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/*
 * What the body of no other accessor begins with.
 */
static char *
body_start(const RelmapRelationship *r)
{
	return psprintf(RELMAP_ACCESSOR_MARK RELMAP_SCHEMA ".related_by($1, %s, ",
					quote_literal_cstr(r->name));
}

/*
 * The accessor by key that is there.  Name and arguments may be those that the
 * columns had before they were changed, so it is found by what depends on the
 * row type of source.
 */
Oid
relmap_keyedaccessor_get(const RelmapRelationship *r)
{
	Oid			row_type = get_rel_type_id(r->source);
	char	   *start = body_start(r);
	char	   *name = accessor_name(r);
	Relation	rel;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	depend;
	Oid			result = InvalidOid;

	/* The others of a table need not be searched, of which there may be many. */
	if (r->keyed_by == NIL)
		return InvalidOid;

	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid,
				BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(TypeRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(row_type));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(depend = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(depend);
		HeapTuple	tuple;

		if (form->classid != ProcedureRelationId || form->objid == result)
			continue;
		tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(form->objid));
		if (!HeapTupleIsValid(tuple))
			continue;
		if (is_accessor_of(tuple, row_type, start, r) &&
			(!OidIsValid(result) ||
			 strcmp(NameStr(((Form_pg_proc) GETSTRUCT(tuple))->proname), name) == 0))
			result = form->objid;
		ReleaseSysCache(tuple);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * Is this function the accessor by key of a declaration?  start: of its body.
 */
static bool
is_accessor_of(HeapTuple tuple, Oid row_type, const char *start,
			   const RelmapRelationship *r)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	bool		isnull;
	Datum		body;

	if (proc->pronargs < 2 ||
		!relmap_accessorproc_is_one(tuple, row_type) ||
		(proc->pronamespace != get_rel_namespace(r->source) &&
		 proc->proowner != relmap_table_owner(r->source)))
		return false;
	body = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
	return strncmp(TextDatumGetCString(body), start, strlen(start)) == 0;
}

/*
 * Raise an error if the accessor by key can't have its name: it is too long,
 * or that of a column.  Conflicts with functions are looked for when it is
 * created.
 */
void
relmap_keyedaccessor_check_name(const RelmapRelationship *r)
{
	char	   *name;

	if (r->keyed_by == NIL)
		return;
	name = accessor_name(r);
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("accessor name \"%s\" is too long", name),
				 errdetail("A name has at most %d bytes.", NAMEDATALEN - 1),
				 errhint("Give the relationship another name, or use accessor => false.")));
	if (get_attnum(r->source, name) != InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" already exists",
						name, relmap_table_display_name(r->source)),
				 errdetail("The accessor by key of relationship \"%s\" would have its name.",
						   relmap_relationship_display_name(r->source, r->name)),
				 errhint("Give the relationship another name, or use accessor => false."),
				 relmap_errtable(r->source, name, NULL)));
}

PG_FUNCTION_INFO_V1(relmap_keyed_accessor);

/*
 * keyed_accessor(source regclass, name name): the accessor by key of a
 * relationship, NULL if it has none.  It reads catalogs only.
 */
Datum
relmap_keyed_accessor(PG_FUNCTION_ARGS)
{
	RelmapRelationship *r = relmap_catalog_get(PG_GETARG_OID(0),
											   NameStr(*PG_GETARG_NAME(1)));
	RelmapAccessor accessor;
	Oid			function;

	if (r == NULL || !relmap_relationship_tables_exist(r) ||
		!relmap_keyedaccessor_describe(r, &accessor))
		PG_RETURN_NULL();
	function = relmap_keyedaccessor_get(r);
	if (!OidIsValid(function) ||
		!relmap_accessorproc_fits(function, &accessor) ||
		strcmp(get_func_name(function), accessor.name) != 0)
		PG_RETURN_NULL();
	PG_RETURN_OID(function);
}
