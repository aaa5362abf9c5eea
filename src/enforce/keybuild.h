/*-------------------------------------------------------------------------
 *
 * keybuild.h
 *	  Compile a trigger.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/keybuild.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_KEYBUILD_H
#define RELMAP_KEYBUILD_H

#include "enforce/keyinfo.h"

extern RelmapKeyInfo *relmap_keybuild(Trigger *trigger, Relation rel);

#endif							/* RELMAP_KEYBUILD_H */
