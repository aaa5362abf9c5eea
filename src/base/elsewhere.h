/*-------------------------------------------------------------------------
 *
 * elsewhere.h
 *	  Tables whose rows are kept elsewhere, by an engine that takes the place
 *	  of the planner.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/elsewhere.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ELSEWHERE_H
#define RELMAP_ELSEWHERE_H

/*
 * Is a query on this table answered without reading it?  Then its own storage
 * is empty or out of date, and must not be read.  The caller has a lock on the
 * table.
 */
extern bool relmap_elsewhere(Oid relid);

/*
 * The table of whose rows this one has a part, a shard; InvalidOid if it is
 * not known to be one.
 */
extern Oid	relmap_elsewhere_whole(Oid relid);

/*
 * The name that an object of the whole table has in the shard with this suffix
 * ("_102008").
 */
extern char *relmap_elsewhere_name_in_shard(const char *whole,
											const char *suffix);

/* Can it be one, by its name and by what plans queries here? */
extern bool relmap_elsewhere_may_be_shard(Oid relid);

/* The suffix of a name: where its last "_" and digits begin; NULL if none. */
extern const char *relmap_elsewhere_suffix(const char *name);

#endif							/* RELMAP_ELSEWHERE_H */
