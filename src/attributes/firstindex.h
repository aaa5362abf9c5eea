/*-------------------------------------------------------------------------
 *
 * firstindex.h
 *	  The index by which the first of many rows is read.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/firstindex.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_FIRSTINDEX_H
#define RELMAP_FIRSTINDEX_H

#include "access/attnum.h"
#include "nodes/nodes.h"
#include "utils/relcache.h"

/*
 * An index of target in which the rows of one foreign key value stand in the
 * order of a normalised order_by: its first columns are those of the key, in
 * any order, and the next ones those of order_by.  *backward: they stand there
 * in reverse order.  It has the rows that meet condition, NULL for all, which
 * author has written.  InvalidOid if there is none.
 */
extern Oid	relmap_firstindex_find(Relation target, int nkeys,
								   const AttrNumber *attnums,
								   const char *order_by, Node *condition,
								   Oid author, bool *backward);

#endif							/* RELMAP_FIRSTINDEX_H */
