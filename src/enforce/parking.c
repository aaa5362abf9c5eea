/*-------------------------------------------------------------------------
 *
 * parking.c
 *	  Rows that wait for their parent until the statement has written all.
 *
 * An UPDATE that takes a held parent may reach the incumbent later: a swap in
 * one statement.  Then the incumbent must not be touched now, as a statement
 * can't change a row that a trigger of its own has changed.  So the row is
 * parked: it is written without parent, and its wish is remembered.  When all
 * rows of the statement are written, each parked row gets its parent by an
 * UPDATE of its own, which replaces whoever still holds it.
 *
 * Wishes are granted in the order in which they were made.  Once a statement
 * has parked a row, every later row of it that takes a parent parks too;
 * what can't be parked (a row that is inserted, a row of a nested statement)
 * outdoes the wishes for its parent that were made before it.
 *
 * A wish costs some 60 bytes, and 16 more for a column that is passed by
 * reference, until its statement is finished.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/parking.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "enforce/action.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/parking.h"
#include "enforce/callstate.h"
#include "enforce/statement.h"

typedef struct PendingAssignment
{
	RelmapKeyInfo *key;
	ItemPointerData tid;		/* of the version before the parked one */
	bool		superseded;		/* somebody took the parent afterwards */
	int			previous;		/* wish with the same hash, or -1 */
	Datum		value;			/* the key wanted, if it has one column */
	Datum	   *values;			/* else */
} PendingAssignment;

/* A wish that was outdone, in a subtransaction that may yet be rolled back. */
typedef struct Superseded
{
	int			pending;
	SubTransactionId subid;
} Superseded;

/* Wishes with the same hash of trigger and key. */
typedef struct PendingBucket
{
	struct
	{
		Oid			trigger;
		uint32		keyhash;
	}			hash;			/* hash key */
	int			last;			/* index of the last one */
} PendingBucket;

/* A row to be judged by delete-orphan when parents have been given. */
typedef struct DeferredOrphan
{
	RelmapKeyInfo *key;
	ItemPointerData tid;
} DeferredOrphan;

struct RelmapParking
{
	MemoryContext context;		/* holds all of this */
	PendingAssignment *pending;
	int			npending;
	int			maxpending;
	int			next;			/* the first that has not had its turn */
	List	   *superseded;		/* of Outdone *, in the order of time */
	HTAB	   *buckets;
	List	   *orphans;
};

static RelmapParking *open_parking(RelmapStatement *statement);
static void add_pending(RelmapParking *parking, RelmapKeyInfo *key,
						ItemPointer tid,
						const Datum *values, uint32 keyhash);
static const Datum *pending_values(const PendingAssignment *pending);
static void supersede(RelmapParking *parking, int i);
static void apply_all_pending(RelmapStatement *statement, bool fire_triggers);
static void apply_pending(RelmapStatement *statement,
						  const PendingAssignment *pending,
						  bool fire_triggers);

/* Whose wishes are being granted. */
static RelmapParking *applying = NULL;

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
 * Has the statement in which this (located) site's rows would be parked
 * parked some already?
 */
bool
relmap_parking_begun(RelmapCallState *call)
{
	RelmapStatement *statement = relmap_callstate_outer_statement(call);

	return statement != NULL && statement->parking != NULL;
}

/*
 * Park a row that is being updated: remember the key that it wants, and
 * return the row without it.  NULL if there is no statement whose end would
 * be seen.
 */
HeapTuple
relmap_parking_park(RelmapCallState *call, TriggerData *trigdata,
					const Datum *values,
					uint32 keyhash)
{
	RelmapKeyInfo *key = call->key;
	RelmapStatement *statement = relmap_callstate_outer_statement(call);
	int			columns[INDEX_MAX_KEYS];
	Datum		nothing[INDEX_MAX_KEYS] = {0};
	bool		nulls[INDEX_MAX_KEYS];

	if (statement == NULL)
		return NULL;

	add_pending(open_parking(statement), key, &trigdata->tg_trigtuple->t_self,
				values, keyhash);

	for (int i = 0; i < key->nnullable; i++)
	{
		columns[i] = key->nullable[i];
		nulls[i] = true;
	}
	return heap_modify_tuple_by_cols(trigdata->tg_newtuple,
									 RelationGetDescr(trigdata->tg_relation),
									 key->nnullable, columns, nothing, nulls);
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

	context = AllocSetContextCreate(statement->context, "relmap parking",
									ALLOCSET_DEFAULT_SIZES);
	parking = MemoryContextAllocZero(context, sizeof(RelmapParking));
	parking->context = context;

	ctl.keysize = sizeof(((PendingBucket *) NULL)->hash);
	ctl.entrysize = sizeof(PendingBucket);
	ctl.hcxt = context;
	parking->buckets = hash_create("relmap wishes", 64, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	statement->parking = parking;
	return parking;
}

/*
 * Append a wish.
 */
static void
add_pending(RelmapParking *parking, RelmapKeyInfo *key, ItemPointer tid,
			const Datum *values, uint32 keyhash)
{
	PendingBucket lookup = {{key->trigger, keyhash}};
	PendingBucket *bucket;
	Datum	   *copy;
	PendingAssignment *pending;
	bool		found;

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
	pending->tid = *tid;
	pending->superseded = false;
	pending->previous = found ? bucket->last : -1;
	if (key->nkeys == 1 && key->typbyvals[0])
	{
		pending->value = values[0];
		pending->values = NULL;
	}
	else
	{
		copy = relmap_keyinfo_copy(key, values, parking->context);
		pending->values = copy;
	}
	bucket->last = parking->npending++;
}

/*
 * The key that a wish is for.
 */
static const Datum *
pending_values(const PendingAssignment *pending)
{
	return pending->values ? pending->values : &pending->value;
}

/*
 * Mark a wish as outdone, by the current subtransaction.
 */
static void
supersede(RelmapParking *parking, int i)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(parking->context);
	Superseded *superseded = palloc(sizeof(Superseded));

	superseded->pending = i;
	superseded->subid = GetCurrentSubTransactionId();
	parking->superseded = lappend(parking->superseded, superseded);
	parking->pending[i].superseded = true;
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Subtransaction callback: what an aborted one has outdone is wished for
 * again.  Subtransactions that are in it have higher numbers.
 */
static void
restore_superseded(SubXactEvent event, SubTransactionId subid,
				   SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		RelmapParking *parking = s->parking;

		while (parking != NULL && parking->superseded != NIL)
		{
			Superseded *superseded = llast(parking->superseded);

			if (superseded->subid < subid)
				break;
			parking->pending[superseded->pending].superseded = false;
			parking->superseded = list_delete_last(parking->superseded);
		}
	}
}

