/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  What relmap adds to the server's own errors.
 *
 * A row that is replaced, or parked, may meet a constraint, or be written
 * twice by one statement.  The error is the server's; a hint explains its
 * connection with a relationship.  It is added only where that is certain: the
 * error comes from the executor, and names a column or constraint that the row
 * has because of relmap.  Errors of users' functions are left as they are.
 *
 * All of this runs in error context callbacks.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/explain.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "catalog/pg_index.h"
#include "nodes/bitmapset.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "enforce/callstate.h"
#include "enforce/explain.h"
#include "enforce/probe.h"
#include "enforce/replacement.h"

static ErrorData *error_being_raised(void);
static bool raised_in(const ErrorData *error, const char *const *files,
					  int nfiles);
static bool is_twice_written(const ErrorData *error,
							 const RelmapStatement *statement);
static bool conflicts_with_replaced(const RelmapStatement *statement);
static bool is_about_table(const ErrorData *error, Relation rel);
static bool is_about_columns(const ErrorData *error, Relation rel,
							 const Bitmapset *columns);
static bool check_has_columns(const char *name, Relation rel,
							  const Bitmapset *columns);
static bool index_forbids_nulls(const char *name, Relation rel,
								const Bitmapset *columns);
static bool has_later_trigger(const ErrorData *error,
							  const RelmapStatement *statement);
static const char *hint_of_parked(const ErrorData *error,
								  RelmapStatement *statement);

/* The server's files that check constraints. */
static const char *const constraint_files[] = {
	"execMain.c", "execExprInterp.c", "domains.c", "nbtinsert.c",
	"execIndexing.c", "ri_triggers.c"
};

/* Those that find out that a row is written twice. */
static const char *const twice_files[] = {
	"nodeModifyTable.c", "trigger.c"
};

/*
 * Add to the error of a statement what it should know.
 */
void
relmap_explain_in_statement(RelmapStatement *statement)
{
	ErrorData  *error;
	const char *hint = NULL;

	if (statement->explained)
		return;

	switch (geterrcode())
	{
		case ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION:
		case ERRCODE_CARDINALITY_VIOLATION:
			if (!statement->replaced)
				return;
			error = error_being_raised();
			if (is_twice_written(error, statement))
			{
				errdetail("%s", statement->no_parking
						  ? statement->no_parking->detail
						  : "The statement writes a row that it has replaced itself.");
				hint = statement->no_parking ? statement->no_parking->hint :
					"Use two statements.";
			}
			break;
		case ERRCODE_CHECK_VIOLATION:
		case ERRCODE_NOT_NULL_VIOLATION:
		case ERRCODE_UNIQUE_VIOLATION:
			if (statement->parked_keys == NIL && statement->stuck_key == NULL &&
				statement->calls == NIL)
				return;
			error = error_being_raised();
			if (error->hint == NULL &&
				raised_in(error, constraint_files, lengthof(constraint_files)))
				hint = hint_of_parked(error, statement);
			if (error->hint == NULL && hint == NULL &&
				has_later_trigger(error, statement))
				hint = "A BEFORE ROW trigger that fires after relmap's may have changed the row.  Rename that trigger, so that it fires before relmap's.  Run relmap.check() for the statement.";
			break;
		default:
			return;
	}
	if (hint != NULL)
		errhint("%s", hint);
	FreeErrorData(error);
}

/*
 * Add a hint to the error of a change that relmap makes.  A constraint that it
 * violates shows the row to the table's owner, as whom it runs, but not to a
 * user who may not read it.
 */
void
relmap_explain_in_change(const RelmapChange *change, Relation rel,
						 bool may_read)
{
	ErrorData  *error;

	if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
		return;

	error = error_being_raised();
	if (raised_in(error, constraint_files, lengthof(constraint_files)))
	{
		if (!may_read)
			errdetail("The row is one that the statement replaces.");
		if (change->action == RELMAP_SET_NULL && error->hint == NULL &&
			is_about_columns(error, rel, relmap_change_columns(change)))
			errhint(change->set != NULL
					? "A row that is replaced is changed as on_replace says, which this does not allow.  Change the constraint, or use another on_replace."
					: "A row that is replaced has its foreign key set to NULL, which this does not allow.  Change the constraint, or use on_replace => 'restrict'.");
	}
	FreeErrorData(error);
}

/*
 * A copy of the error that is being raised.
 */
static ErrorData *
error_being_raised(void)
{
	/* the error's own context is no place for a copy of it */
	MemoryContext oldcontext = MemoryContextSwitchTo(TopTransactionContext);
	ErrorData  *error = CopyErrorData();

	MemoryContextSwitchTo(oldcontext);
	return error;
}

/*
 * Was the error raised in one of these source files of the server?
 */
static bool
raised_in(const ErrorData *error, const char *const *files, int nfiles)
{
	for (int i = 0; error->filename != NULL && i < nfiles; i++)
	{
		if (strcmp(error->filename, files[i]) == 0)
			return true;
	}
	return false;
}

/*
 * Is it the executor's error of a row that the statement writes, and that relmap
 * has written for it?  A MERGE, or an upsert, may also be told to write one row
 * twice.
 */
static bool
is_twice_written(const ErrorData *error, const RelmapStatement *statement)
{
	return raised_in(error, twice_files, lengthof(twice_files)) &&
		(error->sqlerrcode == ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION ||
		 conflicts_with_replaced(statement));
}

/*
 * Is the row with which an upsert conflicts, and which it can't change, one that
 * was written by a command within the statement?
 */
