/*-------------------------------------------------------------------------
 *
 * losses.c
 *	  What a command has dropped, by table.
 *
 * DROP SCHEMA can drop some ten thousand objects, and take as many
 * relationships along.  Each relationship is compared only with what its own
 * tables have lost, and, if it has texts, with what these can name.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/losses.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"

#include "base/setlist.h"
#include "ddl/losses.h"
#include "ddl/lost.h"

/* What a table has lost. */
typedef struct TableLosses
{
	Oid			relid;			/* hash key */
	List	   *objects;		/* itself, or its parts */
} TableLosses;

struct RelmapLosses
{
	HTAB	   *by_table;		/* of TableLosses */
	List	   *tables;			/* their OIDs */
	List	   *indexes;		/* one of each schema: no more is known of
								 * them */
	List	   *others;			/* what an expression can name, but columns */
};

static void add(RelmapLosses *losses, RelmapDropped *object);
static void add_to_table(RelmapLosses *losses, Oid relid,
						 RelmapDropped *object);
static void add_index(RelmapLosses *losses, RelmapDropped *object);
static Oid	table_of(const RelmapDropped *object);
static bool is_part(const RelmapDropped *object);
static List *losses_of(const RelmapLosses *losses, Oid relid);


/*
 * Sort the objects.
 */
RelmapLosses *
relmap_losses_sort(List *dropped)
{
	RelmapLosses *losses = palloc0(sizeof(RelmapLosses));
	HASHCTL		ctl = {0};
	ListCell   *lc;

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(TableLosses);
	ctl.hcxt = CurrentMemoryContext;
	losses->by_table = hash_create("relmap losses", 64, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	foreach(lc, dropped)
		add(losses, lfirst(lc));
	return losses;
}

static void
add(RelmapLosses *losses, RelmapDropped *object)
{
	Oid			relid = table_of(object);

	if (OidIsValid(relid))
		add_to_table(losses, relid, object);
	if (strcmp(object->type, "index") == 0)
		add_index(losses, object);
	else if (!is_part(object))
		losses->others = lappend(losses->others, object);
}

static void
add_to_table(RelmapLosses *losses, Oid relid, RelmapDropped *object)
{
	bool		found;
	TableLosses *entry = hash_search(losses->by_table, &relid, HASH_ENTER,
									 &found);

	if (!found)
	{
		entry->objects = NIL;
		losses->tables = lappend_oid(losses->tables, relid);
	}
	entry->objects = lappend(entry->objects, object);
}

static void
add_index(RelmapLosses *losses, RelmapDropped *object)
{
	ListCell   *lc;

	foreach(lc, losses->indexes)
	{
		if (strcmp(((RelmapDropped *) lfirst(lc))->schema, object->schema) == 0)
			return;
	}
	losses->indexes = lappend(losses->indexes, object);
}

/*
 * The table that is gone, or that has lost a column or constraint; InvalidOid
 * if there is none.  No relationship needs another part: a table that was
 * dropped takes its foreign keys' triggers from all tables that it referenced.
 */
static Oid
table_of(const RelmapDropped *object)
{
	Oid			nspid;

	if (strcmp(object->type, "index") == 0)
		return InvalidOid;
	if (object->part == NULL || object->name == NULL)
		return object->classid == RelationRelationId ? object->objid :
			InvalidOid;
	if (strcmp(object->type, "table column") != 0 &&
		strcmp(object->type, "table constraint") != 0)
		return InvalidOid;
	nspid = get_namespace_oid(object->schema, true);
	return OidIsValid(nspid) ? get_relname_relid(object->name, nspid) :
		InvalidOid;
}

/*
 * Is it something of a table that no expression names without the table?
 */
static bool
is_part(const RelmapDropped *object)
{
	static const char *const parts[] = {
		"table column", "table constraint", "default value", "trigger", "rule",
		"policy", "toast table"
	};

	for (int i = 0; i < lengthof(parts); i++)
	{
		if (strcmp(object->type, parts[i]) == 0)
			return true;
	}
	return false;
}

List *
relmap_losses_tables(const RelmapLosses *losses)
{
	return losses->tables;
}

bool
relmap_losses_has_index(const RelmapLosses *losses)
{
	return losses->indexes != NIL;
}

/*
 * What a table has lost; NIL for InvalidOid.
 */
static List *
losses_of(const RelmapLosses *losses, Oid relid)
{
	TableLosses *entry = hash_search(losses->by_table, &relid, HASH_FIND, NULL);

	return entry ? entry->objects : NIL;
}

bool
relmap_losses_touch(const RelmapLosses *losses, const RelmapRelationship *r)
{
	return losses_of(losses, r->source) != NIL ||
		losses_of(losses, r->target) != NIL ||
		losses_of(losses, r->secondary) != NIL;
}

/*
 * See the header.
 */
List *
relmap_losses_for(const RelmapLosses *losses, const RelmapRelationship *r)
{
	List	   *result = list_copy(losses_of(losses, r->source));

	if (r->target != r->source)
		result = list_concat(result, losses_of(losses, r->target));
	if (r->secondary != r->source && r->secondary != r->target)
		result = list_concat(result, losses_of(losses, r->secondary));
	result = list_concat(result, losses->indexes);
	if (r->condition || relmap_setlist_of(r->on_replace))
		result = list_concat(result, losses->others);
	return result;
}
