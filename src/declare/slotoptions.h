/*-------------------------------------------------------------------------
 *
 * slotoptions.h
 *	  Which child a relationship leads to, and what happens to the replaced one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/slotoptions.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SLOTOPTIONS_H
#define RELMAP_SLOTOPTIONS_H

#include "base/relationship.h"
#include "declare/options.h"

extern void relmap_slotoptions_apply_keyed_by(const RelmapOptions *options,
											  const RelmapRelationship *old,
											  RelmapRelationship *r);
extern void relmap_slotoptions_apply_condition(const RelmapOptions *options,
											   const RelmapRelationship *old,
											   RelmapRelationship *r);
extern void relmap_slotoptions_check_condition(const RelmapRelationship *r);
extern void relmap_slotoptions_apply_on_replace(const RelmapOptions *options,
												const RelmapRelationship *old,
												RelmapRelationship *r);

extern bool relmap_slotoptions_same_on_replace(const RelmapRelationship *a,
											   const RelmapRelationship *b);

#endif							/* RELMAP_SLOTOPTIONS_H */
