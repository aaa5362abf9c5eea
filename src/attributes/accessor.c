/*-------------------------------------------------------------------------
 *
 * accessor.c
 *	  The functions name(source) that lead from a row to its related rows.
 *
 * An accessor is an ordinary SQL function of the source table's owner, in the
 * source table's schema.  Its body begins with a comment by which relmap knows
 * its own functions, and which survives dump and restore.  The body is text
 * that the planner inlines: a query for a collection, one expression that
 * calls related() for a scalar.
 *
 * The server makes a function depend on the row types in its signature so that
 * DROP TABLE needs CASCADE.  An accessor is to be dropped silently with its
 * tables, so its dependencies are changed after it was created.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessor.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "commands/extension.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "attributes/accessor.h"
#include "base/catalog.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/join.h"
#include "base/nowait.h"
#include "base/util.h"

/* What the body of an accessor begins with, and no other function's. */
#define ACCESSOR_MARK "/* relmap */ SELECT "

static void run_unchecked(const char *statement);
static bool depend_on(Oid accessor, Oid classid, Oid objid,
					  DependencyType deptype);
static void check_name(const RelmapRelationship *relationship);
static bool takes_row(Form_pg_proc proc, Oid row_type);
static bool is_accessor(HeapTuple tuple, Oid row_type);
static bool has_right_result(Oid accessor,
							 const RelmapRelationship *relationship);
static char *accessor_body(const RelmapRelationship *relationship);
static char *current_body(Oid accessor);
static void set_schema(Oid accessor, Oid nspid);
static void set_body(Oid accessor, const char *body);
static Oid	function_owner(Oid accessor);
static void set_owner(Oid accessor, Oid owner);
static void set_comment(Oid accessor, const RelmapRelationship *relationship);
static char *accessor_comment(const RelmapRelationship *relationship);
static char *accessor_signature(Oid accessor);


/*
 * Create or update the accessor of a declaration.
 *
 * An existing accessor is kept if possible, because views may use it: it is
 * moved to the schema where source is now, and replaced in place unless its
 * result type changes.
 */
void
relmap_accessor_create(const RelmapRelationship *relationship)
{
	Oid			nspid = get_rel_namespace(relationship->source);
	Oid			accessor = relmap_accessor_get(relationship);

	if (OidIsValid(accessor) && !has_right_result(accessor, relationship))
	{
		relmap_accessor_drop(relationship);
		accessor = InvalidOid;
	}

	if (!OidIsValid(accessor))
		check_name(relationship);
	else
		set_schema(accessor, nspid);

	run_unchecked(psprintf("CREATE OR REPLACE FUNCTION %s(%s) RETURNS %s%s"
						   " LANGUAGE sql STABLE PARALLEL SAFE AS %s",
						   quote_qualified_identifier(get_namespace_name(nspid),
													  relationship->name),
						   relmap_quoted_table(relationship->source),
						   relationship->uselist ? "SETOF " : "",
						   relmap_quoted_table(relationship->target),
						   quote_literal_cstr(accessor_body(relationship))));

	accessor = relmap_accessor_get(relationship);
	set_owner(accessor, relmap_table_owner(relationship->source));
	set_comment(accessor, relationship);
	relmap_accessor_depend(accessor);
}

/*
 * Create a function without having its body checked.  The check analyses the
 * condition in it, which can be enough to run functions of whoever wrote that,
 * in the name of the current user.
 */
