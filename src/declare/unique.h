/*-------------------------------------------------------------------------
 *
 * unique.h
 *	  Making the uniqueness under a one-to-one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/unique.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_UNIQUE_H
#define RELMAP_UNIQUE_H

#include "access/attnum.h"

#include "base/slot.h"

/*
 * Make a UNIQUE constraint, or a unique index with the slot's condition;
 * returns its name.  r is who wants it.  The caller holds the lock.
 */
extern char *relmap_unique_add(const RelmapSlot *slot,
							   const RelmapRelationship *r);

/* Was an index, or its constraint, made by that? */
extern bool relmap_unique_is_own(Oid index);

/* Leave it to the table's owner. */
extern void relmap_unique_give_away(const RelmapSlot *slot, const char *name);

/* Drop it again. */
extern void relmap_unique_drop(const RelmapSlot *slot, const char *name);

/* "constraint" or "index", as it is called. */
extern const char *relmap_unique_word(const RelmapSlot *slot);

/* What depends on a unique index or its constraint; NULL if nothing does. */
extern char *relmap_unique_dependent(Oid index);

/*
 * The query that lists the keys that several rows have, and how many: as it is
 * run (qualified, so that search_path does not matter) or as it is shown.
 * shown is what it selects instead of the columns of the key, if not NULL.
 */
extern char *relmap_unique_violations_query(const RelmapSlot *slot,
											const char *shown, bool qualified);

#endif							/* RELMAP_UNIQUE_H */
