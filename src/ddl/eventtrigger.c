/*-------------------------------------------------------------------------
 *
 * eventtrigger.c
 *	  Event triggers: relationships follow what DDL does to their tables.
 *
 * None of them raises an error of its own, but for that which guards triggers.
 * Each does its work in subtransactions; if one fails, the command goes on, with
 * a warning.
 *
 * Event triggers do not fire under session_replication_role = replica, nor
 * when a temporary table goes with its session.  Nothing breaks then: a
 * trigger without its key does nothing, and relmap.check() reports it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/eventtrigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

#include "attributes/accessor.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/util.h"
#include "ddl/beforedrop.h"
#include "ddl/changed.h"
#include "ddl/detached.h"
#include "ddl/dropped.h"
#include "ddl/eventtrigger.h"
#include "ddl/follow.h"
#include "ddl/lost.h"
#include "ddl/reported.h"
#include "ddl/rename.h"
#include "ddl/suspended.h"
#include "ddl/textnames.h"
#include "declare/restored.h"

/* What is done for one declaration by itself. */
typedef struct Work
{
	RelmapRelationship *relationship;
	bool		body_only;		/* of an accessor */
} Work;

static void run(FunctionCallInfo fcinfo, const char *name, const char *event,
				void (*work) (void *));
static void run_work(void (*work) (void *), void *arg, CommandTag tag);
static bool may_change(Node *command);
static bool changes_tables(const Node *command);
static bool is_unseen(const AlterTableCmd *cmd);
static void after_drop(void *arg);
static List *dropped_objects(bool indexes);
static bool is_asked_for(HeapTuple row, TupleDesc desc);
static void read_names(RelmapDropped *object, Datum names);
static void after_command(void *arg);
static bool alters_type(const Node *command);
static void follow_attach(const AlterTableStmt *stmt);
static List *keys_of(Oid relid);
static void follow_accessor(void *arg);


/* ---- the event triggers ----------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_before_drop);

/*
 * ddl_command_start of DROP TABLE and the like: correct the accessors'
 * dependencies, which a restore or pg_upgrade has lost, so that no CASCADE is
 * needed because of an accessor, and none survives the extension.
 */
PGDLLEXPORT Datum
relmap_before_drop(PG_FUNCTION_ARGS)
{
	run(fcinfo, "before_drop", "ddl_command_start", relmap_beforedrop_prepare);
	PG_RETURN_NULL();
}

PG_FUNCTION_INFO_V1(relmap_before_drop_extension);

/*
 * The same of DROP EXTENSION, for an event trigger that is not in C, so that
 * the extension can be dropped without the library.
 */
