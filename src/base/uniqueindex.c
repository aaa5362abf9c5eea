/*-------------------------------------------------------------------------
 *
 * uniqueindex.c
 *	  Find the uniqueness under a one-to-one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/uniqueindex.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/condition.h"
#include "base/uniqueindex.h"

static Oid	find_index(Oid child, int nkeys, const AttrNumber *attnums,
					   Node *condition, Oid author, Oid except);
static bool index_is_usable(Form_pg_index index, HeapTuple tuple,
							TupleDesc desc, int nkeys,
							const AttrNumber *attnums);
static bool key_compares_as_usual(Oid child, AttrNumber attnum,
								  Oid opclass, Oid collation);
static bool has_columns(Form_pg_index index, const RelmapSlot *slot);

/*
 * The unique index of child on exactly these columns; see the header.
 */
Oid
relmap_uniqueindex_find(Oid child, int nkeys, const AttrNumber *attnums)
{
	return relmap_uniqueindex_find_where(child, nkeys, attnums, NULL,
										 InvalidOid);
}

/*
 * The same with that predicate, NULL for none, which author has written.
 */
Oid
relmap_uniqueindex_find_where(Oid child, int nkeys, const AttrNumber *attnums,
							  Node *condition, Oid author)
{
	return find_index(child, nkeys, attnums, condition, author, InvalidOid);
}

/*
 * Is that unique index of a slot the only one?
 */
bool
relmap_uniqueindex_is_alone(const RelmapSlot *slot, Oid index)
{
	return !OidIsValid(find_index(slot->fk->child, slot->nkeys, slot->attnums,
								  slot->tree, slot->author, index));
}

/*
 * The best unique index but for one.
 */
static Oid
find_index(Oid child, int nkeys, const AttrNumber *attnums, Node *condition,
		   Oid author, Oid except)
{
	Oid			best = InvalidOid;
	int			best_rank = -1;
	Relation	rel = table_open(IndexRelationId, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_index_indrelid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(child));
	scan = systable_beginscan(rel, IndexIndrelidIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_index index = (Form_pg_index) GETSTRUCT(tuple);
		int			rank;

		if (!index->indisunique || index->indexrelid == except ||
			!index_is_usable(index, tuple, RelationGetDescr(rel), nkeys,
							 attnums) ||
			!relmap_condition_is_of_index(tuple, condition, author, child))
			continue;

		/*
		 * A constraint is better, then one that checks at once, then the
		 * older.
		 */
		rank = (OidIsValid(get_index_constraint(index->indexrelid)) ? 2 : 0) +
			(index->indimmediate ? 1 : 0);
		if (rank > best_rank ||
			(rank == best_rank && index->indexrelid < best))
		{
			best = index->indexrelid;
			best_rank = rank;
		}
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return best;
}

/*
 * Does this unique index guarantee that no two rows have the same key?
 */
static bool
index_is_usable(Form_pg_index index, HeapTuple tuple, TupleDesc desc,
				int nkeys, const AttrNumber *attnums)
{
	oidvector  *classes;
	oidvector  *collations;
	bool		isnull;
	int			i;
	int			j;

	/* Only btree has unique indexes that are not exclusion constraints. */
	if (index->indisexclusion || !index->indisvalid || !index->indisready ||
		!index->indislive ||
		index->indnullsnotdistinct || index->indnkeyatts != nkeys ||
		!heap_attisnull(tuple, Anum_pg_index_indexprs, desc))
		return false;

	classes = (oidvector *)
		DatumGetPointer(heap_getattr(tuple, Anum_pg_index_indclass, desc,
									 &isnull));
	collations = (oidvector *)
		DatumGetPointer(heap_getattr(tuple, Anum_pg_index_indcollation, desc,
									 &isnull));

	/* Both sides have the same number of distinct columns. */
	for (i = 0; i < nkeys; i++)
	{
		for (j = 0; j < nkeys; j++)
		{
			if (index->indkey.values[i] == attnums[j])
				break;
		}
		if (j == nkeys ||
			!key_compares_as_usual(index->indrelid, attnums[j],
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): NOT NULL */
								   classes->values[i], collations->values[i]))
			return false;
	}
	return true;
}

