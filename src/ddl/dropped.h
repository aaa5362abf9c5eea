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
 * RelmapDropped (ddl/lost.h), command is for the NOTICE.
 */
extern void relmap_dropped_follow(List *dropped, const char *command);

#endif							/* RELMAP_DROPPED_H */
