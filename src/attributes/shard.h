/*-------------------------------------------------------------------------
 *
 * shard.h
 *	  Rows of shards, which have no relationships.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/shard.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SHARD_H
#define RELMAP_SHARD_H

/*
 * Raise 0A000 if source, which has no relationship of that name, is a shard of
 * a table that may have it.  For reading: the hint has the join to target,
 * unless that is InvalidOid.  For writing: what to write instead.
 */
extern void relmap_shard_check_read(Oid source, const char *name, Oid target);
extern void relmap_shard_check_write(Oid source, const char *name);

#endif							/* RELMAP_SHARD_H */
