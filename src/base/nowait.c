/*-------------------------------------------------------------------------
 *
 * nowait.c
 *	  Locking without waiting.
 *
 * A user's command may change declarations of other users.  A session that
 * keeps its own objects locked must not block commands of others by that.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/nowait.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/nowait.h"
#include "base/util.h"

pg_noreturn static void report_busy(const char *what);


/*
 * Lock a tuple; see nowait.h.
 */
bool
relmap_nowait_lock_tuple_if(Relation rel, ItemPointer tid, bool wait)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TM_FailureData failure;
	TM_Result	result;

	result = table_tuple_lock(rel, tid, SnapshotAny, slot,
							  GetCurrentCommandId(false), LockTupleExclusive,
							  wait ? LockWaitBlock : LockWaitSkip, 0, &failure);
	ExecDropSingleTupleTableSlot(slot);
	return result == TM_Ok;
}

void
relmap_nowait_lock_tuple(Relation rel, ItemPointer tid, const char *what)
{
	if (!relmap_nowait_lock_tuple_if(rel, tid, false))
		report_busy(what);
}

void
relmap_nowait_lock_table(Oid relid, LOCKMODE mode)
{
	if (!ConditionalLockRelationOid(relid, mode))
		report_busy(psprintf("table \"%s\"", relmap_table_display_name(relid)));
}

/*
 * For what DROP locks.
 */
void
relmap_nowait_lock_object(Oid classid, Oid objid, const char *what)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, classid, objid, 0);
	if (LockAcquire(&tag, AccessExclusiveLock, false,
					true) == LOCKACQUIRE_NOT_AVAIL)
		report_busy(what);
	AcceptInvalidationMessages();
}

static void
report_busy(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("%s is being used by another transaction", what)));
}
