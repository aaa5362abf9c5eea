/*-------------------------------------------------------------------------
 *
 * give.h
 *	  Parked rows get their slots.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/give.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_GIVE_H
#define RELMAP_GIVE_H

extern void relmap_give_init(void);

#endif							/* RELMAP_GIVE_H */
