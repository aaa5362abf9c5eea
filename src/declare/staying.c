/*-------------------------------------------------------------------------
 *
 * staying.c
 *	  Lists of on_replace that leave a replaced row in its slot.
 *
 * A row that is replaced has met the condition.  If the list sets columns of
 * the condition to constants, and every part of the condition that has one of
 * them is true with these, it meets it still, and no row could ever be
 * replaced.  Nothing but the server's own functions is called to find out, as
 * the author of the condition, since these may call a type's operators.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/staying.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/condition.h"
#include "base/owner.h"
#include "base/setlist.h"
#include "base/subxact.h"
#include "base/util.h"
#include "declare/staying.h"

/* A list, and the condition that it is for. */
typedef struct Search
{
	List	   *targets;
	const RelmapRelationship *relationship;
	Node	   *condition;
	bool		stays;
} Search;

static void find_staying(void *arg);
static bool moves_row(List *targets, const RelmapRelationship *r);
static bool is_true_still(Node *member, List *targets, bool *sets);
static bool has_generated_column(Bitmapset *columns, Oid relid);
static Node *with_values(Node *node, void *context);
static TargetEntry *target_of(List *targets, const Var *column);
static Node *constant_of(const TargetEntry *target);
static bool calls_users_function(Node *node, void *context);
static bool is_users_function(Oid function, void *context);


/*
 * See the header.
 */
void
relmap_staying_check(List *targets, const RelmapRelationship *r)
{
	Search		search = {targets, r, NULL, false};
	char	   *list;

	if (r->condition == NULL || moves_row(targets, r))
		return;
	search.condition = relmap_condition_read(r->condition, r->target,
											 relmap_table_owner(r->source));

	/* With these values it may not be computable. */
	if (relmap_subxact_try(find_staying, &search) != NULL || !search.stays)
		return;

	list = relmap_setlist_out_of(search.condition, r->target);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("on_replace of relationship \"%s\" does not release the replaced row",
					relmap_relationship_display_name(r->source, r->name)),
			 errdetail("The row still meets the condition %s.", r->condition),
			 list
			 ? errhint("Use on_replace => %s, for example.",
					   quote_literal_cstr(psprintf("set %s", list)))
			 : errhint("Set a column so that the row does not meet the condition any more.")));
}

/*
 * Does a row stay, and does the list set a column of the condition?
 */
static void
find_staying(void *arg)
{
	Search	   *search = arg;
	const RelmapRelationship *r = search->relationship;
	RelmapSwitch save;
	bool		stays = true;
	bool		sets = false;
	ListCell   *lc;

	if (has_generated_column(relmap_expression_columns(search->condition),
							 r->target))
		return;
	relmap_condition_begin_stored(&save, relmap_table_owner(r->source));
	foreach(lc, make_ands_implicit((Expr *) search->condition))
		stays = stays && is_true_still(lfirst(lc), search->targets, &sets);
	relmap_owner_restore(&save);
	search->stays = stays && sets;
}

/*
 * Does the list set a column of the foreign key, or one that keys the
 * collection?
 */
static bool
moves_row(List *targets, const RelmapRelationship *r)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		char	   *column = get_attname(r->target,
										 lfirst_node(TargetEntry, lc)->resno,
										 false);

		if (relmap_has_name(r->foreign_columns, column) ||
			relmap_has_name(r->keyed_by, column))
			return true;
	}
	return false;
}

/*
 * Is a part of the condition, which was true, true with the values of the list?
 * *sets is set if the list sets a column of it.
 */
static bool
is_true_still(Node *member, List *targets, bool *sets)
{
	Node	   *result;
	ListCell   *lc;
	bool		is_set = false;
	Bitmapset  *columns = relmap_expression_columns(member);

	foreach(lc, targets)
		is_set |= bms_is_member(lfirst_node(TargetEntry, lc)->resno -
								FirstLowInvalidHeapAttributeNumber, columns);
	if (!is_set)
		return true;

	*sets = true;
	result = with_values(member, targets);
	if (calls_users_function(result, NULL))
		return false;
	result = eval_const_expressions(NULL, result);
	return IsA(result, Const) && !((Const *) result)->constisnull &&
		DatumGetBool(((Const *) result)->constvalue);
}

/*
 * Is one of these columns generated?  It may depend on one that is set.
 */
static bool
has_generated_column(Bitmapset *columns, Oid relid)
{
	int			member = -1;

	while ((member = bms_next_member(columns, member)) >= 0)
	{
		AttrNumber	attnum = member + FirstLowInvalidHeapAttributeNumber;

		if (attnum > 0 && get_attgenerated(relid, attnum) != '\0')
			return true;
	}
	return false;
}

/*
 * An expression with the constants that the list (context) sets in the place of
 * columns.
 */
static Node *
with_values(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		TargetEntry *target = target_of(context, (Var *) node);
		Node	   *constant = target ? constant_of(target) : NULL;

		if (constant != NULL)
			return constant;
	}
	return expression_tree_mutator(node, with_values, context);
}

static TargetEntry *
target_of(List *targets, const Var *column)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		if (lfirst_node(TargetEntry, lc)->resno == column->varattno)
			return lfirst(lc);
	}
	return NULL;
}

/*
 * The constant that a column is set to; NULL if it is set to anything else.
 */
static Node *
constant_of(const TargetEntry *target)
{
	Node	   *value = (Node *) target->expr;

	if (IsA(value, SetToDefault) || calls_users_function(value, NULL))
		return NULL;
	value = eval_const_expressions(NULL, value);
	return IsA(value, Const) ? value : NULL;
}

/*
 * Does an expression call functions that are not the server's own?
 */
static bool
calls_users_function(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return check_functions_in_node(node, is_users_function, NULL) ||
		expression_tree_walker(node, calls_users_function, context);
}

static bool
is_users_function(Oid function, void *context)
{
	return function >= FirstUnpinnedObjectId;
}
