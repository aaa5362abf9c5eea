/*-------------------------------------------------------------------------
 *
 * pathindex.h
 *	  The index that leads to a related row.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/pathindex.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PATHINDEX_H
#define RELMAP_PATHINDEX_H

#include "attributes/path.h"
#include "base/relationship.h"

/*
 * Set a path's index, and what a scan of it needs, if there is one that leads
 * to the row at once.  The path's columns are known, and the target is locked.
 */
extern void relmap_pathindex_resolve(RelmapPath *path,
									 const RelmapRelationship *relationship);

/*
 * The equality of an operator family by which a value of a type, which may be
 * wider than the column, is looked up; InvalidOid if there is none.
 */
extern Oid	relmap_pathindex_given_equality(Oid opfamily, Oid opcintype,
											Oid type);

#endif							/* RELMAP_PATHINDEX_H */
