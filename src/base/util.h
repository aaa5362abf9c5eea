/*-------------------------------------------------------------------------
 *
 * util.h
 *	  Tables and names in errors and statements, checks of tables.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/util.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_UTIL_H
#define RELMAP_UTIL_H

#include "nodes/pg_list.h"

/* Raise an error if it is no table that can have relationships (42809). */
extern void relmap_check_table(Oid relid);

/* Raise an error if it is not the current user's (42501). */
extern void relmap_check_owner(Oid relid);

/* The owner of a table. */
extern Oid	relmap_table_owner(Oid relid);

/* "a, b and c", of a list of char *. */
extern char *relmap_enumerate(List *items);

/* An auxiliary of ereport(): the table, column, constraint fields. */
extern int	relmap_errtable(Oid relid, const char *column,
							const char *constraint);

/* Schema-qualified and quoted, for statements. */
extern char *relmap_quoted_table(Oid relid);
extern char *relmap_quoted_columns(List *names);

/* Run one DDL statement as the current user. */
extern void relmap_run_ddl(const char *statement);

/* The next word of a list that commas and spaces separate; NULL at its end. */
extern char *relmap_next_word(char **rest);

#endif							/* RELMAP_UTIL_H */
