/*-------------------------------------------------------------------------
 *
 * parking.c
 *	  Rows that wait for their parent until the statement has written all.
 *
 * An UPDATE that takes a held parent may reach the incumbent later: a swap in
 * one statement.  Then the incumbent must not be touched now, as a statement
 * can't change a row that a trigger of its own has changed.  So the row is
 * parked: it is written without parent, and the key is kept as a pending
 * assignment.  When all rows of the statement are written, each parked row
 * gets its parent by an UPDATE of its own, which replaces whoever still holds
 * it.
 *
 * Pending assignments are applied in the order in which they were made.  Once
 * a statement has parked a row in a slot, every later row of it that takes
 * that slot parks too; what can't be parked (a row that is inserted, a row of
 * a nested statement) supersedes the pending assignments of its parent made
 * before.  A row that is parked in several slots gets all of them at once.
 *
 * A pending assignment takes some 60 bytes, and 16 more for a column that is
 * passed by reference, until its statement is finished.
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
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "enforce/action.h"
#include "enforce/callstate.h"
#include "enforce/evaluate.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/parking.h"
#include "enforce/shown.h"
#include "enforce/statement.h"

typedef struct PendingAssignment
{
	RelmapKeyInfo *key;
	ItemPointerData tid;		/* of the version before the parked one */
	bool		superseded;		/* another row took the parent afterwards */
	bool		shown;			/* RETURNING has shown the row with it */
	bool		joined;			/* of the same row as the one before it */
	int			previous;		/* the previous with the same hash, or -1 */
	SubTransactionId subid;		/* that has made it */
	Datum		value;			/* the key wanted, if it has one column */
	Datum	   *values;			/* else */
	RelmapParkedRow *parked;	/* if a list lets rows leave the slot */
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

/* A row that delete-orphan checks when parked rows have their parents. */
typedef struct DeferredCheck
{
	RelmapCheck check;
	RelmapKeyInfo *key;
	ItemPointerData tid;
} DeferredCheck;

struct RelmapParking
{
	MemoryContext context;		/* holds all of this */
	PendingAssignment *pending;
	int			npending;
	int			maxpending;
	int			next;			/* the first that is not applied yet */
	List	   *superseded;		/* of Superseded *, in the order of time */
	HTAB	   *buckets;
	List	   *checks;			/* of DeferredCheck * */
};

static RelmapParking *open_parking(RelmapStatement *statement);
static void add_pending(RelmapParking *parking, RelmapKeyInfo *key,
						ItemPointer tid,
						const Datum *values, uint32 keyhash, bool shown,
						RelmapParkedRow *parked);
static void refuse_shown(RelmapStatement *statement, RelmapKeyInfo *key,
						 const Datum *values, uint32 keyhash);
static RelmapParkedRow *apply_list(RelmapParking *parking, RelmapKeyInfo *key,
								   Relation rel, TupleTableSlot *row,
								   const Datum *values);
static const Datum *pending_values(const PendingAssignment *pending);
static void supersede(RelmapParking *parking, int i);
static void apply_all_pending(RelmapStatement *statement, bool fire_triggers);
static bool joins(const RelmapParking *parking, RelmapKeyInfo *key,
				  ItemPointer tid);
static void forget_pending(RelmapParking *parking, SubTransactionId subid);
static void apply_next(RelmapStatement *statement, bool fire_triggers);
static void apply_pending(RelmapStatement *statement,
						  const RelmapChange *change,
						  ItemPointer tid, bool fire_triggers);
static bool still_waits(const RelmapChange *change, Relation rel,
						ItemPointer tid);
static void check_assigned(const RelmapChange *change, Relation rel);
pg_noreturn static void report_not_assigned(RelmapStatement *statement,
											Relation rel);

/* The statement whose pending assignments are being applied. */
static RelmapStatement *applying = NULL;

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
		list_member_ptr(statement->parked_keys, key);
}

/*
 * Park a row that is being updated in one of its slots: remember the key that
 * it wants, and return the row without it.  NULL if there is no statement
 * whose end is known.  *list is what a list did to it, or NULL; shown, that
 * RETURNING will show it with the key.
 */
