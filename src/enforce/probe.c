/*-------------------------------------------------------------------------
 *
 * probe.c
 *	  Looks into the unique index of the child table.
 *
 * The looks are made as core's own unique checks are: with a dirty snapshot,
 * which shows rows in progress and whose they are.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/probe.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "enforce/keyinfo.h"
#include "enforce/probe.h"

static bool fetch_row(RelmapProbe *probe, uint64 *dead);
static bool deleted_by_us(RelmapProbe *probe, ItemPointer tid);
static CommandId own_command(TupleTableSlot *slot);

/*
 * An index scan that looks for keys, kept open while a statement writes rows.
 */
struct RelmapProbe
{
	RelmapKeyInfo *key;
	Relation	rel;
	Relation	index;
	IndexScanDesc scan;
	SnapshotData dirty;
	TupleTableSlot *slot;		/* made when a row is found */
};

/*
 * Open a look into the unique index of key.  To be closed by the same resource
 * owner.
 */
RelmapProbe *
relmap_probe_open(RelmapKeyInfo *key, Relation rel, MemoryContext context)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	RelmapProbe *probe = palloc0(sizeof(RelmapProbe));

	probe->key = key;
	probe->rel = rel;
	/* the statement has the index open in this mode already */
	probe->index = index_open(key->index, RowExclusiveLock);
	InitDirtySnapshot(probe->dirty);
	probe->scan = relmap_index_beginscan(rel, probe->index, &probe->dirty,
										 key->nkeys);
	MemoryContextSwitchTo(oldcontext);

	return probe;
}

/*
 * Does a look serve this key?
 */
bool
relmap_probe_is_for(RelmapProbe *probe, RelmapKeyInfo *key)
{
	return probe->key == key;
}

/*
 * Close a look.
 */
void
relmap_probe_close(RelmapProbe *probe)
{
	if (probe->slot != NULL)
		ExecDropSingleTupleTableSlot(probe->slot);
	index_endscan(probe->scan);
	index_close(probe->index, RowExclusiveLock);
	pfree(probe);
}

/*
 * Look for the row that holds a key.
 *
 * True, and *incumbent, if there is one.  If a transaction must end before
 * the answer is known, incumbent->wait_xid is that transaction, and
 * wait_token the token of its speculative insertion or 0.
 *
 * The scan runs backward, as the newest versions of a key that one
 * transaction wrote many times are mostly the last ones.  Nothing stays
 * pinned.
 */
bool
relmap_probe_run(RelmapProbe *probe, const Datum *values,
				 RelmapIncumbent *incumbent)
{
	RelmapKeyInfo *key = probe->key;
	IndexScanDesc scan = probe->scan;
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	MemoryContext oldcontext;
	uint64		dead;
	bool		found;

	/* what the access method allocates must last as long as the scan */
	oldcontext = MemoryContextSwitchTo(GetMemoryChunkContext(probe));

	for (int i = 0; i < key->nkeys; i++)
		ScanKeyEntryInitializeWithInfo(&scankeys[i], 0, i + 1,
									   BTEqualStrategyNumber, InvalidOid,
									   key->collations[i],
									   &key->eq_procs[i], values[i]);

	/*
	 * The scan reads a page of the index and then goes to the rows.  One that
	 * is updated in between, in whatever column, is dead when we come, and
	 * its new version's entry was not on the page yet.  But then it is now:
	 * so where entries led to nothing, look again, until nothing has changed.
	 */
	for (uint64 before = 0;; before = dead)
	{
		index_rescan(scan, scankeys, key->nkeys, NULL, 0);
		found = fetch_row(probe, &dead);
		if (found || dead == before)
			break;
	}

	if (found)
	{
		incumbent->tid = probe->slot->tts_tid;
		incumbent->wait_xid = probe->dirty.xmin;
		incumbent->wait_token = probe->dirty.speculativeToken;
		if (!TransactionIdIsValid(incumbent->wait_xid))
			incumbent->wait_xid = probe->dirty.xmax;
		incumbent->cid = own_command(probe->slot);

		/* let go of the pages */
		ExecClearTuple(probe->slot);
		index_rescan(scan, scankeys, key->nkeys, NULL, 0);
	}

	MemoryContextSwitchTo(oldcontext);
	return found;
}

/*
 * Fetch the first row into the look's slot; false if there is none.  *dead
 * tells the index entries apart whose rows were there when the page was read,
 * perhaps, and are not any more.
 */
static bool
fetch_row(RelmapProbe *probe, uint64 *dead)
{
	IndexScanDesc scan = probe->scan;
	ItemPointer tid;

	*dead = 0;
	while ((tid = index_getnext_tid(scan, BackwardScanDirection)) != NULL)
	{
		if (probe->slot == NULL)
			probe->slot = table_slot_create(probe->rel, NULL);
		if (index_fetch_heap(scan, probe->slot))
			return true;
		if (!deleted_by_us(probe, tid))
			*dead = hash_combine64(*dead, itemptr_encode(tid));
	}
	return false;
}

/*
 * Has this transaction deleted or updated the row version at tid?  Then nobody
 * else has since, and a new version's entry was there before we looked.
 */
static bool
deleted_by_us(RelmapProbe *probe, ItemPointer tid)
{
	bool		result = false;
	bool		should_free;

	if (table_tuple_fetch_row_version(probe->rel, tid, SnapshotAny,
									  probe->slot))
	{
		HeapTuple	tuple = ExecFetchSlotHeapTuple(probe->slot, false,
												   &should_free);
		HeapTupleHeader header = tuple->t_data;

		result = !(header->t_infomask & HEAP_XMAX_INVALID) &&
			!HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask) &&
			TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetUpdateXid(header));
		if (should_free)
			heap_freetuple(tuple);
		ExecClearTuple(probe->slot);
	}
	return result;
}

/*
 * The command of this transaction that wrote a row version, InvalidCommandId
 * if another transaction did.
 */
static CommandId
own_command(TupleTableSlot *slot)
{
	bool		should_free;
	HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, &should_free);
	CommandId	result = InvalidCommandId;

	if (TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)))
		result = HeapTupleHeaderGetCmin(tuple->t_data);
	if (should_free)
		heap_freetuple(tuple);

	return result;
}
