/*-------------------------------------------------------------------------
 *
 * planned.h
 *	  Calls of accessors that are planned as joins.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/planned.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PLANNED_H
#define RELMAP_PLANNED_H

/* Set up the planner hook, if there is one already. */
extern void relmap_planned_init(void);

#endif							/* RELMAP_PLANNED_H */
