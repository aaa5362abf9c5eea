/*-------------------------------------------------------------------------
 *
 * catchup.h
 *	  Renames that no event trigger saw.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/catchup.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CATCHUP_H
#define RELMAP_CATCHUP_H

#include "base/relationship.h"

/*
 * Let a declaration follow renames of columns that no event trigger saw, and
 * with it whatever else has the same names: triggers, other declarations.
 * Unless wait, 55006 for one that is being changed.  False if there was none.
 */
extern bool relmap_catchup(const RelmapRelationship *subject, bool wait);

#endif							/* RELMAP_CATCHUP_H */
