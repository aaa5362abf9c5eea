/*-------------------------------------------------------------------------
 *
 * incumbent.c
 *	  Who holds a key: probes that a statement keeps open, waiting for rows in
 *	  progress, and their last versions.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/incumbent.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "enforce/callstate.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/probe.h"
#include "enforce/statement.h"

static void open_probe(RelmapCallState *call, RelmapSlotState *slot,
					   Relation rel);
static void open_probe_without_statement(RelmapSlotState *slot, Relation rel);
static void close_probe_without_statement(void *arg);
static void close_probe(RelmapSlotState *slot, RelmapStatement *statement);
static void close_probes(RelmapStatement *statement, bool fire_triggers);

/*
 * Look up the row that holds a key of one of the slots of a (resolved) call
 * state.  The probe stays open for the next rows if it will be closed, by
 * close_probes() for example.
 */
bool
relmap_incumbent_find(RelmapCallState *call, RelmapSlotState *slot,
					  Relation rel,
					  const Datum *values, RelmapIncumbent *incumbent)
{
	RelmapStatement *statement = NULL;

	if (call->relinfo != NULL)
		statement = relmap_callstate_attach(call);
	else if (rel->rd_rel->relispartition)
		return relmap_incumbent_find_once(slot->key, rel, values, incumbent);

	if (slot->probe != NULL && !relmap_probe_is_for(slot->probe, slot->key))
		close_probe(slot, statement);
	if (slot->probe == NULL && statement != NULL)
		open_probe(call, slot, rel);
	else if (slot->probe == NULL)
		open_probe_without_statement(slot, rel);

	return relmap_probe_run(slot->probe, values, incumbent);
}

/*
 * Open a probe of a call state.  A statement keeps a limited number: a probe
 * takes some 30 kB, and a statement may write any number of partitions.
 */
static void
open_probe(RelmapCallState *call, RelmapSlotState *slot, Relation rel)
{
	RelmapStatement *statement = call->statement;
	MemoryContext oldcontext;

	if (list_length(statement->probes) == RELMAP_KEEP_OPEN)
		close_probe(linitial(statement->probes), statement);

	oldcontext = MemoryContextSwitchTo(statement->context);
	slot->probe = relmap_probe_open(slot->key, rel, statement->context);
	statement->probes = lappend(statement->probes, slot);
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Open the probe of a call state without statement: COPY, and replication.  It
 * is closed with the executor state whose triggers are called: its context is
 * the parent of the current one.
 */
static void
open_probe_without_statement(RelmapSlotState *slot, Relation rel)
{
	MemoryContext context = MemoryContextGetParent(CurrentMemoryContext);
	MemoryContextCallback *callback;

	callback = MemoryContextAlloc(context, sizeof(MemoryContextCallback));
	callback->func = close_probe_without_statement;
	callback->arg = slot;
	MemoryContextRegisterResetCallback(context, callback);
	slot->probe_subid = GetCurrentSubTransactionId();
	slot->probe = relmap_probe_open(slot->key, rel, context);
}

/*
 * Memory context callback: close it, unless the end of its (sub)transaction
 * has released its resources.
 */
static void
close_probe_without_statement(void *arg)
{
	RelmapSlotState *slot = (RelmapSlotState *) arg;

	if (IsTransactionState() && SubTransactionIsActive(slot->probe_subid))
		close_probe(slot, NULL);
}

/*
 * Close the probe of a slot, if it is open.
 */
static void
close_probe(RelmapSlotState *slot, RelmapStatement *statement)
{
	if (slot->probe == NULL)
		return;
	relmap_probe_close(slot->probe);
	slot->probe = NULL;
	if (statement != NULL)
		statement->probes = list_delete_ptr(statement->probes, slot);
}

/*
 * All rows of a statement are written: close its probes.
 */
static void
close_probes(RelmapStatement *statement, bool fire_triggers)
{
	while (statement->probes != NIL)
		close_probe(linitial(statement->probes), statement);
}

/*
 * Set up, once per session.
 */
void
relmap_incumbent_init(void)
{
	relmap_statement_at_finish(close_probes);
}

/*
 * Look up the row that holds a key, by a probe for this once.
 */
bool
relmap_incumbent_find_once(RelmapKeyInfo *key, Relation rel,
						   const Datum *values,
						   RelmapIncumbent *incumbent)
{
	RelmapProbe *probe = relmap_probe_open(key, rel, CurrentMemoryContext);
	bool		found = relmap_probe_run(probe, values, incumbent);

	relmap_probe_close(probe);
	return found;
}

/*
 * Wait for a row in progress: until its transaction has ended or, if it is
 * inserted speculatively, the insertion.
 */
void
relmap_incumbent_wait(Relation rel, RelmapIncumbent *row)
{
	if (row->wait_token != 0)
		SpeculativeInsertionWait(row->wait_xid, row->wait_token);
	else
		XactLockTableWait(row->wait_xid, rel, &row->tid,
						  XLTW_InsertIndexUnique);
}

/*
 * Follow a row from one of its versions to the last one that this transaction
 * sees; false, and the tid as it was, if there is no later one.
 */
bool
relmap_incumbent_latest_tid(Relation rel, ItemPointer tid)
{
	ItemPointerData before = *tid;
	TableScanDesc scan = table_beginscan_tid(rel, SnapshotSelf);

	table_tuple_get_latest_tid(scan, tid);
	table_endscan(scan);

	return !ItemPointerEquals(&before, tid);
}
