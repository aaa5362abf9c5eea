/*-------------------------------------------------------------------------
 *
 * secondary.c
 *	  The two foreign keys of an association table that a many-to-many
 *	  relationship stands on.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/secondary.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/foreignkey.h"
#include "base/keychoice.h"
#include "base/keyhint.h"
#include "base/util.h"
#include "declare/secondary.h"

static List *without(List *keys, const RelmapForeignKey *fk);
static RelmapForeignKey *only_one(List *keys, List *all, Oid secondary,
								  Oid referenced, const char *argument);
static char *list_keys(List *keys, const char *argument);


/*
 * Choose the association table's key to source and that to target; see the
 * header.
 *
 * If both tables are the same, choosing either key leaves the other.
 */
void
relmap_secondary_choose(Oid secondary, Oid source, Oid target,
						List *foreign_keys, List *remote_side,
						RelmapForeignKey **near, RelmapForeignKey **far)
{
	List	   *all_near = relmap_foreignkey_list(secondary, source);
	List	   *all_far = relmap_foreignkey_list(secondary, target);
	List	   *nears = all_near;
	List	   *fars = all_far;

	if (foreign_keys != NIL)
		nears = relmap_keychoice_match(all_near, foreign_keys);
	if (remote_side != NIL)
		fars = relmap_keychoice_match(all_far, remote_side);
	if (foreign_keys == NIL && list_length(fars) == 1)
		nears = without(nears, linitial(fars));
	*near = only_one(nears, all_near, secondary, source, "foreign_keys");
	if (remote_side == NIL)
		fars = without(fars, *near);
	*far = only_one(fars, all_far, secondary, target, "remote_side");

	if ((*near)->oid == (*far)->oid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_FOREIGN_KEY),
				 errmsg("foreign_keys and remote_side choose the same foreign key \"%s\" of table \"%s\"",
						NameStr((*near)->name), relmap_table_display_name(secondary)),
				 relmap_errtable(secondary, NULL, NameStr((*near)->name))));
}

/*
 * The other keys.
 */
static List *
without(List *keys, const RelmapForeignKey *fk)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, keys)
	{
		RelmapForeignKey *other = lfirst(lc);

		if (other->oid != fk->oid)
			result = lappend(result, other);
	}
	return result;
}

/*
 * The one key that is left; anything else is an error.
 */
static RelmapForeignKey *
only_one(List *keys, List *all, Oid secondary, Oid referenced,
		 const char *argument)
{
	if (list_length(keys) == 1)
		return linitial(keys);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_FOREIGN_KEY),
			 all == NIL
			 ? errmsg("association table \"%s\" has no foreign key to table \"%s\"",
					  relmap_table_display_name(secondary), relmap_table_display_name(referenced))
			 : keys == NIL
			 ? errmsg("%s fits no foreign key of association table \"%s\" to table \"%s\"",
					  argument, relmap_table_display_name(secondary), relmap_table_display_name(referenced))
			 : errmsg("association table \"%s\" has several foreign keys to table \"%s\"",
					  relmap_table_display_name(secondary), relmap_table_display_name(referenced)),
			 all == NIL
			 ? errhint("%s", relmap_keyhint_add(secondary, referenced))
			 : errhint("Choose one by its columns or its name: %s.",
					   list_keys(all, argument)),
			 relmap_errtable(secondary, NULL, NULL)));
	return NULL;				/* not reached */
}

/*
 * The keys as the argument names them.
 */
static char *
list_keys(List *keys, const char *argument)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, keys)
	{
		RelmapForeignKey *fk = lfirst(lc);

		appendStringInfo(&buf, "%s%s => '{%s}' (\"%s\")",
						 buf.len > 0 ? ", " : "", argument,
						 relmap_quoted_attnums(fk->child, fk->nkeys,
											   fk->child_attnums),
						 NameStr(fk->name));
	}
	return buf.data;
}
