/*-------------------------------------------------------------------------
 *
 * writer.c
 *	  Changes of single rows, made without a query.
 *
 * What a statement does to an incumbent is an UPDATE or a DELETE of one row
 * with a known tid.  A query for that costs more to start and end than to run,
 * and it is the same for row after row.  So a statement keeps a writer: an
 * executor state with the table's indexes and triggers, as the apply workers
 * of logical replication have, through which core's ExecSimpleRelationUpdate
 * and ExecSimpleRelationDelete do the work.
 *
 * A writer has no rules, no statement triggers, no transition tables, no
 * checks of domains (one may refuse NULL), no recheck of rows that others have
 * changed under a transaction-wide snapshot; and if a user's BEFORE trigger
 * changes the same row, core's error would be another.  If any of that is
 * needed there is no writer, and action.c runs a query.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/writer.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "enforce/evaluate.h"
#include "enforce/keyinfo.h"
#include "enforce/keylock.h"
#include "enforce/statement.h"
#include "enforce/writer.h"

struct RelmapWriter
{
	RelmapKeyInfo *key;			/* the first of the slots that it is for */
	Bitmapset  *columns;		/* that it sets, as in RelmapKeyInfo.columns */
	Relation	rel;
	EState	   *estate;			/* of the query that the triggers see */
	ResultRelInfo *relinfo;
	EPQState	epqstate;
	LockTupleMode update_lock;
	bool		can_update;
	bool		can_delete;
	bool		fires_before;	/* there are BEFORE UPDATE row triggers ... */
	bool		leaves_silently;	/* ... which need not fire, see there */
	TupleTableSlot *old;
	TupleTableSlot *new;
};

static RelmapWriter *find_writer(RelmapStatement *statement,
								 RelmapKeyInfo *key,
								 Bitmapset *columns);
static RelmapWriter *open_writer(RelmapStatement *statement,
								 RelmapKeyInfo *key,
								 Bitmapset *columns);
static void close_writers(RelmapStatement *statement, bool fire_triggers);
static void close_first_writer(RelmapStatement *statement);
static bool owner_may_write(Relation rel);
static bool leaves_silently(RelmapKeyInfo *key, TriggerDesc *triggers);
static bool has_domain(const RelmapChange *change);
static void make_new_row(RelmapWriter *writer, const RelmapChange *change);

/*
 * The writer of a statement for a change, NULL if it can't have one.  The
 * caller holds the table open and locked.  A module that watches which tables
 * queries write, as pgaudit does, is to see a query.
 */
RelmapWriter *
relmap_writer_get(RelmapStatement *statement, const RelmapChange *change)
{
	RelmapKeyInfo *key = change->keys[0];
	Bitmapset  *columns;
	RelmapWriter *writer;

	if (statement == NULL || IsolationUsesXactSnapshot() ||
		ExecutorCheckPerms_hook != NULL)
		return NULL;

	columns = relmap_change_columns(change);
	writer = find_writer(statement, key, columns);
	if (writer == NULL)
		writer = open_writer(statement, key, columns);

	if (change->action == RELMAP_DELETE_INCUMBENT)
		return writer->can_delete ? writer : NULL;
	return writer->can_update && !has_domain(change) ? writer : NULL;
}

/*
 * The query that a writer's triggers see.
 */
EState *
relmap_writer_query(RelmapWriter *writer)
{
	return writer->estate;
}

/*
 * The open writer for the table of key and these columns, NULL if there is
 * none.
 */
static RelmapWriter *
find_writer(RelmapStatement *statement, RelmapKeyInfo *key, Bitmapset *columns)
{
	ListCell   *lc;

	foreach(lc, statement->writers)
	{
		RelmapWriter *writer = (RelmapWriter *) lfirst(lc);

		if (writer->key == key && bms_equal(writer->columns, columns))
			return writer;
	}
	return NULL;
}

/*
 * Is one of the columns of a change's slots of a domain type?
 */
static bool
has_domain(const RelmapChange *change)
{
	for (int i = 0; i < change->nslots; i++)
	{
		if (change->keys[i]->has_domain)
			return true;
	}
	return false;
}

