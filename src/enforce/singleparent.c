/*-------------------------------------------------------------------------
 *
 * singleparent.c
 *	  The cascades of a many-to-one with single_parent: the row that a foreign
 *	  key points at is deleted with the row that has the key ("delete"), or
 *	  when that row lets go of it ("delete-orphan").
 *
 * Only a parent that no row refers to by this key is deleted, see
 * releasedparent.c.  That is found out as late as possible: after the statement
 * that has deleted the child, or at COMMIT.  So a parent that was handed over,
 * in a swap for example, stays with its new child.
 *
 * Parents that are deleted may be children themselves.  The first trigger that
 * is called does the work of those that its deletions call, one after the
 * other: so a chain of any length is no recursion, and a circle is gone before
 * the server looks whether somebody refers to its first row.
 *
 * The triggers are on the child's table.  Their arguments are the name of the
 * foreign key, as two keys may have the same columns and different parents, and
 * its columns, as another key may get the name of one that was dropped.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/singleparent.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "base/compat.h"
#include "enforce/deferredcheck.h"
#include "enforce/keyinfo.h"
#include "enforce/releasedparent.h"

/* A child that has let go of its parent, in the version at tid. */
typedef struct Release
{
	RelmapKeyInfo *key;
	ItemPointerData tid;
} Release;

/* The work that is being done. */
typedef struct Cascade
{
	int			depth;			/* of triggers, when it began */
	MemoryContext context;
	List	   *releases;		/* of Release * */
	struct Cascade *up;
} Cascade;

static Cascade *cascading = NULL;

PG_FUNCTION_INFO_V1(relmap_delete_parent);
PG_FUNCTION_INFO_V1(relmap_delete_orphan_parent);

static bool lets_go(RelmapKeyInfo *key, TriggerData *trigdata);
static void release(RelmapKeyInfo *key, ItemPointer tid);
static void add_release(Cascade *cascade, RelmapKeyInfo *key, ItemPointer tid);


/* ---- the triggers ----------------------------------------------------- */

/*
 * delete_parent(key, column, ...): constraint trigger AFTER DELETE FOR EACH
 * ROW on the child, not deferrable.  Its name sorts before those of core's own
 * referential triggers, so that rows may refer to each other in circles.
 */
Datum
relmap_delete_parent(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapKeyInfo *key;
	Datum		values[INDEX_MAX_KEYS];

	key = relmap_keyinfo_of_after_trigger(fcinfo, "delete_parent",
										  TRIGGER_TYPE_DELETE);
	if (trigdata->tg_trigger->tgdeferrable)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must not be fired by a deferrable trigger",
						"delete_parent")));

	if (key == NULL || relmap_keyinfo_row_moves(trigdata) ||
		!relmap_keyinfo_values(key, trigdata->tg_trigslot, values))
		return PointerGetDatum(NULL);

	relmap_deferredcheck_make(release, key, &trigdata->tg_trigslot->tts_tid);
	return PointerGetDatum(NULL);
}

/*
 * delete_orphan_parent(key, column, ...): constraint trigger AFTER UPDATE OR
 * DELETE FOR EACH ROW on the child, deferred.  A row that moves to another
 * partition is deleted and inserted, and may have let go of its parent.
 */
Datum
relmap_delete_orphan_parent(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapKeyInfo *key;

	key = relmap_keyinfo_of_after_trigger(fcinfo, "delete_orphan_parent",
										  TRIGGER_TYPE_UPDATE |
										  TRIGGER_TYPE_DELETE);
	if (key == NULL || !lets_go(key, trigdata))
		return PointerGetDatum(NULL);

	relmap_deferredcheck_make(release, key, &trigdata->tg_trigslot->tts_tid);
	return PointerGetDatum(NULL);
}

/*
 * Has the row, which is still there, another key than before, or none?  Values
 * that are equal without being the same are no matter: the row that has them
 * still refers to the parent.  What has become of one that has moved is not
 * known.
 */
static bool
lets_go(RelmapKeyInfo *key, TriggerData *trigdata)
{
	Datum		before[INDEX_MAX_KEYS];
	Datum		after[INDEX_MAX_KEYS];

	if (!relmap_keyinfo_values(key, trigdata->tg_trigslot, before))
		return false;
	if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		return relmap_keyinfo_row_moves(trigdata);
	return !relmap_keyinfo_values(key, trigdata->tg_newslot, after) ||
		!relmap_keyinfo_identical(key, before, after);
}


/* ---- the work --------------------------------------------------------- */

/*
 * A child let go of its parent when its version at this tid was deleted or
 * updated: check the parent, and what its deletion releases; or have it checked
 * by the deletion that has called this trigger.  One that was called by a
 * statement of the user's own is not left to others.
 */
static void
release(RelmapKeyInfo *key, ItemPointer tid)
{
	int			depth = DatumGetInt32(DirectFunctionCall1(pg_trigger_depth,
														  (Datum) 0));
	Cascade		self = {depth, CurrentMemoryContext, NIL, cascading};

	if (cascading != NULL && depth == cascading->depth + 1)
	{
		add_release(cascading, key, tid);
		return;
	}

	add_release(&self, key, tid);
	cascading = &self;
	PG_TRY();
	{
		for (int i = 0; i < list_length(self.releases); i++)
		{
			Release    *next = list_nth(self.releases, i);

			CHECK_FOR_INTERRUPTS();
			relmap_releasedparent_check(next->key, &next->tid);
		}
	}
	PG_FINALLY();
	{
		cascading = self.up;
	}
	PG_END_TRY();
}

static void
add_release(Cascade *cascade, RelmapKeyInfo *key, ItemPointer tid)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(cascade->context);
	Release    *entry = palloc(sizeof(Release));

	entry->key = key;
	entry->tid = *tid;
	cascade->releases = lappend(cascade->releases, entry);
	MemoryContextSwitchTo(oldcontext);
}
