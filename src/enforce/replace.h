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

/* Is this the function of one of them? */
extern bool relmap_replace_is_trigger(const FmgrInfo *function);

#endif							/* RELMAP_REPLACE_H */
