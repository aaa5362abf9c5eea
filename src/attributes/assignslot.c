/*-------------------------------------------------------------------------
 *
 * assignslot.c
 *	  What assign(), append() and remove() do in relationships with a condition
 *	  or a key.
 *
 * A row that is assigned is made to meet the condition, where that says what
 * its columns have to be.  A row that is taken away leaves by what on_replace
 * says, as one that is replaced does.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/assignslot.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "attributes/assignslot.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/declkey.h"
#include "base/join.h"
#include "base/nullable.h"
#include "base/qualify.h"
#include "base/setlist.h"
#include "base/texts.h"
#include "base/util.h"

/* What is found in a condition. */
typedef struct Entry
{
	Oid			relid;
	const RelmapForeignKey *fk;
	List	   *columns;
	List	   *values;
} Entry;

static bool read_members(Node *condition, Entry *entry);
static bool read_member(Node *member, Entry *entry);
static bool read_equality(OpExpr *op, Entry *entry);
static bool is_equality(Oid operator, Oid type);
static bool add_value(Node *column, const char *value, Entry *entry);
static bool may_be_set(AttrNumber attnum, const Entry *entry);
static char *nulls_text(const RelmapForeignKey *fk, List *but);
static char *list_text(const char *list, const RelmapRelationship *r,
					   const RelmapForeignKey *fk);


/* ---- into the relationship -------------------------------------------- */

/*
 * What makes a row meet the condition; see the header.
 */
bool
relmap_assignslot_entry(const RelmapRelationship *r,
						const RelmapForeignKey *fk, List **columns,
						List **values)
{
	*columns = *values = NIL;
	return r->condition == NULL ||
		relmap_assignslot_read(relmap_condition_read(r->condition, r->target,
													 relmap_table_owner(r->source)),
							   r->target, fk, columns, values);
}

/*
 * The same of a condition's tree, over the columns of a table.
 */
bool
relmap_assignslot_read(Node *condition, Oid relid, const RelmapForeignKey *fk,
					   List **columns, List **values)
{
	Entry		entry = {relid, fk};

	if (!read_members(condition, &entry))
		return false;
	*columns = entry.columns;
	*values = entry.values;
	return true;
}

/*
 * Both lists as an array of text: each column is followed by its value.
 */
Datum
relmap_assignslot_pairs(List *columns, List *values)
{
	Datum	   *elements = palloc(sizeof(Datum) * 2 * list_length(columns));
	int			n = 0;
	ListCell   *lc;
	ListCell   *value;

	forboth(lc, columns, value, values)
	{
		elements[n++] = CStringGetTextDatum(lfirst(lc));
		elements[n++] = CStringGetTextDatum(lfirst(value));
	}
	return PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/*
 * Read what is joined by AND.
 */
static bool
read_members(Node *condition, Entry *entry)
{
	ListCell   *lc;

	if (!IsA(condition, BoolExpr) ||
		((BoolExpr *) condition)->boolop != AND_EXPR)
		return read_member(condition, entry);
	foreach(lc, ((BoolExpr *) condition)->args)
	{
		if (!read_members(lfirst(lc), entry))
			return false;
	}
	return true;
}

/*
 * Read one member: column, NOT column, column IS NULL, column = constant; also
 * column IS TRUE, column IS FALSE.
 */
static bool
read_member(Node *member, Entry *entry)
{
	switch (nodeTag(member))
	{
		case T_Var:
			return add_value(member, "true", entry);
		case T_BoolExpr:
			return ((BoolExpr *) member)->boolop == NOT_EXPR &&
				add_value(linitial(((BoolExpr *) member)->args), "false", entry);
		case T_NullTest:
			return ((NullTest *) member)->nulltesttype == IS_NULL &&
				!((NullTest *) member)->argisrow &&
				add_value((Node *) ((NullTest *) member)->arg, "NULL", entry);
		case T_BooleanTest:
			return (((BooleanTest *) member)->booltesttype == IS_TRUE &&
					add_value((Node *) ((BooleanTest *) member)->arg, "true", entry)) ||
				(((BooleanTest *) member)->booltesttype == IS_FALSE &&
				 add_value((Node *) ((BooleanTest *) member)->arg, "false", entry));
		case T_OpExpr:
			return read_equality((OpExpr *) member, entry);
		default:
			return false;
	}
}

/*
 * The constant may stand on either side.
 */
static bool
read_equality(OpExpr *op, Entry *entry)
{
	Node	   *column;
	Node	   *value;

	if (list_length(op->args) != 2)
		return false;
	column = linitial(op->args);
	value = lsecond(op->args);
	if (IsA(column, Const))
	{
		column = value;
		value = linitial(op->args);
	}

	/* a varchar, say, compared as text */
	if (IsA(column, RelabelType))
		column = (Node *) ((RelabelType *) column)->arg;
	return IsA(value, Const) && !((Const *) value)->constisnull &&
		IsA(column, Var) && is_equality(op->opno, ((Var *) column)->vartype) &&
		add_value(column, relmap_qualify(value, entry->relid, "c"), entry);
}

/*
 * Is an operator the usual equality of a type?
 */
static bool
is_equality(Oid operator, Oid type)
{
	TypeCacheEntry *cached = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);

	return OidIsValid(cached->btree_opf) &&
		get_op_opfamily_strategy(operator, cached->btree_opf) == BTEqualStrategyNumber;
}

/*
 * Have a column set to a value; false if it is no column, or can't be set.
 */
