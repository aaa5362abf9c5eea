/*-------------------------------------------------------------------------
 *
 * rename.c
 *	  Declarations and triggers follow the renaming of columns, constraints
 *	  and indexes.
 *
 * Tables are known by their OID; the names of columns and constraints are in
 * the declarations, those of columns in the triggers' arguments too.  These
 * are changed in place, so that a trigger keeps its name, comment and state,
 * and its ties to the triggers of partitions.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/rename.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "base/catalog.h"
#include "base/declkey.h"
#include "base/condition.h"
#include "base/foreignkey.h"
#include "base/nowait.h"
#include "base/orderby.h"
#include "base/setlist.h"
#include "base/util.h"
#include "ddl/follow.h"
#include "ddl/rename.h"

/* A rename, and what of it is followed by itself. */
typedef struct Renaming
{
	List	   *tables;			/* with the column; or one, with the
								 * constraint */
	const char *name;
	const char *new_name;
	RelmapRelationship *relationship;	/* a declaration ... */
	Oid			table;			/* ... or a table with triggers ... */
	Oid			from;			/* ... FROM another, or InvalidOid */
	bool		of_key;			/* it is the name of a foreign key, not that
								 * of a column */
} Renaming;

/* What an argument of one of relmap's triggers is. */
typedef enum ArgumentKind
{
	ARGUMENT_COLUMN,
	ARGUMENT_COLUMNS,			/* a list of quoted names */
	ARGUMENT_CONDITION,
	ARGUMENT_LIST,				/* what is set */
	ARGUMENT_KEY,				/* a foreign key's name */
	ARGUMENT_OTHER
} ArgumentKind;

static void rename_column(List *tables, const char *name,
						  const char *new_name);
static void follow_column(void *arg);
static bool has_column(const Renaming *renaming, RelmapRelationship *r);
static bool mentions(const char *expression, const char *name);
static void rename_texts(const Renaming *renaming, RelmapRelationship *r);
static bool rename_in(const Renaming *renaming, Oid relid, List *columns);
static void follow_arguments(void *arg);
static void follow_constraint(void *arg);
static bool has_constraint(const Renaming *renaming, RelmapRelationship *r);
static List *typed_tables(List *types);
static void rename_arguments(const Renaming *renaming);
static ArgumentKind argument_kind(Form_pg_trigger trigger, int i);
static bytea *renamed_arguments(const Renaming *renaming,
								Form_pg_trigger trigger, Datum args);
static const char *renamed_argument(const Renaming *renaming,
									ArgumentKind kind, const char *arg);
static void rename_constraint(Oid relid, const char *name,
							  const char *new_name);
static bool rename_string(char **string, const char *name,
						  const char *new_name);


/*
 * Follow a rename; tables are those that it has changed.
 */
void
relmap_rename_follow(const RenameStmt *stmt, List *tables)
{
	Oid			relid = tables == NIL ? InvalidOid : linitial_oid(tables);
	char		relkind = get_rel_relkind(relid);

	switch (stmt->renameType)
	{
		case OBJECT_COLUMN:
			rename_column(tables, stmt->subname, stmt->newname);
			break;
		case OBJECT_ATTRIBUTE:
			rename_column(typed_tables(tables), stmt->subname, stmt->newname);
			break;
		case OBJECT_TABCONSTRAINT:
			rename_constraint(relid, stmt->subname, stmt->newname);
			break;
		case OBJECT_INDEX:
		case OBJECT_TABLE:
			/* The index of a constraint takes the constraint along. */
			if (relkind == RELKIND_INDEX ||
				relkind == RELKIND_PARTITIONED_INDEX)
				rename_constraint(IndexGetRelation(relid, false),
								  stmt->relation->relname, stmt->newname);
			break;
		default:
			break;
	}
}

/*
 * A column of these tables, a table and its descendants, has another name.
 * First come the triggers, which are of the tables that the command has
 * changed.
 */
