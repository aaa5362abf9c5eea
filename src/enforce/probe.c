/*-------------------------------------------------------------------------
 *
 * probe.c
 *	  Probes of the unique index of the child table.
 *
 * They use a dirty snapshot, as core's unique checks do: it shows rows in
 * progress and their transactions.
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
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "enforce/keyinfo.h"
#include "enforce/leaf.h"
#include "enforce/probe.h"

static IndexScanDesc begin_scan(RelmapProbe *probe);
static bool look_at_leaf(RelmapProbe *probe, const Datum *values, bool *sure);
static bool fetch_entry(RelmapProbe *probe, ItemPointer tid);
static bool scan_index(RelmapProbe *probe, const Datum *values);
static void make_scankeys(RelmapKeyInfo *key, const Datum *values,
						  ScanKey scankeys);
static bool fetch_row(IndexScanDesc scan, TupleTableSlot *slot,
					  RelmapRecheck recheck, void *arg, uint64 *dead);
static bool deleted_by_us(HeapTupleHeader header);

/*
 * What looks up keys in an index, kept open while a statement writes rows.
 */
struct RelmapProbe
{
	RelmapKeyInfo *key;
	Relation	rel;
	Relation	index;
	RelmapLeaf *leaf;			/* NULL: another kind of index */
	IndexScanDesc scan;			/* made when it is needed */
	SnapshotData dirty;
	TupleTableSlot *slot;		/* likewise */
};

/*
 * Open a probe of the unique index of key.  It must be closed under the same
 * resource owner.
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
	probe->leaf = relmap_leaf_open(rel, probe->index);
	MemoryContextSwitchTo(oldcontext);

	return probe;
}

/*
 * Is the probe for this key?
 */
bool
relmap_probe_is_for(RelmapProbe *probe, RelmapKeyInfo *key)
{
	return probe->key == key;
}

/*
 * Close a probe.
 */
void
relmap_probe_close(RelmapProbe *probe)
{
	if (probe->slot != NULL)
		ExecDropSingleTupleTableSlot(probe->slot);
	if (probe->scan != NULL)
		index_endscan(probe->scan);
	if (probe->leaf != NULL)
		relmap_leaf_close(probe->leaf);
	index_close(probe->index, RowExclusiveLock);
	pfree(probe);
}

/*
 * Look up the row that holds a key.
 *
 * True, and *incumbent, if there is one.  If a transaction must end before
 * the answer is known, incumbent->wait_xid is that transaction, and
 * wait_token the token of its speculative insertion or 0.
 *
 * Usually one page of the index tells it, else a scan.  No buffer stays pinned.
 */
bool
relmap_probe_run(RelmapProbe *probe, const Datum *values,
				 RelmapIncumbent *incumbent)
{
	bool		sure = false;
	bool		found = look_at_leaf(probe, values, &sure);

	if (!sure)
		found = scan_index(probe, values);
	if (found)
	{
		relmap_probe_describe(probe->slot, &probe->dirty, incumbent);
		/* release its page */
		ExecClearTuple(probe->slot);
	}
	return found;
}

/*
 * Fetch the row that holds a key into the probe's slot, by the entries in its
 * leaf; false if there is none, or if this cannot tell: then *sure stays false.
 */
static bool
look_at_leaf(RelmapProbe *probe, const Datum *values, bool *sure)
{
	ItemPointerData tids[RELMAP_LEAF_MOST];
	Buffer		page;
	bool		found = false;
	int			n;

	if (probe->leaf == NULL)
		return false;
	n = relmap_leaf_look(probe->leaf, values, tids, &page);
	*sure = (n != RELMAP_LEAF_UNKNOWN);
	if (n <= 0)
		return false;

	/* as in scan_index() */
	while (n-- > 0 && !found)
	{
		found = fetch_entry(probe, &tids[n]);
		if (!found &&
			!relmap_probe_deleted_by_us(probe->rel, probe->slot, &tids[n]))
			*sure = false;
	}
	ReleaseBuffer(page);
	*sure |= found;
	return found;
}

/*
 * The probe's index scan.
 */
static IndexScanDesc
begin_scan(RelmapProbe *probe)
{
	if (probe->scan == NULL)
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(GetMemoryChunkContext(probe));

		probe->scan = relmap_index_beginscan(probe->rel, probe->index,
											 &probe->dirty, probe->key->nkeys);
		probe->slot = table_slot_create(probe->rel, NULL);
		MemoryContextSwitchTo(oldcontext);
	}
	return probe->scan;
}

/*
 * Fetch the row that an entry of the index leads to into the probe's slot;
 * false if it is dead.
 */
static bool
fetch_entry(RelmapProbe *probe, ItemPointer tid)
{
	IndexScanDesc scan = begin_scan(probe);
	bool		found;

	scan->xs_heaptid = *tid;
	scan->xs_heap_continue = false;
	found = index_fetch_heap(scan, probe->slot);
	table_index_fetch_reset(scan->xs_heapfetch);
	return found;
}

/*
 * Fetch the row that holds a key into the probe's slot, by a scan of the index;
 * false if there is none.
 */
