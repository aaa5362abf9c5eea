/*-------------------------------------------------------------------------
 *
 * catalog.h
 *	  Rows of the table of declarations.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/catalog.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CATALOG_H
#define RELMAP_CATALOG_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

#include "base/relationship.h"

/*
 * The schema of what users do not call: the table of declarations, trigger
 * functions, what accessors call.
 */
#define RELMAP_SCHEMA "relmap_internal"

/* The table of declarations; InvalidOid, or an error, if it is not there. */
extern Oid	relmap_catalog_relid(bool missing_ok);

/* Can it be read? */
extern bool relmap_catalog_exists(void);

/* The declaration source.name; NULL if there is none. */
extern RelmapRelationship *relmap_catalog_get(Oid source, const char *name);

/*
 * The same, brief, locked against changes by others; unless wait, 55006 if it
 * is being changed.
 */
extern RelmapRelationship *relmap_catalog_lock(Oid source, const char *name,
											   bool wait);

/*
 * Lists of declarations, brief ones, by source and name: all; those that have a
 * condition or a list, in any order; those of a
 * source table; those that lead from one table to another; those on the
 * foreign keys of a table; those that have one of these tables.
 */
extern List *relmap_catalog_all(void);
extern List *relmap_catalog_with_texts(void);
extern List *relmap_catalog_list(Oid source);
extern List *relmap_catalog_between(Oid source, Oid target);
extern List *relmap_catalog_on_table(Oid child);
extern List *relmap_catalog_involving(List *relids);

/* Is any declaration suspended because a foreign key was dropped? */
extern bool relmap_catalog_has_suspended(void);

/*
 * All declarations on the foreign keys of child that have these columns (of
 * char *), by source and name.  Two keys may have the same.
 */
extern List *relmap_catalog_on_columns(Oid child, List *columns);

/*
 * Write a declaration; no check is made here.  update finds the row by its old
 * name.  Each makes the change visible and invalidates the source's relcache
 * entry.
 */
extern void relmap_catalog_insert(const RelmapRelationship *relationship);
extern void relmap_catalog_update(const RelmapRelationship *relationship,
								  const char *old_name);
extern void relmap_catalog_delete(const RelmapRelationship *relationship);

#endif							/* RELMAP_CATALOG_H */
