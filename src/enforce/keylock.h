/*-------------------------------------------------------------------------
 *
 * keylock.h
 *	  The lock held from the probe for an incumbent until the newcomer is
 *	  written.
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

extern bool relmap_keylock_acquire(RelmapKeyInfo *key, Oid trigger,
								   EState *query,
								   uint32 keyhash, bool may_sleep);
extern bool relmap_keylock_queue(RelmapKeyInfo *key, uint32 keyhash);
extern void relmap_keylock_leave_queue(RelmapKeyInfo *key, uint32 keyhash);
extern void relmap_keylock_release(Oid trigger, Oid relid, EState *query);
extern void relmap_keylock_release_query(EState *query);
extern void relmap_keylock_release_stale(void);
extern void relmap_keylock_init(void);

#endif							/* RELMAP_KEYLOCK_H */
