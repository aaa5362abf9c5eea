/*-------------------------------------------------------------------------
 *
 * requirements.h
 *	  What a foreign key needs for all declarations on it, and what it has.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/requirements.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_REQUIREMENTS_H
#define RELMAP_REQUIREMENTS_H

#include "base/slot.h"
#include "declare/triggers.h"

/* What one slot of a key needs, and what of that exists. */
typedef struct RelmapSlotRequirements
{
	RelmapSlot	slot;
	RelmapRelationship *holder; /* who wants it, first of all, or NULL */
	RelmapRelationship *single_parent;	/* a many-to-one that wants it unique,
										 * or NULL */
	bool		is_of_subject;	/* the declaration that is made has it */
	Oid			index;
	char	   *own;			/* the uniqueness that relmap made, or NULL */
	Oid			own_index;
	char	   *own_dependent;	/* what needs it otherwise, or NULL */
	bool		keep_unique;	/* others have asked for it */
	bool		add_unique;
	bool		drop_unique;
} RelmapSlotRequirements;

/* The same of one foreign key. */
typedef struct RelmapRequirements
{
	Oid			child;
	List	   *columns;		/* of char *: the triggers' arguments */
	RelmapForeignKey *fk;		/* NULL if there is none with its columns */
	bool		as_before;		/* the declaration that is altered replaces
								 * rows as it did */
	RelmapForeignKey *columns_key;	/* the same, or what stands in for it */
	List	   *declarations;	/* on it, or on another with its columns */
	List	   *others;			/* the same, of owners who may not ask for
								 * anything */
	RelmapRelationship *orphans;	/* who wants orphans deleted, or NULL */
	List	   *slots;			/* of RelmapSlotRequirements * */
	RelmapTriggers triggers;	/* wanted and there */
} RelmapRequirements;

/* A declaration that wants a slot to be unique; NULL if none does. */
extern RelmapRelationship *relmap_requirements_wants(const RelmapSlotRequirements *slot);

/* Those of the foreign key of a declaration; old as in reconcile.h. */
extern void relmap_requirements_compute(RelmapRequirements *need,
										const RelmapRelationship *subject,
										const RelmapRelationship *old, bool keep_constraint);

#endif							/* RELMAP_REQUIREMENTS_H */
