/*-------------------------------------------------------------------------
 *
 * indexpredicate.c
 *	  What the predicate of a partial index says, for automap().
 *
 * The predicate is read as the index has it, and written out as the table's
 * owner: nothing is analysed or planned.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/indexpredicate.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/index.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "attributes/assignslot.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/setlist.h"
#include "base/uniqueindex.h"

static Node *predicate_argument(FunctionCallInfo fcinfo, Oid *relid);
static Node *without_null_tests(Node *predicate, Oid index);

PG_FUNCTION_INFO_V1(relmap_predicate_text);
PG_FUNCTION_INFO_V1(relmap_predicate_values);
PG_FUNCTION_INFO_V1(relmap_predicate_exit);

/*
 * The predicate of the index that is the first argument, and its table; NULL if
 * it has none.
 */
static Node *
predicate_argument(FunctionCallInfo fcinfo, Oid *relid)
{
	Oid			index = PG_GETARG_OID(0);
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		has_predicate;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	has_predicate = !heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
	*relid = ((Form_pg_index) GETSTRUCT(tuple))->indrelid;
	ReleaseSysCache(tuple);
	return has_predicate ? relmap_uniqueindex_predicate(index) : NULL;
}

/*
 * predicate_text(index oid): the predicate, as a condition is written.
 */
Datum
relmap_predicate_text(PG_FUNCTION_ARGS)
{
	Oid			relid;
	Node	   *predicate = predicate_argument(fcinfo, &relid);

	if (predicate == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(relmap_expression_text(predicate, relid,
															NULL)));
}

/*
 * A predicate without what it says of the index's own columns: that they are
 * not NULL.
 */
static Node *
without_null_tests(Node *predicate, Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	List	   *members = NIL;
	ListCell   *lc;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	form = (Form_pg_index) GETSTRUCT(tuple);
	foreach(lc, make_ands_implicit((Expr *) predicate))
	{
		NullTest   *test = lfirst(lc);
		bool		is_own = false;

		if (IsA(test, NullTest) && test->nulltesttype == IS_NOT_NULL &&
			IsA(test->arg, Var))
		{
			for (int i = 0; i < form->indnkeyatts; i++)
				is_own |= form->indkey.values[i] == ((Var *) test->arg)->varattno;
		}
		if (!is_own)
			members = lappend(members, test);
	}
	ReleaseSysCache(tuple);
	return (Node *) make_ands_explicit(members);
}

/*
 * predicate_values(index oid): the columns that it tells the values of, each
 * followed by its value, as SQL; NULL if it says something else.
 */
Datum
relmap_predicate_values(PG_FUNCTION_ARGS)
{
	Oid			relid;
	Node	   *predicate = predicate_argument(fcinfo, &relid);
	List	   *columns;
	List	   *values;

	if (predicate == NULL)
		PG_RETURN_NULL();
	predicate = without_null_tests(predicate, PG_GETARG_OID(0));
	if (!relmap_assignslot_read(predicate, relid, NULL, &columns, &values))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(relmap_assignslot_pairs(columns, values));
}

/*
 * predicate_exit(index oid): an on_replace by which a row leaves it, if there is
 * an obvious one.
 */
Datum
relmap_predicate_exit(PG_FUNCTION_ARGS)
{
	Oid			relid;
	Node	   *predicate = predicate_argument(fcinfo, &relid);
	char	   *list = predicate ? relmap_setlist_out_of(predicate, relid) : NULL;

	if (list == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("set %s", list)));
}
