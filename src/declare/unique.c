/*-------------------------------------------------------------------------
 *
 * unique.c
 *	  The uniqueness under a one-to-one: create it, drop it, find what depends
 *	  on it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/unique.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "commands/comment.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/condition.h"
#include "base/foreignkey.h"
#include "base/owner.h"
#include "base/uniqueindex.h"
#include "base/util.h"
#include "declare/foundkeys.h"
#include "declare/unique.h"

/* How the comment of what relmap makes begins. */
#define COMMENT "relmap: at most one row per parent"

static void set_comment(const RelmapSlot *slot, const char *name,
						const char *comment);
static void check_partition_keys(const RelmapSlot *slot,
								 const RelmapRelationship *r);
static void check_partition_key(const RelmapSlot *slot, Oid partitioned,
								List **missing);
static void check_duplicates(const RelmapSlot *slot,
							 const RelmapRelationship *r);
static char *found_keys(const RelmapSlot *slot);
static char *first_dependent(Oid classid, Oid objid, Oid except);
static void check_author(const RelmapSlot *slot);


/* ---- making it -------------------------------------------------------- */

/*
 * Make a UNIQUE constraint on the columns of the slot, or where it has a
 * condition a unique index, under the name that core gives it, which is
 * returned.  The caller holds the lock on the table that this needs; r is who
 * wants it.
 */
char *
relmap_unique_add(const RelmapSlot *slot, const RelmapRelationship *r)
{
	Oid			child = slot->fk->child;
	char	   *table = relmap_quoted_table(child);
	char	   *columns = relmap_quoted_columns(relmap_slot_columns(slot));
	bool		show_keys = relmap_may_read(child, slot->nkeys, slot->attnums);
	RelmapSwitch save;
	Oid			index;
	char	   *name;

	if (slot->condition)
		check_author(slot);
	check_partition_keys(slot, r);
	if (show_keys)
		check_duplicates(slot, r);

	/* to analyse a condition may run functions of its author's */
	if (slot->condition)
	{
		relmap_condition_begin_stored(&save, relmap_table_owner(child));
		relmap_run_ddl(psprintf("CREATE UNIQUE INDEX ON %s (%s) WHERE %s",
								table, columns, slot->condition));
		relmap_owner_restore(&save);
	}
	else
		relmap_run_ddl(psprintf("ALTER TABLE %s ADD UNIQUE (%s)", table, columns));

	index = relmap_slot_index(slot);
	if (!OidIsValid(index))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("relationship \"%s\" cannot be %s",
						relmap_relationship_display_name(r->source, r->name),
						relmap_relationship_describe(r)),
				 errdetail("A unique constraint on the columns of foreign key \"%s\" compares values differently from the foreign key.",
						   NameStr(slot->fk->name)),
				 relmap_errtable(child, NULL, NameStr(slot->fk->name))));

	name = get_rel_name(index);
	set_comment(slot, name,
				quote_literal_cstr(psprintf(COMMENT "%s%s",
											slot->keyed_by ? " and key" : "",
											slot->condition ? " that meets the condition" : "")));
	return name;
}

/*
 * Make it one that relmap did not make.
 */
void
relmap_unique_give_away(const RelmapSlot *slot, const char *name)
{
	set_comment(slot, name, "NULL");
}

/*
 * Give it a comment, which is a literal or NULL.
 */
static void
set_comment(const RelmapSlot *slot, const char *name, const char *comment)
{
	char	   *table = relmap_quoted_table(slot->fk->child);
	char	   *schema = get_namespace_name(get_rel_namespace(slot->fk->child));

	relmap_run_ddl(psprintf("COMMENT ON %s IS %s",
							slot->condition
							? psprintf("INDEX %s", quote_qualified_identifier(schema, name))
							: psprintf("CONSTRAINT %s ON %s",
									   quote_identifier(name), table),
							comment));
}

/*
 * Does its comment say that an index, or its constraint, was made by relmap?
 */
bool
relmap_unique_is_own(Oid index)
{
	Oid			constraint = get_index_constraint(index);
	char	   *comment = OidIsValid(constraint)
	? GetComment(constraint, ConstraintRelationId, 0)
	: GetComment(index, RelationRelationId, 0);

	return comment != NULL && strncmp(comment, COMMENT, strlen(COMMENT)) == 0;
}