HeapTuple
relmap_parking_park(RelmapCallState *call, RelmapKeyInfo *key,
					TriggerData *trigdata,
					HeapTuple row, const Datum *values, uint32 keyhash,
					bool shown, const RelmapParkedRow **list)
{
	RelmapStatement *statement = relmap_callstate_outer_statement(call);
	RelmapParkedRow *parked = NULL;
	int			columns[INDEX_MAX_KEYS];
	Datum		nothing[INDEX_MAX_KEYS] = {0};
	bool		nulls[INDEX_MAX_KEYS];
	MemoryContext oldcontext;

	if (statement == NULL)
		return NULL;

	(void) open_parking(statement);
	refuse_shown(statement, key, values, keyhash);
	if (key->list != NIL)
		parked = apply_list(statement->parking, key, trigdata->tg_relation,
							trigdata->tg_newslot, values);
	add_pending(statement->parking, key, &trigdata->tg_trigtuple->t_self,
				values, keyhash, shown, parked);
	*list = parked;
	oldcontext = MemoryContextSwitchTo(statement->context);
	statement->parked_keys = list_append_unique_ptr(statement->parked_keys,
													key);
	MemoryContextSwitchTo(oldcontext);

	for (int i = 0; i < key->nparking; i++)
	{
		columns[i] = key->parking[i];
		nulls[i] = true;
	}
	if (parked != NULL)
		return heap_modify_tuple_by_cols(row,
										 RelationGetDescr(trigdata->tg_relation),
										 key->nparking, columns,
										 parked->parked, parked->parked_nulls);
	return heap_modify_tuple_by_cols(row,
									 RelationGetDescr(trigdata->tg_relation),
									 key->nparking, columns, nothing, nulls);
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
	PendingBucket lookup = {{key->trigger, relmap_keyinfo_hash(key, values)}};
	PendingBucket *bucket;

	if (statement == NULL || statement->parking == NULL)
		return false;

	bucket = hash_search(statement->parking->buckets, &lookup.hash, HASH_FIND,
						 NULL);
	for (int i = bucket ? bucket->last : -1; i >= statement->parking->next;
		 i = statement->parking->pending[i].previous)
	{
		PendingAssignment *pending = &statement->parking->pending[i];

		if (!pending->superseded &&
			relmap_keyinfo_equal(key, pending_values(pending), values))
			return true;
	}
	return false;
}

/*
 * Raise an error if a row was parked, and shown, for this very key before: the
 * later one would take it.
 */
static void
refuse_shown(RelmapStatement *statement, RelmapKeyInfo *key,
			 const Datum *values, uint32 keyhash)
{
	RelmapParking *parking = statement->parking;
	PendingBucket lookup = {{key->trigger, keyhash}};
	PendingBucket *bucket = hash_search(parking->buckets, &lookup.hash,
										HASH_FIND, NULL);

	for (int i = bucket ? bucket->last : -1; i >= parking->next;
		 i = parking->pending[i].previous)
	{
		PendingAssignment *pending = &parking->pending[i];

		if (pending->shown && !pending->superseded &&
			relmap_keyinfo_equal(key, pending_values(pending), values))
			relmap_shown_report(statement, key->relid);
	}
}

/*
 * What a slot's list makes of a row that is to be parked, and what the row was
 * to have.  An error if it does not leave the slot by that.
 */
static RelmapParkedRow *
apply_list(RelmapParking *parking, RelmapKeyInfo *key, Relation rel,
		   TupleTableSlot *row, const Datum *values)
{
	RelmapChange change = {RELMAP_SET_NULL, 1, &key, &values};
	RelmapAssignments *set = relmap_evaluate_release(&change, rel, row);
	MemoryContext oldcontext = MemoryContextSwitchTo(parking->context);
	RelmapParkedRow *parked = palloc(sizeof(RelmapParkedRow));

	parked->wanted = palloc(sizeof(Datum) * set->n);
	parked->wanted_nulls = palloc(sizeof(bool) * set->n);
	parked->parked = palloc(sizeof(Datum) * set->n);
	parked->parked_nulls = palloc(sizeof(bool) * set->n);
	Assert(set->n == key->nparking);
	for (int i = 0; i < set->n; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel),
											  key->parking[i] - 1);
		Datum		value = slot_getattr(row, key->parking[i],
										 &parked->wanted_nulls[i]);

		Assert(set->attnums[i] == key->parking[i]);
		if (!parked->wanted_nulls[i])
			parked->wanted[i] = datumCopy(value, att->attbyval, att->attlen);
		parked->parked_nulls[i] = set->nulls[i];
		parked->parked[i] = set->nulls[i] ? (Datum) 0 :
			datumCopy(set->values[i], att->attbyval, att->attlen);
	}
	MemoryContextSwitchTo(oldcontext);
	return parked;
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
	parking->buckets = hash_create("relmap pending assignments", 64, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	statement->parking = parking;
	return parking;
}

