/*-------------------------------------------------------------------------
 *
 * assignlink.h
 *	  Rows of association tables, for assign() and append().
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/assignlink.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ASSIGNLINK_H
#define RELMAP_ASSIGNLINK_H

#include "attributes/assignment.h"

/* Insert the row that links the two, unless there is one. */
extern void relmap_assignlink_insert(const RelmapAssignment *a,
									 bool unless_linked);

/* The condition for the rows "s" that link them, or the source row to any. */
extern char *relmap_assignlink_condition(const RelmapAssignment *a,
										 bool whatever_target);

#endif							/* RELMAP_ASSIGNLINK_H */
