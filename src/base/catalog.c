/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  Rows of the table relmap_internal.relationship, the declarations.
 *
 * They are read and written as core does with its own catalogs: below SQL,
 * with a fresh snapshot.  So a declaration of another session is seen under
 * REPEATABLE READ too, and no user needs the right to write the table.  Its
 * trigger (accept.c) guards rows that are inserted by SQL: the COPY of a
 * restore.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/catalog.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/catalogroom.h"
#include "base/catalogrow.h"
#include "base/nowait.h"
#include "base/setlist.h"
#include "base/util.h"

static Relation open_catalog(LOCKMODE lockmode);
static SysScanDesc begin_get(Relation rel, Oid source, const char *name,
							 ScanKey keys);
static List *list_rows(const char *index, int nkeys, ScanKey keys);
static List *list_by(AttrNumber column, Oid relid);
static bool is_among(Oid relid, const Oid *sorted, int count);
static int	by_source_and_name(const ListCell *a, const ListCell *b);
static void finish_write(Relation rel, const RelmapRelationship *r);


/*
 * The declaration source.name; NULL if there is none.
 */
RelmapRelationship *
relmap_catalog_get(Oid source, const char *name)
{
	Relation	rel = open_catalog(AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan = begin_get(rel, source, name, keys);
	HeapTuple	tuple = systable_getnext(scan);
	RelmapRelationship *result = NULL;

	if (HeapTupleIsValid(tuple))
		result = relmap_catalogrow_read(tuple, RelationGetDescr(rel), false);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * Lock a declaration; see catalog.h.
 */
RelmapRelationship *
relmap_catalog_lock(Oid source, const char *name, bool wait)
{
	Relation	rel = open_catalog(RowExclusiveLock);
	RelmapRelationship *result = NULL;
	bool		locked = false;

	while (!locked)
	{
		ScanKeyData keys[2];
		SysScanDesc scan = begin_get(rel, source, name, keys);
		HeapTuple	tuple = systable_getnext(scan);

		/* if it was changed while we waited, read it again */
		if (!HeapTupleIsValid(tuple))
			locked = true;
		else if (wait)
			locked = relmap_nowait_lock_tuple_if(rel, &tuple->t_self, true);
		else
		{
			relmap_nowait_lock_tuple(rel, &tuple->t_self, "declaration");
			locked = true;
		}
		if (locked && HeapTupleIsValid(tuple))
			result = relmap_catalogrow_read(tuple, RelationGetDescr(rel),
											true);
		systable_endscan(scan);
		CHECK_FOR_INTERRUPTS();
	}
	table_close(rel, NoLock);
	return result;
}

/*
 * All declarations.
 */
List *
relmap_catalog_all(void)
{
	return list_rows("relationship_pkey", 0, NULL);
}

/*
 * Those that have a condition or a list.
 */
List *
relmap_catalog_with_texts(void)
{
	List	   *result = NIL;
	ScanKeyData key;
	ListCell   *lc;

	ScanKeyInit(&key, Anum_watched, BTGreaterEqualStrategyNumber, F_INT2GE,
				Int16GetDatum(RELMAP_WATCH_TEXTS));
	foreach(lc, list_rows("relationship_watched", 1, &key))
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->condition || relmap_setlist_of(r->on_replace))
			result = lappend(result, r);
	}
	return result;
}

/*
 * Is any declaration suspended because a foreign key was dropped?
 */
