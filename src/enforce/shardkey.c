/*-------------------------------------------------------------------------
 *
 * shardkey.c
 *	  Foreign keys of shards, by the names that they have in the whole table.
 *
 * A trigger that is copied to the shards of a table keeps its arguments, and
 * the table that it is FROM; the foreign keys of shards have other names, and
 * lead to other tables.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/shardkey.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/elsewhere.h"
#include "base/owner.h"
#include "enforce/shardkey.h"

static RelmapForeignKey *key_of_trigger(const Trigger *trigger, Relation rel,
										const char *name,
										const Trigger *other);


/*
 * The foreign key of a table, or of a shard; see the header.
 */
RelmapForeignKey *
relmap_shardkey_of(Oid child, const char *name)
{
	RelmapForeignKey *fk = relmap_foreignkey_by_name(child, name);
	char	   *table = get_rel_name(child);
	const char *suffix = table ? relmap_elsewhere_suffix(table) : NULL;

	if (fk != NULL || suffix == NULL)
		return fk;
	return relmap_foreignkey_by_name(child,
									 relmap_elsewhere_name_in_shard(name,
																	suffix));
}

/*
 * The foreign key that references a shard; see the header.  The server's own
 * triggers on the shard tell which there are.
 */
RelmapForeignKey *
relmap_shardkey_referencing(const Trigger *trigger, Relation rel,
							const char *name)
{
	/* a copy, as catalogs are read meanwhile */
	TriggerDesc *triggers = CopyTriggerDesc(rel->trigdesc);
	RelmapForeignKey *result = NULL;
	bool		several = false;

	for (int i = 0; i < triggers->numtriggers; i++)
	{
		const Trigger *other = &triggers->triggers[i];
		RelmapForeignKey *fk = NULL;

		if (RI_FKey_trigger_type(other->tgfoid) == RI_TRIGGER_PK &&
			TRIGGER_FOR_DELETE(other->tgtype))
			fk = key_of_trigger(trigger, rel, name, other);
		several |= fk != NULL && result != NULL;
		if (fk != NULL)
			result = fk;
	}
	FreeTriggerDesc(triggers);
	return several ? NULL : result;
}

/*
 * The key that one of the server's triggers is of, if it is the one that is
 * wanted.
 */
static RelmapForeignKey *
key_of_trigger(const Trigger *trigger, Relation rel, const char *name,
			   const Trigger *other)
{
	Oid			from = trigger->tgconstrrelid;
	char	   *child = get_rel_name(other->tgconstrrelid);
	const char *suffix = child ? relmap_elsewhere_suffix(child) : NULL;
	RelmapForeignKey *fk;

	if (suffix == NULL)
		return NULL;
	if (OidIsValid(from))
	{
		char	   *whole = get_rel_name(from);

		if (whole == NULL ||
			get_rel_namespace(other->tgconstrrelid) != get_rel_namespace(from) ||
			strcmp(child, relmap_elsewhere_name_in_shard(whole, suffix)) != 0)
			return NULL;
	}
	fk = relmap_foreignkey_get(other->tgconstraint);
	if (fk == NULL || fk->parent != RelationGetRelid(rel) ||
		strcmp(NameStr(fk->name),
			   relmap_elsewhere_name_in_shard(name, suffix)) != 0 ||
		!relmap_owner_may_act_on(OidIsValid(from) ? from : fk->parent,
								 fk->child))
		return NULL;
	return fk;
}
