/*-------------------------------------------------------------------------
 *
 * relationship.c
 *	  relmap.relationship() and drop_relationship(): their arguments and the
 *	  order of their work.
 *
 * The order is always: find the foreign key, lock its table, find it again,
 * write the catalog, have reconcile.c create or drop uniqueness and triggers,
 * create or drop the accessors, report it in one NOTICE.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/relationship.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "attributes/accessor.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/declkey.h"
#include "base/texts.h"
#include "base/util.h"
#include "declare/arguments.h"
#include "declare/backref.h"
#include "declare/difference.h"
#include "declare/hints.h"
#include "declare/keyrequest.h"
#include "declare/leftover.h"
#include "declare/options.h"
#include "declare/pair.h"
#include "declare/report.h"
#include "declare/side.h"

/* Where the options are, in the order of the extension script. */
static const RelmapOptionArgs relationship_args = {
	3, 4, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19
};

static List *new_sides(const RelmapKeys *keys, const char *name,
					   const RelmapOptions *options, const char *backref_name,
					   const RelmapOptions *backref_options, char **hint);
static RelmapRelationship *new_side(const RelmapKeys *keys, const char *name,
									const char *other,
									const RelmapOptions *options,
									const RelmapOptions *other_options);
static void declare_sides(List *sides, char *hint);
static void report_declared(List *made, List *existing, bool resumed,
							RelmapReport *report);
static void report_suspension(const RelmapRelationship *r,
							  RelmapReport *report);
static bool declare_side(RelmapRelationship *r, bool *resumed,
						 RelmapReport *report);


/* ---- relationship() --------------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_relationship);

/*
 * Declare a relationship, and its other side if there is a backref.
 */
PGDLLEXPORT Datum
relmap_relationship(PG_FUNCTION_ARGS)
{
	Oid			source = relmap_argument_table(fcinfo, 0, "source");
	char	   *name = relmap_argument_name(fcinfo, 1, "name");
	Oid			target = relmap_argument_table(fcinfo, 2, "target");
	Oid			secondary = InvalidOid;
	char	   *backref = relmap_argument_text(fcinfo, 5);
	char	   *backref_name = NULL;
	RelmapOptions options;
	RelmapOptions backref_options;
	RelmapKeyRequest request;
	RelmapKeys	keys;
	List	   *sides;
	char	   *hint;

	PreventCommandIfReadOnly("relmap.relationship()");
	if (!PG_ARGISNULL(8))
		secondary = relmap_argument_table(fcinfo, 8, "secondary");
	relmap_argument_options(fcinfo, &relationship_args, &options);
	if (backref && options.back_populates)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("backref and back_populates cannot be used together"),
				 errhint("Use backref to declare the other side, or back_populates to name one that is declared by itself.")));
	relmap_options_check_name(source, name);
	if (backref)
	{
		backref_name = relmap_backref_decode(backref,
											 &backref_options);
		relmap_check_owner(target);
		relmap_options_check_name(target, backref_name);
	}

	if (get_rel_persistence(source) == RELPERSISTENCE_TEMP)
		relmap_leftover_clear();
	request.source = source;
	request.target = target;
	request.secondary = secondary;
	request.foreign_keys = relmap_argument_texts(fcinfo, 6, "foreign_keys");
	request.remote_side = relmap_argument_texts(fcinfo, 7, "remote_side");
	keys = relmap_keyrequest_find(&request, relmap_catalog_get(source, name));
	if (backref)
		sides = new_sides(&keys, name, &options, backref_name,
						  &backref_options, &hint);
	else
	{
		RelmapRelationship *side = new_side(&keys, name, options.back_populates,
											&options, NULL);

		RelmapRelationship *other = options.back_populates
		? relmap_catalog_get(target, options.back_populates) : NULL;

		sides = list_make1(side);
		hint = relmap_hints_uselist(side, &options, other);
		if (hint == NULL)
			hint = relmap_hints_self(side, other || request.remote_side != NIL);
		if (hint == NULL)
			hint = relmap_hints_collection(side, &options);
	}
	declare_sides(sides, hint);
	PG_RETURN_VOID();
}

/*
 * Both sides of a relationship that is declared with a backref, not written
 * yet; and what else might have been meant.
 */
