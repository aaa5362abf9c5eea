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
typedef struct Requirements
{
	Oid			child;
	List	   *columns;		/* of char *: the triggers' arguments */
	RelmapForeignKey *fk;		/* NULL if there is none with its columns */
	List	   *declarations;	/* on it, or on another with its columns */
	List	   *others;			/* the same, of owners who may not ask for
								 * anything */

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
} Requirements;

static void compute_requirements(Requirements *need,
								 const RelmapRelationship *subject,
								 const char *former_constraint, bool keep_constraint);
static void find_key(Requirements *need, const RelmapRelationship *subject);
static void keep_for_others(Requirements *need);
static void collect_requirements(Requirements *need);
static void check_agreement(const Requirements *need,
							const RelmapRelationship *other);
static void decide_triggers(Requirements *need);
static void check_replaceable(const Requirements *need, int n_nullable,
							  const AttrNumber *nullable);
static void find_uniqueness(Requirements *need, const char *former_constraint);
static LOCKMODE lock_needed(const Requirements *need);
static void apply_uniqueness(Requirements *need, RelmapReport *report);
static void report_used_index(const Requirements *need, RelmapReport *report);
static void remember_own(const Requirements *need, const char *own);


/*
 * Bring uniqueness and triggers of a foreign key in line with its
 * declarations; see the header.
 */
void
relmap_reconcile(const RelmapRelationship *subject,
				 const char *former_constraint,
				 bool keep_constraint, RelmapReport *report)
{
	Oid			child = relmap_catalog_child(subject);
	LOCKMODE	held = NoLock;
	Requirements need;

	/* What was there before the lock was granted may have changed. */
	for (;;)
	{
		LOCKMODE	needed;

		compute_requirements(&need, subject, former_constraint,
							 keep_constraint);
		needed = lock_needed(&need);
		if (needed <= held)
			break;
		if (!object_ownercheck(RelationRelationId, child, GetUserId()))
			aclcheck_error(ACLCHECK_NOT_OWNER,
						   get_relkind_objtype(get_rel_relkind(child)),
						   get_rel_name(child));
		LockRelationOid(child, needed);
		held = needed;
	}

	relmap_triggers_drop(&need.triggers, report);
	apply_uniqueness(&need, report);
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
 * The lock that carrying out the plan takes on the child.
 */
static LOCKMODE
lock_needed(const Requirements *need)
{
	if (need->add_unique || need->drop_unique ||
		need->triggers.superfluous != NIL)
		return AccessExclusiveLock;
	if (relmap_triggers_missing(&need->triggers))
		return ShareRowExclusiveLock;
	return NoLock;
}


/* ---- the plan --------------------------------------------------------- */

/*
 * Compare what is wanted with what is there.
 */
static void
compute_requirements(Requirements *need, const RelmapRelationship *subject,
					 const char *former_constraint, bool keep_constraint)
{
	memset(need, 0, sizeof(Requirements));
	need->child = relmap_catalog_child(subject);
	find_key(need, subject);
	if (need->fk)
	{
		collect_requirements(need);
		decide_triggers(need);
		keep_for_others(need);
	}

	find_uniqueness(need, former_constraint);
	need->triggers.table = need->child;
	need->triggers.arguments = need->columns;
	relmap_triggers_find(&need->triggers);

	need->add_unique = need->scalar && !OidIsValid(need->index);
	need->drop_unique = !need->scalar && !need->keep_unique &&
		OidIsValid(need->own_oid) &&
		!keep_constraint && need->own_dependent == NULL;
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
find_key(Requirements *need, const RelmapRelationship *subject)
{
	ListCell   *lc;

	need->columns = subject->foreign_columns;
	need->fk = relmap_foreignkey_by_name(need->child, subject->foreign_key);
	if (need->fk)
		need->columns = relmap_column_names(need->child, need->fk->nkeys,
											need->fk->child_attnums);
	foreach(lc, relmap_catalog_on_columns(need->child, need->columns))
	{
		RelmapRelationship *r = lfirst(lc);

		/* Rows may have come by SQL: believe what the key itself says. */
		if (!relmap_stands(r))
			continue;
		if (relmap_owner_may_act_on(r->source, need->child) ||
			(r->source == subject->source &&
			 strcmp(r->name, subject->name) == 0))
			need->declarations = lappend(need->declarations, r);
		else
			need->others = lappend(need->others, r);
		if (need->fk == NULL)
			need->fk = relmap_foreignkey_by_name(need->child, r->foreign_key);
	}
}

/*
 * Find who wants uniqueness and who wants orphans deleted.  Declarations
 * that want different things for one key are an error.
 */
static void
collect_requirements(Requirements *need)
{
	ListCell   *lc;

	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->direction == RELMAP_MANYTOONE || !r->enforce)
			continue;
		if (!r->uselist && need->scalar == NULL)
			need->scalar = r;
		if (need->orphans == NULL &&
			relmap_catalog_cascade_has(r->cascade, "delete-orphan"))
			need->orphans = r;
	}
	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->direction != RELMAP_MANYTOONE && r->enforce && !r->uselist)
			check_agreement(need, r);
	}
}

