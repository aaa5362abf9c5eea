/*-------------------------------------------------------------------------
 *
 * setlist.c
 *	  The list of on_replace => 'set ...': what an UPDATE sets in the row that
 *	  is replaced.
 *
 * It is analysed, stored and read as conditions are, see condition.c.  The
 * tree is a list of TargetEntry, whose resno is the column and whose expr has
 * the column's type, or is a SetToDefault.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/setlist.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parse_collate.h"
#include "parser/parser.h"
#include "parser/scansup.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/condition.h"
#include "base/owner.h"
#include "base/setlist.h"

static List *analyze_stored(const char *list, Oid relid, Oid author,
							const RelmapOldName *old);
static List *analyze_list(const char *list, Oid relid,
						  const RelmapOldName *old);
static List *parse_list(const char *list, const char *statement);
static TargetEntry *find_target(List *targets, AttrNumber attnum);


/*
 * What follows the word "set"; NULL if a value of on_replace is no such list.
 */
const char *
relmap_setlist_of(const char *on_replace)
{
	if (on_replace == NULL || pg_strncasecmp(on_replace, "set", 3) != 0 ||
		!scanner_isspace(on_replace[3]))
		return NULL;
	on_replace += 4;
	while (scanner_isspace(*on_replace))
		on_replace++;
	return on_replace;
}

/*
 * The tree of a list as its author gives it, checked as far as it does not
 * depend on the relationship.
 */
List *
relmap_setlist_parse(const char *list, Oid relid)
{
	List	   *targets = analyze_list(list, relid, NULL);

	relmap_condition_check_columns((Node *) targets, "on_replace");
	return targets;
}

/*
 * The tree of a stored list.
 */
List *
relmap_setlist_read(const char *list, Oid relid, Oid author)
{
	return analyze_stored(list, relid, author, NULL);
}

/*
 * The text of a stored list that was written before a column got another name.
 */
char *
relmap_setlist_renamed(const char *list, Oid relid, Oid author,
					   const RelmapOldName *old)
{
	return relmap_setlist_text(analyze_stored(list, relid, author, old), relid);
}

/*
 * The text of a list, as it is stored.
 */
char *
relmap_setlist_text(List *targets, Oid relid)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);

		appendStringInfo(&buf, "%s%s = %s", buf.len > 0 ? ", " : "",
						 quote_identifier(get_attname(relid, target->resno,
													  false)),
						 relmap_expression_text((Node *) target->expr, relid,
												NULL));
	}
	return buf.data;
}

/*
 * Do two stored lists of a table do the same?
 */
bool
relmap_setlist_same(const char *a, Oid author_of_a,
					const char *b, Oid author_of_b, Oid relid)
{
	List	   *first;
	List	   *second;
	ListCell   *lc;

	if (strcmp(a, b) == 0)
		return true;
	first = relmap_setlist_read(a, relid, author_of_a);
	second = relmap_setlist_read(b, relid, author_of_b);
	if (list_length(first) != list_length(second))
		return false;
	foreach(lc, first)
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);
		TargetEntry *other = find_target(second, target->resno);

		if (other == NULL || !equal(target->expr, other->expr))
			return false;
	}
	return true;
}

/*
 * The column that two lists set to different values; InvalidAttrNumber if
 * there is none.
 */
AttrNumber
relmap_setlist_conflict(List *a, List *b)
{
	ListCell   *lc;

	foreach(lc, a)
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);
		TargetEntry *other = find_target(b, target->resno);

		if (other != NULL && !equal(target->expr, other->expr))
			return target->resno;
	}
	return InvalidAttrNumber;
}

/*
 * Does a list set this column to NULL?
 */
bool
relmap_setlist_nullifies(List *targets, AttrNumber attnum)
{
	TargetEntry *target = find_target(targets, attnum);

	return target != NULL && IsA(target->expr, Const) &&
		((Const *) target->expr)->constisnull;
}

/*
 * The element for a column, NULL if the list does not set it.
 */
static TargetEntry *
find_target(List *targets, AttrNumber attnum)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		if (lfirst_node(TargetEntry, lc)->resno == attnum)
			return lfirst_node(TargetEntry, lc);
	}
	return NULL;
}

/*
 * A list that makes a row leave a condition, if there is an obvious one: for a
 * column that must be true, false, or NULL and is a time.  NULL if not.
 */
