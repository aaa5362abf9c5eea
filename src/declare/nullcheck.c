/*-------------------------------------------------------------------------
 *
 * nullcheck.c
 *	  What a CHECK constraint says of a row that has lost its parent.
 *
 * For relmap.check(), which looks at tables of any owner: the expression is
 * walked through, and none of its functions is called.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/nullcheck.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"

/* What is known of an expression. */
typedef enum Truth
{
	IS_TRUE_VALUE,
	IS_FALSE_VALUE,
	IS_NULL_VALUE,
	IS_NOT_KNOWN				/* it depends on other columns */
} Truth;

static Truth truth_of(Node *node, const Bitmapset *columns);
static Truth truth_of_strict(List *args, bool strict,
							 const Bitmapset *columns);
static Truth truth_of_bool(BoolExpr *expr, const Bitmapset *columns);
static bool forbids(Node *node, const Bitmapset *columns, bool *certain);

PG_FUNCTION_INFO_V1(relmap_forbids_null);

/*
 * relmap_internal.forbids_null(check oid, columns smallint[]) returns boolean:
 * does a CHECK constraint forbid NULL in all these columns of a row that met it
 * before?  true: always; NULL: it depends on other columns; false: never.
 */
PGDLLEXPORT Datum
relmap_forbids_null(PG_FUNCTION_ARGS)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, PG_GETARG_DATUM(0));
	Bitmapset  *columns = NULL;
	bool		certain = false;
	bool		result;
	Datum	   *elements;
	int			n;
	Datum		expr;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		PG_RETURN_BOOL(false);
	expr = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conbin,
						   &isnull);
	if (isnull)
	{
		ReleaseSysCache(tuple);
		PG_RETURN_BOOL(false);
	}

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), INT2OID, sizeof(int16), true,
					  TYPALIGN_SHORT, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		int			column = DatumGetInt16(elements[i]) -
		FirstLowInvalidHeapAttributeNumber;

		if (column >= 0)		/* the caller may write anything */
			columns = bms_add_member(columns, column);
	}

	result = forbids(stringToNode(TextDatumGetCString(expr)), columns,
					 &certain);
	ReleaseSysCache(tuple);
	if (result && !certain)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(result);
}

/*
 * Does one of the conditions that are joined by AND forbid it, perhaps?  Those
 * without any of the columns were met before, and still are.
 */
static bool
forbids(Node *node, const Bitmapset *columns, bool *certain)
{
	Bitmapset  *used = NULL;
	Truth		truth;

	if (is_andclause(node))
	{
		bool		result = false;
		ListCell   *lc;

		foreach(lc, ((BoolExpr *) node)->args)
			result |= forbids(lfirst(lc), columns, certain);
		return result;
	}

	pull_varattnos(node, 1, &used);
	if (!bms_overlap(used, columns))
		return false;
	truth = truth_of(node, columns);
	*certain |= (truth == IS_FALSE_VALUE);
	return truth == IS_FALSE_VALUE || truth == IS_NOT_KNOWN;
}

/*
 * What an expression is if the columns are NULL.
 */
static Truth
truth_of(Node *node, const Bitmapset *columns)
{
	Truth		arg;

	check_stack_depth();
	switch (nodeTag(node))
	{
		case T_Var:
			return bms_is_member(((Var *) node)->varattno -
								 FirstLowInvalidHeapAttributeNumber, columns) ?
				IS_NULL_VALUE : IS_NOT_KNOWN;
		case T_Const:
			if (((Const *) node)->constisnull)
				return IS_NULL_VALUE;
			if (((Const *) node)->consttype != BOOLOID)
				return IS_NOT_KNOWN;
			return DatumGetBool(((Const *) node)->constvalue) ?
				IS_TRUE_VALUE : IS_FALSE_VALUE;
		case T_RelabelType:
			return truth_of((Node *) ((RelabelType *) node)->arg, columns);
		case T_OpExpr:
			return truth_of_strict(((OpExpr *) node)->args,
								   op_strict(((OpExpr *) node)->opno), columns);
		case T_FuncExpr:
			return truth_of_strict(((FuncExpr *) node)->args,
								   func_strict(((FuncExpr *) node)->funcid),
								   columns);
		case T_ScalarArrayOpExpr:
			return truth_of_strict(((ScalarArrayOpExpr *) node)->args,
								   op_strict(((ScalarArrayOpExpr *) node)->opno),
								   columns);
		case T_NullTest:
			if (((NullTest *) node)->argisrow ||
				truth_of((Node *) ((NullTest *) node)->arg,
						 columns) != IS_NULL_VALUE)
				return IS_NOT_KNOWN;
			return ((NullTest *) node)->nulltesttype == IS_NULL ?
				IS_TRUE_VALUE : IS_FALSE_VALUE;
		case T_BooleanTest:
			arg = truth_of((Node *) ((BooleanTest *) node)->arg, columns);
			if (arg != IS_NULL_VALUE)
				return IS_NOT_KNOWN;
			switch (((BooleanTest *) node)->booltesttype)
			{
				case IS_NOT_TRUE:
				case IS_NOT_FALSE:
				case IS_UNKNOWN:
					return IS_TRUE_VALUE;
				default:
					return IS_FALSE_VALUE;
			}
		case T_BoolExpr:
			return truth_of_bool((BoolExpr *) node, columns);
		default:
			return IS_NOT_KNOWN;
	}
}

/*
 * The same of an operator or function with these arguments.
 */
static Truth
truth_of_strict(List *args, bool strict, const Bitmapset *columns)
{
	ListCell   *lc;

	foreach(lc, args)
	{
		if (strict && truth_of(lfirst(lc), columns) == IS_NULL_VALUE)
			return IS_NULL_VALUE;
	}
	return IS_NOT_KNOWN;
}

/*
 * The same of AND, OR and NOT.
 */
static Truth
truth_of_bool(BoolExpr *expr, const Bitmapset *columns)
{
	Truth		decisive = expr->boolop == OR_EXPR ? IS_TRUE_VALUE : IS_FALSE_VALUE;
	Truth		result = expr->boolop == OR_EXPR ? IS_FALSE_VALUE : IS_TRUE_VALUE;
	ListCell   *lc;

	if (expr->boolop == NOT_EXPR)
	{
		result = truth_of(linitial(expr->args), columns);
		if (result == IS_TRUE_VALUE)
			return IS_FALSE_VALUE;
		return result == IS_FALSE_VALUE ? IS_TRUE_VALUE : result;
	}

	foreach(lc, expr->args)
	{
		Truth		truth = truth_of(lfirst(lc), columns);

		if (truth == decisive)
			return truth;
		if (truth == IS_NOT_KNOWN ||
			(truth == IS_NULL_VALUE && result != IS_NOT_KNOWN))
			result = truth;
	}
	return result;
}
