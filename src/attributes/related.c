/*-------------------------------------------------------------------------
 *
 * related.c
 *	  related(), related_by(): the one row that an attribute leads to.
 *
 * Every to-one accessor is inlined to a call of related(), and the one of a
 * keyed collection that takes a key to one of related_by().  They read the
 * row by the index of the key, or where that cannot be done (row-level
 * security, no index, a convention that is not enforced), by a query.
 *
 * Each call site caches its state in fn_extra.  During a query that the
 * executor runs, so is the index scan, open, as the inner side of a nested
 * loop keeps its own: an expression context of the query closes it when the
 * query ends.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/related.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/pg_index.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/expandedrecord.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "attributes/path.h"
#include "attributes/pathquery.h"
#include "attributes/related.h"
#include "base/compat.h"
#include "base/running.h"
#include "base/util.h"

/* An index scan of a path's target. */
typedef struct RelatedScan
{
	Relation	target;
	Relation	index;
	IndexScanDesc desc;
	MemoryContext context;		/* of what the index keeps between rows */
	TupleTableSlot *slot;
	ScanKeyData keys[INDEX_MAX_KEYS];
} RelatedScan;

/* What a call site keeps in fn_extra. */
typedef struct Related
{
	RelmapPath *path;
	uint32		generation;		/* of path, when the rights were checked */
	Oid			user;			/* whose rights were checked */
	bool		by_query;		/* no index, or row-level security */
	ExprContext *econtext;		/* ends with the query, NULL if there is none */
	RelatedScan *scan;			/* open, only if there is econtext */
} Related;

static Datum get_row(Datum row, Oid *type);
static Datum find_row(FunctionCallInfo fcinfo, int ngiven);
static bool key_values(const RelmapPath *path, Datum source,
					   FunctionCallInfo fcinfo, Datum *values);
static Datum record_value(const RelmapPath *path, const RelmapPathKey *key,
						  Datum source, bool *isnull);
static bool is_current(const Related *related, Oid source_type,
					   const Name name);
static void prepare(Related *related, FunctionCallInfo fcinfo,
					Oid source_type, const Name name, int ngiven);
static void check_given_types(const RelmapPath *path, FunctionCallInfo fcinfo);
static void check_rights(Oid target);
static RelatedScan *open_scan(const RelmapPath *path);
static void close_scan(RelatedScan *scan);
static void close_at_query_end(Datum arg);
static bool index_is_usable(Oid index);
static Datum find_by_index(const RelmapPath *path, RelatedScan *scan,
						   const Datum *values, bool *isnull);
static Datum slot_datum(TupleTableSlot *slot);


/* The first argument that is a value of a key. */
#define FIRST_GIVEN 3

PG_FUNCTION_INFO_V1(relmap_related);
PG_FUNCTION_INFO_V1(relmap_related_by);

/*
 * related(source record, name name, target anyelement)
 *
 * The row that attribute name leads to from that row of the source table, as
 * a value of target's type; NULL if there is none.
 */
Datum
relmap_related(PG_FUNCTION_ARGS)
{
	return find_row(fcinfo, 0);
}

/*
 * related_by(source record, name name, target anyelement, VARIADIC key "any")
 *
 * The same of a keyed collection: the row with these values of its columns.
 */
Datum
relmap_related_by(PG_FUNCTION_ARGS)
{
	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("related_by() does not take its key as an array")));
	return find_row(fcinfo, PG_NARGS() - FIRST_GIVEN);
}

static Datum
find_row(FunctionCallInfo fcinfo, int ngiven)
{
	Related    *related = (Related *) fcinfo->flinfo->fn_extra;
	Datum		source;
	Oid			source_type;
	Name		name;
	Datum		values[INDEX_MAX_KEYS];
	Datum		result;
	bool		isnull;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	source = get_row(PG_GETARG_DATUM(0), &source_type);
	name = PG_GETARG_NAME(1);

	if (related == NULL)
		fcinfo->flinfo->fn_extra = related =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Related));
	if (!is_current(related, source_type, name))
		prepare(related, fcinfo, source_type, name, ngiven);

	if (!key_values(related->path, source, fcinfo, values))
		PG_RETURN_NULL();

	if (related->by_query)
		result = relmap_pathquery_run(related->path, values, &isnull);
	else if (related->scan != NULL)
		result = find_by_index(related->path, related->scan, values, &isnull);
	else
	{
		RelatedScan *scan = open_scan(related->path);

		result = find_by_index(related->path, scan, values, &isnull);
		close_scan(scan);
	}

	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}

/*
 * A row, as an expanded record if it is one, or else detoasted; and its type.
 */
