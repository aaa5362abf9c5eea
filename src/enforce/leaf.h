/*-------------------------------------------------------------------------
 *
 * leaf.h
 *	  Look-ups of keys in the leaf pages of a B-tree.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/leaf.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_LEAF_H
#define RELMAP_LEAF_H

#include "storage/buf.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"

typedef struct RelmapLeaf RelmapLeaf;

/* How many entries of one key are returned; a scan has to find more. */
#define RELMAP_LEAF_MOST 8
#define RELMAP_LEAF_UNKNOWN (-1)

extern RelmapLeaf *relmap_leaf_open(Relation heap, Relation index);
extern int	relmap_leaf_look(RelmapLeaf *leaf, const Datum *values,
							 ItemPointerData *tids, Buffer *pinned);
extern void relmap_leaf_close(RelmapLeaf *leaf);

#endif							/* RELMAP_LEAF_H */
