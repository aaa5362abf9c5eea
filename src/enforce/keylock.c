/*-------------------------------------------------------------------------
 *
 * keylock.c
 *	  The lock held from the probe for an incumbent until the newcomer is
 *	  written.
 *
 * Two sessions that take a free parent at the same instant both find nobody,
 * and the unique index would refuse the second.  So a row takes a lock on
 * (table, hash of slot and key) before it looks, and keeps it until it is in
 * the index, where the other session's probe finds it and waits for its
 * transaction as for any row in progress.  Nothing else is done under the
 * lock: it is released before waiting for a row or replacing an incumbent.
 * Sessions that must wait form a queue: behind another lock, which is held
 * only while waiting.
 *
 * A row that takes several keys sleeps for a lock only while it holds no
 * other.
 *
 * None of relmap's code runs right after the row has been written.  The lock
 * is released at the next opportunity: at the next row of the statement, when
 * the statement is finished, when the subtransaction is rolled back, and
 * before PREPARE.  It belongs to the top transaction's resource owner, so that
 * it can be released whatever the current one is then.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/keylock.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sched.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/resowner.h"

#include "base/compat.h"
#include "enforce/keyinfo.h"
#include "enforce/keylock.h"

/*
 * Different from the application's advisory locks, which have 1 or 2 here (see
 * pg_locks.objsubid).
 */
#define KEY_LOCK_CLASS 0x524D	/* "RM" */

/* Those who wait for the holder of a key: all but the first wait here. */
#define KEY_QUEUE_CLASS 0x5251	/* "RQ" */

/* How long to try before sleeping in the lock manager's queue. */
#define KEY_LOCK_TRIES 200

typedef struct HeldLock
{
	LOCKTAG		tag;
	Oid			trigger;		/* for a row of which this trigger ... */
	Oid			relid;			/* ... of this table does the work ... */
	EState	   *query;			/* ... in this statement */
	int			nestlevel;		/* of the subtransaction that took it */
	TimestampTz message;		/* when the client's command arrived */
} HeldLock;

static HeldLock *held = NULL;
static int	nheld = 0;
static int	maxheld = 0;

static LOCKTAG key_tag(RelmapKeyInfo *key, uint32 keyhash, uint16 lockclass);
static bool acquire(const LOCKTAG *tag, bool dont_wait);
static bool holder_waits_for_us(const LOCKTAG *tag);
static bool waits_for_us(int pid, List **seen);
static void release_held(int i);

/*
 * Take the lock on a key for the row that query is about to write and that
 * trigger handles.  False if another session holds it for longer, and
 * may_sleep is false: the holder may be waiting for something that the caller
 * has, another key's lock or its place in a queue.
 *
 * May return without it: if its holder waits for us, because some other
 * unique index of the table made it wait for a row of ours, then to wait for
 * the holder would be a deadlock that a plain unique constraint would not
 * have.  The holder's row is not in the index yet, so ours goes first.
 */
bool
relmap_keylock_acquire(RelmapKeyInfo *key, Oid trigger, EState *query,
					   uint32 keyhash,
					   bool may_sleep)
{
	LOCKTAG		tag = key_tag(key, keyhash, KEY_LOCK_CLASS);

	if (nheld == maxheld)
	{
		int			newmax = Max(8, maxheld * 2);

		if (held == NULL)
			held = MemoryContextAlloc(TopMemoryContext,
									  newmax * sizeof(HeldLock));
		else
			held = repalloc(held, newmax * sizeof(HeldLock));
		maxheld = newmax;
	}

	if (!acquire(&tag, true))
	{
		int			tries = 0;

		/* usually it is held for microseconds */
		do
		{
			if (++tries > KEY_LOCK_TRIES)
			{
				if (holder_waits_for_us(&tag))
					return true;
				if (!may_sleep)
					return false;
				(void) acquire(&tag, false);
				break;
			}
			CHECK_FOR_INTERRUPTS();
			(void) sched_yield();
		} while (!acquire(&tag, true));
	}

	held[nheld].tag = tag;
	held[nheld].trigger = trigger;
	held[nheld].relid = key->relid;
	held[nheld].query = query;
	held[nheld].nestlevel = GetCurrentTransactionNestLevel();
	held[nheld].message = GetCurrentStatementStartTimestamp();
	nheld++;
	return true;
}

/*
 * Queue up for a key that a row in progress has.  Returns when all sessions
 * before have taken it or given up; false if there can be no queue.
 *
 * Without it, all sessions that wait for a transaction would wake up at its
 * end, and all but one of them in vain.  The first in the queue waits for the
 * holder of the key, for whom all others in it would have to wait anyway; so
 * there is no additional deadlock.  This does not hold if keys have no hash,
 * if another session may be waiting for rows that we have written already, or
 * if the first waits for anything else: it has to leave the queue before.
 */
bool
relmap_keylock_queue(RelmapKeyInfo *key, uint32 keyhash)
{
	LOCKTAG		tag = key_tag(key, keyhash, KEY_QUEUE_CLASS);

	if (!key->hashable || TransactionIdIsValid(GetTopTransactionIdIfAny()))
		return false;
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	return true;
}