static Datum
get_row(Datum row, Oid *type)
{
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(row)))
		*type = ((ExpandedRecordHeader *) DatumGetEOHP(row))->er_typeid;
	else
	{
		HeapTupleHeader header = DatumGetHeapTupleHeader(row);

		*type = HeapTupleHeaderGetTypeId(header);
		row = PointerGetDatum(header);
	}
	return row;
}

/*
 * The table of a row type; see the header.
 */
Oid
relmap_related_table(Oid type, const char *name)
{
	Oid			relid = get_typ_typrelid(type);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot follow relationship \"%s\" from an anonymous record",
						name),
				 errhint("Cast the record to the row type of its table, as in x::users.")));
	return relid;
}

/*
 * The values that lead to the related row; false if one is null, so that
 * there is none.
 */
static bool
key_values(const RelmapPath *path, Datum source, FunctionCallInfo fcinfo,
		   Datum *values)
{
	int			first_given = path->nkeys - path->ngiven;

	for (int i = 0; i < path->nkeys; i++)
	{
		bool		isnull;

		if (i >= first_given)
		{
			int			arg = FIRST_GIVEN + i - first_given;

			isnull = PG_ARGISNULL(arg);
			values[i] = PG_GETARG_DATUM(arg);
		}
		else if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(source)))
			values[i] = record_value(path, &path->keys[i], source, &isnull);
		else
		{
			HeapTupleHeader header = (HeapTupleHeader) DatumGetPointer(source);
			HeapTupleData tuple;

			tuple.t_len = HeapTupleHeaderGetDatumLength(header);
			ItemPointerSetInvalid(&tuple.t_self);
			tuple.t_tableOid = InvalidOid;
			tuple.t_data = header;
			values[i] = heap_getattr(&tuple, path->keys[i].source_attnum,
									 path->source_desc, &isnull);
		}
		if (isnull)
			return false;
	}
	return true;
}

/*
 * The value of a key column in an expanded record, a variable of PL/pgSQL.  It
 * may be older than a change of its table; it has the types that its columns
 * had then.
 */
static Datum
record_value(const RelmapPath *path, const RelmapPathKey *key, Datum source,
			 bool *isnull)
{
	ExpandedRecordHeader *record = (ExpandedRecordHeader *) DatumGetEOHP(source);
	TupleDesc	desc = expanded_record_get_tupdesc(record);

	if (key->source_attnum > desc->natts)
	{
		*isnull = true;
		return (Datum) 0;
	}
	if (TupleDescAttr(desc,
					  key->source_attnum - 1)->atttypid != key->source_type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("row of table \"%s\" was read before the type of column \"%s\" changed",
						relmap_table_display_name(path->source),
						get_attname(path->source, key->source_attnum,
									false))));
	return expanded_record_get_field(record, key->source_attnum, isnull);
}

/*
 * Is the cached state of the call site still valid?  Outside of an executor
 * query nothing pins it, except where the path's query is used.
 */
static bool
is_current(const Related *related, Oid source_type, const Name name)
{
	const RelmapPath *path = related->path;

	return path != NULL && path->valid &&
		(related->scan != NULL || related->by_query) &&
		path->generation == related->generation &&
		path->source_type == source_type &&
		related->user == GetUserId() &&
		strcmp(NameStr(path->name), NameStr(*name)) == 0;
}

/*
 * Find the path, check the rights, and decide how the row is read.
 */
static void
prepare(Related *related, FunctionCallInfo fcinfo, Oid source_type,
		const Name name, int ngiven)
{
	Oid			target_type = get_fn_expr_argtype(fcinfo->flinfo, 2);
	RelmapPath *path;
	EState	   *estate;

	if (related->scan != NULL)
		close_scan(related->scan);
	related->scan = NULL;
	related->path = NULL;

	(void) relmap_related_table(source_type, NameStr(*name));
	if (!OidIsValid(get_typ_typrelid(target_type)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type %s is not the row type of a table",
						format_type_be(target_type))));

	path = relmap_path_get(source_type, NameStr(*name), target_type, ngiven);
	check_given_types(path, fcinfo);
	check_rights(path->target);

	related->user = GetUserId();
	related->by_query = !OidIsValid(path->index) ||
		!index_is_usable(path->index) ||
		check_enable_rls(path->target, InvalidOid, true) == RLS_ENABLED;
	related->generation = path->generation;
	related->path = path;

	/*
	 * Within a query of the executor, keep the scan open.  Elsewhere, in a
	 * simple expression of PL/pgSQL for example, there is no callback that
	 * would close it.
	 */
	estate = relmap_running_query();
	if (!related->by_query && estate != NULL &&
		estate->es_query_cxt == fcinfo->flinfo->fn_mcxt)
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(estate->es_query_cxt);

		if (related->econtext == NULL)
		{
			related->econtext = CreateExprContext(estate);
			RegisterExprContextCallback(related->econtext, close_at_query_end,
										PointerGetDatum(related));
		}
		related->scan = open_scan(path);
		MemoryContextSwitchTo(oldcontext);
	}
}