static List *
new_sides(const RelmapKeys *keys, const char *name,
		  const RelmapOptions *options, const char *backref_name,
		  const RelmapOptions *backref_options, char **hint)
{
	RelmapKeys	other_keys = relmap_keyrequest_other_side(keys);
	RelmapRelationship *side = new_side(keys, name, backref_name, options,
										backref_options);
	RelmapRelationship *other = new_side(&other_keys, backref_name, name,
										 backref_options, options);

	/* of several attributes for a parent's children none is named back */
	if (relmap_pair_is_one_way(side))
		other->back_populates = NULL;
	if (relmap_pair_is_one_way(other))
		side->back_populates = NULL;

	*hint = relmap_hints_uselist(side, options, other);
	if (*hint == NULL)
		*hint = relmap_hints_uselist(other, backref_options, side);
	if (*hint == NULL)
		*hint = relmap_hints_collection(side, options);
	if (*hint == NULL)
		*hint = relmap_hints_collection(other, backref_options);
	return list_make2(side, other);
}

/*
 * A new declaration, not written yet, of one side; with the options of the
 * other if it is declared in the same call.  If that does not share its parent,
 * there is one child.
 */
static RelmapRelationship *
new_side(const RelmapKeys *keys, const char *name, const char *other,
		 const RelmapOptions *options, const RelmapOptions *other_options)
{
	RelmapOptions with_default = *options;
	const RelmapForeignKey *fk = keys->near;
	RelmapRelationship *r = palloc0(sizeof(RelmapRelationship));

	r->direction = keys->direction;
	r->source = r->direction == RELMAP_MANYTOONE ? fk->child : fk->parent;
	r->target = r->direction == RELMAP_MANYTOONE ? fk->parent : fk->child;
	if (keys->far)
	{
		r->target = keys->far->parent;
		r->secondary = fk->child;
		relmap_declkey_set_far(r, keys->far);
	}
	r->name = pstrdup(name);
	r->back_populates = other && other[0] != '\0' ? pstrdup(other) : NULL;
	relmap_declkey_set_near(r, fk);
	if (r->direction == RELMAP_ONETOMANY && !options->has_uselist &&
		options->condition == NULL && options->keyed_by == NIL &&
		(other_options ? other_options->single_parent :
		 relmap_pair_has_single_parent(r)))
		with_default.has_uselist = true;
	relmap_options_apply(&with_default, NULL, r);
	relmap_side_check_schema(r);
	return r;
}

/*
 * Write the sides, create what they need, report it, with a hint if they are
 * new.
 */
static void
declare_sides(List *sides, char *hint)
{
	RelmapReport report = {0};
	List	   *made = NIL;
	List	   *existing = NIL;
	bool		resumed = false;
	ListCell   *lc;

	report.report_used = true;
	foreach(lc, sides)
	{
		RelmapRelationship *r = lfirst(lc);

		if (declare_side(r, &resumed, &report))
			made = lappend(made, r);
		else
			existing = lappend(existing, r);
	}

	/* First the accessors: if they fail, they do so quickly. */
	foreach(lc, made)
	{
		RelmapRelationship *r = lfirst(lc);

		relmap_pair_check_single_parent(r);
		if (r->accessor)
			relmap_accessor_create(r);
	}
	foreach(lc, made)
		relmap_side_enforce(lfirst(lc), NULL, false, &report);
	foreach(lc, made)
	{
		RelmapRelationship *r = lfirst(lc);
		char	   *hints[2];

		relmap_pair_report_overlaps(r, &report);
		relmap_pair_report_missing(r, &report);
		hints[0] = relmap_hints_reserved_word(r);
		hints[1] = relmap_hints_shared_column(r);
		for (int i = 0; i < lengthof(hints); i++)
		{
			if (hints[i] != NULL)
				report.hints = lappend(report.hints, hints[i]);
		}
		report.added = list_concat(report.added, relmap_side_accessors(r));
	}
	if (made && hint)
		report.hints = lappend(report.hints, hint);
	report_declared(made, existing, resumed, &report);
}

/*
 * Report which of the sides, one or two, are new and which existed.
 */