PGDLLEXPORT Datum
relmap_before_drop_extension(PG_FUNCTION_ARGS)
{
	PreventCommandIfReadOnly("DROP EXTENSION");
	run_work(relmap_beforedrop_extension, NULL, CMDTAG_DROP_EXTENSION);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(relmap_before_rename);

/*
 * ddl_command_start of what may rename something: analyse conditions and
 * lists, which know what they name by OID then.
 */
PGDLLEXPORT Datum
relmap_before_rename(PG_FUNCTION_ARGS)
{
	relmap_eventtrigger_check(fcinfo, "before_rename", "ddl_command_start");
	if (relmap_textnames_concerns(((EventTriggerData *) fcinfo->context)->parsetree))
		run(fcinfo, "before_rename", "ddl_command_start",
			relmap_textnames_before);
	PG_RETURN_NULL();
}

PG_FUNCTION_INFO_V1(relmap_after_drop);

/*
 * sql_drop: a relationship goes with what it stands on.
 */
PGDLLEXPORT Datum
relmap_after_drop(PG_FUNCTION_ARGS)
{
	run(fcinfo, "after_drop", "sql_drop", after_drop);
	PG_RETURN_NULL();
}

PG_FUNCTION_INFO_V1(relmap_after_command);

/*
 * ddl_command_end: declarations, triggers and accessors follow renames, and
 * accessors follow their tables to other schemas, owners and types.
 */
PGDLLEXPORT Datum
relmap_after_command(PG_FUNCTION_ARGS)
{
	relmap_eventtrigger_check(fcinfo, "after_command", "ddl_command_end");
	if (may_change(((EventTriggerData *) fcinfo->context)->parsetree))
		run(fcinfo, "after_command", "ddl_command_end", after_command);
	PG_RETURN_NULL();
}

/*
 * May a command change what is to be followed?  Most do not that are neither
 * of a table or an index nor a rename: a new owner of a function, for example.
 * A restore adds constraints and indexes to thousands of tables, one by one.
 */
static bool
may_change(Node *command)
{
	if (IsA(command, AlterTableStmt) || IsA(command, IndexStmt))
		return changes_tables(command) ||
			(relmap_catalog_exists() && relmap_suspended_concerns(command));
	return IsA(command, AlterExtensionStmt) || relmap_textnames_concerns(command);
}

/*
 * Does ALTER TABLE or CREATE INDEX change more of a table than constraints,
 * indexes, and what no declaration or accessor depends on?
 */
static bool
changes_tables(const Node *command)
{
	const AlterTableStmt *stmt = (const AlterTableStmt *) command;
	ListCell   *lc;

	if (!IsA(command, AlterTableStmt) || stmt->objtype == OBJECT_INDEX ||
		stmt->objtype == OBJECT_SEQUENCE)
		return false;
	foreach(lc, stmt->cmds)
	{
		if (!is_unseen(lfirst_node(AlterTableCmd, lc)))
			return true;
	}
	return false;
}

static bool
is_unseen(const AlterTableCmd *cmd)
{
	switch (cmd->subtype)
	{
		case AT_AddConstraint:
		case AT_ValidateConstraint:
		case AT_ColumnDefault:
		case AT_SetNotNull:
		case AT_DropNotNull:
		case AT_AddIdentity:
		case AT_SetStatistics:
		case AT_SetStorage:
		case AT_SetOptions:
		case AT_ResetOptions:
		case AT_SetRelOptions:
		case AT_ResetRelOptions:
		case AT_ClusterOn:
		case AT_DropCluster:
		case AT_ReplicaIdentity:
		case AT_EnableRowSecurity:
		case AT_DisableRowSecurity:
		case AT_ForceRowSecurity:
		case AT_NoForceRowSecurity:
			return true;
		default:
			return false;
	}
}

/*
 * Do the work of an event trigger; what goes wrong becomes a warning.
 */
static void
run(FunctionCallInfo fcinfo, const char *name, const char *event,
	void (*work) (void *))
{
	EventTriggerData *trigdata = (EventTriggerData *) fcinfo->context;

	relmap_eventtrigger_check(fcinfo, name, event);
	run_work(work, trigdata->parsetree, trigdata->tag);
}

static void
run_work(void (*work) (void *), void *arg, CommandTag tag)
{
	RelmapFollowing following;

	if (!relmap_catalog_exists())
		return;

	relmap_follow_begin(&following);
	PG_TRY();
	{
		(void) relmap_follow(work, arg, NULL);
	}
	PG_CATCH();
	{
		relmap_follow_abandon(&following);
		PG_RE_THROW();
	}
	PG_END_TRY();
	relmap_follow_end(&following, tag);
}

/*
 * Raise an error if this is not the call of an event trigger for that event;
 * name is the function's.
 */
void
relmap_eventtrigger_check(FunctionCallInfo fcinfo, const char *name,
						  const char *event)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by event trigger manager",
						name)));
	if (strcmp(((EventTriggerData *) fcinfo->context)->event, event) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be called by an event trigger for %s",
						name, event)));
}


/* ---- after a drop ----------------------------------------------------- */

/*
 * An index that DROP TABLE, DROP SCHEMA or ALTER TABLE drops is dropped with
 * its table, its constraint or its column, which are more useful to know.
 */
static void
after_drop(void *arg)
{
	Node	   *command = arg;
	bool		told = IsA(command, AlterTableStmt) ||
	(IsA(command, DropStmt) &&
	 (((DropStmt *) command)->removeType == OBJECT_TABLE ||
	  ((DropStmt *) command)->removeType == OBJECT_SCHEMA));

	relmap_dropped_follow(dropped_objects(!told),
						  relmap_beforedrop_indexed(command), "drop");
}

/*
 * What the command has dropped, as a list of RelmapDropped; indexes, too, if
 * they are asked for and were not dropped with a table.
 */
static List *
dropped_objects(bool indexes)
{
	TupleDesc	desc;
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, relmap_reported_drops(&desc))
	{
		HeapTuple	row = lfirst(lc);
		RelmapDropped *object = palloc0(sizeof(RelmapDropped));
		Datum		names;
		bool		isnull;

		object->classid = DatumGetObjectId(heap_getattr(row, RELMAP_DROPPED_CLASSID,
														desc, &isnull));
		object->objid = DatumGetObjectId(heap_getattr(row, RELMAP_DROPPED_OBJID,
													  desc, &isnull));
		object->objsubid = DatumGetInt32(heap_getattr(row, RELMAP_DROPPED_OBJSUBID,
													  desc, &isnull));
		object->type = TextDatumGetCString(heap_getattr(row, RELMAP_DROPPED_OBJECT_TYPE,
														desc, &isnull));
		if (strcmp(object->type, "index") == 0 &&
			!(indexes && is_asked_for(row, desc)))
			continue;
		names = heap_getattr(row, RELMAP_DROPPED_ADDRESS_NAMES, desc, &isnull);
		if (!isnull)
			read_names(object, names);
		result = lappend(result, object);
	}
	return result;
}

