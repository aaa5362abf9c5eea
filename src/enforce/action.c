/*-------------------------------------------------------------------------
 *
 * action.c
 *	  The statements that relmap runs on a child table.
 *
 * They are referential actions, and run as core's do (see ri_triggers.c): as
 * the table's owner and past row-level security, each on one row that is named
 * by its tid and rechecked by its key, or on the children of one parent, under
 * snapshots that turn a row which a transaction-wide snapshot can't see into
 * 40001.  The user's triggers fire; AFTER triggers are left to the statement
 * that caused the action, unless it has ended (fire_triggers).
 *
 * The changes are made through a writer if possible (writer.c), else by
 * queries.  Their plans are kept with the key.  Their text is fully qualified,
 * and generated again when the plan has become invalid, as the names in it may
 * have changed.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/action.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"

#include "base/foreignkey.h"
#include "base/join.h"
#include "base/running.h"
#include "base/util.h"
#include "enforce/action.h"
#include "enforce/evaluate.h"
#include "enforce/explain.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/statement.h"
#include "enforce/writer.h"

/*
 * $1 is the tid, if the action is on one row; the values of the keys follow,
 * slot by slot.
 */
#define TAKES_TID(action) ((action) != RELMAP_DELETE_CHILDREN)
#define TAKES_KEY(action) ((action) != RELMAP_DELETE_ORPHAN)
#define CHANGES_ONE_KEY(action) (TAKES_TID(action) && TAKES_KEY(action))

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
static void check_circle(const RelmapChange *change, Relation rel,
						 ItemPointer tid);
static bool takes_keys(const RelmapChange *change);
static int	max_arguments(const RelmapChange *change);
static void append_assignments(StringInfo buf, const RelmapAssignments *set,
							   Relation rel);
static bool act_by_query(Acting *self);
static bool may_read_rows(Relation rel);
static void explain_error(void *arg);
static bool regained_parent(RelmapKeyInfo *key, Relation rel,
							ItemPointer first,
							ItemPointer last);
static SPIPlanPtr plan_action(const RelmapChange *change, Relation rel);
static SPIPlanPtr prepare_action(const RelmapChange *change, Relation rel);
static char *action_text(const RelmapChange *change, Relation rel);
static void append_set(StringInfo buf, const RelmapChange *change,
					   Relation rel);
static void append_where(StringInfo buf, const RelmapChange *change,
						 Relation rel);

/*
 * Make a change to the row of rel at tid, if its keys are (still) as the
 * change has them, or it is a version of our own; an orphan must have no parent
 * and needs no values; the children of a parent with these values need no tid.  True if a row was changed; false if it is not as expected any
 * more, or a user's trigger kept it as it is.
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
	if (CHANGES_ONE_KEY(change->action) && !fire_triggers)
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
 * Delete the row that had lost its parent in the version at this tid, if it has
 * not had one since.
 */
void
relmap_action_delete_if_orphan(RelmapKeyInfo *key, ItemPointer tid)
{
	Relation	rel = table_open(key->relid, RowExclusiveLock);
	RelmapChange change = {RELMAP_DELETE_ORPHAN, 1, &key};
	ItemPointerData last = *tid;

	(void) relmap_incumbent_latest_tid(rel, &last);
	if (!regained_parent(key, rel, tid, &last))
		relmap_action_run(&change, rel, &last, NULL, true);

	table_close(rel, NoLock);
}

/*
 * Had a row a parent in one of its versions after the first, up to the last?
 * Then it was a parked one, or if it has lost that parent as well, this was
 * another update, which has an event of its own.  All are of this transaction.
 */