static void
report_declared(List *made, List *existing, bool resumed, RelmapReport *report)
{
	RelmapRelationship *first = linitial(made ? made : existing);
	RelmapRelationship *last = llast(made ? made : existing);
	char	   *name = relmap_relationship_display_name(first->source, first->name);
	char	   *other = relmap_relationship_display_name(last->source, last->name);
	ListCell   *lc;

	foreach(lc, existing)
		report_suspension(lfirst(lc), report);
	if (made == NIL)
	{
		relmap_report(first == last
					  ? psprintf("relationship \"%s\" already exists, skipping", name)
					  : psprintf("relationships \"%s\" and \"%s\" already exist, skipping",
								 name, other),
					  report);
		return;
	}

	if (existing)
	{
		RelmapRelationship *r = linitial(existing);

		report->details = lappend(report->details,
								  psprintf("Relationship \"%s\" already exists.",
										   relmap_relationship_display_name(r->source, r->name)));
	}
	relmap_report(first == last
				  ? psprintf(resumed ? "relationship \"%s\" resumed (%s)" :
							 "relationship \"%s\" created (%s)",
							 name, relmap_relationship_describe(first))
				  : psprintf(resumed ? "relationships \"%s\" (%s) and \"%s\" (%s) resumed" :
							 "relationships \"%s\" (%s) and \"%s\" (%s) created",
							 name, relmap_relationship_describe(first),
							 other, relmap_relationship_describe(last)),
				  report);
}

/*
 * Add to the report that a relationship is suspended, if it is.
 */
static void
report_suspension(const RelmapRelationship *r, RelmapReport *report)
{
	char	   *why = relmap_declkey_suspension(r);

	if (why == NULL && relmap_texts_lacks_index(r))
	{
		why = relmap_texts_not_unique(r);
		report->warns = true;
		report->hints = lappend(report->hints,
								psprintf("Use relmap.alter_relationship(%s, %s) to make them so again.",
										 quote_literal_cstr(relmap_quoted_table(r->source)),
										 quote_literal_cstr(r->name)));
	}
	if (why != NULL)
		report->details = lappend(report->details,
								  psprintf("Relationship \"%s\" is suspended, because %s.",
										   relmap_relationship_display_name(r->source, r->name),
										   why));
}

/*
 * Write one side into the catalog, paired with the other if that is there.
 * False if it was declared before, just so.  One that was suspended stands on
 * the key that is there now: *resumed.
 */
static bool
declare_side(RelmapRelationship *r, bool *resumed, RelmapReport *report)
{
	RelmapRelationship *old = relmap_catalog_get(r->source, r->name);
	bool		resumes = old && relmap_declkey_suspended(old) &&
	!relmap_declkey_suspended(r);
	char	   *diff;

	if (old == NULL)
	{
		relmap_pair_up(r, report);
		relmap_catalog_insert(r);
		return true;
	}

	if (r->back_populates == NULL)
		r->back_populates = old->back_populates;
	diff = relmap_difference(old, r, resumes);
	if (diff == NULL && resumes)
	{
		r->own_constraint = old->own_constraint;
		relmap_catalog_update(r, r->name);
		/* what the old columns had */
		relmap_side_enforce(old, old, true, report);
		*resumed = true;
		return true;
	}
	if (diff)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("relationship \"%s\" already exists",
						relmap_relationship_display_name(r->source, r->name)),
				 errdetail("It has %s.", diff),
				 errhint("Use relmap.alter_relationship() to change it, or relmap.drop_relationship() to remove it first."),
				 relmap_errtable(r->source, NULL, NULL)));
	return false;
}


/* ---- drop_relationship() ---------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_drop_relationship);

/*
 * Drop a declaration, and the objects that only it needed.  With missing_ok
 * one that does not exist is no error.
 */
PGDLLEXPORT Datum
relmap_drop_relationship(PG_FUNCTION_ARGS)
{
	char	   *name = relmap_argument_name(fcinfo, 1, "name");
	bool		keep_constraint = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	bool		missing_ok = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	RelmapReport report = {0};
	RelmapRelationship *r;
	Oid			source;
	List	   *accessors;

	PreventCommandIfReadOnly("relmap.drop_relationship()");
	if (!PG_ARGISNULL(0) && relmap_leftover_drop(PG_GETARG_OID(0), name))
	{
		relmap_report(psprintf("relationship \"%u.%s\" dropped",
							   PG_GETARG_OID(0), name), &report);
		PG_RETURN_VOID();
	}
	source = relmap_argument_table(fcinfo, 0, "source");
	r = relmap_side_get(source, name, missing_ok);
	if (r == NULL)
		PG_RETURN_VOID();

	relmap_pair_rename(r, NULL, &report);
	relmap_catalog_delete(r);
	accessors = relmap_side_accessors(r);
	if (r->accessor)
		relmap_accessor_drop(r);
	relmap_side_enforce(r, r, keep_constraint, &report);
	report.dropped = list_concat(report.dropped, accessors);

	relmap_report(psprintf("relationship \"%s\" dropped",
						   relmap_relationship_display_name(source, name)),
				  &report);
	PG_RETURN_VOID();
}
