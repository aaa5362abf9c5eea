/*-------------------------------------------------------------------------
 *
 * relmap.h
 *	  What the files of relmap share, grouped by the file that owns it.
 *
 * Three layers, each readable alone:
 *
 *	declarations	relationship.c > foreignkey.c, unique.c, catalog.c,
 *					enforce.c; ddl.c follows DDL
 *	enforcement		replace.c > incumbent.c, keylock.c, parking.c,
 *					statement.c, keytrigger.c; orphan.c
 *	access			accessor.c, related.c
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/relmap.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_H
#define RELMAP_H

#include "postgres.h"

#include "access/attnum.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* The schema that holds the extension's own objects. */
#define RELMAP_SCHEMA "relmap"

/* ---- relmap.c: module load -------------------------------------------- */

extern bool relmap_replacement; /* GUC relmap.replacement */

/* ---- foreignkey.c: which foreign key, which columns ------------------- */

/*
 * One FOREIGN KEY constraint of a child table, as pg_constraint has it.
 * child_attnums[i] references parent_attnums[i].
 */
typedef struct RelmapForeignKey
{
	Oid			oid;			/* pg_constraint.oid */
	NameData	name;
	Oid			child;			/* table with the key */
	Oid			parent;			/* table referenced */
	int			nkeys;
	AttrNumber	child_attnums[INDEX_MAX_KEYS];
	AttrNumber	parent_attnums[INDEX_MAX_KEYS];
	Oid			pf_eq_oprs[INDEX_MAX_KEYS]; /* parent = child */
	char		match_type;		/* FKCONSTR_MATCH_xxx */
	char		on_delete;		/* FKCONSTR_ACTION_xxx */
	int			n_set_null;		/* ON DELETE SET NULL (columns), 0 if none */
	AttrNumber	set_null[INDEX_MAX_KEYS];
	bool		validated;
	bool		enforced;		/* false: NOT ENFORCED (18 on) */
	bool		temporal;		/* PERIOD key (18 on) */
} RelmapForeignKey;

/* All top-level foreign keys of child that reference parent, by name. */
extern List *relmap_foreign_keys(Oid child, Oid parent);

/* The foreign key of child with that constraint name; NULL if there is none. */
extern RelmapForeignKey *relmap_foreign_key_by_name(Oid child, const char *name);

/*
 * The columns that letting go of a parent sets to NULL, of the nkeys columns
 * of a foreign key; returns how many, 0 if none can be NULL.  set_null is the
 * list of ON DELETE SET NULL (columns), n_set_null 0 if there is none.
 */
extern int	relmap_nullable_columns(Relation child,
									int nkeys, const AttrNumber *attnums,
									int n_set_null, const AttrNumber *set_null,
									AttrNumber *result);

/* ---- unique.c: the uniqueness under a one-to-one ---------------------- */

/*
 * The unique index of child on exactly these columns, in any order, that can
 * be relied on: valid, ready, live, without predicate or expression, NULLS
 * DISTINCT, btree.  One that belongs to a constraint is preferred.
 * InvalidOid if there is none.  Reads the relcache only.
 */
extern Oid	relmap_unique_index(Relation child, int nkeys,
								const AttrNumber *attnums);

/* ---- catalog.c: rows of relmap.relationship --------------------------- */

typedef enum RelmapDirection
{
	RELMAP_ONETOMANY,
	RELMAP_MANYTOONE,
	RELMAP_MANYTOMANY
} RelmapDirection;

/*
 * One declared attribute, a row of the catalog table relmap.relationship.
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
	char	   *on_replace;		/* nullify, delete, restrict; NULL where the
								 * side has none */
	char	   *order_by;		/* normalised */
	bool		enforce;
	char	   *own_constraint; /* the UNIQUE that relmap made */
	bool		accessor;
	char	   *doc;
	char	   *info;			/* jsonb's text */
} RelmapRelationship;

/* The declaration source.name; NULL if there is none. */
extern RelmapRelationship *relmap_catalog_get(Oid source, const char *name);

/* ---- accessor.c: the functions name(source) --------------------------- */

/*
 * Create, or write anew, the accessor of a declaration; the current user must
 * own the source table.  Any function with its name and argument that relmap
 * did not make is left alone and is an error (42723).
 */
extern void relmap_accessor_create(const RelmapRelationship *relationship);

/* Drop it, if it is there and relmap made it. */
extern void relmap_accessor_drop(const RelmapRelationship *relationship);

#endif							/* RELMAP_H */
