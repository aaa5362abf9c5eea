/*-------------------------------------------------------------------------
 *
 * embedded.c
 *	  What attributes stand for, put into a query.
 *
 * Each is a text with a row as its parameter, as the body of an accessor is.
 * It is analysed, and the parameter replaced by the expression for the row that
 * the query has; fields of that become the columns that they are, as an engine
 * knows a join by its columns.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/embedded.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "attributes/embedded.h"
#include "attributes/pathquery.h"
#include "base/compat.h"
#include "base/join.h"

/* What the parameters of a text are replaced by. */
typedef struct Parameters
{
	List	   *args;
	int			level;			/* of queries of the text, where they stand */
} Parameters;

static char *scalar_text(const RelmapRelationship *r, List *args);
static Query *analyze(RelmapEmbedded *embedded, const char *text, List *args);
static bool tables_walker(Node *node, void *context);
static Node *embed_mutator(Node *node, void *context);
static TargetEntry *only_target(Node *subquery);


/*
 * The query for a collection; see the header.
 */
Query *
relmap_embedded_collection(RelmapEmbedded *embedded,
						   const RelmapRelationship *r, Node *row,
						   List *names)
{
	Parameters	parameters = {list_make1(row), 0};
	char	   *text = psprintf("SELECT c FROM %s%s%s",
								relmap_join_text(r, "$1"),
								r->order_by ? " ORDER BY " : "",
								r->order_by ? r->order_by : "");
	Query	   *query = analyze(embedded, text, parameters.args);
	Var		   *whole = castNode(Var, linitial_node(TargetEntry,
													query->targetList)->expr);
	Relation	target = table_open(r->target, NoLock);
	TupleDesc	desc = RelationGetDescr(target);
	List	   *columns = NIL;
	List	   *sorting = list_copy_tail(query->targetList, 1);
	ListCell   *lc;

	for (int i = 1; i <= desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i - 1);
		Expr	   *expr = attr->attisdropped ?
		(Expr *) makeNullConst(INT4OID, -1, InvalidOid) :
		(Expr *) makeVar(whole->varno, i, attr->atttypid, attr->atttypmod,
						 attr->attcollation, 0);
		ListCell   *name = list_nth_cell(names, i - 1);

		/* in a call dropped columns have no name, in a query they need one */
		if (attr->attisdropped)
			lfirst(name) = makeString(psprintf("dropped_%d", i));
		columns = lappend(columns,
						  makeTargetEntry(expr, i, strVal(lfirst(name)),
										  false));
	}
	table_close(target, NoLock);
	foreach(lc, sorting)
		lfirst_node(TargetEntry, lc)->resno = list_length(columns) + 1 +
		foreach_current_index(lc);
	query->targetList = list_concat(columns, sorting);
	return castNode(Query, embed_mutator((Node *) query, &parameters));
}

/*
 * The subquery for one row; see the header.
 */
Node *
relmap_embedded_scalar(RelmapEmbedded *embedded, const RelmapRelationship *r,
					   List *args)
{
	Parameters	parameters = {args, 0};
	Node	   *row = linitial(args);
	SubLink    *subquery;
	Query	   *query;

	if (list_member_ptr(embedded->subqueries, row))
	{
		TargetEntry *target = only_target(row);

		args = copyObject(list_copy_tail(args, 1));
		IncrementVarSublevelsUp((Node *) args, 1, 0);
		target->expr = (Expr *) relmap_embedded_scalar(embedded, r,
													   lcons(target->expr,
															 args));
		castNode(Query, ((SubLink *) row)->subselect)->hasSubLinks = true;
		return row;
	}
	subquery = makeNode(SubLink);
	subquery->subLinkType = EXPR_SUBLINK;
	subquery->location = -1;
	query = analyze(embedded, scalar_text(r, args), args);
	subquery->subselect = embed_mutator((Node *) query, &parameters);
	embedded->subqueries = lappend(embedded->subqueries, subquery);
	return (Node *) subquery;
}

/*
 * The query for the row that a scalar attribute leads to.
 */
static char *
scalar_text(const RelmapRelationship *r, List *args)
{
	const char *order = r->order_by;
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT c FROM %s", relmap_join_text(r, "$1"));
	for_each_from(lc, args, 1)
	{
		int			i = foreach_current_index(lc);

		relmap_pathquery_append_given(&buf, r->target,
									  get_attnum(r->target,
												 list_nth(r->keyed_by, i - 1)),
									  exprType(lfirst(lc)), i + 1);
	}

	/* the key that a row references is unique; so is an enforced slot */
	if (r->direction == RELMAP_MANYTOONE || r->enforce)
		return buf.data;
	if (order == NULL)
		order = relmap_pathquery_primary_key(r->target);
	if (order != NULL)
		appendStringInfo(&buf, " ORDER BY %s", order);
	appendStringInfoString(&buf, " LIMIT 1");
	return buf.data;
}

