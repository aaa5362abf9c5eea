/*-------------------------------------------------------------------------
 *
 * assignslot.h
 *	  What assign(), append() and remove() do in relationships with a condition
 *	  or a key.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/assignslot.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ASSIGNSLOT_H
#define RELMAP_ASSIGNSLOT_H

#include "base/foreignkey.h"
#include "base/relationship.h"

/*
 * The columns, and their values, that make a row meet a relationship's
 * condition: lists of char *, for an UPDATE.  False if the condition does not
 * say so; both are NIL if there is none.
 */
extern bool relmap_assignslot_entry(const RelmapRelationship *r,
									const RelmapForeignKey *fk,
									List **columns, List **values);

/* The same of a condition's tree; fk is the foreign key that is set, or NULL. */
extern bool relmap_assignslot_read(Node *condition, Oid relid,
								   const RelmapForeignKey *fk,
								   List **columns, List **values);

/* Both lists as an array of text: each column is followed by its value. */
extern Datum relmap_assignslot_pairs(List *columns, List *values);

/*
 * The statement by which rows "c" of the target leave the relationship, the way
 * on_replace says; where: which rows.  NULL if there is none: the foreign key
 * can't be NULL.
 */
extern char *relmap_assignslot_exit(const RelmapRelationship *r,
									const RelmapForeignKey *fk,
									const char *where);

/* The condition of the rows "c", after " AND ", or "". */
extern char *relmap_assignslot_and_condition(const RelmapRelationship *r);

#endif							/* RELMAP_ASSIGNSLOT_H */
