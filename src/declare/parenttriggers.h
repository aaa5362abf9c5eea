/*-------------------------------------------------------------------------
 *
 * parenttriggers.h
 *	  The triggers on the parent, or that lead to it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/parenttriggers.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PARENTTRIGGERS_H
#define RELMAP_PARENTTRIGGERS_H

#include "base/relationship.h"
#include "declare/report.h"

/*
 * Bring the triggers on a declaration's source that cascade, to its children or
 * to its parent, or require a child, in line with the declarations of that
 * table; this one may be deleted, or changed.
 */
extern void relmap_parenttriggers_apply(const RelmapRelationship *relationship,
										RelmapReport *report);

/*
 * Drop those triggers, with the rights of the source's owner, if their foreign
 * key does not exist or no declaration wants them any more.
 */
extern void relmap_parenttriggers_drop(const RelmapRelationship *relationship,
									   RelmapReport *report);

#endif							/* RELMAP_PARENTTRIGGERS_H */
