/*-------------------------------------------------------------------------
 *
 * reconcile.c
 *	  The uniqueness and the triggers of one foreign key, brought in line
 *	  with the declarations that stand on it.
 *
 * Declaring, altering and dropping all end here: what is wanted is computed
 * from every declaration on the key, compared with what is there, and the
 * difference is made by plain DDL, run as the current user.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/reconcile.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "catalog/objectaddress.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/foreignkey.h"
#include "base/nullable.h"
#include "base/owner.h"
#include "base/uniqueindex.h"
#include "base/util.h"
#include "declare/reconcile.h"
#include "declare/report.h"
#include "declare/triggers.h"
#include "declare/unique.h"

/* What one foreign key has to have, and what of that is there. */
typedef struct EnforcePlan
{
	Oid			child;
	List	   *columns;		/* of char *: the triggers' arguments */
	RelmapForeignKey *fk;		/* NULL if there is none with its columns */
	List	   *declarations;	/* on it, or on another with its columns */
	List	   *others;			/* the same, of owners who may not ask for anything */

	/* wanted */
	RelmapRelationship *scalar; /* who wants uniqueness, or NULL */
	RelmapRelationship *orphans;	/* who wants orphans deleted, or NULL */

	/* there */
	Oid			index;
	char	   *own;			/* the UNIQUE that relmap made, or NULL */
	Oid			own_oid;
	char	   *own_dependent;	/* what needs it otherwise, or NULL */

	RelmapTriggers triggers;	/* wanted and there */
	bool		keep_unique;	/* others have asked for it */
	bool		add_unique;
	bool		drop_unique;
} EnforcePlan;

static void make_plan(EnforcePlan *plan, const RelmapRelationship *subject,
					  const char *released, bool keep_constraint);
static void find_key(EnforcePlan *plan, const RelmapRelationship *subject);
static void keep_for_others(EnforcePlan *plan);
static void collect_wishes(EnforcePlan *plan);
static void check_agreement(const EnforcePlan *plan, const RelmapRelationship *other);
static void decide_triggers(EnforcePlan *plan);
static void check_replaceable(const EnforcePlan *plan, int n_releasable,
							  const AttrNumber *releasable);
static void look_at_uniqueness(EnforcePlan *plan, const char *released);
static LOCKMODE lock_needed(const EnforcePlan *plan);
static void settle_uniqueness(EnforcePlan *plan, RelmapReport *report);
static void report_used_index(const EnforcePlan *plan, RelmapReport *report);
static void remember_own(const EnforcePlan *plan, const char *own);


/*
 * Bring uniqueness and triggers of a foreign key in line with its
 * declarations; see the header.
 */
void
relmap_enforce(const RelmapRelationship *subject, const char *released,
			   bool keep_constraint, RelmapReport *report)
{
	Oid			child = relmap_child_of(subject);
	LOCKMODE	held = NoLock;
	EnforcePlan plan;

	/* What was there before the lock was granted may have changed. */
	for (;;)
	{
		LOCKMODE	needed;

		make_plan(&plan, subject, released, keep_constraint);
		needed = lock_needed(&plan);
		if (needed <= held)
			break;
		if (!object_ownercheck(RelationRelationId, child, GetUserId()))
			aclcheck_error(ACLCHECK_NOT_OWNER,
						   get_relkind_objtype(get_rel_relkind(child)),
						   get_rel_name(child));
		LockRelationOid(child, needed);
		held = needed;
	}

	relmap_triggers_drop(&plan.triggers, report);
	settle_uniqueness(&plan, report);
	if (relmap_triggers_missing(&plan.triggers))
		relmap_triggers_add(&plan.triggers, NameStr(plan.fk->name), report);
}

/*
 * Keep other declarations on the keys of child away; see the header.
 */
void
relmap_lock_child(Oid child)
{
	if (object_ownercheck(RelationRelationId, child, GetUserId()))
		LockRelationOid(child, ShareUpdateExclusiveLock);
	else
		LockRelationOid(child, AccessShareLock);
}

/*
 * The lock that carrying out the plan takes on the child.
 */
