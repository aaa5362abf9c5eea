/*-------------------------------------------------------------------------
 *
 * action.c
 *	  The changes that relmap makes to rows of a child table.
 *
 * They are referential actions, and run as core's do (see ri_triggers.c): as
 * the table's owner and past row-level security, each on one row that is named
 * by its tid and rechecked by its key, or on the children of one parent, under
 * snapshots that turn a row which a transaction-wide snapshot can't see into
 * 40001.  The user's triggers fire; AFTER triggers are left to the statement
 * that caused the action, unless it has ended (fire_triggers).
 *
 * The changes are made through a writer if possible (writer.c), else by
 * queries (actionquery.c).
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/action.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "base/running.h"
#include "base/util.h"
#include "enforce/action.h"
#include "enforce/actionquery.h"
#include "enforce/evaluate.h"
#include "enforce/explain.h"
#include "enforce/keyinfo.h"
#include "enforce/probe.h"
#include "enforce/statement.h"
#include "enforce/writer.h"

/* An action that is running, and in what depth of queries it was called. */
typedef struct Acting
{
	const RelmapChange *change;
	Relation	rel;
	ItemPointer tid;
	RelmapWriter *writer;		/* makes the change; NULL: a query does */
	bool		fire_triggers;
	int			depth;
	bool		may_read;		/* the caller may see rows of the table */
	bool		changed;		/* the result */
	struct Acting *up;
} Acting;

static Acting *acting = NULL;

static void act(Acting *self);
static bool compute(RelmapChange *change, Relation rel, ItemPointer tid);
static bool has_list(const RelmapChange *change);
pg_noreturn static void report_changed_by_list(Relation rel);
static void check_circle(const RelmapChange *change, Relation rel,
						 ItemPointer tid);
static bool may_read_rows(Relation rel);
static void explain_error(void *arg);

/*
 * Make a change to the row of rel at tid, if its keys are (still) as the
 * change has them, or it is a version of our own; an orphan must have no parent
 * and needs no values; the children of a parent with these values need no tid.
 * True if a row was changed; false if it is not as expected any more, or a
 * user's trigger kept it as it is.
 *
 * statement is the one on whose behalf this is done, if it has a record.
 *
 * Raises whatever the change raises: 40001 if a transaction-wide snapshot does
 * not see the row.
 */
bool
relmap_action_run(const RelmapChange *change, Relation rel, ItemPointer tid,
				  RelmapStatement *statement, bool fire_triggers)
{
	RelmapChange computed = *change;
	Acting		self = {&computed, rel, tid};
	Oid			save_userid;
	int			save_sec_context;

	check_circle(change, rel, tid);
	if (!compute(&computed, rel, tid))
		return false;

	self.fire_triggers = fire_triggers;
	self.depth = relmap_running_depth();
	self.may_read = true;
	self.up = acting;
	if (RELMAP_TAKES_TID(change->action) && RELMAP_TAKES_KEY(change->action) &&
		!fire_triggers)
		self.writer = relmap_writer_get(statement, change);

	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	if (save_userid != RelationGetForm(rel)->relowner)
		self.may_read = may_read_rows(rel);
	SetUserIdAndSecContext(RelationGetForm(rel)->relowner,
						   save_sec_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);

	act(&self);

	SetUserIdAndSecContext(save_userid, save_sec_context);
	return self.changed;
}

/*
 * Compute what a change sets in the row at tid, if a list has a say: as the
 * user who writes, before the owner does.  False if the row is not as expected
 * any more.
 */
static bool
compute(RelmapChange *change, Relation rel, ItemPointer tid)
{
	TupleTableSlot *row;
	bool		found;

	if (change->set != NULL || !has_list(change))
		return true;
	row = table_slot_create(rel, NULL);
	found = table_tuple_fetch_row_version(rel, tid, SnapshotAny, row) &&
		relmap_change_fits(change, row);
	if (found)
	{
		change->set = relmap_evaluate_release(change, rel, row);
		if (relmap_probe_deleted_by_us(rel, row, tid))
			report_changed_by_list(rel);
	}
	ExecDropSingleTupleTableSlot(row);
	return found;
}