static void
run_unchecked(const char *statement)
{
	int			level = NewGUCNestLevel();

	(void) set_config_option("check_function_bodies", "off", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	relmap_run_ddl(statement);
	AtEOXact_GUC(true, level);
}

/*
 * Drop the accessor of a declaration, if it is there and relmap made it.
 */
void
relmap_accessor_drop(const RelmapRelationship *relationship)
{
	Oid			accessor = relmap_accessor_get(relationship);

	if (OidIsValid(accessor))
		relmap_run_ddl(psprintf("DROP FUNCTION %s", accessor_signature(accessor)));
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
	CatCList   *list;
	Oid			result = InvalidOid;

	/* By its argument, too: many tables may have an attribute of that name. */
	list = SearchSysCacheList2(PROCNAMEARGSNSP,
							   CStringGetDatum(relationship->name),
							   PointerGetDatum(buildoidvector(&row_type, 1)));
	for (int i = 0; i < list->n_members; i++)
	{
		HeapTuple	tuple = &list->members[i]->tuple;
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);

		if (!is_accessor(tuple, row_type))
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
 * Correct an accessor's dependencies: it is dropped automatically with a table
 * in its signature and with the extension.  Correct ones are not written
 * again.
 */
void
relmap_accessor_depend(Oid accessor)
{
	Oid			extension = get_extension_oid("relmap", false);
	Oid		   *argtypes;
	int			nargs;
	Oid			types[2];
	bool		changed = false;

	types[0] = get_func_signature(accessor, &argtypes, &nargs);
	types[1] = argtypes[0];

	/* A table may be related to itself. */
	if (types[1] == types[0])
		types[1] = InvalidOid;

	for (int i = 0; i < lengthof(types) && OidIsValid(types[i]); i++)
		changed |= depend_on(accessor, TypeRelationId, types[i],
							 DEPENDENCY_AUTO);
	changed |= depend_on(accessor, ExtensionRelationId, extension,
						 DEPENDENCY_AUTO_EXTENSION);
	if (changed)
		CommandCounterIncrement();
}

/*
 * Let the accessor depend on an object in one way, and in no other; false if
 * it does already.
 */
static bool
depend_on(Oid accessor, Oid classid, Oid objid, DependencyType deptype)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	int			right = 0;
	int			wrong = 0;
	ObjectAddress self;
	ObjectAddress other;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid,
				BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ProcedureRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(accessor));
	scan = systable_beginscan(rel, DependDependerIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		if (depend->refclassid != classid || depend->refobjid != objid)
			continue;
		if (depend->deptype == (char) deptype)
			right++;
		else
			wrong++;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (right == 1 && wrong == 0)
		return false;

	deleteDependencyRecordsForSpecific(ProcedureRelationId, accessor,
									   DEPENDENCY_NORMAL, classid, objid);
	deleteDependencyRecordsForSpecific(ProcedureRelationId, accessor,
									   deptype, classid, objid);
	ObjectAddressSet(self, ProcedureRelationId, accessor);
	ObjectAddressSet(other, classid, objid);
	recordDependencyOn(&self, &other, deptype);
	return true;
}

/*
 * Lock an accessor that is about to be changed or dropped; 55006 if another
 * session is about to.
 */
void
relmap_accessor_lock_nowait(Oid accessor)
{
	Relation	rel = table_open(ProcedureRelationId, RowExclusiveLock);
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(accessor));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", accessor);
	relmap_nowait_lock_object(ProcedureRelationId, accessor, "accessor");
	relmap_nowait_lock_tuple(rel, &tuple->t_self, "accessor");
	ReleaseSysCache(tuple);
	table_close(rel, NoLock);
}

/*
 * Has the accessor the schema, owner and body that it would have if it were
 * created now?  True if there is none, if its foreign key is missing, as it is
 * during a restore, and for a function that only looks like an accessor.
 */
bool
relmap_accessor_is_current(const RelmapRelationship *relationship)
{
	Oid			accessor = relmap_accessor_get(relationship);

	return !OidIsValid(accessor) || !relmap_declkey_joins(relationship) ||
		!has_right_result(accessor, relationship) ||
		(get_func_namespace(accessor) == get_rel_namespace(relationship->source) &&
		 function_owner(accessor) == relmap_table_owner(relationship->source) &&
		 strcmp(current_body(accessor), accessor_body(relationship)) == 0);
}

PG_FUNCTION_INFO_V1(relmap_accessor_has_its_body);

