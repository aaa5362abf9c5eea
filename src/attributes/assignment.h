/*-------------------------------------------------------------------------
 *
 * assignment.h
 *	  What the statements of assign(), append() and remove() are made of.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/assignment.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ASSIGNMENT_H
#define RELMAP_ASSIGNMENT_H

#include "access/attnum.h"

#include "base/foreignkey.h"
#include "base/relationship.h"

/* The two rows, as the statements have them. */
#define SOURCE "($1)"
#define TARGET "($2)"

/* An attribute, and the rows that it is to lead from and to. */
typedef struct RelmapAssignment
{
	RelmapRelationship *relationship;
	RelmapForeignKey *fk;		/* to or from the source */
	RelmapForeignKey *far;		/* MANYTOMANY: to the target */
	Datum		rows[2];
	Oid			types[2];
	bool		has_target;
} RelmapAssignment;

/* Columns of a table, each with something before and after it. */
extern char *relmap_assignment_columns(Oid relid, int n,
									   const AttrNumber *attnums,
									   const char *before, const char *after);

/* Run a statement, as the current user; how many rows there were. */
extern uint64 relmap_assignment_run(const RelmapAssignment *assignment,
									const char *statement);

#endif							/* RELMAP_ASSIGNMENT_H */