static bool
conflicts_with_replaced(const RelmapStatement *statement)
{
	ListCell   *lc;

	foreach(lc, statement->calls)
	{
		const RelmapCallState *call = (const RelmapCallState *) lfirst(lc);
		TupleTableSlot *row = call->relinfo->ri_onConflict ?
		call->relinfo->ri_onConflict->oc_Existing : NULL;
		CommandId	command;

		if (row == NULL || TTS_EMPTY(row))
			continue;
		command = relmap_probe_command(row);
		if (command != InvalidCommandId &&
			command > call->estate->es_output_cid)
			return true;
	}
	return false;
}

/*
 * The hint if a row is parked, or is not, and violates a constraint; NULL if
 * there is no connection.
 */
static const char *
hint_of_parked(const ErrorData *error, RelmapStatement *statement)
{
	RelmapKeyInfo *stuck = statement->stuck_key;
	const char *hint = NULL;
	ListCell   *lc;

	if (stuck != NULL && error->constraint_name != NULL)
	{
		Relation	rel = RelationIdGetRelation(stuck->relid);
		char	   *index = get_rel_name(stuck->index);

		if (rel != NULL && index != NULL && is_about_table(error, rel) &&
			strcmp(index, error->constraint_name) == 0)
			hint = "The row that has this parent cannot be replaced, because no column of the foreign key can be NULL.  Drop NOT NULL from one of them, or use on_replace => 'delete' or 'restrict'.";
		if (rel != NULL)
			RelationClose(rel);
	}

	foreach(lc, statement->parked_keys)
	{
		RelmapKeyInfo *key = (RelmapKeyInfo *) lfirst(lc);
		Relation	rel = RelationIdGetRelation(key->relid);
		char	   *index = get_rel_name(key->index);

		if (rel == NULL)
			continue;
		if (hint == NULL && key->parks_within && index != NULL &&
			error->constraint_name != NULL && is_about_table(error, rel) &&
			strcmp(index, error->constraint_name) == 0)
			hint = "The statement has to write a row without its key first.  Allow NULL in a column of the key, or use one statement for each row.";
		if (hint == NULL && is_about_columns(error, rel, key->parking_set))
			hint = "The statement has to write a row without its parent first, which this does not allow.  Allow NULL, or use on_replace => 'restrict' with a constraint UNIQUE DEFERRABLE.";
		RelationClose(rel);
	}
	return hint;
}

/*
 * Does the error name the index of a slot that another trigger may have made a
 * row take after relmap's?
 */
static bool
has_later_trigger(const ErrorData *error, const RelmapStatement *statement)
{
	ListCell   *lc;

	if (!relmap_replacement || error->constraint_name == NULL)
		return false;
	foreach(lc, statement->calls)
	{
		const RelmapCallState *call = (const RelmapCallState *) lfirst(lc);

		for (int i = 0; i < call->nslots; i++)
		{
			const RelmapKeyInfo *key = call->slots[i].key;
			char	   *index = get_rel_name(key->index);

			if (key->has_later_trigger && index != NULL &&
				key->policy != RELMAP_POLICY_RESTRICT &&
				strcmp(index, error->constraint_name) == 0)
				return true;
		}
	}
	return false;
}

/*
 * Does the error name this table?
 */
static bool
is_about_table(const ErrorData *error, Relation rel)
{
	return error->table_name != NULL && error->schema_name != NULL &&
		strcmp(error->table_name, RelationGetRelationName(rel)) == 0 &&
		strcmp(error->schema_name,
			   get_namespace_name(RelationGetNamespace(rel))) == 0;
}

/*
 * Can the error come from NULL in these columns, which are numbered as in
 * RelmapKeyInfo.columns?
 */
static bool
is_about_columns(const ErrorData *error, Relation rel,
				 const Bitmapset *columns)
{
	TupleDesc	desc = RelationGetDescr(rel);

	/* a domain names itself only */
	if (error->datatype_name != NULL && error->table_name == NULL)
	{
		for (int i = 0; i < desc->natts; i++)
		{
			Form_pg_attribute attr = TupleDescAttr(desc, i);

			if (bms_is_member(attr->attnum - FirstLowInvalidHeapAttributeNumber,
							  columns) &&
				get_typtype(attr->atttypid) == TYPTYPE_DOMAIN)
				return true;
		}
		return false;
	}

	if (!is_about_table(error, rel))
		return false;
	if (error->column_name != NULL)
	{
		AttrNumber	attnum = get_attnum(RelationGetRelid(rel),
										error->column_name);

		return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber,
							 columns);
	}
	return error->constraint_name != NULL &&
		(check_has_columns(error->constraint_name, rel, columns) ||
		 index_forbids_nulls(error->constraint_name, rel, columns));
}

/*
 * Is this a CHECK constraint on one of the columns?
 */
static bool
check_has_columns(const char *name, Relation rel, const Bitmapset *columns)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
	{
		Bitmapset  *used = NULL;

		if (strcmp(constr->check[i].ccname, name) != 0)
			continue;
		pull_varattnos(stringToNode(constr->check[i].ccbin), 1, &used);
		return bms_overlap(used, columns);
	}
	return false;
}

/*
 * Is this a unique index with one of the columns, for which NULLs are equal?
 */
static bool
index_forbids_nulls(const char *name, Relation rel, const Bitmapset *columns)
{
	Oid			oid = get_relname_relid(name, RelationGetNamespace(rel));
	Relation	index;
	bool		result = false;

	if (!OidIsValid(oid) || !list_member_oid(RelationGetIndexList(rel), oid))
		return false;

	index = index_open(oid, NoLock);
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
	{
		int			column = index->rd_index->indkey.values[i] -
		FirstLowInvalidHeapAttributeNumber;

		result |= index->rd_index->indnullsnotdistinct &&
			bms_is_member(column, columns);
	}
	index_close(index, NoLock);
	return result;
}
