/*-------------------------------------------------------------------------
 *
 * requirements.c
 *	  What a foreign key needs for all declarations on it, and what it has.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/requirements.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/attnum.h"
#include "catalog/pg_class.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/nullable.h"
#include "base/owner.h"
#include "base/setlist.h"
#include "base/slot.h"
#include "base/uniqueindex.h"
#include "base/texts.h"
#include "base/util.h"
#include "declare/agreement.h"
#include "declare/requirements.h"
#include "declare/triggers.h"
#include "declare/unique.h"

static void find_key(RelmapRequirements *need,
					 const RelmapRelationship *subject);
static RelmapForeignKey *stand_in(const RelmapRequirements *need);
static void collect_requirements(RelmapRequirements *need,
								 const RelmapRelationship *subject);
static RelmapSlotRequirements *find_slot(RelmapRequirements *need,
										 const RelmapRelationship *r);
static void decide_triggers(RelmapRequirements *need);
static void require_children(RelmapRequirements *need,
							 const RelmapRelationship *subject,
							 List *declarations, bool keep);
static void keep_for_others(RelmapRequirements *need);
static bool replaces_alike(const RelmapRelationship *old,
						   const RelmapRelationship *r);
static bool keep_slot(RelmapRequirements *need, const RelmapRelationship *r);
static void find_uniqueness(RelmapSlotRequirements *slot,
							bool keep_constraint);

/*
 * Compare what is wanted with what exists.
 */
void
relmap_requirements_compute(RelmapRequirements *need,
							const RelmapRelationship *subject,
							const RelmapRelationship *old, bool keep_constraint)
{
	ListCell   *lc;

	memset(need, 0, sizeof(RelmapRequirements));
	need->child = relmap_relationship_child(subject);
	need->as_before = old && replaces_alike(old, subject);
	find_key(need, subject);
	if (need->fk)
		collect_requirements(need, subject);
	if (old && old->own_constraint && need->columns_key)
	{
		RelmapSlotRequirements *slot = find_slot(need, old);

		if (slot && slot->own == NULL)
			slot->own = old->own_constraint;
	}
	if (need->fk)
		keep_for_others(need);
	foreach(lc, need->slots)
		find_uniqueness(lfirst(lc), keep_constraint);

	if (need->fk)
	{
		decide_triggers(need);
		require_children(need, subject, need->declarations, false);
		require_children(need, subject, need->others, true);
	}
	need->triggers.table = need->child;
	need->triggers.arguments = need->columns;
	need->triggers.key = subject->foreign_key;
	relmap_triggers_find(&need->triggers);
}

/*
 * Does an altered declaration replace rows as it did?  Then it is not refused
 * for what has become of its columns since, so that what else is wrong can be
 * fixed.
 */
static bool
replaces_alike(const RelmapRelationship *old, const RelmapRelationship *r)
{
	return old->enforce == r->enforce &&
		relmap_relationship_is_slot(old) == relmap_relationship_is_slot(r) &&
		(old->on_replace == NULL || r->on_replace == NULL
		 ? old->on_replace == r->on_replace
		 : strcmp(old->on_replace, r->on_replace) == 0);
}

/*
 * Find the foreign key of a declaration, the subject, which may be dropped
 * already, and all declarations on the key's columns.  If the key does not
 * exist, another one with the same columns takes its place.  A dropped key is
 * represented by its columns: a suspended declaration keeps its objects.
 *
 * A declaration is a claim of the source's owner.  It counts if that owner has
 * the rights of the child's, or if it is the subject, for which the current
 * user's rights count.
 */
