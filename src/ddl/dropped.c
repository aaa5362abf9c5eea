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

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "attributes/accessor.h"
#include "base/catalog.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/nowait.h"
#include "base/orderby.h"
#include "base/owner.h"
#include "base/slot.h"
#include "base/subxact.h"
#include "base/uniqueindex.h"
#include "base/util.h"
#include "ddl/dropped.h"
#include "ddl/follow.h"
#include "ddl/rename.h"
#include "ddl/suspended.h"
#include "declare/pair.h"
#include "declare/report.h"
#include "declare/triggers.h"

/* As many lines as core's own "drop cascades to" has. */
#define MAX_REPORTED 100

/* A relationship that goes, and why. */
typedef struct Gone
{
	RelmapRelationship *relationship;
	char	   *name;			/* for display; NULL: nobody knows it any more */
	char	   *reason;			/* what is gone, in words */
} Gone;

static List *concerned(List *dropped);

/* What is done for one declaration by itself. */
typedef struct Work
{
	List	   *dropped;
	RelmapRelationship *relationship;
	bool		attach;			/* the command was ATTACH PARTITION */
	char	   *reason;			/* why it goes, NULL if it does not */
	bool		suspended;		/* it stays, but has no effect */
	List	   *gone;			/* of Gone *: those that go together */
	RelmapReport report;
} Work;

static void follow(void *arg);
static void follow_gone(void *arg);
static char *what_is_gone(RelmapRelationship *r, Work *work);
static char *lost_column(const RelmapRelationship *r, List *dropped);
static char *lost_one_of(Oid relid, List *columns, List *dropped);
static char *missing_table(Oid relid, List *dropped);
static bool key_is_gone(RelmapRelationship *r, bool far, List *dropped);
static bool same_columns(const RelmapForeignKey *fk, List *columns,
						 List *referenced);
static bool uniqueness_is_gone(const RelmapRelationship *r, List *dropped);
static bool lost(Oid relid, const char *type, const char *part, List *dropped);
static bool is_changed(const RelmapRelationship *old, RelmapRelationship *r,
					   List *dropped);
static void keep_up(const RelmapRelationship *old, RelmapRelationship *r,
					List *dropped);
static char *display_name(const RelmapRelationship *r, List *dropped);
static void clear_away(const RelmapRelationship *r, List *dropped,
					   RelmapReport *report);
static void drop_accessor(const RelmapRelationship *r, RelmapReport *report);
static void delete_object(void *arg);
static void drop_triggers(const RelmapRelationship *r, List *dropped,
						  RelmapReport *report);
static void others_want(RelmapTriggers *triggers, const RelmapForeignKey *fk);
static void report_gone(List *gone, const char *command,
						const RelmapReport *report);


/*
 * Delete the declarations whose tables are among the dropped objects, and
 * their own objects; update those that lose less.  command is for the message:
 * "drop".
 */