/*
 * accessor_has_its_body(source regclass, name name): has the accessor the text
 * that it would have if it were made now?  True where there is none.  It reads
 * catalogs only.
 */
Datum
relmap_accessor_has_its_body(PG_FUNCTION_ARGS)
{
	RelmapRelationship *r = relmap_catalog_get(PG_GETARG_OID(0),
											   NameStr(*PG_GETARG_NAME(1)));
	Oid			accessor;

	if (r == NULL || !relmap_catalog_tables_exist(r))
		PG_RETURN_BOOL(true);
	accessor = relmap_accessor_get(r);
	PG_RETURN_BOOL(!OidIsValid(accessor) || !relmap_declkey_joins(r) ||
				   !has_right_result(accessor, r) ||
				   strcmp(current_body(accessor), accessor_body(r)) == 0);
}

/*
 * Make an accessor that is not current follow its tables.  Schema and owner
 * follow only a command that changed the source table: they are changed by the
 * current user, who needs the same rights for that as for the table's.  The
 * body is written in place without permission checks: its text is relmap's
 * own, writing it calls nothing, and it runs with the caller's rights.
 */
void
relmap_accessor_follow(const RelmapRelationship *relationship, bool body_only)
{
	Oid			accessor = relmap_accessor_get(relationship);

	Assert(OidIsValid(accessor) && relmap_declkey_joins(relationship));
	set_body(accessor, accessor_body(relationship));
	if (body_only)
		return;
	set_schema(accessor, get_rel_namespace(relationship->source));
	set_owner(accessor, relmap_table_owner(relationship->source));
}

/*
 * Raise an error if a new accessor would replace a function of the user's, or
 * would be called in place of a system function.
 */
static void
check_name(const RelmapRelationship *relationship)
{
	Oid			row_type = get_rel_type_id(relationship->source);
	Oid			nspid = get_rel_namespace(relationship->source);
	CatCList   *list;

	list = SearchSysCacheList1(PROCNAMEARGSNSP,
							   CStringGetDatum(relationship->name));
	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (proc->pronamespace == nspid && proc->pronargs == 1 &&
			proc->proargtypes.values[0] == row_type)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_FUNCTION),
					 errmsg("function %s already exists",
							format_procedure(proc->oid)),
					 errdetail("The accessor of relationship \"%s.%s\" would have its name and argument.",
							   get_rel_name(relationship->source),
							   relationship->name),
					 errhint("Give the relationship another name, or use accessor => false.")));
		if (proc->pronamespace == PG_CATALOG_NAMESPACE &&
			takes_row(proc, row_type))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_FUNCTION),
					 errmsg("accessor \"%s\" of table \"%s\" would hide function %s",
							relationship->name,
							get_rel_name(relationship->source),
							format_procedure(proc->oid)),
					 errhint("Give the relationship another name, or use accessor => false.")));
	}
	ReleaseSysCacheList(list);
}

/*
 * Can this function be called with a row of that type as its one argument?
 */
static bool
takes_row(Form_pg_proc proc, Oid row_type)
{
	return proc->pronargs >= 1 &&
		proc->pronargs - proc->pronargdefaults <= 1 &&
		can_coerce_type(1, &row_type, proc->proargtypes.values,
						COERCION_IMPLICIT);
}

/*
 * Is this function of a row of that type one that relmap made?
 */
static bool
is_accessor(HeapTuple tuple, Oid row_type)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	Datum		source;
	bool		isnull;

	if (proc->prolang != SQLlanguageId || proc->prokind != PROKIND_FUNCTION ||
		proc->prosecdef || proc->pronargs != 1 ||
		proc->proargtypes.values[0] != row_type)
		return false;

	source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
	return !isnull &&
		strncmp(TextDatumGetCString(source), ACCESSOR_MARK,
				strlen(ACCESSOR_MARK)) == 0;
}

/*
 * Does the function return what the declaration leads to?
 */
static bool
has_right_result(Oid accessor, const RelmapRelationship *relationship)
{
	return get_func_retset(accessor) == relationship->uselist &&
		get_func_rettype(accessor) == get_rel_type_id(relationship->target);
}

