/*-------------------------------------------------------------------------
 *
 * qualify.c
 *	  Conditions as parts of queries that any user runs: their meaning does not
 *	  depend on search_path, or on how string constants are read.
 *
 * The server writes operators and functions of pg_catalog without their
 * schema, and one in another schema of the search_path may fit their arguments
 * better.  So operators and functions are qualified here.  Less common parts
 * of a condition are left to the server's own functions.  These write constants
 * as standard_conforming_strings wants them, which may be off where the query is
 * parsed.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/qualify.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_operator.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/condition.h"
#include "base/qualify.h"

/* What is written, of which table's row. */
typedef struct Qualify
{
	StringInfo	buf;
	Oid			relid;
	const char *alias;
} Qualify;

static void append(Qualify *q, Node *node);
static void append_list(Qualify *q, const char *open, List *nodes,
						const char *separator);
static void append_operator(Qualify *q, OpExpr *op);
static void append_function(Qualify *q, FuncExpr *function);
static char *operator_name(Oid oid);
static void append_text(StringInfo buf, const char *written);
static const char *end_of_quoted(const char *written);


/*
 * The text of a condition over the row alias of a table.
 */
char *
relmap_qualify(Node *condition, Oid relid, const char *alias)
{
	StringInfoData buf;
	Qualify		q = {&buf, relid, alias};

	initStringInfo(&buf);
	append(&q, condition);
	return buf.data;
}

/*
 * Append an expression.
 */
static void
append(Qualify *q, Node *node)
{
	check_stack_depth();
	switch (nodeTag(node))
	{
		case T_Var:
			appendStringInfo(q->buf, "%s.%s", q->alias,
							 quote_identifier(get_attname(q->relid,
														  ((Var *) node)->varattno,
														  false)));
			return;
		case T_RelabelType:
			if (((RelabelType *) node)->relabelformat != COERCE_IMPLICIT_CAST)
				break;
			append(q, (Node *) ((RelabelType *) node)->arg);
			return;
		case T_BoolExpr:
			if (((BoolExpr *) node)->boolop == NOT_EXPR)
				append_list(q, "(NOT ", ((BoolExpr *) node)->args, "");
			else
				append_list(q, "(", ((BoolExpr *) node)->args,
							((BoolExpr *) node)->boolop == AND_EXPR ? " AND " : " OR ");
			return;
		case T_NullTest:
			if (((NullTest *) node)->argisrow)
				break;
			append_list(q, "(", list_make1(((NullTest *) node)->arg), "");
			q->buf->data[--q->buf->len] = '\0';
			appendStringInfoString(q->buf,
								   ((NullTest *) node)->nulltesttype == IS_NULL ?
								   " IS NULL)" : " IS NOT NULL)");
			return;
		case T_OpExpr:
			append_operator(q, (OpExpr *) node);
			return;
		case T_ScalarArrayOpExpr:
			appendStringInfoChar(q->buf, '(');
			append(q, linitial(((ScalarArrayOpExpr *) node)->args));
			appendStringInfo(q->buf, " %s %s (",
							 operator_name(((ScalarArrayOpExpr *) node)->opno),
							 ((ScalarArrayOpExpr *) node)->useOr ? "ANY" : "ALL");
			append(q, lsecond(((ScalarArrayOpExpr *) node)->args));
			appendStringInfoString(q->buf, "))");
			return;
		case T_FuncExpr:
			if (((FuncExpr *) node)->funcvariadic ||
				((FuncExpr *) node)->funcformat == COERCE_EXPLICIT_CAST ||
				((FuncExpr *) node)->funcformat == COERCE_SQL_SYNTAX)
				break;
			append_function(q, (FuncExpr *) node);
			return;
		default:
			break;
	}
	append_text(q->buf, relmap_expression_text(node, q->relid, q->alias));
}

/*
 * Append expressions in parentheses.
 */
static void
append_list(Qualify *q, const char *open, List *nodes, const char *separator)
{
	ListCell   *lc;

	appendStringInfoString(q->buf, open);
	foreach(lc, nodes)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(q->buf, separator);
		append(q, lfirst(lc));
	}
	appendStringInfoChar(q->buf, ')');
}

static void
append_operator(Qualify *q, OpExpr *op)
{
	appendStringInfoChar(q->buf, '(');
	if (list_length(op->args) == 2)
	{
		append(q, linitial(op->args));
		appendStringInfoChar(q->buf, ' ');
	}
	appendStringInfo(q->buf, "%s ", operator_name(op->opno));
	append(q, llast(op->args));
	appendStringInfoChar(q->buf, ')');
}

/*
 * A function, or a cast that the operator or function around it asks for.
 */
static void
append_function(Qualify *q, FuncExpr *function)
{
	if (function->funcformat == COERCE_IMPLICIT_CAST)
	{
		append(q, linitial(function->args));
		return;
	}
	append_list(q,
				psprintf("%s(",
						 quote_qualified_identifier(get_namespace_name(get_func_namespace(function->funcid)),
													get_func_name(function->funcid))),
				function->args, ", ");
}

/*
 * OPERATOR(schema.name).
 */
static char *
operator_name(Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(oid));
	Form_pg_operator form;
	char	   *result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", oid);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	result = psprintf("OPERATOR(%s.%s)",
					  quote_identifier(get_namespace_name(form->oprnamespace)),
					  NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Append what the server has written of an expression; but string constants
 * with a backslash as E'...', which does not depend on any setting.
 */
static void
append_text(StringInfo buf, const char *written)
{
	while (*written != '\0')
	{
		const char *end = written + 1;

		if (*written == '\'' || *written == '"')
			end = end_of_quoted(written);
		if (*written == '\'' && memchr(written, '\\', end - written))
		{
			appendStringInfoChar(buf, ESCAPE_STRING_SYNTAX);
			for (; written < end; written++)
			{
				if (*written == '\\')
					appendStringInfoChar(buf, '\\');
				appendStringInfoChar(buf, *written);
			}
		}
		else
			appendBinaryStringInfo(buf, written, end - written);
		written = end;
	}
}

/*
 * The end of a constant or name in quotes, with quotes in it doubled.
 */
static const char *
end_of_quoted(const char *written)
{
	char		quote = *written++;

	while (*written != quote || written[1] == quote)
		written += *written == quote ? 2 : 1;
	return written + 1;
}