/*
 * Append a pending assignment.
 */
static void
add_pending(RelmapParking *parking, RelmapKeyInfo *key, ItemPointer tid,
			const Datum *values, uint32 keyhash, bool shown,
			RelmapParkedRow *parked)
{
	PendingBucket lookup = {{key->trigger, keyhash}};
	PendingBucket *bucket;
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
	pending->shown = shown;
	pending->parked = parked;
	pending->joined = joins(parking, key, tid);
	pending->subid = GetCurrentSubTransactionId();
	pending->previous = found ? bucket->last : -1;
	if (key->nkeys == 1 && key->typbyvals[0])
	{
		pending->value = values[0];
		pending->values = NULL;
	}
	else
		pending->values = relmap_keyinfo_copy(key, values, parking->context);
	bucket->last = parking->npending++;
}

/*
 * Is a new one for the same row as the last one, which is parked in another
 * slot?
 */
static bool
joins(const RelmapParking *parking, RelmapKeyInfo *key, ItemPointer tid)
{
	SubTransactionId subid = GetCurrentSubTransactionId();

	for (int i = parking->npending - 1; i >= 0; i--)
	{
		PendingAssignment *pending = &parking->pending[i];

		if (pending->key->relid != key->relid || pending->subid != subid ||
			pending->key == key || !ItemPointerEquals(&pending->tid, tid))
			return false;
		if (!pending->joined)
			return true;
	}
	return false;
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

		while (parking != NULL && parking->superseded != NIL)
		{
			Superseded *superseded = llast(parking->superseded);

			if (superseded->subid < subid)
				break;
			parking->pending[superseded->pending].superseded = false;
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
		parking->pending[i].superseded = true;
	}
}

/*
 * Set up, once per session.
 */
void
relmap_parking_init(void)
{
	RegisterSubXactCallback(undo_subtransaction, NULL);
	relmap_statement_at_finish(apply_all_pending);
}

/*
 * A row takes a parent directly: this supersedes the pending assignments of
 * that parent made before, in this statement or in one around it.  A parked
 * row that gets its parent supersedes those of other statements only.
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

		if (parking == NULL || (was_parked && s == applying))
			continue;

		bucket = hash_search(parking->buckets, &lookup.hash, HASH_FIND, NULL);
		if (bucket == NULL)
			continue;

		for (int i = bucket->last; i >= parking->next;
			 i = parking->pending[i].previous)
		{
			PendingAssignment *pending = &parking->pending[i];

			if (pending->superseded ||
				!relmap_keyinfo_equal(key, pending_values(pending), values))
				continue;
			if (pending->shown)
				relmap_shown_report(s, key->relid);
			supersede(parking, i);
		}
	}
}

/*
 * All rows of a statement are written: apply its pending assignments, then
 * check the rows that delete-orphan has deferred.  AFTER triggers of these
 * changes fire at once, or are queued for the statement.
 */
static void
apply_all_pending(RelmapStatement *statement, bool fire_triggers)
{
	RelmapParking *parking = statement->parking;
	RelmapStatement *outer = applying;
	ListCell   *lc;

	if (parking == NULL)
		return;

	PG_TRY();
	{
		while (parking->next < parking->npending)
		{
			CHECK_FOR_INTERRUPTS();
			applying = statement;
			apply_next(statement, fire_triggers);
		}
	}
	PG_FINALLY();
	{
		applying = outer;
	}
	PG_END_TRY();

	statement->parking = NULL;
	statement->parked_keys = NIL;

	foreach(lc, parking->checks)
	{
		DeferredCheck *deferred = (DeferredCheck *) lfirst(lc);

		deferred->check(deferred->key, &deferred->tid);
	}
	MemoryContextDelete(parking->context);
}

/*
 * Apply the next pending assignment, and those for the same row that follow
 * it.
 */
