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

static bool fetch_row(RelmapLook *look, uint64 *dead);
static bool deleted_by_us(RelmapLook *look, ItemPointer tid);
static CommandId own_command(TupleTableSlot *slot);

/*
 * An index scan that looks for keys, kept open while a statement writes rows.
 */
struct RelmapLook
{
	RelmapKey  *key;
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
RelmapLook *
relmap_look_open(RelmapKey *key, Relation rel, MemoryContext context)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	RelmapLook *look = palloc0(sizeof(RelmapLook));

	look->key = key;
	look->rel = rel;
	/* the statement has the index open in this mode already */
	look->index = index_open(key->index, RowExclusiveLock);
	InitDirtySnapshot(look->dirty);
	look->scan = relmap_index_beginscan(rel, look->index, &look->dirty,
										key->nkeys);
	MemoryContextSwitchTo(oldcontext);

	return look;
}

/*
 * Does a look serve this key?
 */
bool
relmap_look_is_for(RelmapLook *look, RelmapKey *key)
{
	return look->key == key;
}

/*
 * Close a look.
 */
void
relmap_look_close(RelmapLook *look)
{
	if (look->slot != NULL)
		ExecDropSingleTupleTableSlot(look->slot);
	index_endscan(look->scan);
	index_close(look->index, RowExclusiveLock);
	pfree(look);
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
relmap_look(RelmapLook *look, const Datum *values,
			RelmapIncumbent *incumbent)
{
	RelmapKey  *key = look->key;
	IndexScanDesc scan = look->scan;
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	MemoryContext oldcontext;
	uint64		dead;
	bool		found;

	/* what the access method allocates must last as long as the scan */
	oldcontext = MemoryContextSwitchTo(GetMemoryChunkContext(look));

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
		found = fetch_row(look, &dead);
		if (found || dead == before)
			break;
	}

	if (found)
	{
		incumbent->tid = look->slot->tts_tid;
		incumbent->wait_xid = look->dirty.xmin;
		incumbent->wait_token = look->dirty.speculativeToken;
		if (!TransactionIdIsValid(incumbent->wait_xid))
			incumbent->wait_xid = look->dirty.xmax;
		incumbent->cid = own_command(look->slot);

		/* let go of the pages */
		ExecClearTuple(look->slot);
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
fetch_row(RelmapLook *look, uint64 *dead)
{
	IndexScanDesc scan = look->scan;
	ItemPointer tid;

	*dead = 0;
	while ((tid = index_getnext_tid(scan, BackwardScanDirection)) != NULL)
	{
		if (look->slot == NULL)
			look->slot = table_slot_create(look->rel, NULL);
		if (index_fetch_heap(scan, look->slot))
			return true;
		if (!deleted_by_us(look, tid))
			*dead = hash_combine64(*dead, itemptr_encode(tid));
	}
	return false;
}

/*
 * Has this transaction deleted or updated the row version at tid?  Then nobody
 * else has since, and a new version's entry was there before we looked.
 */
static bool
deleted_by_us(RelmapLook *look, ItemPointer tid)
{
	bool		result = false;
	bool		should_free;

	if (table_tuple_fetch_row_version(look->rel, tid, SnapshotAny, look->slot))
	{
		HeapTuple	tuple = ExecFetchSlotHeapTuple(look->slot, false,
												   &should_free);
		HeapTupleHeader header = tuple->t_data;

		result = !(header->t_infomask & HEAP_XMAX_INVALID) &&
			!HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask) &&
			TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetUpdateXid(header));
		if (should_free)
			heap_freetuple(tuple);
		ExecClearTuple(look->slot);
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