/*
 * Are two values equal for this index column exactly when they are equal for
 * the column's type?  A coarser operator class or collation would reject rows
 * of different parents.
 */
static bool
key_compares_as_usual(Oid child, AttrNumber attnum, Oid opclass, Oid collation)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(child),
										Int16GetDatum(attnum));
	Oid			type;
	Oid			own_collation;
	Oid			family;
	Oid			input;

	if (!HeapTupleIsValid(tuple))
		return false;			/* dropped meanwhile */
	type = ((Form_pg_attribute) GETSTRUCT(tuple))->atttypid;
	own_collation = ((Form_pg_attribute) GETSTRUCT(tuple))->attcollation;
	ReleaseSysCache(tuple);

	if (!get_opclass_opfamily_and_input_type(opclass, &family, &input) ||
		get_opfamily_member(family, input, input, BTEqualStrategyNumber) !=
		lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr)
		return false;

	return collation == own_collation ||
		(get_collation_isdeterministic(collation) &&
		 get_collation_isdeterministic(own_collation));
}

/*
 * The unique index of that name that a slot may have; see the header.
 */
Oid
relmap_uniqueindex_by_name(const RelmapSlot *slot, const char *name)
{
	Relation	rel = table_open(slot->fk->child, AccessShareLock);
	Oid			result = InvalidOid;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Oid			indexoid = lfirst_oid(lc);
		Oid			constraint = get_index_constraint(indexoid);
		HeapTuple	tuple;

		if (strcmp(get_rel_name(indexoid), name) != 0 ||
			OidIsValid(constraint) != (slot->condition == NULL))
			continue;
		tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(indexoid));
		if (!HeapTupleIsValid(tuple))
			continue;
		if (has_columns((Form_pg_index) GETSTRUCT(tuple), slot) &&
			!((Form_pg_index) GETSTRUCT(tuple))->indisprimary &&
			relmap_condition_is_of_index(tuple, slot->tree, slot->author,
										 slot->fk->child))
			result = indexoid;
		ReleaseSysCache(tuple);
	}
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * The partial unique index on a slot's columns; see the header.
 */
Oid
relmap_uniqueindex_partial(const RelmapSlot *slot, const char *name)
{
	Relation	rel = table_open(slot->fk->child, AccessShareLock);
	Oid			result = InvalidOid;
	bool		several = false;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID,
											ObjectIdGetDatum(lfirst_oid(lc)));

		if (!HeapTupleIsValid(tuple))
			continue;
		if (!heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
			has_columns((Form_pg_index) GETSTRUCT(tuple), slot) &&
			(name == NULL || strcmp(get_rel_name(lfirst_oid(lc)), name) == 0))
		{
			several = OidIsValid(result);
			result = lfirst_oid(lc);
		}
		ReleaseSysCache(tuple);
	}
	table_close(rel, AccessShareLock);
	return several ? InvalidOid : result;
}

/*
 * The predicate of a partial index.
 */
Node *
relmap_uniqueindex_predicate(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		isnull;
	Datum		predicate;
	Node	   *result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	predicate = SysCacheGetAttr(INDEXRELID, tuple, Anum_pg_index_indpred,
								&isnull);
	Assert(!isnull);
	result = stringToNode(TextDatumGetCString(predicate));
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Is it a unique index on exactly a slot's columns?
 */
static bool
has_columns(Form_pg_index index, const RelmapSlot *slot)
{
	Bitmapset  *wanted = NULL;
	Bitmapset  *there = NULL;

	for (int i = 0; i < slot->nkeys; i++)
		wanted = bms_add_member(wanted, slot->attnums[i]);
	for (int i = 0; i < index->indnkeyatts; i++)
	{
		if (index->indkey.values[i] <= 0)
			return false;
		there = bms_add_member(there, index->indkey.values[i]);
	}
	return index->indisunique && bms_equal(wanted, there);
}
