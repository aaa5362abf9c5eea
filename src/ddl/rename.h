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

#include "base/relationship.h"

/* Write the new name; tables are the OIDs of what was renamed. */
extern void relmap_rename_follow(const RenameStmt *stmt, List *tables);

/*
 * Have the triggers that name a foreign key of child, which has these columns
 * and references parent, name another one; those of a declaration, the keys that
 * it stands on now.
 */
extern void relmap_rename_key(Oid parent, Oid child, List *columns,
							  const char *name, const char *new_name);
extern void relmap_rename_keys(const RelmapRelationship *old,
							   const RelmapRelationship *relationship);

#endif							/* RELMAP_RENAME_H */
