/*-------------------------------------------------------------------------
 *
 * childless.h
 *	  Rows that have no child.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/childless.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CHILDLESS_H
#define RELMAP_CHILDLESS_H

#include "base/relationship.h"

/*
 * Raise an error if a row of the source of a required relationship has no
 * child (23514).  The current user owns its tables.
 */
extern void relmap_childless_check(const RelmapRelationship *relationship);

/*
 * A query for these rows: of what is shown of them, an expression over the row
 * "p", or the columns of their key.  It means the same whatever the
 * search_path is.
 */
extern char *relmap_childless_query(const RelmapRelationship *relationship,
									const char *shown);

#endif							/* RELMAP_CHILDLESS_H */
