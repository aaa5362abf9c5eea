/*-------------------------------------------------------------------------
 *
 * shown.c
 *	  Keys that RETURNING lists of a statement have shown with their holders.
 *
 * A row that RETURNING has shown with its parent must not be replaced by
 * another row of the same statement.  Usually the holder's command id is
 * enough to know that the statement has written it.  It is not if
 *
 *	- several nodes of the statement write the table (WITH), of which some show
 *	  the key and some don't: then the keys of all rows that are shown are noted;
 *	- a row of the statement has a new version, as it was replaced in another
 *	  slot, which is not shown: then its other keys are noted;
 *	- a row has a new version, as it was parked and got its slots.
 *
 * A row that is replaced may take another slot by that, and replace its holder in
 * turn: this is asked of the statement that caused it.
 *
 * The notes are hashes, in the statement's memory; other statements have none.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/shown.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/util.h"
#include "enforce/evaluate.h"
#include "enforce/incumbent.h"
#include "enforce/shown.h"

typedef struct ShownKey
{
	Oid			relid;
	uint32		keyhash;		/* of slot and key */
} ShownKey;

static bool shows(RelmapCallState *call, RelmapSlotState *slot);
static void note_key(RelmapStatement *statement, RelmapKeyInfo *key,
					 TupleTableSlot *row);
static List *columns_to_leave_out(RelmapStatement *statement,
								  RelmapKeyInfo *key);
static Bitmapset *unfinished_columns(const RelmapKeyInfo *key);

/*
 * A row is about to be written, in a statement of which several nodes write:
 * note its keys, if it will be shown with them while another node may replace it.
 */
void
relmap_shown_note_row(RelmapCallState *call, TriggerData *trigdata,
					  FmgrInfo *flinfo, TupleTableSlot *row)
{
	relmap_callstate_resolve(call, trigdata, flinfo);
	if (call->node == NULL || call->node->returningLists == NIL)
		return;

	relmap_callstate_analyze(call, trigdata->tg_relation);
	for (int i = 0; i < call->nslots; i++)
	{
		if (shows(call, &call->slots[i]))
			note_key(relmap_callstate_statement(call), call->slots[i].key,
					 row);
	}
}

/*
 * A row of the statement's own, at tid, is about to be replaced in the slots of
 * a change: note its keys in the others, if it was shown with them.
 */
void
relmap_shown_note_rest(RelmapCallState *call, const RelmapChange *change,
					   Relation rel, ItemPointer tid)
{
	TupleTableSlot *row;

	if (call->nslots == 1 || call->node == NULL ||
		call->node->returningLists == NIL || call->several_writers)
		return;

	row = table_slot_create(rel, NULL);
	if (table_tuple_fetch_row_version(rel, tid, SnapshotAny, row))
	{
		relmap_callstate_analyze(call, rel);
		for (int i = 0; i < call->nslots; i++)
		{
			RelmapSlotState *slot = &call->slots[i];

			if (shows(call, slot) && !relmap_change_has(change, slot->key))
				note_key(relmap_callstate_statement(call), slot->key, row);
		}
	}
	ExecDropSingleTupleTableSlot(row);
}

/*
 * A row that was parked by a statement, at this tid before, has got its slots:
 * note the keys with which it was shown.
 */
void
relmap_shown_note_given(RelmapStatement *statement, Relation rel,
						ItemPointer tid)
{
	RelmapCallState *site = relmap_shown_site(statement, rel);
	ItemPointerData latest = *tid;
	TupleTableSlot *row;

	if (site == NULL)
		return;
	row = table_slot_create(rel, NULL);
	(void) relmap_incumbent_latest_tid(rel, &latest);
	if (table_tuple_fetch_row_version(rel, &latest, SnapshotSelf, row))
	{
		for (int i = 0; i < site->nslots; i++)
		{
			if (shows(site, &site->slots[i]))
				note_key(statement, site->slots[i].key, row);
		}
	}
	ExecDropSingleTupleTableSlot(row);
}

/*
 * The call state by which a statement has written rows of a table that its
 * RETURNING list shows; NULL if there is none.
 */
RelmapCallState *
relmap_shown_site(RelmapStatement *statement, Relation rel)
{
	ListCell   *lc;

	foreach(lc, statement->calls)
	{
		RelmapCallState *call = (RelmapCallState *) lfirst(lc);

		if (call->relid == RelationGetRelid(rel) && call->node != NULL &&
			call->node->returningLists != NIL)
		{
			relmap_callstate_analyze(call, rel);
			return call;
		}
	}
	return NULL;
}

/*
 * Has a statement shown the holder of a key that is replaced in consequence of
 * what it writes?  own: the holder's command id is the statement's; site is where
 * it was shown, if anywhere.
 */
