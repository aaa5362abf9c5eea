/*-------------------------------------------------------------------------
 *
 * accessor.h
 *	  The functions name(source).
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessor.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ACCESSOR_H
#define RELMAP_ACCESSOR_H

#include "base/relationship.h"

/*
 * Create or update the accessors of a declaration, one or, for a keyed
 * collection, two; the current user must own the source table.  Any function
 * with name and arguments of one that relmap did not make is left alone and is
 * an error (42723).
 */
extern void relmap_accessor_create(const RelmapRelationship *relationship);

/* Remove the comments that were written on them for this declaration. */
extern void relmap_accessor_forget_comment(const RelmapRelationship *relationship);

/* Drop those that are there and that relmap made; or that by key only. */
extern void relmap_accessor_drop(const RelmapRelationship *relationship);
extern void relmap_accessor_drop_keyed(const RelmapRelationship *relationship);

/*
 * The accessor of a declaration, InvalidOid if there is none that relmap made.
 */
extern Oid	relmap_accessor_get(const RelmapRelationship *relationship);

/* All accessors of a declaration that are there. */
extern List *relmap_accessor_list(const RelmapRelationship *relationship);

/*
 * Correct an accessor's dependencies, which a restore or pg_upgrade loses: it
 * is dropped automatically with source, with target and with the extension.
 * Correct ones are not written again.
 */
extern void relmap_accessor_depend(Oid accessor);

/* Does the body of one of them have this word in it? */
extern bool relmap_accessor_mentions(const RelmapRelationship *relationship,
									 const char *word);

/*
 * Are the accessors what they would be if they were made now?  If not, make
 * them follow: body and name, and schema and owner unless body_only.  Where
 * there is none, none is made.
 */
extern bool relmap_accessor_is_current(const RelmapRelationship *relationship);
extern void relmap_accessor_follow(const RelmapRelationship *relationship,
								   bool body_only);

/* Lock it for that, or for dropping it; 55006 if another session does. */
extern void relmap_accessor_lock_nowait(Oid accessor);

#endif							/* RELMAP_ACCESSOR_H */
