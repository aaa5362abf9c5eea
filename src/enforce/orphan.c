/*-------------------------------------------------------------------------
 *
 * orphan.c
 *	  delete-orphan: a row that has lost its parent, and has none at COMMIT, is
 *	  deleted.
 *
 * A deferred constraint trigger, so that a swap in two statements loses
 * nobody, and an ORM that deletes the row itself still finds it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/orphan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "enforce/action.h"
#include "enforce/keyinfo.h"
#include "enforce/parking.h"

PG_FUNCTION_INFO_V1(relmap_delete_orphan);

/*
 * delete_orphan(column, ...): constraint trigger AFTER UPDATE FOR EACH
 * ROW on the child.  Arguments are the columns of the foreign key.
 *
 * A row that has lost its parent in this update is followed to its last
 * version, and deleted if that has no parent.  Nothing is done if it was
 * deleted meanwhile, or moved to another partition, as it can't be followed
 * there.
 */
Datum
relmap_delete_orphan(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapKeyInfo *key;
	Datum		values[INDEX_MAX_KEYS];
	ItemPointerData tid;

	relmap_keyinfo_check_trigger(fcinfo, "delete_orphan",
								 TRIGGER_TYPE_AFTER | TRIGGER_TYPE_UPDATE);

	/* On a subscriber, the publisher decides which rows there are. */
	if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		return PointerGetDatum(NULL);

	key = relmap_keyinfo_get(trigdata->tg_trigger, trigdata->tg_relation);

	if (key->inert ||
		!relmap_keyinfo_values(key, trigdata->tg_trigslot, values) ||
		relmap_keyinfo_values(key, trigdata->tg_newslot, values))
		return PointerGetDatum(NULL);

	tid = trigdata->tg_newslot->tts_tid;
	if (!relmap_parking_defer(relmap_action_delete_if_orphan, key, &tid))
		relmap_action_delete_if_orphan(key, &tid);

	return PointerGetDatum(NULL);
}
