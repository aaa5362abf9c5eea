/*-------------------------------------------------------------------------
 *
 * options.c
 *	  What a declaration may ask for: its name, cascade, order.  slotoptions.c
 *	  has those that say which child, demands.c those that say what must hold
 *	  at COMMIT.
 *
 * Values are stored normalised, so that a declaration can be compared with
 * another one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/options.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/attnum.h"
#include "catalog/heap.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/condition.h"
#include "base/orderby.h"
#include "base/relationship.h"
#include "base/setlist.h"
#include "base/util.h"
#include "declare/demands.h"
#include "declare/options.h"
#include "declare/slotoptions.h"

/* SQLAlchemy's cascades in SQLAlchemy's order; "all" is all but the last. */
static const char *const cascade_values[] = {
	"save-update", "merge", "refresh-expire", "expunge", "delete",
	"delete-orphan"
};

/* How long a declaration's texts may be. */
#define MAX_DOC 65536
#define MAX_INFO 65536
#define MAX_ORDER_BY 8192
#define MAX_EXPRESSION	10000

#define DEFAULT_CASCADE "save-update, merge"
#define NO_CASCADE "none"

static void check_order_by(const RelmapRelationship *r, bool inherited);
static void check_lengths(const RelmapRelationship *r);
static void check_length(const char *value, const char *name, int max);
static char *normalize_cascade(const char *cascade);
static void check_cascade(const RelmapRelationship *r, bool takes_away);
static bool is_scalar(const RelmapRelationship *r);
static char *given(char *value);


/* ---- names ------------------------------------------------------------ */

/*
 * Raise an error if source can't have an attribute of that name.  Functions
 * with that name are checked by accessor.c.
 */
void
relmap_options_check_name(Oid source, const char *name)
{
	if (name[strspn(name, " \t\r\n")] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("name of a relationship must not be empty")));
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name \"%s\" is too long", name),
				 errdetail("A name has at most %d bytes.", NAMEDATALEN - 1)));
	if (SystemAttributeByName(name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("name \"%s\" conflicts with a system column name", name),
				 relmap_errtable(source, name, NULL)));
	if (get_attnum(source, name) != InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" already exists",
						name, relmap_table_display_name(source)),
				 errhint("Give the relationship another name: an attribute and a column of one table cannot have the same name."),
				 relmap_errtable(source, name, NULL)));
}


/* ---- all together ----------------------------------------------------- */

/*
 * Put options into a declaration; see the header.
 */
void
relmap_options_apply(const RelmapOptions *options,
					 const RelmapRelationship *old,
					 RelmapRelationship *r)
{
	char	   *name = relmap_relationship_display_name(r->source, r->name);

	r->uselist = options->has_uselist ? options->uselist :
		old ? old->uselist : r->direction != RELMAP_MANYTOONE;
	if (r->uselist && r->direction == RELMAP_MANYTOONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is many-to-one and cannot have uselist => true",
						name),
				 errhint("The collection is on the other side, that of table \"%s\".",
						 relmap_table_display_name(r->target))));

	relmap_slotoptions_apply_keyed_by(options, old, r);
	relmap_slotoptions_apply_condition(options, old, r);
	relmap_demands_apply_single_parent(options, old, r);

	r->cascade = options->cascade ? normalize_cascade(options->cascade) :
		old ? old->cascade : pstrdup(DEFAULT_CASCADE);
	check_cascade(r, old && old->single_parent && !r->single_parent);

	r->enforce = options->has_enforce ? options->enforce :
		old ? old->enforce : true;
	if (options->has_enforce && r->direction == RELMAP_MANYTOONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is %s and has nothing to enforce",
						name, relmap_relationship_describe(r)),
				 errhint("Give enforce to the other side.")));
	relmap_demands_apply_required(options, old, r);

	if (!options->raw)
		relmap_slotoptions_check_condition(r);
	relmap_slotoptions_apply_on_replace(options, old, r);

	/*
	 * The old value is normalised again, too: it may have been inserted by
	 * SQL.
	 */
	r->order_by = options->order_by ? given(options->order_by) :
		old ? old->order_by : NULL;
	if (r->order_by)
		r->order_by = relmap_orderby_normalize(r->order_by, r->target);
	check_order_by(r, old && !options->order_by);

	r->accessor = options->has_accessor ? options->accessor :
		old ? old->accessor : true;
	r->doc = options->doc ? given(options->doc) : old ? old->doc : NULL;
	if (options->info)
		r->info = strcmp(options->info, "null") == 0 ? NULL : options->info;
	else
		r->info = old ? old->info : NULL;
	check_lengths(r);
}

/*
 * Raise an error for a declaration that could not have been made by options;
 * see the header.  The tables' columns are not checked.
 */
void
relmap_options_check(const RelmapRelationship *r)
{
	RelmapRelationship as_declared = *r;
	RelmapRelationship as_stored = *r;
	RelmapOptions options = {0};

	options.raw = true;
	options.has_uselist = true;
	options.uselist = r->uselist;
	options.cascade = r->cascade;
	options.on_replace = r->on_replace;
	options.has_enforce = r->direction != RELMAP_MANYTOONE || !r->enforce;
	options.enforce = r->enforce;
	options.doc = r->doc;
	options.info = r->info;
	as_stored.order_by = NULL;	/* see below */
	relmap_options_apply(&options, &as_stored, &as_declared);

	if (strcmp(r->cascade, as_declared.cascade) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cascade must be \"%s\", not \"%s\"",
						as_declared.cascade, r->cascade)));
	if (relmap_relationship_is_slot(r) && r->on_replace == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("on_replace must not be null")));

	/* It becomes a part of other users' queries. */
	check_length(r->order_by, "order_by", MAX_ORDER_BY);
	if (r->order_by)
	{
		char	   *normal = relmap_orderby_change(r->order_by, "", NULL);

		if (normal == NULL || strcmp(normal, r->order_by) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("order_by must be a list of columns, not \"%s\"",
							r->order_by)));
	}
	check_order_by(r, false);
}

