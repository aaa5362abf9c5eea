/*-------------------------------------------------------------------------
 *
 * probe.h
 *	  Looks into a unique index.
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

typedef struct RelmapLook RelmapLook;

typedef struct RelmapIncumbent
{
	ItemPointerData tid;
	TransactionId wait_xid;		/* in progress: whose end to wait for */
	uint32		wait_token;		/* ... or of its speculative insertion */
	CommandId	cid;			/* what wrote it, if this transaction did */
} RelmapIncumbent;

extern RelmapLook *relmap_look_open(RelmapKey *key, Relation rel,
									MemoryContext context);
extern bool relmap_look_is_for(RelmapLook *look, RelmapKey *key);
extern void relmap_look_close(RelmapLook *look);
extern bool relmap_look(RelmapLook *look, const Datum *values,
						RelmapIncumbent *incumbent);

#endif							/* RELMAP_PROBE_H */
