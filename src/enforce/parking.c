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
#include "enforce/site.h"
#include "enforce/statement.h"

typedef struct Wish
{
	RelmapKey  *key;
	ItemPointerData tid;		/* of the version before the parked one */
	bool		outdone;		/* somebody took the parent afterwards */
	int			previous;		/* wish with the same hash, or -1 */
	Datum		value;			/* the key wanted, if it has one column */
	Datum	   *values;			/* else */
} Wish;

/* A wish that was outdone, in a subtransaction that may yet be rolled back. */
typedef struct Outdone
{
	int			wish;
	SubTransactionId subid;
} Outdone;

/* Wishes with the same hash of trigger and key. */
typedef struct WishBucket
{
	struct
	{
		Oid			trigger;
		uint32		keyhash;
	}			hash;			/* hash key */
	int			last;			/* index of the last one */
} WishBucket;

/* A row to be judged by delete-orphan when parents have been given. */
typedef struct Suspect
{
	RelmapKey  *key;
	ItemPointerData tid;
} Suspect;

struct RelmapParking
{
	MemoryContext context;		/* holds all of this */
	Wish	   *wishes;
	int			nwishes;
	int			maxwishes;
	int			next;			/* the first that has not had its turn */
	List	   *outdone;		/* of Outdone *, in the order of time */
	HTAB	   *buckets;
	List	   *suspects;
};

static RelmapParking *open_parking(RelmapStatement *statement);
static void add_wish(RelmapParking *parking, RelmapKey *key, ItemPointer tid,
					 const Datum *values, uint32 keyhash);
static const Datum *wish_values(const Wish *wish);
static void outdo(RelmapParking *parking, int i);
static void finish_parked(RelmapStatement *statement, bool fire_triggers);
static void grant(RelmapStatement *statement, const Wish *wish,
				  bool fire_triggers);

/* Whose wishes are being granted. */
static RelmapParking *granting = NULL;

/*
 * Are there parked rows at all?
 */
