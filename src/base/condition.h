/*-------------------------------------------------------------------------
 *
 * condition.h
 *	  Conditions: expressions over the columns of one table.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/condition.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CONDITION_H
#define RELMAP_CONDITION_H

#include "access/htup.h"
#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "parser/parse_node.h"
#include "utils/relcache.h"

#include "base/owner.h"

/* A column whose old name a text may still have; next: others of its table. */
typedef struct RelmapOldName
{
	const char *old_name;
	const char *name;
	const struct RelmapOldName *next;
} RelmapOldName;

/* A text that is being analysed. */
typedef struct RelmapParse
{
	ParseState *pstate;
	Relation	rel;
	const char *text;
	const char *what;			/* the argument that it is, for errors */
	ErrorContextCallback callback;
} RelmapParse;

/*
 * While expressions are written or read that are stored: under fixed settings,
 * and with begin_stored as their author, until relmap_owner_restore().  An
 * error restores both.
 */
extern int	relmap_condition_fix_settings(void);
extern void relmap_condition_restore_settings(int level);
extern void relmap_condition_begin_stored(RelmapSwitch *save, Oid author);

/* The tree of a condition as a user gives it, checked; and of a stored one. */
extern Node *relmap_condition_parse(const char *text, Oid relid);
extern Node *relmap_condition_read(const char *text, Oid relid, Oid author);

/* The text of a stored one that has columns by old names. */
extern char *relmap_condition_renamed(const char *text, Oid relid, Oid author,
									  const RelmapOldName *old);

/* Does it use functions that are volatile, or not immutable? */
extern bool relmap_condition_is_volatile(Node *condition, Oid author);
extern bool relmap_condition_is_mutable(Node *condition, Oid author);

/*
 * The text of an expression over a table, as it is stored; with the columns of
 * alias, unless that is NULL.
 */
extern char *relmap_expression_text(Node *expression, Oid relid,
									const char *alias);

/*
 * Do two conditions, trees or stored texts, NULL for none, mean the same?  Is
 * one the predicate of this index?
 */
extern bool relmap_condition_equal(Node *a, Oid author_of_a,
								   Node *b, Oid author_of_b);
extern bool relmap_condition_same(const char *a, Oid author_of_a,
								  const char *b, Oid author_of_b, Oid relid);
extern bool relmap_condition_is_of_index(HeapTuple index, Node *condition,
										 Oid author, Oid relid);

/* The columns that an expression depends on, as in tg_updatedcols. */
extern Bitmapset *relmap_expression_columns(Node *expression);

/* Raise 0A000 if it uses a whole row, or system columns. */
extern void relmap_condition_check_columns(Node *expression, const char *what);

/*
 * Around the analysis of a text about a table's rows, which is the argument
 * what; old: it may have columns by these old names.
 */
extern void relmap_condition_parse_begin(RelmapParse *parse, const char *string,
										 const char *what, Oid relid,
										 const RelmapOldName *old);
extern void relmap_condition_parse_end(RelmapParse *parse);

/* Does a raw tree hold a subquery? */
extern bool relmap_condition_has_sublink(Node *raw);

/* Raise an error unless a text is one expression without subqueries. */
extern void relmap_condition_check_raw(const char *text);

#endif							/* RELMAP_CONDITION_H */
