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