bool
relmap_catalog_has_suspended(void)
{
	Relation	rel = open_catalog(AccessShareLock);
	Oid			index = get_relname_relid("relationship_watched",
										  RelationGetNamespace(rel));
	ScanKeyData key;
	SysScanDesc scan;
	bool		result;

	ScanKeyInit(&key, Anum_watched, BTGreaterEqualStrategyNumber, F_INT2GE,
				Int16GetDatum(RELMAP_WATCH_KEYS));
	scan = systable_beginscan(rel, index, OidIsValid(index), NULL, 1, &key);
	result = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * All declarations of a source table, by name.
 */
List *
relmap_catalog_list(Oid source)
{
	return list_by(Anum_source, source);
}

/*
 * All declarations that lead from source to target.
 */
List *
relmap_catalog_between(Oid source, Oid target)
{
	ScanKeyData keys[2];
	List	   *result;

	ScanKeyInit(&keys[0], Anum_target,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(target));
	ScanKeyInit(&keys[1], Anum_source,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(source));
	result = list_rows("relationship_target", 2, keys);
	list_sort(result, by_source_and_name);
	return result;
}

/*
 * All declarations on the foreign keys of child, by source and name.
 */
List *
relmap_catalog_on_table(Oid child)
{
	/* Which column has the child, in the order of RelmapDirection. */
	static const AttrNumber child_column[] = {
		Anum_target, Anum_source, Anum_secondary
	};
	List	   *result = NIL;
	ListCell   *lc;
	int			direction;

	for (direction = 0; direction < lengthof(child_column); direction++)
	{
		foreach(lc, list_by(child_column[direction], child))
		{
			RelmapRelationship *r = lfirst(lc);

			if (r->direction == (RelmapDirection) direction)
				result = lappend(result, r);
		}
	}
	list_sort(result, by_source_and_name);
	return result;
}

/*
 * All declarations on the foreign keys of child that have these columns, by
 * source and name.
 */
List *
relmap_catalog_on_columns(Oid child, List *columns)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, relmap_catalog_on_table(child))
	{
		RelmapRelationship *r = lfirst(lc);

		if (relmap_same_names(r->foreign_columns, columns))
			result = lappend(result, r);
	}
	return result;
}

/*
 * All declarations that have one of these tables, by source and name.
 */
List *
relmap_catalog_involving(List *relids)
{
	int			count = list_length(relids);
	Oid		   *sorted = palloc(count * sizeof(Oid));
	List	   *result = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, relids)
		sorted[foreach_current_index(lc)] = lfirst_oid(lc);
	qsort(sorted, count, sizeof(Oid), oid_cmp);

	/* A declaration that has several of the tables is listed once. */
	for (int i = 0; i < count; i++)
	{
		if (i > 0 && sorted[i] == sorted[i - 1])
			continue;
		result = list_concat(result, list_by(Anum_source, sorted[i]));
		foreach(lc2, list_by(Anum_target, sorted[i]))
		{
			RelmapRelationship *r = lfirst(lc2);

			if (!is_among(r->source, sorted, count))
				result = lappend(result, r);
		}
		foreach(lc2, list_by(Anum_secondary, sorted[i]))
		{
			RelmapRelationship *r = lfirst(lc2);

			if (!is_among(r->source, sorted, count) &&
				!is_among(r->target, sorted, count))
				result = lappend(result, r);
		}
	}
	list_sort(result, by_source_and_name);
	return result;
}

/*
 * The declarations that have a table in one of the catalog's columns.
 */
static List *
list_by(AttrNumber column, Oid relid)
{
	ScanKeyData key;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	return list_rows(column == Anum_source ? "relationship_pkey" :
					 column == Anum_target ? "relationship_target" :
					 "relationship_secondary", 1, &key);
}

/*
 * The declarations that a scan of that index finds, in its order.
 */
static List *
list_rows(const char *index, int nkeys, ScanKey keys)
{
	Relation	rel = open_catalog(AccessShareLock);
	Oid			indexoid = get_relname_relid(index, RelationGetNamespace(rel));
	SysScanDesc scan = systable_beginscan(rel, indexoid, OidIsValid(indexoid),
										  NULL, nkeys, keys);
	HeapTuple	tuple;
	List	   *result = NIL;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		result = lappend(result,
						 relmap_catalogrow_read(tuple, RelationGetDescr(rel),
												true));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

static bool
is_among(Oid relid, const Oid *sorted, int count)
{
	return bsearch(&relid, sorted, count, sizeof(Oid), oid_cmp) != NULL;
}

static int
by_source_and_name(const ListCell *a, const ListCell *b)
{
	const RelmapRelationship *r = lfirst(a);
	const RelmapRelationship *s = lfirst(b);

	if (r->source != s->source)
		return r->source < s->source ? -1 : 1;
	return strcmp(r->name, s->name);
}

/*
 * Write a new declaration.
 */
void
relmap_catalog_insert(const RelmapRelationship *relationship)
{
	Relation	rel = open_catalog(RowExclusiveLock);
	TupleDesc	desc = RelationGetDescr(rel);
	Datum	   *values = palloc0(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));

	relmap_catalogroom_check(rel, relationship->source);
	memset(nulls, true, desc->natts * sizeof(bool));
	relmap_catalogrow_fill(relationship, values, nulls);
	CatalogTupleInsert(rel, heap_form_tuple(desc, values, nulls));
	finish_write(rel, relationship);
}

