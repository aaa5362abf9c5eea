/*-------------------------------------------------------------------------
 *
 * slotnames.h
 *	  What messages call a slot.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/slotnames.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SLOTNAMES_H
#define RELMAP_SLOTNAMES_H

#include "nodes/pg_list.h"

#include "enforce/keyinfo.h"

/*
 * The relationships (char *, "source.name") that are declared on a slot, by source
 * and name; and the first of them, or its foreign key.
 */
extern List *relmap_slotnames_all(const RelmapKeyInfo *key);
extern char *relmap_slotnames_first(const RelmapKeyInfo *key);

#endif							/* RELMAP_SLOTNAMES_H */