static void
find_key(RelmapRequirements *need, const RelmapRelationship *subject)
{
	ListCell   *lc;

	need->columns = subject->foreign_columns;
	need->fk = relmap_declkey_near_columns(subject);
	if (need->fk)
		need->columns = relmap_column_names(need->child, need->fk->nkeys,
											need->fk->child_attnums);
	foreach(lc, relmap_catalog_on_columns(need->child, need->columns))
	{
		RelmapRelationship *r = lfirst(lc);

		/* Rows may have been inserted by SQL: the key itself decides. */
		if (relmap_declkey_near_columns(r) == NULL)
			continue;
		if (relmap_owner_may_act_on(r->source, need->child) ||
			(r->source == subject->source &&
			 strcmp(r->name, subject->name) == 0))
			need->declarations = lappend(need->declarations, r);
		else
			need->others = lappend(need->others, r);
		if (need->fk == NULL)
			need->fk = relmap_declkey_near_columns(r);
	}
	need->columns_key = need->fk ? need->fk : stand_in(need);
}

/*
 * A substitute for a foreign key that was dropped: its columns.  NULL if one
 * of these was dropped, and with it the objects on it.
 */
static RelmapForeignKey *
stand_in(const RelmapRequirements *need)
{
	RelmapForeignKey *fk = palloc0(sizeof(RelmapForeignKey));
	ListCell   *lc;

	fk->child = need->child;
	if (list_length(need->columns) > INDEX_MAX_KEYS)
		return NULL;
	foreach(lc, need->columns)
	{
		AttrNumber	attnum = get_attnum(need->child, lfirst(lc));

		if (attnum <= 0)
			return NULL;
		fk->child_attnums[fk->nkeys++] = attnum;
	}
	return fk;
}

/*
 * Find which slots are wanted, by whom, and who wants orphans deleted.
 * Declarations that want different things for one slot, or one row, are an
 * error.
 */
static void
collect_requirements(RelmapRequirements *need,
					 const RelmapRelationship *subject)
{
	ListCell   *lc;

	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->direction != RELMAP_MANYTOONE && r->enforce &&
			need->orphans == NULL &&
			relmap_relationship_cascade_has(r->cascade, "delete-orphan"))
			need->orphans = r;
	}
	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);
		RelmapSlotRequirements *slot;

		if (!relmap_relationship_is_unique(r))
			continue;
		slot = find_slot(need, r);
		if (slot == NULL)
		{
			/* its condition can't be analysed: what it has stays */
			if (r->condition)
				relmap_triggers_want_slot(&need->triggers, r, true);
			continue;
		}
		if (r->source == subject->source && strcmp(r->name, subject->name) == 0)
			slot->is_of_subject = true;
		if (r->own_constraint)
			slot->own = r->own_constraint;
		if (r->direction == RELMAP_MANYTOONE)
		{
			if (slot->single_parent == NULL)
				slot->single_parent = r;
			continue;
		}
		if (slot->holder == NULL)
			slot->holder = r;
		relmap_agreement_check_slot(need, slot, r);
	}
	relmap_agreement_check_key(need);
	relmap_agreement_check_lists(need);
}

/*
 * The requirements of a declaration's slot, added if there are none; NULL if a
 * column of it does not exist.
 */
static RelmapSlotRequirements *
find_slot(RelmapRequirements *need, const RelmapRelationship *r)
{
	RelmapSlotRequirements *result = palloc0(sizeof(RelmapSlotRequirements));
	ListCell   *lc;

	if (!relmap_texts_slot(r, need->columns_key, &result->slot))
		return NULL;
	foreach(lc, need->slots)
	{
		RelmapSlotRequirements *slot = lfirst(lc);

		if (relmap_slot_same(&slot->slot, &result->slot))
			return slot;
	}
	need->slots = lappend(need->slots, result);
	return result;
}

/*
 * Which triggers are needed.
 */
