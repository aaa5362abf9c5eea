/*-------------------------------------------------------------------------
 *
 * cleanup.c
 *	  The objects of a relationship that is dropped go with it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/cleanup.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "attributes/accessor.h"
#include "attributes/accessorproc.h"
#include "base/catalog.h"
#include "base/foreignkey.h"
#include "base/nowait.h"
#include "base/owner.h"
#include "base/slot.h"
#include "base/subxact.h"
#include "base/texts.h"
#include "base/util.h"
#include "ddl/cleanup.h"
#include "ddl/lost.h"
#include "declare/pair.h"
#include "declare/parenttriggers.h"
#include "declare/triggers.h"

static void report_uniqueness(const RelmapRelationship *r,
							  RelmapReport *report);
static void drop_accessors(const RelmapRelationship *r, RelmapReport *report);
static void delete_object(void *arg);
static void drop_triggers(const RelmapRelationship *r, List *dropped,
						  RelmapReport *report);
static void drop_required(const RelmapRelationship *r, RelmapReport *report);
static void drop_superfluous(RelmapTriggers *triggers, RelmapReport *report);


/*
 * Remove what belongs to a relationship whose row is deleted: its name in the
 * other side's back_populates, its accessor, its triggers.  A unique
 * constraint stays, as it may serve others, though relmap made it.
 */
void
relmap_cleanup(const RelmapRelationship *r, List *dropped, RelmapReport *report)
{
	relmap_pair_rename(r, NULL, report);
	if (r->accessor &&
		SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)))
		drop_accessors(r, report);
	if (!SearchSysCacheExists1(RELOID,
							   ObjectIdGetDatum(relmap_relationship_child(r))) ||
		(r->direction == RELMAP_MANYTOONE && !r->single_parent))
		return;

	/* These may be tables that the command has nothing to do with. */
	relmap_nowait_lock_table(relmap_relationship_child(r), AccessShareLock);
	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)))
		relmap_nowait_lock_table(r->source, AccessShareLock);
	if (r->direction != RELMAP_MANYTOONE)
	{
		drop_triggers(r, dropped, report);
		drop_required(r, report);
	}
	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)))
		relmap_parenttriggers_drop(r, report);
	report_uniqueness(r, report);
}

/*
 * Report that the unique constraint or index that relmap made stays.
 */
static void
report_uniqueness(const RelmapRelationship *r, RelmapReport *report)
{
	Oid			child = relmap_relationship_child(r);
	Oid			index;

	if (r->own_constraint == NULL)
		return;
	index = get_relname_relid(r->own_constraint, get_rel_namespace(child));
	if (OidIsValid(index) && IndexGetRelation(index, true) == child)
		report->details = lappend(report->details,
								  psprintf("%s \"%s\" stays.",
										   r->condition ? "Index" : "Constraint",
										   r->own_constraint));
}

/*
 * Drop the accessors, with whatever rights; but not one that a view uses, as
 * the view would be dropped, too.
 */
static void
drop_accessors(const RelmapRelationship *r, RelmapReport *report)
{
	ListCell   *lc;

	foreach(lc, relmap_accessor_list(r))
	{
		char	   *name = relmap_accessorproc_display_name(lfirst_oid(lc));
		ObjectAddress accessor;

		ObjectAddressSet(accessor, ProcedureRelationId, lfirst_oid(lc));
		relmap_accessor_lock_nowait(accessor.objectId);
		if (relmap_subxact_try(delete_object, &accessor) == NULL)
			report->dropped = lappend(report->dropped,
									  psprintf("accessor %s", name));
		else
			report->details = lappend(report->details,
									  psprintf("Accessor %s stays, because other objects depend on it.",
											   name));
	}
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
	Oid			child = relmap_relationship_child(r);
	RelmapTriggers triggers = {0};
	RelmapForeignKey *fk = NULL;
	RelmapSlot	slot;
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
	if (fk && relmap_texts_slot(r, fk, &slot) &&
		OidIsValid(relmap_slot_index(&slot)) &&
		!(relmap_lost_part(child, "table constraint", r->foreign_key, dropped) &&
		  SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)) &&
		  relmap_owner_may_act_on(r->source, child)))
		return;

	/* what others have, suspended or not, is theirs */
	triggers.table = child;
	triggers.arguments = r->foreign_columns;
	foreach(lc, relmap_catalog_on_columns(child, r->foreign_columns))
		relmap_triggers_keep(&triggers, lfirst(lc), true);
	drop_superfluous(&triggers, report);
}

/*
 * Drop the trigger on the child that requires one, and that no other
 * declaration wants.  It has the name of the foreign key; if that is left, a
 * declaration of a user without the owner's rights drops nothing.
 */
static void
drop_required(const RelmapRelationship *r, RelmapReport *report)
{
	Oid			child = relmap_relationship_child(r);
	RelmapForeignKey *fk = relmap_foreignkey_by_name(child, r->foreign_key);
	RelmapTriggers triggers = {0};
	ListCell   *lc;

	if (fk && !(fk->parent == r->source &&
				relmap_owner_may_act_on(r->source, child)))
		return;
	triggers.table = child;
	triggers.key = r->foreign_key;
	foreach(lc, relmap_catalog_on_table(child))
	{
		RelmapRelationship *other = lfirst(lc);

		if (other->required && other->direction != RELMAP_MANYTOONE &&
			strcmp(other->foreign_key, r->foreign_key) == 0)
			relmap_triggers_want_required(&triggers, other, true);
	}
	drop_superfluous(&triggers, report);
}

/*
 * Drop what was found to be superfluous on a child, as its owner.
 */
static void
drop_superfluous(RelmapTriggers *triggers, RelmapReport *report)
{
	Oid			save_userid;
	int			save_sec_context;

	relmap_triggers_find(triggers);
	if (triggers->superfluous == NIL)
		return;
	relmap_nowait_lock_table(triggers->table, AccessExclusiveLock);

	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	SetUserIdAndSecContext(relmap_table_owner(triggers->table),
						   save_sec_context | SECURITY_LOCAL_USERID_CHANGE);
	relmap_triggers_drop(triggers, report);
	SetUserIdAndSecContext(save_userid, save_sec_context);
}