/*
 * Raise an error if one of its texts is too long: the commands of any user may
 * read them.
 */
static void
check_lengths(const RelmapRelationship *r)
{
	check_length(r->order_by, "order_by", MAX_ORDER_BY);
	check_length(r->doc, "doc", MAX_DOC);
	check_length(r->info, "info", MAX_INFO);
	check_length(r->condition, "condition", MAX_EXPRESSION);
	check_length(r->on_replace, "on_replace", MAX_EXPRESSION);
}

static void
check_length(const char *value, const char *name, int max)
{
	if (value && strlen(value) > max)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s of a relationship is too long", name),
				 errdetail("It has %zu bytes, the limit is %d.",
						   strlen(value), max)));
}

/*
 * Only a relationship with several rows has an order; inherited: it was not
 * given in this call.
 */
static void
check_order_by(const RelmapRelationship *r, bool inherited)
{
	if (r->order_by &&
		(r->direction == RELMAP_MANYTOONE || (is_scalar(r) && r->enforce)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is %s and cannot have order_by",
						relmap_relationship_display_name(r->source, r->name),
						relmap_relationship_describe(r)),
				 errdetail("There is one row, or none."),
				 inherited
				 ? errhint("Use order_by => '' to remove it.")
				 : r->direction == RELMAP_ONETOMANY
				 ? errhint("Use enforce => false for the first of many rows.") : 0));
}

/*
 * What was given, where '' takes it away.
 */
static char *
given(char *value)
{
	return value[0] == '\0' ? NULL : value;
}

/*
 * Does it lead from a parent to one child, or to one row through an
 * association table?
 */
static bool
is_scalar(const RelmapRelationship *r)
{
	return r->direction != RELMAP_MANYTOONE && !r->uselist;
}


/* ---- cascade and on_replace ------------------------------------------- */

/*
 * A cascade as it is stored: its values in their usual order, each once,
 * "all" spelled out.
 */
static char *
normalize_cascade(const char *cascade)
{
	bool		has[lengthof(cascade_values)] = {false};
	char	   *rest = pstrdup(cascade);
	char	   *word;
	StringInfoData buf;
	int			i;

	while ((word = relmap_next_word(&rest)) != NULL)
	{
		if (strcmp(word, "none") == 0)
		{
			memset(has, false, sizeof(has));
			continue;
		}
		if (strcmp(word, "all") == 0)
		{
			memset(has, true, (lengthof(cascade_values) - 1) * sizeof(bool));
			continue;
		}
		for (i = 0; i < lengthof(cascade_values); i++)
		{
			if (strcmp(word, cascade_values[i]) == 0)
				break;
		}
		if (i == lengthof(cascade_values))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unrecognized cascade \"%s\"", word),
					 errhint("Valid values are all, none, save-update, merge, refresh-expire, expunge, delete and delete-orphan, separated by commas.")));
		has[i] = true;
	}

	initStringInfo(&buf);
	for (i = 0; i < lengthof(cascade_values); i++)
	{
		if (has[i])
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
							 cascade_values[i]);
	}
	return buf.len > 0 ? buf.data : pstrdup(NO_CASCADE);
}

/*
 * Raise an error if the cascade's values do not fit each other or the
 * direction; takes_away: this call takes single_parent away.
 */
static void
check_cascade(const RelmapRelationship *r, bool takes_away)
{
	bool		delete = relmap_relationship_cascade_has(r->cascade, "delete");
	bool		orphan = relmap_relationship_cascade_has(r->cascade, "delete-orphan");

	if (orphan && !delete)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cascade \"delete-orphan\" needs \"delete\""),
				 errhint("Use cascade => 'all, delete-orphan'.")));
	if (delete && r->condition)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" has a condition and cannot have cascade \"%s\"",
						relmap_relationship_display_name(r->source, r->name),
						orphan ? "delete-orphan" : "delete"),
				 errhint("Give the cascade to the relationship on this foreign key that has no condition.")));
	if (delete && r->direction == RELMAP_MANYTOONE && !r->single_parent)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is %s and cannot have cascade \"%s\" without single_parent",
						relmap_relationship_display_name(r->source, r->name),
						relmap_relationship_describe(r), orphan ? "delete-orphan" : "delete"),
				 errdetail("Deleting a row would delete what other rows still refer to."),
				 takes_away
				 ? errhint("Use cascade => 'save-update, merge' to remove the cascade as well.")
				 : errhint("Use single_parent => true if no two rows of table \"%s\" share a row of table \"%s\".  Otherwise give the cascade to the other side.",
						   relmap_table_display_name(r->source), relmap_table_display_name(r->target))));
	if (orphan && r->direction == RELMAP_MANYTOMANY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is %s and cannot have cascade \"%s\"",
						relmap_relationship_display_name(r->source, r->name),
						relmap_relationship_describe(r), "delete-orphan"),
				 errdetail("Deleting a row would delete what other rows still refer to."),
				 errhint("Use cascade \"delete\" to delete the rows of the association table.")));
}
