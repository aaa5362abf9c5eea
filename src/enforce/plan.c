/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  What the plan of a statement says about the rows that it writes.
 *
 * Two questions: can it write more than one row of the table, so that it may
 * yet reach the incumbent of a row that it writes now?  And would it show that
 * a row is written without its parent first and gets it afterwards?  If a plan
 * does not say, the answer is the safe one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "enforce/keyinfo.h"
#include "enforce/plan.h"

/* For shows_unfinished(). */
typedef struct ReturningContext
{
	PlannedStmt *plan;
	RelmapKeyInfo *key;			/* or NULL */
	Relation	rel;
} ReturningContext;

static int	count_writers(PlannedStmt *plan);
static Plan *find_scan(Plan *plan, Index rti);
static bool scan_one_row(Plan *scan, Index rti, Relation rel);
static bool tid_pinned(TidScan *scan);
static bool unique_key_pinned(List *quals, Index rti, Relation rel);
static bool index_pinned(Relation index, List *quals, Index rti);
static bool predicate_met(Relation index, List *quals, Index rti);
static bool column_pinned(Relation index, int i, List *quals, Index rti);
static bool is_varying_walker(Node *node, void *context);
static bool shows_unfinished(PlannedStmt *plan, ModifyTable *node,
							 RelmapKeyInfo *key, Relation rel);
static bool has_column(const Bitmapset *columns, Relation rel,
					   const char *name);
static bool shows_unfinished_walker(Node *node, void *context);

/*
 * Can node write one row of rel at the most, and no other node of the
 * statement any?
 */
bool
relmap_plan_one_row(PlannedStmt *plan, ModifyTable *node, Relation rel)
{
	Plan	   *subplan = outerPlan(node);
	Plan	   *scan;
	Index		rti;

	if (count_writers(plan) != 1 || list_length(node->resultRelations) != 1)
		return false;

	switch (node->operation)
	{
		case CMD_INSERT:
			/* one line of VALUES; another plan may give any number */
			return IsA(subplan, Result) && outerPlan(subplan) == NULL;
		case CMD_UPDATE:
			rti = linitial_int(node->resultRelations);
			scan = find_scan(subplan, rti);
			return scan != NULL && scan_one_row(scan, rti, rel);
		default:
			return false;
	}
}

/*
 * The plan trees of a statement.  A ModifyTable node can only be at the top of
 * one.
 */
static List *
plan_roots(PlannedStmt *plan)
{
	return lcons(plan->planTree, list_copy(plan->subplans));
}

/*
 * How many nodes of the statement write tables?
 */
static int
count_writers(PlannedStmt *plan)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, plan_roots(plan))
	{
		if (lfirst(lc) != NULL && IsA(lfirst(lc), ModifyTable))
			count++;
	}
	return count;
}

/*
 * The node that scans a range table entry, NULL if it is not found.
 */
static Plan *
find_scan(Plan *plan, Index rti)
{
	Plan	   *found;

	if (plan == NULL)
		return NULL;

	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_IndexScan:
		case T_BitmapHeapScan:
		case T_TidScan:
			return ((Scan *) plan)->scanrelid == rti ? plan : NULL;
		default:
			found = find_scan(outerPlan(plan), rti);
			return found ? found : find_scan(innerPlan(plan), rti);
	}
}

/*
 * Do the conditions of a scan leave one row at the most?
 */
static bool
scan_one_row(Plan *scan, Index rti, Relation rel)
{
	List	   *quals = list_copy(scan->qual);

	switch (nodeTag(scan))
	{
		case T_TidScan:
			if (tid_pinned((TidScan *) scan))
				return true;
			break;
		case T_IndexScan:
			quals = list_concat(quals, ((IndexScan *) scan)->indexqualorig);
			break;
		case T_BitmapHeapScan:
			quals = list_concat(quals,
								((BitmapHeapScan *) scan)->bitmapqualorig);
			break;
		default:
			break;
	}
	return unique_key_pinned(quals, rti, rel);
}

