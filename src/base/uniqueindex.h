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

/*
 * The unique index of child on exactly these columns, in any order, that can
 * be relied on: valid, ready, live, without predicate or expression, NULLS
 * DISTINCT, btree.  One that belongs to a constraint is preferred.  InvalidOid
 * if there is none.  Takes no lock on child, and calls no function of its
 * owner's.
 */
extern Oid	relmap_uniqueindex_find(Oid child, int nkeys,
									const AttrNumber *attnums);

/* The UNIQUE constraint of child with that name, on exactly these columns. */
extern Oid	relmap_uniqueindex_constraint(Oid child, const char *name,
										  int nkeys, const AttrNumber *attnums);

#endif							/* RELMAP_UNIQUEINDEX_H */