/*
 * Raise an error unless the author of a condition has the rights of the table's
 * owner, in whose name it is about to be used.
 */
static void
check_author(const RelmapSlot *slot)
{
	Oid			child = slot->fk->child;

	if (!has_privs_of_role(slot->author, relmap_table_owner(child)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s", get_rel_name(child)),
				 errdetail("The owner of the relationship's table is the author of its condition."),
				 relmap_errtable(child, NULL, NULL)));
}

/*
 * Drop what relmap_unique_add() has made.
 */
void
relmap_unique_drop(const RelmapSlot *slot, const char *name)
{
	Oid			child = slot->fk->child;

	if (slot->condition)
		relmap_run_ddl(psprintf("DROP INDEX %s",
								quote_qualified_identifier(get_namespace_name(get_rel_namespace(child)),
														   name)));
	else
		relmap_run_ddl(psprintf("ALTER TABLE %s DROP CONSTRAINT %s",
								relmap_quoted_table(child), quote_identifier(name)));
}

/*
 * What a slot's uniqueness is called in messages.
 */
const char *
relmap_unique_word(const RelmapSlot *slot)
{
	return slot->condition ? "index" : "constraint";
}

/*
 * A UNIQUE constraint of a partitioned table must contain every column of
 * its partition key, and of those of its partitions.
 */
static void
check_partition_keys(const RelmapSlot *slot, const RelmapRelationship *r)
{
	const RelmapForeignKey *fk = slot->fk;
	List	   *missing = NIL;
	RelmapSwitch save;
	StringInfoData names;
	ListCell   *lc;

	if (get_rel_relkind(fk->child) != RELKIND_PARTITIONED_TABLE)
		return;

	/* a partition key may call functions of the owner's */
	relmap_owner_become(fk->child, &save);
	foreach(lc, find_all_inheritors(fk->child, AccessShareLock, NULL))
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE)
			check_partition_key(slot, lfirst_oid(lc), &missing);
	}
	relmap_owner_restore(&save);
	if (missing == NIL)
		return;

	initStringInfo(&names);
	foreach(lc, missing)
		appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "",
						 strVal(lfirst(lc)));
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("relationship \"%s\" cannot be %s, because table \"%s\" is partitioned by other columns",
					relmap_relationship_display_name(r->source, r->name),
					relmap_relationship_describe(r), relmap_table_display_name(fk->child)),
			 errdetail("Foreign key \"%s\" lacks partition key columns: %s.",
					   NameStr(fk->name), names.data),
			 r->direction == RELMAP_MANYTOONE
			 ? errhint("Add the columns to the foreign key, or leave single_parent out.")
			 : errhint("Add the columns to the foreign key, or use uselist => true, or enforce => false."),
			 relmap_errtable(fk->child, NULL, NameStr(fk->name))));
}

/*
 * Add to missing what the partition key of one table has and the key lacks.
 */
static void
check_partition_key(const RelmapSlot *slot, Oid partitioned, List **missing)
{
	List	   *columns = relmap_slot_columns(slot);
	Relation	rel = table_open(partitioned, AccessShareLock);
	PartitionKey key = RelationGetPartitionKey(rel);
	int			i;

	for (i = 0; i < key->partnatts; i++)
	{
		char	   *name;

		if (key->partattrs[i] == 0)
			name = "an expression";
		else
			name = get_attname(partitioned, key->partattrs[i], false);

		if (key->partattrs[i] == 0 || !relmap_has_name(columns, name))
			*missing = list_append_unique(*missing, makeString(name));
	}
	table_close(rel, NoLock);
}

/*
 * Raise an error if parents have several children now.  They are looked for as
 * the table's owner: if that role may not read them, core's own error is
 * raised, without keys.
 */