/*
 * Does a tid scan fetch one row: ctid = value, or CURRENT OF?
 */
static bool
tid_pinned(TidScan *scan)
{
	Node	   *qual;

	if (list_length(scan->tidquals) != 1)
		return false;

	qual = linitial(scan->tidquals);
	if (IsA(qual, OpExpr))
	{
		List	   *args = ((OpExpr *) qual)->args;

		return !is_varying_walker(linitial(args), NULL) ||
			!is_varying_walker(lsecond(args), NULL);
	}
	return IsA(qual, CurrentOfExpr);
}

/*
 * Do the conditions give every column of some unique index a value?
 */
static bool
unique_key_pinned(List *quals, Index rti, Relation rel)
{
	bool		pinned = false;
	ListCell   *lc;

	if (quals == NIL)
		return false;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		pinned = index_pinned(index, quals, rti);
		index_close(index, AccessShareLock);
		if (pinned)
			break;
	}
	return pinned;
}

/*
 * Is this index unique over all rows, or those that meet the conditions, and
 * given a value in every column?  One WITHOUT OVERLAPS counts as unique too,
 * but is no btree.
 */
static bool
index_pinned(Relation index, List *quals, Index rti)
{
	if (index->rd_rel->relam != BTREE_AM_OID ||
		!index->rd_index->indisunique || !index->rd_index->indimmediate ||
		!index->rd_index->indisvalid ||
		RelationGetIndexExpressions(index) != NIL)
		return false;

	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
	{
		if (!column_pinned(index, i, quals, rti))
			return false;
	}
	return predicate_met(index, quals, rti);
}

/*
 * Do rows that meet these conditions meet the predicate of an index, if it has
 * one?
 */
static bool
predicate_met(Relation index, List *quals, Index rti)
{
	List	   *predicate = RelationGetIndexPredicate(index);

	if (predicate == NIL)
		return true;
	ChangeVarNodes((Node *) predicate, 1, rti, 0);
	return predicate_implied_by(predicate, quals, false);
}

/*
 * Is there a condition column = value, by the equality of the index?
 */
static bool
column_pinned(Relation index, int i, List *quals, Index rti)
{
	AttrNumber	attnum = index->rd_index->indkey.values[i];
	ListCell   *lc;

	foreach(lc, quals)
	{
		OpExpr	   *op = (OpExpr *) lfirst(lc);

		if (!IsA(op, OpExpr) || list_length(op->args) != 2 ||
			get_op_opfamily_strategy(op->opno, index->rd_opfamily[i]) !=
			BTEqualStrategyNumber ||
			(OidIsValid(op->inputcollid) &&
			 op->inputcollid != index->rd_indcollation[i]))
			continue;

		for (int side = 0; side < 2; side++)
		{
			Node	   *column = strip_implicit_coercions(list_nth(op->args,
																   side));
			Node	   *value = list_nth(op->args, 1 - side);

			if (IsA(column, Var) &&
				((Var *) column)->varno == rti &&
				((Var *) column)->varattno == attnum &&
				!is_varying_walker(value, NULL) &&
				!contain_volatile_functions(value))
				return true;
		}
	}
	return false;
}

/*
 * May the value of an expression differ from one row of the statement to the
 * next?  It may if it contains columns or parameters that plan nodes set.
 */
static bool
is_varying_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) || IsA(node, SubPlan) || IsA(node, AlternativeSubPlan))
		return true;
	if (IsA(node, Param) && ((Param *) node)->paramkind != PARAM_EXTERN)
		return true;
	return expression_tree_walker(node, is_varying_walker, context);
}

/*
 * Why can't a row of rel be written without its parent first, as far as the
 * plan tells?  NULL if it can.  If can_show_key, its RETURNING list can show it
 * with the parent all the same.
 */
