/*-------------------------------------------------------------------------
 *
 * nowait.h
 *	  Locking without waiting.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/nowait.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_NOWAIT_H
#define RELMAP_NOWAIT_H

#include "storage/itemptr.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

/*
 * Lock a tuple of a catalog that is about to be changed; false if another
 * transaction has changed it meanwhile, or, unless wait, is about to.
 */
extern bool relmap_nowait_lock_tuple_if(Relation rel, ItemPointer tid,
										bool wait);

/*
 * The same without waiting: raise 55006 for what is being changed.  what is
 * "function" or the like.
 */
extern void relmap_nowait_lock_tuple(Relation rel, ItemPointer tid,
									 const char *what);
extern void relmap_nowait_lock_table(Oid relid, LOCKMODE mode);
extern void relmap_nowait_lock_object(Oid classid, Oid objid,
									  const char *what);

#endif							/* RELMAP_NOWAIT_H */