static void
rename_column(List *tables, const char *name, const char *new_name)
{
	Renaming	renaming = {tables, name, new_name};
	ListCell   *lc;

	foreach(lc, tables)
	{
		renaming.table = lfirst_oid(lc);
		(void) relmap_follow(follow_arguments, &renaming, NULL);
	}
	foreach(lc, relmap_catalog_involving(tables))
	{
		renaming.relationship = lfirst(lc);
		if (has_column(&renaming, renaming.relationship))
			(void) relmap_follow(follow_column, &renaming, lfirst(lc));
	}
}

/*
 * Write the column's new name into a declaration.
 */
static void
follow_column(void *arg)
{
	const Renaming *renaming = arg;
	RelmapRelationship *r = relmap_follow_lock(renaming->relationship);

	if (r && has_column(renaming, r))
	{
		rename_texts(renaming, r);
		relmap_catalog_update(r, r->name);
	}
}

/*
 * Does a declaration have the column by its old name?  It has the new one
 * then, but in the texts that may have it.  A declaration without an existing
 * foreign key may be made up, and is left as it is.
 */
static bool
has_column(const Renaming *renaming, RelmapRelationship *r)
{
	bool		changed = false;

	if (!relmap_declkey_stands(r) && !relmap_declkey_suspended(r))
		return false;
	changed |= rename_in(renaming, relmap_catalog_child(r),
						 r->foreign_columns);
	changed |= rename_in(renaming, relmap_declkey_parent(r),
						 r->referenced_columns);
	changed |= rename_in(renaming, r->secondary, r->secondary_columns);
	changed |= rename_in(renaming, r->target, r->secondary_referenced);
	changed |= rename_in(renaming, r->target, r->keyed_by);
	if (list_member_oid(renaming->tables, r->target) &&
		(mentions(r->condition, renaming->name) ||
		 mentions(relmap_setlist_of(r->on_replace), renaming->name)))
		changed = true;
	if (r->order_by && list_member_oid(renaming->tables, r->target) &&
		relmap_orderby_has(r->order_by, renaming->name))
	{
		r->order_by = relmap_orderby_change(r->order_by, renaming->name,
											renaming->new_name);
		changed = true;
	}
	return changed;
}

/*
 * May a text, or NULL, have the name of a column?
 */
static bool
mentions(const char *expression, const char *name)
{
	return expression != NULL &&
		strstr(expression, quote_identifier(name)) != NULL;
}

/*
 * Rename the column in a declaration's condition and list.
 */
static void
rename_texts(const Renaming *renaming, RelmapRelationship *r)
{
	RelmapOldName old = {renaming->name, renaming->new_name};
	Oid			author = relmap_table_owner(r->source);
	const char *list = relmap_setlist_of(r->on_replace);

	if (!list_member_oid(renaming->tables, r->target))
		return;
	if (mentions(r->condition, renaming->name))
		r->condition = relmap_condition_renamed(r->condition, r->target, author,
												&old);
	if (mentions(list, renaming->name))
		r->on_replace = psprintf("set %s", relmap_setlist_renamed(list, r->target,
																  author, &old));
}

/*
 * Rename the column in a list of those of one table.
 */
static bool
rename_in(const Renaming *renaming, Oid relid, List *columns)
{
	bool		changed = false;
	ListCell   *lc;

	if (!list_member_oid(renaming->tables, relid))
		return false;
	foreach(lc, columns)
		changed |= rename_string((char **) &lfirst(lc), renaming->name,
								 renaming->new_name);
	return changed;
}

static void
follow_arguments(void *arg)
{
	rename_arguments(arg);
}

/*
 * The tables of declarations that are made OF one of these types.
 */
static List *
typed_tables(List *types)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, relmap_catalog_all())
	{
		RelmapRelationship *r = lfirst(lc);
		Oid			relid = r->direction == RELMAP_MANYTOONE ? r->source : r->target;
		HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
		Oid			type;

		if (!HeapTupleIsValid(tuple))
			continue;
		type = ((Form_pg_class) GETSTRUCT(tuple))->reloftype;
		ReleaseSysCache(tuple);
		if (OidIsValid(type) && list_member_oid(types, get_typ_typrelid(type)))
			tables = list_concat_unique_oid(tables,
											find_all_inheritors(relid, NoLock,
																NULL));
	}
	return tables;
}

/*
 * A foreign key of child that references parent has another name, or is
 * another one.
 */
