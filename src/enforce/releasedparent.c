/*-------------------------------------------------------------------------
 *
 * releasedparent.c
 *	  A parent that a child let go of is deleted, unless a row refers to it.
 *
 * It is deleted as any statement of the child's owner would do it, who needs
 * the privileges for that, and row-level security applies: to have a foreign
 * key on a table must not mean to delete its rows.  The two looks at the tables
 * that come before are made as the checks of foreign keys are, as the owner of
 * the table that is read.
 *
 * Which parent it was is a matter of the moment in which the child let go: the
 * key's value may be another row's by COMMIT.  It is read by a snapshot as of
 * the command that released it, and followed to its last version.  If the
 * transaction has written it by then, it may have got the key from the child's
 * parent, whose new key the child has followed: so that one is read as of the
 * command by which the child came to it.
 *
 * The parent is locked before the last look for a child: nobody can take it
 * from then on, and whoever did before has committed, and is seen by a snapshot
 * that is younger than the lock.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/releasedparent.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/foreignkey.h"
#include "base/join.h"
#include "base/util.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/releasedparent.h"
#include "enforce/triggerquery.h"

/* A parent that was released. */
typedef struct ReleasedParent
{
	RelmapKeyInfo *key;
	const RelmapForeignKey *fk;
	const Datum *values;		/* of the child's columns */
	CommandId	taken;			/* as of when the child had it ... */
	CommandId	released;		/* ... and let go of it */
	Oid			relid;			/* its table, or its partition ... */
	ItemPointerData tid;		/* ... and place, when it was released */
	TransactionId xmin;			/* who had written it then */
	Datum		own_values[INDEX_MAX_KEYS]; /* of its own columns */
} ReleasedParent;

/* Who refers to it now? */
typedef enum Holder
{
	NOBODY,
	SOMEBODY,
	ROW_OF_OURS					/* that this transaction has written */
} Holder;

static bool read_child(ReleasedParent *parent, ItemPointer tid);
static bool find_parent(ReleasedParent *parent);
static bool read_parent(ReleasedParent *parent, CommandId cid);
static bool look(ReleasedParent *parent, RelmapParentQuery query,
				 const CommandId *as_of);
static bool is_of_another(const ReleasedParent *parent);
static bool last_version(Oid relid, ItemPointer tid);
static Holder find_holder(ReleasedParent *parent);
static bool lock_parent(ReleasedParent *parent);
static bool is_same_key(const ReleasedParent *parent, TupleTableSlot *row);
static void delete_parent(ReleasedParent *parent);
static SPIPlanPtr plan_query(ReleasedParent *parent, RelmapParentQuery query);
static char *query_text(const ReleasedParent *parent, RelmapParentQuery query);


/*
 * Delete the parent that a child let go of, unless a row refers to it.
 */
void
relmap_releasedparent_check(RelmapKeyInfo *key, ItemPointer tid)
{
	ReleasedParent parent = {key, relmap_foreignkey_get(key->foreign_key)};

	if (parent.fk == NULL)
		return;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");

	if (read_child(&parent, tid) && find_parent(&parent) &&
		find_holder(&parent) != ROW_OF_OURS &&
		lock_parent(&parent) && find_holder(&parent) == NOBODY)
		delete_parent(&parent);

	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

/*
 * Read the key that the child had, and when it let go.  False if that was
 * rolled back, or if it had no parent.
 */
static bool
read_child(ReleasedParent *parent, ItemPointer tid)
{
	RelmapKeyInfo *key = parent->key;
	Relation	rel = table_open(key->relid, AccessShareLock);
	TupleTableSlot *row = table_slot_create(rel, NULL);
	bool		result = false;

	if (table_tuple_fetch_row_version(rel, tid, SnapshotAny, row))
	{
		bool		should_free;
		HeapTuple	tuple = ExecFetchSlotHeapTuple(row, false, &should_free);
		HeapTupleHeader header = tuple->t_data;
		Datum		values[INDEX_MAX_KEYS];

		if (!(header->t_infomask & HEAP_XMAX_INVALID) &&
			!HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask) &&
			TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetUpdateXid(header)) &&
			relmap_keyinfo_values(key, row, values))
		{
			parent->taken = FirstCommandId;
			if (TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(header)))
				parent->taken = HeapTupleHeaderGetCmin(header) + 1;
			parent->released = HeapTupleHeaderGetCmax(header);
			parent->values = relmap_keyinfo_copy(key, values,
												 CurrentMemoryContext);
			result = true;
		}
		if (should_free)
			heap_freetuple(tuple);
	}
	ExecDropSingleTupleTableSlot(row);
	table_close(rel, NoLock);
	return result;
}

/*
 * Find the parent of which the child let go; false if there was none, or if
 * another row had its key by then.
 */
static bool
find_parent(ReleasedParent *parent)
{
	return read_parent(parent, parent->released) &&
		!(TransactionIdIsCurrentTransactionId(parent->xmin) &&
		  is_of_another(parent));
}

