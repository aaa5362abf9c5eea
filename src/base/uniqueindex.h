/*-------------------------------------------------------------------------
 *
 * uniqueindex.h
 *	  The uniqueness under a one-to-one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/uniqueindex.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_UNIQUEINDEX_H
#define RELMAP_UNIQUEINDEX_H

#include "access/attnum.h"
#include "nodes/nodes.h"

#include "base/slot.h"

/*
 * The unique index of child on exactly these columns, in any order, that can
 * be relied on: valid, ready, live, without predicate or expression, NULLS
 * DISTINCT, btree.  One that belongs to a constraint is preferred.  InvalidOid
 * if there is none.  Takes no lock on child, and calls no function of its
 * owner's.
 */
extern Oid	relmap_uniqueindex_find(Oid child, int nkeys,
									const AttrNumber *attnums);

/* The same with that predicate, NULL for none, which author has written. */
extern Oid	relmap_uniqueindex_find_where(Oid child, int nkeys,
										  const AttrNumber *attnums,
										  Node *condition, Oid author);

/* Is that unique index of a slot the only one that will do? */
extern bool relmap_uniqueindex_is_alone(const RelmapSlot *slot, Oid index);

/*
 * The index of the UNIQUE constraint, or the unique index with the slot's
 * condition, of that name; InvalidOid if there is none.
 */
extern Oid	relmap_uniqueindex_by_name(const RelmapSlot *slot,
									   const char *name);

/*
 * The partial unique index on the slot's columns: the one of that name, or, if
 * name is NULL, the only one; InvalidOid if there is none.
 */
extern Oid	relmap_uniqueindex_partial(const RelmapSlot *slot,
									   const char *name);

/* Its predicate. */
extern Node *relmap_uniqueindex_predicate(Oid index);

#endif							/* RELMAP_UNIQUEINDEX_H */