static bool
add_value(Node *column, const char *value, Entry *entry)
{
	AttrNumber	attnum;

	if (!IsA(column, Var))
		return false;
	attnum = ((Var *) column)->varattno;
	if (!may_be_set(attnum, entry))
		return false;
	entry->columns = lappend(entry->columns,
							 get_attname(entry->relid, attnum, false));
	entry->values = lappend(entry->values, pstrdup(value));
	return true;
}

/*
 * Not a column of the foreign key, nor one that has its value by itself, nor
 * one that is set already.
 */
static bool
may_be_set(AttrNumber attnum, const Entry *entry)
{
	HeapTuple	tuple;
	bool		result;

	for (int i = 0; entry->fk && i < entry->fk->nkeys; i++)
	{
		if (entry->fk->child_attnums[i] == attnum)
			return false;
	}
	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(entry->relid),
							Int16GetDatum(attnum));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for attribute %d of relation %u",
			 attnum, entry->relid);
	result = ((Form_pg_attribute) GETSTRUCT(tuple))->attgenerated == '\0' &&
		((Form_pg_attribute) GETSTRUCT(tuple))->attidentity != ATTRIBUTE_IDENTITY_ALWAYS &&
		!relmap_has_name(entry->columns,
						 NameStr(((Form_pg_attribute) GETSTRUCT(tuple))->attname));
	ReleaseSysCache(tuple);
	return result;
}

PG_FUNCTION_INFO_V1(relmap_condition_values);

/*
 * condition_values(source oid, name name): the columns that a condition tells
 * the values of, each followed by its value as SQL; NULL if there is no
 * condition, or it says something else.
 */
Datum
relmap_condition_values(PG_FUNCTION_ARGS)
{
	RelmapRelationship *r = relmap_catalog_get(PG_GETARG_OID(0),
											   NameStr(*PG_GETARG_NAME(1)));
	RelmapForeignKey *fk;
	List	   *columns;
	List	   *values;

	if (r == NULL || r->condition == NULL || !relmap_relationship_tables_exist(r))
		PG_RETURN_NULL();
	fk = relmap_declkey_near_columns(r);
	if (fk == NULL || relmap_texts_problem(r) != NULL ||
		!relmap_assignslot_entry(r, fk, &columns, &values))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(relmap_assignslot_pairs(columns, values));
}

/*
 * See the header.
 */
char *
relmap_assignslot_and_condition(const RelmapRelationship *r)
{
	if (r->condition == NULL)
		return "";
	return psprintf(" AND %s",
					relmap_qualify(relmap_condition_read(r->condition, r->target,
														 relmap_table_owner(r->source)),
								   r->target, "c"));
}


/* ---- out of it -------------------------------------------------------- */

/*
 * The statement by which rows leave the relationship; see the header.
 *
 * A plain one-to-one whose replaced row is deleted lets a row go that is taken
 * away: the row is deleted only as an orphan.
 */
char *
relmap_assignslot_exit(const RelmapRelationship *r, const RelmapForeignKey *fk,
					   const char *where)
{
	char	   *table = relmap_join_table(fk->child);
	const char *list = NULL;
	bool		orphans = relmap_relationship_cascade_has(r->cascade, "delete-orphan");
	bool		deletes = r->on_replace && strcmp(r->on_replace, "delete") == 0 &&
	(r->condition != NULL || r->keyed_by != NIL);
	char	   *nulls = nulls_text(fk, NIL);

	if (r->direction == RELMAP_ONETOMANY)
		list = relmap_setlist_of(r->on_replace);
	if (list != NULL)
	{
		char	   *text = list_text(list, r, fk);

		return text ? psprintf("UPDATE %s c SET %s WHERE %s", table, text, where)
		:			NULL;
	}
	if (deletes && !(orphans && nulls))
		return psprintf("DELETE FROM %s c WHERE %s", table, where);
	if (nulls)
		return psprintf("UPDATE %s c SET %s WHERE %s", table, nulls, where);
	if (orphans)
		return psprintf("DELETE FROM %s c WHERE %s", table, where);
	return NULL;
}

/*
 * What is set in a row so that it has no parent, but for some columns; NULL if
 * none can be NULL.
 */
static char *
nulls_text(const RelmapForeignKey *fk, List *but)
{
	AttrNumber	attnums[INDEX_MAX_KEYS];
	int			n = relmap_nullable_of_key(fk, attnums);
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
	{
		char	   *name = get_attname(fk->child, attnums[i], false);

		if (!relmap_has_name(but, name))
			appendStringInfo(&buf, "%s%s = NULL", buf.len > 0 ? ", " : "",
							 quote_identifier(name));
	}
	return n > 0 ? buf.data : NULL;
}

/*
 * The list of on_replace for a statement that anybody runs.  By a list without
 * a condition a row leaves its slot, but not the collection: its foreign key
 * becomes NULL, too.  NULL if it can't.
 */
static char *
list_text(const char *list, const RelmapRelationship *r,
		  const RelmapForeignKey *fk)
{
	StringInfoData buf;
	List	   *columns = NIL;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, relmap_setlist_read(list, r->target,
									relmap_table_owner(r->source)))
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);
		char	   *column = get_attname(r->target, target->resno, false);

		columns = lappend(columns, column);
		appendStringInfo(&buf, "%s%s = %s", buf.len > 0 ? ", " : "",
						 quote_identifier(column),
						 IsA(target->expr, SetToDefault) ? "DEFAULT" :
						 relmap_qualify((Node *) target->expr, r->target, "c"));
	}

	if (r->condition == NULL && r->keyed_by != NIL)
	{
		char	   *nulls = nulls_text(fk, columns);

		if (nulls == NULL)
			return NULL;
		if (nulls[0] != '\0')
			appendStringInfo(&buf, ", %s", nulls);
	}
	return buf.data;
}
