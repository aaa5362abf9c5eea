/*-------------------------------------------------------------------------
 *
 * keybuild.c
 *	  Compile a trigger: its slot, from its function, its arguments and the
 *	  relcache.
 *
 * A trigger's arguments are the columns of its foreign key (cascade.c and
 * singleparent.c have their own); everything else comes from the relcache.  So
 * it is correct on partitions, after a restore and in replicas, and no row
 * needs a catalog look-up.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/keybuild.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "base/condition.h"
#include "base/foreignkey.h"
#include "base/nullable.h"
#include "base/setlist.h"
#include "base/subxact.h"
#include "base/uniqueindex.h"
#include "base/util.h"
#include "enforce/keybuild.h"
#include "enforce/keyinfo.h"
#include "enforce/othertriggers.h"
#include "enforce/requiredkey.h"
#include "enforce/shardkey.h"
#include "enforce/triggerargs.h"
#include "enforce/triggercondition.h"

/* For read_texts(). */
typedef struct SlotTexts
{
	Trigger    *trigger;
	Relation	rel;
	Node	   *condition;
	List	   *list;
} SlotTexts;

static List *compile_list(List *targets, Relation rel);
static bool find_foreign_key(RelmapKeyInfo *key, Trigger *trigger,
							 Relation rel);
static bool find_slot(RelmapKeyInfo *key, Trigger *trigger, Relation rel,
					  Node **condition);
static void read_texts(void *arg);
static bool find_referencing_key(RelmapKeyInfo *key, Trigger *trigger,
								 Relation rel);
static bool find_key_to_parent(RelmapKeyInfo *key, Trigger *trigger,
							   Relation rel);
static void set_equality(RelmapKeyInfo *key, Relation rel);
static void set_columns(RelmapKeyInfo *key, Relation rel);
static void set_hash_procs(RelmapKeyInfo *key, Relation rel);

/*
 * Compile a trigger.  The result is in a context of its own below the current
 * one, so that an error leaves nothing behind.
 */
RelmapKeyInfo *
relmap_keybuild(Trigger *trigger, Relation rel)
{
	MemoryContext context;
	MemoryContext oldcontext;
	RelmapKeyInfo *key;
	Node	   *condition = NULL;

	context = AllocSetContextCreate(CurrentMemoryContext, "relmap key",
									ALLOCSET_SMALL_SIZES);
	oldcontext = MemoryContextSwitchTo(context);

	key = palloc0(sizeof(RelmapKeyInfo));
	key->context = context;
	key->trigger = trigger->tgoid;
	key->relid = RelationGetRelid(rel);

	if (relmap_requiredkey_is_of(trigger->tgfoid))
	{
		key->inert = !relmap_requiredkey_build(key, trigger, rel);
		if (!key->inert)
		{
			set_columns(key, rel);
			relmap_requiredkey_set_depends(key);
			key->has_other_update_trigger = relmap_othertriggers_update(rel);
		}
	}
	else if (OidIsValid(trigger->tgconstrrelid) ||
			 relmap_triggerargs_runs(trigger->tgfoid, "relmap_cascade_delete"))
	{
		key->child = trigger->tgconstrrelid;
		key->inert = !find_referencing_key(key, trigger, rel);
		if (!key->inert)
			set_columns(key, rel);
	}
	else if (relmap_triggerargs_to_parent(trigger))
	{
		key->inert = !find_key_to_parent(key, trigger, rel);
		if (!key->inert)
		{
			set_columns(key, rel);
			key->has_other_update_trigger = relmap_othertriggers_update(rel);
		}
	}
	else if (!find_foreign_key(key, trigger, rel) ||
			 !find_slot(key, trigger, rel, &condition))
	{
		/* it still does the work of its siblings, if it is the last of them */
		key->inert = true;
		relmap_othertriggers_set(key, trigger, rel);
	}
	else
	{
		key->index = relmap_uniqueindex_find_where(key->relid, key->nkeys,
												   key->attnums, condition,
												   RelationGetForm(rel)->relowner);
		if (OidIsValid(key->index))
			set_equality(key, rel);
		set_columns(key, rel);
		if (relmap_triggerargs_runs(trigger->tgfoid, RELMAP_MOVED_ORPHAN))
			pull_varattnos((Node *) RelationGetPartitionQual(rel), 1,
						   &key->depends);
		relmap_othertriggers_set(key, trigger, rel);
	}

	MemoryContextSwitchTo(oldcontext);
	return key;
}

/*
 * Find the foreign key on exactly the columns that the trigger names, and the
 * columns that are set to NULL when a row leaves its parent; false if it does
 * not exist any more.
 */
