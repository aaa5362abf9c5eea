/*-------------------------------------------------------------------------
 *
 * setlist.h
 *	  What on_replace => 'set ...' sets in a row that is replaced.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/setlist.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SETLIST_H
#define RELMAP_SETLIST_H

#include "access/attnum.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

#include "base/condition.h"

/* The list in a value of on_replace; NULL if it has none. */
extern const char *relmap_setlist_of(const char *on_replace);

/*
 * The tree of a list as a user gives it, checked, and of a stored one: a list
 * of TargetEntry, whose resno is the column.
 */
extern List *relmap_setlist_parse(const char *list, Oid relid);
extern List *relmap_setlist_read(const char *list, Oid relid, Oid author);

/* The text of a stored one that has columns by old names; of a tree. */
extern char *relmap_setlist_renamed(const char *list, Oid relid, Oid author,
									const RelmapOldName *old);
extern char *relmap_setlist_text(List *targets, Oid relid);

/* Do two stored lists do the same? */
extern bool relmap_setlist_same(const char *a, Oid author_of_a,
								const char *b, Oid author_of_b, Oid relid);

/* A column that two lists set to different values, or InvalidAttrNumber. */
extern AttrNumber relmap_setlist_conflict(List *a, List *b);

/* Does a list set this column to NULL? */
extern bool relmap_setlist_nullifies(List *targets, AttrNumber attnum);

/* A list by which a row obviously leaves a condition, or NULL. */
extern char *relmap_setlist_out_of(Node *condition, Oid relid);

/* The list with columns' defaults in the place of DEFAULT. */
extern List *relmap_setlist_with_defaults(List *targets, Relation rel);

/* Raise an error unless a text is such a list, without subqueries. */
extern void relmap_setlist_check_raw(const char *list);

#endif							/* RELMAP_SETLIST_H */
