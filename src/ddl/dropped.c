/*-------------------------------------------------------------------------
 *
 * dropped.c
 *	  A relationship is dropped with a table that it needs, or suspended when
 *	  its foreign key or its uniqueness is dropped.
 *
 * Only what the command itself has dropped counts.  A missing object may be
 * created later: a restore has declarations before constraints.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/dropped.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "lib/stringinfo.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "attributes/accessor.h"
#include "base/catalog.h"
#include "base/declkey.h"
#include "base/orderby.h"
#include "base/subxact.h"
#include "base/util.h"
#include "ddl/cleanup.h"
#include "ddl/dropped.h"
#include "ddl/follow.h"
#include "ddl/losses.h"
#include "ddl/lost.h"
#include "ddl/rename.h"
#include "ddl/suspended.h"
#include "declare/pair.h"
#include "declare/report.h"

/* As many lines as core's own "drop cascades to" has. */
#define MAX_REPORTED 100

/* A relationship that goes, and why. */
typedef struct Gone
{
	RelmapRelationship *relationship;
	List	   *dropped;		/* of it and its tables */
	char	   *name;			/* for display; NULL: nobody knows it any more */
	char	   *reason;			/* what is gone, in words */
} Gone;

/* What is done for one declaration by itself. */
typedef struct Work
{
	RelmapRelationship *relationship;
	List	   *dropped;		/* what can concern it */
	bool		attach;			/* the command was ATTACH PARTITION */
	char	   *reason;			/* why it goes, NULL if it does not */
	bool		suspended;		/* it stays, but has no effect */
	bool		open;			/* and two rows may have the same parent */
	List	   *gone;			/* of Gone *: those that go together */
	RelmapReport report;
} Work;

static void follow(void *arg);
static void follow_gone(void *arg);
static List *concerned(const RelmapLosses *losses, List *indexed);
static List *with_texts(List *declarations, const RelmapLosses *losses);
static char *what_is_gone(RelmapRelationship *r, Work *work);
static bool is_changed(const RelmapRelationship *old, RelmapRelationship *r,
					   List *dropped);
static void keep_up(const RelmapRelationship *old, RelmapRelationship *r,
					List *dropped);
static char *display_name(const RelmapRelationship *r, List *dropped);
static void report_gone(List *gone, const char *command,
						const RelmapReport *report);


/*
 * Delete the declarations whose tables are among the dropped objects, and
 * their own objects; update those that lose less.  See the header.
 */
void
relmap_dropped_follow(List *dropped, List *indexed, const char *command)
{
	RelmapLosses *losses = relmap_losses_sort(dropped);
	List	   *gone = NIL;
	List	   *suspended = NIL;
	Work		work = {NULL};
	RelmapReport report = {0};
	ListCell   *lc;

	work.attach = strcmp(command, "attach") == 0;
	foreach(lc, concerned(losses, indexed))
	{
		work.relationship = lfirst(lc);
		work.dropped = relmap_losses_for(losses, lfirst(lc));
		work.reason = NULL;
		work.suspended = false;
		if (!relmap_follow(follow, &work, lfirst(lc)) || work.reason == NULL)
			continue;
		if (work.suspended)
			suspended = relmap_suspended_add(suspended, lfirst(lc),
											 work.reason, work.open);
		else
		{
			Gone	   *entry = palloc(sizeof(Gone));

			entry->relationship = work.relationship;
			entry->dropped = work.dropped;
			entry->name = display_name(work.relationship, work.dropped);
			entry->reason = work.reason;
			gone = lappend(gone, entry);
		}
	}
	relmap_suspended_report(suspended, "suspended");
	if (gone == NIL)
		return;

	/* All at once, as they share triggers; if that fails, one by one. */
	work.gone = gone;
	if (relmap_subxact_try(follow_gone, &work) == NULL)
	{
		report_gone(gone, command, &work.report);
		return;
	}
	foreach(lc, gone)
	{
		work.gone = list_make1(lfirst(lc));
		if (!relmap_follow(follow_gone, &work,
						   ((Gone *) lfirst(lc))->relationship))
		{
			gone = foreach_delete_current(gone, lc);
			continue;
		}
		report.dropped = list_concat(report.dropped, work.report.dropped);
		report.details = list_concat(report.details, work.report.details);
	}
	report_gone(gone, command, &report);
}

