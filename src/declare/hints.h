/*-------------------------------------------------------------------------
 *
 * hints.h
 *	  What else might have been meant by a declaration.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/hints.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_HINTS_H
#define RELMAP_HINTS_H

#include "base/relationship.h"
#include "declare/options.h"

/*
 * The hint for uselist => false on the many-to-one side r, where it says
 * nothing, while the other side (NULL if there is none) is a collection; NULL
 * if there is nothing to say.
 */
extern char *relmap_hints_uselist(const RelmapRelationship *r,
								  const RelmapOptions *options,
								  const RelmapRelationship *other);

/*
 * That the new declaration r, of a collection, might be meant as a one-to-one,
 * since no two rows have the same parent; or, of rows of its own table, as the
 * other direction, if has_side says that none was chosen.  NULL if there is
 * nothing to say.
 */
extern char *relmap_hints_collection(const RelmapRelationship *r,
									 const RelmapOptions *options);
extern char *relmap_hints_self(const RelmapRelationship *r, bool has_side);

/*
 * That a row which is replaced in the slot of r loses a column that another
 * foreign key has, too; NULL if it does not.
 */
extern char *relmap_hints_shared_column(const RelmapRelationship *relationship);

/* How to call an accessor whose name is a reserved word; NULL if it is not. */
extern char *relmap_hints_reserved_word(const RelmapRelationship *relationship);

#endif							/* RELMAP_HINTS_H */
