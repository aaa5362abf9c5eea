/*-------------------------------------------------------------------------
 *
 * planned.c
 *	  Calls of accessors that are planned as joins.
 *
 * An accessor finds its rows when it is called.  Where the rows of its tables
 * are kept elsewhere, the call would be made there too, on rows of shards,
 * which have no accessors.  So before such a query is planned, each call is
 * replaced by the query that it stands for, which the engine plans as a join
 * of its own:
 *
 *		(p.child).name			(SELECT c.name FROM child c WHERE ...)
 *		FROM parent p, kids(p)	FROM parent p, LATERAL (SELECT ...)
 *		relmap.load(p, 'kids')	the expression that it would evaluate
 *
 * The engine's planner hook is there when the library is loaded, or there is
 * nothing to do, and no hook.  Queries without calls, and those whose tables
 * are here, are not changed.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/planned.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "attributes/accessor.h"
#include "attributes/embedded.h"
#include "attributes/keyedaccessor.h"
#include "attributes/load.h"
#include "attributes/planned.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/declkey.h"
#include "base/elsewhere.h"
#include "base/join.h"

/* What a query has. */
typedef struct Search
{
	bool		calls;			/* something that may be an accessor's call */
	bool		elsewhere;		/* a table, or what an accessor in FROM reads */
	List	   *tables;			/* their OIDs */
} Search;

/* A query that is changed. */
typedef struct Change
{
	RelmapEmbedded embedded;	/* what is put into it */
	bool		changed;		/* it has new sublinks */
} Change;

/* An entry of a query's range table whose rows as a whole are replaced. */
typedef struct WholeRow
{
	Index		varno;
	int			level;			/* of queries, with the entry's own as 1 */
	Oid			type;
	List	   *columns;		/* of TargetEntry */
	AttrNumber	key;			/* the column that is never NULL */
} WholeRow;

static planner_hook_type next_planner = NULL;

static PlannedStmt *plan(RELMAP_PLANNER_PARAMS);
static bool search_walker(Node *node, void *context);
static bool is_elsewhere(Search *search);
static bool may_be_call(const FuncExpr *call);
static RelmapRelationship *attribute_of(const FuncExpr *call);
static RelmapRelationship *plain_attribute_of(const FuncExpr *call);
static RelmapRelationship *keyed_attribute_of(const FuncExpr *call);
static bool reads_elsewhere(const RelmapRelationship *r);
static Node *change_mutator(Node *node, void *context);
static void change_function(RangeTblEntry *rte, Index varno, Change *change,
							List **whole_rows);
static Node *whole_row_mutator(Node *node, void *context);
static Node *row_of_columns(const WholeRow *whole);
static bool has_dropped_column(Oid relid);
pg_noreturn static void report_misplaced(const RelmapRelationship *r);
static Node *change_load(FuncExpr *call, Change *change);


/*
 * See the header.
 */
void
relmap_planned_init(void)
{
	if (planner_hook == NULL)
		return;
	next_planner = planner_hook;
	planner_hook = plan;
}

/*
 * Planner hook.
 */
static PlannedStmt *
plan(RELMAP_PLANNER_PARAMS)
{
	Search		search = {0};
	Change		change = {0};
	PlannedStmt *result;

	(void) search_walker((Node *) query, &search);
	if (search.calls && relmap_catalog_exists() && is_elsewhere(&search))
		query = castNode(Query, change_mutator((Node *) query, &change));
	result = next_planner(RELMAP_PLANNER_ARGS);

	/* a plan that is kept depends on what it reads instead of calling */
	result->relationOids = list_concat_unique_oid(result->relationOids,
												  change.embedded.tables);
	result->dependsOnRole |= change.embedded.row_security;
	return result;
}


/* ---- is there something to do ----------------------------------------- */

/*
 * Find out what a query has.
 */
static bool
search_walker(Node *node, void *context)
{
	Search	   *search = (Search *) context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ListCell   *lc;

		foreach(lc, ((Query *) node)->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

			if (rte->rtekind == RTE_RELATION)
				search->tables = lappend_oid(search->tables, rte->relid);
		}
		return query_tree_walker((Query *) node, search_walker, context, 0);
	}
	if (IsA(node, FuncExpr) && may_be_call((FuncExpr *) node))
	{
		FuncExpr   *call = (FuncExpr *) node;

		search->calls = true;
		if (call->funcretset)
			search->tables = lappend_oid(search->tables,
										 get_typ_typrelid(call->funcresulttype));
	}
	return expression_tree_walker(node, search_walker, context);
}

/*
 * Is one of the tables elsewhere?
 */
