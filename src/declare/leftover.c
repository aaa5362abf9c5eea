/*-------------------------------------------------------------------------
 *
 * leftover.c
 *	  Declarations that have outlived their tables.
 *
 * A temporary table that is dropped at the end of its session fires no event
 * trigger, so its declarations stay.  The next declaration on a temporary
 * table removes those.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/leftover.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/subxact.h"
#include "declare/leftover.h"

static void clear(void *arg);


/*
 * Delete them; see leftover.h.
 */
void
relmap_leftover_clear(void)
{
	static bool done = false;
	ListCell   *lc;

	if (done)
		return;
	done = true;
	foreach(lc, relmap_catalog_all())
	{
		if (!relmap_relationship_tables_exist(lfirst(lc)))
			(void) relmap_subxact_try(clear, lfirst(lc));
	}
}

/*
 * Delete the one of that name; see leftover.h.
 */
bool
relmap_leftover_drop(Oid source, const char *name)
{
	RelmapRelationship *r;

	if (get_rel_name(source) != NULL)
		return false;
	r = relmap_catalog_lock(source, name, true);
	if (r == NULL)
		return false;
	relmap_catalog_delete(r);
	return true;
}

/*
 * Delete one.
 */
static void
clear(void *arg)
{
	const RelmapRelationship *r = arg;

	if (relmap_catalog_lock(r->source, r->name, false) != NULL)
		relmap_catalog_delete(r);
}