void
relmap_rename_key(Oid parent, Oid child, const char *name,
				  const char *new_name)
{
	Renaming	renaming = {NIL, name, new_name};
	ListCell   *lc;

	renaming.of_key = true;
	renaming.from = child;
	foreach(lc, find_all_inheritors(parent, NoLock, NULL))
	{
		renaming.table = lfirst_oid(lc);
		(void) relmap_follow(follow_arguments, &renaming, NULL);
	}
	renaming.from = InvalidOid;
	foreach(lc, find_all_inheritors(child, NoLock, NULL))
	{
		renaming.table = lfirst_oid(lc);
		(void) relmap_follow(follow_arguments, &renaming, NULL);
	}
}

/*
 * A declaration stands on other keys now than before; see the header.
 */
void
relmap_rename_keys(const RelmapRelationship *old, const RelmapRelationship *r)
{
	Oid			child = relmap_catalog_child(r);

	if (strcmp(old->foreign_key, r->foreign_key) != 0)
		relmap_rename_key(relmap_declkey_parent(r), child, old->foreign_key,
						  r->foreign_key);
	if (OidIsValid(r->secondary) &&
		strcmp(old->secondary_key, r->secondary_key) != 0)
		relmap_rename_key(r->target, child, old->secondary_key,
						  r->secondary_key);
}

/*
 * Change a name in the arguments of relmap's triggers on a table: a column's,
 * or a key's.
 */
static void
rename_arguments(const Renaming *renaming)
{
	Oid			relid = renaming->table;
	Oid			nspid = get_namespace_oid(RELMAP_SCHEMA, false);
	Relation	rel = table_open(TriggerRelationId, RowExclusiveLock);
	ScanKeyData key[1];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		changed = false;

	ScanKeyInit(&key[0], Anum_pg_trigger_tgrelid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, TriggerRelidNameIndexId, true, NULL, 1,
							  key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
		Datum		values[Natts_pg_trigger] = {0};
		bool		nulls[Natts_pg_trigger] = {0};
		bool		replace[Natts_pg_trigger] = {0};
		bytea	   *args;
		bool		isnull;
		Datum		old = heap_getattr(tuple, Anum_pg_trigger_tgargs,
									   RelationGetDescr(rel), &isnull);

		if (isnull || trigger->tgnargs == 0 ||
			trigger->tgconstrrelid != renaming->from ||
			get_func_namespace(trigger->tgfoid) != nspid)
			continue;
		args = renamed_arguments(renaming, trigger, old);
		if (args == NULL)
			continue;

		relmap_nowait_lock_tuple(rel, &tuple->t_self, "trigger");
		values[Anum_pg_trigger_tgargs - 1] = PointerGetDatum(args);
		replace[Anum_pg_trigger_tgargs - 1] = true;
		tuple = heap_modify_tuple(tuple, RelationGetDescr(rel), values, nulls,
								  replace);
		CatalogTupleUpdate(rel, &tuple->t_self, tuple);
		changed = true;
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);

	if (changed)
	{
		CacheInvalidateRelcacheByRelid(relid);
		CommandCounterIncrement();
	}
}

/*
 * What the i-th argument of a trigger of relmap's is.
 */
static ArgumentKind
argument_kind(Form_pg_trigger trigger, int i)
{
	static const ArgumentKind of_slot[] = {
		ARGUMENT_COLUMNS, ARGUMENT_COLUMNS, ARGUMENT_CONDITION, ARGUMENT_LIST
	};
	static const ArgumentKind of_required_child[] = {
		ARGUMENT_KEY, ARGUMENT_KEY, ARGUMENT_CONDITION, ARGUMENT_OTHER
	};
	const char *function = get_func_name(trigger->tgfoid);

	if (strncmp(function, "slot_", 5) == 0 &&
		trigger->tgnargs == lengthof(of_slot))
		return of_slot[i];
	if (strcmp(function, "required_child") == 0)
		return i < lengthof(of_required_child) ? of_required_child[i] :
			ARGUMENT_OTHER;
	if (OidIsValid(trigger->tgconstrrelid))
		return i == 0 ? ARGUMENT_KEY : ARGUMENT_OTHER;
	return ARGUMENT_COLUMN;
}

