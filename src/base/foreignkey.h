/*-------------------------------------------------------------------------
 *
 * foreignkey.h
 *	  Foreign keys: which ones there are, and what is known of each.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/foreignkey.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_FOREIGNKEY_H
#define RELMAP_FOREIGNKEY_H

#include "access/attnum.h"
#include "nodes/pg_list.h"

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
	Oid			pp_eq_oprs[INDEX_MAX_KEYS]; /* parent = parent */
	Oid			ff_eq_oprs[INDEX_MAX_KEYS]; /* child = child */
	char		match_type;		/* FKCONSTR_MATCH_xxx */
	char		on_delete;		/* FKCONSTR_ACTION_xxx */
	int			n_set_null;		/* ON DELETE SET NULL (columns), 0 if none */
	AttrNumber	set_null[INDEX_MAX_KEYS];
	bool		temporal;		/* PERIOD key (18 on) */
} RelmapForeignKey;

/* All top-level foreign keys of child that reference parent, by name. */
extern List *relmap_foreignkey_list(Oid child, Oid parent);

/*
 * The foreign key with that OID, NULL if it does not exist; reads the syscache
 * only.
 */
extern RelmapForeignKey *relmap_foreignkey_get(Oid constraint);

/*
 * The same; if a partition has it from its partitioned table, that table's.
 */
extern RelmapForeignKey *relmap_foreignkey_origin(Oid constraint);

/* The foreign key of child with that constraint name; NULL if there is none. */
extern RelmapForeignKey *relmap_foreignkey_by_name(Oid child,
												   const char *name);

/*
 * What a foreign key of that name on those columns (lists of char *) would be,
 * with no OID; compared by the default equality of the columns' types.  NULL if
 * a column is not there, or two have no such equality.
 */
extern RelmapForeignKey *relmap_foreignkey_of_columns(Oid child, Oid parent,
													  const char *name,
													  List *columns,
													  List *referenced);

#endif							/* RELMAP_FOREIGNKEY_H */