/*
 * Raise an error if values are given of other types than the columns have: the
 * accessor is older than they are.
 */
static void
check_given_types(const RelmapPath *path, FunctionCallInfo fcinfo)
{
	for (int i = 0; i < path->ngiven; i++)
	{
		const RelmapPathKey *key = &path->keys[path->nkeys - path->ngiven + i];
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, FIRST_GIVEN + i);

		if (type != key->source_type)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of table \"%s\" is found by a value of type %s, not %s",
							get_attname(path->target, key->target_attnum, false),
							relmap_table_display_name(path->target),
							format_type_be(key->source_type),
							format_type_be(type)),
					 errhint("Run relmap.check() for a statement that fixes this.")));
	}
}

/*
 * Raise an error unless the current user may SELECT all of a table's columns.
 */
static void
check_rights(Oid target)
{
	if (pg_class_aclcheck(target, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(target, GetUserId(), ACL_SELECT,
								  ACLMASK_ALL) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(target));
}

/*
 * Does the index have every row that this transaction's snapshots can see?
 * One that was built over broken HOT chains does so only later.
 */
static bool
index_is_usable(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	result = !((Form_pg_index) GETSTRUCT(tuple))->indcheckxmin ||
		TransactionIdPrecedes(HeapTupleHeaderGetXmin(tuple->t_data),
							  TransactionXmin);
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Open a scan of a path's target, in the current memory context.
 */
static RelatedScan *
open_scan(const RelmapPath *path)
{
	RelatedScan *scan = palloc(sizeof(RelatedScan));

	scan->context = CurrentMemoryContext;
	scan->target = table_open(path->target, AccessShareLock);
	scan->index = index_open(path->index, AccessShareLock);
	scan->slot = table_slot_create(scan->target, NULL);
	for (int i = 0; i < path->nkeys; i++)
	{
		const RelmapPathKey *key = &path->keys[i];

		ScanKeyEntryInitialize(&scan->keys[key->index_attnum - 1], 0,
							   key->index_attnum, BTEqualStrategyNumber,
							   key->subtype, key->collation, key->equal,
							   (Datum) 0);
	}
	scan->desc = relmap_index_beginscan(scan->target, scan->index,
										GetActiveSnapshot(), path->nkeys);
	return scan;
}

/*
 * Close it; the locks stay until the transaction ends.
 */
static void
close_scan(RelatedScan *scan)
{
	index_endscan(scan->desc);
	ExecDropSingleTupleTableSlot(scan->slot);
	index_close(scan->index, NoLock);
	table_close(scan->target, NoLock);
	pfree(scan);
}

/*
 * Expression context callback: the query ends.  It is not called after an
 * error; then the resource owner has closed everything.
 */
static void
close_at_query_end(Datum arg)
{
	Related    *related = (Related *) DatumGetPointer(arg);

	if (related->scan != NULL)
		close_scan(related->scan);
	related->scan = NULL;
}

/*
 * Find the related row by the index.
 */
static Datum
find_by_index(const RelmapPath *path, RelatedScan *scan, const Datum *values,
			  bool *isnull)
{
	MemoryContext oldcontext;

	for (int i = 0; i < path->nkeys; i++)
		scan->keys[path->keys[i].index_attnum - 1].sk_argument = values[i];

	oldcontext = MemoryContextSwitchTo(scan->context);
	scan->desc->xs_snapshot = GetActiveSnapshot();
	index_rescan(scan->desc, scan->keys, path->nkeys, NULL, 0);
	*isnull = !index_getnext_slot(scan->desc, path->backward ?
								  BackwardScanDirection : ForwardScanDirection,
								  scan->slot);
	MemoryContextSwitchTo(oldcontext);
	return *isnull ? (Datum) 0 : slot_datum(scan->slot);
}

/*
 * The row in a slot as a value of its type, with nothing left in TOAST.  A
 * row that is older than a column added since gets that column's value, as
 * it may outlive what keeps it.
 */
static Datum
slot_datum(TupleTableSlot *slot)
{
	bool		shouldfree;
	HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, &shouldfree);
	TupleDesc	desc = slot->tts_tupleDescriptor;

	if (HeapTupleHeaderGetNatts(tuple->t_data) < desc->natts)
	{
		slot_getallattrs(slot);
		tuple = toast_build_flattened_tuple(desc, slot->tts_values,
											slot->tts_isnull);
	}
	return heap_copy_tuple_as_datum(tuple, desc);
}
