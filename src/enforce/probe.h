/*-------------------------------------------------------------------------
 *
 * probe.h
 *	  Probes of a unique index.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/probe.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PROBE_H
#define RELMAP_PROBE_H

#include "access/genam.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "enforce/keyinfo.h"

typedef struct RelmapProbe RelmapProbe;

typedef struct RelmapIncumbent
{
	ItemPointerData tid;
	TransactionId wait_xid;		/* in progress: whose end to wait for */
	uint32		wait_token;		/* ... or of its speculative insertion */
	CommandId	cid;			/* what wrote it, if this transaction did */
} RelmapIncumbent;

/* Has a row that an index which is not exact leads to the key? */
typedef bool (*RelmapRecheck) (TupleTableSlot *row, void *arg);

extern RelmapProbe *relmap_probe_open(RelmapKeyInfo *key, Relation rel,
									  MemoryContext context);
extern bool relmap_probe_is_for(RelmapProbe *probe, RelmapKeyInfo *key);
extern void relmap_probe_close(RelmapProbe *probe);
extern bool relmap_probe_run(RelmapProbe *probe, const Datum *values,
							 RelmapIncumbent *incumbent);
extern bool relmap_probe_scan(IndexScanDesc scan, ScanKey keys, int nkeys,
							  TupleTableSlot *slot,
							  RelmapRecheck recheck, void *arg);
extern bool relmap_probe_deleted_by_us(Relation rel, TupleTableSlot *slot,
									   ItemPointer tid);
extern bool relmap_probe_had(RelmapKeyInfo *key, Relation rel,
							 const Datum *values, CommandId since);
extern void relmap_probe_describe(TupleTableSlot *slot,
								  const SnapshotData *dirty,
								  RelmapIncumbent *incumbent);
extern CommandId relmap_probe_command(TupleTableSlot *slot);

#endif							/* RELMAP_PROBE_H */
