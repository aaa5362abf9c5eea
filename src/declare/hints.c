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
	return psprintf("A many-to-one always has uselist => false. For one row of table \"%s\" per row of table \"%s\" give it to the other side, that of table \"%s\".",
					get_rel_name(r->source), get_rel_name(r->target),
					get_rel_name(r->target));
}