static void
check_duplicates(const RelmapSlot *slot, const RelmapRelationship *r)
{
	const RelmapForeignKey *fk = slot->fk;
	const char *relationship = relmap_relationship_display_name(r->source, r->name);
	const char *kind = relmap_relationship_describe(r);
	RelmapSwitch save;
	char	   *keys;

	relmap_owner_become(fk->child, &save);
	keys = relmap_may_read(fk->child, slot->nkeys, slot->attnums)
		? found_keys(slot) : NULL;
	relmap_owner_restore(&save);
	if (keys == NULL)
		return;

	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 slot->keyed_by
			 ? errmsg("relationship \"%s\" cannot be %s, because rows of table \"%s\" share parent and key",
					  relationship, kind, relmap_table_display_name(fk->child))
			 : errmsg("relationship \"%s\" cannot be %s, because rows of table \"%s\" share a parent",
					  relationship, kind, relmap_table_display_name(fk->child)),
			 errdetail("%s", keys),
			 errhint("List them all with: %s;", relmap_unique_violations_query(slot, NULL, false)),
			 relmap_errtable(fk->child,
							 slot->nkeys == 1
							 ? get_attname(fk->child, fk->child_attnums[0],
										   false)
							 : NULL,
							 NULL)));
}

/*
 * The query that lists the keys that several rows have; see the header:
 *
 *	SELECT fk, ..., count(*) FROM [ONLY] child WHERE fk IS NOT NULL AND ...
 *	GROUP BY fk, ... HAVING count(*) > 1 ORDER BY count(*) DESC, fk, ...
 */
char *
relmap_unique_violations_query(const RelmapSlot *slot, const char *shown,
							   bool qualified)
{
	const RelmapForeignKey *fk = slot->fk;
	const char *count = qualified ? "pg_catalog.count(*)" : "count(*)";
	const char *greater = qualified ? "OPERATOR(pg_catalog.>)" : ">";
	List	   *names = relmap_slot_columns(slot);
	char	   *columns = relmap_quoted_columns(names);
	StringInfoData buf;
	int			i;

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT %s, %s FROM %s%s WHERE ",
					 shown ? shown : columns, count,
					 get_rel_relkind(fk->child) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
					 relmap_quoted_table(fk->child));
	for (i = 0; i < slot->nkeys; i++)
		appendStringInfo(&buf, "%s%s IS NOT NULL", i > 0 ? " AND " : "",
						 quote_identifier(list_nth(names, i)));
	if (slot->condition)
		appendStringInfo(&buf, " AND (%s)", slot->condition);
	appendStringInfo(&buf, " GROUP BY %s HAVING %s %s 1 ORDER BY %s DESC, %s",
					 columns, count, greater, count, columns);
	return buf.data;
}

/*
 * Some of these keys, as a sentence; NULL if there is none.
 */
static char *
found_keys(const RelmapSlot *slot)
{
	int			level = relmap_condition_fix_settings();
	char	   *keys;

	keys = relmap_foundkeys(relmap_unique_violations_query(slot, NULL, true),
							slot->nkeys,
							relmap_quoted_columns(relmap_slot_columns(slot)));
	relmap_condition_restore_settings(level);
	return keys;
}


/* ---- what depends on it ----------------------------------------------- */

/*
 * What depends on a unique index or its constraint, so that it can't be
 * dropped, in words: a foreign key that references it, a view.  NULL if
 * nothing does.
 */
char *
relmap_unique_dependent(Oid index)
{
	Oid			constraint = get_index_constraint(index);
	char	   *dependent = NULL;

	if (OidIsValid(constraint))
		dependent = first_dependent(ConstraintRelationId, constraint,
									InvalidOid);
	if (dependent == NULL)
		dependent = first_dependent(RelationRelationId, index, constraint);
	if (dependent == NULL && get_index_isreplident(index))
		dependent = pstrdup("the table's replica identity");
	return dependent;
}

/*
 * The first object with a normal dependency on one; NULL if none.
 */
static char *
first_dependent(Oid classid, Oid objid, Oid except)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData keys[2];
	HeapTuple	tuple;
	char	   *result = NULL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(classid));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(objid));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2,
							  keys);

	while (result == NULL && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress object;

		if (dep->deptype != DEPENDENCY_NORMAL || dep->objid == except)
			continue;
		ObjectAddressSubSet(object, dep->classid, dep->objid, dep->objsubid);
		result = getObjectDescription(&object, false);
	}

	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}
