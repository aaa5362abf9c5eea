/*-------------------------------------------------------------------------
 *
 * nevernull.c
 *	  Has a column that may be NULL never been so?  relmap.check() asks.
 *
 * As inspect.c, it looks at tables of any owner: without a query, and without
 * waiting for a lock.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/nevernull.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_statistic.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/elsewhere.h"
#include "base/util.h"

/* What the rows of a table say about a column. */
typedef struct NullSearch
{
	bool		found_row;
	bool		found_null;
} NullSearch;

static bool search_table(Oid relid, const char *column, NullSearch *search);
static bool statistics_know_null(Oid relid, AttrNumber attnum);
static Oid	index_that_finds_null(Relation rel, AttrNumber attnum);
static bool is_btree(Oid indexoid);
static bool index_has_null(Relation rel, Oid indexoid);
static void search_rows(Relation rel, AttrNumber attnum, NullSearch *search);

PG_FUNCTION_INFO_V1(relmap_never_null);


/*
 * Does a table have rows, and none with a NULL in this column?  False, too, if
 * the caller may not see all rows, if they are elsewhere, or if the table is
 * locked.
 */
PGDLLEXPORT Datum
relmap_never_null(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	char	   *column = NameStr(*PG_GETARG_NAME(1));
	AttrNumber	attnum;
	NullSearch	search = {0};
	ListCell   *lc;

	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		PG_RETURN_BOOL(false);
	attnum = get_attnum(relid, column);
	if (attnum <= 0 || !relmap_may_read(relid, 1, &attnum))
		PG_RETURN_BOOL(false);

	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
	{
		if (!search_table(lfirst_oid(lc), column, &search) ||
			search.found_null)
			PG_RETURN_BOOL(false);
	}
	PG_RETURN_BOOL(search.found_row);
}

/*
 * Search for a row and for one with a NULL.  False if that is not possible.
 */
static bool
search_table(Oid relid, const char *column, NullSearch *search)
{
	Relation	rel;
	AttrNumber	attnum;
	Oid			index;

	if (!ConditionalLockRelationOid(relid, AccessShareLock))
		return false;
	rel = try_table_open(relid, NoLock);
	if (rel == NULL)
	{
		UnlockRelationOid(relid, AccessShareLock);
		return false;
	}
	if (!RELKIND_HAS_TABLE_AM(rel->rd_rel->relkind))
	{
		bool		partitioned = rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;

		table_close(rel, AccessShareLock);
		return partitioned;
	}

	attnum = get_attnum(relid, column);
	if (attnum <= 0 || RELATION_IS_OTHER_TEMP(rel) || relmap_elsewhere(relid))
	{
		table_close(rel, AccessShareLock);
		return false;
	}
	index = index_that_finds_null(rel, attnum);
	if (statistics_know_null(relid, attnum) ||
		(OidIsValid(index) && index_has_null(rel, index)))
		search->found_null = true;
	else if (!OidIsValid(index) || !search->found_row)
		search_rows(rel, OidIsValid(index) ? InvalidAttrNumber : attnum,
					search);
	table_close(rel, AccessShareLock);
	return true;
}

/*
 * Has ANALYZE seen a NULL?
 */
static bool
statistics_know_null(Oid relid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid),
										Int16GetDatum(attnum),
										BoolGetDatum(false));
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	result = ((Form_pg_statistic) GETSTRUCT(tuple))->stanullfrac > 0;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * A btree of all rows, by this column first; InvalidOid if there is none.
 */
static Oid
index_that_finds_null(Relation rel, AttrNumber attnum)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Oid			indexoid = lfirst_oid(lc);
		HeapTuple	tuple = SearchSysCache1(INDEXRELID,
											ObjectIdGetDatum(indexoid));
		Form_pg_index index;
		bool		fits;

		if (!HeapTupleIsValid(tuple))
			continue;
		index = (Form_pg_index) GETSTRUCT(tuple);
		fits = index->indisvalid && index->indkey.values[0] == attnum &&
			heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
			is_btree(indexoid);
		ReleaseSysCache(tuple);
		if (fits && ConditionalLockRelationOid(indexoid, AccessShareLock))
		{
			UnlockRelationOid(indexoid, AccessShareLock);
			return indexoid;
		}
	}
	return InvalidOid;
}

static bool
is_btree(Oid indexoid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(indexoid));
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	result = ((Form_pg_class) GETSTRUCT(tuple))->relam == BTREE_AM_OID;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Does the index have a row with a NULL in its first column?
 */
static bool
index_has_null(Relation rel, Oid indexoid)
{
	Relation	index = index_open(indexoid, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	ScanKeyData key;
	IndexScanDesc scan;
	bool		found;

	ScanKeyEntryInitialize(&key, SK_ISNULL | SK_SEARCHNULL, 1, InvalidStrategy,
						   InvalidOid, InvalidOid, InvalidOid, (Datum) 0);
	scan = relmap_index_beginscan(rel, index, GetActiveSnapshot(), 1);
	index_rescan(scan, &key, 1, NULL, 0);
	found = index_getnext_slot(scan, ForwardScanDirection, slot);
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
	return found;
}

/*
 * Read rows until one has a NULL in the column; only one if no column is
 * asked for.
 */
static void
search_rows(Relation rel, AttrNumber attnum, NullSearch *search)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = relmap_table_beginscan(rel, GetActiveSnapshot());

	while (!search->found_null &&
		   table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		search->found_row = true;
		if (attnum == InvalidAttrNumber)
			break;
		search->found_null = slot_attisnull(slot, attnum);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}