/*
 * See why a declaration goes, or keep it up.
 */
static void
follow(void *arg)
{
	Work	   *work = arg;
	RelmapRelationship *old = work->relationship;
	RelmapRelationship r = *old;

	work->reason = what_is_gone(&r, work);
	if (work->reason && !work->suspended)
		return;
	if (!is_changed(old, &r, work->dropped))
		return;

	/* somebody may have changed it meanwhile */
	old = relmap_follow_lock(old);
	if (old == NULL)
		return;
	r = *old;
	if (what_is_gone(&r, work) == NULL || work->suspended)
		keep_up(old, &r, work->dropped);
}

/*
 * Delete declarations, and drop their own objects.
 */
static void
follow_gone(void *arg)
{
	Work	   *work = arg;
	ListCell   *lc;

	memset(&work->report, 0, sizeof(RelmapReport));
	foreach(lc, work->gone)
	{
		Gone	   *entry = lfirst(lc);

		if (relmap_follow_lock(entry->relationship) != NULL)
			relmap_catalog_delete(entry->relationship);
	}
	foreach(lc, work->gone)
	{
		Gone	   *entry = lfirst(lc);

		relmap_cleanup(entry->relationship, entry->dropped, &work->report);
	}
}

/*
 * The declarations that have one of the tables that were dropped, or that have
 * lost a constraint, a column or an index.  Where an index's table is not
 * known: all.
 */
static List *
concerned(const RelmapLosses *losses, List *indexed)
{
	if (relmap_losses_has_index(losses) && indexed == NIL)
		return relmap_catalog_all();
	return with_texts(relmap_catalog_involving(list_concat_copy(relmap_losses_tables(losses),
																indexed)),
					  losses);
}

/*
 * These declarations, and those whose condition or list may name one of the
 * objects, a function or a type.
 */
static List *
with_texts(List *declarations, const RelmapLosses *losses)
{
	ListCell   *lc;

	foreach(lc, relmap_catalog_with_texts())
	{
		RelmapRelationship *r = lfirst(lc);

		if (!relmap_losses_touch(losses, r) &&
			relmap_lost_mentioned(r, relmap_losses_for(losses, r)) != NULL)
			declarations = lappend(declarations, r);
	}
	return declarations;
}


/* ---- what is gone ----------------------------------------------------- */

/*
 * Which object that the relationship needs does not exist any more, as text;
 * NULL if none is missing.  Another foreign key on the same columns is as
 * good: r is changed to name it.  If only a constraint was dropped the
 * relationship is suspended: r is changed accordingly.
 */
static char *
what_is_gone(RelmapRelationship *r, Work *work)
{
	List	   *dropped = work->dropped;
	Oid			tables[3];
	bool		was_lost = r->key_lost;
	bool		near_lost;
	bool		far_lost;
	char	   *column;
	char	   *named;
	int			i;

	work->suspended = work->open = false;

	tables[0] = r->target;
	tables[1] = OidIsValid(r->secondary) ? r->secondary : r->target;
	tables[2] = r->source;
	for (i = 0; i < lengthof(tables); i++)
	{
		if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(tables[i])))
			return relmap_lost_table(tables[i], dropped);
	}

	near_lost = relmap_lost_key(r, false, dropped);
	far_lost = r->secondary_key && relmap_lost_key(r, true, dropped);
	column = relmap_lost_column(r, dropped);
	if (column && !near_lost && !far_lost)
		return psprintf("column \"%s\"", column);

	work->suspended = column == NULL && !work->attach;
	if (near_lost)
	{
		r->key_lost = true;
		work->suspended &= r->referenced_columns != NIL;
	}
	if (far_lost)
	{
		r->secondary_key_lost = true;
		work->suspended &= r->secondary_referenced != NIL;
	}
	work->open = !was_lost && relmap_lost_uniqueness(r, dropped);
	if (near_lost || far_lost)
		return psprintf("foreign key \"%s\"",
						near_lost ? r->foreign_key : r->secondary_key);
	if (work->open)
		return psprintf("the uniqueness of foreign key \"%s\"", r->foreign_key);
	named = relmap_lost_text(r, dropped);
	work->suspended = named != NULL;
	return named;
}


