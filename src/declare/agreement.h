/*-------------------------------------------------------------------------
 *
 * agreement.h
 *	  Do the declarations on one foreign key agree?
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/agreement.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_AGREEMENT_H
#define RELMAP_AGREEMENT_H

#include "declare/requirements.h"

/* Each raises an error if they do not. */
extern void relmap_agreement_check_slot(const RelmapRequirements *need,
										const RelmapSlotRequirements *slot,
										const RelmapRelationship *r);
extern void relmap_agreement_check_key(const RelmapRequirements *need);
extern void relmap_agreement_check_lists(const RelmapRequirements *need);
extern void relmap_agreement_check_replaceable(const RelmapRequirements *need,
											   const RelmapSlotRequirements *slot,
											   int n_nullable, const AttrNumber *nullable);

#endif							/* RELMAP_AGREEMENT_H */
