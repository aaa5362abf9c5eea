/*-------------------------------------------------------------------------
 *
 * condition.c
 *	  Conditions: expressions over the columns of one table, as text and as
 *	  the parser's trees.
 *
 * A condition is analysed once as its author wrote it, in the author's
 * session, and stored as the server writes it out.  From then on it is written
 * and read under fixed settings, so that search_path, DateStyle and the like
 * do not change its meaning.  Its names are looked up with the rights of its
 * author, who owns the source table, and it is read as that user: reading a
 * constant may already run functions, the CHECK of a domain in a row type for
 * example.
 *
 * Two conditions are the same if their trees are, after what the planner does
 * with an index's predicate.  Texts are never compared: the same tree is
 * written in different ways.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/condition.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_index.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/condition.h"
#include "base/owner.h"
#include "base/util.h"

/* What the meaning, or the spelling, of an expression depends on. */
static const char *const fixed_settings[][2] = {
	{"search_path", "pg_catalog, pg_temp"},
	{"DateStyle", "ISO, YMD"},
	{"IntervalStyle", "postgres"},
	{"TimeZone", "UTC"},
	{"extra_float_digits", "3"},
	{"lc_monetary", "C"},
	{"xmloption", "content"},
	{"array_nulls", "on"},
	{"standard_conforming_strings", "on"},
	{"transform_null_equals", "off"},
	{"quote_all_identifiers", "off"}
};

static void set_fixed_settings(void);
static List *condition_members(Node *condition, Oid author);
static Node *analyze_stored(const char *text, Oid relid, Oid author,
							const RelmapOldName *old);
static Node *analyze_condition(const char *text, Oid relid,
							   const RelmapOldName *old);
static Alias *old_names(Relation rel, const RelmapOldName *old);
static Node *parse_expression(const char *text);
static bool has_sublink_walker(Node *node, void *context);
static void explain_text(void *arg);


/* ---- settings --------------------------------------------------------- */

/*
 * Set the settings under which stored expressions are written and read, at the
 * current level of settings.
 */
