/*-------------------------------------------------------------------------
 *
 * relationship.c
 *	  relmap.relationship(), alter_relationship(), drop_relationship() and
 *	  backref(): their arguments and the order of their work.
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

#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

#include "attributes/accessor.h"
#include "attributes/keyedaccessor.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/keychoice.h"
#include "base/missing.h"
#include "base/subxact.h"
#include "base/texts.h"
#include "base/util.h"
#include "declare/arguments.h"
#include "declare/catchup.h"
#include "declare/childless.h"
#include "declare/hints.h"
#include "declare/leftover.h"
#include "declare/options.h"
#include "declare/pair.h"
#include "declare/parenttriggers.h"
#include "declare/reconcile.h"
#include "declare/report.h"
#include "declare/secondary.h"
#include "declare/slotoptions.h"
#include "declare/triggers.h"

/* What a relationship stands on, seen from its source. */
typedef struct Keys
{
	RelmapDirection direction;
	RelmapForeignKey *near;		/* MANYTOMANY: secondary's key to the source */
	RelmapForeignKey *far;		/* MANYTOMANY: to the target; otherwise NULL */
} Keys;

/* What is asked for, and the keys that it comes to. */
typedef struct KeyRequest
{
	Oid			source;
	Oid			target;
	Oid			secondary;
	List	   *foreign_keys;
	List	   *remote_side;
	Keys		found;
} KeyRequest;

/* For compare_conditions(). */
typedef struct SameCondition
{
	const RelmapRelationship *a;
	const RelmapRelationship *b;
	bool		result;
} SameCondition;

/* Where the options are, in the order of the extension script. */
static const RelmapOptionArgs relationship_args = {
	3, 4, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19
};
static const RelmapOptionArgs backref_args = {
	1, -1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
};
static const RelmapOptionArgs alter_args = {
	3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};

static void check_schema(const RelmapRelationship *r);
static Keys requested_keys(KeyRequest *request, const RelmapRelationship *old);
static bool is_what_was_dropped(KeyRequest *request,
								const RelmapRelationship *old);
static void find_keys(void *arg);
static void check_temporal(const RelmapForeignKey *fk);
static Keys other_side_keys(const Keys *keys);
static RelmapRelationship *new_side(const Keys *keys, const char *name,
									const char *other,
									const RelmapOptions *options,
									const RelmapOptions *other_options);
static void declare_sides(List *sides, char *hint);
static void report_declared(List *made, List *existing, bool resumed,
							RelmapReport *report);
static bool declare_side(RelmapRelationship *r, bool *resumed,
						 RelmapReport *report);
static bool same_condition(const RelmapRelationship *a,
						   const RelmapRelationship *b);
static void compare_conditions(void *arg);
static char *differences(const RelmapRelationship *a,
						 const RelmapRelationship *b, bool other_key);
static bool owns(Oid relid);
static void enforce_side(const RelmapRelationship *r,
						 const RelmapRelationship *old, bool keep_constraint,
						 RelmapReport *report);
static RelmapRelationship *get_declared(Oid source, const char *name);
static void refresh_keys(RelmapRelationship *r);
static void drop_stale_triggers(const RelmapRelationship *old,
								const RelmapRelationship *r,
								RelmapReport *report);
static void rename_side(RelmapRelationship *r, const char *new_name);
static void alter_accessor(const RelmapRelationship *old,
						   const RelmapRelationship *r);
static bool other_accessor(const RelmapRelationship *old,
						   const RelmapRelationship *r);
static List *accessor_descriptions(const RelmapRelationship *r);
static List *names_but(List *names, List *others);


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
	KeyRequest	request;
	Keys		keys;
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
		backref_name = relmap_options_decode_backref(backref,
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
	keys = requested_keys(&request, relmap_catalog_get(source, name));
	sides = list_make1(new_side(&keys, name,
								backref ? backref_name : options.back_populates,
								&options, backref ? &backref_options : NULL));
	if (backref)
	{
		RelmapRelationship *side = linitial(sides);
		RelmapRelationship *other;

		keys = other_side_keys(&keys);
		other = new_side(&keys, backref_name, name, &backref_options, &options);
		sides = lappend(sides, other);

		/* of several attributes for a parent's children none is named back */
		if (relmap_pair_is_one_way(side))
			other->back_populates = NULL;
		if (relmap_pair_is_one_way(other))
			side->back_populates = NULL;
		hint = relmap_hints_uselist(side, &options, other);
		if (hint == NULL)
			hint = relmap_hints_uselist(other, &backref_options, side);
	}
	else
		hint = relmap_hints_uselist(linitial(sides), &options,
									options.back_populates
									? relmap_catalog_get(target, options.back_populates)
									: NULL);
	declare_sides(sides, hint);
	PG_RETURN_VOID();
}