static LOCKMODE
lock_needed(const EnforcePlan *plan)
{
	if (plan->add_unique || plan->drop_unique ||
		plan->triggers.superfluous != NIL)
		return AccessExclusiveLock;
	if (relmap_triggers_missing(&plan->triggers))
		return ShareRowExclusiveLock;
	return NoLock;
}


/* ---- the plan --------------------------------------------------------- */

/*
 * Compare what is wanted with what is there.
 */
static void
make_plan(EnforcePlan *plan, const RelmapRelationship *subject,
		  const char *released, bool keep_constraint)
{
	memset(plan, 0, sizeof(EnforcePlan));
	plan->child = relmap_child_of(subject);
	find_key(plan, subject);
	if (plan->fk)
	{
		collect_wishes(plan);
		decide_triggers(plan);
		keep_for_others(plan);
	}

	look_at_uniqueness(plan, released);
	plan->triggers.table = plan->child;
	plan->triggers.arguments = plan->columns;
	relmap_triggers_look(&plan->triggers);

	plan->add_unique = plan->scalar && !OidIsValid(plan->index);
	plan->drop_unique = !plan->scalar && !plan->keep_unique &&
		OidIsValid(plan->own_oid) &&
		!keep_constraint && plan->own_dependent == NULL;
}

/*
 * Find the foreign key of a declaration, the subject, which may be gone
 * already, and all declarations on the key's columns.  If the key is gone,
 * another one with the same columns takes its place.
 *
 * What was declared is a claim of the source's owner.  It is believed if that
 * owner has the rights of the child's, or if it is the subject, for which the
 * current user's rights count.
 */
static void
find_key(EnforcePlan *plan, const RelmapRelationship *subject)
{
	ListCell   *lc;

	plan->columns = subject->foreign_columns;
	plan->fk = relmap_foreign_key_by_name(plan->child, subject->foreign_key);
	if (plan->fk)
		plan->columns = relmap_column_names(plan->child, plan->fk->nkeys,
											plan->fk->child_attnums);
	foreach(lc, relmap_catalog_on_columns(plan->child, plan->columns))
	{
		RelmapRelationship *r = lfirst(lc);

		/* Rows may have come by SQL: believe what the key itself says. */
		if (!relmap_stands(r))
			continue;
		if (relmap_owner_may_act_on(r->source, plan->child) ||
			(r->source == subject->source && strcmp(r->name, subject->name) == 0))
			plan->declarations = lappend(plan->declarations, r);
		else
			plan->others = lappend(plan->others, r);
		if (plan->fk == NULL)
			plan->fk = relmap_foreign_key_by_name(plan->child, r->foreign_key);
	}
}

/*
 * Find who wants uniqueness and who wants orphans deleted.  Declarations
 * that want different things for one key are an error.
 */
static void
collect_wishes(EnforcePlan *plan)
{
	ListCell   *lc;

	foreach(lc, plan->declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->direction == RELMAP_MANYTOONE || !r->enforce)
			continue;
		if (!r->uselist && plan->scalar == NULL)
			plan->scalar = r;
		if (plan->orphans == NULL &&
			relmap_cascade_has(r->cascade, "delete-orphan"))
			plan->orphans = r;
	}
	foreach(lc, plan->declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->direction != RELMAP_MANYTOONE && r->enforce && !r->uselist)
			check_agreement(plan, r);
	}
}

/*
 * Do a one-to-one and the others on its key agree on what happens to the
 * child that is replaced?
 */
static void
check_agreement(const EnforcePlan *plan, const RelmapRelationship *r)
{
	const RelmapRelationship *other = NULL;
	bool		by_cascade = false;

	if (strcmp(r->on_replace, plan->scalar->on_replace) != 0)
		other = plan->scalar;
	else if (plan->orphans && strcmp(r->on_replace, "nullify") == 0)
	{
		other = plan->orphans;
		by_cascade = true;
	}
	if (other == NULL)
		return;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relationships \"%s\" and \"%s\" want different things for foreign key \"%s\"",
					relmap_display_name(other->source, other->name),
					relmap_display_name(r->source, r->name),
					NameStr(plan->fk->name)),
			 errdetail("The first has %s \"%s\", the second has on_replace \"%s\".",
					   by_cascade ? "cascade" : "on_replace",
					   by_cascade ? "delete-orphan" : other->on_replace,
					   r->on_replace),
			 errhint("A row can be replaced in one way only."),
			 relmap_errtable(plan->child, NULL, NameStr(plan->fk->name))));
}

