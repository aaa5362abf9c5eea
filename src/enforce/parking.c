/*-------------------------------------------------------------------------
 *
 * parking.c
 *	  Rows that wait for their slots until the statement has written all.
 *
 * An UPDATE that takes a held slot may reach the incumbent later: a swap in one
 * statement.  Then the incumbent must not be touched now, as a statement can't
 * change a row that a trigger of its own has changed.  So the row is parked: it
 * is written without the slot (parkedrow.c), and a pending assignment is kept
 * for each slot that it is to have.  When all rows of the statement are
 * written, each parked row gets its slots by an UPDATE of its own, which
 * replaces whoever still holds them (give.c).
 *
 * Parked rows get their slots in the order in which they were parked.  Once a
 * statement has parked a row in a slot, every later row of it that takes that
 * slot parks too; what can't be parked (a row that is inserted, a row of a
 * nested statement) supersedes the pending assignments of what it takes, made
 * before: those rows lose it.  Where newcomers are refused, nobody loses
 * anything: the one that comes last is refused.
 *
 * A parked row and its pending assignment take some 140 bytes until the
 * statement is finished.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/parking.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "enforce/callstate.h"
#include "enforce/deferredcheck.h"
#include "enforce/evaluate.h"
#include "enforce/keyinfo.h"
#include "enforce/parkedrow.h"
#include "enforce/parking.h"
#include "enforce/shown.h"
#include "enforce/statement.h"

/* A slot that a parked row is to have. */
typedef struct PendingAssignment
{
	RelmapKeyInfo *key;
	const RelmapParkedRow *row;
	int			lost_to;		/* the row that has taken it since, or 0 */
	bool		forgotten;		/* its subtransaction was rolled back */
	bool		shown;			/* RETURNING has shown the row with it */
	int			previous;		/* the previous with the same hash, or -1 */
	SubTransactionId subid;		/* that has made it */
	Datum		value;			/* the key wanted, if it has one column */
	Datum	   *values;			/* else */
} PendingAssignment;

/*
 * One that was superseded in a subtransaction, which may still be rolled back.
 */
typedef struct Superseded
{
	int			pending;
	SubTransactionId subid;
} Superseded;

/* Pending assignments with the same hash of trigger and key. */
typedef struct PendingBucket
{
	struct
	{
		Oid			trigger;
		uint32		keyhash;
	}			hash;			/* hash key */
	int			last;			/* index of the last one */
} PendingBucket;

struct RelmapParking
{
	MemoryContext context;		/* holds all of this */
	PendingAssignment *pending;
	int			npending;
	int			maxpending;
	int			next;			/* the first that is not applied yet */
	List	   *superseded;		/* of Superseded *, in the order of time */
	HTAB	   *buckets;
};

static RelmapParking *open_parking(RelmapStatement *statement);
static void add_pending(RelmapStatement *statement, RelmapKeyInfo *key,
						const RelmapParkedRow *row, const Datum *values,
						bool shown, bool lost);
static PendingAssignment *find_pending(RelmapParking *parking,
									   RelmapKeyInfo *key,
									   const Datum *values, uint32 keyhash,
									   PendingAssignment *after);
static const Datum *pending_values(const PendingAssignment *pending);
static void supersede(RelmapParking *parking, PendingAssignment *pending,
					  int newcomer);
static bool has_parked(RelmapStatement *statement, RelmapKeyInfo *key);
static void forget_pending(RelmapParking *parking, SubTransactionId subid);

/* Rows that have superseded pending assignments are numbered, while some are. */
static int	last_newcomer = 0;

/*
 * Are there parked rows at all?
 */
bool
relmap_parking_any(void)
{
	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		if (s->parking != NULL)
			return true;
	}
	return false;
}

/*
 * Has the statement in which the rows of this (resolved) call state would be
 * parked any row parked in this slot already?
 */
bool
relmap_parking_begun(RelmapCallState *call, RelmapKeyInfo *key)
{
	RelmapStatement *statement = relmap_callstate_outer_statement(call);

	return statement != NULL && statement->parking != NULL &&
		has_parked(statement, key);
}

/*
 * Are rows of a statement parked in this slot?  Its key may have been compiled
 * anew since.
 */
static bool
has_parked(RelmapStatement *statement, RelmapKeyInfo *key)
{
	ListCell   *lc;

	foreach(lc, statement->parked_keys)
	{
		if (((RelmapKeyInfo *) lfirst(lc))->trigger == key->trigger)
			return true;
	}
	return false;
}

/*
 * Where a statement keeps what it parks.
 */
MemoryContext
relmap_parking_context(RelmapStatement *statement)
{
	return open_parking(statement)->context;
}

