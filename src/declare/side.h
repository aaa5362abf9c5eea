/*-------------------------------------------------------------------------
 *
 * side.h
 *	  What declaring, altering and dropping have in common, for one side of a
 *	  relationship.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/side.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SIDE_H
#define RELMAP_SIDE_H

#include "nodes/pg_list.h"

#include "base/relationship.h"
#include "declare/report.h"

/*
 * The declaration that is to be altered or dropped, read again when its foreign
 * key's table is locked.  If there is none: 42704, or with missing_ok a NOTICE
 * and NULL.
 */
extern RelmapRelationship *relmap_side_get(Oid source, const char *name,
										   bool missing_ok);

/* May the user make the accessor in the source table's schema?  Else 42501. */
extern void relmap_side_check_schema(const RelmapRelationship *r);

/*
 * Bring uniqueness and triggers in line with a change of a declaration that is
 * written already; old is what it was, or NULL.
 */
extern void relmap_side_enforce(const RelmapRelationship *r,
								const RelmapRelationship *old,
								bool keep_constraint, RelmapReport *report);

/* The accessors of a declaration that are there (char *), for the report. */
extern List *relmap_side_accessors(const RelmapRelationship *r);

#endif							/* RELMAP_SIDE_H */
