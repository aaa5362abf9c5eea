/*-------------------------------------------------------------------------
 *
 * staying.h
 *	  Lists of on_replace that leave a replaced row in its slot.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/staying.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_STAYING_H
#define RELMAP_STAYING_H

#include "base/relationship.h"

/*
 * Raise an error (22023) if a list, of TargetEntry, sets columns of a
 * relationship's condition so that a row certainly meets it as before.
 */
extern void relmap_staying_check(List *targets, const RelmapRelationship *r);

#endif							/* RELMAP_STAYING_H */
