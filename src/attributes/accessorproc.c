/*-------------------------------------------------------------------------
 *
 * accessorproc.c
 *	  Accessors as the server's catalog has them.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessorproc.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "attributes/accessorproc.h"
#include "base/util.h"


/*
 * Is this function of a row of that type one that relmap made?
 */
bool
relmap_accessorproc_is_one(HeapTuple tuple, Oid row_type)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	Datum		source;
	bool		isnull;

	if (proc->prolang != SQLlanguageId || proc->prokind != PROKIND_FUNCTION ||
		proc->prosecdef || proc->pronargs < 1 ||
		proc->proargtypes.values[0] != row_type)
		return false;

	source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
	return !isnull &&
		strncmp(TextDatumGetCString(source), RELMAP_ACCESSOR_MARK,
				strlen(RELMAP_ACCESSOR_MARK)) == 0;
}

/*
 * All functions that look as if relmap had made them for a table.
 */
List *
relmap_accessorproc_all(void)
{
	Relation	rel = table_open(ProcedureRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *result = NIL;

	ScanKeyInit(&key, Anum_pg_proc_prolang, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(SQLlanguageId));
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);

		if (proc->pronargs > 0 &&
			OidIsValid(get_typ_typrelid(proc->proargtypes.values[0])) &&
			relmap_accessorproc_is_one(tuple, proc->proargtypes.values[0]))
			result = lappend_oid(result, proc->oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * Has a function the arguments and the result of that accessor?
 */
bool
relmap_accessorproc_fits(Oid function, const RelmapAccessor *accessor)
{
	oidvector  *types = relmap_accessorproc_argument_types(accessor);
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	result = relmap_accessorproc_has_arguments(proc, types) &&
		proc->proretset == accessor->is_set &&
		proc->prorettype == get_rel_type_id(accessor->target);
	ReleaseSysCache(tuple);
	return result;
}

bool
relmap_accessorproc_has_arguments(Form_pg_proc proc, const oidvector *types)
{
	return proc->pronargs == types->dim1 &&
		memcmp(proc->proargtypes.values, types->values,
			   types->dim1 * sizeof(Oid)) == 0;
}

/*
 * The types of an accessor's arguments.
 */
oidvector *
relmap_accessorproc_argument_types(const RelmapAccessor *accessor)
{
	Oid			types[INDEX_MAX_KEYS + 1];
	int			n = 0;
	ListCell   *lc;

	types[n++] = get_rel_type_id(accessor->source);
	foreach(lc, accessor->key_types)
		types[n++] = lfirst_oid(lc);
	return buildoidvector(types, n);
}

/*
 * See the header.
 */
bool
relmap_accessorproc_is_current(Oid function, const RelmapAccessor *accessor,
							   const char *body)
{
	return strcmp(get_func_name(function), accessor->name) == 0 &&
		get_func_namespace(function) == get_rel_namespace(accessor->source) &&
		relmap_accessorproc_owner(function) == relmap_table_owner(accessor->source) &&
		relmap_accessorproc_has_body(function, body);
}

bool
relmap_accessorproc_has_body(Oid function, const char *body)
{
	return strcmp(relmap_accessorproc_body(function), body) == 0;
}

/*
 * The body that the accessor has.
 */
char *
relmap_accessorproc_body(Oid accessor)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(accessor));
	bool		isnull;
	char	   *body;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", accessor);
	body = TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple,
											   Anum_pg_proc_prosrc, &isnull));
	ReleaseSysCache(tuple);
	return body;
}

/*
 * The owner of a function.
 */
Oid
relmap_accessorproc_owner(Oid accessor)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(accessor));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", accessor);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}


/* ---- how it is called ------------------------------------------------- */

/*
 * The qualified name and arguments of an accessor, as a command wants them.
 */
char *
relmap_accessorproc_signature(Oid accessor)
{
	Oid		   *argtypes;
	int			nargs;
	StringInfoData buf;

	(void) get_func_signature(accessor, &argtypes, &nargs);
	initStringInfo(&buf);
	appendStringInfo(&buf, "%s(%s",
					 quote_qualified_identifier(get_namespace_name(get_func_namespace(accessor)),
												get_func_name(accessor)),
					 relmap_quoted_table(get_typ_typrelid(argtypes[0])));
	for (int i = 1; i < nargs; i++)
		appendStringInfo(&buf, ", %s", format_type_be_qualified(argtypes[i]));
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/*
 * Its name and arguments, for messages, as a command wants them.  It is in the
 * schema of its table: one is qualified if the other is.
 */
char *
relmap_accessorproc_display(const char *name, Oid source, List *key_types)
{
	char	   *schema = relmap_table_is_visible(source) ? NULL :
	get_namespace_name(get_rel_namespace(source));
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s(%s", quote_qualified_identifier(schema, name),
					 relmap_shown_table(source));
	foreach(lc, key_types)
		appendStringInfo(&buf, ", %s", format_type_be(lfirst_oid(lc)));
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/*
 * The same of one that is there.
 */
char *
relmap_accessorproc_display_name(Oid function)
{
	Oid		   *argtypes;
	int			nargs;
	List	   *key_types = NIL;

	(void) get_func_signature(function, &argtypes, &nargs);
	for (int i = 1; i < nargs; i++)
		key_types = lappend_oid(key_types, argtypes[i]);
	return relmap_accessorproc_display(get_func_name(function),
									   get_typ_typrelid(argtypes[0]),
									   key_types);
}
