/*-------------------------------------------------------------------------
 *
 * rename.c
 *	  Declarations and triggers follow the renaming of columns, constraints
 *	  and indexes.
 *
 * Tables are known by their OID; the names of columns and constraints are in
 * the declarations, and in the triggers' arguments.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/rename.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/lastseen.h"
#include "base/orderby.h"
#include "base/util.h"
#include "ddl/follow.h"
#include "ddl/rename.h"
#include "declare/argumentnames.h"
#include "declare/catchup.h"

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
	List	   *key;			/* it is the name of the foreign key with
								 * these columns; NIL: that of a column */
} Renaming;

static void rename_column(List *tables, const char *name,
						  const char *new_name);
static bool is_behind(const Renaming *renaming);
static void catch_up(void *arg);
static void follow_column(void *arg);
static bool has_column(const Renaming *renaming, RelmapRelationship *r);
static bool has_number(const Renaming *renaming, const RelmapRelationship *r);
static bool rename_in(const Renaming *renaming, Oid relid, List *columns);
static void follow_arguments(void *arg);
static bool is_waited_for(Oid relid, const char *name);
static void follow_constraint(void *arg);
static bool has_constraint(const Renaming *renaming, RelmapRelationship *r);
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
		case OBJECT_ATTRIBUTE:
			rename_column(tables, stmt->subname, stmt->newname);
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

	/* Names that are old already may be those of other columns by now. */
	foreach(lc, relmap_catalog_involving(tables))
	{
		renaming.relationship = lfirst(lc);
		if (is_behind(&renaming))
			(void) relmap_follow(catch_up, &renaming, lfirst(lc));
	}
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
 * Were other columns of the tables renamed, unseen, that a declaration names?
 */
static bool
is_behind(const Renaming *renaming)
{
	ListCell   *lc;

	foreach(lc, renaming->tables)
	{
		const RelmapOldName *old;

		for (old = relmap_lastseen_renamed(renaming->relationship,
										   lfirst_oid(lc), NULL);
			 old; old = old->next)
		{
			if (strcmp(old->old_name, renaming->name) != 0 ||
				strcmp(old->name, renaming->new_name) != 0)
				return true;
		}
	}
	return false;
}

/*
 * Let a declaration follow these first, and this rename with them.
 */
static void
catch_up(void *arg)
{
	const Renaming *renaming = arg;
	RelmapRelationship *r = relmap_follow_lock(renaming->relationship);

	if (r)
		(void) relmap_catchup(r, false);
}

/*
 * Write the column's new name into a declaration.
 */
static void
follow_column(void *arg)
{
	const Renaming *renaming = arg;
	RelmapRelationship *r = relmap_follow_lock(renaming->relationship);
	ListCell   *lc;

	if (r && has_column(renaming, r))
	{
		foreach(lc, renaming->tables)
			relmap_lastseen_forget(r, lfirst_oid(lc),
								   list_make1(pstrdup(renaming->name)));
		relmap_catalog_update(r, r->name);
	}
}

/*
 * Does a declaration have the column by its old name?  It has the new one
 * then, but in condition and list, which textnames.c sees to.  A declaration
 * without an existing foreign key may be made up, and is left as it is.
 */
static bool
has_column(const Renaming *renaming, RelmapRelationship *r)
{
	bool		changed = false;

	if (!relmap_declkey_stands(r) && !relmap_declkey_suspended(r))
		return false;
	changed |= rename_in(renaming, relmap_relationship_child(r),
						 r->foreign_columns);
	changed |= rename_in(renaming, relmap_relationship_parent(r),
						 r->referenced_columns);
	changed |= rename_in(renaming, r->secondary, r->secondary_columns);
	changed |= rename_in(renaming, r->target, r->secondary_referenced);
	changed |= rename_in(renaming, r->target, r->keyed_by);
	/* its number is to be forgotten, see follow_column() */
	changed |= has_number(renaming, r);
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
 * Does a declaration know the number of the column by its old name?  It may,
 * though it has no such column: its condition need only have the name in it,
 * as a part of another one.
 */
static bool
has_number(const Renaming *renaming, const RelmapRelationship *r)
{
	ListCell   *lc;

	foreach(lc, renaming->tables)
	{
		const RelmapOldName *old;

		for (old = relmap_lastseen_renamed(r, lfirst_oid(lc), NULL);
			 old; old = old->next)
		{
			if (strcmp(old->old_name, renaming->name) == 0)
				return true;
		}
	}
	return false;
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
	const Renaming *renaming = arg;
	RelmapOldName old = {renaming->name, renaming->new_name};

	relmap_argumentnames_change(renaming->table, renaming->from,
								renaming->key, false, &old);
}

/*
 * A foreign key of child that references parent has another name, or is
 * another one.
 */
void
relmap_rename_key(Oid parent, Oid child, List *columns, const char *name,
				  const char *new_name)
{
	Renaming	renaming = {NIL, name, new_name};
	ListCell   *lc;

	renaming.key = columns;
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
	Oid			child = relmap_relationship_child(r);
	ListCell   *lc;

	if (strcmp(old->foreign_key, r->foreign_key) != 0)
		relmap_rename_key(relmap_relationship_parent(r), child, r->foreign_columns,
						  old->foreign_key, r->foreign_key);
	if (OidIsValid(r->secondary) &&
		strcmp(old->secondary_key, r->secondary_key) != 0)
		relmap_rename_key(r->target, child, r->secondary_columns,
						  old->secondary_key, r->secondary_key);

	/* An equal key may have its columns in another order. */
	if (relmap_same_names(old->foreign_columns, r->foreign_columns))
		return;
	foreach(lc, find_all_inheritors(child, NoLock, NULL))
		relmap_argumentnames_reorder(lfirst_oid(lc), old->foreign_columns,
									 r->foreign_columns);
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

	if (fk && !is_waited_for(relid, name))
		relmap_rename_key(fk->parent, relid,
						  relmap_column_names(relid, fk->nkeys,
											  fk->child_attnums),
						  name, new_name);

	foreach(lc, relmap_catalog_on_table(relid))
	{
		renaming.relationship = lfirst(lc);
		if (has_constraint(&renaming, renaming.relationship))
			(void) relmap_follow(follow_constraint, &renaming, lfirst(lc));
	}
}

/*
 * Is a declaration suspended until a foreign key of that name is there again?
 * Triggers that have the name may be its own, and must keep it: another key
 * that had the name for a while would take them along.
 */
static bool
is_waited_for(Oid relid, const char *name)
{
	ListCell   *lc;

	foreach(lc, relmap_catalog_on_table(relid))
	{
		RelmapRelationship *r = lfirst(lc);

		if ((r->key_lost && strcmp(r->foreign_key, name) == 0) ||
			(r->secondary_key_lost && strcmp(r->secondary_key, name) == 0))
			return true;
	}
	return false;
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
