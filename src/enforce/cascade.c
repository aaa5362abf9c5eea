/*-------------------------------------------------------------------------
 *
 * cascade.c
 *	  cascade "delete": the rows that refer to a deleted row, its children or
 *	  its rows in an association table, are deleted with it.
 *
 * An AFTER trigger on the parent, so that rows may refer to each other in
 * circles; its name sorts before those of core's own referential triggers, so
 * that these find no child any more, whatever the foreign key's ON DELETE
 * says.  The rows that it deletes fire their triggers after the other triggers
 * of this row: a cascade of any depth is a queue, not a recursion.
 *
 * The trigger is made FROM the child's table, so that the table is known by
 * its OID, the trigger is dropped with it, and its owner must have granted the
 * TRIGGER privilege.  Its argument is the name of the foreign key, as two keys
 * of a child may have the same columns.  On a shard, the key is that of a shard
 * of the child's (shardkey.c), and the trigger may be FROM none.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/cascade.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/elsewhere.h"
#include "enforce/action.h"
#include "enforce/keyinfo.h"

PG_FUNCTION_INFO_V1(relmap_cascade_delete);

/*
 * cascade_delete(key): constraint trigger AFTER DELETE FOR EACH ROW on
 * the parent, FROM the child.  The argument is the name of the foreign key.
 */
Datum
relmap_cascade_delete(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapKeyInfo *key;
	Datum		values[INDEX_MAX_KEYS];
	const Datum *parent = values;
	RelmapChange change = {RELMAP_DELETE_CHILDREN, 1, &key, &parent};
	Relation	child;

	relmap_keyinfo_check_trigger(fcinfo, "cascade_delete",
								 TRIGGER_TYPE_AFTER | TRIGGER_TYPE_DELETE);
	if (!OidIsValid(trigdata->tg_trigger->tgconstrrelid) &&
		!relmap_elsewhere_may_be_shard(RelationGetRelid(trigdata->tg_relation)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired by a constraint trigger that is FROM the referencing table",
						"cascade_delete")));

	if (trigdata->tg_trigger->tgdeferrable)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must not be fired by a deferrable trigger",
						"cascade_delete")));

	if (relmap_keyinfo_row_moves(trigdata))
		return PointerGetDatum(NULL);

	key = relmap_keyinfo_get(trigdata->tg_trigger, trigdata->tg_relation);

	/* nobody refers to a key with a NULL in it */
	if (key->inert ||
		!relmap_keyinfo_values(key, trigdata->tg_trigslot, values))
		return PointerGetDatum(NULL);

	child = table_open(key->child, RowExclusiveLock);
	relmap_action_run(&change, child, NULL, NULL, false);
	table_close(child, RowExclusiveLock);

	return PointerGetDatum(NULL);
}