void
relmap_dropped_follow(List *dropped, const char *command)
{
	List	   *gone = NIL;
	List	   *suspended = NIL;
	Work		work = {dropped};
	RelmapReport report = {0};
	ListCell   *lc;

	work.attach = strcmp(command, "attach") == 0;
	foreach(lc, concerned(dropped))
	{
		work.relationship = lfirst(lc);
		work.reason = NULL;
		work.suspended = false;
		if (!relmap_follow(follow, &work, lfirst(lc)) || work.reason == NULL)
			continue;
		if (work.suspended)
			suspended = relmap_suspended_add(suspended, lfirst(lc),
											 work.reason);
		else
		{
			Gone	   *entry = palloc(sizeof(Gone));

			entry->relationship = work.relationship;
			entry->name = display_name(work.relationship, dropped);
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

	work->report = (RelmapReport)
	{
		0
	};
	foreach(lc, work->gone)
	{
		Gone	   *entry = lfirst(lc);

		if (relmap_follow_lock(entry->relationship) != NULL)
			relmap_catalog_delete(entry->relationship);
	}
	foreach(lc, work->gone)
		clear_away(((Gone *) lfirst(lc))->relationship, work->dropped,
				   &work->report);
}

/*
 * The declarations that have one of the tables that were dropped, or that have
 * lost a constraint or a column.  Of an index the table is not known any more:
 * all, then.
 */
static List *
concerned(List *dropped)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);
		Oid			relid = object->objid;

		if (strcmp(object->type, "index") == 0)
			return relmap_catalog_all();
		if (object->part && object->name)
		{
			Oid			nspid = get_namespace_oid(object->schema, true);

			relid = OidIsValid(nspid) ?
				get_relname_relid(object->name, nspid) : InvalidOid;
		}
		else if (object->classid != RelationRelationId)
			continue;
		if (OidIsValid(relid))
			tables = lappend_oid(tables, relid);
	}
	return relmap_catalog_involving(tables);
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
	bool		near_lost;
	bool		far_lost;
	char	   *column;
	int			i;

	work->suspended = false;

	tables[0] = r->target;
	tables[1] = OidIsValid(r->secondary) ? r->secondary : r->target;
	tables[2] = r->source;
	for (i = 0; i < lengthof(tables); i++)
	{
		if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(tables[i])))
			return missing_table(tables[i], dropped);
	}

	near_lost = key_is_gone(r, false, dropped);
	far_lost = r->secondary_key && key_is_gone(r, true, dropped);
	column = lost_column(r, dropped);
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
	if (near_lost || far_lost)
		return psprintf("foreign key \"%s\"",
						near_lost ? r->foreign_key : r->secondary_key);
	if (uniqueness_is_gone(r, dropped))
		return psprintf("the uniqueness of foreign key \"%s\"", r->foreign_key);
	work->suspended = false;
	return NULL;
}

/*
 * A column of a relationship's keys, or one that keys its collection, that the
 * command has dropped; NULL if it has dropped none.
 */
static char *
lost_column(const RelmapRelationship *r, List *dropped)
{
	Oid			child = relmap_catalog_child(r);
	char	   *column = lost_one_of(child, r->foreign_columns, dropped);

	if (column == NULL)
		column = lost_one_of(relmap_declkey_parent(r), r->referenced_columns,
							 dropped);
	if (column == NULL)
		column = lost_one_of(r->secondary, r->secondary_columns, dropped);
	if (column == NULL)
		column = lost_one_of(r->target, r->secondary_referenced, dropped);
	if (column == NULL)
		column = lost_one_of(r->target, r->keyed_by, dropped);
	return column;
}

static char *
lost_one_of(Oid relid, List *columns, List *dropped)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		if (lost(relid, "table column", lfirst(lc), dropped))
			return lfirst(lc);
	}
	return NULL;
}

/*
 * A table that does not exist, as text.  It may have been dropped before
 * without an event trigger, as a temporary table at the end of its session.
 */
static char *
missing_table(Oid relid, List *dropped)
{
	ListCell   *lc;

	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);

		if (object->classid == RelationRelationId &&
			object->objid == relid && object->objsubid == 0)
			return psprintf("table \"%s\"", object->name);
	}
	return pstrdup("a table that has gone before");
}

/*
 * Has the foreign key been dropped, or secondary's other one, and no other
 * between these tables has its columns?  If another has, r is made to name it.
 */
static bool
key_is_gone(RelmapRelationship *r, bool far, List *dropped)
{
	Oid			child = relmap_catalog_child(r);
	Oid			parent = far ? r->target : relmap_declkey_parent(r);
	const char *key = far ? r->secondary_key : r->foreign_key;
	RelmapForeignKey *other = NULL;
	ListCell   *lc;

	if ((far ? r->secondary_key_lost : r->key_lost) ||
		!lost(child, "table constraint", key, dropped))
		return false;

	foreach(lc, relmap_foreignkey_list(child, parent))
	{
		RelmapForeignKey *fk = lfirst(lc);
		bool		same_name = strcmp(NameStr(fk->name), key) == 0;

		if (same_columns(fk, far ? r->secondary_columns : r->foreign_columns,
						 far ? r->secondary_referenced : r->referenced_columns) &&
			(other == NULL || same_name))
			other = fk;
	}
	if (other == NULL)
		return true;
	if (far)
		relmap_declkey_set_far(r, other);
	else
		relmap_declkey_set_near(r, other);
	return false;
}