/*
 * Was this dropped because the command names it, or because of what it depends
 * on in the ordinary way, and not as a part of something else?
 */
static bool
is_asked_for(HeapTuple row, TupleDesc desc)
{
	bool		isnull;

	return DatumGetBool(heap_getattr(row, RELMAP_DROPPED_ORIGINAL, desc, &isnull)) ||
		DatumGetBool(heap_getattr(row, RELMAP_DROPPED_NORMAL, desc, &isnull));
}

/*
 * Take the names from pg_identify_object_as_address()'s array: of a table and
 * what is in it the schema, the table, and the column or constraint.  The
 * session's temporary schema, which is "pg_temp" there, gets its own name.
 */
static void
read_names(RelmapDropped *object, Datum names)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &count);
	if (count > 0)
		object->schema = TextDatumGetCString(elements[0]);
	if (count > 0 && strcmp(object->schema, "pg_temp") == 0)
		object->schema = get_namespace_name(LookupNamespaceNoError("pg_temp"));
	if (count > 1)
		object->name = TextDatumGetCString(elements[1]);
	if (count > 2)
		object->part = TextDatumGetCString(elements[2]);
}


/* ---- after any other command ------------------------------------------ */

/*
 * Follow a rename; then update the accessors that are not as they would be
 * created now.
 */
static void
after_command(void *arg)
{
	Node	   *command = arg;
	RelmapChanged *changed = relmap_changed_read();
	List	   *tables;
	const char *name = relmap_changed_name(command);
	bool		others = changed->others != NIL;
	bool		texts = relmap_textnames_after(command);
	bool		resumed = false;
	Work		work = {NULL};
	ListCell   *lc;

	if (alters_type(command))
		relmap_changed_add_typed(changed);
	tables = changed->tables;
	if (IsA(command, RenameStmt))
		relmap_rename_follow((RenameStmt *) command, tables);
	if (IsA(command, AlterTableStmt))
	{
		relmap_restored_catch_up(tables);
		follow_attach((AlterTableStmt *) command);
		relmap_detached_follow((AlterTableStmt *) command);
	}
	if ((IsA(command, AlterTableStmt) || IsA(command, IndexStmt)) &&
		!relmap_is_own_ddl())
		resumed = relmap_suspended_resume(tables, command);
	if (!others && !texts && !resumed && !IsA(command, RenameStmt) &&
		!IsA(command, AlterObjectSchemaStmt) && !changes_tables(command))
		return;

	foreach(lc, relmap_changed_declarations(changed, texts))
	{
		RelmapRelationship *r = work.relationship = lfirst(lc);

		work.body_only = !list_member_oid(tables, r->source);
		if (!r->accessor || !relmap_relationship_tables_exist(r))
			continue;
		if (name && work.body_only &&
			!list_member_oid(tables, r->target) &&
			!list_member_oid(tables, r->secondary) &&
			!relmap_accessor_mentions(r, name))
			continue;
		(void) relmap_follow(follow_accessor, &work, lfirst(lc));
	}
}

/*
 * Does a command change the attributes of a composite type, and with them the
 * columns of tables OF that type?
 */
static bool
alters_type(const Node *command)
{
	if (IsA(command, RenameStmt))
		return ((const RenameStmt *) command)->renameType == OBJECT_ATTRIBUTE;
	return IsA(command, AlterTableStmt) &&
		((const AlterTableStmt *) command)->objtype == OBJECT_TYPE;
}

/*
 * Update an accessor, if it is not as it would be created now.
 */
static void
follow_accessor(void *arg)
{
	const Work *work = arg;

	if (!relmap_accessor_is_current(work->relationship))
		relmap_accessor_follow(work->relationship, work->body_only);
}

/*
 * ATTACH PARTITION merges a foreign key into that of the partitioned table,
 * whose relationships the partition has from now on.  Those on its own key are
 * treated as if it were dropped.
 */
static void
follow_attach(const AlterTableStmt *stmt)
{
	List	   *merged = NIL;
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		if (cmd->subtype == AT_AttachPartition)
			merged = list_concat(merged,
								 keys_of(RangeVarGetRelid(castNode(PartitionCmd, cmd->def)->name,
														  NoLock, true)));
	}
	if (merged)
		relmap_dropped_follow(merged, NIL, "attach");
}

/*
 * The foreign keys of a table that relationships stand on, as RelmapDropped.
 */
static List *
keys_of(Oid relid)
{
	List	   *keys = NIL;
	ListCell   *lc;

	foreach(lc, relmap_catalog_on_table(relid))
	{
		RelmapRelationship *r = lfirst(lc);
		RelmapDropped *key;

		key = palloc0(sizeof(RelmapDropped));
		key->type = "table constraint";
		key->schema = get_namespace_name(get_rel_namespace(relid));
		key->name = get_rel_name(relid);
		key->part = r->foreign_key;
		keys = lappend(keys, key);
	}
	return keys;
}
