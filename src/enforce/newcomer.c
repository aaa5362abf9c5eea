/*-------------------------------------------------------------------------
 *
 * newcomer.c
 *	  A row that takes slots: locks on its keys, their holders, waiting.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/newcomer.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/itemptr.h"

#include "enforce/callstate.h"
#include "enforce/incumbent.h"
#include "enforce/keylock.h"
#include "enforce/newcomer.h"

static bool lock_key(RelmapNewcomer *newcomer, int i, bool may_sleep);

/*
 * Lock the keys that the row takes.  It sleeps for one lock only while it
 * holds no other; the others are tried without waiting, and if one fails it
 * starts over with that one.  False if that takes long and the row is queued:
 * then it has to leave the queue first, as the holder may wait for a session
 * in it.
 */
bool
relmap_newcomer_lock(RelmapNewcomer *newcomer)
{
	int			first = 0;

	while (newcomer->ntaken > 0)
	{
		int			i;

		if (!lock_key(newcomer, first, newcomer->queued == NULL))
			return false;
		for (i = 0; i < newcomer->ntaken; i++)
		{
			if (i != first && !lock_key(newcomer, i, false))
				break;
		}
		if (i == newcomer->ntaken)
			break;
		relmap_newcomer_unlock(newcomer);
		if (newcomer->queued != NULL)
			return false;
		first = i;
	}
	return true;
}

/*
 * Lock one of them.
 */
static bool
lock_key(RelmapNewcomer *newcomer, int i, bool may_sleep)
{
	RelmapCallState *call = newcomer->call;
	RelmapTaken *taken = &newcomer->taken[i];

	return relmap_keylock_acquire(taken->slot->key, call->trigger, call->query,
								  taken->keyhash, may_sleep);
}

/*
 * Give their locks back.
 */
void
relmap_newcomer_unlock(RelmapNewcomer *newcomer)
{
	RelmapCallState *call = newcomer->call;

	relmap_keylock_release(call->trigger, call->relid, call->query);
}

/*
 * Find the holders of the keys; false if there are none.  *in_progress is one
 * that is in progress, if any; the others don't matter then.
 */
bool
relmap_newcomer_probe(RelmapNewcomer *newcomer, RelmapTaken **in_progress)
{
	bool		found = false;

	*in_progress = NULL;
	for (int i = 0; i < newcomer->ntaken; i++)
	{
		RelmapTaken *taken = &newcomer->taken[i];

		taken->held = relmap_incumbent_find(newcomer->call, taken->slot,
											newcomer->trigdata->tg_relation,
											taken->values,
											&taken->incumbent);
		if (taken->held && TransactionIdIsValid(taken->incumbent.wait_xid))
		{
			*in_progress = taken;
			return true;
		}
		found |= taken->held;
	}
	return found;
}

/*
 * Wait for a row in progress.  First in the key's queue, until all sessions
 * before have left it: then the key may have another holder.
 */
void
relmap_newcomer_wait(RelmapNewcomer *newcomer, RelmapTaken *taken)
{
	if (newcomer->queued != taken)
		relmap_newcomer_leave_queue(newcomer);

	if (newcomer->queued == NULL && newcomer->nrefusing == 0 &&
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): taken is not */
		relmap_keylock_queue(taken->slot->key, taken->keyhash))
		newcomer->queued = taken;
	else
		relmap_incumbent_wait(newcomer->trigdata->tg_relation,
							  &taken->incumbent);
}

/*
 * Leave the queue, if the newcomer is in one.
 */
void
relmap_newcomer_leave_queue(RelmapNewcomer *newcomer)
{
	RelmapTaken *taken = newcomer->queued;

	if (taken != NULL)
		relmap_keylock_leave_queue(taken->slot->key, taken->keyhash);
	newcomer->queued = NULL;
}
