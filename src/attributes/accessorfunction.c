/*-------------------------------------------------------------------------
 *
 * accessorfunction.c
 *	  Accessors as functions of the database: made, changed, dropped.
 *
 * An accessor is an ordinary SQL function of the source table's owner, in the
 * source table's schema.  Its body begins with a comment by which relmap knows
 * its own functions, and which survives dump and restore.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessorfunction.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "attributes/accessor.h"
#include "attributes/accessorfunction.h"
#include "attributes/accessorname.h"
#include "attributes/accessorproc.h"
#include "base/nowait.h"
#include "base/util.h"

static void explain_dependents(void *arg);
static void run_unchecked(const char *statement);
static char *arguments_text(const RelmapAccessor *accessor);
static void set_in_place(Oid function, const RelmapAccessor *accessor,
						 const char *body);
static void check_free(Oid function, const RelmapAccessor *accessor);
static void set_schema(Oid accessor, Oid nspid);
static void set_owner(Oid accessor, Oid owner);
static void set_comment(Oid function, const RelmapAccessor *accessor);


/* ---- making it -------------------------------------------------------- */

/*
 * Create it, or change it; see the header.  An existing accessor is kept if
 * possible, because views may use it: it is moved to the schema where source
 * is now, and replaced in place unless its arguments or its result change.
 */
void
relmap_accessorfunction_create(const RelmapAccessor *accessor, const char *body,
							   Oid function)
{
	Oid			nspid = get_rel_namespace(accessor->source);

	if (OidIsValid(function) &&
		!relmap_accessorproc_fits(function, accessor))
	{
		relmap_accessorfunction_drop(function);
		function = InvalidOid;
	}

	if (!OidIsValid(function))
		relmap_accessorname_check(accessor);
	else
	{
		set_schema(function, nspid);
		if (strcmp(get_func_name(function), accessor->name) != 0)
			set_in_place(function, accessor, body);
	}

	run_unchecked(psprintf("CREATE OR REPLACE FUNCTION %s(%s) RETURNS %s%s"
						   " LANGUAGE sql STABLE PARALLEL SAFE AS %s",
						   quote_qualified_identifier(get_namespace_name(nspid),
													  accessor->name),
						   arguments_text(accessor),
						   accessor->is_set ? "SETOF " : "",
						   relmap_quoted_table(accessor->target),
						   quote_literal_cstr(body)));

	function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
							   CStringGetDatum(accessor->name),
							   PointerGetDatum(relmap_accessorproc_argument_types(accessor)),
							   ObjectIdGetDatum(nspid));
	set_owner(function, relmap_table_owner(accessor->source));
	set_comment(function, accessor);
	relmap_accessor_depend(function);
}

/*
 * The arguments of an accessor, as CREATE FUNCTION has them.
 */
