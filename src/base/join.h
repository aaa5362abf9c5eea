/*-------------------------------------------------------------------------
 *
 * join.h
 *	  The join that a relationship stands for.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/join.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_JOIN_H
#define RELMAP_JOIN_H

#include "base/foreignkey.h"
#include "base/relationship.h"

/*
 * The foreign key that leads from a relationship's source: to its target, or
 * to secondary.  An error if it does not exist.
 */
extern RelmapForeignKey *relmap_join_key(const RelmapRelationship *relationship);

/* The foreign key of secondary that leads to its target. */
extern RelmapForeignKey *relmap_join_far_key(const RelmapRelationship *relationship);

/*
 * What follows FROM in a query for the related rows, which it calls "c", of a
 * row of the source: the expression source_row, or if that is NULL, one whose
 * key columns are $1, $2, ... in the order of the foreign key.
 */
extern char *relmap_join_text(const RelmapRelationship *relationship,
							  const char *source_row);

/*
 * The condition that a row of the child, an expression, references one of the
 * parent; that may be NULL as above.
 */
extern char *relmap_join_condition(const RelmapForeignKey *fk,
								   const char *parent, const char *child);

/* A table in FROM, or the target of a statement: "ONLY schema.table". */
extern char *relmap_join_table(Oid relid);

/*
 * The collation in which a foreign key compares two columns, when the row that
 * is looked up is the child's (to_child) or the parent's.
 */
extern Oid	relmap_join_collation(Oid parent_collation, Oid child_collation,
								  bool to_child);

#endif							/* RELMAP_JOIN_H */