/*
 * Set up, once per session.
 */
void
relmap_parking_init(void)
{
	RegisterSubXactCallback(restore_superseded, NULL);
	relmap_statement_at_finish(apply_all_pending);
}

/*
 * A row takes a parent directly: wishes for it that were made before, in this
 * statement or in one around it, will not be granted.  What a wish itself
 * takes outdoes the wishes of other statements only.
 */
void
relmap_parking_supersede(RelmapKeyInfo *key, const Datum *values,
						 uint32 keyhash,
						 bool was_parked)
{
	PendingBucket lookup = {{key->trigger, keyhash}};

	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		RelmapParking *parking = s->parking;
		PendingBucket *bucket;

		if (parking == NULL || (was_parked && parking == applying))
			continue;

		bucket = hash_search(parking->buckets, &lookup.hash, HASH_FIND, NULL);
		if (bucket == NULL)
			continue;

		for (int i = bucket->last; i >= parking->next;
			 i = parking->pending[i].previous)
		{
			PendingAssignment *pending = &parking->pending[i];

			if (!pending->superseded &&
				relmap_keyinfo_equal(key, pending_values(pending), values))
				supersede(parking, i);
		}
	}
}

/*
 * All rows of a statement are written: grant its wishes, then judge the rows
 * that delete-orphan has left for this moment.  AFTER triggers of what is
 * done here fire at once, or are left to the statement.
 */
static void
apply_all_pending(RelmapStatement *statement, bool fire_triggers)
{
	RelmapParking *parking = statement->parking;
	RelmapParking *outer = applying;
	ListCell   *lc;

	if (parking == NULL)
		return;

	PG_TRY();
	{
		while (parking->next < parking->npending)
		{
			/* a copy, as the array may grow meanwhile */
			PendingAssignment pending = parking->pending[parking->next++];

			CHECK_FOR_INTERRUPTS();
			applying = parking;
			if (!pending.superseded)
				apply_pending(statement, &pending, fire_triggers);
		}
	}
	PG_FINALLY();
	{
		applying = outer;
	}
	PG_END_TRY();

	statement->parking = NULL;

	foreach(lc, parking->orphans)
	{
		DeferredOrphan *orphan = (DeferredOrphan *) lfirst(lc);

		relmap_action_delete_if_orphan(orphan->key, &orphan->tid);
	}
	MemoryContextDelete(parking->context);
}

/*
 * Give a parked row its parent, unless it was not written after all, is gone,
 * or has got a parent meanwhile.
 */
static void
apply_pending(RelmapStatement *statement, const PendingAssignment *pending,
			  bool fire_triggers)
{
	Relation	rel = table_open(pending->key->relid, RowExclusiveLock);
	ItemPointerData tid = pending->tid;

	if (relmap_incumbent_latest_tid(rel, &tid))
		relmap_action_run(pending->key, rel, RELMAP_ASSIGN, &tid,
						  pending_values(pending),
						  statement, fire_triggers);

	table_close(rel, NoLock);
}

/*
 * If parked rows are waiting for their parents, leave a row to be judged by
 * delete-orphan until they have them, and return true.
 */
bool
relmap_parking_defer_orphan(RelmapKeyInfo *key, ItemPointer tid)
{
	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		MemoryContext oldcontext;
		DeferredOrphan *orphan;

		if (s->parking == NULL)
			continue;

		oldcontext = MemoryContextSwitchTo(s->parking->context);
		orphan = palloc(sizeof(DeferredOrphan));
		orphan->key = key;
		orphan->tid = *tid;
		s->parking->orphans = lappend(s->parking->orphans, orphan);
		MemoryContextSwitchTo(oldcontext);
		return true;
	}
	return false;
}
