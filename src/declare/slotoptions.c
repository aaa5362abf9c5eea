/*-------------------------------------------------------------------------
 *
 * slotoptions.c
 *	  The options for which child a relationship leads to and what happens to a
 *	  replaced one: condition, keyed_by, on_replace.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/slotoptions.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "optimizer/optimizer.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/condition.h"
#include "base/foreignkey.h"
#include "base/nearnames.h"
#include "base/nullable.h"
#include "base/setlist.h"
#include "base/util.h"
#include "declare/slotoptions.h"
#include "declare/staying.h"

static void check_keyed_by(const RelmapRelationship *r);
static char *read_on_replace(const char *value, const RelmapRelationship *r,
							 bool given);
static char *read_set_list(const char *list, const RelmapRelationship *r,
						   bool given);
static void check_targets(List *targets, bool given,
						  const RelmapRelationship *r);
static void check_target(TargetEntry *target, bool given,
						 const RelmapRelationship *r);
static void check_on_replace(const RelmapRelationship *r);
static const char *default_on_replace(const RelmapRelationship *r);
static bool keeps_on_replace(const RelmapRelationship *old);
pg_noreturn static void report_missing_on_replace(const RelmapRelationship *r);


/* ---- keyed_by --------------------------------------------------------- */

/*
 * Which columns distinguish the children of one parent.
 */
void
relmap_slotoptions_apply_keyed_by(const RelmapOptions *options,
								  const RelmapRelationship *old, RelmapRelationship *r)
{
	char	   *name = relmap_relationship_display_name(r->source, r->name);

	r->keyed_by = options->has_keyed_by ? options->keyed_by :
		old ? old->keyed_by : NIL;
	if (r->keyed_by == NIL)
		return;

	if (r->direction == RELMAP_MANYTOMANY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("relationship \"%s\" is many-to-many and cannot have keyed_by",
						name)));
	if (r->direction == RELMAP_MANYTOONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is many-to-one and cannot have keyed_by",
						name),
				 errhint("Give keyed_by to the other side.")));
	if (!r->uselist)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" cannot have both keyed_by and uselist => false",
						name),
				 errdetail("A keyed collection has one child per parent and key, and uselist => true."),
				 old && !options->has_keyed_by
				 ? errhint("Use keyed_by => '{}' to remove it.") : 0));
	check_keyed_by(r);
}

/*
 * Raise an error if a column can't be used for that.
 */
static void
check_keyed_by(const RelmapRelationship *r)
{
	char	   *name = relmap_relationship_display_name(r->source, r->name);
	ListCell   *lc;

	if (list_length(r->keyed_by) + list_length(r->foreign_columns) > INDEX_MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("relationship \"%s\" cannot have more than %d columns in foreign key and keyed_by",
						name, INDEX_MAX_KEYS)));

	foreach(lc, r->keyed_by)
	{
		char	   *column = lfirst(lc);
		AttrNumber	attnum = get_attnum(r->target, column);

		if (attnum <= 0)
			relmap_nearnames_missing_column(r->target, column);
		if (relmap_has_name(r->foreign_columns, column))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("keyed_by of relationship \"%s\" has column \"%s\" of the foreign key",
							name, column),
					 errdetail("It is the same in all children of one parent."),
					 relmap_errtable(r->target, column, NULL)));
		for (int i = 0; i < foreach_current_index(lc); i++)
		{
			if (strcmp(list_nth(r->keyed_by, i), column) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("keyed_by of relationship \"%s\" has column \"%s\" twice",
								name, column)));
		}
		if (get_attgenerated(r->target, attnum) != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("relationship \"%s\" cannot be keyed by generated column \"%s\"",
							name, column),
					 errdetail("A generated column gets its value only after it is decided which row is replaced."),
					 relmap_errtable(r->target, column, NULL)));
	}
}


/* ---- condition -------------------------------------------------------- */