/* ---- what stays ------------------------------------------------------- */

/*
 * Has something changed in a declaration that stays?  It stands on another
 * foreign key or unique constraint, or is sorted by fewer columns; r is
 * changed accordingly.  A made-up declaration is left as it is.
 */
static bool
is_changed(const RelmapRelationship *old, RelmapRelationship *r, List *dropped)
{
	bool		suspends = r->key_lost != old->key_lost ||
	r->secondary_key_lost != old->secondary_key_lost;
	bool		changed = suspends ||
	strcmp(old->foreign_key, r->foreign_key) != 0 ||
	(old->secondary_key &&
	 strcmp(old->secondary_key, r->secondary_key) != 0);
	ListCell   *lc;

	if (!relmap_declkey_suspended(r) && !relmap_declkey_stands(r))
		return false;
	if (r->own_constraint &&
		relmap_lost_part(relmap_relationship_child(r), "table constraint", r->own_constraint, dropped) &&
		!OidIsValid(get_relation_constraint_oid(relmap_relationship_child(r),
												r->own_constraint, true)))
	{
		r->own_constraint = NULL;
		changed = true;
	}
	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);

		if (r->order_by == NULL || object->part == NULL ||
			!relmap_lost_part(r->target, "table column", object->part, list_make1(object)) ||
			get_attnum(r->target, object->part) != InvalidAttrNumber ||
			!relmap_orderby_has(r->order_by, object->part))
			continue;
		r->order_by = relmap_orderby_change(r->order_by, object->part, NULL);
		changed = true;
	}
	return changed;
}

/*
 * Write that.
 */
static void
keep_up(const RelmapRelationship *old, RelmapRelationship *r, List *dropped)
{
	if (!is_changed(old, r, dropped))
		return;
	relmap_rename_keys(old, r);
	relmap_catalog_update(r, r->name);
	if (r->accessor && !relmap_accessor_is_current(r))
		relmap_accessor_follow(r, false);
}


/* ---- what goes -------------------------------------------------------- */

/*
 * "source.name" of a relationship whose tables may be dropped; NULL if
 * source's name is not known any more.
 */
static char *
display_name(const RelmapRelationship *r, List *dropped)
{
	char	   *table;

	if (get_rel_name(r->source) != NULL)
		return relmap_relationship_display_name(r->source, r->name);
	table = relmap_lost_table_name(r->source, dropped);
	return table ? psprintf("%s.%s", table, r->name) : NULL;
}

/*
 * Tell it as core tells of a DROP that cascades.
 */
static void
report_gone(List *gone, const char *command, const RelmapReport *report)
{
	StringInfoData detail;
	int			count = 0;
	char	   *first = NULL;
	ListCell   *lc;

	initStringInfo(&detail);
	foreach(lc, gone)
	{
		Gone	   *entry = lfirst(lc);

		if (entry->name == NULL)
			continue;
		count++;
		if (first == NULL)
			first = entry->name;
		if (count <= MAX_REPORTED)
			appendStringInfo(&detail, "%sRelationship \"%s\" depended on %s.",
							 detail.len > 0 ? "\n" : "", entry->name,
							 entry->reason);
	}
	if (count == 0)
		return;
	if (count > MAX_REPORTED)
		appendStringInfo(&detail, "\n%d other relationships were dropped too.",
						 count - MAX_REPORTED);
	if (report->dropped)
		appendStringInfo(&detail, "\nDropped %s.",
						 relmap_enumerate(report->dropped));
	foreach(lc, report->details)
		appendStringInfo(&detail, "\n%s", (char *) lfirst(lc));

	ereport(NOTICE,
			(count == 1 ?
			 errmsg("%s cascades to relationship \"%s\"", command, first) :
			 errmsg("%s cascades to %d relationships", command, count),
			 errdetail_internal("%s", detail.data)));
}
