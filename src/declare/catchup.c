/*-------------------------------------------------------------------------
 *
 * catchup.c
 *	  Renames that no event trigger saw.
 *
 * A column that is renamed while session_replication_role is replica has its
 * old name in declarations and in triggers' arguments.  All of them that have
 * it get the new one together: a name may mean another column by now, and
 * would be taken for the old one otherwise.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/catchup.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "utils/acl.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/declkey.h"
#include "base/lastseen.h"
#include "base/owner.h"
#include "base/subxact.h"
#include "base/util.h"
#include "declare/argumentnames.h"
#include "declare/catchup.h"

/* A table and what its columns were called. */
typedef struct Renamed
{
	Oid			relid;
	const RelmapOldName *names;
} Renamed;

static List *renamed_tables(const RelmapRelationship *r);
static List *behind(List *declarations);
static void change_arguments(Oid relid, List *declarations,
							 const RelmapRelationship *subject);
static void change_of_table(void *arg);


/*
 * Catch up; see the header.
 */
bool
relmap_catchup(const RelmapRelationship *subject, bool wait)
{
	List	   *tables = renamed_tables(subject);
	List	   *declarations = NIL;
	int			count = 0;
	ListCell   *lc;

	/* those that have these names, and those that have other names of them */
	while (list_length(tables) > count)
	{
		count = list_length(tables);
		declarations = behind(relmap_catalog_involving(tables));
		foreach(lc, declarations)
			tables = list_concat_unique_oid(tables, renamed_tables(lfirst(lc)));
	}
	foreach(lc, tables)
		change_arguments(lfirst_oid(lc), declarations, subject);
	foreach(lc, declarations)
	{
		RelmapRelationship *r = lfirst(lc);

		r = relmap_catalog_lock(r->source, r->name, wait);
		if (r == NULL)
			continue;
		relmap_lastseen_follow(r);
		relmap_declkey_miss(r);
		relmap_catalog_update(r, r->name);
	}
	return tables != NIL;
}

/*
 * The tables of a declaration that have columns which were renamed.
 */
static List *
renamed_tables(const RelmapRelationship *r)
{
	Oid			tables[] = {r->source, r->target, r->secondary};
	List	   *result = NIL;

	for (int i = 0; i < lengthof(tables); i++)
	{
		if (OidIsValid(tables[i]) && relmap_lastseen_renamed(r, tables[i], NULL))
			result = list_append_unique_oid(result, tables[i]);
	}
	return result;
}

/*
 * Those of the declarations that have a column by its old name.
 */
static List *
behind(List *declarations)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, declarations)
	{
		if (relmap_lastseen_describe(lfirst(lc)))
			result = lappend(result, lfirst(lc));
	}
	return result;
}

/*
 * Change the arguments of triggers on a table and its descendants, by what
 * declarations know of it.  A declaration is a claim of the source's owner: it
 * is believed if that owner has the rights of the table's, or if it is the
 * subject and the current user has them.  What can't be changed is found
 * missing later.
 */
static void
change_arguments(Oid relid, List *declarations,
				 const RelmapRelationship *subject)
{
	Renamed		renamed = {relid, NULL};
	ListCell   *lc;

	foreach(lc, declarations)
	{
		RelmapRelationship *r = lfirst(lc);
		bool		is_subject = r->source == subject->source &&
		strcmp(r->name, subject->name) == 0;

		if (relmap_owner_may_act_on(r->source, relid) ||
			(is_subject &&
			 object_ownercheck(RelationRelationId, relid, GetUserId())))
			renamed.names = relmap_lastseen_renamed(r, relid, renamed.names);
	}
	if (renamed.names == NULL)
		return;
	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
	{
		renamed.relid = lfirst_oid(lc);
		(void) relmap_subxact_try(change_of_table, &renamed);
	}
}

static void
change_of_table(void *arg)
{
	const Renamed *renamed = arg;

	relmap_argumentnames_change(renamed->relid, InvalidOid, NIL, true,
								renamed->names);
}
