/*-------------------------------------------------------------------------
 *
 * alter.c
 *	  relmap.alter_relationship(): its arguments and the order of its work.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/alter.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

#include "attributes/accessor.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/texts.h"
#include "base/util.h"
#include "declare/arguments.h"
#include "declare/catchup.h"
#include "declare/difference.h"
#include "declare/options.h"
#include "declare/pair.h"
#include "declare/parenttriggers.h"
#include "declare/report.h"
#include "declare/side.h"
#include "declare/triggers.h"

/* Where the options are, in the order of the extension script. */
static const RelmapOptionArgs alter_args = {
	3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};

static void report_altered(const RelmapRelationship *old,
						   const RelmapRelationship *r, bool changed,
						   List *old_accessors, RelmapReport *report);
static bool has_option(FunctionCallInfo fcinfo);
static void refresh_keys(RelmapRelationship *r);
static void drop_stale_triggers(const RelmapRelationship *old,
								const RelmapRelationship *r,
								RelmapReport *report);
static void rename_side(RelmapRelationship *r, const char *new_name);
static void alter_accessor(const RelmapRelationship *old,
						   const RelmapRelationship *r);
static bool other_accessor(const RelmapRelationship *old,
						   const RelmapRelationship *r);
static List *names_but(List *names, List *others);

PG_FUNCTION_INFO_V1(relmap_alter_relationship);


/*
 * Change a declaration.  Options that are not given stay as they are.  Even
 * without a change, missing objects of the declaration are created again.
 */
PGDLLEXPORT Datum
relmap_alter_relationship(PG_FUNCTION_ARGS)
{
	Oid			source = relmap_argument_table(fcinfo, 0, "source");
	char	   *name = relmap_argument_name(fcinfo, 1, "name");
	char	   *new_name = relmap_argument_text(fcinfo, 2);
	RelmapOptions options;
	RelmapReport report = {0};
	RelmapRelationship *old;
	RelmapRelationship *present;
	RelmapRelationship *r;
	List	   *old_accessors;
	bool		changed;

	PreventCommandIfReadOnly("relmap.alter_relationship()");
	relmap_argument_options(fcinfo, &alter_args, &options);

	old = relmap_side_get(source, name, false);
	changed = has_option(fcinfo);
	if (relmap_catchup(old, true))
	{
		old = relmap_side_get(source, name, false);
		changed = true;
	}
	r = palloc(sizeof(RelmapRelationship));
	*r = *old;
	refresh_keys(r);
	relmap_texts_refresh(r);
	changed |= strcmp(old->foreign_key, r->foreign_key) != 0 ||
		(old->accessor && !relmap_accessor_is_current(old));
	present = palloc(sizeof(RelmapRelationship));
	*present = *r;
	if (new_name && strcmp(new_name, name) != 0)
		rename_side(r, new_name);
	relmap_options_apply(&options, present, r);
	if (!relmap_same_set_of_names(r->keyed_by, old->keyed_by) ||
		(options.condition && !relmap_difference_same_condition(r, present)))
		r->own_constraint = NULL;	/* that of another slot */
	relmap_side_check_schema(r);

	if (options.back_populates &&
		(old->back_populates == NULL ||
		 strcmp(options.back_populates, old->back_populates) != 0))
	{
		relmap_pair_separate(old, &report);
		r->back_populates = options.back_populates[0] ? options.back_populates : NULL;
	}
	else if (r->name != old->name)
		relmap_pair_rename(old, r->name, &report);
	relmap_catalog_update(r, old->name);
	if (relmap_pair_is_one_way(r) ? r->back_populates || !relmap_pair_is_one_way(present) :
		r->back_populates && (options.back_populates || relmap_pair_is_one_way(present)))
		relmap_pair_up(r, &report);
	relmap_pair_check_single_parent(r);

	/* One that was lost is told of as a new one. */
	old_accessors = relmap_side_accessors(old);
	alter_accessor(old, r);
	drop_stale_triggers(old, r, &report);
	relmap_side_enforce(r, old, false, &report);
	report_altered(old, r, changed, old_accessors, &report);
	PG_RETURN_VOID();
}

/*
 * Is there anything to change, by the arguments after source and name?
 */
static bool
has_option(FunctionCallInfo fcinfo)
{
	for (int i = 2; i < PG_NARGS(); i++)
	{
		if (!PG_ARGISNULL(i))
			return true;
	}
	return false;
}

/*
 * Report what has become of a declaration, and of the accessors that it had;
 * unless changed, that nothing has, if nothing was missing either.
 */
