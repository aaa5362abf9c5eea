/*-------------------------------------------------------------------------
 *
 * accessorfunction.h
 *	  Accessors as functions of the database.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessorfunction.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ACCESSORFUNCTION_H
#define RELMAP_ACCESSORFUNCTION_H

#include "access/htup.h"
#include "nodes/pg_list.h"

/* What an accessor's body begins with, and no other function's. */
#define ACCESSOR_MARK "/* relmap */ SELECT "

/* What an accessor is, or is to be. */
typedef struct RelmapAccessor
{
	const char *attribute;		/* for messages */
	const char *name;
	Oid			source;			/* takes a row of it, has its schema and owner */
	List	   *key_types;		/* OIDs: its further arguments ... */
	List	   *key_names;		/* ... and their names, char * */
	bool		is_set;
	Oid			target;			/* returns rows of it */
	const char *doc;			/* NULL if none was given */
	const char *comment;		/* with or without one */
} RelmapAccessor;

/* Is this one that relmap made, of a row of that type? */
extern bool relmap_accessorfunction_is_one(HeapTuple tuple, Oid row_type);

/* Has it the arguments and the result of that one? */
extern bool relmap_accessorfunction_fits(Oid function,
										 const RelmapAccessor *accessor);

/* Has it schema, owner and name of that one, and this body? */
extern bool relmap_accessorfunction_is_current(Oid function,
											   const RelmapAccessor *accessor,
											   const char *body);
extern bool relmap_accessorfunction_has_body(Oid function, const char *body);

/* The body that it has. */
extern char *relmap_accessorfunction_body(Oid accessor);

/*
 * Create it; or change the function that is there, InvalidOid if there is
 * none, in place if it fits.
 */
extern void relmap_accessorfunction_create(const RelmapAccessor *accessor,
										   const char *body, Oid function);

/* Write name and body in place; then schema and owner, unless in_place_only. */
extern void relmap_accessorfunction_follow(Oid function,
										   const RelmapAccessor *accessor,
										   const char *body,
										   bool in_place_only);

extern void relmap_accessorfunction_drop(Oid function);
extern void relmap_accessorfunction_forget_comment(Oid function,
												   const RelmapAccessor *accessor);

/* "name(table, type)", for messages. */
extern char *relmap_accessorfunction_display(const char *name, Oid source,
											 List *key_types);
extern char *relmap_accessorfunction_display_name(Oid function);

#endif							/* RELMAP_ACCESSORFUNCTION_H */
