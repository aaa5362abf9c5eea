/*-------------------------------------------------------------------------
 *
 * texts.c
 *	  The texts of declarations, conditions and lists, that may have lost what
 *	  they name.
 *
 * They follow renames by event trigger.  Where none fires, or where a function
 * or type is dropped, a text is left that can't be analysed any more.  An index
 * knows by OID what its predicate names, so it can say what the condition is
 * now.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/texts.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_index.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/setlist.h"
#include "base/slot.h"
#include "base/subxact.h"
#include "base/texts.h"
#include "base/uniqueindex.h"
#include "base/util.h"

/* For find_slot(). */
typedef struct SlotSearch
{
	const RelmapRelationship *relationship;
	const RelmapForeignKey *fk;
	RelmapSlot *slot;
	bool		found;
} SlotSearch;

static void read_texts(void *arg);
static bool parsed_has(const char *statement, const char *column);
static bool has_column_walker(Node *node, void *context);
static void find_slot(void *arg);
static bool slot_of_index(const RelmapRelationship *r,
						  const RelmapForeignKey *fk, RelmapSlot *slot);
static Oid	partial_index(const RelmapRelationship *r,
						  const RelmapForeignKey *fk, RelmapSlot *slot);
static RelmapRelationship *relationship_argument(FunctionCallInfo fcinfo);
static Oid	index_of_other(const RelmapRelationship *r,
						   const RelmapForeignKey *fk);
static bool is_used(const RelmapRelationship *r, const RelmapForeignKey *fk,
					Oid index);


/*
 * Why the texts can't be analysed any more, in the server's words; NULL if they
 * can.  It is done as their author.
 */
char *
relmap_texts_problem(const RelmapRelationship *r)
{
	ErrorData  *error;

	if (r->condition == NULL && relmap_setlist_of(r->on_replace) == NULL)
		return NULL;
	error = relmap_subxact_try(read_texts, unconstify(RelmapRelationship *, r));
	return error ? error->message : NULL;
}

static void
read_texts(void *arg)
{
	const RelmapRelationship *r = arg;
	Oid			author = relmap_table_owner(r->source);
	const char *list = relmap_setlist_of(r->on_replace);

	if (r->condition)
		(void) relmap_condition_read(r->condition, r->target, author);
	if (list)
		(void) relmap_setlist_read(list, r->target, author);
}

/*
 * Does its condition, or its list, name a column of the target?  The texts are
 * parsed, not analysed: the column may have been dropped.
 */
bool
relmap_texts_condition_has(const RelmapRelationship *r, const char *column)
{
	return r->condition != NULL &&
		parsed_has(psprintf("SELECT %s", r->condition), column);
}

bool
relmap_texts_list_has(const RelmapRelationship *r, const char *column)
{
	const char *list = relmap_setlist_of(r->on_replace);

	return list != NULL && parsed_has(psprintf("UPDATE x SET %s", list), column);
}

static bool
parsed_has(const char *statement, const char *column)
{
	int			level = relmap_condition_fix_settings();
	List	   *parsed = raw_parser(statement, RAW_PARSE_DEFAULT);

	relmap_condition_restore_settings(level);
	return has_column_walker((Node *) parsed, unconstify(char *, column));
}

static bool
has_column_walker(Node *node, void *context)
{
	const char *column = context;

	if (node == NULL)
		return false;
	if (IsA(node, RawStmt))
		return has_column_walker(((RawStmt *) node)->stmt, context);
	if (IsA(node, ColumnRef) &&
		IsA(linitial(((ColumnRef *) node)->fields), String) &&
		strcmp(strVal(linitial(((ColumnRef *) node)->fields)), column) == 0)
		return true;
	if (IsA(node, ResTarget) && ((ResTarget *) node)->name &&
		strcmp(((ResTarget *) node)->name, column) == 0)
		return true;
	return raw_expression_tree_walker(node, has_column_walker, context);
}

/*
 * The slot of a declaration; see the header.
 */
bool
relmap_texts_slot(const RelmapRelationship *r, const RelmapForeignKey *fk,
				  RelmapSlot *slot)
{
	SlotSearch	search = {r, fk, slot, false};

	if (r->condition == NULL)
		return relmap_slot_of(r, fk, slot);
	if (relmap_subxact_try(find_slot, &search) == NULL)
		return search.found;
	return slot_of_index(r, fk, slot);
}

/*
 * See the header.
 */
bool
relmap_texts_lacks_index(const RelmapRelationship *r)
{
	RelmapForeignKey *fk;
	RelmapSlot	slot;

	if (!relmap_relationship_is_unique(r))
		return false;
	fk = relmap_declkey_near_columns(r);
	return fk != NULL && relmap_texts_slot(r, fk, &slot) &&
		!OidIsValid(relmap_slot_index(&slot));
}

/*
 * That the columns which need it are not unique; see the header.
 */
char *
relmap_texts_not_unique(const RelmapRelationship *r)
{
	return psprintf("columns (%s) of table \"%s\" are not unique%s%s",
					relmap_quoted_columns(list_concat_copy(r->foreign_columns,
														   r->keyed_by)),
					relmap_table_display_name(relmap_relationship_child(r)),
					r->condition ? " where " : "",
					r->condition ? r->condition : "");
}

static void
find_slot(void *arg)
{
	SlotSearch *search = arg;

	search->found = relmap_slot_of(search->relationship, search->fk,
								   search->slot);
}

