/*-------------------------------------------------------------------------
 *
 * releasedparent.h
 *	  A parent that a child let go of is deleted, unless a row refers to it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/releasedparent.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_RELEASEDPARENT_H
#define RELMAP_RELEASEDPARENT_H

#include "storage/itemptr.h"

#include "enforce/keyinfo.h"

/*
 * A child let go of its parent when its version at this tid was deleted or
 * updated by this transaction: delete the parent, unless a row refers to it.
 */
extern void relmap_releasedparent_check(RelmapKeyInfo *key, ItemPointer tid);

#endif							/* RELMAP_RELEASEDPARENT_H */