char *
relmap_setlist_out_of(Node *condition, Oid relid)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) condition))
	{
		Node	   *member = lfirst(lc);
		Node	   *column = member;
		const char *value = "false";

		if (IsA(member, BoolExpr) && ((BoolExpr *) member)->boolop == NOT_EXPR)
		{
			column = linitial(((BoolExpr *) member)->args);
			value = "true";
		}
		else if (IsA(member, NullTest) && !((NullTest *) member)->argisrow &&
				 ((NullTest *) member)->nulltesttype == IS_NULL)
		{
			column = (Node *) ((NullTest *) member)->arg;
			value = "now()";
			if (exprType(column) != TIMESTAMPTZOID &&
				exprType(column) != TIMESTAMPOID &&
				exprType(column) != DATEOID)
				continue;
		}
		else if (IsA(member, BooleanTest))
		{
			column = (Node *) ((BooleanTest *) member)->arg;
			if (((BooleanTest *) member)->booltesttype == IS_FALSE)
				value = "true";
			else if (((BooleanTest *) member)->booltesttype != IS_TRUE)
				continue;
		}
		else if (IsA(member, OpExpr) &&
				 ((OpExpr *) member)->opno == BooleanEqualOperator &&
				 IsA(lsecond(((OpExpr *) member)->args), Const))
		{
			Const	   *constant = lsecond(((OpExpr *) member)->args);

			column = linitial(((OpExpr *) member)->args);
			if (constant->constisnull)
				continue;
			if (!DatumGetBool(constant->constvalue))
				value = "true";
		}
		if (IsA(column, Var))
			return psprintf("%s = %s",
							quote_identifier(get_attname(relid,
														 ((Var *) column)->varattno,
														 false)),
							value);
	}
	return NULL;
}

/*
 * A list that can be computed: columns' defaults in the place of DEFAULT.
 */
List *
relmap_setlist_with_defaults(List *targets, Relation rel)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, targets)
	{
		TargetEntry *target = copyObject(lfirst_node(TargetEntry, lc));

		if (IsA(target->expr, SetToDefault))
		{
			Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel),
												  target->resno - 1);
			Node	   *value = build_column_default(rel, target->resno);

			if (value == NULL)
				value = (Node *) makeNullConst(att->atttypid, att->atttypmod,
											   att->attcollation);
			target->expr = (Expr *) value;
		}
		result = lappend(result, target);
	}
	return result;
}


/* ---- the parser ------------------------------------------------------- */

/*
 * Analyse a stored list, as its author.
 */
static List *
analyze_stored(const char *list, Oid relid, Oid author,
			   const RelmapOldName *old)
{
	RelmapSwitch save;
	List	   *targets;

	relmap_condition_begin_stored(&save, author);
	targets = analyze_list(list, relid, old);
	relmap_owner_restore(&save);
	return targets;
}

/*
 * Analyse a list, under the current settings.
 */
static List *
analyze_list(const char *list, Oid relid, const RelmapOldName *old)
{
	char	   *statement = psprintf("UPDATE %s SET %s",
									 quote_identifier(get_rel_name(relid)), list);
	RelmapParse parse;
	List	   *raw;
	List	   *targets;
	List	   *seen = NIL;
	ListCell   *lc;

	relmap_condition_parse_begin(&parse, statement, "on_replace", relid, old);
	raw = parse_list(list, statement);
	foreach(lc, raw)
	{
		ResTarget  *target = lfirst_node(ResTarget, lc);

		for (const RelmapOldName *o = old; o; o = o->next)
		{
			if (strcmp(target->name, o->old_name) == 0)
			{
				target->name = pstrdup(o->name);
				break;
			}
		}
	}
	targets = transformUpdateTargetList(parse.pstate, raw);
	if (parse.pstate->p_hasSubLinks)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot use subquery in on_replace")));
	assign_list_collations(parse.pstate, targets);
	relmap_condition_parse_end(&parse);

	foreach(lc, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);

		if (list_member_int(seen, target->resno))
			ereport(ERROR,
					(errcode(ERRCODE_SYNTAX_ERROR),
					 errmsg("multiple assignments to same column \"%s\"",
							get_attname(relid, target->resno, false))));
		seen = lappend_int(seen, target->resno);
	}
	return targets;
}

/*
 * The raw list of a text that is a list for SET, with one value for each
 * column, and nothing else; statement is an UPDATE with it.
 */
static List *
parse_list(const char *list, const char *statement)
{
	List	   *statements = raw_parser(statement, RAW_PARSE_DEFAULT);
	UpdateStmt *update = (UpdateStmt *) linitial_node(RawStmt,
													  statements)->stmt;
	UpdateStmt *bare = makeNode(UpdateStmt);
	ListCell   *lc;

	if (list_length(statements) == 1 && IsA(update, UpdateStmt))
	{
		bare->relation = update->relation;
		bare->targetList = update->targetList;
	}
	if (bare->targetList == NIL || !equal(update, bare))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("on_replace must be a list of columns and their values after \"set\", not \"%s\"",
						list)));

	foreach(lc, update->targetList)
	{
		ResTarget  *target = lfirst_node(ResTarget, lc);

		if (IsA(target->val, MultiAssignRef))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot assign to several columns at once in on_replace")));
		if (target->indirection != NIL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot assign to a part of column \"%s\" in on_replace",
							target->name),
					 strcmp(target->name, update->relation->relname) == 0
					 ? errhint("Write the column without the name of its table.") : 0));
	}
	return update->targetList;
}

/*
 * Raise an error if a text that was inserted by SQL is no such list (42601),
 * or has a subquery (22023).
 */
void
relmap_setlist_check_raw(const char *list)
{
	List	   *targets = parse_list(list, psprintf("UPDATE x SET %s", list));

	if (relmap_condition_has_sublink((Node *) targets))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("on_replace must be a list without subqueries, not \"%s\"",
						list)));
}