/*
 * Is a foreign key on these columns?  The referenced ones may be unknown.
 */
static bool
same_columns(const RelmapForeignKey *fk, List *columns, List *referenced)
{
	return relmap_same_names(columns,
							 relmap_column_names(fk->child, fk->nkeys,
												 fk->child_attnums)) &&
		(referenced == NIL ||
		 relmap_same_names(referenced,
						   relmap_column_names(fk->parent, fk->nkeys,
											   fk->parent_attnums)));
}

/*
 * Has the last unique index of a one-to-one been dropped?
 */
static bool
uniqueness_is_gone(const RelmapRelationship *r, List *dropped)
{
	Oid			child = relmap_catalog_child(r);
	RelmapForeignKey *fk;
	RelmapSlot	slot;

	if (!r->enforce || !relmap_catalog_is_slot(r) ||
		!(lost(child, "table constraint", NULL, dropped) ||
		  lost(child, "index", NULL, dropped)))
		return false;
	fk = relmap_foreignkey_by_name(child, r->foreign_key);
	return fk != NULL && relmap_slot_of(r, fk, &slot) &&
		!OidIsValid(relmap_slot_index(&slot));
}

/*
 * Has the command dropped a part of that table: a constraint or a column, of
 * that name if one is given, or an index?  Of an index only the schema is
 * known, which is its table's too.
 */
static bool
lost(Oid relid, const char *type, const char *part, List *dropped)
{
	const char *schema = get_namespace_name(get_rel_namespace(relid));
	const char *name = get_rel_name(relid);
	bool		is_index = strcmp(type, "index") == 0;
	ListCell   *lc;

	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);

		if (strcmp(object->type, type) != 0 || object->name == NULL ||
			strcmp(object->schema, schema) != 0)
			continue;
		if (!is_index &&
			(strcmp(object->name, name) != 0 || object->part == NULL ||
			 (part && strcmp(object->part, part) != 0)))
			continue;
		return true;
	}
	return false;
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
		lost(relmap_catalog_child(r), "table constraint", r->own_constraint, dropped) &&
		!OidIsValid(get_relation_constraint_oid(relmap_catalog_child(r),
												r->own_constraint, true)))
	{
		r->own_constraint = NULL;
		changed = true;
	}
	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);

		if (r->order_by == NULL || object->part == NULL ||
			!lost(r->target, "table column", object->part, list_make1(object)) ||
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
	if (strcmp(old->foreign_key, r->foreign_key) != 0)
		relmap_rename_key(r->source, relmap_catalog_child(r), old->foreign_key,
						  r->foreign_key);
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
	ListCell   *lc;

	if (get_rel_name(r->source) != NULL)
		return relmap_catalog_display_name(r->source, r->name);
	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);

		if (object->classid == RelationRelationId &&
			object->objid == r->source && object->objsubid == 0)
			return psprintf("%s.%s", object->name, r->name);
	}
	return NULL;
}

/*
 * Remove what belongs to a relationship whose row is deleted: its name in the
 * other side's back_populates, its accessor, its triggers.  A unique
 * constraint stays, as it may serve others, though relmap made it.
 */
static void
clear_away(const RelmapRelationship *r, List *dropped, RelmapReport *report)
{
	relmap_pair_rename(r, NULL, report);
	if (r->accessor &&
		SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)))
		drop_accessor(r, report);
	if (r->direction == RELMAP_MANYTOONE ||
		!SearchSysCacheExists1(RELOID,
							   ObjectIdGetDatum(relmap_catalog_child(r))))
		return;

	/* These may be tables that the command has nothing to do with. */
	relmap_nowait_lock_table(relmap_catalog_child(r), AccessShareLock);
	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)))
		relmap_nowait_lock_table(r->source, AccessShareLock);
	drop_triggers(r, dropped, report);
	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)))
		relmap_triggers_drop_cascade(r, report);
	if (r->own_constraint &&
		OidIsValid(get_relation_constraint_oid(relmap_catalog_child(r),
											   r->own_constraint, true)))
		report->details = lappend(report->details,
								  psprintf("Constraint \"%s\" stays.",
										   r->own_constraint));
}