/*
 * Read the row that has the parent's key, as of a command of this transaction;
 * false if there is none.
 */
static bool
read_parent(ReleasedParent *parent, CommandId cid)
{
	HeapTuple	tuple;
	TupleDesc	desc;
	bool		isnull;

	if (!look(parent, RELMAP_QUERY_PARENT, &cid))
		return false;
	tuple = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	parent->relid = DatumGetObjectId(SPI_getbinval(tuple, desc, 1, &isnull));
	parent->tid = *(ItemPointer) DatumGetPointer(SPI_getbinval(tuple, desc, 2,
															   &isnull));
	parent->xmin = DatumGetTransactionId(SPI_getbinval(tuple, desc, 3,
													   &isnull));
	for (int i = 0; i < parent->fk->nkeys; i++)
		parent->own_values[i] = SPI_getbinval(tuple, desc, i + 4, &isnull);
	return true;
}

/*
 * Does one of the queries that read find a row, as of a command of this
 * transaction (NULL: now)?  It runs as the owner of the table that it reads.
 */
static bool
look(ReleasedParent *parent, RelmapParentQuery query, const CommandId *as_of)
{
	bool		for_holder = (query == RELMAP_QUERY_HOLDER);
	Oid			relid = for_holder ? parent->fk->child : parent->fk->parent;
	const Datum *values = for_holder ? parent->own_values : parent->values;
	Oid			save_userid;
	int			save_sec_context;
	SPIPlanPtr	plan;
	int			result;

	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	SetUserIdAndSecContext(relmap_table_owner(relid),
						   save_sec_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);

	/* the snapshot is the younger one: planning may wait for locks */
	plan = plan_query(parent, query);
	PushCopiedSnapshot(GetLatestSnapshot());
	if (as_of != NULL)
		GetActiveSnapshot()->curcid = *as_of;
	result = SPI_execute_snapshot(plan, unconstify(Datum *, values), NULL,
								  GetActiveSnapshot(), InvalidSnapshot,
								  as_of != NULL, false, 1);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_snapshot returned %s",
			 SPI_result_code_string(result));
	PopActiveSnapshot();

	SetUserIdAndSecContext(save_userid, save_sec_context);
	return SPI_processed > 0;
}

/*
 * Is the child's own parent another row, which is still there and has another
 * key now, or has been moved to another partition?
 */
static bool
is_of_another(const ReleasedParent *parent)
{
	ReleasedParent own = *parent;
	ItemPointerData tid = parent->tid;

	if (!read_parent(&own, parent->taken) || !last_version(own.relid, &own.tid))
		return false;
	(void) last_version(parent->relid, &tid);
	return own.relid != parent->relid || !ItemPointerEquals(&own.tid, &tid);
}

/*
 * Follow a row from one of its versions to the last one of its table; false if
 * that was deleted.
 */
static bool
last_version(Oid relid, ItemPointer tid)
{
	Relation	rel = try_table_open(relid, AccessShareLock);
	TupleTableSlot *row;
	bool		result;

	if (rel == NULL)
		return false;
	row = table_slot_create(rel, NULL);
	(void) relmap_incumbent_latest_tid(rel, tid);
	result = table_tuple_fetch_row_version(rel, tid, SnapshotSelf, row);
	if (!result && table_tuple_fetch_row_version(rel, tid, SnapshotAny, row))
	{
		bool		should_free;
		HeapTuple	tuple = ExecFetchSlotHeapTuple(row, false, &should_free);

		result = HeapTupleHeaderIndicatesMovedPartitions(tuple->t_data);
		if (should_free)
			heap_freetuple(tuple);
	}
	ExecDropSingleTupleTableSlot(row);
	table_close(rel, NoLock);
	return result;
}

/*
 * Who refers to the parent's key now, as far as committed, or by ourselves?
 */
static Holder
find_holder(ReleasedParent *parent)
{
	bool		isnull;
	Datum		xmin;

	if (!look(parent, RELMAP_QUERY_HOLDER, NULL))
		return NOBODY;
	xmin = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						 &isnull);
	return TransactionIdIsCurrentTransactionId(DatumGetTransactionId(xmin)) ?
		ROW_OF_OURS : SOMEBODY;
}

/*
 * Lock the parent's last version, so that nobody takes it.  False if it is
 * gone, or has another key now.
 */