/*
 * What a relationship is to stand on.  If there is no such key, and the
 * attribute is declared already and suspended, it is what the dropped key was:
 * models declare at every deploy.
 */
static Keys
requested_keys(KeyRequest *request, const RelmapRelationship *old)
{
	ErrorData  *error;

	if (old == NULL || !relmap_declkey_suspended(old))
	{
		find_keys(request);
		return request->found;
	}

	error = relmap_subxact_try(find_keys, request);
	if (error == NULL)
		return request->found;
	if ((error->sqlerrcode == ERRCODE_INVALID_FOREIGN_KEY ||
		 error->sqlerrcode == ERRCODE_UNDEFINED_COLUMN) &&
		is_what_was_dropped(request, old))
	{
		relmap_reconcile_lock(relmap_relationship_child(old));
		return request->found;
	}
	ReThrowError(error);
}

/*
 * Are the keys of a suspended declaration those that are asked for?
 */
static bool
is_what_was_dropped(KeyRequest *request, const RelmapRelationship *old)
{
	List	   *names = request->foreign_keys;
	Keys	   *keys = &request->found;

	keys->direction = old->direction;
	keys->near = relmap_declkey_near_columns(old);
	keys->far = relmap_declkey_far_columns(old);
	if (request->target != old->target ||
		request->secondary != old->secondary ||
		keys->near == NULL ||
		(OidIsValid(old->secondary) && keys->far == NULL))
		return false;
	return names == NIL ||
		relmap_columns_are(keys->near->child, keys->near->nkeys,
						   keys->near->child_attnums, names) ||
		(list_length(names) == 1 &&
		 strcmp(linitial(names), old->foreign_key) == 0);
}

/*
 * Find what a relationship from source to target stands on.  The table with the
 * foreign key is locked, and what was found before is found again then.
 */
static void
find_keys(void *arg)
{
	KeyRequest *request = arg;
	Oid			source = request->source;
	Oid			target = request->target;
	Oid			locked = InvalidOid;
	Keys		keys;

	for (;;)
	{
		keys.far = NULL;
		if (OidIsValid(request->secondary))
		{
			keys.direction = RELMAP_MANYTOMANY;
			relmap_secondary_choose(request->secondary, source, target,
									request->foreign_keys, request->remote_side,
									&keys.near, &keys.far);
		}
		else
		{
			bool		onetomany;

			keys.near = relmap_keychoice(source, target,
										 request->foreign_keys,
										 request->remote_side, &onetomany);
			keys.direction = onetomany ? RELMAP_ONETOMANY : RELMAP_MANYTOONE;
		}
		if (keys.near->child == locked)
			break;
		locked = keys.near->child;
		relmap_reconcile_lock(locked);
		if (source != locked)
			LockRelationOid(source, AccessShareLock);
		if (target != locked)
			LockRelationOid(target, AccessShareLock);
		relmap_check_table(source);
		relmap_check_table(target);
	}

	check_temporal(keys.near);
	if (keys.far)
		check_temporal(keys.far);
	request->found = keys;
}

static void
check_temporal(const RelmapForeignKey *fk)
{
	if (fk->temporal)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("foreign key \"%s\" has a PERIOD and cannot carry a relationship",
						NameStr(fk->name)),
				 relmap_errtable(fk->child, NULL, NameStr(fk->name))));
}

/*
 * The same, seen from the other side.
 */
static Keys
other_side_keys(const Keys *keys)
{
	Keys		other = *keys;

	switch (keys->direction)
	{
		case RELMAP_ONETOMANY:
			other.direction = RELMAP_MANYTOONE;
			break;
		case RELMAP_MANYTOONE:
			other.direction = RELMAP_ONETOMANY;
			break;
		case RELMAP_MANYTOMANY:
			Assert(keys->far != NULL);
			other.near = keys->far;
			other.far = keys->near;
			break;
	}
	return other;
}

