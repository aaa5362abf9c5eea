/*-------------------------------------------------------------------------
 *
 * difference.h
 *	  In what two declarations of one attribute differ.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/difference.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_DIFFERENCE_H
#define RELMAP_DIFFERENCE_H

#include "base/relationship.h"

/*
 * What a has and b has not, as arguments for a message; NULL if they are the
 * same.  They may be on two keys if other_key says so.
 */
extern char *relmap_difference(const RelmapRelationship *a,
							   const RelmapRelationship *b, bool other_key);

/* Do the conditions of two declarations of one source mean the same? */
extern bool relmap_difference_same_condition(const RelmapRelationship *a,
											 const RelmapRelationship *b);

#endif							/* RELMAP_DIFFERENCE_H */
