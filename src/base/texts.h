/*-------------------------------------------------------------------------
 *
 * texts.h
 *	  The texts of declarations, conditions and lists, that may have lost what
 *	  they name.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/texts.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_TEXTS_H
#define RELMAP_TEXTS_H

#include "base/relationship.h"
#include "base/slot.h"

/* Why a declaration's texts can't be analysed any more; NULL if they can. */
extern char *relmap_texts_problem(const RelmapRelationship *relationship);

/* Does its condition, or its list, name a column of the target? */
extern bool relmap_texts_condition_has(const RelmapRelationship *relationship,
									   const char *column);
extern bool relmap_texts_list_has(const RelmapRelationship *relationship,
								  const char *column);

/*
 * The slot of a declaration, as relmap_slot_of() has it.  If the condition
 * can't be analysed any more, it is the predicate of the unique index that the
 * declaration stood on; false if there is none either.
 */
extern bool relmap_texts_slot(const RelmapRelationship *relationship,
							  const RelmapForeignKey *fk, RelmapSlot *slot);

/*
 * Does a declaration need a unique index, and has none?  Its foreign key may be
 * gone, too.
 */
extern bool relmap_texts_lacks_index(const RelmapRelationship *relationship);

/* That it has none, as part of a sentence. */
extern char *relmap_texts_not_unique(const RelmapRelationship *relationship);

/* Let a condition that can't be analysed any more be that predicate. */
extern void relmap_texts_refresh(RelmapRelationship *relationship);

#endif							/* RELMAP_TEXTS_H */
