/*-------------------------------------------------------------------------
 *
 * relationship.h
 *	  One relationship, as it is declared.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/relationship.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_RELATIONSHIP_H
#define RELMAP_RELATIONSHIP_H

#include "nodes/pg_list.h"

typedef enum RelmapDirection
{
	RELMAP_ONETOMANY,
	RELMAP_MANYTOONE,
	RELMAP_MANYTOMANY
} RelmapDirection;

/* What the body of an accessor begins with, and no other function's. */
#define RELMAP_ACCESSOR_MARK "/* relmap */ SELECT "

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

/* The table that has the declaration's foreign key, and the one it references. */
static inline Oid
relmap_relationship_child(const RelmapRelationship *relationship)
{
	if (relationship->direction == RELMAP_MANYTOMANY)
		return relationship->secondary;
	return relationship->direction == RELMAP_MANYTOONE ?
		relationship->source : relationship->target;
}

static inline Oid
relmap_relationship_parent(const RelmapRelationship *relationship)
{
	return relationship->direction == RELMAP_MANYTOONE ?
		relationship->target : relationship->source;
}

/* Are all its tables there? */
extern bool relmap_relationship_tables_exist(const RelmapRelationship *relationship);

/* Does it lead to one child per parent, or per parent and key? */
extern bool relmap_relationship_is_slot(const RelmapRelationship *relationship);

/* Does it need its foreign key's columns, with others perhaps, to be unique? */
extern bool relmap_relationship_is_unique(const RelmapRelationship *relationship);

/* Does a normalised cascade have this value? */
extern bool relmap_relationship_cascade_has(const char *cascade, const char *value);

/* "source.name", for messages. */
extern char *relmap_relationship_display_name(Oid source, const char *name);

/* "one-to-many" and the like, for messages. */
extern const char *relmap_relationship_describe(const RelmapRelationship *relationship);

#endif							/* RELMAP_RELATIONSHIP_H */