/*
 * Do a one-to-one and the others on its key agree on what happens to the
 * child that is replaced?
 */
static void
check_agreement(const Requirements *need, const RelmapRelationship *r)
{
	const RelmapRelationship *other = NULL;
	bool		by_cascade = false;

	if (strcmp(r->on_replace, need->scalar->on_replace) != 0)
		other = need->scalar;
	else if (need->orphans && strcmp(r->on_replace, "nullify") == 0)
	{
		other = need->orphans;
		by_cascade = true;
	}
	if (other == NULL)
		return;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relationships \"%s\" and \"%s\" want different things for foreign key \"%s\"",
					relmap_catalog_display_name(other->source, other->name),
					relmap_catalog_display_name(r->source, r->name),
					NameStr(need->fk->name)),
			 errdetail("The first has %s \"%s\", the second has on_replace \"%s\".",
					   by_cascade ? "cascade" : "on_replace",
					   by_cascade ? "delete-orphan" : other->on_replace,
					   r->on_replace),
			 errhint("A row can be replaced in one way only."),
			 relmap_errtable(need->child, NULL, NameStr(need->fk->name))));
}

/*
 * Which triggers the wishes come to.
 */
static void
decide_triggers(Requirements *need)
{
	AttrNumber	nullable[INDEX_MAX_KEYS];
	int			n;

	if (need->scalar == NULL && need->orphans == NULL)
		return;

	n = relmap_nullable_of_key(need->fk, nullable);
	if (need->scalar && strcmp(need->scalar->on_replace, "restrict") == 0)
		need->triggers.want[RELMAP_REPLACE_RESTRICT] = true;
	else if (need->scalar)
	{
		bool		delete = strcmp(need->scalar->on_replace, "delete") == 0;

		check_replaceable(need, n, nullable);
		need->triggers.want[delete ? RELMAP_REPLACE_DELETE : RELMAP_REPLACE_NULLIFY] = true;
		/* Where nothing can be NULL, the replaced row is deleted at once. */
		need->triggers.want[RELMAP_ORPHAN_REPLACED] = delete && n > 0 &&
			!need->orphans;
	}
	need->triggers.want[RELMAP_ORPHAN_ALL] = need->orphans && n > 0;
}

/*
 * What owners without rights to the child have declared makes nothing; but it
 * may have been made for them, by somebody who has the rights, and stays.
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
		if (r->uselist || need->scalar)
			continue;
		need->keep_unique = true;
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
check_replaceable(const Requirements *need, int n_nullable,
				  const AttrNumber *nullable)
{
	const RelmapForeignKey *fk = need->fk;
	char	   *name = relmap_catalog_display_name(need->scalar->source,
												   need->scalar->name);
	ListCell   *lc;

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

	if (strcmp(need->scalar->on_replace, "delete") == 0)
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
 * Which unique index is there, and which constraint is relmap's own.
 */