/*
 * The body of an accessor.
 */
static char *
accessor_body(const RelmapRelationship *relationship)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, ACCESSOR_MARK);

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
 * The body that the accessor has.
 */
static char *
current_body(Oid accessor)
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
 * Replace the body of the function and nothing else.
 */
static void
set_body(Oid accessor, const char *body)
{
	Relation	rel;
	HeapTuple	tuple;
	Datum		values[Natts_pg_proc] = {0};
	bool		nulls[Natts_pg_proc] = {0};
	bool		replace[Natts_pg_proc] = {0};

	if (strcmp(current_body(accessor), body) == 0)
		return;

	rel = table_open(ProcedureRelationId, RowExclusiveLock);
	tuple = SearchSysCacheCopy1(PROCOID, ObjectIdGetDatum(accessor));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", accessor);
	relmap_nowait_lock_tuple(rel, &tuple->t_self, "accessor");
	values[Anum_pg_proc_prosrc - 1] = CStringGetTextDatum(body);
	replace[Anum_pg_proc_prosrc - 1] = true;
	tuple = heap_modify_tuple(tuple, RelationGetDescr(rel), values, nulls,
							  replace);
	CatalogTupleUpdate(rel, &tuple->t_self, tuple);
	InvokeObjectPostAlterHook(ProcedureRelationId, accessor, 0);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

/*
 * Move the accessor to a schema, if it is in another.
 */
static void
set_schema(Oid accessor, Oid nspid)
{
	if (get_func_namespace(accessor) != nspid)
		relmap_run_ddl(psprintf("ALTER FUNCTION %s SET SCHEMA %s",
								accessor_signature(accessor),
								quote_identifier(get_namespace_name(nspid))));
}

/*
 * The owner of a function.
 */
static Oid
function_owner(Oid accessor)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(accessor));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", accessor);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * Make the source table's owner the owner of the accessor.
 */
static void
set_owner(Oid accessor, Oid owner)
{
	if (function_owner(accessor) != owner)
		relmap_run_ddl(psprintf("ALTER FUNCTION %s OWNER TO %s",
								accessor_signature(accessor),
								quote_identifier(GetUserNameFromId(owner,
																   false))));
}

/*
 * The doc of a declaration is the comment on its accessor.  Without a doc, a
 * comment that a user wrote is kept.
 */
static void
set_comment(Oid accessor, const RelmapRelationship *relationship)
{
	if (relationship->doc == NULL &&
		GetComment(accessor, ProcedureRelationId, 0) != NULL)
		return;
	CreateComments(accessor, ProcedureRelationId, 0,
				   accessor_comment(relationship));
}

/*
 * The comment that relmap writes on an accessor.
 */
static char *
accessor_comment(const RelmapRelationship *relationship)
{
	return relationship->doc ? relationship->doc :
		psprintf("%s relationship", relmap_catalog_describe(relationship));
}

/*
 * A declaration is altered: remove the comment that relmap has written.
 */
void
relmap_accessor_forget_comment(const RelmapRelationship *relationship)
{
	Oid			accessor = relmap_accessor_get(relationship);
	char	   *comment;

	if (!OidIsValid(accessor))
		return;
	comment = GetComment(accessor, ProcedureRelationId, 0);
	if (comment && strcmp(comment, accessor_comment(relationship)) == 0)
		DeleteComments(accessor, ProcedureRelationId, 0);
}

/*
 * The qualified name and argument of an accessor, as a command wants them.
 */
static char *
accessor_signature(Oid accessor)
{
	Oid		   *argtypes;
	int			nargs;

	(void) get_func_signature(accessor, &argtypes, &nargs);
	return psprintf("%s(%s)",
					quote_qualified_identifier(get_namespace_name(get_func_namespace(accessor)),
											   get_func_name(accessor)),
					relmap_quoted_table(get_typ_typrelid(argtypes[0])));
}