static void
set_fixed_settings(void)
{
	for (int i = 0; i < lengthof(fixed_settings); i++)
		(void) set_config_option(fixed_settings[i][0], fixed_settings[i][1],
								 PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

/*
 * The same at a level of their own; returns the argument of
 * relmap_condition_restore_settings().  An error restores them by itself.
 */
int
relmap_condition_fix_settings(void)
{
	int			level = NewGUCNestLevel();

	set_fixed_settings();
	return level;
}

/*
 * Restore all settings, with those that functions have changed meanwhile.
 */
void
relmap_condition_restore_settings(int level)
{
	AtEOXact_GUC(false, level);
}

/*
 * The same, and act as the author of what is read or written: names are looked
 * up, and functions run, with the author's rights only.  Ends with
 * relmap_owner_restore().
 */
void
relmap_condition_begin_stored(RelmapSwitch *save, Oid author)
{
	relmap_owner_become_role(author, save);
	set_fixed_settings();
}


/* ---- conditions ------------------------------------------------------- */

/*
 * The tree of a condition as its author gives it, checked: a boolean over the
 * table's own columns, without subqueries, aggregates and the like.
 */
Node *
relmap_condition_parse(const char *text, Oid relid)
{
	Node	   *condition = analyze_condition(text, relid, NULL);

	relmap_condition_check_columns(condition, "condition");
	if (pull_varnos(NULL, condition) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("condition \"%s\" does not depend on a column of table \"%s\"",
						text, relmap_table_display_name(relid))));
	return condition;
}

/*
 * The tree of a stored condition.
 */
Node *
relmap_condition_read(const char *text, Oid relid, Oid author)
{
	return analyze_stored(text, relid, author, NULL);
}

/*
 * The text of a stored condition that was written before a column got another
 * name.
 */
char *
relmap_condition_renamed(const char *text, Oid relid, Oid author,
						 const RelmapOldName *old)
{
	return relmap_expression_text(analyze_stored(text, relid, author, old),
								  relid, NULL);
}

/*
 * The text of an expression over a table's columns, as it is stored; or, where
 * alias is not NULL, with the columns taken from that row.
 */
char *
relmap_expression_text(Node *expression, Oid relid, const char *alias)
{
	RelmapSwitch save;
	List	   *context;
	char	   *result;

	relmap_condition_begin_stored(&save, relmap_table_owner(relid));
	context = deparse_context_for(alias ? alias : get_rel_name(relid), relid);
	result = deparse_expression(expression, context, alias != NULL, false);
	relmap_owner_restore(&save);
	return result;
}

/*
 * A condition as the planner has an index's predicate: folded, and a list of
 * the members of its AND.  Functions that folding calls run as the author,
 * whoever asks.
 */
static List *
condition_members(Node *condition, Oid author)
{
	RelmapSwitch save;
	Node	   *node;
	List	   *members;

	relmap_condition_begin_stored(&save, author);
	node = eval_const_expressions(NULL, copyObject(condition));
	members = make_ands_implicit(canonicalize_qual((Expr *) node, false));
	fix_opfuncids((Node *) members);
	relmap_owner_restore(&save);
	return members;
}

/*
 * Does a condition use functions that are volatile, or not even immutable,
 * when it is folded and what can be inlined is?
 */
bool
relmap_condition_is_volatile(Node *condition, Oid author)
{
	return contain_volatile_functions((Node *) condition_members(condition,
																 author));
}

bool
relmap_condition_is_mutable(Node *condition, Oid author)
{
	return contain_mutable_functions((Node *) condition_members(condition,
																author));
}

/*
 * Do two conditions of a table, NULL for none, mean the same?  Each has an
 * author, by whose rights it may call functions.
 */
bool
relmap_condition_equal(Node *a, Oid author_of_a, Node *b, Oid author_of_b)
{
	List	   *first;
	List	   *second;
	ListCell   *lc;

	if (a == NULL || b == NULL)
		return a == b;
	if (equal(a, b))
		return true;

	first = condition_members(a, author_of_a);
	second = condition_members(b, author_of_b);
	foreach(lc, first)
	{
		if (!list_member(second, lfirst(lc)))
			return false;
	}
	foreach(lc, second)
	{
		if (!list_member(first, lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * The same of two stored texts on a table.
 */
bool
relmap_condition_same(const char *a, Oid author_of_a,
					  const char *b, Oid author_of_b, Oid relid)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0 ||
		relmap_condition_equal(relmap_condition_read(a, relid, author_of_a),
							   author_of_a,
							   relmap_condition_read(b, relid, author_of_b),
							   author_of_b);
}

/*
 * Is a condition, NULL for none, the predicate of an index of the table?
 */
bool
relmap_condition_is_of_index(HeapTuple index, Node *condition, Oid author,
							 Oid relid)
{
	bool		isnull;
	Datum		predicate = SysCacheGetAttr(INDEXRELID, index,
											Anum_pg_index_indpred, &isnull);

	if (isnull || condition == NULL)
		return isnull && condition == NULL;
	return relmap_condition_equal(stringToNode(TextDatumGetCString(predicate)),
								  relmap_table_owner(relid), condition, author);
}

/*
 * The columns that an expression over a table's row depends on, as in
 * TriggerData.tg_updatedcols; generated columns count with their base.
 */
Bitmapset *
relmap_expression_columns(Node *expression)
{
	Bitmapset  *columns = NULL;

	pull_varattnos(expression, 1, &columns);
	return columns;
}

/*
 * Raise an error if an expression uses more of the row than ordinary columns.
 */
void
relmap_condition_check_columns(Node *expression, const char *what)
{
	Bitmapset  *columns = relmap_expression_columns(expression);
	int			column = bms_next_member(columns, -1);

	if (column < 0)
		return;
	column += FirstLowInvalidHeapAttributeNumber;
	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 column == 0
				 ? errmsg("%s of a relationship cannot use a whole row", what)
				 : errmsg("%s of a relationship cannot use system columns", what)));
}


/* ---- the parser ------------------------------------------------------- */

/*
 * Prepare to analyse a text about the rows of a table: errors name the
 * argument and show its text, not the client's statement.  If old is given, the
 * text has columns by their old names.
 */
void
relmap_condition_parse_begin(RelmapParse *parse, const char *string,
							 const char *what, Oid relid,
							 const RelmapOldName *old)
{
	parse->text = string;
	parse->what = what;
	parse->callback.callback = explain_text;
	parse->callback.arg = parse;
	parse->callback.previous = error_context_stack;
	error_context_stack = &parse->callback;

	parse->rel = table_open(relid, AccessShareLock);
	parse->pstate = make_parsestate(NULL);
	parse->pstate->p_sourcetext = string;
	parse->pstate->p_target_relation = parse->rel;
	parse->pstate->p_target_nsitem =
		addRangeTableEntryForRelation(parse->pstate, parse->rel,
									  AccessShareLock,
									  old ? old_names(parse->rel, old) : NULL,
									  false, true);
	addNSItemToQuery(parse->pstate, parse->pstate->p_target_nsitem,
					 false, true, true);
}

/*
 * A table's alias that gives columns their old names back.
 */
static Alias *
old_names(Relation rel, const RelmapOldName *old)
{
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *columns = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		const char *name = NameStr(att->attname);

		if (att->attisdropped)
			continue;
		for (const RelmapOldName *o = old; o; o = o->next)
		{
			if (strcmp(NameStr(att->attname), o->name) == 0)
				name = o->old_name;
		}
		columns = lappend(columns, makeString(pstrdup(name)));
	}
	return makeAlias(RelationGetRelationName(rel), columns);
}

void
relmap_condition_parse_end(RelmapParse *parse)
{
	/* it would lock the target relation, and close it */
	parse->pstate->p_target_relation = NULL;
	free_parsestate(parse->pstate);
	table_close(parse->rel, AccessShareLock);
	error_context_stack = parse->callback.previous;
}

/*
 * Error context callback: a position in the text is not one in the client's
 * statement.
 */
static void
explain_text(void *arg)
{
	RelmapParse *parse = (RelmapParse *) arg;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(parse->text);
	}
	errcontext("%s of a relationship", parse->what);
}