/*
 * Complain that a function in a list has changed the very row for which the list
 * was evaluated: it would do so again for the row's new version.
 */
static void
report_changed_by_list(Relation rel)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("a row of table \"%s\" was changed by a function that computes what it is to have",
					relmap_table_display_name(RelationGetRelid(rel))),
			 errdetail("The row is being replaced, and on_replace calls the function."),
			 errtable(rel)));
}

/*
 * Is one of the slots that a row leaves left by a list?
 */
static bool
has_list(const RelmapChange *change)
{
	for (int i = 0; i < change->nslots && change->action == RELMAP_SET_NULL; i++)
	{
		if (change->keys[i]->list != NIL)
			return true;
	}
	return false;
}

/*
 * Raise an error if the row is just being made to leave another slot, by a list
 * that has it take the one that it is to leave now; or if it is a parked row that
 * gets its slots, and another that leaves them by a list would replace it.
 */
static void
check_circle(const RelmapChange *change, Relation rel, ItemPointer tid)
{
	if (change->action != RELMAP_SET_NULL &&
		change->action != RELMAP_DELETE_INCUMBENT)
		return;
	for (Acting *up = acting; up != NULL; up = up->up)
	{
		if (((up->change->set != NULL && up->change->action == RELMAP_SET_NULL) ||
			 up->change->action == RELMAP_ASSIGN) &&
			RelationGetRelid(up->rel) == RelationGetRelid(rel) &&
			ItemPointerEquals(up->tid, tid))
			relmap_evaluate_report_circle(change->keys[0],
										  acting->change->keys[0], rel);
	}
}

/*
 * Make the change, known to relmap_action_running() meanwhile.
 */
static void
act(Acting *self)
{
	ErrorContextCallback explainer;
	RelmapRunning running;

	explainer.callback = explain_error;
	explainer.arg = self;
	explainer.previous = error_context_stack;
	error_context_stack = &explainer;

	acting = self;
	if (self->writer != NULL)
		relmap_running_push(&running, relmap_writer_query(self->writer));
	PG_TRY();
	{
		if (self->writer != NULL)
			self->changed = relmap_writer_change(self->writer, self->change,
												 self->tid);
		else
			self->changed = relmap_actionquery_run(self->change, self->rel,
												   self->tid,
												   self->fire_triggers);
	}
	PG_FINALLY();
	{
		if (self->writer != NULL)
			relmap_running_pop(&running);
		acting = self->up;
	}
	PG_END_TRY();
	error_context_stack = explainer.previous;
}

/*
 * May the current user see all rows of the table?
 */
static bool
may_read_rows(Relation rel)
{
	return pg_class_aclcheck(RelationGetRelid(rel), GetUserId(),
							 ACL_SELECT) == ACLCHECK_OK &&
		check_enable_rls(RelationGetRelid(rel), InvalidOid,
						 true) != RLS_ENABLED;
}

/*
 * Error context callback.  A query tells its text as context; a writer has none.
 */
static void
explain_error(void *arg)
{
	Acting	   *self = (Acting *) arg;

	relmap_explain_in_change(self->change, self->rel, self->may_read);
	/* once, for rows that replace one another in turn */
	if (self->writer != NULL && (self->up == NULL || self->up->writer == NULL))
		errcontext("replacement of a row of table \"%s\"",
				   RelationGetRelationName(self->rel));
}

/*
 * If the innermost running query is that of an action on the row of rel at tid,
 * what it changes; else NULL.  There may be others that are the innermost: of a
 * COPY, which is none, in a user's trigger, and of rules.
 */
const RelmapChange *
relmap_action_running(Relation rel, ItemPointer tid)
{
	if (acting == NULL || relmap_running_depth() != acting->depth + 1 ||
		RelationGetRelid(acting->rel) != RelationGetRelid(rel) ||
		!RELMAP_TAKES_TID(acting->change->action) ||
		!ItemPointerEquals(acting->tid, tid))
		return NULL;
	return acting->change;
}
