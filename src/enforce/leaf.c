/*-------------------------------------------------------------------------
 *
 * leaf.c
 *	  Look-ups of keys in the leaf pages of a B-tree.
 *
 * Most rows take a free key, so most look-ups have to find that the index has
 * no entry for it.  One page tells that: the leaf where the entry would be.  It
 * has the entries of most other keys, too; those that it may not have all of
 * are left to an index scan.
 *
 * Rows often come in the order of their keys.  So the last leaf is looked at
 * first, if the two rows before were on one; the tree is descended if it is
 * the wrong one.  Any page that is a leaf by now tells whether a key belongs
 * to it: entries are in order over all leaves, so if a page has an entry before
 * the key, and one after it or a high key that is greater, no other page can
 * have an entry for the key.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/leaf.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "catalog/pg_am.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "enforce/leaf.h"

struct RelmapLeaf
{
	Relation	heap;
	Relation	index;
	BTScanInsert key;			/* its arguments are those of the last look-up */
	BlockNumber block;			/* the leaf of the last look-up */
	Buffer		buffer;			/* where that was */
	bool		near;			/* so was the look-up before */
	OffsetNumber offset;		/* of the last key on it */
};

/* What a page has about a key. */
typedef struct Place
{
	bool		found;			/* there is an entry for it ... */
	OffsetNumber offset;		/* ... the first one, or what comes after it */
	bool		starts;			/* something on the page comes before it */
	bool		ends;			/* something on the page does not, or nothing
								 * on later pages does */
} Place;

static Buffer read_last_leaf(RelmapLeaf *leaf);
static Buffer descend(RelmapLeaf *leaf);
static Place find_place(RelmapLeaf *leaf, Page page, OffsetNumber guess);
static int	read_entries(RelmapLeaf *leaf, Page page, const Place *place,
						 ItemPointerData *tids);

/*
 * Get ready to look keys up in an index; NULL if it is no B-tree.  The index
 * must stay open.  Allocates in the current context.
 */
RelmapLeaf *
relmap_leaf_open(Relation heap, Relation index)
{
	RelmapLeaf *leaf;

	if (index->rd_rel->relam != BTREE_AM_OID)
		return NULL;

	leaf = palloc0(sizeof(RelmapLeaf));
	leaf->heap = heap;
	leaf->index = index;
	leaf->block = InvalidBlockNumber;
	leaf->key = _bt_mkscankey(index, NULL);
	_bt_metaversion(index, &leaf->key->heapkeyspace,
					&leaf->key->allequalimage);
	leaf->key->anynullkeys = false;
	leaf->key->keysz = IndexRelationGetNumberOfKeyAttributes(index);
	for (int i = 0; i < leaf->key->keysz; i++)
		leaf->key->scankeys[i].sk_flags &= ~SK_ISNULL;

	return leaf;
}

/*
 * Free what relmap_leaf_open() has allocated.
 */
void
relmap_leaf_close(RelmapLeaf *leaf)
{
	pfree(leaf->key);
	pfree(leaf);
}

/*
 * Look up a key without NULL.  Returns how many entries the index has for it,
 * with their rows in tids, or RELMAP_LEAF_UNKNOWN.  If there are any, *pinned is
 * their page, which the caller must release when it has read the rows: until
 * then no other rows get these tids.
 */
int
relmap_leaf_look(RelmapLeaf *leaf, const Datum *values, ItemPointerData *tids,
				 Buffer *pinned)
{
	BTScanInsert key = leaf->key;
	Buffer		buffer = InvalidBuffer;
	Page		page;
	Place		place;
	int			result;

	for (int i = 0; i < key->keysz; i++)
		key->scankeys[i].sk_argument = values[i];

	if (leaf->near)
	{
		buffer = read_last_leaf(leaf);
		page = BufferGetPage(buffer);
		place = find_place(leaf, page, leaf->offset);
		if (!place.starts || !place.ends)
		{
			_bt_relbuf(leaf->index, buffer);
			buffer = InvalidBuffer;
		}
	}
	if (!BufferIsValid(buffer))
	{
		buffer = descend(leaf);
		if (!BufferIsValid(buffer))
			return 0;
		page = BufferGetPage(buffer);
		place = find_place(leaf, page, InvalidOffsetNumber);
	}

	leaf->offset = place.offset;
	result = read_entries(leaf, page, &place, tids);
	if (result > 0)
	{
		_bt_unlockbuf(leaf->index, buffer);
		*pinned = buffer;
	}
	else
		_bt_relbuf(leaf->index, buffer);
	return result;
}

