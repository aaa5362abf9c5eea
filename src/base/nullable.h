/*-------------------------------------------------------------------------
 *
 * nullable.h
 *	  Columns that can be set to NULL.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/nullable.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_NULLABLE_H
#define RELMAP_NULLABLE_H

#include "access/attnum.h"
#include "utils/relcache.h"

#include "base/foreignkey.h"

/*
 * Of the nkeys columns of a foreign key, those that are set to NULL when a row
 * leaves its parent; returns how many, 0 if none can be NULL.  set_null is the
 * list of ON DELETE SET NULL (columns), n_set_null 0 if there is none.
 */
extern int	relmap_nullable_columns(Relation child,
									int nkeys, const AttrNumber *attnums,
									int n_set_null, const AttrNumber *set_null,
									AttrNumber *result);

/* The same of a whole foreign key; 0 where MATCH FULL forbids a part of it. */
extern int	relmap_nullable_of_key(const RelmapForeignKey *fk,
								   AttrNumber *result);

/* Can every partition of child, if it has any, set these columns to NULL? */
extern bool relmap_nullable_in_partitions(Oid child, int n,
										  const AttrNumber *attnums);

/* Is a column in the partition key of a table or of its relatives? */
extern bool relmap_nullable_in_partition_key(Oid relid, const char *column);

#endif							/* RELMAP_NULLABLE_H */
