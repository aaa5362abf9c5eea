/*-------------------------------------------------------------------------
 *
 * triggerquery.c
 *	  Queries that triggers run: their plans, and what they run under.
 *
 * They are run as core runs those of foreign keys (see ri_triggers.c).  Their
 * text is fully qualified, and is generated again when the plan has become
 * invalid, as the names in it may have changed.  Whose rights they have is the
 * caller's affair.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/triggerquery.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/util.h"
#include "enforce/keyinfo.h"
#include "enforce/triggerquery.h"

pg_noreturn static void report_rewritten(Oid relid);


/*
 * Is a kept plan there, and up to date?  One that is out of date is not kept
 * any longer.
 */
bool
relmap_triggerquery_is_kept(SPIPlanPtr *plan)
{
	SPIPlanPtr	old = *plan;

	if (old == NULL)
		return false;
	if (SPI_plan_is_valid(old))
		return true;
	*plan = NULL;
	relmap_keyinfo_defer_free(old);
	return false;
}

/*
 * Prepare a query, until SPI_finish().
 */
SPIPlanPtr
relmap_triggerquery_prepare(const char *text, int nargs, Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare(text, nargs, types);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s for %s",
			 SPI_result_code_string(SPI_result), text);
	return plan;
}

/*
 * Run an UPDATE or DELETE; see the header.
 */
bool
relmap_triggerquery_change(SPIPlanPtr plan, Datum *args, const char *nulls,
						   Oid relid, bool fire_triggers)
{
	Snapshot	test_snapshot = InvalidSnapshot;
	Snapshot	crosscheck_snapshot = InvalidSnapshot;
	int			result;

	if (IsolationUsesXactSnapshot())
	{
		CommandCounterIncrement();	/* be sure all my own work is visible */
		test_snapshot = GetLatestSnapshot();
		crosscheck_snapshot = GetTransactionSnapshot();
	}
	result = SPI_execute_snapshot(plan, args, nulls, test_snapshot,
								  crosscheck_snapshot, false, fire_triggers, 0);
	if (result < 0)
		elog(ERROR, "SPI_execute_snapshot returned %s",
			 SPI_result_code_string(result));
	if (result != SPI_OK_UPDATE && result != SPI_OK_DELETE)
		report_rewritten(relid);
	return SPI_processed != 0;
}

/*
 * Raise an error: a rule has made another statement of relmap's.
 */
static void
report_rewritten(Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("referential action on table \"%s\" gave unexpected result",
					relmap_table_display_name(relid)),
			 errhint("This is most likely due to a rule having rewritten the query."),
			 relmap_errtable(relid, NULL, NULL)));
}
