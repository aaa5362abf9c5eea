/*-------------------------------------------------------------------------
 *
 * deferredcheck.c
 *	  Checks of rows that wait until parked rows have their slots.
 *
 * While a statement has parked rows (parking.c), the table does not look as it
 * will: who has lost a parent may get it back.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/deferredcheck.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "nodes/pg_list.h"
#include "utils/memutils.h"

#include "enforce/deferredcheck.h"
#include "enforce/statement.h"

/* A check, and its row. */
typedef struct DeferredCheck
{
	RelmapCheck check;
	RelmapKeyInfo *key;
	ItemPointerData tid;
	SubTransactionId subid;		/* that has deferred it */
} DeferredCheck;

/*
 * Make a check of the row at tid, now or when parked rows have their slots.
 */
void
relmap_deferredcheck_make(RelmapCheck check, RelmapKeyInfo *key,
						  ItemPointer tid)
{
	ItemPointerData row = *tid;

	if (!relmap_deferredcheck_defer(check, key, &row))
		check(key, &row);
}

/*
 * If rows are parked, defer a check until they have their slots, and return
 * true.
 */
bool
relmap_deferredcheck_defer(RelmapCheck check, RelmapKeyInfo *key,
						   ItemPointer tid)
{
	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		MemoryContext oldcontext;
		DeferredCheck *deferred;

		if (s->parking == NULL)
			continue;

		oldcontext = MemoryContextSwitchTo(s->context);
		deferred = palloc(sizeof(DeferredCheck));
		deferred->check = check;
		deferred->key = key;
		deferred->tid = *tid;
		deferred->subid = GetCurrentSubTransactionId();
		s->checks = lappend(s->checks, deferred);
		MemoryContextSwitchTo(oldcontext);
		return true;
	}
	return false;
}

/*
 * The parked rows of a statement have their slots: make the checks that have
 * waited for that.
 */
void
relmap_deferredcheck_run(RelmapStatement *statement)
{
	List	   *checks = statement->checks;
	ListCell   *lc;

	statement->checks = NIL;
	foreach(lc, checks)
	{
		DeferredCheck *deferred = (DeferredCheck *) lfirst(lc);

		deferred->check(deferred->key, &deferred->tid);
	}
	list_free_deep(checks);
}

/*
 * A subtransaction is rolled back: forget the checks that it has deferred.  The
 * server makes them again, and their rows may be others by then.
 */
void
relmap_deferredcheck_undo(RelmapStatement *statement, SubTransactionId subid)
{
	ListCell   *lc;

	foreach(lc, statement->checks)
	{
		if (((DeferredCheck *) lfirst(lc))->subid >= subid)
			statement->checks = foreach_delete_current(statement->checks, lc);
	}
}
