/*-------------------------------------------------------------------------
 *
 * rename.h
 *	  Following renames.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/rename.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_RENAME_H
#define RELMAP_RENAME_H

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

/* Write the new name; tables are the OIDs of what was renamed. */
extern void relmap_rename_follow(const RenameStmt *stmt, List *tables);

/* Have the triggers that cascade from parent to child name another key. */
extern void relmap_rename_key(Oid parent, Oid child, const char *name,
							  const char *new_name);

#endif							/* RELMAP_RENAME_H */
