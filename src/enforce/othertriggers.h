/*-------------------------------------------------------------------------
 *
 * othertriggers.h
 *	  What a trigger must know of the others of its table.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/othertriggers.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_OTHERTRIGGERS_H
#define RELMAP_OTHERTRIGGERS_H

#include "enforce/keyinfo.h"

/*
 * Fill in what a trigger that replaces must know of the others: siblings,
 * has_other_update_trigger, has_later_trigger, deletes_orphans and is_followed;
 * and with that the columns that let a row leave the slot while it is parked.
 * If the key is inert, the first three of these.
 */
extern void relmap_othertriggers_set(RelmapKeyInfo *key, Trigger *trigger,
									 Relation rel);

/* Does a BEFORE UPDATE row trigger of the table fire that is not relmap's? */
extern bool relmap_othertriggers_update(Relation rel);

#endif							/* RELMAP_OTHERTRIGGERS_H */