/*
 * A new declaration, not written yet, of one side; with the options of the
 * other if it is declared in the same call.  If that does not share its parent,
 * there is one child.
 */
static RelmapRelationship *
new_side(const Keys *keys, const char *name, const char *other,
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
	check_schema(r);
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
		enforce_side(lfirst(lc), NULL, false, &report);
	foreach(lc, made)
	{
		RelmapRelationship *r = lfirst(lc);

		relmap_pair_report_overlaps(r, &report);
		report.added = list_concat(report.added, accessor_descriptions(r));
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
	{
		char	   *why = relmap_declkey_suspension(lfirst(lc));

		if (why)
			report->details = lappend(report->details,
									  psprintf("Relationship \"%s\" is suspended, because %s.",
											   relmap_relationship_display_name(((RelmapRelationship *) lfirst(lc))->source,
																				((RelmapRelationship *) lfirst(lc))->name),
											   why));
	}
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
	diff = differences(r, old, resumes);
	if (diff == NULL && resumes)
	{
		r->own_constraint = old->own_constraint;
		relmap_catalog_update(r, r->name);
		/* what the old columns had */
		enforce_side(old, old, true, report);
		*resumed = true;
		return true;
	}
	if (diff)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("relationship \"%s\" already exists",
						relmap_relationship_display_name(r->source, r->name)),
				 errdetail("It was declared with another %s.", diff),
				 errhint("Use relmap.alter_relationship() to change it, or relmap.drop_relationship() to remove it first."),
				 relmap_errtable(r->source, NULL, NULL)));
	return false;
}

/*
 * Do two declarations of one source mean the same rows of one target?  A
 * condition that can't be analysed any more is equal to none.
 */
static bool
same_condition(const RelmapRelationship *a, const RelmapRelationship *b)
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

/*
 * In what two declarations of one attribute differ, in words; NULL if in
 * nothing.  They may be on two keys if other_key says so.
 */
static char *
differences(const RelmapRelationship *a, const RelmapRelationship *b,
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
			!same_condition(a, b));
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
 * Has the current user the rights of a table's owner?
 */
static bool
owns(Oid relid)
{
	return object_ownercheck(RelationRelationId, relid, GetUserId());
}

/*
 * Bring uniqueness and triggers in line with a change of this side.  A
 * many-to-one has some only if it does not share its parent.
 */
static void
enforce_side(const RelmapRelationship *r, const RelmapRelationship *old,
			 bool keep_constraint, RelmapReport *report)
{
	if ((r->direction == RELMAP_MANYTOONE &&
		 !r->single_parent && !(old && old->single_parent)) ||
		get_rel_name(relmap_relationship_child(r)) == NULL)
		return;

	/*
	 * One that was made up may name a key or columns of others: it has
	 * nothing there, and does not lock their table.
	 */
	if (!relmap_declkey_stands(r) &&
		(relmap_foreignkey_by_name(relmap_relationship_child(r), r->foreign_key) ||
		 !owns(relmap_relationship_child(r))))
		return;
	relmap_reconcile(r, old, keep_constraint, report);

	/*
	 * A new one that neither cascades nor is required leaves the triggers
	 * that do so as they are.
	 */
	if (old || relmap_relationship_cascade_has(r->cascade, "delete") || r->required)
		relmap_parenttriggers_apply(r, report);
	if (r->required && report->requires)
		relmap_childless_check(r);
}

/*
 * May the user make the accessor in the source table's schema?
 */
static void
check_schema(const RelmapRelationship *r)
{
	Oid			schema = get_rel_namespace(r->source);
	AclResult	result;

	if (!r->accessor)
		return;
	result = object_aclcheck(NamespaceRelationId, schema, GetUserId(),
							 ACL_CREATE);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_SCHEMA, get_namespace_name(schema));
}


/* ---- backref() -------------------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_backref);

/*
 * The other side of a relationship with its options, as one value for the
 * argument backref of relationship().
 */
PGDLLEXPORT Datum
relmap_backref(PG_FUNCTION_ARGS)
{
	char	   *name = relmap_argument_name(fcinfo, 0, "name");
	RelmapOptions options;

	relmap_argument_options(fcinfo, &backref_args, &options);
	PG_RETURN_TEXT_P(cstring_to_text(relmap_options_encode_backref(name,
																   &options)));
}


