/*-------------------------------------------------------------------------
 *
 * replace.h
 *	  The replacement triggers.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/replace.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_REPLACE_H
#define RELMAP_REPLACE_H

#include "fmgr.h"

extern bool relmap_replacement; /* GUC relmap.replacement */

extern bool relmap_replace_is_trigger(const FmgrInfo *function);
extern void relmap_replace_init(void);

#endif							/* RELMAP_REPLACE_H */
