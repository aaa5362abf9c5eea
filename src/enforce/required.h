/*-------------------------------------------------------------------------
 *
 * required.h
 *	  Required relationships: a row must have a child.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/required.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_REQUIRED_H
#define RELMAP_REQUIRED_H

extern void relmap_required_init(void);

#endif							/* RELMAP_REQUIRED_H */