const RelmapNoParking *
relmap_plan_no_parking(PlannedStmt *plan, ModifyTable *node,
					   RelmapKeyInfo *key, Relation rel, bool can_show_key)
{
	static const RelmapNoParking checked = {
		"The statement writes a row that it has replaced itself, and row-level security or a view checks its rows.",
		"Use two statements."
	};
	static const RelmapNoParking shown_early = {
		"The statement writes a row that it has replaced itself, and its RETURNING list would show the row before another trigger has set its columns.",
		"Leave out the RETURNING list, or use two statements."
	};
	static const RelmapNoParking shown_unfinished = {
		"The statement writes a row that it has replaced itself, and its RETURNING list would show what is not final: generated or system columns, or the row as a whole.",
		"Leave these out of the RETURNING list, or use two statements."
	};
	static const RelmapNoParking shown_key = {
		"The statement writes a row that it has replaced itself, and its RETURNING list would show the row without its parent.",
		"Leave the foreign key, and the columns that on_replace sets, out of the RETURNING list, or use two statements."
	};

	if (node->withCheckOptionLists != NIL)
		return &checked;
	if (node->returningLists == NIL)
		return NULL;
	if (key->has_other_update_trigger)
		return &shown_early;
	if (can_show_key)
		return shows_unfinished(plan, node, NULL, rel) ? &shown_unfinished : NULL;
	return relmap_plan_shows_key(plan, node, key, rel) ? &shown_key : NULL;
}

/*
 * Does the RETURNING list of node show columns that are not final before the
 * statement has ended?
 */
bool
relmap_plan_shows_key(PlannedStmt *plan, ModifyTable *node, RelmapKeyInfo *key,
					  Relation rel)
{
	return shows_unfinished(plan, node, key, rel);
}

/*
 * The same, but not of the columns of the key, if that is NULL.
 */
static bool
shows_unfinished(PlannedStmt *plan, ModifyTable *node, RelmapKeyInfo *key,
				 Relation rel)
{
	ReturningContext context;

	context.plan = plan;
	context.key = key;
	context.rel = rel;
	return shows_unfinished_walker((Node *) node->returningLists, &context);
}

/*
 * Is a column of that name among these?
 */
static bool
has_column(const Bitmapset *columns, Relation rel, const char *name)
{
	int			column = -1;

	while ((column = bms_next_member(columns, column)) >= 0)
	{
		AttrNumber	attnum = column + FirstLowInvalidHeapAttributeNumber;

		if (attnum > 0 &&
			strcmp(name, NameStr(TupleDescAttr(RelationGetDescr(rel),
											   attnum - 1)->attname)) == 0)
			return true;
	}
	return false;
}

/*
 * Does an expression show a column of the written table that is not final
 * while a row is parked: of the key, a generated or system column, or the
 * whole row?  Columns are compared by name, as the list may be the root
 * table's.  What OLD shows is final.
 */
static bool
shows_unfinished_walker(Node *node, void *context)
{
	ReturningContext *ctx = (ReturningContext *) context;

	if (node == NULL)
		return false;
	if (IsA(node, Var) && !IS_SPECIAL_VARNO(((Var *) node)->varno))
	{
		Var		   *var = (Var *) node;
		RangeTblEntry *rte = rt_fetch(var->varno, ctx->plan->rtable);
		const char *name;

		if (var_returns_old(var))
			return false;
		if (rte->rtekind != RTE_RELATION || var->varattno <= 0 ||
			get_attgenerated(rte->relid, var->varattno) != '\0')
			return true;
		name = get_attname(rte->relid, var->varattno, false);
		return ctx->key != NULL &&
			(has_column(ctx->key->columns, ctx->rel, name) ||
			 has_column(ctx->key->nullable_set, ctx->rel, name) ||
			 has_column(ctx->key->parking_set, ctx->rel, name));
	}
	return expression_tree_walker(node, shows_unfinished_walker, context);
}