static void
decide_triggers(RelmapRequirements *need)
{
	AttrNumber	nullable[INDEX_MAX_KEYS];
	int			n = relmap_nullable_of_key(need->fk, nullable);
	ListCell   *lc;

	foreach(lc, need->slots)
	{
		RelmapSlotRequirements *slot = lfirst(lc);
		const char *on_replace;

		if (slot->holder == NULL)
			continue;
		on_replace = slot->holder->on_replace;
		if (!need->as_before)
			relmap_agreement_check_replaceable(need, slot, n, nullable);
		if (!relmap_slot_is_plain(&slot->slot) ||
			relmap_setlist_of(on_replace))
			relmap_triggers_want_slot(&need->triggers, slot->holder, false);
		else if (strcmp(on_replace, "restrict") == 0)
			need->triggers.want[RELMAP_REPLACE_RESTRICT] = true;
		else if (strcmp(on_replace, "delete") == 0)
			need->triggers.want[RELMAP_REPLACE_DELETE] = true;
		else
			need->triggers.want[RELMAP_REPLACE_NULLIFY] = true;

		/* If no column can be NULL, the replaced row is deleted at once. */
		if (strcmp(on_replace, "delete") == 0 && n > 0 && !need->orphans)
			need->triggers.want[RELMAP_ORPHAN_REPLACED] = true;
	}
	need->triggers.want[RELMAP_ORPHAN_ALL] = need->orphans && n > 0;
	need->triggers.want[RELMAP_ORPHAN_MOVED] =
		need->triggers.want[RELMAP_ORPHAN_ALL] &&
		(get_rel_relkind(need->child) == RELKIND_PARTITIONED_TABLE ||
		 get_rel_relispartition(need->child));
}

/*
 * Which triggers are needed by relationships that are required, on exactly the
 * key of the subject.
 */
static void
require_children(RelmapRequirements *need, const RelmapRelationship *subject,
				 List *declarations, bool keep)
{
	ListCell   *lc;

	foreach(lc, declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->required && r->enforce && r->direction != RELMAP_MANYTOONE &&
			strcmp(r->foreign_key, subject->foreign_key) == 0)
			relmap_triggers_want_required(&need->triggers, r, keep);
	}
}

/*
 * Declarations of owners without rights to the child create nothing; but what
 * a user with the rights has created for them stays.
 */
static void
keep_for_others(RelmapRequirements *need)
{
	ListCell   *lc;

	foreach(lc, need->others)
	{
		RelmapRelationship *r = lfirst(lc);
		bool		of_slot = relmap_relationship_is_slot(r) && r->enforce &&
		!keep_slot(need, r);

		relmap_triggers_keep(&need->triggers, r, of_slot);
	}
}

/*
 * Keep the uniqueness of the slot of such a declaration.  True if a
 * declaration that counts wants the slot.  Its texts are only compared
 * literally: no function that they name must be called here.
 */
static bool
keep_slot(RelmapRequirements *need, const RelmapRelationship *r)
{
	ListCell   *lc;

	foreach(lc, need->slots)
	{
		RelmapSlotRequirements *slot = lfirst(lc);

		if (!relmap_same_set_of_names(slot->slot.keyed_by, r->keyed_by) ||
			strcmp(slot->slot.condition ? slot->slot.condition : "",
				   r->condition ? r->condition : "") != 0)
			continue;
		slot->keep_unique = true;
		return slot->holder != NULL;
	}
	return false;
}

/*
 * A declaration that wants a slot to be unique; NULL if none does.
 */
RelmapRelationship *
relmap_requirements_wants(const RelmapSlotRequirements *slot)
{
	return slot->holder ? slot->holder : slot->single_parent;
}

/*
 * Which unique index a slot has, which is relmap's own, and what is to be
 * done.
 */
static void
find_uniqueness(RelmapSlotRequirements *slot, bool keep_constraint)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): none in the list */
	slot->index = relmap_slot_index(&slot->slot);
	if (slot->own)
		slot->own_index = relmap_uniqueindex_by_name(&slot->slot, slot->own);
	if (OidIsValid(slot->own_index))
		slot->own_dependent = relmap_unique_dependent(slot->own_index);
	else
		slot->own = NULL;

	/* another declaration without its uniqueness is suspended, and stays so */
	slot->add_unique = slot->is_of_subject &&
		relmap_requirements_wants(slot) && !OidIsValid(slot->index);
	slot->drop_unique = !relmap_requirements_wants(slot) &&
		!slot->keep_unique &&
		OidIsValid(slot->own_index) && !keep_constraint &&
		slot->own_dependent == NULL;
}