static bool
find_foreign_key(RelmapKeyInfo *key, Trigger *trigger, Relation rel)
{
	Bitmapset  *columns = NULL;
	List	   *names = relmap_triggerargs_columns(trigger, true, false);
	ListCell   *lc;

	if (names == NIL || list_length(names) > INDEX_MAX_KEYS)
		return false;

	key->foreign_columns = names;
	foreach(lc, names)
	{
		AttrNumber	attnum = get_attnum(RelationGetRelid(rel), lfirst(lc));

		if (attnum <= 0)
			return false;
		key->attnums[key->nkeys++] = attnum;
		columns = bms_add_member(columns, attnum);
		key->foreign_set = bms_add_member(key->foreign_set, attnum -
										  FirstLowInvalidHeapAttributeNumber);
	}

	/* a copy, as catalogs are read meanwhile */
	foreach(lc, copyObject(RelationGetFKeyList(rel)))
	{
		ForeignKeyCacheInfo *fk = lfirst_node(ForeignKeyCacheInfo, lc);
		Bitmapset  *fk_columns = NULL;

		if (fk->nkeys != key->nkeys)
			continue;
		for (int i = 0; i < fk->nkeys; i++)
			fk_columns = bms_add_member(fk_columns, fk->conkey[i]);
		if (bms_equal(columns, fk_columns))
		{
			RelmapForeignKey *details = relmap_foreignkey_get(fk->conoid);

			if (details == NULL)
				continue;
			key->foreign_key = fk->conoid;
			key->match_full = details->nkeys > 1 &&
				details->match_type == FKCONSTR_MATCH_FULL;
			key->nnullable = relmap_nullable_of_key(details, key->nullable);
			return true;
		}
	}
	return false;
}

/*
 * Find what else the slot of a trigger has: columns that key a collection, a
 * condition, a list to set.  False if a column does not exist any more, or one
 * of the texts can't be analysed.
 */
static bool
find_slot(RelmapKeyInfo *key, Trigger *trigger, Relation rel,
		  Node **condition)
{
	SlotTexts	texts = {trigger, rel};
	ListCell   *lc;

	key->condition_text = key->list_text = "";
	(void) relmap_triggerargs_policy(trigger->tgfoid, &key->policy);
	if (!relmap_triggerargs_of_slot(trigger))
		return true;

	key->condition_text = pstrdup(trigger->tgargs[RELMAP_ARG_CONDITION]);
	key->list_text = pstrdup(trigger->tgargs[RELMAP_ARG_LIST]);
	key->keyed_by = relmap_triggerargs_columns(trigger, false, true);
	foreach(lc, key->keyed_by)
	{
		AttrNumber	attnum = get_attnum(RelationGetRelid(rel), lfirst(lc));

		if (attnum <= 0 || key->nkeys == INDEX_MAX_KEYS)
			return false;
		key->attnums[key->nkeys++] = attnum;
		key->is_keyed = true;
	}

	if (relmap_subxact_try(read_texts, &texts) != NULL)
		return false;
	*condition = texts.condition;
	if (texts.condition != NULL)
		key->condition = relmap_triggercondition(texts.condition, rel);
	if (key->policy == RELMAP_POLICY_SET)
	{
		key->list = compile_list(texts.list, rel);
		if (key->list == NIL || list_length(key->list) > INDEX_MAX_KEYS)
			return false;
		key->nnullable = 0;
		foreach(lc, key->list)
			key->nullable[key->nnullable++] = lfirst_node(TargetEntry,
														  lc)->resno;
	}
	return true;
}

/*
 * Read the texts of a slot's trigger.
 */
static void
read_texts(void *arg)
{
	SlotTexts  *texts = arg;
	Oid			relid = RelationGetRelid(texts->rel);
	const char *condition = texts->trigger->tgargs[RELMAP_ARG_CONDITION];
	const char *list = texts->trigger->tgargs[RELMAP_ARG_LIST];

	if (condition[0] != '\0')
		texts->condition = relmap_condition_read(condition, relid,
												 relmap_table_owner(relid));
	if (list[0] != '\0')
		texts->list = relmap_setlist_read(list, relid,
										  relmap_table_owner(relid));
}

/*
 * Find the foreign key of a trigger on its parent, or on a partition of it,
 * and the columns that it references there; false if it does not exist any
 * more.
 */
static bool
find_referencing_key(RelmapKeyInfo *key, Trigger *trigger, Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	RelmapForeignKey *fk = NULL;

	if (trigger->tgnargs == 1 && OidIsValid(key->child))
		fk = relmap_foreignkey_by_name(key->child, trigger->tgargs[0]);
	if (fk == NULL ||
		(fk->parent != relid &&
		 !(rel->rd_rel->relispartition &&
		   list_member_oid(get_partition_ancestors(relid), fk->parent))))
		fk = trigger->tgnargs != 1 ? NULL :
			relmap_shardkey_referencing(trigger, rel, trigger->tgargs[0]);
	if (fk == NULL)
		return false;

	key->child = fk->child;
	key->foreign_key = fk->oid;
	key->nkeys = fk->nkeys;
	for (int i = 0; i < fk->nkeys; i++)
		key->attnums[i] = get_attnum(relid,
									 get_attname(fk->parent,
												 fk->parent_attnums[i], false));
	return true;
}

