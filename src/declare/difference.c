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
#include "utils/builtins.h"

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

static void add_values(StringInfo buf, const char *argument, const char *a,
					   const char *b);
static void add_strings(StringInfo buf, const char *argument, const char *a,
						const char *b);
static void add_booleans(StringInfo buf, const char *argument, bool a, bool b);
static const char *short_cascade(const char *cascade);
static const char *literal(const char *value);
static const char *table_literal(Oid relid);
static const char *array_literal(List *names);
static void compare_conditions(void *arg);


/*
 * What one declaration of an attribute has where another has something else,
 * as a list of arguments for a message: "uselist => true, not false"; NULL if
 * they are the same.  They may be on two keys if other_key says so.
 */
char *
relmap_difference(const RelmapRelationship *a, const RelmapRelationship *b,
				  bool other_key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (a->target != b->target)
		add_values(&buf, "target => ", table_literal(a->target),
				   table_literal(b->target));
	else if (a->direction != b->direction)
		add_values(&buf, "direction ", relmap_relationship_describe(a),
				   relmap_relationship_describe(b));
	if (a->secondary != b->secondary)
		add_values(&buf, "secondary => ", table_literal(a->secondary),
				   table_literal(b->secondary));
	if (!other_key)
		add_strings(&buf, "foreign key ", a->foreign_key, b->foreign_key);
	add_booleans(&buf, "uselist", a->uselist, b->uselist);
	add_strings(&buf, "back_populates => ", a->back_populates, b->back_populates);
	add_strings(&buf, "cascade => ", short_cascade(a->cascade),
				short_cascade(b->cascade));
	if (!relmap_same_set_of_names(a->keyed_by, b->keyed_by))
		add_values(&buf, "keyed_by => ", array_literal(a->keyed_by),
				   array_literal(b->keyed_by));
	if (a->target == b->target && !relmap_difference_same_condition(a, b))
		add_values(&buf, "condition => ", literal(a->condition),
				   literal(b->condition));
	if (a->uselist == b->uselist && a->target == b->target &&
		!relmap_slotoptions_same_on_replace(a, b))
		add_values(&buf, "on_replace => ", literal(a->on_replace),
				   literal(b->on_replace));
	add_strings(&buf, "order_by => ", a->order_by, b->order_by);
	add_booleans(&buf, "enforce", a->enforce, b->enforce);
	add_booleans(&buf, "required", a->required, b->required);
	add_booleans(&buf, "single_parent", a->single_parent, b->single_parent);
	add_booleans(&buf, "accessor", a->accessor, b->accessor);
	add_strings(&buf, "doc => ", a->doc, b->doc);
	add_strings(&buf, "info => ", a->info, b->info);

	return buf.len > 0 ? buf.data : NULL;
}

/*
 * Add one argument, and what it is in both.
 */
static void
add_values(StringInfo buf, const char *argument, const char *a, const char *b)
{
	appendStringInfo(buf, "%s%s%s, not %s", buf->len > 0 ? "; " : "",
					 argument, a, b);
}

/*
 * The same, if the two are not equal; NULL is a value.
 */
static void
add_strings(StringInfo buf, const char *argument, const char *a, const char *b)
{
	if (a == NULL || b == NULL ? a != b : strcmp(a, b) != 0)
		add_values(buf, argument, literal(a), literal(b));
}

static void
add_booleans(StringInfo buf, const char *argument, bool a, bool b)
{
	if (a != b)
		add_values(buf, psprintf("%s => ", argument), a ? "true" : "false",
				   b ? "true" : "false");
}

/*
 * A normalised cascade as one writes it, with "all" for the values it is for.
 */
static const char *
short_cascade(const char *cascade)
{
	const char *all = "save-update, merge, refresh-expire, expunge, delete";

	return strncmp(cascade, all, strlen(all)) == 0
		? psprintf("all%s", cascade + strlen(all)) : cascade;
}

/*
 * Values as an argument has them.
 */
static const char *
literal(const char *value)
{
	return value ? quote_literal_cstr(value) : "NULL";
}

static const char *
table_literal(Oid relid)
{
	return literal(OidIsValid(relid) ? relmap_shown_table(relid) : NULL);
}

static const char *
array_literal(List *names)
{
	return literal(names != NIL
				   ? psprintf("{%s}", relmap_quoted_columns(names)) : NULL);
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