/*
 * Which rows of the target belong to the relationship.  The old one is
 * analysed again, too: it may have been inserted by SQL.
 */
void
relmap_slotoptions_apply_condition(const RelmapOptions *options,
								   const RelmapRelationship *old, RelmapRelationship *r)
{
	char	   *name = relmap_relationship_display_name(r->source, r->name);
	Node	   *condition;

	r->condition = options->condition ? options->condition :
		old ? old->condition : NULL;
	if (r->condition == NULL || r->condition[0] == '\0')
	{
		r->condition = NULL;
		return;
	}

	if (r->direction == RELMAP_MANYTOMANY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("relationship \"%s\" is many-to-many and cannot have a condition",
						name)));
	if (r->direction == RELMAP_MANYTOONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is many-to-one and cannot have a condition",
						name),
				 errhint("Give the condition to the other side.")));

	if (options->raw)
		return;
	condition = options->condition
		? relmap_condition_parse(r->condition, r->target)
		: relmap_condition_read(r->condition, r->target,
								relmap_table_owner(r->source));
	if (relmap_condition_is_volatile(condition, relmap_table_owner(r->source)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("condition of relationship \"%s\" must not use volatile functions",
						name)));
	r->condition = relmap_expression_text(condition, r->target, NULL);
}

/*
 * An index's predicate must be immutable, so a condition that becomes one must
 * be; and one that decides whether a row has a child, as it is required to.
 */
void
relmap_slotoptions_check_condition(const RelmapRelationship *r)
{
	Oid			author = relmap_table_owner(r->source);
	Node	   *condition;

	if (r->condition == NULL || !r->enforce ||
		!(relmap_relationship_is_slot(r) || r->required))
		return;
	condition = relmap_condition_read(r->condition, r->target, author);
	if (relmap_condition_is_mutable(condition, author))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("condition of relationship \"%s\" must use immutable functions only",
						relmap_relationship_display_name(r->source, r->name)),
				 relmap_relationship_is_slot(r)
				 ? errdetail("It becomes the predicate of a unique index.")
				 : errdetail("Otherwise a row could lose its child without any statement."),
				 relmap_relationship_is_slot(r)
				 ? errhint("Use enforce => false to use it for reading only.") : 0));
}


/* ---- on_replace ------------------------------------------------------- */

/*
 * What happens to the child that is replaced.  When the cascade changes, a
 * value that was its default changes with it.
 */
void
relmap_slotoptions_apply_on_replace(const RelmapOptions *options,
									const RelmapRelationship *old, RelmapRelationship *r)
{
	const char *value = options->on_replace;
	bool		given = value != NULL;

	r->on_replace = NULL;
	if (given && value[0] == '\0' && old != NULL)
		value = NULL;
	else if (!given && old != NULL && keeps_on_replace(old))
		value = old->on_replace;

	if (!relmap_relationship_is_slot(r) && r->condition == NULL)
	{
		if (value != NULL && (given || relmap_setlist_of(value)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("relationship \"%s\" is %s and cannot have on_replace",
							relmap_relationship_display_name(r->source, r->name),
							relmap_relationship_describe(r)),
					 given && r->direction == RELMAP_ONETOMANY
					 ? errhint("Use uselist => false, if a row of table \"%s\" has one row of table \"%s\", or keyed_by.",
							   relmap_table_display_name(r->source), relmap_table_display_name(r->target))
					 : given
					 ? errhint("Only the parent's side of a one-to-one, uselist => false, and keyed collections replace.")
					 : errhint("Use on_replace => '' to remove it.")));
		return;
	}

	if (value != NULL)
		r->on_replace = options->raw && relmap_setlist_of(value) ?
			pstrdup(value) : read_on_replace(value, r, given);
	else if (!relmap_relationship_is_slot(r))
		return;
	else if (r->condition && r->enforce && r->keyed_by == NIL && !options->raw)
		report_missing_on_replace(r);
	else
		r->on_replace = pstrdup(default_on_replace(r));
	check_on_replace(r);
}