/*
 * The query of a text that has these parameters.
 */
static Query *
analyze(RelmapEmbedded *embedded, const char *text, List *args)
{
	RawStmt    *raw = linitial_node(RawStmt, pg_parse_query(text));
	Oid			types[FUNC_MAX_ARGS];
	Query	   *query;
	ListCell   *lc;

	foreach(lc, args)
		types[foreach_current_index(lc)] = exprType(lfirst(lc));
	query = linitial_node(Query, pg_analyze_and_rewrite_fixedparams(raw, text,
																	types,
																	list_length(args),
																	NULL));
	(void) tables_walker((Node *) query, embedded);
	return query;
}

/*
 * Note what a query reads.
 */
static bool
tables_walker(Node *node, void *context)
{
	RelmapEmbedded *embedded = (RelmapEmbedded *) context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ListCell   *lc;

		embedded->row_security |= ((Query *) node)->hasRowSecurity;
		foreach(lc, ((Query *) node)->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

			if (rte->rtekind == RTE_RELATION)
				embedded->tables = list_append_unique_oid(embedded->tables,
														  rte->relid);
		}
		return query_tree_walker((Query *) node, tables_walker, context, 0);
	}
	return expression_tree_walker(node, tables_walker, context);
}

/*
 * Put the arguments in the place of the parameters.
 */
static Node *
embed_mutator(Node *node, void *context)
{
	Parameters *parameters = (Parameters *) context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		Query	   *query;

		parameters->level++;
		query = query_tree_mutator((Query *) node, embed_mutator, context, 0);
		parameters->level--;
		query->hasSubLinks |= checkExprHasSubLink((Node *) parameters->args);
		return (Node *) query;
	}
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
	{
		Node	   *arg = copyObject(list_nth(parameters->args,
											  ((Param *) node)->paramid - 1));

		IncrementVarSublevelsUp(arg, parameters->level, 0);
		return arg;
	}
	if (IsA(node, FieldSelect))
	{
		FieldSelect *field = (FieldSelect *) expression_tree_mutator(node,
																	 embed_mutator,
																	 context);

		return relmap_embedded_field(NULL, (Node *) field->arg, field);
	}
	return expression_tree_mutator(node, embed_mutator, context);
}

/*
 * A field of a row; see the header.
 */
Node *
relmap_embedded_field(const RelmapEmbedded *embedded, Node *row,
					  const FieldSelect *field)
{
	FieldSelect *result;

	if (IsA(row, Var) && ((Var *) row)->varattno == InvalidAttrNumber)
	{
		Var		   *column = (Var *) copyObject(row);

		column->varattno = field->fieldnum;
		column->varattnosyn = field->fieldnum;
		column->vartype = field->resulttype;
		column->vartypmod = field->resulttypmod;
		column->varcollid = field->resultcollid;
		return (Node *) column;
	}
	if (IsA(row, RowExpr) &&
		field->fieldnum <= list_length(((RowExpr *) row)->args))
	{
		Node	   *value = list_nth(((RowExpr *) row)->args,
									 field->fieldnum - 1);

		if (exprType(value) == field->resulttype)
			return value;
	}
	if (embedded != NULL && list_member_ptr(embedded->subqueries, row))
	{
		TargetEntry *target = only_target(row);

		target->expr = (Expr *) relmap_embedded_field(embedded,
													  (Node *) target->expr,
													  field);
		return row;
	}
	result = makeNode(FieldSelect);
	*result = *field;
	result->arg = (Expr *) row;
	return (Node *) result;
}

/*
 * What a subquery of ours selects.
 */
static TargetEntry *
only_target(Node *subquery)
{
	return linitial_node(TargetEntry,
						 castNode(Query,
								  ((SubLink *) subquery)->subselect)->targetList);
}

/*
 * An expression of the row; see the header.
 */
Node *
relmap_embedded_expression(RelmapEmbedded *embedded, const char *text,
						   Node *row)
{
	Parameters	parameters = {list_make1(row), 0};
	Query	   *query;

	if (list_member_ptr(embedded->subqueries, row))
	{
		TargetEntry *target = only_target(row);

		target->expr = (Expr *) relmap_embedded_expression(embedded, text,
														   (Node *) target->expr);
		castNode(Query, ((SubLink *) row)->subselect)->hasSubLinks = true;
		return row;
	}
	query = analyze(embedded, text, parameters.args);

	return embed_mutator((Node *) linitial_node(TargetEntry,
												query->targetList)->expr,
						 &parameters);
}
