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
#include "catalog/objectaddress.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/nullable.h"
#include "base/owner.h"
#include "base/setlist.h"
#include "base/slot.h"
#include "base/uniqueindex.h"
#include "base/util.h"
#include "declare/reconcile.h"
#include "declare/report.h"
#include "declare/slotoptions.h"
#include "declare/triggers.h"
#include "declare/unique.h"

/* What one slot of a key needs, and what of that exists. */
typedef struct SlotRequirements
{
	RelmapSlot	slot;
	RelmapRelationship *holder; /* who wants it, first of all, or NULL */
	Oid			index;
	char	   *own;			/* the uniqueness that relmap made, or NULL */
	Oid			own_index;
	char	   *own_dependent;	/* what needs it otherwise, or NULL */
	bool		keep_unique;	/* others have asked for it */
	bool		add_unique;
	bool		drop_unique;
} SlotRequirements;

/* The same of one foreign key. */
typedef struct Requirements
{
	Oid			child;
	List	   *columns;		/* of char *: the triggers' arguments */
	RelmapForeignKey *fk;		/* NULL if there is none with its columns */
	RelmapForeignKey *columns_key;	/* the same, or what stands in for it */
	List	   *declarations;	/* on it, or on another with its columns */
	List	   *others;			/* the same, of owners who may not ask for
								 * anything */
	RelmapRelationship *orphans;	/* who wants orphans deleted, or NULL */
	List	   *slots;			/* of SlotRequirements * */
	RelmapTriggers triggers;	/* wanted and there */
} Requirements;

static void compute_requirements(Requirements *need,
								 const RelmapRelationship *subject,
								 const RelmapRelationship *old, bool keep_constraint);
static void find_key(Requirements *need, const RelmapRelationship *subject);
static void keep_for_others(Requirements *need);
static bool keep_slot(Requirements *need, const RelmapRelationship *r);
static RelmapForeignKey *stand_in(const Requirements *need);
static void collect_requirements(Requirements *need);
static SlotRequirements *find_slot(Requirements *need, const RelmapRelationship *r);
static void check_agreement(const Requirements *need, const SlotRequirements *slot,
							const RelmapRelationship *r);
static void check_one_way(const Requirements *need);
static void check_lists(const Requirements *need);
static void decide_triggers(Requirements *need);
static void check_replaceable(const Requirements *need, const SlotRequirements *slot,
							  int n_nullable, const AttrNumber *nullable);
static void find_uniqueness(Requirements *need, SlotRequirements *slot,
							bool keep_constraint);
static LOCKMODE lock_needed(const Requirements *need);
static void apply_uniqueness(SlotRequirements *slot, RelmapReport *report);
static void report_used_index(const SlotRequirements *slot, RelmapReport *report);
static bool is_primary_key(Oid index);
static void remember_own(const Requirements *need);


/*
 * Bring uniqueness and triggers of a foreign key in line with its
 * declarations; see the header.
 */
