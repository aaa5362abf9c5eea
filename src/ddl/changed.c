/*-------------------------------------------------------------------------
 *
 * changed.c
 *	  What a command has changed, and which declarations that concerns.
 *
 * Accessors name the tables of their relationship, and the operators, types
 * and collations that compare its keys' columns.  The server records what
 * columns and foreign keys depend on, so that what a type or a schema concerns
 * is found without reading all declarations.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/changed.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "ddl/changed.h"
#include "ddl/reported.h"

static bool is_of_type(Oid relid, Oid type);
static void add_tables(const ObjectAddress *object, List **tables,
					   ObjectAddresses *seen);
static List *dependents(const ObjectAddress *object);
static Oid	constraint_table(Oid constraint);


/*
 * See the header.
 */
RelmapChanged *
relmap_changed_read(void)
{
	RelmapChanged *changed = palloc0(sizeof(RelmapChanged));
	TupleDesc	desc;
	ListCell   *lc;

	foreach(lc, relmap_reported_commands(&desc))
	{
		HeapTuple	row = lfirst(lc);
		bool		isnull;
		Oid			classid = DatumGetObjectId(heap_getattr(row, RELMAP_COMMAND_CLASSID,
															desc, &isnull));
		Oid			objid = DatumGetObjectId(heap_getattr(row, RELMAP_COMMAND_OBJID,
														  desc, &isnull));
		Oid			relid = InvalidOid;

		if (isnull)
			continue;
		if (classid == ConstraintRelationId)
			relid = constraint_table(objid);
		else if (classid == RelationRelationId)
			relid = objid;
		if (OidIsValid(relid))
			changed->tables = list_concat_unique_oid(changed->tables,
													 find_all_inheritors(relid, NoLock,
																		 NULL));
		else
		{
			ObjectAddress *object = palloc(sizeof(ObjectAddress));

			ObjectAddressSet(*object, classid, objid);
			changed->others = lappend(changed->others, object);
		}
	}
	return changed;
}

/*
 * See the header.
 */
void
relmap_changed_add_typed(RelmapChanged *changed)
{
	List	   *typed = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, changed->tables)
	{
		Oid			type = get_rel_type_id(lfirst_oid(lc));
		ObjectAddress object;

		ObjectAddressSet(object, TypeRelationId, type);
		foreach(lc2, OidIsValid(type) ? dependents(&object) : NIL)
		{
			const ObjectAddress *table = lfirst(lc2);

			if (table->classId == RelationRelationId &&
				is_of_type(table->objectId, type))
				typed = list_concat_unique_oid(typed,
											   find_all_inheritors(table->objectId,
																   NoLock, NULL));
		}
	}
	changed->tables = list_concat_unique_oid(changed->tables, typed);
}

static bool
is_of_type(Oid relid, Oid type)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_class) GETSTRUCT(tuple))->reloftype == type;
		ReleaseSysCache(tuple);
	}
	return result;
}

/*
 * See the header.  What an extension has changed is not known: it may be all.
 */
List *
relmap_changed_declarations(const RelmapChanged *changed, bool texts)
{
	List	   *tables = list_copy(changed->tables);
	ObjectAddresses *seen = new_object_addresses();
	List	   *result;
	ListCell   *lc;

	foreach(lc, changed->others)
	{
		const ObjectAddress *object = lfirst(lc);

		if (object->classId == ExtensionRelationId)
			return relmap_catalog_all();
		add_tables(object, &tables, seen);
	}
	free_object_addresses(seen);

	result = relmap_catalog_involving(tables);
	if (!texts && changed->others == NIL)
		return result;
	foreach(lc, relmap_catalog_with_texts())
	{
		RelmapRelationship *r = lfirst(lc);

		if (!list_member_oid(tables, r->source) &&
			!list_member_oid(tables, r->target) &&
			!list_member_oid(tables, r->secondary))
			result = lappend(result, r);
	}
	return result;
}

/*
 * Add the tables whose accessors may name an object: those in a schema, those
 * with columns of a type or a collation, those with foreign keys that compare
 * with an operator.  seen: the objects that need not be looked at again.
 */
static void
add_tables(const ObjectAddress *object, List **tables, ObjectAddresses *seen)
{
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	check_stack_depth();
	switch (object->classId)
	{
		case RelationRelationId:
			*tables = lappend_oid(*tables, object->objectId);
			return;
		case ConstraintRelationId:
			if (OidIsValid(constraint_table(object->objectId)))
				*tables = lappend_oid(*tables,
									  constraint_table(object->objectId));
			return;
		case NamespaceRelationId:
		case TypeRelationId:
		case OperatorRelationId:
		case CollationRelationId:
			break;
		default:
			return;				/* only texts name it */
	}
	if (object_address_present(object, seen))
		return;
	add_exact_object_address(object, seen);
	foreach(lc, dependents(object))
		add_tables(lfirst(lc), tables, seen);
}

/*
 * What depends on an object, of ObjectAddress *, without parts.
 */
static List *
dependents(const ObjectAddress *object)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *result = NIL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid,
				BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(object->classId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid,
				BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(object->objectId));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress *dependent = palloc(sizeof(ObjectAddress));

		ObjectAddressSet(*dependent, depend->classid, depend->objid);
		result = lappend(result, dependent);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * See the header.
 */
const char *
relmap_changed_name(const Node *command)
{
	const Node *object = NULL;
	const char *name = NULL;

	if (IsA(command, RenameStmt))
	{
		const RenameStmt *stmt = (const RenameStmt *) command;

		object = stmt->object;
		name = stmt->subname;
		if (stmt->relation && name == NULL)
			name = stmt->relation->relname;
	}
	else if (IsA(command, AlterObjectSchemaStmt))
	{
		const AlterObjectSchemaStmt *stmt = (const AlterObjectSchemaStmt *) command;

		object = stmt->object;
		if (stmt->relation)
			name = stmt->relation->relname;
	}
	else if (IsA(command, AlterEnumStmt))
		name = ((const AlterEnumStmt *) command)->oldVal;

	if (object && IsA(object, ObjectWithArgs))
		name = strVal(llast(((const ObjectWithArgs *) object)->objname));
	else if (object && IsA(object, List))
		name = strVal(llast((const List *) object));

	/* others are written with quotes */
	return name && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0'
		? name : NULL;
}

/*
 * The table of a constraint; InvalidOid if it is a domain's.
 */
static Oid
constraint_table(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID,
										ObjectIdGetDatum(constraint));
	Oid			relid = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		relid = ((Form_pg_constraint) GETSTRUCT(tuple))->conrelid;
		ReleaseSysCache(tuple);
	}
	return relid;
}