/*
 * Read the last leaf once more; it may be anything by now.
 */
static Buffer
read_last_leaf(RelmapLeaf *leaf)
{
	if (ReadRecentBuffer(relmap_locator(leaf->index), MAIN_FORKNUM,
						 leaf->block, leaf->buffer))
	{
		_bt_lockbuf(leaf->index, leaf->buffer, BT_READ);
		_bt_checkpage(leaf->index, leaf->buffer);
	}
	else
		leaf->buffer = _bt_getbuf(leaf->index, leaf->block, BT_READ);
	return leaf->buffer;
}

/*
 * Find the first leaf that may have an entry for the key, from the root on.
 * InvalidBuffer if the index is empty.
 */
static Buffer
descend(RelmapLeaf *leaf)
{
	Buffer		buffer = relmap_bt_search(leaf->index, leaf->heap, leaf->key);
	BlockNumber block;

	if (!BufferIsValid(buffer))
		return buffer;

	block = BufferGetBlockNumber(buffer);
	leaf->near = (leaf->block == block);
	leaf->block = block;
	leaf->buffer = buffer;
	return buffer;
}

/*
 * Find a key's place on a page by binary search.  If there is a guess, looks
 * there first, and then farther and farther to the right.
 */
static Place
find_place(RelmapLeaf *leaf, Page page, OffsetNumber guess)
{
	BTPageOpaque opaque = BTPageGetOpaque(page);
	OffsetNumber first = P_FIRSTDATAKEY(opaque);
	OffsetNumber low = first;
	OffsetNumber high = OffsetNumberNext(PageGetMaxOffsetNumber(page));
	int			step = 1;
	Place		place = {0};

	if (!P_ISLEAF(opaque) || P_IGNORE(opaque))
		return place;

	/* all entries before low come before the key, none from high on does */
	while (low < high)
	{
		OffsetNumber next = guess;
		int32		order;

		if (next < low || next >= high)
			next = low + (high - low) / 2;
		order = _bt_compare(leaf->index, leaf->key, page, next);
		if (order > 0)
		{
			low = OffsetNumberNext(next);
			guess += step;
			step *= 2;
		}
		else
		{
			high = next;
			place.found |= (order == 0);
			guess = InvalidOffsetNumber;
		}
	}
	place.offset = low;
	place.starts = low > first;
	place.ends = low <= PageGetMaxOffsetNumber(page) ||
		P_RIGHTMOST(opaque) ||
		_bt_compare(leaf->index, leaf->key, page, P_HIKEY) < 0;
	return place;
}

/*
 * Read the entries of a key whose place is on this page, but for those that are
 * marked as dead.
 */
static int
read_entries(RelmapLeaf *leaf, Page page, const Place *place,
			 ItemPointerData *tids)
{
	BTPageOpaque opaque = BTPageGetOpaque(page);
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	OffsetNumber next = place->offset;
	int			n = 0;

	if (!place->ends)
		return RELMAP_LEAF_UNKNOWN;
	if (!place->found)
		return 0;

	do
	{
		ItemId		item = PageGetItemId(page, next);
		IndexTuple	entry = (IndexTuple) PageGetItem(page, item);

		next = OffsetNumberNext(next);
		if (ItemIdIsDead(item))
			continue;
		if (n == RELMAP_LEAF_MOST || BTreeTupleIsPosting(entry))
			return RELMAP_LEAF_UNKNOWN;
		tids[n++] = entry->t_tid;
	} while (next <= last &&
			 _bt_compare(leaf->index, leaf->key, page, next) == 0);

	if (next > last && !P_RIGHTMOST(opaque) &&
		_bt_compare(leaf->index, leaf->key, page, P_HIKEY) >= 0)
		return RELMAP_LEAF_UNKNOWN;
	return n;
}