/* ---- alter_relationship() --------------------------------------------- */

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

	PreventCommandIfReadOnly("relmap.alter_relationship()");
	relmap_argument_options(fcinfo, &alter_args, &options);

	old = get_declared(source, name);
	if (relmap_catchup(old, true))
		old = get_declared(source, name);
	r = palloc(sizeof(RelmapRelationship));
	*r = *old;
	refresh_keys(r);
	relmap_texts_refresh(r);
	present = palloc(sizeof(RelmapRelationship));
	*present = *r;
	if (new_name && strcmp(new_name, name) != 0)
		rename_side(r, new_name);
	relmap_options_apply(&options, present, r);
	if (!relmap_same_set_of_names(r->keyed_by, old->keyed_by) ||
		(options.condition && !same_condition(r, present)))
		r->own_constraint = NULL;	/* that of another slot */
	check_schema(r);

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
	old_accessors = old->accessor && !OidIsValid(relmap_accessor_get(old)) ?
		NIL : accessor_descriptions(old);
	alter_accessor(old, r);
	drop_stale_triggers(old, r, &report);
	enforce_side(r, old, false, &report);
	report.dropped = list_concat(report.dropped,
								 names_but(old_accessors,
										   other_accessor(old, r) ? NIL :
										   accessor_descriptions(r)));
	report.added = list_concat(report.added,
							   names_but(accessor_descriptions(r),
										 other_accessor(old, r) ? NIL :
										 old_accessors));

	relmap_report(r->name == old->name
				  ? psprintf("relationship \"%s\" altered (%s)",
							 relmap_relationship_display_name(source, name),
							 relmap_relationship_describe(r))
				  : psprintf("relationship \"%s\" renamed to \"%s\" (%s)",
							 relmap_relationship_display_name(source, name),
							 relmap_relationship_display_name(source, r->name),
							 relmap_relationship_describe(r)),
				  &report);
	PG_RETURN_VOID();
}

/*
 * The declaration that is to be changed, read again when its foreign key's
 * table is locked.
 */
static RelmapRelationship *
get_declared(Oid source, const char *name)
{
	RelmapRelationship *r = relmap_catalog_get(source, name);

	/* One that was made up by SQL may not keep others off the table. */
	if (r != NULL && get_rel_name(relmap_relationship_child(r)) != NULL &&
		(relmap_declkey_stands(r) || owns(relmap_relationship_child(r))))
	{
		relmap_reconcile_lock(relmap_relationship_child(r));
		r = relmap_catalog_get(source, name);
	}
	if (r == NULL)
		relmap_missing_report(source, name);
	return r;
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
		relmap_accessor_forget_comment(old);
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

/*
 * The accessors of a declaration (char *), for the report.
 */
static List *
accessor_descriptions(const RelmapRelationship *r)
{
	char	   *keyed = relmap_keyedaccessor_display(r);
	List	   *result = NIL;

	if (r->accessor)
		result = list_make1(psprintf("accessor \"%s(%s)\"", r->name,
									 get_rel_name(r->source)));
	if (keyed)
		result = lappend(result, psprintf("accessor \"%s\"", keyed));
	return result;
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


/* ---- drop_relationship() ---------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_drop_relationship);

/*
 * Drop a declaration, and the objects that only it needed.
 */
PGDLLEXPORT Datum
relmap_drop_relationship(PG_FUNCTION_ARGS)
{
	Oid			source = relmap_argument_table(fcinfo, 0, "source");
	char	   *name = relmap_argument_name(fcinfo, 1, "name");
	bool		keep_constraint = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	RelmapReport report = {0};
	RelmapRelationship *r;

	PreventCommandIfReadOnly("relmap.drop_relationship()");
	r = get_declared(source, name);

	relmap_pair_rename(r, NULL, &report);
	relmap_catalog_delete(r);
	if (r->accessor)
		relmap_accessor_drop(r);
	enforce_side(r, r, keep_constraint, &report);
	report.dropped = list_concat(report.dropped, accessor_descriptions(r));

	relmap_report(psprintf("relationship \"%s\" dropped",
						   relmap_relationship_display_name(source, name)),
				  &report);
	PG_RETURN_VOID();
}
