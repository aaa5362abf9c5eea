/*-------------------------------------------------------------------------
 *
 * restrict.c
 *	  on_replace "restrict": a row that takes a held parent is refused, with
 *	  an error that tells which row has it.
 *
 * The unique constraint refuses the row.  The trigger (replace.c) only finds
 * out whether it will, waits as it would, and raises a more detailed error.
 * If that is not certain (the constraint is deferrable, an ON CONFLICT clause
 * decides) or not allowed (the user may not read
 * the key), it leaves the error to the constraint.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/restrict.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/foreignkey.h"
#include "base/util.h"
#include "enforce/arbiter.h"
#include "enforce/callstate.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/probe.h"
#include "enforce/restrict.h"
#include "enforce/rowdescription.h"

/*
 * Will the unique constraint refuse the row, as another has the parent?  Waits
 * for rows in progress, as the constraint does.
 */
bool
relmap_restrict_is_refused(RelmapCallState *call, RelmapKeyInfo *key,
						   TriggerData *trigdata,
						   FmgrInfo *flinfo, const Datum *values, ItemPointer holder)
{
	Relation	rel = trigdata->tg_relation;
	bool		update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	RelmapIncumbent incumbent;

	while (relmap_incumbent_find_once(key, rel, values, &incumbent))
	{
		if (!update)
		{
			relmap_callstate_resolve(call, trigdata, flinfo);
			if (relmap_callstate_has_clause(call) &&
				relmap_arbiter_conflict(call, trigdata->tg_trigslot, true))
				return false;
		}
		if (!TransactionIdIsValid(incumbent.wait_xid))
		{
			*holder = incumbent.tid;
			return true;
		}
		relmap_incumbent_wait(rel, &incumbent);
	}
	return false;
}

/*
 * Raise the constraint's error, and name the parent and both rows; but return
 * if the user may not see the key.
 */
void
relmap_restrict_explain(RelmapKeyInfo *key, Relation rel, Datum *values,
						ItemPointer holder, TupleTableSlot *newcomer)
{
	Relation	index = index_open(key->index, AccessShareLock);
	bool		isnull[INDEX_MAX_KEYS] = {false};
	char	   *parent = BuildIndexValueDescription(index, values, isnull);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	char	   *held_by = NULL;
	char	   *taken_by = NULL;
	RelmapForeignKey *fk = relmap_foreignkey_get(key->foreign_key);

	/* if the key is the primary key, it does not identify the rows further */
	if (key->index != relmap_primary_key_index(rel) &&
		table_tuple_fetch_row_version(rel, holder, SnapshotAny, slot))
	{
		held_by = relmap_rowdescription(rel, slot, false);
		taken_by = relmap_rowdescription(rel, newcomer, false);
	}
	ExecDropSingleTupleTableSlot(slot);

	if (parent != NULL && fk != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("duplicate key value violates unique constraint \"%s\"",
						RelationGetRelationName(index)),
				 held_by != NULL && taken_by != NULL
				 ? errdetail("Key %s already exists: row %s has that parent in table \"%s\", and row %s cannot replace it.",
							 parent, held_by, relmap_table_display_name(fk->parent), taken_by)
				 : errdetail("Key %s already exists: another row has that parent in table \"%s\", and this row cannot replace it.",
							 parent, relmap_table_display_name(fk->parent)),
				 errhint("Move or delete the other row first, or give the relationship another on_replace."),
				 errtableconstraint(rel, RelationGetRelationName(index))));

	index_close(index, AccessShareLock);
}
