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

#include "storage/itemptr.h"
#include "utils/relcache.h"

#include "enforce/keyinfo.h"

typedef struct RelmapProbe RelmapProbe;

typedef struct RelmapIncumbent
{
	ItemPointerData tid;
	TransactionId wait_xid;		/* in progress: whose end to wait for */
	uint32		wait_token;		/* ... or of its speculative insertion */
	CommandId	cid;			/* what wrote it, if this transaction did */
} RelmapIncumbent;

extern RelmapProbe *relmap_probe_open(RelmapKeyInfo *key, Relation rel,
									  MemoryContext context);
extern bool relmap_probe_is_for(RelmapProbe *probe, RelmapKeyInfo *key);
extern void relmap_probe_close(RelmapProbe *probe);
extern bool relmap_probe_run(RelmapProbe *probe, const Datum *values,
							 RelmapIncumbent *incumbent);

#endif							/* RELMAP_PROBE_H */
