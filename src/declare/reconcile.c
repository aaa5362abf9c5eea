/*-------------------------------------------------------------------------
 *
 * reconcile.c
 *	  The uniqueness and the triggers of one foreign key, brought in line
 *	  with the declarations that stand on it.
 *
 * Declaring, altering and dropping all end here: the requirements are computed
 * from every declaration on the key and compared with what exists; the
 * difference is made by plain DDL, run as the current user.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/reconcile.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/texts.h"
#include "base/util.h"
#include "declare/reconcile.h"
#include "declare/report.h"
#include "declare/requirements.h"
#include "declare/triggers.h"
#include "declare/unique.h"

static LOCKMODE lock_needed(const RelmapRequirements *need);
static void apply_uniqueness(RelmapSlotRequirements *slot,
							 bool keep_constraint, RelmapReport *report);
static void take_over(RelmapSlotRequirements *slot, RelmapReport *report);
static void report_used_index(const RelmapSlotRequirements *slot,
							  RelmapReport *report);
static bool is_primary_key(Oid index);
static void remember_own(const RelmapRequirements *need);


/*
 * Bring uniqueness and triggers of a foreign key in line with its
 * declarations; see the header.
 */
void
relmap_reconcile(const RelmapRelationship *subject,
				 const RelmapRelationship *old,
				 bool keep_constraint, RelmapReport *report)
{
	Oid			child = relmap_relationship_child(subject);
	LOCKMODE	held = NoLock;
	RelmapRequirements need;
	ListCell   *lc;

	/* It may have changed before the lock was granted. */
	for (;;)
	{
		LOCKMODE	needed;

		relmap_requirements_compute(&need, subject, old, keep_constraint);
		needed = lock_needed(&need);
		if (needed <= held)
			break;
		relmap_check_owner(child);
		LockRelationOid(child, needed);
		held = needed;
	}

	relmap_triggers_drop(&need.triggers, report);
	foreach(lc, need.slots)
		apply_uniqueness(lfirst(lc), keep_constraint, report);
	remember_own(&need);
	if (relmap_triggers_missing(&need.triggers))
		relmap_triggers_add(&need.triggers, NameStr(need.fk->name), report);
}

/*
 * Keep other declarations on the keys of child away; see the header.
 */
void
relmap_reconcile_lock(Oid child)
{
	if (object_ownercheck(RelationRelationId, child, GetUserId()))
		LockRelationOid(child, ShareUpdateExclusiveLock);
	else
		LockRelationOid(child, AccessShareLock);
}

/*
 * The lock on the child that making the difference needs.
 */
static LOCKMODE
lock_needed(const RelmapRequirements *need)
{
	LOCKMODE	result = NoLock;
	ListCell   *lc;

	if (need->triggers.superfluous != NIL)
		return AccessExclusiveLock;
	if (relmap_triggers_missing(&need->triggers))
		result = ShareRowExclusiveLock;
	foreach(lc, need->slots)
	{
		RelmapSlotRequirements *slot = lfirst(lc);

		if (slot->drop_unique ||
			(slot->add_unique && slot->slot.condition == NULL))
			return AccessExclusiveLock;
		if (slot->add_unique)
			result = ShareRowExclusiveLock;
	}
	return result;
}


/* ---- making the difference -------------------------------------------- */

/*
 * Create, use, or drop the uniqueness of a slot; or leave it to its table's
 * owner, keep_constraint.
 */
