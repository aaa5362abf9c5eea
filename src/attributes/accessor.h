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

#include "base/catalog.h"

/*
 * Create or update the accessor of a declaration; the current user must own
 * the source table.  Any function with its name and argument that relmap did
 * not make is left alone and is an error (42723).
 */
extern void relmap_accessor_create(const RelmapRelationship *relationship);

/* Remove the comment that was written on it for this declaration. */
extern void relmap_accessor_forget_comment(const RelmapRelationship *relationship);

/* Drop it, if it is there and relmap made it. */
extern void relmap_accessor_drop(const RelmapRelationship *relationship);

/*
 * The accessor of a declaration, InvalidOid if there is none that relmap made.
 */
extern Oid	relmap_accessor_get(const RelmapRelationship *relationship);

/*
 * Correct an accessor's dependencies, which a restore or pg_upgrade loses: it
 * is dropped automatically with source, with target and with the extension.
 */
extern void relmap_accessor_depend(Oid accessor);

/*
 * Has the accessor the schema, owner and body that it would have if it were
 * created now?  If not, relmap_accessor_follow() updates it; it does not
 * create one.
 */
extern bool relmap_accessor_is_current(const RelmapRelationship *relationship);
extern void relmap_accessor_follow(const RelmapRelationship *relationship);

#endif							/* RELMAP_ACCESSOR_H */
