/*-------------------------------------------------------------------------
 *
 * dropped.h
 *	  Relationships are dropped, or suspended, with what they need.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/dropped.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_DROPPED_H
#define RELMAP_DROPPED_H

#include "nodes/pg_list.h"

/*
 * Drop or suspend the relationships that need these objects; dropped is of
 * RelmapDropped (ddl/lost.h).  indexed are the tables that the dropped indexes
 * were of, NIL if they are not known; command is for the NOTICE: "drop".
 */
extern void relmap_dropped_follow(List *dropped, List *indexed,
								  const char *command);

#endif							/* RELMAP_DROPPED_H */
