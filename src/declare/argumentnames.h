/*-------------------------------------------------------------------------
 *
 * argumentnames.h
 *	  Names in the arguments of triggers.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/argumentnames.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ARGUMENTNAMES_H
#define RELMAP_ARGUMENTNAMES_H

#include "nodes/pg_list.h"

#include "base/condition.h"

/*
 * Change names in the arguments of relmap's triggers on a table, of those that
 * are FROM another one, all at once: the name of the foreign key that has these
 * columns, or if there are none, names of columns; in conditions and lists, too,
 * if texts says so.
 */
extern void relmap_argumentnames_change(Oid relid, Oid from, List *key,
										bool texts, const RelmapOldName *names);

/*
 * Let relmap's triggers on a table that name these columns (of char *), those
 * of a foreign key, name them in another order.
 */
extern void relmap_argumentnames_reorder(Oid relid, List *columns,
										 List *reordered);

#endif							/* RELMAP_ARGUMENTNAMES_H */