/*
 * Which triggers the wishes come to.
 */
static void
decide_triggers(EnforcePlan *plan)
{
	AttrNumber	releasable[INDEX_MAX_KEYS];
	int			n;

	if (plan->scalar == NULL && plan->orphans == NULL)
		return;

	n = relmap_releasable_columns(plan->fk, releasable);
	if (plan->scalar && strcmp(plan->scalar->on_replace, "restrict") == 0)
		plan->triggers.want[RELMAP_REPLACE_RESTRICT] = true;
	else if (plan->scalar)
	{
		bool		delete = strcmp(plan->scalar->on_replace, "delete") == 0;

		check_replaceable(plan, n, releasable);
		plan->triggers.want[delete ? RELMAP_REPLACE_DELETE : RELMAP_REPLACE_NULLIFY] = true;
		/* Where nothing can be NULL, the replaced row is deleted at once. */
		plan->triggers.want[RELMAP_ORPHAN_REPLACED] = delete && n > 0 && !plan->orphans;
	}
	plan->triggers.want[RELMAP_ORPHAN_ALL] = plan->orphans && n > 0;
}

/*
 * What owners without rights to the child have declared makes nothing; but it
 * may have been made for them, by somebody who has the rights, and stays.
 */
static void
keep_for_others(EnforcePlan *plan)
{
	bool	   *keep = plan->triggers.keep;
	ListCell   *lc;

	foreach(lc, plan->others)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->direction == RELMAP_MANYTOONE || !r->enforce)
			continue;
		if (relmap_cascade_has(r->cascade, "delete-orphan"))
			keep[RELMAP_ORPHAN_ALL] = true;
		if (r->uselist || plan->scalar)
			continue;
		plan->keep_unique = true;
		if (strcmp(r->on_replace, "restrict") == 0)
			keep[RELMAP_REPLACE_RESTRICT] = true;
		else if (strcmp(r->on_replace, "nullify") == 0)
			keep[RELMAP_REPLACE_NULLIFY] = true;
		else
			keep[RELMAP_REPLACE_DELETE] = keep[RELMAP_ORPHAN_REPLACED] = true;
	}
}

/*
 * Can rows be replaced as the declaration says?
 */
static void
check_replaceable(const EnforcePlan *plan, int n_releasable,
				  const AttrNumber *releasable)
{
	const RelmapForeignKey *fk = plan->fk;
	char	   *name = relmap_display_name(plan->scalar->source,
										   plan->scalar->name);
	ListCell   *lc;

	foreach(lc, plan->columns)
	{
		AttrNumber	attnum = get_attnum(plan->child, lfirst(lc));

		if (get_attgenerated(plan->child, attnum) != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("relationship \"%s\" cannot replace rows by generated column \"%s\"",
							name, (char *) lfirst(lc)),
					 errdetail("A generated column has its value only after it is known which row is replaced."),
					 errhint("Use on_replace => 'restrict'."),
					 relmap_errtable(plan->child, lfirst(lc), NameStr(fk->name))));
	}

	if (strcmp(plan->scalar->on_replace, "delete") == 0)
		return;					/* it needs no NULL */
	if (n_releasable > 0 &&
		relmap_partitions_can_release(plan->child, n_releasable, releasable))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("relationship \"%s\" cannot set the foreign key of a replaced row to NULL",
					name),
			 fk->match_type == FKCONSTR_MATCH_FULL && fk->nkeys > 1
			 ? errdetail("Foreign key \"%s\" of table \"%s\" is MATCH FULL, and not all of its columns can be NULL.",
						 NameStr(fk->name), get_rel_name(plan->child))
			 : errdetail(n_releasable == 0
						 ? "No column of foreign key \"%s\" of table \"%s\" can be NULL."
						 : "Not in every partition can the columns of foreign key \"%s\" of table \"%s\" be NULL.",
						 NameStr(fk->name), get_rel_name(plan->child)),
			 errhint("Use cascade => 'all, delete-orphan' to have the replaced row deleted, or on_replace => 'restrict' to have the new one refused."),
			 relmap_errtable(plan->child, NULL, NameStr(fk->name))));
}