/*
 * Find the foreign key of a trigger on the child that cascades to the parent,
 * with the name and the columns of its arguments; false if it does not exist
 * any more, or if its columns are not unique.  A partition has the key by
 * another name: it counts by its origin.
 */
static bool
find_key_to_parent(RelmapKeyInfo *key, Trigger *trigger, Relation rel)
{
	List	   *columns = relmap_triggerargs_columns(trigger, true, false);
	ListCell   *lc;

	if (columns == NIL)
		return false;
	foreach(lc, copyObject(RelationGetFKeyList(rel)))
	{
		ForeignKeyCacheInfo *cached = lfirst_node(ForeignKeyCacheInfo, lc);
		RelmapForeignKey *fk = relmap_foreignkey_origin(cached->conoid);
		RelmapForeignKey *named;

		if (fk == NULL)
			continue;
		named = relmap_shardkey_of(fk->child, trigger->tgargs[0]);
		if (named == NULL || named->oid != fk->oid ||
			!relmap_same_names(columns,
							   relmap_column_names(fk->child, fk->nkeys,
												   fk->child_attnums)))
			continue;

		key->foreign_key = fk->oid;
		key->nkeys = fk->nkeys;
		for (int i = 0; i < fk->nkeys; i++)
			key->attnums[i] = get_attnum(RelationGetRelid(rel),
										 list_nth(columns, i));
		key->index = relmap_uniqueindex_find(RelationGetRelid(rel),
											 key->nkeys, key->attnums);
		return OidIsValid(key->index);
	}
	return false;
}

/*
 * Put the key columns in the unique index's order, and take their equality
 * from it.
 */
static void
set_equality(RelmapKeyInfo *key, Relation rel)
{
	Relation	index = index_open(key->index, AccessShareLock);

	Assert(IndexRelationGetNumberOfKeyAttributes(index) == key->nkeys);

	for (int i = 0; i < key->nkeys; i++)
	{
		Oid			opr;

		opr = get_opfamily_member(index->rd_opfamily[i],
								  index->rd_opcintype[i],
								  index->rd_opcintype[i],
								  BTEqualStrategyNumber);
		if (!OidIsValid(opr))
			elog(ERROR, "missing equality operator of index \"%s\"",
				 RelationGetRelationName(index));

		key->attnums[i] = index->rd_index->indkey.values[i];
		key->collations[i] = index->rd_indcollation[i];
		key->eq_oprs[i] = opr;
		fmgr_info_cxt(get_opcode(opr), &key->eq_procs[i], key->context);
		key->slot_hash = hash_combine(key->slot_hash,
									  murmurhash32(key->attnums[i]));
	}
	if (key->condition_text[0] != '\0')
		key->slot_hash = hash_combine(key->slot_hash,
									  DatumGetUInt32(hash_any((const unsigned char *) key->condition_text,
															  strlen(key->condition_text))));
	key->deferrable = !index->rd_index->indimmediate;
	index_close(index, AccessShareLock);

	set_hash_procs(key, rel);
}

/*
 * Fill in the types of the key columns.
 */
static void
set_columns(RelmapKeyInfo *key, Relation rel)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(rel),
											   key->attnums[i] - 1);

		key->columns = bms_add_member(key->columns, key->attnums[i] -
									  FirstLowInvalidHeapAttributeNumber);
		key->types[i] = attr->atttypid;
		key->has_domain |= get_typtype(attr->atttypid) == TYPTYPE_DOMAIN;
		key->typlens[i] = attr->attlen;
		key->typbyvals[i] = attr->attbyval;
	}
	key->depends = bms_copy(key->columns);
	if (key->condition != NULL)
		key->depends = bms_add_members(key->depends,
									   relmap_expression_columns((Node *) key->condition));
}

/*
 * Find hash functions that go with the equality of the index; if one of the
 * columns, or its element type, has none, all keys of the slot have the same
 * hash.
 */
static void
set_hash_procs(RelmapKeyInfo *key, Relation rel)
{
	key->hashable = true;
	for (int i = 0; i < key->nkeys; i++)
	{
		RegProcedure left;
		RegProcedure right;
		Oid			type = TupleDescAttr(RelationGetDescr(rel),
										 key->attnums[i] - 1)->atttypid;

		if (!get_op_hash_functions(key->eq_oprs[i], &left, &right) ||
			!OidIsValid(lookup_type_cache(type,
										  TYPECACHE_HASH_PROC)->hash_proc))
		{
			key->hashable = false;
			return;
		}
		fmgr_info_cxt(left, &key->hash_procs[i], key->context);
	}
}

/*
 * A list (see setlist.c) that can be evaluated.
 */
static List *
compile_list(List *targets, Relation rel)
{
	List	   *result = relmap_setlist_with_defaults(targets, rel);
	ListCell   *lc;

	foreach(lc, result)
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);

		target->expr = expression_planner(target->expr);
	}
	return result;
}