/*
 * Open a writer, to be closed with the statement, or when it has too many: one
 * takes some 30 kB, and a statement may write any number of partitions.
 */
static RelmapWriter *
open_writer(RelmapStatement *statement, RelmapKeyInfo *key, Bitmapset *columns)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(statement->context);
	EState	   *estate = CreateExecutorState();
	RelmapWriter *writer;
	Relation	rel;
	TriggerDesc *triggers;
	bool		allowed;

	if (list_length(statement->writers) == RELMAP_KEEP_OPEN)
		close_first_writer(statement);

	MemoryContextSwitchTo(estate->es_query_cxt);

	writer = palloc0(sizeof(RelmapWriter));
	writer->key = key;
	writer->columns = bms_copy(columns);
	writer->estate = estate;
	writer->rel = rel = table_open(key->relid, NoLock);

	allowed = rel->rd_rules == NULL && owner_may_write(rel);
	/* not before: looking into the catalogs may make the relcache read anew */
	triggers = rel->trigdesc;
	writer->can_update = allowed && columns != NULL &&
		!key->has_other_update_trigger &&
		!triggers->trig_update_before_statement &&
		!triggers->trig_update_after_statement &&
		!triggers->trig_update_old_table &&
		!triggers->trig_update_new_table;
	writer->can_delete = allowed &&
		!triggers->trig_delete_before_row &&
		!triggers->trig_delete_before_statement &&
		!triggers->trig_delete_after_statement &&
		!triggers->trig_delete_old_table;

	if (writer->can_update || writer->can_delete)
	{
		relmap_init_range_table(estate, rel, writer->columns);

		/*
		 * AFTER triggers are queued for the statement, as those of queries
		 * are
		 */
		estate->es_top_eflags = EXEC_FLAG_SKIP_TRIGGERS;

		writer->relinfo = makeNode(ResultRelInfo);
		InitResultRelInfo(writer->relinfo, rel, 1, NULL, 0);
		estate->es_opened_result_relations = list_make1(writer->relinfo);
		ExecOpenIndices(writer->relinfo, false);
		relmap_epq_init(&writer->epqstate, estate);

		writer->old = table_slot_create(rel, &estate->es_tupleTable);
		writer->new = ExecInitExtraTupleSlot(estate, RelationGetDescr(rel),
											 &TTSOpsVirtual);
		/* constraints and generated columns may ask for it */
		writer->new->tts_tableOid = RelationGetRelid(rel);
		writer->update_lock = ExecUpdateLockMode(estate, writer->relinfo);
		triggers = writer->relinfo->ri_TrigDesc;
		writer->fires_before = triggers->trig_update_before_row;
		writer->leaves_silently = leaves_silently(key, triggers);
	}

	MemoryContextSwitchTo(statement->context);
	statement->writers = lappend(statement->writers, writer);
	MemoryContextSwitchTo(oldcontext);

	return writer;
}

/*
 * Close all writers of a statement.
 */
static void
close_writers(RelmapStatement *statement, bool fire_triggers)
{
	while (statement->writers != NIL)
		close_first_writer(statement);
}

/*
 * Close the writer that was opened first.
 */
static void
close_first_writer(RelmapStatement *statement)
{
	RelmapWriter *writer = (RelmapWriter *) linitial(statement->writers);
	EState	   *estate = writer->estate;

	statement->writers = list_delete_first(statement->writers);

	if (writer->relinfo != NULL)
	{
		relmap_statement_finish(writer->estate, false);
		EvalPlanQualEnd(&writer->epqstate);
		ExecCloseIndices(writer->relinfo);
	}
	table_close(writer->rel, NoLock);
	ExecResetTupleTable(estate->es_tupleTable, false);
	FreeExecutorState(estate);
}

/*
 * Has the table's owner the privileges that a query would need?
 */
static bool
owner_may_write(Relation rel)
{
	const AclMode needed = ACL_SELECT | ACL_UPDATE | ACL_DELETE;
	Oid			owner = RelationGetForm(rel)->relowner;

	return object_aclcheck(NamespaceRelationId, RelationGetNamespace(rel),
						   owner, ACL_USAGE) == ACLCHECK_OK &&
		pg_class_aclmask(RelationGetRelid(rel), owner,
						 needed, ACLMASK_ALL) == needed;
}

