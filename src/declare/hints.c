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
#include "utils/lsyscache.h"

#include "declare/hints.h"

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
		return pstrdup("A many-to-one always has uselist => false. For a one-to-one give it to the other side, from a row to the rows that refer to it.");
	return psprintf("A many-to-one always has uselist => false. For one row of table \"%s\" per row of table \"%s\" give it to the other side, that of table \"%s\".",
					get_rel_name(r->source), get_rel_name(r->target),
					get_rel_name(r->target));
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
