/*-------------------------------------------------------------------------
 *
 * catalogrow.h
 *	  A row of the table of declarations, as a RelmapRelationship.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/catalogrow.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CATALOGROW_H
#define RELMAP_CATALOGROW_H

#include "access/htup.h"
#include "access/tupdesc.h"

#include "base/relationship.h"

/* Columns of the table of declarations, in the order of src/sql/declare.sql. */
enum
{
	Anum_source = 1,
	Anum_name,
	Anum_target,
	Anum_direction,
	Anum_uselist,
	Anum_back_populates,
	Anum_foreign_key,
	Anum_foreign_columns,
	Anum_secondary,
	Anum_secondary_key,
	Anum_cascade,
	Anum_on_replace,
	Anum_order_by,
	Anum_enforce,
	Anum_own_constraint,
	Anum_accessor,
	Anum_doc,
	Anum_info,
	Anum_condition,
	Anum_keyed_by,
	Anum_referenced_columns,
	Anum_secondary_columns,
	Anum_secondary_referenced,
	Anum_former_key,
	Anum_former_secondary_key,
	Anum_required,
	Anum_single_parent,
	Anum_watched,
	Anum_last_seen,
	Natts_relationship = Anum_last_seen
};

/* What is watched of a row: its texts, the keys that it waits for. */
#define RELMAP_WATCH_TEXTS 1
#define RELMAP_WATCH_KEYS 2

/* A row of it; brief: without doc and info. */
extern RelmapRelationship *relmap_catalogrow_read(HeapTuple tuple,
												  TupleDesc desc,
												  bool brief);

/* The values of a row, of which all columns are NULL before. */
extern void relmap_catalogrow_fill(const RelmapRelationship *r, Datum *values,
								   bool *nulls);

/* A string as a name. */
extern Datum relmap_catalogrow_name(const char *string);

#endif							/* RELMAP_CATALOGROW_H */