/*
 * The row that is being updated is parked: add pending assignments for slots,
 * which are numbered as in the (resolved) call state.  It may have been parked
 * in others before, as what is replaced now.
 *
 * One that it has, and keeps, may be the very slot that a row before it is
 * parked for: then it loses that.
 */
void
relmap_parking_add(RelmapCallState *call, TriggerData *trigdata,
				   const RelmapParkedRow *row, const Bitmapset *slots,
				   const RelmapParkedRow *replaced)
{
	RelmapStatement *statement = relmap_callstate_outer_statement(call);
	RelmapParking *parking = open_parking(statement);
	int			i = parking->npending;

	while (replaced != NULL && --i >= 0 && parking->pending[i].row == replaced)
		parking->pending[i].row = row;

	last_newcomer++;
	i = -1;
	while ((i = bms_next_member(slots, i)) >= 0)
	{
		RelmapSlotState *slot = &call->slots[i];
		RelmapKeyInfo *key = slot->key;
		Datum		before[INDEX_MAX_KEYS];
		Datum		values[INDEX_MAX_KEYS];
		bool		kept;

		(void) relmap_evaluate_holds(key, trigdata->tg_newslot, values);
		kept = relmap_evaluate_holds(key, trigdata->tg_trigslot, before) &&
			relmap_keyinfo_equal(key, before, values);
		add_pending(statement, key, row, values, slot->shows_key,
					kept && key->policy != RELMAP_POLICY_RESTRICT &&
					relmap_parking_wants(call, key, values));
	}
}

/*
 * Is a row parked, in the statement of this (resolved) call state, for this
 * very key?
 */
bool
relmap_parking_wants(RelmapCallState *call, RelmapKeyInfo *key,
					 const Datum *values)
{
	RelmapStatement *statement = relmap_callstate_outer_statement(call);

	return statement != NULL && statement->parking != NULL &&
		find_pending(statement->parking, key, values,
					 relmap_keyinfo_hash(key, values), NULL) != NULL;
}

/*
 * The last pending assignment for a key, or the last one before another; NULL
 * if there is none.
 */
static PendingAssignment *
find_pending(RelmapParking *parking, RelmapKeyInfo *key, const Datum *values,
			 uint32 keyhash, PendingAssignment *after)
{
	int			i;

	if (after == NULL)
	{
		PendingBucket lookup = {{key->trigger, keyhash}};
		PendingBucket *bucket = hash_search(parking->buckets, &lookup.hash,
											HASH_FIND, NULL);

		i = bucket ? bucket->last : -1;
	}
	else
		i = after->previous;

	for (; i >= parking->next; i = parking->pending[i].previous)
	{
		PendingAssignment *pending = &parking->pending[i];

		if (pending->lost_to == 0 && !pending->forgotten &&
			relmap_keyinfo_equal(key, pending_values(pending), values))
			return pending;
	}
	return NULL;
}

/*
 * The parking of a statement, made if it has none.
 */
static RelmapParking *
open_parking(RelmapStatement *statement)
{
	MemoryContext context;
	RelmapParking *parking;
	HASHCTL		ctl;

	if (statement->parking != NULL)
		return statement->parking;
	if (!relmap_parking_any())
		last_newcomer = 0;

	context = AllocSetContextCreate(statement->context, "relmap parking",
									ALLOCSET_DEFAULT_SIZES);
	parking = MemoryContextAllocZero(context, sizeof(RelmapParking));
	parking->context = context;

	ctl.keysize = sizeof(((PendingBucket *) NULL)->hash);
	ctl.entrysize = sizeof(PendingBucket);
	ctl.hcxt = context;
	parking->buckets = hash_create("relmap pending assignments", 64, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	statement->parking = parking;
	return parking;
}

/*
 * Append a pending assignment; lost, it is so already.
 *
 * Raises an error if a row was parked, and shown, for this very key before,
 * which loses it to this one.
 */
static void
add_pending(RelmapStatement *statement, RelmapKeyInfo *key,
			const RelmapParkedRow *row, const Datum *values, bool shown,
			bool lost)
{
	RelmapParking *parking = statement->parking;
	uint32		keyhash = relmap_keyinfo_hash(key, values);
	PendingBucket lookup = {{key->trigger, keyhash}};
	PendingBucket *bucket;
	PendingAssignment *pending = NULL;
	MemoryContext oldcontext;
	bool		found;

	while ((pending = find_pending(parking, key, values, keyhash, pending)) != NULL)
	{
		if (pending->shown && !lost)
			relmap_shown_report(statement, key->relid);
	}

	if (parking->npending == parking->maxpending)
	{
		parking->maxpending = Max(16, parking->maxpending * 2);
		if (parking->pending == NULL)
			parking->pending = MemoryContextAlloc(parking->context,
												  sizeof(PendingAssignment) * parking->maxpending);
		else
			parking->pending = repalloc_huge(parking->pending,
											 sizeof(PendingAssignment) * parking->maxpending);
	}

	bucket = hash_search(parking->buckets, &lookup.hash, HASH_ENTER, &found);

	pending = &parking->pending[parking->npending];
	pending->key = key;
	pending->row = row;
	pending->lost_to = lost ? last_newcomer : 0;
	pending->forgotten = false;
	pending->shown = shown;
	pending->subid = GetCurrentSubTransactionId();
	pending->previous = found ? bucket->last : -1;
	pending->values = NULL;
	if (key->nkeys == 1 && key->typbyvals[0])
		pending->value = values[0];
	else
		pending->values = relmap_keyinfo_copy(key, values, parking->context);
	bucket->last = parking->npending++;

	if (has_parked(statement, key))
		return;
	oldcontext = MemoryContextSwitchTo(statement->context);
	statement->parked_keys = lappend(statement->parked_keys, key);
	MemoryContextSwitchTo(oldcontext);
}

/*
 * The key of a pending assignment.
 */
static const Datum *
pending_values(const PendingAssignment *pending)
{
	return pending->values ? pending->values : &pending->value;
}

/*
 * Mark one as superseded by the current subtransaction.
 */
static void
supersede(RelmapParking *parking, PendingAssignment *pending, int newcomer)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(parking->context);
	Superseded *superseded = palloc(sizeof(Superseded));

	superseded->pending = pending - parking->pending;
	superseded->subid = GetCurrentSubTransactionId();
	parking->superseded = lappend(parking->superseded, superseded);
	pending->lost_to = newcomer;
	MemoryContextSwitchTo(oldcontext);
}

