/*-------------------------------------------------------------------------
 *
 * pair.c
 *	  The two sides of a relationship: they stand on one foreign key, lead
 *	  in opposite directions, and name each other by back_populates.  And
 *	  relationships that write one key without being its two sides.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/pair.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/objectaddress.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/util.h"
#include "declare/pair.h"
#include "declare/report.h"

static void pair_with_who_names(RelmapRelationship *r, RelmapReport *report);
static void pair_with(const RelmapRelationship *r, RelmapRelationship *other,
					  RelmapReport *report);
static RelmapRelationship *find_who_names(const RelmapRelationship *r);
static void forget_one_way(RelmapRelationship *namer, RelmapReport *report);
static void check_not_one_way(const RelmapRelationship *namer,
							  const RelmapRelationship *named);
static bool names(const RelmapRelationship *other,
				  const RelmapRelationship *r);
static bool are_sides(const RelmapRelationship *one,
					  const RelmapRelationship *many);
static bool fits(const RelmapRelationship *a, const RelmapRelationship *b);
static void check_fits(const RelmapRelationship *namer,
					   const RelmapRelationship *named);
static void rename_in_partner(const RelmapRelationship *r, const char *new_name,
							  RelmapReport *report);
static void set_back_populates(RelmapRelationship *r, const char *name,
							   RelmapReport *report);
static bool may_write(const RelmapRelationship *r);
static bool writes_key(const RelmapRelationship *r);
static bool same_key(const RelmapRelationship *a, const RelmapRelationship *b);


/*
 * Pair a side with its other side; see the header.
 */
void
relmap_pair_up(RelmapRelationship *r, RelmapReport *report)
{
	RelmapRelationship *other;

	if (r->back_populates == NULL)
	{
		pair_with_who_names(r, report);
		return;
	}

	if (strlen(r->back_populates) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name \"%s\" is too long", r->back_populates),
				 errdetail("A name has at most %d bytes.", NAMEDATALEN - 1)));
	if (r->source == r->target && strcmp(r->back_populates, r->name) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" cannot be its own other side",
						relmap_relationship_display_name(r->source, r->name))));

	other = relmap_catalog_get(r->target, r->back_populates);
	if (other == NULL)
		return;					/* it may be declared later */
	check_fits(r, other);
	check_not_one_way(r, other);
	pair_with(r, other, report);
}

/*
 * A side that names no other: it is the other side of the one that names it, if
 * there is one.
 */
static void
pair_with_who_names(RelmapRelationship *r, RelmapReport *report)
{
	RelmapRelationship *other = find_who_names(r);

	if (other == NULL)
		return;
	if (relmap_pair_is_one_way(r))
	{
		forget_one_way(other, report);
		return;
	}
	/* Another user may have named it only to obstruct. */
	if ((!fits(other, r) || (r->single_parent && other->uselist)) &&
		!may_write(other))
		return;
	check_fits(other, r);
	r->back_populates = other->name;
}

/*
 * A side names another one that fits: have that name it, too.
 */
static void
pair_with(const RelmapRelationship *r, RelmapRelationship *other,
		  RelmapReport *report)
{
	if (relmap_pair_is_one_way(r))
	{
		if (names(other, r))
			forget_one_way(other, report);
	}
	else if (other->back_populates == NULL && !may_write(other))
		report->details = lappend(report->details,
								  psprintf("Relationship \"%s\" does not name it, which is for the owner of table \"%s\" to do.",
										   relmap_relationship_display_name(other->source, other->name),
										   relmap_table_display_name(other->source)));
	else if (other->back_populates == NULL)
		set_back_populates(other, r->name, report);
	else if (strcmp(other->back_populates, r->name) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("back_populates of \"%s\" names \"%s\", which is the other side of another relationship",
						relmap_relationship_display_name(r->source, r->name),
						relmap_relationship_display_name(other->source,
														 other->name)),
				 errdetail("It has back_populates \"%s\".",
						   other->back_populates),
				 relmap_catalog_get(other->target, other->back_populates)
				 ? errhint("Use back_populates => '' for one of them.")
				 : errhint("There is no relationship \"%s\".  If that name is wrong, use relmap.alter_relationship(%s, %s, back_populates => %s) first.",
						   relmap_relationship_display_name(other->target,
															other->back_populates),
						   quote_literal_cstr(relmap_quoted_table(other->source)),
						   quote_literal_cstr(other->name),
						   quote_literal_cstr(r->name))));
}

/*
 * Report that what a side names as its other side is not declared.
 */
void
relmap_pair_report_missing(const RelmapRelationship *r, RelmapReport *report)
{
	if (r->back_populates != NULL &&
		relmap_catalog_get(r->target, r->back_populates) == NULL)
		report->details = lappend(report->details,
								  psprintf("The other side, \"%s\", is not declared yet.",
										   relmap_relationship_display_name(r->target,
																			r->back_populates)));
}

/*
 * A many-to-one names an attribute that leads to some of the rows only: what
 * it leads back to has another attribute for all of its children.
 */
static void
forget_one_way(RelmapRelationship *namer, RelmapReport *report)
{
	if (may_write(namer))
		set_back_populates(namer, NULL, report);
}

