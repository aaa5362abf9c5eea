/*-------------------------------------------------------------------------
 *
 * keylock.h
 *	  The lock that spans look and insertion.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/keylock.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_KEYLOCK_H
#define RELMAP_KEYLOCK_H

#include "executor/execdesc.h"

#include "enforce/keyinfo.h"

extern bool relmap_key_lock(RelmapKey *key, QueryDesc *query, uint32 keyhash,
							bool queued);
extern bool relmap_key_queue(RelmapKey *key, uint32 keyhash);
extern void relmap_key_leave_queue(RelmapKey *key, uint32 keyhash);
extern void relmap_key_unlock(RelmapKey *key, QueryDesc *query);
extern void relmap_key_unlock_query(QueryDesc *query);
extern void relmap_key_unlock_stale(void);
extern void relmap_key_lock_init(void);

#endif							/* RELMAP_KEYLOCK_H */