/*
 * A row takes a slot directly: this supersedes the pending assignments of that
 * slot made before, in this statement or in one around it.  A parked row that
 * gets it supersedes those of other statements than its own only (giver).  True
 * if there were some.  *newcomer is the number of the row, 0 if it has none yet.
 */
bool
relmap_parking_supersede(RelmapKeyInfo *key, const Datum *values,
						 uint32 keyhash, RelmapStatement *giver,
						 int *newcomer)
{
	bool		result = false;

	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		PendingAssignment *pending = NULL;

		if (s->parking == NULL || s == giver ||
			key->policy == RELMAP_POLICY_RESTRICT)
			continue;

		while ((pending = find_pending(s->parking, key, values, keyhash,
									   pending)) != NULL)
		{
			if (pending->shown)
				relmap_shown_report(s, key->relid);
			if (*newcomer == 0)
				*newcomer = ++last_newcomer;
			supersede(s->parking, pending, *newcomer);
			result = true;
		}
	}
	return result;
}

/*
 * The next parked row of a statement is to get its slots; false if there is
 * none.  The result is in the current memory context.
 */
bool
relmap_parking_next(RelmapStatement *statement, RelmapParkedSlots *next)
{
	RelmapParking *parking = statement->parking;
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
	next->lost_to = palloc(sizeof(int) * next->n);
	for (int i = 0; i < next->n; i++)
	{
		PendingAssignment *pending = &parking->pending[first + i];

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
 * All parked rows of a statement have got their slots: nothing is parked any
 * more.
 */
void
relmap_parking_end(RelmapStatement *statement)
{
	MemoryContextDelete(statement->parking->context);
	statement->parking = NULL;
	statement->parked_keys = NIL;
}

/*
 * Subtransaction callback: the pending assignments of an aborted one are
 * removed, and those that it has superseded are pending again.
 * Subtransactions in it have higher numbers.
 */
static void
undo_subtransaction(SubXactEvent event, SubTransactionId subid,
					SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		RelmapParking *parking = s->parking;

		relmap_deferredcheck_undo(s, subid);
		while (parking != NULL && parking->superseded != NIL)
		{
			Superseded *superseded = llast(parking->superseded);

			if (superseded->subid < subid)
				break;
			parking->pending[superseded->pending].lost_to = 0;
			parking->superseded = list_delete_last(parking->superseded);
		}
		if (parking != NULL)
			forget_pending(parking, subid);
	}
}

/*
 * Remove the pending assignments of a subtransaction and of those in it.
 */
static void
forget_pending(RelmapParking *parking, SubTransactionId subid)
{
	for (int i = parking->npending - 1; i >= parking->next; i--)
	{
		if (parking->pending[i].subid < subid)
			break;
		parking->pending[i].forgotten = true;
	}
}

/*
 * Set up, once per session.
 */
void
relmap_parking_init(void)
{
	RegisterSubXactCallback(undo_subtransaction, NULL);
}
