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
 * An object that a command has dropped.  Names are NULL where there is none:
 * schema and name of a table or index; part is its column or constraint.
 */
typedef struct RelmapDropped
{
	Oid			classid;
	Oid			objid;
	int32		objsubid;
	const char *type;			/* "table", "table constraint", "index", ... */
	char	   *schema;
	char	   *name;
	char	   *part;
} RelmapDropped;

/*
 * Drop or suspend the relationships that need these objects; dropped is of
 * RelmapDropped, command is for the NOTICE.
 */
extern void relmap_dropped_follow(List *dropped, const char *command);

#endif							/* RELMAP_DROPPED_H */
