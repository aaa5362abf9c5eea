/*-------------------------------------------------------------------------
 *
 * nearnames.h
 *	  The names that a hint shows where one does not exist.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/nearnames.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_NEARNAMES_H
#define RELMAP_NEARNAMES_H

#include "nodes/pg_list.h"

#include "base/compat.h"

/*
 * What a hint shows of the names that exist: all, or of many those that are most
 * like name.  *others is how many it leaves out, or not positive.
 */
extern char *relmap_nearnames(List *names, const char *name, int *others);

/*
 * Raise 42703: the table has no column of that name.  The hint names those that
 * it has, of many the most similar ones.
 */
pg_noreturn extern void relmap_nearnames_missing_column(Oid relid,
														const char *column);

#endif							/* RELMAP_NEARNAMES_H */
