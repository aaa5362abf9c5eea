/*-------------------------------------------------------------------------
 *
 * follow.c
 *	  Each relationship follows a command independently of the others.
 *
 * Event triggers run for any user's commands and change declarations of other
 * users, which may be made up.  So an error in one declaration affects only
 * that one, a command does not wait for locks because of other users'
 * declarations, and there is one warning for a command.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/follow.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/declkey.h"
#include "base/subxact.h"
#include "base/util.h"
#include "ddl/follow.h"

/* Of the command that is followed now. */
static RelmapFollowing *current = NULL;

static bool may_wait_for(const RelmapRelationship *r);


void
relmap_follow_begin(RelmapFollowing *following)
{
	following->failed = 0;
	following->first = NULL;
	following->up = current;
	current = following;
}

/*
 * The work for the command is done: report what failed.
 */
void
relmap_follow_end(RelmapFollowing *following, CommandTag tag)
{
	relmap_follow_abandon(following);
	if (following->failed == 0)
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("relationships could not follow %s", GetCommandTagName(tag)),
			 following->failed == 1
			 ? errdetail_internal("%s", following->first)
			 : errdetail_plural("%s\n%d other could not either.",
								"%s\n%d others could not either.",
								following->failed - 1,
								following->first, following->failed - 1),
			 errhint("Run relmap.check() for a statement that fixes this.")));
}

/*
 * The command fails.
 */
void
relmap_follow_abandon(RelmapFollowing *following)
{
	current = following->up;
}

/*
 * Do one part of the work; see follow.h.
 */
bool
relmap_follow(void (*work) (void *), void *arg, const RelmapRelationship *r)
{
	ErrorData  *error = relmap_subxact_try(work, arg);

	if (error == NULL)
		return true;
	if (current->failed++ == 0)
	{
		char	   *message = psprintf("%s: %s",
									   unpack_sql_state(error->sqlerrcode),
									   error->message);

		current->first = r == NULL ? message :
			psprintf("Relationship \"%s\": %s",
					 relmap_relationship_display_name(r->source, r->name), message);
	}
	return false;
}

/*
 * Lock a declaration, and read it again; see follow.h.
 */
RelmapRelationship *
relmap_follow_lock(const RelmapRelationship *r)
{
	return relmap_catalog_lock(r->source, r->name, may_wait_for(r));
}

/*
 * Wait for a session that is changing the declaration?  One with an existing
 * foreign key: that makes its owner and those of the tables wait for each
 * other anyway.
 */
static bool
may_wait_for(const RelmapRelationship *r)
{
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)))
		return false;
	return relmap_declkey_stands(r) ||
		is_member_of_role_nosuper(GetUserId(), relmap_table_owner(r->source));
}
