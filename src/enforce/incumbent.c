/*-------------------------------------------------------------------------
 *
 * incumbent.c
 *	  Who holds a key: looks that a statement keeps open, waiting for rows in
 * progress, their last versions.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/incumbent.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/probe.h"
#include "enforce/site.h"
#include "enforce/statement.h"

static void open_look(RelmapSite *site, Relation rel);
static void open_lone_look(RelmapSite *site, Relation rel);
static void close_lone_look(void *arg);
static void close_look(RelmapSite *site);
static void close_looks(RelmapStatement *statement, bool fire_triggers);

/*
 * Look for the row that holds a key, on behalf of a (located) site.  The look
 * stays open for the rows to come, where somebody closes it: close_looks().
 */
bool
relmap_incumbent_of_site(RelmapSite *site, Relation rel, const Datum *values,
						 RelmapIncumbent *incumbent)
{
	RelmapStatement *statement = NULL;

	if (site->relinfo != NULL)
		statement = relmap_site_attach(site);
	else if (site->blind || rel->rd_rel->relispartition)
		return relmap_incumbent(site->key, rel, values, incumbent);

	if (site->look != NULL && !relmap_look_is_for(site->look, site->key))
		close_look(site);
	if (site->look == NULL && statement != NULL)
		open_look(site, rel);
	else if (site->look == NULL)
		open_lone_look(site, rel);

	return relmap_look(site->look, values, incumbent);
}

/*
 * Open a site's look.  A statement keeps a number of them: a look takes some
 * 30 kB, and a statement may write any number of partitions.
 */
static void
open_look(RelmapSite *site, Relation rel)
{
	RelmapStatement *statement = site->statement;
	MemoryContext oldcontext;

	if (list_length(statement->looks) == RELMAP_KEEP_OPEN)
		close_look(linitial(statement->looks));

	oldcontext = MemoryContextSwitchTo(statement->context);
	site->look = relmap_look_open(site->key, rel, statement->context);
	statement->looks = lappend(statement->looks, site);
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Open the look of a site without statement: COPY, and replication.  It is
 * closed with the executor state whose triggers are called, which has the
 * context that we are in as its child.
 */
static void
open_lone_look(RelmapSite *site, Relation rel)
{
	MemoryContext context = MemoryContextGetParent(CurrentMemoryContext);
	MemoryContextCallback *callback;

	callback = MemoryContextAlloc(context, sizeof(MemoryContextCallback));
	callback->func = close_lone_look;
	callback->arg = site;
	MemoryContextRegisterResetCallback(context, callback);
	site->lone_subid = GetCurrentSubTransactionId();
	site->look = relmap_look_open(site->key, rel, context);
}

/*
 * Close it, unless the end of its (sub)transaction has released what it held.
 */
static void
close_lone_look(void *arg)
{
	RelmapSite *site = (RelmapSite *) arg;

	if (IsTransactionState() && SubTransactionIsActive(site->lone_subid))
		close_look(site);
}

/*
 * Close a site's look, if it is open.
 */
static void
close_look(RelmapSite *site)
{
	if (site->look == NULL)
		return;
	relmap_look_close(site->look);
	site->look = NULL;
	if (site->statement != NULL)
		site->statement->looks = list_delete_ptr(site->statement->looks, site);
}

/*
 * All rows of a statement are written: close its looks.
 */
static void
close_looks(RelmapStatement *statement, bool fire_triggers)
{
	while (statement->looks != NIL)
		close_look(linitial(statement->looks));
}

/*
 * Set up, once per session.
 */
void
relmap_incumbent_init(void)
{
	relmap_statement_at_finish(close_looks);
}

/*
 * A single look.
 */
bool
relmap_incumbent(RelmapKey *key, Relation rel, const Datum *values,
				 RelmapIncumbent *incumbent)
{
	RelmapLook *look = relmap_look_open(key, rel, CurrentMemoryContext);
	bool		found = relmap_look(look, values, incumbent);

	relmap_look_close(look);
	return found;
}

/*
 * Wait until a row in progress is decided: its transaction has ended or, if it
 * is inserted speculatively, the insertion.
 */
void
relmap_wait_for_row(Relation rel, RelmapIncumbent *row)
{
	if (row->wait_token != 0)
		SpeculativeInsertionWait(row->wait_xid, row->wait_token);
	else
		XactLockTableWait(row->wait_xid, rel, &row->tid,
						  XLTW_InsertIndexUnique);
}

/*
 * Follow a row from one of its versions to the last one that this transaction
 * sees; false, and the tid as it was, if there is no later one.
 */
bool
relmap_latest_tid(Relation rel, ItemPointer tid)
{
	ItemPointerData before = *tid;
	TableScanDesc scan = table_beginscan_tid(rel, SnapshotSelf);

	table_tuple_get_latest_tid(scan, tid);
	table_endscan(scan);

	return !ItemPointerEquals(&before, tid);
}