void
relmap_reconcile(const RelmapRelationship *subject,
				 const RelmapRelationship *old,
				 bool keep_constraint, RelmapReport *report)
{
	Oid			child = relmap_catalog_child(subject);
	LOCKMODE	held = NoLock;
	Requirements need;
	ListCell   *lc;

	/* It may have changed before the lock was granted. */
	for (;;)
	{
		LOCKMODE	needed;

		compute_requirements(&need, subject, old, keep_constraint);
		needed = lock_needed(&need);
		if (needed <= held)
			break;
		relmap_check_owner(child);
		LockRelationOid(child, needed);
		held = needed;
	}

	relmap_triggers_drop(&need.triggers, report);
	foreach(lc, need.slots)
		apply_uniqueness(lfirst(lc), report);
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
lock_needed(const Requirements *need)
{
	LOCKMODE	result = NoLock;
	ListCell   *lc;

	if (need->triggers.superfluous != NIL)
		return AccessExclusiveLock;
	if (relmap_triggers_missing(&need->triggers))
		result = ShareRowExclusiveLock;
	foreach(lc, need->slots)
	{
		SlotRequirements *slot = lfirst(lc);

		if (slot->drop_unique ||
			(slot->add_unique && slot->slot.condition == NULL))
			return AccessExclusiveLock;
		if (slot->add_unique)
			result = ShareRowExclusiveLock;
	}
	return result;
}


/* ---- the requirements ------------------------------------------------- */

/*
 * Compare what is wanted with what exists.
 */
static void
compute_requirements(Requirements *need, const RelmapRelationship *subject,
					 const RelmapRelationship *old, bool keep_constraint)
{
	ListCell   *lc;

	memset(need, 0, sizeof(Requirements));
	need->child = relmap_catalog_child(subject);
	find_key(need, subject);
	if (need->fk)
		collect_requirements(need);
	if (old && old->own_constraint && need->columns_key)
	{
		SlotRequirements *slot = find_slot(need, old);

		if (slot && slot->own == NULL)
			slot->own = old->own_constraint;
	}
	if (need->fk)
		keep_for_others(need);
	foreach(lc, need->slots)
		find_uniqueness(need, lfirst(lc), keep_constraint);

	if (need->fk)
		decide_triggers(need);
	need->triggers.table = need->child;
	need->triggers.arguments = need->columns;
	relmap_triggers_find(&need->triggers);
}

/*
 * Find the foreign key of a declaration, the subject, which may be gone
 * already, and all declarations on the key's columns.  If the key is gone,
 * another one with the same columns takes its place.  One that was dropped is
 * what its columns make of it: a suspended declaration keeps what it has.
 *
 * A declaration is a claim of the source's owner.  It counts if that owner has
 * the rights of the child's, or if it is the subject, for which the current
 * user's rights count.
 */
static void
find_key(Requirements *need, const RelmapRelationship *subject)
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

		/* Rows may have come by SQL: believe what the key itself says. */
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
stand_in(const Requirements *need)
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
collect_requirements(Requirements *need)
{
	ListCell   *lc;

	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->direction != RELMAP_MANYTOONE && r->enforce &&
			need->orphans == NULL &&
			relmap_catalog_cascade_has(r->cascade, "delete-orphan"))
			need->orphans = r;
	}
	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);
		SlotRequirements *slot;

		if (!r->enforce || !relmap_is_slot(r))
			continue;
		slot = find_slot(need, r);
		if (slot == NULL)
			continue;
		if (slot->holder == NULL)
			slot->holder = r;
		if (r->own_constraint)
			slot->own = r->own_constraint;
		check_agreement(need, slot, r);
	}
	check_one_way(need);
	check_lists(need);
}

/*
 * The requirements of a declaration's slot, added if there are none; NULL if a
 * column of it does not exist.
 */
static SlotRequirements *
find_slot(Requirements *need, const RelmapRelationship *r)
{
	SlotRequirements *result = palloc0(sizeof(SlotRequirements));
	ListCell   *lc;

	if (!relmap_slot_of(r, need->columns_key, &result->slot))
		return NULL;
	foreach(lc, need->slots)
	{
		SlotRequirements *slot = lfirst(lc);

		if (relmap_same_slot(&slot->slot, &result->slot))
			return slot;
	}
	need->slots = lappend(need->slots, result);
	return result;
}

/*
 * Raise an error unless the declarations of a slot, and those that delete
 * orphans, agree on what happens to the row that is replaced.
 */
static void
check_agreement(const Requirements *need, const SlotRequirements *slot,
				const RelmapRelationship *r)
{
	const RelmapRelationship *other = NULL;
	bool		by_cascade = false;

	if (!relmap_same_on_replace(r, slot->holder))
		other = slot->holder;
	else if (need->orphans && strcmp(r->on_replace, "nullify") == 0)
	{
		other = need->orphans;
		by_cascade = true;
	}
	if (other == NULL)
		return;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relationships \"%s\" and \"%s\" contradict each other on foreign key \"%s\"",
					relmap_catalog_display_name(other->source, other->name),
					relmap_catalog_display_name(r->source, r->name),
					NameStr(need->fk->name)),
			 errdetail("The first has %s \"%s\", the second has on_replace \"%s\".",
					   by_cascade ? "cascade" : "on_replace",
					   by_cascade ? "delete-orphan" : other->on_replace,
					   r->on_replace),
			 errhint("Give both the same on_replace, or one of them enforce => false."),
			 relmap_errtable(need->child, NULL, NameStr(need->fk->name))));
}

/*
 * A row whose foreign key is NULL is kept, or deleted at COMMIT, whichever of
 * the key's slots it has lost.
 */
static void
check_one_way(const Requirements *need)
{
	const RelmapRelationship *nullify = NULL;
	const RelmapRelationship *delete = NULL;
	ListCell   *lc;

	foreach(lc, need->slots)
	{
		const RelmapRelationship *r = ((SlotRequirements *) lfirst(lc))->holder;

		if (r && strcmp(r->on_replace, "nullify") == 0)
			nullify = r;
		else if (r && strcmp(r->on_replace, "delete") == 0)
			delete = r;
	}
	if (nullify == NULL || delete == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relationships \"%s\" and \"%s\" contradict each other on foreign key \"%s\"",
					relmap_catalog_display_name(nullify->source,
												nullify->name),
					relmap_catalog_display_name(delete->source, delete->name),
					NameStr(need->fk->name)),
			 errdetail("The first has on_replace \"%s\", the second has on_replace \"%s\".",
					   nullify->on_replace, delete->on_replace),
			 errhint("Use 'set ...' for one of them."),
			 relmap_errtable(need->child, NULL, NameStr(need->fk->name))));
}

