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

/* How to call an accessor whose name is a reserved word; NULL if it is not. */
extern char *relmap_hints_reserved_word(const RelmapRelationship *relationship);

#endif							/* RELMAP_HINTS_H */
