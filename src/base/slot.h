/*-------------------------------------------------------------------------
 *
 * slot.h
 *	  Slots: what one row holds.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/slot.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SLOT_H
#define RELMAP_SLOT_H

#include "access/attnum.h"
#include "nodes/nodes.h"
#include "nodes/pg_list.h"

#include "base/foreignkey.h"
#include "base/relationship.h"

/*
 * A value of a foreign key and of the columns that key a collection, among the
 * rows that meet a condition.
 */
typedef struct RelmapSlot
{
	const RelmapForeignKey *fk;
	List	   *keyed_by;		/* of char *; NIL for none */
	char	   *condition;		/* as stored; NULL for none */
	Node	   *tree;			/* the same, analysed */
	Oid			author;			/* who has declared it */
	int			nkeys;			/* the columns of its unique index: those of */
	AttrNumber	attnums[INDEX_MAX_KEYS];	/* fk, then those of keyed_by */
} RelmapSlot;

/*
 * The slot that a declaration on fk has; false if a column of it does not
 * exist.  An error if the condition can't be analysed any more.
 */
extern bool relmap_slot_of(const RelmapRelationship *relationship,
						   const RelmapForeignKey *fk, RelmapSlot *slot);

/* Are two slots on one foreign key the same?  Has it neither key nor condition? */
extern bool relmap_slot_same(const RelmapSlot *a, const RelmapSlot *b);
extern bool relmap_slot_is_plain(const RelmapSlot *slot);

/* The names (char *) of its columns; its unique index, or InvalidOid. */
extern List *relmap_slot_columns(const RelmapSlot *slot);
extern Oid	relmap_slot_index(const RelmapSlot *slot);

#endif							/* RELMAP_SLOT_H */