/*
 * Was this value of on_replace probably given by the user, not the default?
 */
static bool
keeps_on_replace(const RelmapRelationship *old)
{
	return old->on_replace != NULL &&
		(strcmp(old->on_replace, default_on_replace(old)) != 0 ||
		 (old->condition && old->enforce && old->keyed_by == NIL));
}

static const char *
default_on_replace(const RelmapRelationship *r)
{
	/* a swap of two keys in two statements sets the key columns only */
	if (r->keyed_by != NIL)
		return "restrict";
	return r->direction == RELMAP_MANYTOMANY ||
		relmap_relationship_cascade_has(r->cascade, "delete-orphan") ? "delete" : "nullify";
}

/*
 * A conditional one-to-one has no default: setting the foreign key to NULL
 * would surprise.
 */
static void
report_missing_on_replace(const RelmapRelationship *r)
{
	Node	   *condition = relmap_condition_read(r->condition, r->target,
												  relmap_table_owner(r->source));
	char	   *list = relmap_setlist_out_of(condition, r->target);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relationship \"%s\" has a condition and needs on_replace",
					relmap_relationship_display_name(r->source, r->name)),
			 errdetail("It says what happens to the row that is replaced."),
			 list
			 ? errhint("Use on_replace => %s, for example, or 'nullify', 'delete' or 'restrict'.",
					   quote_literal_cstr(psprintf("set %s", list)))
			 : errhint("Use on_replace => 'set column = value, ...', so that the row does not meet the condition any more, or 'nullify', 'delete' or 'restrict'.")));
}

/*
 * A value of on_replace as it is stored.
 */
static char *
read_on_replace(const char *value, const RelmapRelationship *r, bool given)
{
	const char *list = relmap_setlist_of(value);

	if (list != NULL)
		return psprintf("set %s", read_set_list(list, r, given));
	if (strcmp(value, "nullify") != 0 &&
		strcmp(value, "delete") != 0 &&
		strcmp(value, "restrict") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized on_replace \"%s\"", value),
				 strchr(value, '=')
				 ? errhint("Use on_replace => %s.",
						   quote_literal_cstr(psprintf("set %s", value)))
				 : errhint("Valid values are nullify, delete, restrict and 'set column = value, ...'.")));
	return pstrdup(value);
}

/*
 * The list of "set ..." as it is stored.
 */
static char *
read_set_list(const char *list, const RelmapRelationship *r, bool given)
{
	List	   *targets;

	if (pg_strcasecmp(list, "null") == 0 || pg_strcasecmp(list, "default") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized on_replace \"set %s\"", list),
				 errhint("Use on_replace => 'nullify' to set the foreign key to NULL, or 'set column = value, ...'.")));
	if (r->direction == RELMAP_MANYTOMANY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("relationship \"%s\" is many-to-many and cannot have on_replace \"set %s\"",
						relmap_relationship_display_name(r->source, r->name), list),
				 errhint("Use on_replace => 'delete' or 'restrict'.")));

	targets = given ? relmap_setlist_parse(list, r->target)
		: relmap_setlist_read(list, r->target, relmap_table_owner(r->source));
	check_targets(targets, given, r);
	return relmap_setlist_text(targets, r->target);
}

/*
 * Raise an error if the list can't be set in rows of the target, or does not
 * make them leave their slot.
 */
static void
check_targets(List *targets, bool given, const RelmapRelationship *r)
{
	ListCell   *lc;

	if (list_length(targets) > INDEX_MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("on_replace of relationship \"%s\" cannot set more than %d columns",
						relmap_relationship_display_name(r->source, r->name),
						INDEX_MAX_KEYS)));
	foreach(lc, targets)
		check_target(lfirst_node(TargetEntry, lc), given, r);

	relmap_staying_check(targets, r);
	/* elsewhere it depends on the row */
	if (r->condition != NULL || r->keyed_by != NIL)
		return;
	foreach(lc, r->foreign_columns)
	{
		if (relmap_setlist_nullifies(targets,
									 get_attnum(r->target, lfirst(lc))))
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("on_replace of relationship \"%s\" does not release the replaced row",
					relmap_relationship_display_name(r->source, r->name)),
			 errhint("Set a column of the foreign key to NULL, too: %s = NULL.",
					 quote_identifier(linitial(r->foreign_columns)))));
}