/*
 * Drop the accessor, with whatever rights; but not one that a view uses, as
 * the view would be dropped, too.
 */
static void
drop_accessor(const RelmapRelationship *r, RelmapReport *report)
{
	ObjectAddress accessor;
	char	   *signature = psprintf("\"%s(%s)\"", r->name,
									 get_rel_name(r->source));

	ObjectAddressSet(accessor, ProcedureRelationId, relmap_accessor_get(r));
	if (!OidIsValid(accessor.objectId))
		return;
	relmap_accessor_lock_nowait(accessor.objectId);
	if (relmap_subxact_try(delete_object, &accessor) == NULL)
		report->dropped = lappend(report->dropped,
								  psprintf("accessor %s", signature));
	else
		report->details = lappend(report->details,
								  psprintf("Accessor %s stays, because other objects depend on it.",
										   signature));
}

static void
delete_object(void *arg)
{
	performDeletion((ObjectAddress *) arg, DROP_RESTRICT, 0);
}

/*
 * Drop the triggers that have no effect any more, as their foreign key or its
 * uniqueness does not exist, and that no other declaration on it wants.  The
 * user who drops a parent table need not own the child's, so this is done as
 * the child's owner; therefore nothing is ever added here, and if a key is
 * left on these columns, a declaration of a user without the owner's rights,
 * which may be made up, drops nothing.
 */
static void
drop_triggers(const RelmapRelationship *r, List *dropped, RelmapReport *report)
{
	Oid			child = relmap_catalog_child(r);
	RelmapTriggers triggers = {0};
	RelmapForeignKey *fk = NULL;
	RelmapSlot	slot;
	Oid			save_userid;
	int			save_sec_context;
	ListCell   *lc;

	foreach(lc, relmap_foreignkey_list(child, InvalidOid))
	{
		fk = lfirst(lc);
		if (relmap_same_names(r->foreign_columns,
							  relmap_column_names(child, fk->nkeys,
												  fk->child_attnums)))
			break;
		fk = NULL;
	}
	if (fk && relmap_slot_of(r, fk, &slot) &&
		OidIsValid(relmap_slot_index(&slot)) &&
		!(lost(child, "table constraint", r->foreign_key, dropped) &&
		  SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)) &&
		  relmap_owner_may_act_on(r->source, child)))
		return;

	triggers.table = child;
	triggers.arguments = r->foreign_columns;
	if (fk)
		others_want(&triggers, fk);
	relmap_triggers_find(&triggers);
	if (triggers.superfluous == NIL)
		return;
	relmap_nowait_lock_table(child, AccessExclusiveLock);

	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	SetUserIdAndSecContext(relmap_table_owner(child),
						   save_sec_context | SECURITY_LOCAL_USERID_CHANGE);
	relmap_triggers_drop(&triggers, report);
	SetUserIdAndSecContext(save_userid, save_sec_context);
}

/*
 * Which triggers the other declarations on these columns may want.
 */
static void
others_want(RelmapTriggers *triggers, const RelmapForeignKey *fk)
{
	ListCell   *lc;

	foreach(lc, relmap_catalog_on_columns(triggers->table, triggers->arguments))
	{
		RelmapRelationship *r = lfirst(lc);
		RelmapSlot	slot;

		if (r->direction == RELMAP_MANYTOONE || !r->enforce)
			continue;
		if (relmap_catalog_is_slot(r) && relmap_slot_of(r, fk, &slot) &&
			OidIsValid(relmap_slot_index(&slot)))
		{
			if (relmap_slot_is_plain(&slot))
				memset(triggers->want, true, sizeof(triggers->want));
			relmap_triggers_want_slot(triggers, r, true);
		}
		if (relmap_catalog_cascade_has(r->cascade, "delete-orphan"))
			triggers->want[RELMAP_ORPHAN_ALL] = true;
	}
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
			appendStringInfo(&detail, "%sRelationship \"%s\" stood on %s.",
							 detail.len > 0 ? "\n" : "", entry->name,
							 entry->reason);
	}
	if (count == 0)
		return;
	if (count > MAX_REPORTED)
		appendStringInfo(&detail, "\n%d other relationships are gone too.",
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
