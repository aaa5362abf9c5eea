/*-------------------------------------------------------------------------
 *
 * slotnames.c
 *	  What messages call a slot: by the relationships that are declared on it.
 *
 * No trigger needs the declarations for anything else.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/slotnames.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/foreignkey.h"
#include "base/util.h"
#include "enforce/slotnames.h"

static bool is_on(const RelmapRelationship *r, const RelmapKeyInfo *key);

/*
 * See the header.  Those of a partition are declared on its root table.
 */
List *
relmap_slotnames_all(const RelmapKeyInfo *key)
{
	Oid			table = key->relid;
	List	   *result = NIL;
	ListCell   *lc;

	if (get_rel_relispartition(table))
		table = llast_oid(get_partition_ancestors(table));
	foreach(lc, relmap_catalog_on_table(table))
	{
		RelmapRelationship *r = lfirst(lc);

		if (is_on(r, key))
			result = lappend(result,
							 relmap_relationship_display_name(r->source,
															  r->name));
	}
	return result;
}

/*
 * Is a declaration enforced by this slot?
 */
static bool
is_on(const RelmapRelationship *r, const RelmapKeyInfo *key)
{
	return r->enforce && relmap_relationship_is_slot(r) &&
		relmap_same_names(r->foreign_columns, key->foreign_columns) &&
		relmap_same_names(r->keyed_by, key->keyed_by) &&
		strcmp(r->condition ? r->condition : "", key->condition_text) == 0;
}

/*
 * See the header.
 */
char *
relmap_slotnames_first(const RelmapKeyInfo *key)
{
	List	   *names = relmap_slotnames_all(key);
	RelmapForeignKey *fk = relmap_foreignkey_get(key->foreign_key);

	if (names != NIL)
		return linitial(names);
	return fk ? pstrdup(NameStr(fk->name)) : relmap_table_display_name(key->relid);
}