static bool
lock_parent(ReleasedParent *parent)
{
	Relation	rel = try_table_open(parent->relid, RowShareLock);
	TupleTableSlot *row;
	TM_FailureData failure;
	TM_Result	result;
	bool		locked;

	if (rel == NULL)
		return false;
	row = table_slot_create(rel, NULL);

	CommandCounterIncrement();
	(void) relmap_incumbent_latest_tid(rel, &parent->tid);
	PushActiveSnapshot(GetLatestSnapshot());
	result = table_tuple_lock(rel, &parent->tid, GetActiveSnapshot(), row,
							  GetCurrentCommandId(true), LockTupleExclusive,
							  LockWaitBlock,
							  IsolationUsesXactSnapshot() ? 0 :
							  TUPLE_LOCK_FLAG_FIND_LAST_VERSION,
							  &failure);
	PopActiveSnapshot();

	if (IsolationUsesXactSnapshot() &&
		(result == TM_Updated || result == TM_Deleted))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 result == TM_Updated ?
				 errmsg("could not serialize access due to concurrent update") :
				 errmsg("could not serialize access due to concurrent delete")));

	locked = result == TM_Ok && is_same_key(parent, row);
	ExecDropSingleTupleTableSlot(row);
	table_close(rel, NoLock);
	return locked;
}

/*
 * Has a version of the parent the key that it had?
 */
static bool
is_same_key(const ReleasedParent *parent, TupleTableSlot *row)
{
	TupleDesc	desc = row->tts_tupleDescriptor;

	for (int i = 0; i < parent->fk->nkeys; i++)
	{
		AttrNumber	attnum = get_attnum(parent->relid,
										get_attname(parent->fk->parent,
													parent->fk->parent_attnums[i],
													false));
		Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);
		bool		isnull;
		Datum		value = slot_getattr(row, attnum, &isnull);

		if (isnull || !datum_image_eq(value, parent->own_values[i],
									  att->attbyval, att->attlen))
			return false;
	}
	return true;
}

/*
 * Delete the parent, which is locked, as the child's owner.  AFTER triggers
 * fire right after that, as who deleted the child.
 */
static void
delete_parent(ReleasedParent *parent)
{
	EState	   *estate = CreateExecutorState();
	Oid			save_userid;
	int			save_sec_context;

	AfterTriggerBeginQuery();

	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	SetUserIdAndSecContext(relmap_table_owner(parent->fk->child),
						   (save_sec_context & ~SECURITY_NOFORCE_RLS) |
						   SECURITY_LOCAL_USERID_CHANGE);
	relmap_triggerquery_change(plan_query(parent, RELMAP_QUERY_DELETE),
							   unconstify(Datum *, parent->values), NULL,
							   parent->fk->parent, false);
	SetUserIdAndSecContext(save_userid, save_sec_context);

	AfterTriggerEndQuery(estate);
	ExecCloseResultRelations(estate);
	ExecResetTupleTable(estate->es_tupleTable, false);
	FreeExecutorState(estate);
}


/* ---- its queries ------------------------------------------------------ */

/*
 * The plan of a query, prepared if there is none or it is out of date.
 */
static SPIPlanPtr
plan_query(ReleasedParent *parent, RelmapParentQuery query)
{
	const RelmapForeignKey *fk = parent->fk;
	SPIPlanPtr *plan = &parent->key->parent_plans[query];
	Oid			own_types[INDEX_MAX_KEYS];

	if (relmap_triggerquery_is_kept(plan))
		return *plan;

	for (int i = 0; i < fk->nkeys; i++)
		own_types[i] = get_atttype(fk->parent, fk->parent_attnums[i]);
	*plan = relmap_triggerquery_prepare(query_text(parent, query), fk->nkeys,
										query == RELMAP_QUERY_HOLDER ?
										own_types : parent->key->types);
	SPI_keepplan(*plan);
	return *plan;
}

/*
 * The text of a query:
 *
 * SELECT p.tableoid, p.ctid, p.xmin, p.<key> [, ...] FROM [ONLY] <parent> p
 *	WHERE p.<key> = $1 [AND ...]								find parent
 * SELECT c.xmin FROM [ONLY] <child> c WHERE $1 = c.<key> [AND ...]	find holder
 * DELETE FROM [ONLY] <parent> p WHERE p.<key> = $1 [AND ...]	delete parent
 */
static char *
query_text(const ReleasedParent *parent, RelmapParentQuery query)
{
	const RelmapForeignKey *fk = parent->fk;
	StringInfoData columns;

	if (query == RELMAP_QUERY_HOLDER)
		return psprintf("SELECT c.xmin FROM %s c WHERE %s",
						relmap_join_table(fk->child),
						relmap_join_condition(fk, NULL, "c"));
	if (query == RELMAP_QUERY_DELETE)
		return psprintf("DELETE FROM %s p WHERE %s",
						relmap_join_table(fk->parent),
						relmap_join_condition(fk, "p", NULL));

	initStringInfo(&columns);
	for (int i = 0; i < fk->nkeys; i++)
		appendStringInfo(&columns, ", p.%s",
						 quote_identifier(get_attname(fk->parent,
													  fk->parent_attnums[i],
													  false)));
	return psprintf("SELECT p.tableoid, p.ctid, p.xmin%s FROM %s p WHERE %s",
					columns.data, relmap_join_table(fk->parent),
					relmap_join_condition(fk, "p", NULL));
}