/*
 * Write a declaration over the one that is called old_name.
 */
void
relmap_catalog_update(const RelmapRelationship *relationship,
					  const char *old_name)
{
	Relation	rel = open_catalog(RowExclusiveLock);
	TupleDesc	desc = RelationGetDescr(rel);
	Datum	   *values = palloc0(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc0(desc->natts * sizeof(bool));
	bool	   *replace = palloc0(desc->natts * sizeof(bool));
	ScanKeyData keys[2];
	SysScanDesc scan = begin_get(rel, relationship->source, old_name, keys);
	HeapTuple	tuple = systable_getnext(scan);

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "could not find relationship \"%s\" of table %u",
			 old_name, relationship->source);

	memset(replace, true, Natts_relationship * sizeof(bool));
	if (relationship->brief)
		replace[Anum_doc - 1] = replace[Anum_info - 1] = false;
	relmap_catalogrow_fill(relationship, values, nulls);
	tuple = heap_modify_tuple(tuple, desc, values, nulls, replace);
	CatalogTupleUpdate(rel, &tuple->t_self, tuple);
	systable_endscan(scan);
	finish_write(rel, relationship);
}

/*
 * Delete a declaration.
 */
void
relmap_catalog_delete(const RelmapRelationship *relationship)
{
	Relation	rel = open_catalog(RowExclusiveLock);
	ScanKeyData keys[2];
	SysScanDesc scan = begin_get(rel, relationship->source,
								 relationship->name, keys);
	HeapTuple	tuple = systable_getnext(scan);

	if (HeapTupleIsValid(tuple))
		CatalogTupleDelete(rel, &tuple->t_self);
	systable_endscan(scan);
	finish_write(rel, relationship);
}

/*
 * Close the table, keeping the lock.  Make the change visible to this
 * transaction and invalidate caches that depend on the source table.
 */
static void
finish_write(Relation rel, const RelmapRelationship *r)
{
	table_close(rel, NoLock);
	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)))
		CacheInvalidateRelcacheByRelid(r->source);
	CommandCounterIncrement();
}

/*
 * The table relmap_internal.relationship; InvalidOid, or an error, if it is
 * not there.
 */
Oid
relmap_catalog_relid(bool missing_ok)
{
	Oid			nspid = get_namespace_oid(RELMAP_SCHEMA, missing_ok);
	Oid			relid = InvalidOid;

	if (OidIsValid(nspid))
		relid = get_relname_relid("relationship", nspid);
	if (!OidIsValid(relid) && !missing_ok)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"%s.%s\" does not exist",
						RELMAP_SCHEMA, "relationship")));
	return relid;
}

/*
 * Open relmap_internal.relationship.
 */
static Relation
open_catalog(LOCKMODE lockmode)
{
	return table_open(relmap_catalog_relid(false), lockmode);
}

/*
 * Can declarations be read?  Not while the extension is being created or
 * dropped.
 */
bool
relmap_catalog_exists(void)
{
	Oid			relid = relmap_catalog_relid(true);

	return OidIsValid(relid) &&
		OidIsValid(get_relname_relid("relationship_pkey",
									 get_rel_namespace(relid)));
}

/*
 * Scan it for one declaration.
 */
static SysScanDesc
begin_get(Relation rel, Oid source, const char *name, ScanKey keys)
{
	Oid			index = get_relname_relid("relationship_pkey",
										  RelationGetNamespace(rel));

	ScanKeyInit(&keys[0], Anum_source,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(source));
	ScanKeyInit(&keys[1], Anum_name,
				BTEqualStrategyNumber, F_NAMEEQ, relmap_catalogrow_name(name));
	return systable_beginscan(rel, index, OidIsValid(index), NULL, 2, keys);
}