static bool
scan_index(RelmapProbe *probe, const Datum *values)
{
	RelmapKeyInfo *key = probe->key;
	IndexScanDesc scan = begin_scan(probe);
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	MemoryContext oldcontext;
	bool		found;

	/* what the access method allocates must last as long as the scan */
	oldcontext = MemoryContextSwitchTo(GetMemoryChunkContext(probe));

	make_scankeys(key, values, scankeys);
	found = relmap_probe_scan(scan, scankeys, key->nkeys, probe->slot,
							  NULL, NULL);
	/* release the page */
	if (found)
		index_rescan(scan, scankeys, key->nkeys, NULL, 0);

	MemoryContextSwitchTo(oldcontext);
	return found;
}

/*
 * What the index is searched for.
 */
static void
make_scankeys(RelmapKeyInfo *key, const Datum *values, ScanKey scankeys)
{
	for (int i = 0; i < key->nkeys; i++)
		ScanKeyEntryInitializeWithInfo(&scankeys[i], 0, i + 1,
									   BTEqualStrategyNumber, InvalidOid,
									   key->collations[i],
									   &key->eq_procs[i], values[i]);
}

/*
 * Fetch a row that a scan by a dirty snapshot finds into slot; false if there
 * is none.  Where the index is not exact, recheck tells whether the row has the
 * key.  A row that has it all the time is found, however often it is updated.
 *
 * The scan runs backward, as the newest versions of a key that one transaction
 * wrote many times are usually the last ones.
 */
bool
relmap_probe_scan(IndexScanDesc scan, ScanKey keys, int nkeys,
				  TupleTableSlot *slot, RelmapRecheck recheck, void *arg)
{
	uint64		dead;

	/*
	 * The scan reads a page of the index and then fetches the rows.  A row
	 * that is updated in between is dead when it is fetched, and the entry of
	 * its new version was not on the page yet.  It is now: if entries led to
	 * dead rows, scan again, until the same entries do.
	 */
	for (uint64 before = 0;; before = dead)
	{
		CHECK_FOR_INTERRUPTS();
		index_rescan(scan, keys, nkeys, NULL, 0);
		if (fetch_row(scan, slot, recheck, arg, &dead))
			return true;
		if (dead == before)
			return false;
	}
}

/*
 * Fetch the first row into slot; false if there is none.  *dead is a hash of
 * the index entries whose rows were dead, but may have been live when the page
 * was read.
 */
static bool
fetch_row(IndexScanDesc scan, TupleTableSlot *slot, RelmapRecheck recheck,
		  void *arg, uint64 *dead)
{
	ScanDirection direction =
	scan->indexRelation->rd_indam->amcanbackward ?
	BackwardScanDirection : ForwardScanDirection;
	ItemPointer tid;

	*dead = 0;
	while ((tid = index_getnext_tid(scan, direction)) != NULL)
	{
		if (!index_fetch_heap(scan, slot))
		{
			if (!relmap_probe_deleted_by_us(scan->heapRelation, slot, tid))
				*dead = hash_combine64(*dead, itemptr_encode(tid));
		}
		else if (!scan->xs_recheck || recheck == NULL || recheck(slot, arg))
			return true;
	}
	return false;
}

/*
 * Has this transaction deleted or updated the row version at tid?  Then nobody
 * else has changed it since, and the index had the entry of a new version
 * before the scan.
 */
bool
relmap_probe_deleted_by_us(Relation rel, TupleTableSlot *slot, ItemPointer tid)
{
	bool		result = false;
	bool		should_free;

	if (table_tuple_fetch_row_version(rel, tid, SnapshotAny, slot))
	{
		HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, &should_free);

		result = deleted_by_us(tuple->t_data);
		if (should_free)
			heap_freetuple(tuple);
		ExecClearTuple(slot);
	}
	return result;
}

static bool
deleted_by_us(HeapTupleHeader header)
{
	return !(header->t_infomask & HEAP_XMAX_INVALID) &&
		!HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask) &&
		TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetUpdateXid(header));
}

/*
 * Has a row held a key which this transaction has deleted, or updated, by this
 * command or a later one?
 */
bool
relmap_probe_had(RelmapKeyInfo *key, Relation rel, const Datum *values,
				 CommandId since)
{
	Relation	index = index_open(key->index, RowExclusiveLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	IndexScanDesc scan = relmap_index_beginscan(rel, index, SnapshotAny,
												key->nkeys);
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	bool		found = false;

	make_scankeys(key, values, scankeys);
	index_rescan(scan, scankeys, key->nkeys, NULL, 0);
	while (!found && index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		bool		should_free;
		HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, &should_free);

		found = deleted_by_us(tuple->t_data) &&
			HeapTupleHeaderGetCmax(tuple->t_data) >= since;
		if (should_free)
			heap_freetuple(tuple);
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, RowExclusiveLock);
	return found;
}

/*
 * Describe the row in slot, which was just found by a dirty snapshot.
 */
void
relmap_probe_describe(TupleTableSlot *slot, const SnapshotData *dirty,
					  RelmapIncumbent *incumbent)
{
	incumbent->tid = slot->tts_tid;
	incumbent->wait_xid = dirty->xmin;
	incumbent->wait_token = dirty->speculativeToken;
	if (!TransactionIdIsValid(incumbent->wait_xid))
		incumbent->wait_xid = dirty->xmax;
	incumbent->cid = relmap_probe_command(slot);
}

/*
 * The command of this transaction that wrote a row version, InvalidCommandId
 * if another transaction did.
 */
CommandId
relmap_probe_command(TupleTableSlot *slot)
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