/*
 * A trigger's arguments, each ended by a null byte, with the new name; NULL if
 * none of them has the old one.
 */
static bytea *
renamed_arguments(const Renaming *renaming, Form_pg_trigger trigger,
				  Datum args)
{
	bytea	   *old = DatumGetByteaPP(args);
	const char *arg = VARDATA_ANY(old);
	bool		changed = false;
	StringInfoData buf;
	bytea	   *result;

	initStringInfo(&buf);
	for (int i = 0; i < trigger->tgnargs; i++)
	{
		const char *now = renamed_argument(renaming, argument_kind(trigger, i),
										   arg);

		appendBinaryStringInfo(&buf, now, strlen(now) + 1);
		changed |= now != arg;
		arg += strlen(arg) + 1;
	}
	if (!changed)
		return NULL;

	result = palloc(VARHDRSZ + buf.len);
	SET_VARSIZE(result, VARHDRSZ + buf.len);
	memcpy(VARDATA(result), buf.data, buf.len);
	return result;
}

/*
 * An argument with the new name; the same pointer if it has not the old one.
 */
static const char *
renamed_argument(const Renaming *renaming, ArgumentKind kind, const char *arg)
{
	RelmapOldName old = {renaming->name, renaming->new_name};
	Oid			author = relmap_table_owner(renaming->table);
	List	   *names;
	ListCell   *lc;

	if (renaming->of_key != (kind == ARGUMENT_KEY) || kind == ARGUMENT_OTHER)
		return arg;
	if (kind == ARGUMENT_KEY || kind == ARGUMENT_COLUMN)
		return strcmp(arg, renaming->name) == 0 ? renaming->new_name : arg;
	if (!mentions(arg, renaming->name))
		return arg;
	if (kind == ARGUMENT_CONDITION)
		return relmap_condition_renamed(arg, renaming->table, author, &old);
	if (kind == ARGUMENT_LIST)
		return relmap_setlist_renamed(arg, renaming->table, author, &old);

	if (!SplitIdentifierString(pstrdup(arg), ',', &names))
		return pstrdup(arg);
	foreach(lc, names)
		(void) rename_string((char **) &lfirst(lc), old.old_name, old.name);
	return relmap_quoted_columns(names);
}

/*
 * A constraint of a table has another name.
 */
static void
rename_constraint(Oid relid, const char *name, const char *new_name)
{
	Renaming	renaming = {list_make1_oid(relid), name, new_name};
	RelmapForeignKey *fk = relmap_foreignkey_by_name(relid, new_name);
	ListCell   *lc;

	if (fk)
		relmap_rename_key(fk->parent, relid, name, new_name);

	foreach(lc, relmap_catalog_on_table(relid))
	{
		renaming.relationship = lfirst(lc);
		if (has_constraint(&renaming, renaming.relationship))
			(void) relmap_follow(follow_constraint, &renaming, lfirst(lc));
	}
}

/*
 * Write the constraint's new name into a declaration.
 */
static void
follow_constraint(void *arg)
{
	const Renaming *renaming = arg;
	RelmapRelationship *r = relmap_follow_lock(renaming->relationship);

	if (r && has_constraint(renaming, r))
		relmap_catalog_update(r, r->name);
}

/*
 * Does a declaration name the constraint by its old name?  It has the new one
 * then.  One for which there is no foreign key of the new name is made up.
 */
static bool
has_constraint(const Renaming *renaming, RelmapRelationship *r)
{
	RelmapRelationship renamed = *r;
	bool		changed;

	changed = rename_string(&renamed.foreign_key, renaming->name,
							renaming->new_name);
	changed |= rename_string(&renamed.secondary_key, renaming->name,
							 renaming->new_name);
	changed |= rename_string(&renamed.own_constraint, renaming->name,
							 renaming->new_name);
	if (!changed || !relmap_declkey_stands(&renamed))
		return false;
	*r = renamed;
	return true;
}

/*
 * Replace a string that is the old name by the new one.
 */
static bool
rename_string(char **string, const char *name, const char *new_name)
{
	if (*string == NULL || strcmp(*string, name) != 0)
		return false;
	*string = pstrdup(new_name);
	return true;
}
