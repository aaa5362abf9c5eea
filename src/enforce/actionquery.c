/*-------------------------------------------------------------------------
 *
 * actionquery.c
 *	  Changes to rows of a child table, made by queries.
 *
 * $1 is the row's tid, if the action is on one row; the values that are set, or
 * those of the keys, slot by slot, follow.  The plans of plain changes are kept
 * with the key.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/actionquery.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"

#include "base/foreignkey.h"
#include "base/join.h"
#include "enforce/actionquery.h"
#include "enforce/keyinfo.h"
#include "enforce/triggerquery.h"

static bool lock_row(const RelmapChange *change, Relation rel,
					 ItemPointer tid);
static bool takes_keys(const RelmapChange *change);
static int	max_arguments(const RelmapChange *change);
static SPIPlanPtr plan_action(const RelmapChange *change, Relation rel);
static SPIPlanPtr prepare_action(const RelmapChange *change, Relation rel);
static char *action_text(const RelmapChange *change, Relation rel);
static void append_assignments(StringInfo buf, const RelmapAssignments *set,
							   Relation rel);
static void append_set(StringInfo buf, const RelmapChange *change,
					   Relation rel);
static void append_where(StringInfo buf, const RelmapChange *change,
						 Relation rel);


/*
 * Make a change by a query; see the header.
 */
bool
relmap_actionquery_run(const RelmapChange *change, Relation rel,
					   ItemPointer tid, bool fire_triggers)
{
	Datum	   *args;
	char	   *nulls = NULL;
	SPIPlanPtr	plan;
	int			nargs = 0;
	bool		changed;

	if (RELMAP_TAKES_TID(change->action) && !IsolationUsesXactSnapshot() &&
		!lock_row(change, rel, tid))
		return false;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");

	plan = plan_action(change, rel);

	args = palloc(sizeof(Datum) * max_arguments(change));
	if (RELMAP_TAKES_TID(change->action))
		args[nargs++] = PointerGetDatum(tid);
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

	changed = relmap_triggerquery_change(plan, args, nulls,
										 RelationGetRelid(rel), fire_triggers);

	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");

	return changed;
}

/*
 * Lock the row at tid as the query will do; false if another session has changed
 * it.  The query itself would follow it to what the other has made of it: servers
 * before 15.15, 16.11, 17.7 and 18.1 don't look at the tid again.  Under a
 * transaction-wide snapshot the query fails.
 */
static bool
lock_row(const RelmapChange *change, Relation rel, ItemPointer tid)
{
	TupleTableSlot *row = table_slot_create(rel, NULL);
	LockTupleMode mode = LockTupleExclusive;
	TM_FailureData failure;
	TM_Result	result;

	if ((change->action == RELMAP_SET_NULL || change->action == RELMAP_ASSIGN) &&
		!bms_overlap(relmap_change_columns(change),
					 RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_KEY)))
		mode = LockTupleNoKeyExclusive;

	/* rows that this statement has written can be changed */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	result = table_tuple_lock(rel, tid, GetActiveSnapshot(), row,
							  GetCurrentCommandId(true), mode, LockWaitBlock,
							  0, &failure);
	PopActiveSnapshot();
	ExecDropSingleTupleTableSlot(row);
	return result == TM_Ok;
}

/*
 * Are a change's keys among the arguments of its query?
 */
static bool
takes_keys(const RelmapChange *change)
{
	return RELMAP_TAKES_KEY(change->action) && change->set == NULL && !change->is_own;
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
	if (!relmap_triggerquery_is_kept(plan))
	{
		*plan = prepare_action(change, rel);
		SPI_keepplan(*plan);
	}
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

	if (RELMAP_TAKES_TID(change->action))
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

	return relmap_triggerquery_prepare(action_text(change, rel), nargs, argtypes);
}


/* ---- the text --------------------------------------------------------- */

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
