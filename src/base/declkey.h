/*-------------------------------------------------------------------------
 *
 * declkey.h
 *	  The foreign keys that a declaration stands on.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/declkey.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_DECLKEY_H
#define RELMAP_DECLKEY_H

#include "base/foreignkey.h"
#include "base/relationship.h"

/* Is there a foreign key with its name, between its tables? */
extern bool relmap_declkey_stands(const RelmapRelationship *relationship);

/* Has a foreign key of it been dropped, and not been added again? */
extern bool relmap_declkey_suspended(const RelmapRelationship *relationship);

/*
 * The foreign key of a declaration, or secondary's other one: NULL if it does
 * not exist, or is not between its tables.
 */
extern RelmapForeignKey *relmap_declkey_near(const RelmapRelationship *relationship);
extern RelmapForeignKey *relmap_declkey_far(const RelmapRelationship *relationship);

/*
 * The same; if the key was dropped, a substitute that is made of its columns,
 * with the default equality of their types and no OID.
 */
extern RelmapForeignKey *relmap_declkey_near_columns(const RelmapRelationship *relationship);
extern RelmapForeignKey *relmap_declkey_far_columns(const RelmapRelationship *relationship);

/* Are the columns there by which it joins its tables? */
extern bool relmap_declkey_joins(const RelmapRelationship *relationship);

/*
 * The foreign key of a declaration, or secondary's other one, as it is called
 * now: by the name that the declaration has; or else by its columns; or, where
 * these are not there, the only one between the tables that no declaration
 * names.  NULL if there is none.
 */
extern RelmapForeignKey *relmap_declkey_search(const RelmapRelationship *relationship,
											   bool far);

/*
 * Write the columns of that key into a declaration; of secondary's other one.
 */
extern void relmap_declkey_set_near(RelmapRelationship *relationship,
									const RelmapForeignKey *fk);
extern void relmap_declkey_set_far(RelmapRelationship *relationship,
								   const RelmapForeignKey *fk);

/*
 * Has a foreign key these columns (of char *), in any order, and do they
 * reference those?  NIL: the referenced ones are not known.
 */
extern bool relmap_declkey_same_columns(const RelmapForeignKey *fk,
										List *columns, List *referenced);

/*
 * A key that is not there was dropped, if its columns are there: suspend a
 * declaration of which that was not seen.
 */
extern void relmap_declkey_miss(RelmapRelationship *relationship);

/* Why it is suspended, in words; NULL if it is not. */
extern char *relmap_declkey_suspension(const RelmapRelationship *relationship);

#endif							/* RELMAP_DECLKEY_H */
