/*-------------------------------------------------------------------------
 *
 * pathquery.h
 *	  The query for a related row.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/pathquery.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PATHQUERY_H
#define RELMAP_PATHQUERY_H

#include "access/attnum.h"
#include "lib/stringinfo.h"

#include "attributes/path.h"

/*
 * Find the related row by the path's query, with the rights of the current
 * user.  values are those of the keys, none of them null.  The result is in
 * the caller's memory context.
 */
extern Datum relmap_pathquery_run(RelmapPath *path, Datum *values, bool *isnull);

/*
 * Append the condition " AND ..." that a column of "c", of the table target, is
 * the parameter at that position, of that type.
 */
extern void relmap_pathquery_append_given(StringInfo buf, Oid target,
										  AttrNumber attnum, Oid given_type,
										  int position);

/*
 * The columns of a table's primary key, of "c", for ORDER BY; NULL if it has
 * none.
 */
extern char *relmap_pathquery_primary_key(Oid relid);

#endif							/* RELMAP_PATHQUERY_H */