/*
 * Analyse a stored condition, as its author.
 */
static Node *
analyze_stored(const char *text, Oid relid, Oid author,
			   const RelmapOldName *old)
{
	RelmapSwitch save;
	Node	   *condition;

	relmap_condition_begin_stored(&save, author);
	condition = analyze_condition(text, relid, old);
	relmap_owner_restore(&save);
	return condition;
}

/*
 * Analyse a condition, under the current settings.
 */
static Node *
analyze_condition(const char *text, Oid relid, const RelmapOldName *old)
{
	RelmapParse parse;
	Node	   *node;

	relmap_condition_parse_begin(&parse, text, "condition", relid, old);

	/* the rules are those of a partial index's predicate */
	node = transformExpr(parse.pstate, parse_expression(text),
						 EXPR_KIND_INDEX_PREDICATE);
	node = coerce_to_boolean(parse.pstate, node, "condition");
	assign_expr_collations(parse.pstate, node);

	relmap_condition_parse_end(&parse);
	return node;
}

/*
 * The raw tree of a text that is one expression and nothing else.
 */
static Node *
parse_expression(const char *text)
{
	List	   *statements = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = (SelectStmt *) linitial_node(RawStmt,
													  statements)->stmt;
	SelectStmt *bare = makeNode(SelectStmt);
	ResTarget  *target = NULL;

	if (list_length(select->targetList) == 1)
		target = linitial_node(ResTarget, select->targetList);
	bare->targetList = select->targetList;
	if (target == NULL || target->name != NULL || target->indirection != NIL ||
		!equal(select, bare))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("condition must be one expression, not \"%s\"", text)));
	return target->val;
}

/*
 * Does a raw tree hold a subquery?  A text that was inserted by SQL is parsed
 * no further.
 */
static bool
has_sublink_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubLink) || IsA(node, SelectStmt))
		return true;
	return raw_expression_tree_walker(node, has_sublink_walker, context);
}

bool
relmap_condition_has_sublink(Node *raw)
{
	return has_sublink_walker(raw, NULL);
}

/*
 * Raise an error if a text that was inserted by SQL is not one expression
 * (42601), or has a subquery (22023).
 */
void
relmap_condition_check_raw(const char *text)
{
	if (relmap_condition_has_sublink(parse_expression(text)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("condition must be one expression without subqueries, not \"%s\"",
						text)));
}
