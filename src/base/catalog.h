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

#include "base/compat.h"

/*
 * The schema of what users do not call: the table of declarations, trigger
 * functions, what accessors call.
 */
#define RELMAP_SCHEMA "relmap_internal"

typedef enum RelmapDirection
{
	RELMAP_ONETOMANY,
	RELMAP_MANYTOONE,
	RELMAP_MANYTOMANY
} RelmapDirection;

/*
 * One declared attribute, a row of the table of declarations.
 * Strings are NULL where the column is.
 */
typedef struct RelmapRelationship
{
	Oid			source;
	char	   *name;
	Oid			target;
	RelmapDirection direction;
	bool		uselist;
	char	   *back_populates;
	char	   *foreign_key;	/* its constraint's name: on the target
								 * (ONETOMANY), the source (MANYTOONE), or
								 * secondary: the key to source */
	List	   *foreign_columns;	/* of char *: the key's columns */
	Oid			secondary;		/* association table, or InvalidOid */
	char	   *secondary_key;	/* secondary's key to target */
	char	   *cascade;		/* normalised: "save-update, merge" */
	char	   *on_replace;		/* nullify, delete, restrict, "set ..."; NULL
								 * where the side has none */
	char	   *order_by;		/* normalised */
	bool		enforce;
	char	   *own_constraint; /* the UNIQUE that relmap made */
	bool		accessor;
	bool		brief;			/* read without doc and info; written, it
								 * leaves them as they are */
	char	   *doc;
	char	   *info;			/* jsonb's text */
	char	   *condition;		/* of rows of the target; as stored */
	List	   *keyed_by;		/* of char *: columns of the target */
	bool		required;		/* a row of the source must have a child */
	bool		single_parent;	/* MANYTOONE: no two rows share the parent */

	/* of char *; NIL if the row has none */
	List	   *referenced_columns; /* what the foreign key's columns
									 * reference */
	List	   *secondary_columns;	/* those of secondary_key ... */
	List	   *secondary_referenced;	/* ... and what they reference */

	/*
	 * Suspended: the key was dropped.  The catalog has NULL for its name, and
	 * the name that it had by itself; foreign_key and secondary_key are what
	 * the key was called.
	 */
	bool		key_lost;
	bool		secondary_key_lost;

	char	   *last_seen;		/* the columns that it names, see lastseen.h */
} RelmapRelationship;

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

/*
 * All declarations on the foreign keys of child that have these columns (of
 * char *), by source and name.  Two keys may have the same.
 */
extern List *relmap_catalog_on_columns(Oid child, List *columns);

/* Raise an error if a table can't have another relationship (54000). */
extern void relmap_catalog_check_room(Oid source);

/*
 * Write a declaration; no check is made here.  update finds the row by its old
 * name.  Each makes the change visible and invalidates the source's relcache
 * entry.
 */
extern void relmap_catalog_insert(const RelmapRelationship *relationship);
extern void relmap_catalog_update(const RelmapRelationship *relationship,
								  const char *old_name);
extern void relmap_catalog_delete(const RelmapRelationship *relationship);

/* The table that has the declaration's foreign key, and the one it references. */
static inline Oid
relmap_catalog_child(const RelmapRelationship *relationship)
{
	if (relationship->direction == RELMAP_MANYTOMANY)
		return relationship->secondary;
	return relationship->direction == RELMAP_MANYTOONE ?
		relationship->source : relationship->target;
}

static inline Oid
relmap_catalog_parent(const RelmapRelationship *relationship)
{
	return relationship->direction == RELMAP_MANYTOONE ?
		relationship->target : relationship->source;
}

/* Are all its tables there? */
extern bool relmap_catalog_tables_exist(const RelmapRelationship *relationship);

/* Does it lead to one child per parent, or per parent and key? */
extern bool relmap_catalog_is_slot(const RelmapRelationship *relationship);

/* Does it need its foreign key's columns, with others perhaps, to be unique? */
extern bool relmap_catalog_is_unique(const RelmapRelationship *relationship);

/* Does a normalised cascade have this value? */
extern bool relmap_catalog_cascade_has(const char *cascade, const char *value);

/* "source.name", for messages. */
extern char *relmap_catalog_display_name(Oid source, const char *name);

/* "one-to-many" and the like, for messages. */
extern const char *relmap_catalog_describe(const RelmapRelationship *relationship);

/*
 * Raise 42704: no such relationship.  The hint names the table's
 * relationships.
 */
pg_noreturn extern void relmap_catalog_report_missing(Oid source,
													  const char *name);

#endif							/* RELMAP_CATALOG_H */
