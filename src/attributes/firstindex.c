/*-------------------------------------------------------------------------
 *
 * firstindex.c
 *	  The index by which the first of many rows is read.
 *
 * A scalar by convention that has an order_by ("the latest order") is the
 * first row of the foreign key's in that order.  If an index has the rows in
 * that order, the first one is found by one probe, as with ORDER BY ...  LIMIT
 * 1.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/firstindex.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "attributes/firstindex.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/orderby.h"

static bool has_rows_in_order(Relation target, Relation index, int nkeys,
							  const AttrNumber *attnums, List *items,
							  bool *backward);
static bool begins_with(Relation index, int nkeys, const AttrNumber *attnums);
static bool sorts(Relation target, Relation index, int i,
				  const RelmapOrderItem *item, bool *backward);

/*
 * Find it; see the header.
 */
Oid
relmap_firstindex_find(Relation target, int nkeys, const AttrNumber *attnums,
					   const char *order_by, Node *condition, Oid author,
					   bool *backward)
{
	List	   *items = relmap_orderby_items(order_by);
	Oid			result = InvalidOid;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(target))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		if (has_rows_in_order(target, index, nkeys, attnums, items, backward) &&
			relmap_condition_is_of_index(index->rd_indextuple, condition, author,
										 RelationGetRelid(target)))
			result = RelationGetRelid(index);
		index_close(index, NoLock);
		if (OidIsValid(result))
			break;
	}
	return result;
}

/*
 * Does the index have rows of target, those of one key in that order, or
 * backward?
 */
static bool
has_rows_in_order(Relation target, Relation index, int nkeys,
				  const AttrNumber *attnums, List *items, bool *backward)
{
	Form_pg_index form = index->rd_index;
	ListCell   *lc;
	int			i = nkeys;

	if (index->rd_rel->relam != BTREE_AM_OID || !form->indisvalid ||
		form->indnkeyatts < nkeys + list_length(items) ||
		!begins_with(index, nkeys, attnums))
		return false;

	foreach(lc, items)
	{
		bool		turned;

		if (!sorts(target, index, i, lfirst(lc), &turned) ||
			(i > nkeys && turned != *backward))
			return false;
		*backward = turned;
		i++;
	}
	return true;
}

/*
 * Are its first columns these, in any order?
 */
static bool
begins_with(Relation index, int nkeys, const AttrNumber *attnums)
{
	for (int i = 0; i < nkeys; i++)
	{
		int			j = 0;

		while (j < nkeys && index->rd_index->indkey.values[j] != attnums[i])
			j++;
		if (j == nkeys)
			return false;
	}
	return true;
}

/*
 * Does its column i sort as this item does, or backward (*backward)?  Where
 * the column has no NULLs it does not matter where they would stand.
 */
static bool
sorts(Relation target, Relation index, int i, const RelmapOrderItem *item,
	  bool *backward)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(target), item->column);
	Form_pg_attribute attr;
	bool		descending = (index->rd_indoption[i] & INDOPTION_DESC) != 0;
	bool		nulls_first = (index->rd_indoption[i] & INDOPTION_NULLS_FIRST) != 0;
	Oid			less;

	if (attnum <= 0 || index->rd_index->indkey.values[i] != attnum)
		return false;
	attr = TupleDescAttr(RelationGetDescr(target), attnum - 1);
	less = lookup_type_cache(attr->atttypid, TYPECACHE_LT_OPR)->lt_opr;
	if (!OidIsValid(less) || !op_in_opfamily(less, index->rd_opfamily[i]) ||
		index->rd_indcollation[i] != attr->attcollation)
		return false;

	*backward = descending != item->descending;
	return attr->attnotnull ||
		(nulls_first != item->nulls_first) == *backward;
}
