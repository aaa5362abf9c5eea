/*-------------------------------------------------------------------------
 *
 * difference.c
 *	  In what two declarations of one attribute differ.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/difference.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/condition.h"
#include "base/subxact.h"
#include "base/util.h"
#include "declare/difference.h"
#include "declare/slotoptions.h"

/* For compare_conditions(). */
typedef struct SameCondition
{
	const RelmapRelationship *a;
	const RelmapRelationship *b;
	bool		result;
} SameCondition;

static void compare_conditions(void *arg);


/*
 * In what two declarations of one attribute differ, in words; NULL if in
 * nothing.  They may be on two keys if other_key says so.
 */
char *
relmap_difference(const RelmapRelationship *a, const RelmapRelationship *b,
				  bool other_key)
{
	StringInfoData buf;

#define DIFFERS(words, different) \
	if (different) \
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", words)
#define STRINGS_DIFFER(x, y) \
	((x) == NULL || (y) == NULL ? (x) != (y) : strcmp(x, y) != 0)

	initStringInfo(&buf);
	DIFFERS("target", a->target != b->target);
	DIFFERS("direction", a->target == b->target && a->direction != b->direction);
	DIFFERS("secondary", a->secondary != b->secondary);
	DIFFERS("foreign key", !other_key &&
			STRINGS_DIFFER(a->foreign_key, b->foreign_key));
	DIFFERS("uselist", a->uselist != b->uselist);
	DIFFERS("back_populates", STRINGS_DIFFER(a->back_populates, b->back_populates));
	DIFFERS("cascade", STRINGS_DIFFER(a->cascade, b->cascade));
	DIFFERS("keyed_by", !relmap_same_set_of_names(a->keyed_by, b->keyed_by));
	DIFFERS("condition", a->target == b->target &&
			!relmap_difference_same_condition(a, b));
	DIFFERS("on_replace", a->uselist == b->uselist && a->target == b->target &&
			!relmap_slotoptions_same_on_replace(a, b));
	DIFFERS("order_by", STRINGS_DIFFER(a->order_by, b->order_by));
	DIFFERS("enforce", a->enforce != b->enforce);
	DIFFERS("required", a->required != b->required);
	DIFFERS("single_parent", a->single_parent != b->single_parent);
	DIFFERS("accessor", a->accessor != b->accessor);
	DIFFERS("doc", STRINGS_DIFFER(a->doc, b->doc));
	DIFFERS("info", STRINGS_DIFFER(a->info, b->info));
#undef DIFFERS
#undef STRINGS_DIFFER

	return buf.len > 0 ? buf.data : NULL;
}

/*
 * Do two declarations of one source mean the same rows of one target?  A
 * condition that can't be analysed any more is equal to none.
 */
bool
relmap_difference_same_condition(const RelmapRelationship *a,
								 const RelmapRelationship *b)
{
	SameCondition same = {a, b, false};

	return relmap_subxact_try(compare_conditions, &same) == NULL && same.result;
}

static void
compare_conditions(void *arg)
{
	SameCondition *same = arg;
	Oid			author = relmap_table_owner(same->a->source);

	same->result = relmap_condition_same(same->a->condition, author,
										 same->b->condition, author,
										 same->a->target);
}