/*
 * Raise an error if this column can't be set; or, in a list that is given now,
 * not to NULL.
 */
static void
check_target(TargetEntry *target, bool given, const RelmapRelationship *r)
{
	char	   *column = get_attname(r->target, target->resno, false);
	Relation	rel = table_open(r->target, AccessShareLock);
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel),
										  target->resno - 1);
	bool		is_default = IsA(target->expr, SetToDefault);

	if (att->attgenerated != '\0' && !is_default)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("on_replace of relationship \"%s\" cannot set generated column \"%s\"",
						relmap_relationship_display_name(r->source,
														 r->name), column),
				 relmap_errtable(r->target, column, NULL)));
	if (att->attidentity == ATTRIBUTE_IDENTITY_ALWAYS && !is_default)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("column \"%s\" can only be updated to DEFAULT", column),
				 errdetail("Column \"%s\" is an identity column defined as GENERATED ALWAYS.",
						   column),
				 relmap_errtable(r->target, column, NULL)));
	if (given && att->attnotnull &&
		relmap_setlist_nullifies(list_make1(target), target->resno))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("on_replace of relationship \"%s\" cannot set column \"%s\" to NULL",
						relmap_relationship_display_name(r->source,
														 r->name), column),
				 errdetail("The column of table \"%s\" is NOT NULL.",
						   relmap_table_display_name(r->target)),
				 errhint("Use on_replace => 'delete' to have the replaced row deleted, or 'restrict' to have the new one refused."),
				 relmap_errtable(r->target, column, NULL)));
	if (relmap_nullable_in_partition_key(r->target, column))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("on_replace of relationship \"%s\" cannot set partition key column \"%s\"",
						relmap_relationship_display_name(r->source,
														 r->name), column),
				 errdetail("The row would move to another partition."),
				 relmap_errtable(r->target, column, NULL)));
	table_close(rel, AccessShareLock);
}

/*
 * Raise an error if the value does not fit direction and cascade.
 */
static void
check_on_replace(const RelmapRelationship *r)
{
	char	   *name = relmap_relationship_display_name(r->source, r->name);

	if (strcmp(r->on_replace, "nullify") != 0)
		return;
	if (r->direction == RELMAP_MANYTOMANY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is %s and cannot have on_replace \"nullify\"",
						name, relmap_relationship_describe(r)),
				 errdetail("A row of the association table means nothing without its keys."),
				 errhint("Use on_replace => 'delete' or 'restrict'.")));
	if (relmap_relationship_cascade_has(r->cascade, "delete-orphan"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("on_replace \"nullify\" of relationship \"%s\" contradicts cascade \"delete-orphan\"",
						name),
				 errdetail("A row that is replaced is an orphan, and is deleted."),
				 errhint("Use on_replace => 'delete', or a cascade without delete-orphan.")));
}

/*
 * Do two declarations with one target do the same to a replaced row?
 */
bool
relmap_slotoptions_same_on_replace(const RelmapRelationship *a,
								   const RelmapRelationship *b)
{
	const char *list = relmap_setlist_of(a->on_replace);
	const char *other = relmap_setlist_of(b->on_replace);

	if (a->on_replace == NULL || b->on_replace == NULL)
		return a->on_replace == b->on_replace;
	if (list == NULL || other == NULL)
		return strcmp(a->on_replace, b->on_replace) == 0;
	return relmap_setlist_same(list, relmap_table_owner(a->source),
							   other, relmap_table_owner(b->source), a->target);
}
