/*-------------------------------------------------------------------------
 *
 * lastseen.h
 *	  Which columns a declaration's names meant when it was written.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/lastseen.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_LASTSEEN_H
#define RELMAP_LASTSEEN_H

#include "base/condition.h"
#include "base/relationship.h"

/*
 * The columns that a declaration names, with their numbers, as a text for its
 * row; what its row has about a column that was renamed since stays.  NULL if
 * none of them is known.
 */
extern char *relmap_lastseen_text(const RelmapRelationship *relationship);

/*
 * The first column that has another name than the declaration knows, in words;
 * NULL if there is none.
 */
extern char *relmap_lastseen_describe(const RelmapRelationship *relationship);

/*
 * The columns of a table that have another name than the declaration knows,
 * and others.
 */
extern const RelmapOldName *relmap_lastseen_renamed(const RelmapRelationship *relationship,
													Oid relid,
													const RelmapOldName *others);

/*
 * Columns of a table (of char *) that a declaration names, as they are called
 * now.
 */
extern List *relmap_lastseen_names(const RelmapRelationship *relationship,
								   Oid relid, List *names);

/*
 * Give a declaration the names that these columns have now.  What can't be
 * analysed with them stays as it is.
 */
extern void relmap_lastseen_follow(RelmapRelationship *relationship);

/* These columns of a table are known by name now, not by number. */
extern void relmap_lastseen_forget(RelmapRelationship *relationship, Oid relid,
								   List *names);

#endif							/* RELMAP_LASTSEEN_H */