static void
apply_next(RelmapStatement *statement, bool fire_triggers)
{
	RelmapParking *parking = statement->parking;
	int			first = parking->next;
	int			end = first + 1;
	RelmapChange change = {RELMAP_ASSIGN};
	ItemPointerData tid = parking->pending[first].tid;
	Datum	   *copies;

	while (end < parking->npending && parking->pending[end].joined)
		end++;
	parking->next = end;

	change.keys = palloc(sizeof(RelmapKeyInfo *) * (end - first));
	change.values = palloc(sizeof(Datum *) * (end - first));
	change.parked = palloc(sizeof(RelmapParkedRow *) * (end - first));
	/* copies, as the array may grow meanwhile */
	copies = palloc(sizeof(Datum) * (end - first));
	for (int i = first; i < end; i++)
	{
		PendingAssignment *pending = &parking->pending[i];

		change.emptied = bms_add_members(change.emptied,
										 pending->key->parking_set);
		if (pending->superseded)
			continue;
		copies[change.nslots] = pending->value;
		change.keys[change.nslots] = pending->key;
		change.parked[change.nslots] = pending->parked;
		change.values[change.nslots] = pending->values ? pending->values :
			&copies[change.nslots];
		change.nslots++;
	}
	if (change.nslots > 0)
		apply_pending(statement, &change, &tid, fire_triggers);

	bms_free(change.emptied);
	pfree(copies);
	pfree(change.parked);
	pfree(change.values);
	pfree(change.keys);
}

/*
 * Give a parked row its parents, unless it was not written after all, was
 * deleted, or has got a parent meanwhile.
 */
static void
apply_pending(RelmapStatement *statement, const RelmapChange *change,
			  ItemPointer tid,
			  bool fire_triggers)
{
	Relation	rel = table_open(change->keys[0]->relid, RowExclusiveLock);

	if (relmap_incumbent_latest_tid(rel, tid))
	{
		if (relmap_action_run(change, rel, tid, statement, fire_triggers))
			check_assigned(change, rel);
		else if (still_waits(change, rel, tid))
			report_not_assigned(statement, rel);
	}
	table_close(rel, NoLock);
}

/*
 * Is the row whose last version was at tid still there, without parent?
 */
static bool
still_waits(const RelmapChange *change, Relation rel, ItemPointer tid)
{
	TupleTableSlot *row = table_slot_create(rel, NULL);
	bool		result;

	(void) relmap_incumbent_latest_tid(rel, tid);
	result = table_tuple_fetch_row_version(rel, tid, SnapshotSelf, row) &&
		relmap_change_fits(change, row);
	ExecDropSingleTupleTableSlot(row);
	return result;
}

/*
 * Raise an error if a row was given its parents and nobody has one of them:
 * another BEFORE UPDATE trigger has changed it.
 */
static void
check_assigned(const RelmapChange *change, Relation rel)
{
	Bitmapset  *lost = bms_difference(change->emptied,
									  relmap_change_columns(change));

	for (int i = 0; i < change->nslots; i++)
	{
		RelmapKeyInfo *key = change->keys[i];
		RelmapIncumbent holder;

		/* one of a slot that another row has taken stays NULL */
		if (bms_overlap(key->columns, lost))
			continue;
		if (key->has_other_update_trigger && OidIsValid(key->index) &&
			!relmap_incumbent_find_once(key, rel, change->values[i], &holder))
			report_not_assigned(applying, rel);
	}
}

/*
 * Raise an error: a parked row was not given its parent.
 */
static void
report_not_assigned(RelmapStatement *statement, Relation rel)
{
	statement->explained = true;
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("a row of table \"%s\" was not given its parent",
					RelationGetRelationName(rel)),
			 errdetail("The statement writes the row without its parent first and gives it the parent afterwards, which a BEFORE UPDATE trigger has prevented."),
			 errhint("Let the trigger accept an UPDATE that sets nothing but the foreign key, or use several statements."),
			 errtable(rel)));
}

/*
 * If parked rows are waiting for their parents, defer delete-orphan's check of
 * a row until they have them, and return true.
 */
bool
relmap_parking_defer(RelmapCheck check, RelmapKeyInfo *key, ItemPointer tid)
{
	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		MemoryContext oldcontext;
		DeferredCheck *deferred;

		if (s->parking == NULL)
			continue;

		oldcontext = MemoryContextSwitchTo(s->parking->context);
		deferred = palloc(sizeof(DeferredCheck));
		deferred->check = check;
		deferred->key = key;
		deferred->tid = *tid;
		s->parking->checks = lappend(s->parking->checks, deferred);
		MemoryContextSwitchTo(oldcontext);
		return true;
	}
	return false;
}