/*
 * Change the name in those that name it; see the header.
 */
void
relmap_pair_rename(const RelmapRelationship *r, const char *new_name,
				   RelmapReport *report)
{
	ListCell   *lc;

	rename_in_partner(r, new_name, report);
	foreach(lc, relmap_catalog_between(r->target, r->source))
	{
		RelmapRelationship *other = lfirst(lc);

		if (names(other, r) && relmap_pair_is_one_way(other) &&
			fits(other, r) && may_write(other))
			set_back_populates(other, new_name, report);
	}
}

/*
 * Remove the name in the other side only; see the header.
 */
void
relmap_pair_separate(const RelmapRelationship *r, RelmapReport *report)
{
	rename_in_partner(r, NULL, report);
}

/*
 * Change the name in the other side, if that names it.
 */
static void
rename_in_partner(const RelmapRelationship *r, const char *new_name,
				  RelmapReport *report)
{
	RelmapRelationship *partner = find_who_names(r);

	if (partner && fits(partner, r) && may_write(partner))
		set_back_populates(partner, new_name, report);
}

/*
 * May the current user change a declaration for the sake of its other side?
 */
static bool
may_write(const RelmapRelationship *r)
{
	return get_rel_name(r->source) != NULL &&
		object_ownercheck(RelationRelationId, r->source, GetUserId());
}

/*
 * Is it one of several attributes for the children of one foreign key, those
 * that meet a condition, or the first by some order?  It may name the attribute
 * that leads back, which does not name it.
 */
bool
relmap_pair_is_one_way(const RelmapRelationship *r)
{
	return r->direction == RELMAP_ONETOMANY &&
		(r->condition != NULL ||
		 (!r->uselist && !r->enforce && r->order_by != NULL));
}

/*
 * Raise an error if a many-to-one names such an attribute.
 */
static void
check_not_one_way(const RelmapRelationship *namer,
				  const RelmapRelationship *named)
{
	if (!relmap_pair_is_one_way(named))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("back_populates of \"%s\" names \"%s\", which leads to only some of the rows",
					relmap_relationship_display_name(namer->source, namer->name),
					relmap_relationship_display_name(named->source, named->name)),
			 errhint("Name the relationship without condition on this foreign key, or none; \"%s\" may name \"%s\".",
					 relmap_relationship_display_name(named->source, named->name),
					 relmap_relationship_display_name(namer->source,
													  namer->name))));
}

/*
 * Is the many-to-one that leads back from it, as far as it is declared, one
 * that does not share its parents?
 */
bool
relmap_pair_has_single_parent(const RelmapRelationship *r)
{
	ListCell   *lc;

	foreach(lc, relmap_catalog_between(r->target, r->source))
	{
		RelmapRelationship *other = lfirst(lc);

		if (other->single_parent && are_sides(r, other))
			return true;
	}
	return false;
}

/*
 * Raise an error if a parent has one child at the most, as that does not share
 * it, and the two sides of the relationship say otherwise.
 */
void
relmap_pair_check_single_parent(const RelmapRelationship *r)
{
	ListCell   *lc;

	foreach(lc, relmap_catalog_between(r->target, r->source))
	{
		RelmapRelationship *other = lfirst(lc);
		const RelmapRelationship *one = r->direction == RELMAP_MANYTOONE ? other : r;
		const RelmapRelationship *many = r->direction == RELMAP_MANYTOONE ? r : other;

		if (!many->single_parent || !one->uselist ||
			relmap_pair_is_one_way(one) || !are_sides(one, many))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" cannot have uselist => true, as its other side, \"%s\", has single_parent",
						relmap_relationship_display_name(one->source, one->name),
						relmap_relationship_display_name(many->source, many->name)),
				 errdetail("No two rows of table \"%s\" share a row of table \"%s\".",
						   relmap_table_display_name(many->source),
						   relmap_table_display_name(many->target)),
				 one == r
				 ? errhint("Use uselist => false, or remove single_parent from \"%s\" first.",
						   relmap_relationship_display_name(many->source, many->name))
				 : errhint("Give \"%s\" uselist => false.",
						   relmap_relationship_display_name(one->source, one->name))));
	}
}

/*
 * Are these the two sides of one relationship, as one of them says?  A
 * one-to-many may be another user's, who has named the many-to-one only to
 * obstruct.
 */
static bool
are_sides(const RelmapRelationship *one, const RelmapRelationship *many)
{
	return one->direction == RELMAP_ONETOMANY &&
		many->direction == RELMAP_MANYTOONE && fits(one, many) &&
		(names(many, one) || (names(one, many) && may_write(one)));
}

/*
 * Is r the back_populates of other, an attribute of r's target?
 */
static bool
names(const RelmapRelationship *other, const RelmapRelationship *r)
{
	return other->target == r->source && other->back_populates != NULL &&
		strcmp(other->back_populates, r->name) == 0;
}

/*
 * The attribute of the target whose back_populates is this one, and that can
 * be its other side.
 */
