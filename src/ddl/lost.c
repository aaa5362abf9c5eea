/*-------------------------------------------------------------------------
 *
 * lost.c
 *	  What a command has dropped of that which a relationship needs.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/lost.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "utils/lsyscache.h"

#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/lastseen.h"
#include "base/relationship.h"
#include "base/setlist.h"
#include "base/texts.h"
#include "base/util.h"
#include "ddl/lost.h"

static bool was_visible(const RelmapDropped *object);
static char *lost_one_of(Oid relid, List *columns, List *dropped);
static char *lost_in_condition(const RelmapRelationship *r, List *dropped);
static const char *last_name(const RelmapDropped *object);


/*
 * A column of a relationship's keys, or one that keys its collection, that the
 * command has dropped; NULL if it has dropped none.
 */
char *
relmap_lost_column(const RelmapRelationship *r, List *dropped)
{
	Oid			child = relmap_relationship_child(r);
	char	   *column = lost_one_of(child, r->foreign_columns, dropped);

	if (column == NULL)
		column = lost_one_of(relmap_relationship_parent(r), r->referenced_columns,
							 dropped);
	if (column == NULL)
		column = lost_one_of(r->secondary, r->secondary_columns, dropped);
	if (column == NULL)
		column = lost_one_of(r->target, r->secondary_referenced, dropped);
	if (column == NULL)
		column = lost_one_of(r->target, r->keyed_by, dropped);
	if (column == NULL && r->condition)
		column = lost_in_condition(r, dropped);
	return column;
}

/*
 * A column of the condition that the command has dropped.
 */
static char *
lost_in_condition(const RelmapRelationship *r, List *dropped)
{
	ListCell   *lc;

	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);

		if (object->part &&
			relmap_lost_part(r->target, "table column", object->part,
							 list_make1(object)) &&
			get_attnum(r->target, object->part) == InvalidAttrNumber &&
			relmap_texts_condition_has(r, object->part))
			return object->part;
	}
	return NULL;
}

/*
 * What the command has dropped that the list, or the condition of a relationship
 * that is not enforced, names, so that it can't be analysed any more: in words;
 * NULL if it is nothing.
 */
char *
relmap_lost_text(const RelmapRelationship *r, List *dropped)
{
	const RelmapDropped *object = relmap_lost_mentioned(r, dropped);

	if (object == NULL || relmap_texts_problem(r) == NULL)
		return NULL;
	return psprintf("%s \"%s\"",
					strcmp(object->type, "table column") == 0 ? "column" : object->type,
					last_name(object));
}

/*
 * An object that the command has dropped and that the texts may name; NULL if
 * there is none.
 */
const RelmapDropped *
relmap_lost_mentioned(const RelmapRelationship *r, List *dropped)
{
	const char *list = relmap_setlist_of(r->on_replace);
	ListCell   *lc;

	if (r->condition == NULL && list == NULL)
		return NULL;
	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);
		const char *name = last_name(object);

		if (name == NULL || strcmp(object->type, "index") == 0)
			continue;
		if (strcmp(object->type, "table column") == 0
			? relmap_lost_part(r->target, "table column", name,
							   list_make1(object)) &&
			relmap_texts_list_has(r, name)
			: relmap_mentions_word(r->condition, name) ||
			relmap_mentions_word(list, name))
			return object;
	}
	return NULL;
}

/*
 * What a dropped object was called, in its schema or table.
 */
static const char *
last_name(const RelmapDropped *object)
{
	return object->part ? object->part :
		object->name ? object->name : object->schema;
}

static char *
lost_one_of(Oid relid, List *columns, List *dropped)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		if (relmap_lost_part(relid, "table column", lfirst(lc), dropped))
			return lfirst(lc);
	}
	return NULL;
}

/*
 * The name of a table that was dropped, for a message; see the header.
 */