/*
 * Which unique index is there, and which constraint is relmap's own.
 */
static void
look_at_uniqueness(EnforcePlan *plan, const char *released)
{
	AttrNumber	attnums[INDEX_MAX_KEYS];
	int			nkeys = 0;
	ListCell   *lc;

	plan->own = released ? pstrdup(released) : NULL;
	foreach(lc, plan->declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->own_constraint)
			plan->own = r->own_constraint;
	}
	if (list_length(plan->columns) > INDEX_MAX_KEYS)
		return;
	foreach(lc, plan->columns)
	{
		attnums[nkeys] = get_attnum(plan->child, lfirst(lc));
		if (attnums[nkeys++] <= 0)
			return;				/* dropped, and what was on it, too */
	}

	plan->index = relmap_unique_index(plan->child, nkeys, attnums);

	if (plan->own)
		plan->own_oid = relmap_unique_constraint(plan->child, plan->own,
												 nkeys, attnums);
	if (OidIsValid(plan->own_oid))
		plan->own_dependent = relmap_unique_dependent(plan->own_oid);
	else
		plan->own = NULL;
}

/* ---- carrying it out -------------------------------------------------- */

/*
 * Make, use, or drop the uniqueness, and let one declaration that needs it
 * remember whether it is relmap's own.
 */
static void
settle_uniqueness(EnforcePlan *plan, RelmapReport *report)
{
	if (plan->add_unique)
	{
		plan->own = relmap_unique_add(plan->fk,
									  relmap_display_name(plan->scalar->source,
														  plan->scalar->name),
									  relmap_direction_words(plan->scalar));
		report->added = lappend(report->added,
								psprintf("constraint \"%s\"", plan->own));
	}
	else if (plan->scalar)
	{
		if (plan->own == NULL && report->tell_used)
			report_used_index(plan, report);
	}
	else if (plan->drop_unique)
	{
		relmap_run_ddl(psprintf("ALTER TABLE %s DROP CONSTRAINT %s",
								relmap_quoted_table(plan->child),
								quote_identifier(plan->own)));
		report->dropped = lappend(report->dropped,
								  psprintf("constraint \"%s\"", plan->own));
	}
	else if (plan->own)
		report->details = lappend(report->details,
								  plan->own_dependent
								  ? psprintf("Constraint \"%s\" stays: %s needs it.",
											 plan->own, plan->own_dependent)
								  : psprintf("Constraint \"%s\" stays.", plan->own));

	remember_own(plan, plan->scalar ? plan->own : NULL);
}

/*
 * Tell which uniqueness was there before, and how a bare index becomes a
 * constraint, which API layers look for.
 */
static void
report_used_index(const EnforcePlan *plan, RelmapReport *report)
{
	char	   *name = get_rel_name(plan->index);

	if (OidIsValid(get_index_constraint(plan->index)))
	{
		report->details = lappend(report->details,
								  psprintf("Constraint \"%s\" is used as it is.", name));
		return;
	}
	report->details = lappend(report->details,
							  psprintf("Unique index \"%s\" is used as it is.", name));
	if (get_rel_relkind(plan->child) == RELKIND_RELATION)
		report->hints = lappend(report->hints,
								psprintf("To make it a constraint, which tools look for: ALTER TABLE %s ADD CONSTRAINT %s UNIQUE USING INDEX %s;",
										 relmap_quoted_table(plan->child),
										 quote_identifier(name),
										 quote_identifier(name)));
}

/*
 * Have the first declaration that wants uniqueness, and no other on the key,
 * remember relmap's own constraint.
 */
static void
remember_own(const EnforcePlan *plan, const char *own)
{
	ListCell   *lc;

	foreach(lc, plan->declarations)
	{
		RelmapRelationship *r = lfirst(lc);
		const char *mine = r == plan->scalar ? own : NULL;

		if (mine == NULL ? r->own_constraint == NULL :
			(r->own_constraint && strcmp(mine, r->own_constraint) == 0))
			continue;
		r->own_constraint = mine ? pstrdup(mine) : NULL;
		relmap_catalog_update(r, r->name);
	}
}
