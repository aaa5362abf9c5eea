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

#include "access/attnum.h"
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

/*
 * Does the caller's search_path lead from a table's name to the table?  True of
 * one that does not exist any more.
 */
extern bool relmap_table_is_visible(Oid relid);

/* For messages: with the schema, where it is not visible; NULL if it is gone. */
extern char *relmap_table_display_name(Oid relid);

/* The same, quoted, for a statement that a message shows. */
extern char *relmap_shown_table(Oid relid);

/* Run one DDL statement as the current user. */
extern void relmap_run_ddl(const char *statement);

/* Is such a statement running now? */
extern bool relmap_is_own_ddl(void);

/* The next word of a list that commas and spaces separate; NULL at its end. */
extern char *relmap_next_word(char **rest);

/* Are n columns of a table the named ones (char *), in any order? */
extern bool relmap_columns_are(Oid relid, int n, const AttrNumber *attnums,
							   List *names);

/* May a text, or NULL, have the name of a column? */
extern bool relmap_mentions(const char *string, const char *name);

/* May it have the name as a word of its own?  Quotes do not matter. */
extern bool relmap_mentions_word(const char *string, const char *name);

/* Are two lists of char * the same? */
extern bool relmap_same_names(List *a, List *b);

/* Is a name in a list of char *?  Do two lists have the same, in any order? */
extern bool relmap_has_name(List *names, const char *name);
extern bool relmap_same_set_of_names(List *a, List *b);

/* The names (char *) of n columns of a table. */
extern List *relmap_column_names(Oid relid, int n, const AttrNumber *attnums);

/* The same, quoted and separated by commas, for a statement. */
extern char *relmap_quoted_attnums(Oid relid, int n,
								   const AttrNumber *attnums);

/* May the current user see these columns of every row? */
extern bool relmap_may_read(Oid relid, int nkeys, const AttrNumber *attnums);

#endif							/* RELMAP_UTIL_H */