static bool
regained_parent(RelmapKeyInfo *key, Relation rel, ItemPointer first,
				ItemPointer last)
{
	TupleTableSlot *row = table_slot_create(rel, NULL);
	ItemPointerData tid = *first;
	bool		result = false;

	while (!result && !ItemPointerEquals(&tid, last) &&
		   table_tuple_fetch_row_version(rel, &tid, SnapshotAny, row))
	{
		Datum		values[INDEX_MAX_KEYS];
		bool		should_free;
		HeapTuple	tuple = ExecFetchSlotHeapTuple(row, false, &should_free);
		ItemPointerData next = tuple->t_data->t_ctid;

		result = !ItemPointerEquals(&tid, first) &&
			relmap_keyinfo_values(key, row, values);
		if (should_free)
			heap_freetuple(tuple);
		if (ItemPointerEquals(&next, &tid))
			break;
		tid = next;
	}
	ExecDropSingleTupleTableSlot(row);
	return result;
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
		change->set = relmap_evaluate_release(change, rel, row);
	ExecDropSingleTupleTableSlot(row);
	return found;
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
 * that has it take the one that it is to leave now.
 */
static void
check_circle(const RelmapChange *change, Relation rel, ItemPointer tid)
{
	if (change->action != RELMAP_SET_NULL &&
		change->action != RELMAP_DELETE_INCUMBENT)
		return;
	for (Acting *up = acting; up != NULL; up = up->up)
	{
		if (up->change->set != NULL && up->change->action == RELMAP_SET_NULL &&
			RelationGetRelid(up->rel) == RelationGetRelid(rel) &&
			ItemPointerEquals(up->tid, tid))
			relmap_evaluate_report_circle(change->keys[0], up->change->keys[0],
										  rel);
	}
}

/*
 * Are a change's keys among the arguments of its query?
 */
static bool
takes_keys(const RelmapChange *change)
{
	return TAKES_KEY(change->action) && change->set == NULL && !change->is_own;
}

/*
 * How many arguments a change's query has at the most.
 */
static int
max_arguments(const RelmapChange *change)
{
	return 1 + change->nslots * INDEX_MAX_KEYS +
		(change->set ? change->set->n : 0);
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
			self->changed = act_by_query(self);
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
 * Make the change by a query.  The current user is the table's owner.
 */
static bool
act_by_query(Acting *self)
{
	const RelmapChange *change = self->change;
	Datum	   *args;
	char	   *nulls = NULL;
	Snapshot	test_snapshot = InvalidSnapshot;
	Snapshot	crosscheck_snapshot = InvalidSnapshot;
	SPIPlanPtr	plan;
	int			nargs = 0;
	int			result;
	bool		changed;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");

	plan = plan_action(change, self->rel);

	args = palloc(sizeof(Datum) * max_arguments(change));
	if (TAKES_TID(change->action))
		args[nargs++] = PointerGetDatum(self->tid);
	if (change->set != NULL)
	{
		nulls = palloc(change->set->n + 1);
		nulls[0] = ' ';
		for (int i = 0; i < change->set->n; i++, nargs++)
		{
			args[nargs] = change->set->values[i];
			nulls[nargs] = change->set->nulls[i] ? 'n' : ' ';
		}
	}
	for (int i = 0; i < change->nslots && takes_keys(change); i++)
	{
		memcpy(&args[nargs], change->values[i],
			   sizeof(Datum) * change->keys[i]->nkeys);
		nargs += change->keys[i]->nkeys;
	}

	if (IsolationUsesXactSnapshot())
	{
		CommandCounterIncrement();	/* be sure all my own work is visible */
		test_snapshot = GetLatestSnapshot();
		crosscheck_snapshot = GetTransactionSnapshot();
	}

	result = SPI_execute_snapshot(plan, args, nulls, test_snapshot,
								  crosscheck_snapshot, false,
								  self->fire_triggers, 0);

	if (result < 0)
		elog(ERROR, "SPI_execute_snapshot returned %s",
			 SPI_result_code_string(result));
	if (result != SPI_OK_UPDATE && result != SPI_OK_DELETE)
		relmap_action_report_rewritten(RelationGetRelid(self->rel));

	changed = (SPI_processed != 0);

	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");

	return changed;
}

/*
 * Raise an error: a rule has made another statement of relmap's.
 */
void
relmap_action_report_rewritten(Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("referential action on table \"%s\" gave unexpected result",
					get_rel_name(relid)),
			 errhint("This is most likely due to a rule having rewritten the query."),
			 relmap_errtable(relid, NULL, NULL)));
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
	if (self->writer != NULL)
		errcontext("replacement of a row of table \"%s\"",
				   RelationGetRelationName(self->rel));
}

/*
 * If the innermost running query is that of an action, what it changes; else
 * NULL.
 */
const RelmapChange *
relmap_action_running(void)
{
	if (acting == NULL || relmap_running_depth() != acting->depth + 1)
		return NULL;
	return acting->change;
}

/*
 * The plan of an action, prepared if there is none or it is out of date.  That
 * of a change of several slots, or of what a list computes, is prepared each
 * time.  The current user is the table's owner.
 */
static SPIPlanPtr
plan_action(const RelmapChange *change, Relation rel)
{
	SPIPlanPtr *plan = &change->keys[0]->plans[change->action];

	if (change->action == RELMAP_ASSIGN ? !relmap_change_is_plain(change) :
		(change->nslots > 1 || change->set != NULL || change->is_own))
		return prepare_action(change, rel);
	if (*plan != NULL && SPI_plan_is_valid(*plan))
		return *plan;

	if (*plan != NULL)
	{
		SPIPlanPtr	old = *plan;

		*plan = NULL;
		relmap_keyinfo_defer_free(old);
	}
	*plan = prepare_action(change, rel);
	SPI_keepplan(*plan);
	return *plan;
}

/*
 * Prepare an action.
 */
