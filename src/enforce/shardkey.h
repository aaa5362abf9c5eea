/*-------------------------------------------------------------------------
 *
 * shardkey.h
 *	  Foreign keys of shards, by the names that they have in the whole table.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/shardkey.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SHARDKEY_H
#define RELMAP_SHARDKEY_H

#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "base/foreignkey.h"

/*
 * The foreign key of child by that name, or of a shard by the name that the
 * whole table's key has; NULL if there is none.
 */
extern RelmapForeignKey *relmap_shardkey_of(Oid child, const char *name);

/*
 * The foreign key of that name in the whole table that references rel, a shard,
 * which has the trigger.  It is that of a shard of the table that the trigger
 * is FROM; of any table, if it is FROM none, as that was not there.  Whoever
 * made the trigger must have had the rights to the rows of its table.
 */
extern RelmapForeignKey *relmap_shardkey_referencing(const Trigger *trigger,
													 Relation rel,
													 const char *name);

#endif							/* RELMAP_SHARDKEY_H */