static void
find_uniqueness(Requirements *need, const char *former_constraint)
{
	AttrNumber	attnums[INDEX_MAX_KEYS];
	int			nkeys = 0;
	ListCell   *lc;

	need->own = former_constraint ? pstrdup(former_constraint) : NULL;
	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->own_constraint)
			need->own = r->own_constraint;
	}
	if (list_length(need->columns) > INDEX_MAX_KEYS)
		return;
	foreach(lc, need->columns)
	{
		attnums[nkeys] = get_attnum(need->child, lfirst(lc));
		if (attnums[nkeys++] <= 0)
			return;				/* dropped, and what was on it, too */
	}

	need->index = relmap_uniqueindex_find(need->child, nkeys, attnums);

	if (need->own)
		need->own_oid = relmap_uniqueindex_constraint(need->child, need->own,
													  nkeys, attnums);
	if (OidIsValid(need->own_oid))
		need->own_dependent = relmap_unique_dependent(need->own_oid);
	else
		need->own = NULL;
}

/* ---- carrying it out -------------------------------------------------- */

/*
 * Make, use, or drop the uniqueness, and let one declaration that needs it
 * remember whether it is relmap's own.
 */
static void
apply_uniqueness(Requirements *need, RelmapReport *report)
{
	if (need->add_unique)
	{
		need->own = relmap_unique_add(need->fk,
									  relmap_catalog_display_name(need->scalar->source,
																  need->scalar->name),
									  relmap_catalog_describe(need->scalar));
		report->added = lappend(report->added,
								psprintf("constraint \"%s\"", need->own));
	}
	else if (need->scalar)
	{
		if (need->own == NULL && report->report_used)
			report_used_index(need, report);
	}
	else if (need->drop_unique)
	{
		relmap_run_ddl(psprintf("ALTER TABLE %s DROP CONSTRAINT %s",
								relmap_quoted_table(need->child),
								quote_identifier(need->own)));
		report->dropped = lappend(report->dropped,
								  psprintf("constraint \"%s\"", need->own));
	}
	else if (need->own)
		report->details = lappend(report->details,
								  need->own_dependent
								  ? psprintf("Constraint \"%s\" stays: %s needs it.",
											 need->own, need->own_dependent)
								  : psprintf("Constraint \"%s\" stays.", need->own));

	remember_own(need, need->scalar ? need->own : NULL);
}

/*
 * Tell which uniqueness was there before, and how a bare index becomes a
 * constraint, which API layers look for.
 */
static void
report_used_index(const Requirements *need, RelmapReport *report)
{
	char	   *name = get_rel_name(need->index);

	if (OidIsValid(get_index_constraint(need->index)))
	{
		report->details = lappend(report->details,
								  psprintf("Constraint \"%s\" is used as it is.", name));
		return;
	}
	report->details = lappend(report->details,
							  psprintf("Unique index \"%s\" is used as it is.", name));
	if (get_rel_relkind(need->child) == RELKIND_RELATION)
		report->hints = lappend(report->hints,
								psprintf("To make it a constraint, which tools look for: ALTER TABLE %s ADD CONSTRAINT %s UNIQUE USING INDEX %s;",
										 relmap_quoted_table(need->child),
										 quote_identifier(name),
										 quote_identifier(name)));
}

/*
 * Have the first declaration that wants uniqueness, and no other on the key,
 * remember relmap's own constraint.
 */
static void
remember_own(const Requirements *need, const char *own)
{
	ListCell   *lc;

	foreach(lc, need->declarations)
	{
		RelmapRelationship *r = lfirst(lc);
		const char *mine = r == need->scalar ? own : NULL;

		if (mine == NULL ? r->own_constraint == NULL :
			(r->own_constraint && strcmp(mine, r->own_constraint) == 0))
			continue;
		r->own_constraint = mine ? pstrdup(mine) : NULL;
		relmap_catalog_update(r, r->name);
	}
}