/*
 * Does no BEFORE UPDATE trigger have anything to do for a row whose foreign key
 * becomes NULL?  The only one is that of the slot which the row leaves, if it can
 * have a writer at all.  The row can take no other slot by that, and no trigger
 * asks in its condition which slot it has left.  Then the executor need not lock
 * the row a second time.
 */
static bool
leaves_silently(RelmapKeyInfo *key, TriggerDesc *triggers)
{
	if (key->nsiblings > 0 || key->list != NIL || key->deletes_orphans)
		return false;

	for (int i = 0; i < triggers->numtriggers; i++)
	{
		if (triggers->triggers[i].tgqual != NULL)
			return false;
	}
	return true;
}

/*
 * Make a change (set null, delete or assign) to the row at tid, if it (still)
 * fits.  False if it was changed by another session meanwhile.  The caller has
 * switched to the table's owner, and writer's query is the running one.
 */
bool
relmap_writer_change(RelmapWriter *writer, const RelmapChange *change,
					 ItemPointer tid)
{
	EState	   *estate = writer->estate;
	MemoryContext oldcontext = MemoryContextSwitchTo(estate->es_query_cxt);
	TM_FailureData failure;
	TM_Result	result;

	/* as SPI does: rows that this statement has written can be changed */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	estate->es_snapshot = GetActiveSnapshot();
	estate->es_output_cid = GetCurrentCommandId(true);

	result = table_tuple_lock(writer->rel, tid, estate->es_snapshot,
							  writer->old, estate->es_output_cid,
							  change->action == RELMAP_DELETE_INCUMBENT ?
							  LockTupleExclusive : writer->update_lock,
							  LockWaitBlock, 0, &failure);

	if (result == TM_Ok && !relmap_change_fits(change, writer->old))
		result = TM_Updated;
	if (result == TM_Ok && change->action == RELMAP_DELETE_INCUMBENT)
		ExecSimpleRelationDelete(writer->relinfo, estate, &writer->epqstate,
								 writer->old);
	else if (result == TM_Ok)
	{
		make_new_row(writer, change);
		writer->relinfo->ri_TrigDesc->trig_update_before_row =
			writer->fires_before &&
			!(writer->leaves_silently && change->action == RELMAP_SET_NULL);
		ExecSimpleRelationUpdate(writer->relinfo, estate, &writer->epqstate,
								 writer->old, writer->new);
	}

	ExecClearTuple(writer->new);
	ExecClearTuple(writer->old);
	ResetPerTupleExprContext(estate);
	estate->es_snapshot = InvalidSnapshot;
	PopActiveSnapshot();
	CommandCounterIncrement();
	MemoryContextSwitchTo(oldcontext);

	/* the row is in the index */
	relmap_keylock_release_query(writer->estate);

	return result == TM_Ok;
}

/*
 * Make the row as it is to be: with what was computed, or with NULL in the
 * columns that the change sets.
 */
static void
make_new_row(RelmapWriter *writer, const RelmapChange *change)
{
	TupleTableSlot *slot = writer->new;
	TupleDesc	desc = RelationGetDescr(writer->rel);

	slot_getallattrs(writer->old);
	memcpy(slot->tts_values, writer->old->tts_values,
		   sizeof(Datum) * desc->natts);
	memcpy(slot->tts_isnull, writer->old->tts_isnull,
		   sizeof(bool) * desc->natts);

	for (int i = 0; i < desc->natts; i++)
		slot->tts_isnull[i] |= TupleDescAttr(desc, i)->attisdropped;

	if (change->set != NULL)
		relmap_evaluate_apply(change->set, slot);
	for (int i = 0; i < change->nslots && change->set == NULL; i++)
	{
		for (int j = 0; j < change->keys[i]->nnullable; j++)
			slot->tts_isnull[change->keys[i]->nullable[j] - 1] = true;
	}
	ExecStoreVirtualTuple(slot);
}

/*
 * Set up, once per session.
 */
void
relmap_writer_init(void)
{
	relmap_statement_at_finish(close_writers);
}
