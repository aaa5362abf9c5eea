/*-------------------------------------------------------------------------
 *
 * orphan.h
 *	  Rows that have lost their parent.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/orphan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ORPHAN_H
#define RELMAP_ORPHAN_H

#include "commands/trigger.h"

#include "enforce/keyinfo.h"

extern void relmap_orphan_refuse_move(RelmapKeyInfo *key,
									  TriggerData *trigdata, bool by_update);

#endif							/* RELMAP_ORPHAN_H */