/*
 * Leave the queue.  An error does that by itself.
 */
void
relmap_keylock_leave_queue(RelmapKeyInfo *key, uint32 keyhash)
{
	LOCKTAG		tag = key_tag(key, keyhash, KEY_QUEUE_CLASS);

	LockRelease(&tag, ExclusiveLock, false);
}

/*
 * The tag of a key's lock, or of its queue.
 */
static LOCKTAG
key_tag(RelmapKeyInfo *key, uint32 keyhash, uint16 lockclass)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, key->relid, keyhash, lockclass);
	return tag;
}

/*
 * Acquire the lock under the top transaction; false if dont_wait and it is not
 * available.
 */
static bool
acquire(const LOCKTAG *tag, bool dont_wait)
{
	ResourceOwner saved = CurrentResourceOwner;
	LockAcquireResult result;

	CurrentResourceOwner = TopTransactionResourceOwner;
	result = LockAcquire(tag, ExclusiveLock, false, dont_wait);
	CurrentResourceOwner = saved;

	return result != LOCKACQUIRE_NOT_AVAIL;
}

/*
 * Is one of the sessions that hold the lock blocked by this one, or by one
 * that is, and so on?
 */
static bool
holder_waits_for_us(const LOCKTAG *tag)
{
	int			count;
	VirtualTransactionId *holders;
	List	   *seen = NIL;

	holders = GetLockConflicts(tag, ExclusiveLock, &count);
	for (int i = 0; i < count; i++)
	{
		int			pid = relmap_vxid_pid(holders[i]);

		if (pid != 0 && waits_for_us(pid, &seen))
			return true;
	}
	return false;
}

/*
 * The same for one session; seen are those that have been checked.
 */
static bool
waits_for_us(int pid, List **seen)
{
	ArrayType  *blockers;
	int		   *pids;
	int			count;

	if (list_member_int(*seen, pid))
		return false;
	*seen = lappend_int(*seen, pid);

	blockers = DatumGetArrayTypeP(DirectFunctionCall1(pg_blocking_pids,
													  Int32GetDatum(pid)));
	pids = (int *) ARR_DATA_PTR(blockers);
	count = ArrayGetNItems(ARR_NDIM(blockers), ARR_DIMS(blockers));
	for (int i = 0; i < count; i++)
	{
		/* 0 stands for a prepared transaction */
		if (pids[i] == MyProcPid ||
			(pids[i] != 0 && waits_for_us(pids[i], seen)))
			return true;
	}
	return false;
}

/*
 * Release held[i].
 */
static void
release_held(int i)
{
	ResourceOwner saved = CurrentResourceOwner;
	LOCKTAG		tag = held[i].tag;

	held[i] = held[--nheld];

	CurrentResourceOwner = TopTransactionResourceOwner;
	LockRelease(&tag, ExclusiveLock, false);
	CurrentResourceOwner = saved;
}

/*
 * Release the locks of the row that this trigger of a table handles in query,
 * and those of the query's other tables and partitions: called for the next
 * row, when the previous one has been written, and for a row that can't get
 * all its locks.
 */
void
relmap_keylock_release(Oid trigger, Oid relid, EState *query)
{
	for (int i = nheld - 1; i >= 0; i--)
	{
		if (held[i].query == query &&
			(held[i].trigger == trigger || held[i].relid != relid))
			release_held(i);
	}
}

/*
 * Release the locks of a statement's last row.  NULL stands for commands
 * outside of any executor: COPY, and the apply workers of replication.
 */
void
relmap_keylock_release_query(EState *query)
{
	for (int i = nheld - 1; i >= 0; i--)
	{
		if (held[i].query == query)
			release_held(i);
	}
}

/*
 * Release the locks of earlier commands outside of any executor, whose end is
 * not known.
 */
void
relmap_keylock_release_stale(void)
{
	for (int i = nheld - 1; i >= 0; i--)
	{
		if (held[i].query == NULL &&
			held[i].message != GetCurrentStatementStartTimestamp())
			release_held(i);
	}
}

/*
 * Subtransaction callback: rows of an aborted subtransaction don't conflict
 * with others, nor must their locks.
 */
static void
release_at_subabort(SubXactEvent event, SubTransactionId mySubid,
					SubTransactionId parentSubid, void *arg)
{
	int			nestlevel = GetCurrentTransactionNestLevel();

	for (int i = nheld - 1; i >= 0; i--)
	{
		if (held[i].nestlevel < nestlevel)
			continue;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			release_held(i);
		else if (event == SUBXACT_EVENT_COMMIT_SUB)
			held[i].nestlevel = nestlevel - 1;
	}
}

/*
 * Transaction callback: a prepared transaction keeps its rows, not these
 * locks; at the end of a transaction the lock manager releases them itself.
 */
static void
release_at_end(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_PREPARE:
			while (nheld > 0)
				release_held(nheld - 1);
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			nheld = 0;
			break;
		default:
			break;
	}
}

/*
 * Set up, once per session.
 */
void
relmap_keylock_init(void)
{
	RegisterSubXactCallback(release_at_subabort, NULL);
	RegisterXactCallback(release_at_end, NULL);
}
