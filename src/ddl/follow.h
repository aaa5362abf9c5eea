/*-------------------------------------------------------------------------
 *
 * follow.h
 *	  Each relationship follows a command independently of the others.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/follow.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_FOLLOW_H
#define RELMAP_FOLLOW_H

#include "tcop/cmdtag.h"

#include "base/relationship.h"

/* What could not follow a command. */
typedef struct RelmapFollowing
{
	int			failed;
	char	   *first;			/* what the first error says */
	struct RelmapFollowing *up; /* of the command that this one is a part of */
} RelmapFollowing;

/* Around all work for one command: one warning reports what failed. */
extern void relmap_follow_begin(RelmapFollowing *following);
extern void relmap_follow_end(RelmapFollowing *following, CommandTag tag);
extern void relmap_follow_abandon(RelmapFollowing *following);

/*
 * Call work(arg) in a subtransaction.  True if it succeeds; otherwise what it
 * did is rolled back, and its error remembered for the warning, as one of the
 * relationship, if that is not NULL.
 */
extern bool relmap_follow(void (*work) (void *), void *arg,
						  const RelmapRelationship *relationship);

/*
 * The same declaration, read again and locked against changes; NULL if it was
 * deleted.  It waits for a session that is changing it only if it is the
 * current user's, or its foreign key exists; otherwise that is an error.
 */
extern RelmapRelationship *relmap_follow_lock(const RelmapRelationship *relationship);

#endif							/* RELMAP_FOLLOW_H */
