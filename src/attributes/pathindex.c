/*-------------------------------------------------------------------------
 *
 * pathindex.c
 *	  The index that leads to a related row.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/pathindex.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "parser/parse_coerce.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "attributes/firstindex.h"
#include "attributes/pathindex.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/elsewhere.h"
#include "base/foreignkey.h"
#include "base/join.h"
#include "base/slot.h"
#include "base/uniqueindex.h"
#include "base/util.h"

static Oid	find_index(RelmapPath *path,
					   const RelmapRelationship *relationship,
					   Relation target, const RelmapForeignKey *fk);
static Oid	first_index(RelmapPath *path, const RelmapRelationship *relationship,
						Relation target, const RelmapForeignKey *fk,
						const AttrNumber *attnums);
static bool is_immediate(Oid index);
static Oid	slot_index(const RelmapRelationship *relationship,
					   const RelmapForeignKey *fk);
static bool resolve_index_key(RelmapPath *path, int n, Relation index,
							  const RelmapForeignKey *fk, bool to_child);
static Oid	foreign_key_equality(const RelmapPathKey *key, int n,
								 Relation index, int i,
								 const RelmapForeignKey *fk, bool to_child);
static Oid	column_collation(Oid relid, AttrNumber attnum);


/*
 * Set the path's index and the keys' scan information, if target has an index
 * that leads to the row at once and is usable with the foreign key's
 * operators.
 */
void
relmap_pathindex_resolve(RelmapPath *path, const RelmapRelationship *relationship)
{
	RelmapForeignKey *fk = relmap_join_key(relationship);
	bool		to_child = relationship->direction == RELMAP_ONETOMANY;
	Relation	target;
	Oid			index_oid = InvalidOid;

	path->index = InvalidOid;
	path->backward = false;
	if (relationship->direction == RELMAP_MANYTOMANY)
		return;

	/*
	 * A partitioned table has no index that can be scanned; virtual columns
	 * need an expression; what is elsewhere has to be asked for.
	 */
	target = table_open(path->target, NoLock);
	if (target->rd_rel->relkind == RELKIND_RELATION &&
		!tupdesc_has_virtual_columns(RelationGetDescr(target)) &&
		!relmap_elsewhere(path->target))
		index_oid = find_index(path, relationship, target, fk);

	if (OidIsValid(index_oid))
	{
		Relation	index = index_open(index_oid, AccessShareLock);
		int			n = 0;

		while (n < path->nkeys &&
			   resolve_index_key(path, n, index, fk, to_child))
			n++;
		if (n == path->nkeys)
			path->index = index_oid;
		index_close(index, NoLock);
	}
	table_close(target, NoLock);
}

/*
 * The index that leads to the one row; or to the first one, where there may be
 * several.
 */
static Oid
find_index(RelmapPath *path, const RelmapRelationship *relationship,
		   Relation target, const RelmapForeignKey *fk)
{
	bool		to_child = relationship->direction == RELMAP_ONETOMANY;
	const AttrNumber *attnums = to_child ? fk->child_attnums : fk->parent_attnums;
	Oid			unique = to_child ? slot_index(relationship, fk) :
	relmap_uniqueindex_find(path->target, fk->nkeys, attnums);

	/*
	 * A unique index that checks late may have several rows of an unenforced
	 * relationship now.
	 */
	if (OidIsValid(unique) &&
		(!to_child || relationship->enforce || is_immediate(unique)))
		return unique;
	if (relationship->order_by != NULL && path->ngiven == 0)
		return first_index(path, relationship, target, fk, attnums);
	return InvalidOid;
}

/*
 * The index in which the first of many rows stands first.
 */
static Oid
first_index(RelmapPath *path, const RelmapRelationship *relationship,
			Relation target, const RelmapForeignKey *fk,
			const AttrNumber *attnums)
{
	Oid			author = relmap_table_owner(relationship->source);
	Node	   *condition = NULL;

	if (relationship->condition)
		condition = relmap_condition_read(relationship->condition,
										  relationship->target, author);
	return relmap_firstindex_find(target, fk->nkeys, attnums,
								  relationship->order_by, condition, author,
								  &path->backward);
}

/*
 * Does a unique index check at once?
 */
static bool
is_immediate(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		result = HeapTupleIsValid(tuple) &&
	((Form_pg_index) GETSTRUCT(tuple))->indimmediate;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return result;
}

/*
 * The unique index of a relationship to one child; InvalidOid if there is none.
 */
static Oid
slot_index(const RelmapRelationship *relationship, const RelmapForeignKey *fk)
{
	RelmapSlot	slot;

	return relmap_slot_of(relationship, fk, &slot) ? relmap_slot_index(&slot) :
		InvalidOid;
}

/*
 * Set the scan information of one key; false if the index does not support its
 * comparison.
 */
static bool
resolve_index_key(RelmapPath *path, int n, Relation index,
				  const RelmapForeignKey *fk, bool to_child)
{
	RelmapPathKey *key = &path->keys[n];
	Oid			equal;
	Oid			left,
				right;
	int			strategy;
	int			i = 0;

	while (index->rd_index->indkey.values[i] != key->target_attnum)
		i++;

	if (n < fk->nkeys)
		equal = foreign_key_equality(key, n, index, i, fk, to_child);
	else
		equal = relmap_pathindex_given_equality(index->rd_opfamily[i], index->rd_opcintype[i],
												key->source_type);
	if (!OidIsValid(equal) || !op_in_opfamily(equal, index->rd_opfamily[i]))
		return false;
	get_op_opfamily_properties(equal, index->rd_opfamily[i], false,
							   &strategy, &left, &right);
	if (strategy != BTEqualStrategyNumber ||
		left != index->rd_opcintype[i] ||
		!IsBinaryCoercible(key->source_type, right))
		return false;

	key->index_attnum = i + 1;
	key->equal = get_opcode(equal);
	key->subtype = right;
	key->collation = index->rd_indcollation[i];
	return true;
}

/*
 * The equality by which column n of the foreign key is looked up in column i of
 * an index, which is on its left: child = parent, or parent = child.
 * InvalidOid if the index has another collation.
 */
static Oid
foreign_key_equality(const RelmapPathKey *key, int n, Relation index, int i,
					 const RelmapForeignKey *fk, bool to_child)
{
	/* Deterministic collations have the same equality. */
	Oid			collation = relmap_join_collation(column_collation(fk->parent,
																   fk->parent_attnums[n]),
												  column_collation(fk->child,
																   fk->child_attnums[n]),
												  to_child);

	if (OidIsValid(collation) && collation != index->rd_indcollation[i] &&
		!(get_collation_isdeterministic(collation) &&
		  get_collation_isdeterministic(index->rd_indcollation[i])))
		return InvalidOid;
	return to_child ? get_commutator(fk->pf_eq_oprs[n]) : fk->pf_eq_oprs[n];
}

/*
 * The equality of an operator family by which a value of some type is looked
 * up, which may be wider than the column.
 */
Oid
relmap_pathindex_given_equality(Oid opfamily, Oid opcintype, Oid type)
{
	Oid			equal = get_opfamily_member(opfamily, opcintype, type,
											BTEqualStrategyNumber);

	return OidIsValid(equal) ? equal :
		get_opfamily_member(opfamily, opcintype, opcintype,
							BTEqualStrategyNumber);
}

/*
 * The collation of a column.
 */
static Oid
column_collation(Oid relid, AttrNumber attnum)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	return collation;
}
