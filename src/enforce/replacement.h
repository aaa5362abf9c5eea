/*-------------------------------------------------------------------------
 *
 * replacement.h
 *	  The setting relmap.replacement.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/replacement.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_REPLACEMENT_H
#define RELMAP_REPLACEMENT_H

/* Are rows replaced?  If not, a newcomer meets the unique index. */
extern bool relmap_replacement;

extern void relmap_replacement_init(void);

#endif							/* RELMAP_REPLACEMENT_H */
