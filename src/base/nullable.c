/*-------------------------------------------------------------------------
 *
 * nullable.c
 *	  Which columns of a foreign key can be set to NULL, so that a row leaves
 *	  its parent.  Used by declarations and by the triggers.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/nullable.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_partitioned_table.h"
#include "catalog/pg_type.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/foreignkey.h"
#include "base/nullable.h"

static bool column_can_be_null(Relation child, AttrNumber attnum);
static bool type_is_not_null(Oid typid);
static bool in_partition_key(Relation rel, AttrNumber attnum);
static bool rel_partition_key_has(Relation rel, AttrNumber attnum);


/*
 * Which columns are set to NULL when a row leaves its parent; see the header.
 */
int
relmap_nullable_columns(Relation child, int nkeys, const AttrNumber *attnums,
						int n_set_null, const AttrNumber *set_null,
						AttrNumber *result)
{
	int			n = n_set_null > 0 ? n_set_null : nkeys;
	const AttrNumber *from = n_set_null > 0 ? set_null : attnums;
	int			found = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (column_can_be_null(child, from[i]))
			result[found++] = from[i];
	}
	return found;
}

/*
 * The same for a whole foreign key; see the header.
 */
int
relmap_nullable_of_key(const RelmapForeignKey *fk, AttrNumber *result)
{
	Relation	child = table_open(fk->child, AccessShareLock);
	int			n;

	n = relmap_nullable_columns(child, fk->nkeys, fk->child_attnums,
								fk->n_set_null, fk->set_null, result);
	table_close(child, NoLock);
	return fk->match_type == FKCONSTR_MATCH_FULL && n < fk->nkeys ? 0 : n;
}

/*
 * Can this column of the table hold NULL (CHECK constraints aside), and can an
 * UPDATE set it without moving the row to another partition?
 */
static bool
column_can_be_null(Relation child, AttrNumber attnum)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(child), attnum - 1);

	return !att->attnotnull &&	/* a primary key's columns have it too */
		att->attgenerated == '\0' &&
		!type_is_not_null(att->atttypid) &&
		!in_partition_key(child, attnum);
}

/*
 * Is the type a domain that is NOT NULL, or one over such a domain?
 */
static bool
type_is_not_null(Oid typid)
{
	for (;;)
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(typid));
		Form_pg_type form;
		bool		is_domain;
		bool		not_null;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for type %u", typid);
		form = (Form_pg_type) GETSTRUCT(tuple);
		is_domain = form->typtype == TYPTYPE_DOMAIN;
		not_null = form->typnotnull;
		typid = form->typbasetype;
		ReleaseSysCache(tuple);

		if (!is_domain)
			return false;
		if (not_null)
			return true;
	}
}

/*
 * Is the column in the partition key of the table or of one of its ancestors?
 */
static bool
in_partition_key(Relation rel, AttrNumber attnum)
{
	char	   *name;
	ListCell   *lc;

	if (rel_partition_key_has(rel, attnum))
		return true;
	if (!rel->rd_rel->relispartition)
		return false;

	name = NameStr(TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attname);
	foreach(lc, get_partition_ancestors(RelationGetRelid(rel)))
	{
		Relation	ancestor = table_open(lfirst_oid(lc), AccessShareLock);
		bool		found;

		found = rel_partition_key_has(ancestor,
									  get_attnum(RelationGetRelid(ancestor),
												 name));
		table_close(ancestor, NoLock);
		if (found)
			return true;
	}
	return false;
}

/*
 * Is the column in the partition key of this table, in an expression too?
 * This reads the catalog, as the relcache would fold the expression, and run
 * functions of the table's owner.
 */
static bool
rel_partition_key_has(Relation rel, AttrNumber attnum)
{
	HeapTuple	tuple;
	Form_pg_partitioned_table form;
	Datum		expressions;
	bool		isnull;
	bool		found = false;
	int			i;

	if (rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		return false;
	tuple = SearchSysCache1(PARTRELID,
							ObjectIdGetDatum(RelationGetRelid(rel)));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for partition key of %u",
			 RelationGetRelid(rel));
	form = (Form_pg_partitioned_table) GETSTRUCT(tuple);
	for (i = 0; i < form->partnatts; i++)
		found |= form->partattrs.values[i] == attnum;

	expressions = SysCacheGetAttr(PARTRELID, tuple,
								  Anum_pg_partitioned_table_partexprs, &isnull);
	if (!found && !isnull)
	{
		Bitmapset  *columns = NULL;

		pull_varattnos(stringToNode(TextDatumGetCString(expressions)), 1,
					   &columns);
		found = bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber,
							  columns) ||
			bms_is_member(-FirstLowInvalidHeapAttributeNumber, columns);
	}
	ReleaseSysCache(tuple);
	return found;
}

/*
 * Is a column in the partition key of a table, of one of its partitions, or of
 * a table that it is a partition of?  To change it moves the row.
 */
bool
relmap_nullable_in_partition_key(Oid relid, const char *column)
{
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		Relation	rel = table_open(lfirst_oid(lc), NoLock);
		bool		found = in_partition_key(rel,
											 get_attnum(lfirst_oid(lc),
														column));

		table_close(rel, NoLock);
		if (found)
			return true;
	}
	return false;
}

/*
 * Can these columns of a partitioned table be NULL in every partition too?
 * A partition may have constraints, and a partition key, of its own.
 */
bool
relmap_nullable_in_partitions(Oid child, int n, const AttrNumber *attnums)
{
	ListCell   *lc;

	if (get_rel_relkind(child) != RELKIND_PARTITIONED_TABLE)
		return true;

	foreach(lc, find_all_inheritors(child, AccessShareLock, NULL))
	{
		Relation	part = table_open(lfirst_oid(lc), NoLock);
		bool		can = true;
		int			i;

		for (i = 0; i < n && can; i++)
		{
			char	   *name = get_attname(child, attnums[i], false);

			can = column_can_be_null(part,
									 get_attnum(RelationGetRelid(part), name));
		}
		table_close(part, NoLock);
		if (!can)
			return false;
	}
	return true;
}