static void
report_altered(const RelmapRelationship *old, const RelmapRelationship *r,
			   bool changed, List *old_accessors, RelmapReport *report)
{
	bool		other = other_accessor(old, r);
	List	   *accessors = relmap_side_accessors(r);
	char	   *name = relmap_relationship_display_name(r->source, old->name);

	report->dropped = list_concat(report->dropped,
								  names_but(old_accessors,
											other ? NIL : accessors));
	report->added = list_concat(report->added,
								names_but(accessors,
										  other ? NIL : old_accessors));
	if (report->added == NIL && report->dropped == NIL &&
		report->details == NIL && !changed)
		report->hints = lappend(report->hints,
								"NULL leaves an option as it is.  '' resets on_replace, and removes back_populates, order_by, condition and doc.");
	else
		changed = true;
	relmap_pair_report_missing(r, report);
	relmap_report(!changed
				  ? psprintf("relationship \"%s\" is unchanged (%s)", name,
							 relmap_relationship_describe(r))
				  : r->name == old->name
				  ? psprintf("relationship \"%s\" altered (%s)", name,
							 relmap_relationship_describe(r))
				  : psprintf("relationship \"%s\" renamed to \"%s\" (%s)", name,
							 relmap_relationship_display_name(r->source, r->name),
							 relmap_relationship_describe(r)),
				  report);
}

/*
 * Let a declaration that is altered have the names of its keys and columns as
 * they are now, which may have changed where no event trigger saw it.  A key
 * that is not there any more was dropped there.
 */
static void
refresh_keys(RelmapRelationship *r)
{
	RelmapForeignKey *fk = relmap_declkey_search(r, false);

	if (fk)
		relmap_declkey_set_near(r, fk);
	fk = OidIsValid(r->secondary) ? relmap_declkey_search(r, true) : NULL;
	if (fk)
		relmap_declkey_set_far(r, fk);
	relmap_declkey_miss(r);
}

/*
 * Drop triggers that name columns, or a key, by names that were refreshed.
 */
static void
drop_stale_triggers(const RelmapRelationship *old, const RelmapRelationship *r,
					RelmapReport *report)
{
	Oid			child = relmap_relationship_child(old);
	RelmapTriggers triggers = {0};
	ListCell   *lc;

	if (strcmp(old->foreign_key, r->foreign_key) != 0 ||
		(r->direction == RELMAP_MANYTOONE &&
		 !relmap_same_names(old->foreign_columns, r->foreign_columns)))
		relmap_parenttriggers_apply(old, report);
	if (r->direction == RELMAP_MANYTOONE ||
		relmap_same_names(old->foreign_columns, r->foreign_columns))
		return;
	foreach(lc, relmap_catalog_on_columns(child, old->foreign_columns))
	{
		/*
		 * one that is still to be refreshed; the many-to-one has other
		 * triggers
		 */
		if (((RelmapRelationship *) lfirst(lc))->direction != RELMAP_MANYTOONE)
			return;
	}

	triggers.table = child;
	triggers.arguments = old->foreign_columns;
	relmap_triggers_find(&triggers);
	if (triggers.superfluous == NIL)
		return;
	relmap_check_owner(child);
	LockRelationOid(child, AccessExclusiveLock);
	relmap_triggers_drop(&triggers, report);
}

/*
 * Give a declaration, not written yet, another name.
 */
static void
rename_side(RelmapRelationship *r, const char *new_name)
{
	relmap_options_check_name(r->source, new_name);
	if (relmap_catalog_get(r->source, new_name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("relationship \"%s\" already exists",
						relmap_relationship_display_name(r->source, new_name)),
				 relmap_errtable(r->source, NULL, NULL)));
	r->name = pstrdup(new_name);
}

/*
 * Change the accessor accordingly.  If it is the same function, its body is
 * written again: it may depend on what was changed.
 */
static void
alter_accessor(const RelmapRelationship *old, const RelmapRelationship *r)
{
	if (old->accessor && (!r->accessor || other_accessor(old, r)))
		relmap_accessor_drop(old);
	else if (old->accessor)
	{
		relmap_accessor_forget_comment(old);
		if (r->keyed_by == NIL)
			relmap_accessor_drop_keyed(old);
	}
	if (r->accessor)
		relmap_accessor_create(r);
}

/*
 * Is the accessor another function now, by its name or its result?
 */
static bool
other_accessor(const RelmapRelationship *old, const RelmapRelationship *r)
{
	return strcmp(old->name, r->name) != 0 || old->uselist != r->uselist;
}

static List *
names_but(List *names, List *others)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, names)
	{
		if (!relmap_has_name(others, lfirst(lc)))
			result = lappend(result, lfirst(lc));
	}
	return result;
}