static SPIPlanPtr
prepare_action(const RelmapChange *change, Relation rel)
{
	Oid		   *argtypes = palloc(sizeof(Oid) * max_arguments(change));
	int			nargs = 0;
	char	   *query = action_text(change, rel);
	SPIPlanPtr	plan;

	if (TAKES_TID(change->action))
		argtypes[nargs++] = TIDOID;
	for (int i = 0; change->set != NULL && i < change->set->n; i++)
		argtypes[nargs++] = TupleDescAttr(RelationGetDescr(rel),
										  change->set->attnums[i] - 1)->atttypid;
	for (int i = 0; i < change->nslots && takes_keys(change); i++)
	{
		memcpy(&argtypes[nargs], change->keys[i]->types,
			   sizeof(Oid) * change->keys[i]->nkeys);
		nargs += change->keys[i]->nkeys;
	}

	plan = SPI_prepare(query, nargs, argtypes);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s for %s",
			 SPI_result_code_string(SPI_result), query);
	return plan;
}

/*
 * The text of an action:
 *
 * UPDATE ONLY <child> SET <nullable> = NULL [, ...]
 *	WHERE ctid = $1 AND <key> = $2 [AND ...]					set null
 * DELETE FROM ONLY <child>
 *	WHERE ctid = $1 AND <key> = $2 [AND ...]					delete incumbent
 * DELETE FROM ONLY <child>
 *	WHERE ctid = $1 AND (<key> IS NULL OR ...)					delete orphan
 * DELETE FROM [ONLY] <child> c
 *	WHERE $1 = c.<column> [AND ...]								delete children
 *
 * If several slots are changed, all their columns are set, and compared.  What
 * was computed from that very version of the row, or is one of our own, needs
 * no comparison:
 *
 * UPDATE ONLY <child> SET <column> = $2 [, ...] WHERE ctid = $1
 */
static char *
action_text(const RelmapChange *change, Relation rel)
{
	RelmapKeyInfo *key = change->keys[0];
	StringInfoData buf;
	bool		update = (change->action == RELMAP_SET_NULL ||
						  change->action == RELMAP_ASSIGN);

	if (change->action == RELMAP_DELETE_CHILDREN)
		return psprintf("DELETE FROM %s c WHERE %s",
						relmap_join_table(key->child),
						relmap_join_condition(relmap_foreignkey_get(key->foreign_key),
											  NULL, "c"));

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s ONLY %s",
					 update ? "UPDATE" : "DELETE FROM",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
												RelationGetRelationName(rel)));
	if (change->set != NULL)
	{
		append_assignments(&buf, change->set, rel);
		return buf.data;
	}
	if (update)
		append_set(&buf, change, rel);
	append_where(&buf, change, rel);

	return buf.data;
}

/*
 * The quoted name of column i of the key.
 */
static const char *
column_name(RelmapKeyInfo *key, Relation rel, int i)
{
	return quote_identifier(NameStr(TupleDescAttr(RelationGetDescr(rel),
												  key->attnums[i] - 1)->attname));
}

/*
 * Append the rest of an UPDATE that sets what was computed.
 */
static void
append_assignments(StringInfo buf, const RelmapAssignments *set, Relation rel)
{
	for (int i = 0; i < set->n; i++)
		appendStringInfo(buf, "%s%s = $%d", i == 0 ? " SET " : ", ",
						 quote_identifier(NameStr(TupleDescAttr(RelationGetDescr(rel),
																set->attnums[i] - 1)->attname)),
						 i + 2);
	appendStringInfoString(buf, " WHERE ctid OPERATOR(pg_catalog.=) $1");
}

/*
 * Append the SET list of an UPDATE that sets NULL.  Slots may share a column.
 */
static void
append_set(StringInfo buf, const RelmapChange *change, Relation rel)
{
	const char *separator = " SET ";
	Bitmapset  *columns = bms_copy(relmap_change_columns(change));

	for (int i = 0; i < change->nslots; i++)
	{
		RelmapKeyInfo *key = change->keys[i];

		for (int j = 0; j < key->nkeys; j++)
		{
			int			column = key->attnums[j] - FirstLowInvalidHeapAttributeNumber;

			if (!bms_is_member(column, columns))
				continue;
			appendStringInfo(buf, "%s%s = NULL", separator,
							 column_name(key, rel, j));
			separator = ", ";
			columns = bms_del_member(columns, column);
		}
	}
}

/*
 * Append the WHERE clause.
 */
static void
append_where(StringInfo buf, const RelmapChange *change, Relation rel)
{
	int			param = 2;

	appendStringInfoString(buf, " WHERE ctid OPERATOR(pg_catalog.=) $1");

	if (change->action == RELMAP_DELETE_ORPHAN)
	{
		RelmapKeyInfo *key = change->keys[0];

		for (int i = 0; i < key->nkeys; i++)
			appendStringInfo(buf, "%s%s IS NULL", i == 0 ? " AND (" : " OR ",
							 column_name(key, rel, i));
		appendStringInfoChar(buf, ')');
		return;
	}

	for (int i = 0; i < change->nslots && !change->is_own; i++)
	{
		RelmapKeyInfo *key = change->keys[i];

		for (int j = 0; j < key->nkeys; j++, param++)
		{
			appendStringInfoString(buf, " AND ");
			generate_operator_clause(buf, column_name(key, rel, j),
									 key->types[j], key->eq_oprs[j],
									 psprintf("$%d", param), key->types[j]);
		}
	}
}
