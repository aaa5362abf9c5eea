/*-------------------------------------------------------------------------
 *
 * pending.c
 *	  The slots that parked rows of a statement wait for, in their order.
 *
 * A list of pending assignments, one for each slot of a row; those of one row
 * follow each other.  They are found by their key.  What a subtransaction has
 * done to the list is undone when it is rolled back.
 *
 * A parked row and its pending assignment take some 150 bytes until the
 * statement is finished.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/pending.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "enforce/keyinfo.h"
#include "enforce/pending.h"

/*
 * One that was lost in a subtransaction, which may still be rolled back.
 */
typedef struct Lost
{
	int			pending;
	SubTransactionId subid;
} Lost;

/* Pending assignments with the same hash of trigger and key. */
typedef struct Bucket
{
	struct
	{
		Oid			trigger;
		uint32		keyhash;
	}			hash;			/* hash key */
	int			last;			/* index of the last one */
} Bucket;

struct RelmapParking
{
	MemoryContext context;		/* holds all of this */
	RelmapPending *pending;
	int			npending;
	int			maxpending;
	int			next;			/* the first that is not applied yet */
	List	   *lost;			/* of Lost *, in the order of time */
	HTAB	   *buckets;
};

static void make_room(RelmapParking *parking);
static const Datum *values_of(const RelmapPending *pending);


/*
 * An empty list, in a memory context of its own.
 */
RelmapParking *
relmap_pending_open(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "relmap parking",
												  ALLOCSET_DEFAULT_SIZES);
	RelmapParking *parking = MemoryContextAllocZero(context,
													sizeof(RelmapParking));
	HASHCTL		ctl;

	parking->context = context;
	ctl.keysize = sizeof(((Bucket *) NULL)->hash);
	ctl.entrysize = sizeof(Bucket);
	ctl.hcxt = context;
	parking->buckets = hash_create("relmap pending assignments", 64, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return parking;
}

/*
 * The memory context that the list lies in, and ends with.
 */
MemoryContext
relmap_pending_context(const RelmapParking *parking)
{
	return parking->context;
}

/*
 * Append a pending assignment of the current subtransaction.
 */
RelmapPending *
relmap_pending_append(RelmapParking *parking, RelmapKeyInfo *key,
					  const RelmapParkedRow *row, const Datum *values,
					  uint32 keyhash)
{
	Bucket		lookup = {{key->trigger, keyhash}};
	Bucket	   *bucket;
	RelmapPending *pending;
	bool		found;

	make_room(parking);
	bucket = hash_search(parking->buckets, &lookup.hash, HASH_ENTER, &found);

	pending = &parking->pending[parking->npending];
	pending->key = key;
	pending->row = row;
	pending->lost_to = 0;
	pending->forgotten = false;
	pending->shown = false;
	pending->subid = GetCurrentSubTransactionId();
	pending->previous = found ? bucket->last : -1;
	pending->values = NULL;
	if (key->nkeys == 1 && key->typbyvals[0])
		pending->value = values[0];
	else
		pending->values = relmap_keyinfo_copy(key, values, parking->context);
	bucket->last = parking->npending++;
	return pending;
}

/*
 * Make room for one more.
 */
static void
make_room(RelmapParking *parking)
{
	if (parking->npending < parking->maxpending)
		return;
	parking->maxpending = Max(16, parking->maxpending * 2);
	if (parking->pending == NULL)
		parking->pending = MemoryContextAlloc(parking->context,
											  sizeof(RelmapPending) * parking->maxpending);
	else
		parking->pending = repalloc_huge(parking->pending,
										 sizeof(RelmapPending) * parking->maxpending);
}

/*
 * See the header.
 */
RelmapPending *
relmap_pending_find(RelmapParking *parking, RelmapKeyInfo *key,
					const Datum *values, uint32 keyhash, RelmapPending *after)
{
	int			i;

	if (after == NULL)
	{
		Bucket		lookup = {{key->trigger, keyhash}};
		Bucket	   *bucket = hash_search(parking->buckets, &lookup.hash,
										 HASH_FIND, NULL);

		i = bucket ? bucket->last : -1;
	}
	else
		i = after->previous;

	for (; i >= parking->next; i = parking->pending[i].previous)
	{
		RelmapPending *pending = &parking->pending[i];

		if (pending->lost_to == 0 && !pending->forgotten &&
			relmap_keyinfo_equal(key, values_of(pending), values))
			return pending;
	}
	return NULL;
}

/*
 * The key of a pending assignment.
 */
static const Datum *
values_of(const RelmapPending *pending)
{
	return pending->values ? pending->values : &pending->value;
}

/*
 * See the header.
 */
void
relmap_pending_replace_row(RelmapParking *parking,
						   const RelmapParkedRow *replaced,
						   const RelmapParkedRow *row)
{
	int			i = parking->npending;

	while (--i >= 0 && parking->pending[i].row == replaced)
		parking->pending[i].row = row;
}

/*
 * Mark one as lost in the current subtransaction.
 */
void
relmap_pending_lose(RelmapParking *parking, RelmapPending *pending,
					uint64 newcomer)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(parking->context);
	Lost	   *lost = palloc(sizeof(Lost));

	lost->pending = pending - parking->pending;
	lost->subid = GetCurrentSubTransactionId();
	parking->lost = lappend(parking->lost, lost);
	pending->lost_to = newcomer;
	MemoryContextSwitchTo(oldcontext);
}

/*
 * See the header.  The result is in the current memory context.
 */
bool
relmap_pending_next(RelmapParking *parking, RelmapParkedSlots *next)
{
	int			first;
	int			end;

	while (parking->next < parking->npending &&
		   parking->pending[parking->next].forgotten)
		parking->next++;
	if (parking->next == parking->npending)
		return false;

	first = parking->next;
	for (end = first + 1; end < parking->npending; end++)
	{
		if (parking->pending[end].row != parking->pending[first].row)
			break;
	}
	parking->next = end;

	next->row = parking->pending[first].row;
	next->n = end - first;
	next->keys = palloc(sizeof(RelmapKeyInfo *) * next->n);
	next->values = palloc(sizeof(Datum *) * next->n);
	next->lost_to = palloc(sizeof(uint64) * next->n);
	for (int i = 0; i < next->n; i++)
	{
		RelmapPending *pending = &parking->pending[first + i];

		/* copies, as the array may grow meanwhile */
		next->keys[i] = pending->key;
		next->values[i] = pending->values ? pending->values :
			relmap_keyinfo_copy(pending->key, &pending->value,
								CurrentMemoryContext);
		next->lost_to[i] = pending->lost_to;
	}
	return true;
}

/*
 * Forget the pending assignments of a subtransaction that is rolled back, and
 * of those in it, which have higher numbers.  What they have taken from others
 * is pending again.
 */
void
relmap_pending_undo(RelmapParking *parking, SubTransactionId subid)
{
	while (parking->lost != NIL)
	{
		Lost	   *lost = llast(parking->lost);

		if (lost->subid < subid)
			break;
		parking->pending[lost->pending].lost_to = 0;
		parking->lost = list_delete_last(parking->lost);
	}
	for (int i = parking->npending - 1; i >= parking->next; i--)
	{
		if (parking->pending[i].subid < subid)
			break;
		parking->pending[i].forgotten = true;
	}
}
