/*-------------------------------------------------------------------------
 *
 * triggercondition.c
 *	  Conditions of relationships, as row triggers evaluate them.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/triggercondition.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"

#include "enforce/triggercondition.h"

static Node *expand_generated_mutator(Node *node, void *context);


/*
 * A condition that can be evaluated in a row trigger of rel.
 */
Expr *
relmap_triggercondition(Node *condition, Relation rel)
{
	return expression_planner((Expr *) expand_generated_mutator(condition,
																rel));
}

/*
 * Replace a generated column by its expression.
 */
static Node *
expand_generated_mutator(Node *node, void *context)
{
	Relation	rel = (Relation) context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varattno > 0 &&
		TupleDescAttr(RelationGetDescr(rel),
					  ((Var *) node)->varattno - 1)->attgenerated != '\0')
		return build_column_default(rel, ((Var *) node)->varattno);
	return expression_tree_mutator(node, expand_generated_mutator, context);
}