/*
 * A row that loses several slots at once is changed once: the lists of one
 * table must not set a column to different values.
 */
static void
check_lists(const Requirements *need)
{
	List	   *all = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, relmap_catalog_on_table(need->child))
	{
		RelmapRelationship *r = lfirst(lc);

		if (relmap_catalog_child(r) == need->child && r->enforce &&
			relmap_is_slot(r) && relmap_set_list(r->on_replace))
			all = lappend(all, r);
	}
	foreach(lc, need->slots)
	{
		const RelmapRelationship *r = ((SlotRequirements *) lfirst(lc))->holder;
		const char *list = r ? relmap_set_list(r->on_replace) : NULL;

		if (list == NULL)
			continue;
		foreach(lc2, all)
		{
			const RelmapRelationship *other = lfirst(lc2);
			AttrNumber	attnum;

			attnum = relmap_sets_conflict(relmap_set_read(list, need->child),
										  relmap_set_read(relmap_set_list(other->on_replace),
														  need->child));
			if (attnum == InvalidAttrNumber)
				continue;
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("relationships \"%s\" and \"%s\" set column \"%s\" of a replaced row differently",
							relmap_catalog_display_name(other->source,
														other->name),
							relmap_catalog_display_name(r->source, r->name),
							get_attname(need->child, attnum, false)),
					 errdetail("The first has on_replace \"%s\", the second has on_replace \"%s\".",
							   other->on_replace, r->on_replace),
					 errhint("Use 'set ...' lists that agree, as a row may be replaced in both at once."),
					 relmap_errtable(need->child,
									 get_attname(need->child, attnum, false),
									 NULL)));
		}
	}
}

/*
 * Which triggers are needed.
 */
static void
decide_triggers(Requirements *need)
{
	AttrNumber	nullable[INDEX_MAX_KEYS];
	int			n = relmap_nullable_of_key(need->fk, nullable);
	ListCell   *lc;

	foreach(lc, need->slots)
	{
		SlotRequirements *slot = lfirst(lc);
		const char *on_replace;

		if (slot->holder == NULL)
			continue;
		on_replace = slot->holder->on_replace;
		check_replaceable(need, slot, n, nullable);
		if (!relmap_slot_is_plain(&slot->slot) || relmap_set_list(on_replace))
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
}

/*
 * Declarations of owners without rights to the child create nothing; but what
 * a user with the rights has created for them stays.
 */
static void
keep_for_others(Requirements *need)
{
	bool	   *keep = need->triggers.keep;
	ListCell   *lc;

	foreach(lc, need->others)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->direction == RELMAP_MANYTOONE || !r->enforce)
			continue;
		if (relmap_catalog_cascade_has(r->cascade, "delete-orphan"))
			keep[RELMAP_ORPHAN_ALL] = true;
		if (!relmap_is_slot(r) || keep_slot(need, r))
			continue;
		if (strcmp(r->on_replace, "delete") == 0)
			keep[RELMAP_ORPHAN_REPLACED] = true;
		if (r->condition || r->keyed_by || relmap_set_list(r->on_replace))
			relmap_triggers_want_slot(&need->triggers, r, true);
		else if (strcmp(r->on_replace, "restrict") == 0)
			keep[RELMAP_REPLACE_RESTRICT] = true;
		else if (strcmp(r->on_replace, "nullify") == 0)
			keep[RELMAP_REPLACE_NULLIFY] = true;
		else
			keep[RELMAP_REPLACE_DELETE] = true;
	}
}

/*
 * Keep the uniqueness of the slot of such a declaration.  True if a
 * declaration that counts wants the slot.  Its texts are only compared
 * literally: no function that they name must be called here.
 */
