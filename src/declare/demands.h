/*-------------------------------------------------------------------------
 *
 * demands.h
 *	  What a declaration demands: required and single_parent.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/demands.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_DEMANDS_H
#define RELMAP_DEMANDS_H

#include "base/relationship.h"
#include "declare/options.h"

/*
 * Put them into a declaration, or raise an error where it can't have them.
 * single_parent comes first: the cascade depends on it.  required needs
 * enforce.
 */
extern void relmap_demands_apply_single_parent(const RelmapOptions *options,
											   const RelmapRelationship *old,
											   RelmapRelationship *r);
extern void relmap_demands_apply_required(const RelmapOptions *options,
										  const RelmapRelationship *old,
										  RelmapRelationship *r);

#endif							/* RELMAP_DEMANDS_H */