/*
 * The slot that its unique index stands for.  The predicate is the table
 * owner's.
 */
static bool
slot_of_index(const RelmapRelationship *r, const RelmapForeignKey *fk,
			  RelmapSlot *slot)
{
	Oid			index = r->own_constraint ? partial_index(r, fk, slot) :
	InvalidOid;

	if (!OidIsValid(index))
		return false;
	slot->tree = relmap_uniqueindex_predicate(index);
	slot->author = relmap_table_owner(fk->child);
	slot->condition = relmap_expression_text(slot->tree, fk->child, NULL);
	return true;
}

/*
 * The unique index that relmap made for a declaration; for one that used what
 * was there the only one that there is.  slot is that without a condition.
 */
static Oid
partial_index(const RelmapRelationship *r, const RelmapForeignKey *fk,
			  RelmapSlot *slot)
{
	RelmapRelationship plain = *r;

	plain.condition = NULL;
	if (!relmap_slot_of(&plain, fk, slot))
		return InvalidOid;
	return relmap_uniqueindex_partial(slot, r->own_constraint);
}

/*
 * Let a condition that can't be analysed any more be what the index says.  Only
 * where both tables are one owner's: it runs as the owner of source from then
 * on.
 */
void
relmap_texts_refresh(RelmapRelationship *r)
{
	RelmapForeignKey *fk;
	RelmapSlot	slot;

	if (r->condition == NULL || !relmap_relationship_tables_exist(r) ||
		relmap_table_owner(r->source) != relmap_table_owner(r->target))
		return;
	fk = relmap_declkey_near_columns(r);
	if (fk && relmap_texts_slot(r, fk, &slot) && slot.condition)
		r->condition = slot.condition;
}


/* ---- for check() ------------------------------------------------------ */

PG_FUNCTION_INFO_V1(relmap_text_problem);
PG_FUNCTION_INFO_V1(relmap_index_condition);
PG_FUNCTION_INFO_V1(relmap_leaving_list);

/*
 * A relationship, as these functions take it; NULL if it is not there.
 */
static RelmapRelationship *
relationship_argument(FunctionCallInfo fcinfo)
{
	RelmapRelationship *r = relmap_catalog_get(PG_GETARG_OID(0),
											   NameStr(*PG_GETARG_NAME(1)));

	return r && relmap_relationship_tables_exist(r) ? r : NULL;
}

/*
 * text_problem(source oid, name name, lists boolean): why the condition, or the
 * list, of a relationship cannot be analysed any more; NULL if it can.
 */
Datum
relmap_text_problem(PG_FUNCTION_ARGS)
{
	RelmapRelationship *r = relationship_argument(fcinfo);
	char	   *problem;

	if (r == NULL)
		PG_RETURN_NULL();
	if (PG_GETARG_BOOL(2))
		r->condition = NULL;
	else
		r->on_replace = NULL;
	problem = relmap_texts_problem(r);
	if (problem == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}

/*
 * index_condition(source oid, name name): the condition of a relationship; if
 * it cannot be analysed any more, what its unique index says that it is, or the
 * only one that it can have been; NULL if there is none.
 */
Datum
relmap_index_condition(PG_FUNCTION_ARGS)
{
	RelmapRelationship *r = relationship_argument(fcinfo);
	RelmapForeignKey *fk = r && r->condition ? relmap_declkey_near_columns(r) : NULL;
	RelmapSlot	slot;
	Oid			other;

	if (fk == NULL)
		PG_RETURN_NULL();
	if (relmap_texts_slot(r, fk, &slot))
		PG_RETURN_TEXT_P(cstring_to_text(slot.condition));
	other = index_of_other(r, fk);
	if (!OidIsValid(other))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(relmap_expression_text(relmap_uniqueindex_predicate(other),
															fk->child, NULL)));
}

/*
 * The one index that a slot can have had; InvalidOid if there is none, or
 * another relationship uses it.
 */
static Oid
index_of_other(const RelmapRelationship *r, const RelmapForeignKey *fk)
{
	RelmapSlot	slot;
	Oid			index = r->own_constraint ? InvalidOid :
	partial_index(r, fk, &slot);

	return OidIsValid(index) && !is_used(r, fk, index) ? index : InvalidOid;
}

static bool
is_used(const RelmapRelationship *r, const RelmapForeignKey *fk, Oid index)
{
	ListCell   *lc;

	foreach(lc, relmap_catalog_on_columns(fk->child, r->foreign_columns))
	{
		RelmapRelationship *other = lfirst(lc);
		RelmapSlot	slot;

		if (other->source == r->source && strcmp(other->name, r->name) == 0)
			continue;
		if (other->condition && relmap_texts_slot(other, fk, &slot) &&
			relmap_slot_index(&slot) == index)
			return true;
	}
	return false;
}

/*
 * leaving_list(source oid, name name): a list by which a row leaves the
 * condition of a relationship, with "set", if there is an obvious one; otherwise
 * NULL.
 */
Datum
relmap_leaving_list(PG_FUNCTION_ARGS)
{
	RelmapRelationship *r = relationship_argument(fcinfo);
	RelmapForeignKey *fk = r && r->condition ? relmap_declkey_near_columns(r) : NULL;
	RelmapSlot	slot;
	char	   *list = NULL;

	if (fk && relmap_texts_slot(r, fk, &slot) && slot.tree)
		list = relmap_setlist_out_of(slot.tree, r->target);
	if (list == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("set %s", list)));
}
