/*-------------------------------------------------------------------------
 *
 * parking.c
 *	  Rows that wait for their slots until the statement has written all.
 *
 * An UPDATE that takes a held slot may reach the incumbent later: a swap in one
 * statement.  Then the incumbent must not be touched now, as a statement can't
 * change a row that a trigger of its own has changed.  So the row is parked: it
 * is written without the slot (parkedrow.c), and a pending assignment is kept
 * for each slot that it is to have (pending.c).  When all rows of the statement
 * are written, each parked row gets its slots by an UPDATE of its own, which
 * replaces whoever still holds them (give.c).
 *
 * Parked rows get their slots in the order in which they were parked.  Once a
 * statement has parked a row in a slot, every later row of it that takes that
 * slot parks too; what can't be parked (a row that is inserted, a row of a
 * nested statement) supersedes the pending assignments of what it takes, made
 * before: those rows lose it.  Where newcomers are refused, nobody loses
 * anything: the one that comes last is refused.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/parking.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "enforce/callstate.h"
#include "enforce/deferredcheck.h"
#include "enforce/evaluate.h"
#include "enforce/keyinfo.h"
#include "enforce/parkedrow.h"
#include "enforce/parking.h"
#include "enforce/pending.h"
#include "enforce/shown.h"
#include "enforce/statement.h"

static RelmapParking *open_parking(RelmapStatement *statement);
static void add_pending(RelmapStatement *statement, RelmapKeyInfo *key,
						const RelmapParkedRow *row, const Datum *values,
						bool shown, bool lost);
static bool has_parked(RelmapStatement *statement, RelmapKeyInfo *key);

/* Rows that have superseded pending assignments are numbered. */
static uint64 last_newcomer = 0;


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
	return relmap_pending_context(open_parking(statement));
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
	int			i = -1;

	if (replaced != NULL)
		relmap_pending_replace_row(parking, replaced, row);

	last_newcomer++;
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
					relmap_parking_find(call, key, values) != NULL);
	}
}

/*
 * The row that is parked, in the statement of this (resolved) call state, for
 * this very key; NULL if there is none.
 */
const RelmapParkedRow *
relmap_parking_find(RelmapCallState *call, RelmapKeyInfo *key,
					const Datum *values)
{
	RelmapStatement *statement = relmap_callstate_outer_statement(call);
	RelmapPending *pending;

	if (statement == NULL || statement->parking == NULL)
		return NULL;
	pending = relmap_pending_find(statement->parking, key, values,
								  relmap_keyinfo_hash(key, values), NULL);
	return pending != NULL ? pending->row : NULL;
}

/*
 * The parking of a statement, made if it has none.
 */
static RelmapParking *
open_parking(RelmapStatement *statement)
{
	if (statement->parking == NULL)
		statement->parking = relmap_pending_open(statement->context);
	return statement->parking;
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
	RelmapPending *pending = NULL;
	MemoryContext oldcontext;

	while ((pending = relmap_pending_find(parking, key, values, keyhash,
										  pending)) != NULL)
	{
		if (pending->shown && !lost)
			relmap_shown_report(statement, key);
	}

	pending = relmap_pending_append(parking, key, row, values, keyhash);
	pending->shown = shown;
	if (lost)
		pending->lost_to = last_newcomer;

	if (has_parked(statement, key))
		return;
	oldcontext = MemoryContextSwitchTo(statement->context);
	statement->parked_keys = lappend(statement->parked_keys, key);
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
						 uint64 *newcomer)
{
	bool		result = false;

	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		RelmapPending *pending = NULL;

		if (s->parking == NULL || s == giver ||
			key->policy == RELMAP_POLICY_RESTRICT)
			continue;

		while ((pending = relmap_pending_find(s->parking, key, values, keyhash,
											  pending)) != NULL)
		{
			if (pending->shown)
				relmap_shown_report(s, key);
			if (*newcomer == 0)
				*newcomer = ++last_newcomer;
			relmap_pending_lose(s->parking, pending, *newcomer);
			result = true;
		}
	}
	return result;
}

/*
 * All parked rows of a statement have got their slots: nothing is parked any
 * more.
 */
void
relmap_parking_end(RelmapStatement *statement)
{
	MemoryContextDelete(relmap_pending_context(statement->parking));
	statement->parking = NULL;
	statement->parked_keys = NIL;
}

/*
 * Subtransaction callback: what was parked in an aborted one is forgotten, and
 * what it has superseded is pending again.
 */
static void
undo_subtransaction(SubXactEvent event, SubTransactionId subid,
					SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		relmap_deferredcheck_undo(s, subid);
		if (s->parking != NULL)
			relmap_pending_undo(s->parking, subid);
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
