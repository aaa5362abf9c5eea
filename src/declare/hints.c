/*-------------------------------------------------------------------------
 *
 * hints.c
 *	  What else might have been meant by a declaration.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/hints.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/keywords.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/nullable.h"
#include "base/uniqueindex.h"
#include "base/util.h"
#include "declare/hints.h"

static const char *other_key_with(const RelmapForeignKey *fk,
								  AttrNumber column);

/*
 * uselist => false on the side that is a scalar anyway; see the header.
 */
char *
relmap_hints_uselist(const RelmapRelationship *r, const RelmapOptions *options,
					 const RelmapRelationship *other)
{
	if (r->direction != RELMAP_MANYTOONE || r->single_parent ||
		!options->has_uselist || options->uselist ||
		(other && !other->uselist))
		return NULL;
	if (r->source == r->target)
		return pstrdup("A many-to-one always has uselist => false.  For a one-to-one give it to the other side, from a row to the rows that refer to it.");
	return psprintf("A many-to-one always has uselist => false.  For one row of table \"%s\" per row of table \"%s\" give it to the other side, that of table \"%s\".",
					relmap_table_display_name(r->source), relmap_table_display_name(r->target),
					relmap_table_display_name(r->target));
}

/*
 * A collection that has one row at the most; see the header.  Not if a
 * one-to-one is declared already.
 */
char *
relmap_hints_collection(const RelmapRelationship *r,
						const RelmapOptions *options)
{
	RelmapForeignKey *fk;
	ListCell   *lc;

	if (r->direction != RELMAP_ONETOMANY || !r->uselist ||
		options->has_uselist || r->condition != NULL || r->keyed_by != NIL)
		return NULL;
	fk = relmap_declkey_near(r);
	if (fk == NULL ||
		!OidIsValid(relmap_uniqueindex_find(fk->child, fk->nkeys,
											fk->child_attnums)))
		return NULL;
	foreach(lc, relmap_catalog_on_columns(fk->child, r->foreign_columns))
	{
		const RelmapRelationship *other = lfirst(lc);

		if (other->direction == RELMAP_ONETOMANY && !other->uselist)
			return NULL;
	}
	return psprintf("No two rows of table \"%s\" have the same parent.  Use uselist => false, if a row of table \"%s\" has one of them.",
					relmap_table_display_name(r->target), relmap_table_display_name(r->source));
}

/*
 * The default direction of a table's relationship with itself; see the header.
 */
char *
relmap_hints_self(const RelmapRelationship *r, bool has_side)
{
	if (r->direction != RELMAP_ONETOMANY || r->source != r->target || has_side)
		return NULL;
	return psprintf(r->uselist
					? "These are the rows that refer to a row.  For the row that it refers to, use remote_side => %s."
					: "This is the row that refers to a row.  For the row that it refers to, use remote_side => %s.",
					quote_literal_cstr(psprintf("{%s}",
												relmap_quoted_columns(r->referenced_columns))));
}

/*
 * A column that becomes NULL when a row is replaced, and is another foreign key's
 * as well; see the header.
 */
char *
relmap_hints_shared_column(const RelmapRelationship *r)
{
	RelmapForeignKey *fk;
	AttrNumber	nullable[INDEX_MAX_KEYS];
	StringInfoData list;
	const char *shared = NULL;
	const char *owner = NULL;
	int			n;

	if (!relmap_relationship_is_slot(r) || !r->enforce ||
		strcmp(r->on_replace, "nullify") != 0 ||
		(fk = relmap_declkey_near(r)) == NULL)
		return NULL;

	initStringInfo(&list);
	n = relmap_nullable_of_key(fk, nullable);
	for (int i = 0; i < n; i++)
	{
		char	   *column = get_attname(fk->child, nullable[i], false);
		const char *other = other_key_with(fk, nullable[i]);

		if (other == NULL)
			appendStringInfo(&list, "%s%s = NULL", list.len > 0 ? ", " : "set ",
							 quote_identifier(column));
		else if (shared == NULL)
		{
			shared = column;
			owner = other;
		}
	}
	if (shared == NULL || list.len == 0)
		return NULL;
	return psprintf("A row that is replaced loses column \"%s\", and with it the parent by foreign key \"%s\".  Use on_replace => %s to keep it.",
					shared, owner,
					quote_literal_cstr(list.data));
}

/*
 * The name of another foreign key of the table that has a column; NULL if there
 * is none.
 */
static const char *
other_key_with(const RelmapForeignKey *fk, AttrNumber column)
{
	ListCell   *lc;

	foreach(lc, relmap_foreignkey_list(fk->child, InvalidOid))
	{
		RelmapForeignKey *other = lfirst(lc);

		for (int i = 0; other->oid != fk->oid && i < other->nkeys; i++)
		{
			if (other->child_attnums[i] == column &&
				!relmap_same_names(relmap_column_names(fk->child, fk->nkeys, fk->child_attnums),
								   relmap_column_names(fk->child, other->nkeys, other->child_attnums)))
				return pstrdup(NameStr(other->name));
		}
	}
	return NULL;
}

/*
 * The name of an accessor that can't be called as a function without quotes.
 */
char *
relmap_hints_reserved_word(const RelmapRelationship *r)
{
	int			keyword = ScanKeywordLookup(r->name, &ScanKeywords);

	if (!r->accessor || keyword < 0 ||
		(ScanKeywordCategories[keyword] != RESERVED_KEYWORD &&
		 ScanKeywordCategories[keyword] != COL_NAME_KEYWORD) ||
		strcmp(GetScanKeyword(keyword, &ScanKeywords), r->name) != 0)
		return NULL;
	return psprintf("\"%s\" is a reserved word: call the accessor as x.%s or \"%s\"(x), not as %s(x).",
					r->name, r->name, r->name, r->name);
}
