/*-------------------------------------------------------------------------
 *
 * beforedrop.c
 *	  Accessors go with what is dropped.
 *
 * A restore or pg_upgrade loses their dependencies.  They are corrected when
 * they are needed: for the accessors that the command is about to drop, if the
 * user may do that.
 *
 * Of an index the table is not known any more when it is dropped, so that it is
 * looked up here, too.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/beforedrop.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_shdepend.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "attributes/accessor.h"
#include "attributes/accessorproc.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/util.h"
#include "ddl/beforedrop.h"
#include "ddl/follow.h"

/* DROP INDEX, and the tables of its indexes, in the transaction's memory. */
static const Node *drop_index = NULL;
static List *tables_of_indexes = NIL;

static List *about_to_go(Node *command, bool *all);
static List *of_owners(List *roles, bool *all);
static List *owned_tables(Oid role, bool *all);
static bool is_of_own_extension(Oid relid);
static bool may_drop_extension(Oid extension);
static void depend_all(void);
static void right_dependencies(void *arg);
static void depend(void *arg);
static List *named_tables(const DropStmt *drop);
static bool may_drop(Oid relid);
static bool is_drop_index(const Node *command);
static void remember_tables(const DropStmt *drop);
static void forget_at_end(XactEvent event, void *arg);


/*
 * Correct the dependencies of accessors that are dropped with the command's
 * objects; see the header.
 */
void
relmap_beforedrop_prepare(void *arg)
{
	bool		all = false;
	List	   *declarations;
	ListCell   *lc;

	if (is_drop_index(arg))
		remember_tables(arg);
	declarations = about_to_go((Node *) arg, &all);
	if (all)
	{
		depend_all();
		return;
	}
	foreach(lc, declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->accessor && relmap_relationship_tables_exist(r))
			(void) relmap_follow(right_dependencies, r, r);
	}
}

/*
 * The declarations that have a table which the command drops; none if the user
 * may not do that.  *all: it drops the extension, all accessors go.
 */
static List *
about_to_go(Node *command, bool *all)
{
	if (IsA(command, DropOwnedStmt))
		return of_owners(((DropOwnedStmt *) command)->roles, all);
	if (!IsA(command, DropStmt))
		return NIL;
	if (((DropStmt *) command)->removeType == OBJECT_TABLE)
		return relmap_catalog_involving(named_tables((DropStmt *) command));
	return NIL;
}

/*
 * The declarations that have a table of one of these roles, whose rights the
 * current user has.
 */
static List *
of_owners(List *roles, bool *all)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, roles)
	{
		Oid			role = get_rolespec_oid(lfirst(lc), true);

		if (OidIsValid(role) && has_privs_of_role(GetUserId(), role))
			tables = list_concat(tables, owned_tables(role, all));
	}
	return relmap_catalog_involving(tables);
}

/*
 * The tables of a role in this database; *all: it has the extension, too.
 */
static List *
owned_tables(Oid role, bool *all)
{
	Oid			extension = get_extension_oid("relmap", true);
	Relation	rel = table_open(SharedDependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *tables = NIL;

	ScanKeyInit(&keys[0], Anum_pg_shdepend_refclassid,
				BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(AuthIdRelationId));
	ScanKeyInit(&keys[1], Anum_pg_shdepend_refobjid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(role));
	scan = systable_beginscan(rel, SharedDependReferenceIndexId, true, NULL, 2,
							  keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_shdepend depend = (Form_pg_shdepend) GETSTRUCT(tuple);

		if (depend->deptype != SHARED_DEPENDENCY_OWNER ||
			depend->dbid != MyDatabaseId)
			continue;
		if (depend->classid == RelationRelationId)
			tables = lappend_oid(tables, depend->objid);
		if (depend->classid == ExtensionRelationId &&
			depend->objid == extension)
			*all = true;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return tables;
}

/*
 * The same for DROP EXTENSION; see the header.
 */
void
relmap_beforedrop_extension(void *arg)
{
	ListCell   *lc;

	if (may_drop_extension(get_extension_oid("relmap", true)))
	{
		depend_all();
		return;
	}
	foreach(lc, relmap_catalog_all())
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->accessor && relmap_relationship_tables_exist(r) &&
			(is_of_own_extension(r->source) || is_of_own_extension(r->target)))
			(void) relmap_follow(right_dependencies, r, r);
	}
}

/*
 * Is a table a member of an extension that the current user may drop?
 */
static bool
is_of_own_extension(Oid relid)
{
	return may_drop_extension(getExtensionOfObject(RelationRelationId, relid));
}

static bool
may_drop_extension(Oid extension)
{
	return OidIsValid(extension) &&
		object_ownercheck(ExtensionRelationId, extension, GetUserId());
}

static void
depend_all(void)
{
	ListCell   *lc;

	foreach(lc, relmap_accessorproc_all())
		(void) relmap_follow(depend, &lfirst_oid(lc), NULL);
}

static void
right_dependencies(void *arg)
{
	ListCell   *lc;

	foreach(lc, relmap_accessor_list(arg))
		relmap_accessor_depend(lfirst_oid(lc));
}

static void
depend(void *arg)
{
	relmap_accessor_depend(*(Oid *) arg);
}

/*
 * The tables that DROP TABLE names and may drop, with their partitions.
 */
static List *
named_tables(const DropStmt *drop)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, drop->objects)
	{
		Oid			relid = RangeVarGetRelid(makeRangeVarFromNameList(lfirst(lc)),
											 NoLock, true);

		if (OidIsValid(relid) && may_drop(relid))
			tables = list_concat_unique_oid(tables,
											find_all_inheritors(relid, NoLock,
																NULL));
	}
	return tables;
}

/*
 * May the current user drop a table?  The owner of its schema may, too.
 */
static bool
may_drop(Oid relid)
{
	return object_ownercheck(RelationRelationId, relid, GetUserId()) ||
		object_ownercheck(NamespaceRelationId, get_rel_namespace(relid),
						  GetUserId());
}

static bool
is_drop_index(const Node *command)
{
	return IsA(command, DropStmt) &&
		((const DropStmt *) command)->removeType == OBJECT_INDEX;
}

/*
 * DROP INDEX begins: remember the tables of its indexes, with their partitions,
 * instead of those of one that has failed.
 */
static void
remember_tables(const DropStmt *drop)
{
	static bool registered = false;
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);
	ListCell   *lc;

	if (!registered)
		RegisterXactCallback(forget_at_end, NULL);
	registered = true;

	drop_index = (const Node *) drop;
	tables_of_indexes = NIL;
	foreach(lc, drop->objects)
	{
		Oid			index = RangeVarGetRelid(makeRangeVarFromNameList(lfirst(lc)),
											 NoLock, true);
		Oid			relid = OidIsValid(index) ? IndexGetRelation(index, true) :
		InvalidOid;

		if (OidIsValid(relid))
			tables_of_indexes = list_concat_unique_oid(tables_of_indexes,
													   find_all_inheritors(relid, NoLock,
																		   NULL));
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Transaction callback: DROP INDEX CONCURRENTLY goes through several
 * transactions, after which they are not known.
 */
static void
forget_at_end(XactEvent event, void *arg)
{
	drop_index = NULL;
	tables_of_indexes = NIL;
}

/*
 * The tables of the indexes that the command has dropped; see the header.
 * Another kind of command may be where a DROP INDEX was that has failed.
 */
List *
relmap_beforedrop_indexed(const Node *command)
{
	List	   *tables = command == drop_index && is_drop_index(command) ?
	tables_of_indexes : NIL;

	drop_index = NULL;
	tables_of_indexes = NIL;
	return tables;
}