bool
relmap_parked_any(void)
{
	for (RelmapStatement *s = relmap_open_statements(); s; s = s->next)
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
relmap_parked_here(RelmapSite *site)
{
	RelmapStatement *statement = relmap_site_outer_statement(site);

	return statement != NULL && statement->parking != NULL;
}

/*
 * Park a row that is being updated: remember the key that it wants, and
 * return the row without it.  NULL if there is no statement whose end would
 * be seen.
 */
HeapTuple
relmap_park(RelmapSite *site, TriggerData *trigdata, const Datum *values,
			uint32 keyhash)
{
	RelmapKey  *key = site->key;
	RelmapStatement *statement = relmap_site_outer_statement(site);
	int			columns[INDEX_MAX_KEYS];
	Datum		nothing[INDEX_MAX_KEYS] = {0};
	bool		nulls[INDEX_MAX_KEYS];

	if (statement == NULL)
		return NULL;

	add_wish(open_parking(statement), key, &trigdata->tg_trigtuple->t_self,
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

	ctl.keysize = sizeof(((WishBucket *) NULL)->hash);
	ctl.entrysize = sizeof(WishBucket);
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
add_wish(RelmapParking *parking, RelmapKey *key, ItemPointer tid,
		 const Datum *values, uint32 keyhash)
{
	WishBucket	lookup = {{key->trigger, keyhash}};
	WishBucket *bucket;
	Datum	   *copy;
	Wish	   *wish;
	bool		found;

	if (parking->nwishes == parking->maxwishes)
	{
		parking->maxwishes = Max(16, parking->maxwishes * 2);
		if (parking->wishes == NULL)
			parking->wishes = MemoryContextAlloc(parking->context,
												 sizeof(Wish) * parking->maxwishes);
		else
			parking->wishes = repalloc_huge(parking->wishes,
											sizeof(Wish) * parking->maxwishes);
	}

	bucket = hash_search(parking->buckets, &lookup.hash, HASH_ENTER, &found);

	wish = &parking->wishes[parking->nwishes];
	wish->key = key;
	wish->tid = *tid;
	wish->outdone = false;
	wish->previous = found ? bucket->last : -1;
	if (key->nkeys == 1 && key->typbyvals[0])
	{
		wish->value = values[0];
		wish->values = NULL;
	}
	else
	{
		copy = relmap_key_copy(key, values, parking->context);
		wish->values = copy;
	}
	bucket->last = parking->nwishes++;
}

/*
 * The key that a wish is for.
 */
static const Datum *
wish_values(const Wish *wish)
{
	return wish->values ? wish->values : &wish->value;
}

/*
 * Mark a wish as outdone, by the current subtransaction.
 */
static void
outdo(RelmapParking *parking, int i)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(parking->context);
	Outdone    *outdone = palloc(sizeof(Outdone));

	outdone->wish = i;
	outdone->subid = GetCurrentSubTransactionId();
	parking->outdone = lappend(parking->outdone, outdone);
	parking->wishes[i].outdone = true;
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Subtransaction callback: what an aborted one has outdone is wished for
 * again.  Subtransactions that are in it have higher numbers.
 */
static void
forget_outdone(SubXactEvent event, SubTransactionId subid,
			   SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	for (RelmapStatement *s = relmap_open_statements(); s; s = s->next)
	{
		RelmapParking *parking = s->parking;

		while (parking != NULL && parking->outdone != NIL)
		{
			Outdone    *outdone = llast(parking->outdone);

			if (outdone->subid < subid)
				break;
			parking->wishes[outdone->wish].outdone = false;
			parking->outdone = list_delete_last(parking->outdone);
		}
	}
}

/*
 * Set up, once per session.
 */
void
relmap_parking_init(void)
{
	RegisterSubXactCallback(forget_outdone, NULL);
	relmap_statement_at_finish(finish_parked);
}

/*
 * A row takes a parent directly: wishes for it that were made before, in this
 * statement or in one around it, will not be granted.  What a wish itself
 * takes outdoes the wishes of other statements only.
 */
void
relmap_parked_outdone(RelmapKey *key, const Datum *values, uint32 keyhash,
					  bool is_wish)
{
	WishBucket	lookup = {{key->trigger, keyhash}};

	for (RelmapStatement *s = relmap_open_statements(); s; s = s->next)
	{
		RelmapParking *parking = s->parking;
		WishBucket *bucket;

		if (parking == NULL || (is_wish && parking == granting))
			continue;

		bucket = hash_search(parking->buckets, &lookup.hash, HASH_FIND, NULL);
		if (bucket == NULL)
			continue;

		for (int i = bucket->last; i >= parking->next;
			 i = parking->wishes[i].previous)
		{
			Wish	   *wish = &parking->wishes[i];

			if (!wish->outdone &&
				relmap_key_equal(key, wish_values(wish), values))
				outdo(parking, i);
		}
	}
}

/*
 * All rows of a statement are written: grant its wishes, then judge the rows
 * that delete-orphan has left for this moment.  AFTER triggers of what is
 * done here fire at once, or are left to the statement.
 */
static void
finish_parked(RelmapStatement *statement, bool fire_triggers)
{
	RelmapParking *parking = statement->parking;
	RelmapParking *outer = granting;
	ListCell   *lc;

	if (parking == NULL)
		return;

	PG_TRY();
	{
		while (parking->next < parking->nwishes)
		{
			/* a copy, as the array may grow meanwhile */
			Wish		wish = parking->wishes[parking->next++];

			CHECK_FOR_INTERRUPTS();
			granting = parking;
			if (!wish.outdone)
				grant(statement, &wish, fire_triggers);
		}
	}
	PG_FINALLY();
	{
		granting = outer;
	}
	PG_END_TRY();

	statement->parking = NULL;

	foreach(lc, parking->suspects)
	{
		Suspect    *suspect = (Suspect *) lfirst(lc);

		relmap_judge_orphan(suspect->key, &suspect->tid);
	}
	MemoryContextDelete(parking->context);
}

/*
 * Give a parked row its parent, unless it was not written after all, is gone,
 * or has got a parent meanwhile.
 */
static void
grant(RelmapStatement *statement, const Wish *wish, bool fire_triggers)
{
	Relation	rel = table_open(wish->key->relid, RowExclusiveLock);
	ItemPointerData tid = wish->tid;

	if (relmap_latest_tid(rel, &tid))
		relmap_act(wish->key, rel, RELMAP_GIVE, &tid, wish_values(wish),
				   statement, fire_triggers);

	table_close(rel, NoLock);
}

/*
 * If parked rows are waiting for their parents, leave a row to be judged by
 * delete-orphan until they have them, and return true.
 */
bool
relmap_parked_suspect(RelmapKey *key, ItemPointer tid)
{
	for (RelmapStatement *s = relmap_open_statements(); s; s = s->next)
	{
		MemoryContext oldcontext;
		Suspect    *suspect;

		if (s->parking == NULL)
			continue;

		oldcontext = MemoryContextSwitchTo(s->parking->context);
		suspect = palloc(sizeof(Suspect));
		suspect->key = key;
		suspect->tid = *tid;
		s->parking->suspects = lappend(s->parking->suspects, suspect);
		MemoryContextSwitchTo(oldcontext);
		return true;
	}
	return false;
}