static bool
is_elsewhere(Search *search)
{
	ListCell   *lc;

	foreach(lc, search->tables)
	{
		char		kind;

		/* the query has locked its own, but not what a function returns */
		if (!ConditionalLockRelationOid(lfirst_oid(lc), AccessShareLock))
			continue;
		kind = get_rel_relkind(lfirst_oid(lc));
		if ((kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
			relmap_elsewhere(lfirst_oid(lc)))
			return true;
	}
	return false;
}

/*
 * Is this a call of a function, not one of the server's, on a row of a table?
 */
static bool
may_be_call(const FuncExpr *call)
{
	return call->funcid >= FirstNormalObjectId && call->args != NIL &&
		OidIsValid(get_typ_typrelid(exprType(linitial(call->args))));
}

/*
 * The attribute whose accessor is called; NULL if it is none that can be
 * replaced.
 */
static RelmapRelationship *
attribute_of(const FuncExpr *call)
{
	RelmapRelationship *r;

	if (!may_be_call(call))
		return NULL;
	r = list_length(call->args) > 1 ? keyed_attribute_of(call) :
		plain_attribute_of(call);
	if (r == NULL || !relmap_relationship_tables_exist(r) ||
		!relmap_declkey_joins(r) ||
		object_aclcheck(ProcedureRelationId, call->funcid, GetUserId(),
						ACL_EXECUTE) != ACLCHECK_OK)
		return NULL;
	return reads_elsewhere(r) ? r : NULL;
}

static RelmapRelationship *
plain_attribute_of(const FuncExpr *call)
{
	Oid			source = get_typ_typrelid(exprType(linitial(call->args)));
	char	   *name = get_func_name(call->funcid);
	RelmapRelationship *r = name ? relmap_catalog_get(source, name) : NULL;

	return r != NULL && relmap_accessor_get(r) == call->funcid &&
		r->uselist == call->funcretset ? r : NULL;
}

/*
 * The collection that the accessor with a key takes a row of.
 */
static RelmapRelationship *
keyed_attribute_of(const FuncExpr *call)
{
	Oid			source = get_typ_typrelid(exprType(linitial(call->args)));
	ListCell   *lc;

	foreach(lc, relmap_catalog_list(source))
	{
		RelmapRelationship *r = lfirst(lc);

		if (list_length(r->keyed_by) == list_length(call->args) - 1 &&
			relmap_keyedaccessor_get(r) == call->funcid)
			return r;
	}
	return NULL;
}

/*
 * Are the rows of one of its tables elsewhere?
 */
static bool
reads_elsewhere(const RelmapRelationship *r)
{
	return relmap_elsewhere(r->target) || relmap_elsewhere(r->source) ||
		(OidIsValid(r->secondary) && relmap_elsewhere(r->secondary));
}


/* ---- replacing calls -------------------------------------------------- */

/*
 * Replace the calls in a query.
 */
static Node *
change_mutator(Node *node, void *context)
{
	Change	   *change = (Change *) context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		bool		before = change->changed;
		Query	   *query;
		List	   *whole_rows = NIL;
		ListCell   *lc;

		foreach(lc, ((Query *) node)->rtable)
			change_function(lfirst_node(RangeTblEntry, lc),
							foreach_current_index(lc) + 1, change,
							&whole_rows);
		change->changed = false;
		query = query_tree_mutator((Query *) node, change_mutator, context, 0);
		query->hasSubLinks |= change->changed;
		change->changed |= before;

		/* not before: calls on such a row use its columns */
		foreach(lc, whole_rows)
			query = castNode(Query, whole_row_mutator((Node *) query,
													  lfirst(lc)));
		return (Node *) query;
	}
	if (IsA(node, FieldSelect))
	{
		FieldSelect *field = (FieldSelect *) expression_tree_mutator(node,
																	 change_mutator,
																	 context);

		if (list_member_ptr(change->embedded.subqueries, field->arg))
			return relmap_embedded_field(&change->embedded,
										 (Node *) field->arg, field);
		return (Node *) field;
	}
	if (IsA(node, FuncExpr) && may_be_call((FuncExpr *) node))
	{
		FuncExpr   *call = (FuncExpr *) expression_tree_mutator(node,
																change_mutator,
																context);
		RelmapRelationship *r = attribute_of(call);

		if (r == NULL)
			return change_load(call, change);
		if (call->funcretset)
			report_misplaced(r);
		change->changed = true;
		return relmap_embedded_scalar(&change->embedded, r, call->args);
	}
	return expression_tree_mutator(node, change_mutator, context);
}

/*
 * Replace the accessor of a collection that is an entry of FROM.  The query is
 * one that the planner may change.  Where the target has dropped columns the
 * entry's rows as a whole have to be replaced, too: these are columns of the
 * subquery, but not of the row.
 */