static void
apply_uniqueness(RelmapSlotRequirements *slot, bool keep_constraint,
				 RelmapReport *report)
{
	const char *word = relmap_unique_word(&slot->slot);
	const RelmapRelationship *wants = relmap_requirements_wants(slot);

	if (slot->add_unique)
	{
		slot->own = relmap_unique_add(&slot->slot, wants);
		report->added = lappend(report->added,
								psprintf("%s \"%s\"", word, slot->own));
	}
	else if (wants)
	{
		if (OidIsValid(slot->index) && slot->own == NULL)
			take_over(slot, report);
		if (OidIsValid(slot->index) && slot->own == NULL && report->report_used &&
			slot->is_of_subject)
			report_used_index(slot, report);
	}
	else if (slot->drop_unique)
	{
		relmap_unique_drop(&slot->slot, slot->own);
		report->dropped = lappend(report->dropped,
								  psprintf("%s \"%s\"", word, slot->own));
	}
	else if (slot->own)
	{
		const char *what = slot->slot.condition ? "Index" : "Constraint";

		if (keep_constraint && slot->own_dependent == NULL && !slot->keep_unique)
			relmap_unique_give_away(&slot->slot, slot->own);
		report->details = lappend(report->details,
								  slot->own_dependent
								  ? psprintf("%s \"%s\" stays: %s needs it.",
											 what, slot->own, slot->own_dependent)
								  : psprintf("%s \"%s\" stays.", what, slot->own));
	}
}

/*
 * If relmap made the uniqueness that exists, for a declaration that is gone, as
 * after a restore without rows, it is relmap's again.
 */
static void
take_over(RelmapSlotRequirements *slot, RelmapReport *report)
{
	Oid			child = slot->slot.fk->child;
	char	   *name = get_rel_name(slot->index);
	ListCell   *lc;

	if (!relmap_unique_is_own(slot->index) ||
		!object_ownercheck(RelationRelationId, child, GetUserId()))
		return;
	/* not if it was made for another foreign key on these columns */
	foreach(lc, relmap_catalog_on_table(child))
	{
		const RelmapRelationship *r = lfirst(lc);

		if (r->own_constraint && strcmp(r->own_constraint, name) == 0)
			return;
	}
	slot->own = name;
	report->details = lappend(report->details,
							  psprintf("%s \"%s\" of an earlier declaration is used.",
									   slot->slot.condition ? "Index" : "Constraint",
									   slot->own));
}

/*
 * Report which uniqueness existed before, and how a bare index becomes a
 * constraint, which API layers look for.
 */
static void
report_used_index(const RelmapSlotRequirements *slot, RelmapReport *report)
{
	Oid			child = slot->slot.fk->child;
	char	   *name = get_rel_name(slot->index);

	if (OidIsValid(get_index_constraint(slot->index)))
	{
		report->details = lappend(report->details,
								  psprintf("Constraint \"%s\" is used as it is.", name));
		if (slot->holder && strcmp(slot->holder->on_replace, "delete") == 0 &&
			is_primary_key(slot->index))
		{
			report->details = lappend(report->details,
									  "A client that inserts the new row and then deletes the old one, by its primary key, deletes the new one.");
			report->hints = lappend(report->hints,
									"If there are such clients, use on_replace => 'restrict'.");
		}
		return;
	}
	report->details = lappend(report->details,
							  psprintf("Unique index \"%s\" is used as it is.", name));
	if (get_rel_relkind(child) == RELKIND_RELATION &&
		slot->slot.condition == NULL)
		report->hints = lappend(report->hints,
								psprintf("API layers and other tools recognize a constraint, not an index alone.  To make it one: ALTER TABLE %s ADD CONSTRAINT %s UNIQUE USING INDEX %s;",
										 relmap_quoted_table(child),
										 quote_identifier(name),
										 quote_identifier(name)));
}

/*
 * Is it the index of a primary key?
 */
static bool
is_primary_key(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		result = HeapTupleIsValid(tuple) &&
	((Form_pg_index) GETSTRUCT(tuple))->indisprimary;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return result;
}

/*
 * Have the first declaration that wants a slot, and no other on the key,
 * remember what relmap has made for it.
 */
static void
remember_own(const RelmapRequirements *need)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);
		const char *mine = NULL;

		foreach(lc2, need->slots)
		{
			RelmapSlotRequirements *slot = lfirst(lc2);

			if (relmap_requirements_wants(slot) == r)
				mine = slot->own;
		}
		if (mine == NULL && r->condition && relmap_texts_problem(r))
			continue;
		if (mine == NULL ? r->own_constraint == NULL :
			(r->own_constraint && strcmp(mine, r->own_constraint) == 0))
			continue;
		r->own_constraint = mine ? pstrdup(mine) : NULL;
		relmap_catalog_update(r, r->name);
	}
}
