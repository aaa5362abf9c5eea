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

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "nodes/value.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "attributes/accessor.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/util.h"
#include "ddl/beforedrop.h"
#include "ddl/follow.h"

/* DROP INDEX, and the tables of its indexes, in the transaction's memory. */
static const Node *drop_index = NULL;
static List *tables_of_indexes = NIL;

static List *about_to_go(Node *command);
static List *of_owners(List *roles);
static List *of_extension(const char *name);
static void right_dependencies(void *arg);
static List *named_tables(const DropStmt *drop);
static bool may_drop(Oid relid);
static void remember_tables(const DropStmt *drop);
static void forget_at_end(XactEvent event, void *arg);


/*
 * Correct the dependencies of accessors that are dropped with the command's
 * objects; see the header.
 */
void
relmap_beforedrop_prepare(void *arg)
{
	ListCell   *lc;

	/* those of one that has failed may be taken for this one's */
	drop_index = NULL;
	tables_of_indexes = NIL;
	if (IsA(arg, DropStmt) && ((DropStmt *) arg)->removeType == OBJECT_INDEX)
		remember_tables(arg);
	foreach(lc, about_to_go((Node *) arg))
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->accessor && relmap_relationship_tables_exist(r))
			(void) relmap_follow(right_dependencies, r, r);
	}
}

/*
 * The declarations that have a table which the command drops, or all if it
 * drops the extension; none if the user may not do that.
 */
static List *
about_to_go(Node *command)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (IsA(command, DropOwnedStmt))
		return of_owners(((DropOwnedStmt *) command)->roles);
	if (!IsA(command, DropStmt))
		return NIL;
	if (((DropStmt *) command)->removeType == OBJECT_TABLE)
		return relmap_catalog_involving(named_tables((DropStmt *) command));
	if (((DropStmt *) command)->removeType != OBJECT_EXTENSION)
		return NIL;
	foreach(lc, ((DropStmt *) command)->objects)
		result = list_concat(result, of_extension(strVal(lfirst(lc))));
	return result;
}

/*
 * The declarations that have a table of one of these roles, whose rights the
 * current user has.
 */
static List *
of_owners(List *roles)
{
	List	   *owners = NIL;
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, roles)
	{
		Oid			role = get_rolespec_oid(lfirst(lc), true);

		if (OidIsValid(role) && has_privs_of_role(GetUserId(), role))
			owners = lappend_oid(owners, role);
	}
	if (owners == NIL)
		return NIL;
	foreach(lc, relmap_catalog_all())
	{
		RelmapRelationship *r = lfirst(lc);

		if (relmap_relationship_tables_exist(r) &&
			(list_member_oid(owners, relmap_table_owner(r->source)) ||
			 list_member_oid(owners, relmap_table_owner(r->target))))
			result = lappend(result, r);
	}
	return result;
}

/*
 * The declarations that go with an extension: of relmap all, of another those
 * that have a table which is a member.
 */
static List *
of_extension(const char *name)
{
	Oid			extension = get_extension_oid(name, true);
	List	   *result = NIL;
	ListCell   *lc;

	if (!OidIsValid(extension) ||
		!object_ownercheck(ExtensionRelationId, extension, GetUserId()))
		return NIL;
	if (strcmp(name, "relmap") == 0)
		return relmap_catalog_all();
	foreach(lc, relmap_catalog_all())
	{
		RelmapRelationship *r = lfirst(lc);

		if (getExtensionOfObject(RelationRelationId, r->source) == extension ||
			getExtensionOfObject(RelationRelationId, r->target) == extension)
			result = lappend(result, r);
	}
	return result;
}

static void
right_dependencies(void *arg)
{
	ListCell   *lc;

	foreach(lc, relmap_accessor_list(arg))
		relmap_accessor_depend(lfirst_oid(lc));
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

/*
 * DROP INDEX begins: remember the tables of its indexes, with their partitions.
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
 */
List *
relmap_beforedrop_indexed(const Node *command)
{
	List	   *tables = command == drop_index ? tables_of_indexes : NIL;

	drop_index = NULL;
	tables_of_indexes = NIL;
	return tables;
}
