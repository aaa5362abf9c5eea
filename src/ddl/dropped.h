/*-------------------------------------------------------------------------
 *
 * dropped.h
 *	  Relationships go with what they stand on.
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
 * Let relationships go that stood on these; dropped is of RelmapDropped,
 * command what the NOTICE says of it.
 */
extern void relmap_dropped_follow(List *dropped, const char *command);

#endif							/* RELMAP_DROPPED_H */
