/*-------------------------------------------------------------------------
 *
 * untouched.h
 *	  UPDATEs of columns that no slot depends on.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/untouched.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_UNTOUCHED_H
#define RELMAP_UNTOUCHED_H

extern void relmap_untouched_init(void);

#endif							/* RELMAP_UNTOUCHED_H */