bool
relmap_shown_in_action(RelmapStatement *cause, RelmapCallState *site,
					   RelmapKeyInfo *key, uint32 keyhash, bool own)
{
	for (int i = 0; site != NULL && i < site->nslots; i++)
	{
		if (site->slots[i].trigger->tgoid == key->trigger &&
			relmap_shown(site, &site->slots[i], keyhash, own))
			return true;
	}
	return relmap_shown_by(cause, key, keyhash);
}

/*
 * Has the statement at a call site shown the holder of a key?  own: its command
 * id is the statement's.
 */
bool
relmap_shown(RelmapCallState *call, RelmapSlotState *slot, uint32 keyhash,
			 bool own)
{
	if (own && !call->several_writers && shows(call, slot))
		return true;
	return relmap_shown_by(call->statement, slot->key, keyhash);
}

/*
 * Has this statement, as far as it was noted?
 */
bool
relmap_shown_by(RelmapStatement *statement, RelmapKeyInfo *key, uint32 keyhash)
{
	ShownKey	shown = {key->relid, keyhash};

	return statement != NULL && statement->shown != NULL &&
		hash_search(statement->shown, &shown, HASH_FIND, NULL) != NULL;
}

/*
 * Complain of a row that takes a key with which another one was shown.
 */
void
relmap_shown_report(RelmapStatement *statement, RelmapKeyInfo *key)
{
	List	   *columns = columns_to_leave_out(statement, key);

	if (statement != NULL)
		statement->explained = true;
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("rows of table \"%s\" replace one another in a statement whose RETURNING list shows them",
					relmap_table_display_name(key->relid)),
			 errhint_plural("Leave column %s out of the RETURNING list, or use several statements.",
							"Leave columns %s out of the RETURNING list, or use several statements.",
							list_length(columns), relmap_enumerate(columns)),
			 relmap_errtable(key->relid, NULL, NULL)));
}

/*
 * The columns (char *, quoted) without which RETURNING does not show a key's
 * holders with the key.  A row that is deleted loses its keys in other slots,
 * too: theirs, where they are shown.
 */
static List *
columns_to_leave_out(RelmapStatement *statement, RelmapKeyInfo *key)
{
	Bitmapset  *columns = unfinished_columns(key);
	List	   *result = NIL;
	int			column = -1;
	ListCell   *lc;

	if (key->nnullable == 0 && statement != NULL)
	{
		foreach(lc, statement->calls)
		{
			RelmapCallState *site = (RelmapCallState *) lfirst(lc);

			for (int i = 0; site->relid == key->relid && i < site->nslots; i++)
			{
				if (site->slots[i].shows_key)
					columns = bms_add_members(columns,
											  unfinished_columns(site->slots[i].key));
			}
		}
	}
	while ((column = bms_next_member(columns, column)) >= 0)
		result = lappend(result,
						 psprintf("\"%s\"",
								  get_attname(key->relid,
											  column + FirstLowInvalidHeapAttributeNumber,
											  false)));
	return result;
}

/*
 * The columns of a key that relmap_plan_shows_key() looks for.
 */
static Bitmapset *
unfinished_columns(const RelmapKeyInfo *key)
{
	return bms_add_members(bms_union(key->columns, key->nullable_set),
						   key->parking_set);
}

/*
 * Does the node at a call site show what is not final when its row is replaced
 * in a slot?  A row that is deleted for that loses all its keys.
 */
static bool
shows(RelmapCallState *call, RelmapSlotState *slot)
{
	if (slot->shows_key)
		return true;
	if (slot->key->nnullable > 0)
		return false;
	for (int i = 0; i < call->nslots; i++)
	{
		if (call->slots[i].shows_key)
			return true;
	}
	return false;
}

/*
 * Note the key of a row in a slot, if it has one.
 */
static void
note_key(RelmapStatement *statement, RelmapKeyInfo *key, TupleTableSlot *row)
{
	Datum		values[INDEX_MAX_KEYS];
	ShownKey	shown;

	if (!OidIsValid(key->index) || key->inert ||
		!relmap_evaluate_holds(key, row, values))
		return;

	if (statement->shown == NULL)
	{
		HASHCTL		ctl;

		ctl.keysize = sizeof(ShownKey);
		ctl.entrysize = sizeof(ShownKey);
		ctl.hcxt = statement->context;
		statement->shown = hash_create("relmap shown keys", 32, &ctl,
									   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	shown.relid = key->relid;
	shown.keyhash = relmap_keyinfo_hash(key, values);
	(void) hash_search(statement->shown, &shown, HASH_ENTER, NULL);
}
