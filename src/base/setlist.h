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

extern const char *relmap_setlist_of(const char *on_replace);
extern List *relmap_setlist_parse(const char *list, Oid relid);
extern List *relmap_setlist_read(const char *list, Oid relid, Oid author);
extern char *relmap_setlist_renamed(const char *list, Oid relid, Oid author,
									const RelmapOldName *old);
extern char *relmap_setlist_text(List *targets, Oid relid);
extern bool relmap_setlist_same(const char *a, Oid author_of_a,
								const char *b, Oid author_of_b, Oid relid);
extern AttrNumber relmap_setlist_conflict(List *a, List *b);
extern bool relmap_setlist_nullifies(List *targets, AttrNumber attnum);
extern char *relmap_setlist_out_of(Node *condition, Oid relid);
extern List *relmap_setlist_with_defaults(List *targets, Relation rel);
extern void relmap_setlist_check_raw(const char *list);

#endif							/* RELMAP_SETLIST_H */
