/*-------------------------------------------------------------------------
 *
 * path.h
 *	  Ways to one related row, resolved for reading.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/path.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PATH_H
#define RELMAP_PATH_H

#include "access/attnum.h"
#include "access/tupdesc.h"

#include "base/relationship.h"

/* One column of the key that leads to the related row. */
typedef struct RelmapPathKey
{
	AttrNumber	source_attnum;	/* the source's column with the value, or
								 * none: the caller gives it ... */
	Oid			source_type;	/* ... and its type */
	AttrNumber	target_attnum;	/* the target's column, if it has the key */
	AttrNumber	index_attnum;	/* from here on: if the path has an index */
	RegProcedure equal;			/* index column = value ... */
	Oid			subtype;		/* ... taken as that type */
	Oid			collation;
} RelmapPathKey;

/*
 * How the row related to a source row is found.  A backend has one for each
 * attribute that it has read, and keeps it for its life; after a change of
 * the tables valid is false until the next relmap_path_get(), and generation
 * differs after that.
 */
typedef struct RelmapPath RelmapPath;

struct RelmapPath
{
	Oid			source_type;	/* hash key: the row types ... */
	Oid			target_type;
	NameData	name;			/* ... the attribute ... */
	int32		ngiven;			/* ... and how many values are given: 0, or
								 * those of the columns of keyed_by */

	bool		valid;
	uint32		generation;

	Oid			source;
	Oid			target;
	TupleDesc	source_desc;
	int			nkeys;
	RelmapPathKey keys[INDEX_MAX_KEYS]; /* in the order of the foreign key;
										 * then those of keyed_by */
	Oid			index;			/* InvalidOid: find the row by the query */
	bool		backward;		/* ... at the end of its rows */
	struct _SPI_plan *plan;		/* the query's; NULL while it runs */
};

/*
 * The path of a to-one attribute, or, with that many given values, of a keyed
 * collection; an error if there is none, or if it leads to rows of another
 * type.  The target is locked on return.
 */
extern RelmapPath *relmap_path_get(Oid source_type, const char *name,
								   Oid target_type, int ngiven);

/*
 * The declaration that a path is made from; an error if there is none, or if it
 * does not lead to one row of the path's target type.
 */
extern RelmapRelationship *relmap_path_declaration(const RelmapPath *path);

#endif							/* RELMAP_PATH_H */