static void
change_function(RangeTblEntry *rte, Index varno, Change *change,
				List **whole_rows)
{
	FuncExpr   *call;
	RelmapRelationship *r;

	if (rte->rtekind != RTE_FUNCTION || rte->funcordinality ||
		list_length(rte->functions) != 1)
		return;
	call = (FuncExpr *) linitial_node(RangeTblFunction, rte->functions)->funcexpr;
	r = IsA(call, FuncExpr) ? attribute_of(call) : NULL;
	if (r == NULL)
		return;
	if (!call->funcretset)
		report_misplaced(r);
	rte->subquery = relmap_embedded_collection(&change->embedded, r,
											   linitial(call->args),
											   rte->eref->colnames);
	rte->rtekind = RTE_SUBQUERY;
	rte->functions = NIL;

	if (has_dropped_column(r->target))
	{
		WholeRow   *whole = palloc0(sizeof(WholeRow));

		whole->varno = varno;
		whole->type = call->funcresulttype;
		whole->columns = rte->subquery->targetList;
		whole->key = r->direction == RELMAP_MANYTOMANY ?
			relmap_join_far_key(r)->parent_attnums[0] :
			relmap_join_key(r)->child_attnums[0];
		*whole_rows = lappend(*whole_rows, whole);
	}
}

/*
 * Has a table dropped columns?
 */
static bool
has_dropped_column(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	bool		result = false;

	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
		result |= TupleDescAttr(RelationGetDescr(rel), i)->attisdropped;
	table_close(rel, NoLock);
	return result;
}

/*
 * Replace an entry's row as a whole by a row of its columns.
 */
static Node *
whole_row_mutator(Node *node, void *context)
{
	WholeRow   *whole = (WholeRow *) context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		Query	   *query;

		whole->level++;
		query = query_tree_mutator((Query *) node, whole_row_mutator, context,
								   0);
		whole->level--;
		return (Node *) query;
	}
	if (IsA(node, Var) && ((Var *) node)->varno == whole->varno &&
		((Var *) node)->varattno == InvalidAttrNumber &&
		((Var *) node)->varlevelsup == whole->level - 1)
		return row_of_columns(whole);
	return expression_tree_mutator(node, whole_row_mutator, context);
}

/*
 * The row; NULL where an outer join has none, which the column shows by which
 * the row was found.
 */
static Node *
row_of_columns(const WholeRow *whole)
{
	RowExpr    *row = makeNode(RowExpr);
	NullTest   *is_found = makeNode(NullTest);
	CaseWhen   *found = makeNode(CaseWhen);
	CaseExpr   *result = makeNode(CaseExpr);
	ListCell   *lc;

	row->row_typeid = whole->type;
	row->row_format = COERCE_EXPLICIT_CAST;
	row->location = -1;
	foreach(lc, whole->columns)
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);
		Var		   *column;

		if (target->resjunk)
			continue;
		column = makeVarFromTargetEntry(whole->varno, target);
		column->varlevelsup = whole->level - 1;
		row->args = lappend(row->args, column);
		if (target->resno == whole->key)
			is_found->arg = (Expr *) copyObject(column);
	}
	is_found->nulltesttype = IS_NOT_NULL;
	is_found->location = -1;
	result->casetype = whole->type;
	found->expr = (Expr *) is_found;
	found->result = (Expr *) row;
	found->location = -1;
	result->args = list_make1(found);
	result->defresult = (Expr *) makeNullConst(whole->type, -1, InvalidOid);
	result->location = -1;
	return (Node *) result;
}

/*
 * Raise an error: no query can stand for the call.
 */
static void
report_misplaced(const RelmapRelationship *r)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("accessor of relationship \"%s\" cannot be called here, because rows of its tables are kept elsewhere",
					relmap_relationship_display_name(r->source, r->name)),
			 r->uselist ? errhint("Call it in FROM.") :
			 errhint("Call it in the select list or in WHERE, or write a LEFT JOIN.")));
}

/*
 * Replace a call of relmap.load(), if it is one, with paths that are known;
 * else it is returned as it is.
 */
static Node *
change_load(FuncExpr *call, Change *change)
{
	Node	   *paths;
	Oid			type = exprType(linitial(call->args));

	if (list_length(call->args) != 2 || !relmap_load_is(call->funcid) ||
		!relmap_elsewhere(get_typ_typrelid(type)))
		return (Node *) call;
	paths = eval_const_expressions(NULL, lsecond(call->args));
	if (!IsA(paths, Const) || ((Const *) paths)->constisnull)
		return (Node *) call;
	change->changed = true;
	return relmap_embedded_expression(&change->embedded,
									  relmap_load_text(type, DatumGetArrayTypeP(((Const *) paths)->constvalue)),
									  linitial(call->args));
}
