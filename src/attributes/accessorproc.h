/*-------------------------------------------------------------------------
 *
 * accessorproc.h
 *	  Accessors as the server's catalog has them.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessorproc.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ACCESSORPROC_H
#define RELMAP_ACCESSORPROC_H

#include "access/htup.h"
#include "catalog/pg_proc.h"
#include "nodes/pg_list.h"

#include "base/relationship.h"

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
extern bool relmap_accessorproc_is_one(HeapTuple tuple, Oid row_type);

/* All functions that look as if relmap had made them for a table (OIDs). */
extern List *relmap_accessorproc_all(void);

/* Has it the arguments and the result of that one? */
extern bool relmap_accessorproc_fits(Oid function,
									 const RelmapAccessor *accessor);

/* Has it schema, owner and name of that one, and this body? */
extern bool relmap_accessorproc_is_current(Oid function,
										   const RelmapAccessor *accessor,
										   const char *body);
extern bool relmap_accessorproc_has_body(Oid function, const char *body);

/* The body that it has. */
extern char *relmap_accessorproc_body(Oid accessor);

/* The types of its arguments; are they those of that function? */
extern oidvector *relmap_accessorproc_argument_types(const RelmapAccessor *accessor);
extern bool relmap_accessorproc_has_arguments(Form_pg_proc proc,
											  const oidvector *types);

/* The owner of a function. */
extern Oid	relmap_accessorproc_owner(Oid accessor);

/* Its qualified name and its arguments, as a command wants them. */
extern char *relmap_accessorproc_signature(Oid accessor);

/* "name(table, type)", for messages. */
extern char *relmap_accessorproc_display(const char *name, Oid source,
										 List *key_types);
extern char *relmap_accessorproc_display_name(Oid function);

#endif							/* RELMAP_ACCESSORPROC_H */