static char *
arguments_text(const RelmapAccessor *accessor)
{
	StringInfoData buf;
	ListCell   *lc;
	ListCell   *name;

	initStringInfo(&buf);
	appendStringInfoString(&buf, relmap_quoted_table(accessor->source));
	forboth(lc, accessor->key_types, name, accessor->key_names)
		appendStringInfo(&buf, ", %s %s", quote_identifier(lfirst(name)),
						 format_type_be_qualified(lfirst_oid(lc)));
	return buf.data;
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
 * Drop it; but nothing that uses it.
 */
void
relmap_accessorfunction_drop(Oid function)
{
	ErrorContextCallback explainer;

	explainer.callback = explain_dependents;
	explainer.arg = NULL;
	explainer.previous = error_context_stack;
	error_context_stack = &explainer;
	relmap_run_ddl(psprintf("DROP FUNCTION %s", relmap_accessorproc_signature(function)));
	error_context_stack = explainer.previous;
}

/*
 * Error context callback: the server's hint is to use CASCADE, which there is
 * none of.
 */
static void
explain_dependents(void *arg)
{
	if (geterrcode() == ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST)
		errhint("Drop or change these objects first.");
}


/* ---- changing it ------------------------------------------------------ */

/*
 * Make a function that fits follow its tables; see the header.  Schema and
 * owner follow only a command that changed the source table: they are changed
 * by the current user, who needs the same rights for that as for the table's.
 * Name and body are written in place without permission checks: they are
 * relmap's own, writing them calls nothing, and the function runs with the
 * caller's rights.
 */
void
relmap_accessorfunction_follow(Oid function, const RelmapAccessor *accessor,
							   const char *body, bool in_place_only)
{
	set_in_place(function, accessor, body);
	if (in_place_only)
		return;
	set_schema(function, get_rel_namespace(accessor->source));
	set_owner(function, relmap_table_owner(accessor->source));
}

/*
 * Replace body, name and names of arguments of the function and nothing else.
 */
static void
set_in_place(Oid function, const RelmapAccessor *accessor, const char *body)
{
	bool		renamed = strcmp(get_func_name(function), accessor->name) != 0;
	Relation	rel;
	HeapTuple	tuple;
	Datum		values[Natts_pg_proc] = {0};
	bool		nulls[Natts_pg_proc] = {0};
	bool		replace[Natts_pg_proc] = {0};

	if (!renamed && relmap_accessorproc_has_body(function, body))
		return;
	if (renamed)
		check_free(function, accessor);

	rel = table_open(ProcedureRelationId, RowExclusiveLock);
	tuple = SearchSysCacheCopy1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	relmap_nowait_lock_tuple(rel, &tuple->t_self, "accessor");
	values[Anum_pg_proc_prosrc - 1] = CStringGetTextDatum(body);
	replace[Anum_pg_proc_prosrc - 1] = true;
	if (renamed)
	{
		Name		name = palloc(NAMEDATALEN);
		Datum		names[INDEX_MAX_KEYS + 1];
		int			n = 0;
		ListCell   *lc;

		namestrcpy(name, accessor->name);
		values[Anum_pg_proc_proname - 1] = NameGetDatum(name);
		replace[Anum_pg_proc_proname - 1] = true;
		names[n++] = CStringGetTextDatum("");
		foreach(lc, accessor->key_names)
			names[n++] = CStringGetTextDatum(lfirst(lc));
		values[Anum_pg_proc_proargnames - 1] =
			PointerGetDatum(construct_array(names, n, TEXTOID, -1, false,
											TYPALIGN_INT));
		replace[Anum_pg_proc_proargnames - 1] = true;
	}
	tuple = heap_modify_tuple(tuple, RelationGetDescr(rel), values, nulls,
							  replace);
	CatalogTupleUpdate(rel, &tuple->t_self, tuple);
	InvokeObjectPostAlterHook(ProcedureRelationId, function, 0);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

/*
 * Raise an error if an accessor can't get another name.
 */
static void
check_free(Oid function, const RelmapAccessor *accessor)
{
	relmap_accessorname_check(accessor);
	if (SearchSysCacheExists3(PROCNAMEARGSNSP,
							  CStringGetDatum(accessor->name),
							  PointerGetDatum(relmap_accessorproc_argument_types(accessor)),
							  ObjectIdGetDatum(get_func_namespace(function))))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FUNCTION),
				 errmsg("function %s already exists",
						relmap_accessorproc_display(accessor->name,
													accessor->source,
													accessor->key_types))));
}

/*
 * Move the accessor to a schema, if it is in another.
 */
static void
set_schema(Oid accessor, Oid nspid)
{
	if (get_func_namespace(accessor) != nspid)
		relmap_run_ddl(psprintf("ALTER FUNCTION %s SET SCHEMA %s",
								relmap_accessorproc_signature(accessor),
								quote_identifier(get_namespace_name(nspid))));
}

/*
 * Make the source table's owner the owner of the accessor.
 */
static void
set_owner(Oid accessor, Oid owner)
{
	if (relmap_accessorproc_owner(accessor) != owner)
		relmap_run_ddl(psprintf("ALTER FUNCTION %s OWNER TO %s",
								relmap_accessorproc_signature(accessor),
								quote_identifier(GetUserNameFromId(owner,
																   false))));
}

/*
 * The doc of a declaration is the comment on its accessor.  Without a doc, a
 * comment that a user wrote is kept.
 */
static void
set_comment(Oid function, const RelmapAccessor *accessor)
{
	if (accessor->doc == NULL &&
		GetComment(function, ProcedureRelationId, 0) != NULL)
		return;
	CreateComments(function, ProcedureRelationId, 0, accessor->comment);
}

/*
 * A declaration is altered: remove the comment that relmap has written.
 */
void
relmap_accessorfunction_forget_comment(Oid function,
									   const RelmapAccessor *accessor)
{
	char	   *comment = GetComment(function, ProcedureRelationId, 0);

	if (comment && strcmp(comment, accessor->comment) == 0)
		DeleteComments(function, ProcedureRelationId, 0);
}