char *
relmap_lost_table_name(Oid relid, List *dropped)
{
	ListCell   *lc;

	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);

		if (object->classid == RelationRelationId &&
			object->objid == relid && object->objsubid == 0)
			return was_visible(object) ? object->name
				: psprintf("%s.%s", object->schema, object->name);
	}
	return NULL;
}

/*
 * Did the search_path lead from a dropped table's name to the table?
 */
static bool
was_visible(const RelmapDropped *object)
{
	Oid			nspid = get_namespace_oid(object->schema, true);
	List	   *path = fetch_search_path(true);
	bool		visible = OidIsValid(nspid) && list_member_oid(path, nspid) &&
	!OidIsValid(RelnameGetRelid(object->name));

	list_free(path);
	return visible;
}

/*
 * A table that does not exist, as text.  It may have been dropped before
 * without an event trigger, as a temporary table at the end of its session.
 */
char *
relmap_lost_table(Oid relid, List *dropped)
{
	char	   *name = relmap_lost_table_name(relid, dropped);

	return name ? psprintf("table \"%s\"", name)
		: pstrdup("a table that has gone before");
}

/*
 * Has the foreign key been dropped, or secondary's other one, and no other
 * between these tables has its columns?  If another has, r is made to name it.
 */
bool
relmap_lost_key(RelmapRelationship *r, bool far, List *dropped)
{
	Oid			child = relmap_relationship_child(r);
	Oid			parent = far ? r->target : relmap_relationship_parent(r);
	const char *key = far ? r->secondary_key : r->foreign_key;
	List	   *columns = relmap_lastseen_names(r, child, far ? r->secondary_columns : r->foreign_columns);
	List	   *referenced = relmap_lastseen_names(r, parent, far ? r->secondary_referenced : r->referenced_columns);
	RelmapForeignKey *other = NULL;
	ListCell   *lc;

	if ((far ? r->secondary_key_lost : r->key_lost) ||
		!relmap_lost_part(child, "table constraint", key, dropped))
		return false;

	foreach(lc, relmap_foreignkey_list(child, parent))
	{
		RelmapForeignKey *fk = lfirst(lc);
		bool		same_name = strcmp(NameStr(fk->name), key) == 0;

		if (relmap_declkey_same_columns(fk, columns, referenced) &&
			(other == NULL || same_name))
			other = fk;
	}
	if (other == NULL)
		return true;
	if (far)
		relmap_declkey_set_far(r, other);
	else
		relmap_declkey_set_near(r, other);
	return false;
}

/*
 * Has the last unique index of a relationship that needs one been dropped?
 */
bool
relmap_lost_uniqueness(const RelmapRelationship *r, List *dropped)
{
	Oid			child = relmap_relationship_child(r);

	return relmap_relationship_is_unique(r) &&
		(relmap_lost_part(child, "table constraint", NULL, dropped) ||
		 relmap_lost_part(child, "index", NULL, dropped)) &&
		relmap_texts_lacks_index(r);
}

/*
 * Has the command dropped a part of that table: a constraint or a column, of
 * that name if one is given, or an index?  Of an index only the schema is
 * known, which is its table's too.  A table that is gone has lost no part.
 */
bool
relmap_lost_part(Oid relid, const char *type, const char *part, List *dropped)
{
	const char *schema = get_namespace_name(get_rel_namespace(relid));
	const char *name = get_rel_name(relid);
	bool		is_index = strcmp(type, "index") == 0;
	ListCell   *lc;

	if (schema == NULL || name == NULL)
		return false;
	foreach(lc, dropped)
	{
		RelmapDropped *object = lfirst(lc);

		if (strcmp(object->type, type) != 0 || object->name == NULL ||
			strcmp(object->schema, schema) != 0)
			continue;
		if (!is_index &&
			(strcmp(object->name, name) != 0 || object->part == NULL ||
			 (part && strcmp(object->part, part) != 0)))
			continue;
		return true;
	}
	return false;
}