static RelmapRelationship *
find_who_names(const RelmapRelationship *r)
{
	RelmapRelationship *found = NULL;
	ListCell   *lc;

	foreach(lc, relmap_catalog_between(r->target, r->source))
	{
		RelmapRelationship *other = lfirst(lc);

		if (!names(other, r) || relmap_pair_is_one_way(other))
			continue;
		/* Of two that name it, the one that it names, or that fits. */
		if (found == NULL || (!fits(found, r) && fits(other, r)) ||
			(r->back_populates && strcmp(r->back_populates, other->name) == 0))
			found = other;
	}
	return found;
}

/*
 * Can these be the two sides of one relationship?
 */
static bool
fits(const RelmapRelationship *a, const RelmapRelationship *b)
{
	bool		opposite;

	if (a->direction == RELMAP_MANYTOMANY)
		opposite = b->direction == RELMAP_MANYTOMANY &&
			a->secondary == b->secondary &&
			strcmp(a->foreign_key, b->secondary_key) == 0 &&
			strcmp(b->foreign_key, a->secondary_key) == 0;
	else
		opposite = b->direction != RELMAP_MANYTOMANY &&
			a->direction != b->direction &&
			strcmp(a->foreign_key, b->foreign_key) == 0;

	return opposite && a->source == b->target && a->target == b->source;
}

/*
 * Raise an error if the attribute that back_populates names is not the other
 * side.
 */
static void
check_fits(const RelmapRelationship *namer, const RelmapRelationship *named)
{
	if (fits(namer, named))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("back_populates of \"%s\" names \"%s\", which is not its other side",
					relmap_relationship_display_name(namer->source, namer->name),
					relmap_relationship_display_name(named->source, named->name)),
			 errdetail("\"%s\" is %s to \"%s\" by foreign key \"%s\", \"%s\" is %s to \"%s\" by foreign key \"%s\".",
					   relmap_relationship_display_name(namer->source, namer->name),
					   relmap_relationship_describe(namer),
					   relmap_table_display_name(namer->target), namer->foreign_key,
					   relmap_relationship_display_name(named->source, named->name),
					   relmap_relationship_describe(named),
					   relmap_table_display_name(named->target), named->foreign_key)));
}

/*
 * Write another back_populates, and report it.
 */
static void
set_back_populates(RelmapRelationship *r, const char *name,
				   RelmapReport *report)
{
	char	   *display = relmap_relationship_display_name(r->source, r->name);

	r->back_populates = name ? pstrdup(name) : NULL;
	relmap_catalog_update(r, r->name);
	report->details = lappend(report->details,
							  name
							  ? psprintf("Relationship \"%s\" has back_populates \"%s\" now.",
										 display, name)
							  : psprintf("Relationship \"%s\" has no back_populates now.",
										 display));
}

/*
 * Report which other relationships write a foreign key that this one writes:
 * in the same direction, or through an association table and beside it.  The
 * other side, relationships that are not enforced, and two that only read it
 * are left out.
 */
void
relmap_pair_report_overlaps(const RelmapRelationship *r, RelmapReport *report)
{
	List	   *names = NIL;
	ListCell   *lc;

	if (!message_level_is_interesting(NOTICE))
		return;
	foreach(lc, relmap_catalog_on_table(relmap_relationship_child(r)))
	{
		RelmapRelationship *other = lfirst(lc);
		bool		through = r->direction == RELMAP_MANYTOMANY;

		if ((other->source == r->source &&
			 strcmp(other->name, r->name) == 0) ||
			!r->enforce || !other->enforce || !same_key(r, other) ||
			relmap_pair_is_one_way(r) || relmap_pair_is_one_way(other) ||
			!(writes_key(r) || writes_key(other)))
			continue;
		if (through == (other->direction == RELMAP_MANYTOMANY) &&
			(other->source != r->source || other->direction != r->direction ||
			 strcmp(other->foreign_key, r->foreign_key) != 0))
			continue;
		names = lappend(names, psprintf("\"%s\"",
										relmap_relationship_display_name(other->source,
																		 other->name)));
	}
	if (names != NIL)
		report->details = lappend(report->details,
								  psprintf(list_length(names) > 1
										   ? "Relationships %s write the same foreign key as \"%s\"."
										   : "Relationship %s writes the same foreign key as \"%s\".",
										   relmap_enumerate(names),
										   relmap_relationship_display_name(r->source, r->name)));
}

/*
 * Does it do anything but read: through an association table, when a row is
 * replaced, or when one is deleted or released?
 */
static bool
writes_key(const RelmapRelationship *r)
{
	return r->direction == RELMAP_MANYTOMANY ||
		relmap_relationship_is_unique(r) ||
		relmap_relationship_cascade_has(r->cascade, "delete");
}

/*
 * Do two declarations on one table stand on one of its foreign keys?
 */
static bool
same_key(const RelmapRelationship *a, const RelmapRelationship *b)
{
	return strcmp(a->foreign_key, b->foreign_key) == 0 ||
		(a->secondary_key && strcmp(a->secondary_key, b->foreign_key) == 0) ||
		(b->secondary_key && strcmp(a->foreign_key, b->secondary_key) == 0);
}