static bool
keep_slot(Requirements *need, const RelmapRelationship *r)
{
	ListCell   *lc;

	foreach(lc, need->slots)
	{
		SlotRequirements *slot = lfirst(lc);

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
 * Raise an error if rows can't be replaced as the declaration says.
 */
static void
check_replaceable(const Requirements *need, const SlotRequirements *slot,
				  int n_nullable, const AttrNumber *nullable)
{
	const RelmapForeignKey *fk = need->fk;
	const char *on_replace = slot->holder->on_replace;
	char	   *name = relmap_catalog_display_name(slot->holder->source,
												   slot->holder->name);
	ListCell   *lc;

	if (strcmp(on_replace, "restrict") == 0)
		return;
	foreach(lc, need->columns)
	{
		AttrNumber	attnum = get_attnum(need->child, lfirst(lc));

		if (get_attgenerated(need->child, attnum) != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("relationship \"%s\" cannot replace rows by generated column \"%s\"",
							name, (char *) lfirst(lc)),
					 errdetail("A generated column has its value only after it is known which row is replaced."),
					 errhint("Use on_replace => 'restrict'."),
					 relmap_errtable(need->child, lfirst(lc),
									 NameStr(fk->name))));
	}

	if (strcmp(on_replace, "nullify") != 0)
		return;					/* it needs no NULL */
	if (n_nullable > 0 &&
		relmap_nullable_in_partitions(need->child, n_nullable, nullable))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("relationship \"%s\" cannot set the foreign key of a replaced row to NULL",
					name),
			 fk->match_type == FKCONSTR_MATCH_FULL && fk->nkeys > 1
			 ? errdetail("Foreign key \"%s\" of table \"%s\" is MATCH FULL, and not all of its columns can be NULL.",
						 NameStr(fk->name), get_rel_name(need->child))
			 : errdetail(n_nullable == 0
						 ? "No column of foreign key \"%s\" of table \"%s\" can be NULL."
						 : "Not in every partition can the columns of foreign key \"%s\" of table \"%s\" be NULL.",
						 NameStr(fk->name), get_rel_name(need->child)),
			 errhint("Use cascade => 'all, delete-orphan' to have the replaced row deleted, or on_replace => 'restrict' to have the new one refused."),
			 relmap_errtable(need->child, NULL, NameStr(fk->name))));
}

/*
 * Which unique index a slot has, which is relmap's own, and what is to be
 * done.
 */
static void
find_uniqueness(Requirements *need, SlotRequirements *slot, bool keep_constraint)
{
	slot->index = relmap_slot_index(&slot->slot);
	if (slot->own)
		slot->own_index = relmap_unique_by_name(&slot->slot, slot->own);
	if (OidIsValid(slot->own_index))
		slot->own_dependent = relmap_unique_dependent(slot->own_index);
	else
		slot->own = NULL;

	slot->add_unique = slot->holder && !OidIsValid(slot->index);
	slot->drop_unique = !slot->holder && !slot->keep_unique &&
		OidIsValid(slot->own_index) && !keep_constraint &&
		slot->own_dependent == NULL;
}


/* ---- making the difference -------------------------------------------- */

/*
 * Create, use, or drop the uniqueness of a slot.
 */
static void
apply_uniqueness(SlotRequirements *slot, RelmapReport *report)
{
	const char *word = relmap_unique_word(&slot->slot);

	if (slot->add_unique)
	{
		slot->own = relmap_unique_add(&slot->slot,
									  relmap_catalog_display_name(slot->holder->source,
																  slot->holder->name),
									  relmap_catalog_describe(slot->holder));
		report->added = lappend(report->added,
								psprintf("%s \"%s\"", word, slot->own));
	}
	else if (slot->holder)
	{
		if (slot->own == NULL && report->report_used)
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

		report->details = lappend(report->details,
								  slot->own_dependent
								  ? psprintf("%s \"%s\" stays: %s needs it.",
											 what, slot->own, slot->own_dependent)
								  : psprintf("%s \"%s\" stays.", what, slot->own));
	}
}

/*
 * Report which uniqueness existed before, and how a bare index becomes a
 * constraint, which API layers look for.
 */
static void
report_used_index(const SlotRequirements *slot, RelmapReport *report)
{
	Oid			child = slot->slot.fk->child;
	char	   *name = get_rel_name(slot->index);

	if (OidIsValid(get_index_constraint(slot->index)))
	{
		report->details = lappend(report->details,
								  psprintf("Constraint \"%s\" is used as it is.", name));
		if (strcmp(slot->holder->on_replace, "delete") == 0 &&
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
								psprintf("To make it a constraint, which tools look for: ALTER TABLE %s ADD CONSTRAINT %s UNIQUE USING INDEX %s;",
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
remember_own(const Requirements *need)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);
		const char *mine = NULL;

		foreach(lc2, need->slots)
		{
			SlotRequirements *slot = lfirst(lc2);

			if (slot->holder == r)
				mine = slot->own;
		}
		if (mine == NULL ? r->own_constraint == NULL :
			(r->own_constraint && strcmp(mine, r->own_constraint) == 0))
			continue;
		r->own_constraint = mine ? pstrdup(mine) : NULL;
		relmap_catalog_update(r, r->name);
	}
}
