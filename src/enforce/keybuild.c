/*-------------------------------------------------------------------------
 *
 * keybuild.c
 *	  Compile a trigger: its slot, from its function, its arguments and the
 *	  relcache.
 *
 * A trigger's arguments are the columns of its foreign key (cascade.c and
 * singleparent.c have their own); everything else comes from the relcache.  So it is correct on
 * partitions, after a restore and in replicas, and no row needs a catalog
 * look-up.
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
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"
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
#include "enforce/requiredkey.h"
#include "enforce/shardkey.h"
#include "enforce/triggerargs.h"
#include "enforce/triggercondition.h"

/* The trigger that watches over moves; it changes no row. */
#define MOVED_ORPHAN "relmap_moved_orphan"

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
static void check_other_triggers(RelmapKeyInfo *key, Trigger *trigger,
								 Relation rel);
static bool has_other_update_trigger(Relation rel);
static void set_parking(RelmapKeyInfo *key, Relation rel,
						const Bitmapset *elsewhere);
static void choose_of_list(RelmapKeyInfo *key);
static void choose_others(RelmapKeyInfo *key, int n, const AttrNumber *attnums,
						  const Bitmapset *elsewhere);
static bool is_conditional(const Trigger *trigger);
static Bitmapset *trigger_columns(const Trigger *trigger, Relation rel);
static bool follows_key(const RelmapKeyInfo *key, Oid foreign_key);

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
			key->has_other_update_trigger = has_other_update_trigger(rel);
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
			set_columns(key, rel);
	}
	else if (!find_foreign_key(key, trigger, rel) ||
			 !find_slot(key, trigger, rel, &condition))
		key->inert = true;
	else
	{
		key->index = relmap_uniqueindex_find_where(key->relid, key->nkeys,
												   key->attnums, condition,
												   RelationGetForm(rel)->relowner);
		if (OidIsValid(key->index))
			set_equality(key, rel);
		set_columns(key, rel);
		if (relmap_triggerargs_runs(trigger->tgfoid, MOVED_ORPHAN))
			pull_varattnos((Node *) RelationGetPartitionQual(rel), 1,
						   &key->depends);
		check_other_triggers(key, trigger, rel);
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

	key->foreign_columns = relmap_quoted_columns(names);
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

	foreach(lc, RelationGetFKeyList(rel))
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

	key->keyed_by = key->condition_text = key->list_text = "";
	(void) relmap_triggerargs_policy(trigger->tgfoid, &key->policy);
	if (!relmap_triggerargs_of_slot(trigger))
		return true;

	key->keyed_by = pstrdup(trigger->tgargs[RELMAP_ARG_KEYED_BY]);
	key->condition_text = pstrdup(trigger->tgargs[RELMAP_ARG_CONDITION]);
	key->list_text = pstrdup(trigger->tgargs[RELMAP_ARG_LIST]);
	foreach(lc, relmap_triggerargs_columns(trigger, false, true))
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
 * Find out which other triggers replace rows of the table, and which other
 * BEFORE ROW triggers may change or drop the row after or before ours.
 *
 * A trigger with a condition may not fire: it handles its own slot alone, and
 * no other trigger does.
 */
static void
check_other_triggers(RelmapKeyInfo *key, Trigger *trigger, Relation rel)
{
	/* a copy, as catalogs are read meanwhile */
	TriggerDesc *triggers = CopyTriggerDesc(rel->trigdesc);
	Bitmapset  *elsewhere = NULL;
	bool		after_ours = false;

	key->siblings = palloc(sizeof(Oid) * triggers->numtriggers);

	for (int i = 0; i < triggers->numtriggers; i++)
	{
		Trigger    *other = &triggers->triggers[i];
		RelmapPolicy policy;

		if (other->tgoid == key->trigger)
			after_ours = true;
		else if (!TRIGGER_FOR_ROW(other->tgtype) ||
				 !TRIGGER_FOR_BEFORE(other->tgtype))
			continue;
		else if (relmap_triggerargs_policy(other->tgfoid, &policy))
		{
			Bitmapset  *columns = trigger_columns(other, rel);

			if (!is_conditional(other) && !is_conditional(trigger))
				key->siblings[key->nsiblings++] = other->tgoid;
			if (!bms_equal(columns, key->columns))
				elsewhere = bms_add_members(elsewhere, columns);
		}
		else if (other->tgenabled != TRIGGER_DISABLED &&
				 !relmap_triggerargs_runs(other->tgfoid, MOVED_ORPHAN))
		{
			if (TRIGGER_FOR_UPDATE(other->tgtype))
				key->has_other_update_trigger = true;
			if (after_ours &&
				(TRIGGER_FOR_UPDATE(other->tgtype) ||
				 TRIGGER_FOR_INSERT(other->tgtype)))
				key->has_later_trigger = true;
		}
	}

	set_parking(key, rel, elsewhere);
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		Trigger    *other = &triggers->triggers[i];

		if (other->tgfoid == F_RI_FKEY_CASCADE_UPD &&
			follows_key(key, other->tgconstraint))
			key->is_followed = true;
		if (TRIGGER_FOR_AFTER(other->tgtype) && other->tgqual == NULL &&
			other->tgenabled != TRIGGER_DISABLED &&
			relmap_triggerargs_runs(other->tgfoid, "relmap_delete_orphan") &&
			bms_equal(trigger_columns(other, rel), key->foreign_set))
			key->deletes_orphans = true;
	}
	FreeTriggerDesc(triggers);
}

/*
 * Does a BEFORE UPDATE row trigger that is not relmap's fire?
 */
static bool
has_other_update_trigger(Relation rel)
{
	TriggerDesc *triggers = CopyTriggerDesc(rel->trigdesc);
	bool		result = false;

	for (int i = 0; i < triggers->numtriggers; i++)
	{
		Trigger    *other = &triggers->triggers[i];
		RelmapPolicy policy;

		if (TRIGGER_FOR_ROW(other->tgtype) &&
			TRIGGER_FOR_BEFORE(other->tgtype) &&
			TRIGGER_FOR_UPDATE(other->tgtype) &&
			other->tgenabled != TRIGGER_DISABLED &&
			!relmap_triggerargs_policy(other->tgfoid, &policy) &&
			!relmap_triggerargs_runs(other->tgfoid, MOVED_ORPHAN))
			result = true;
	}
	FreeTriggerDesc(triggers);
	return result;
}

/*
 * Choose the columns by which a row leaves the slot while it is parked: those
 * of a list that the slot depends on; else columns of the slot that become
 * NULL, without columns of other slots, if some are left: of those that are
 * NULL when a row is replaced, or else of all.  MATCH FULL needs all of its
 * columns or none.
 */
static void
set_parking(RelmapKeyInfo *key, Relation rel, const Bitmapset *elsewhere)
{
	AttrNumber	all[INDEX_MAX_KEYS];
	int			nall = 0;

	if (key->is_keyed)
		nall = relmap_nullable_columns(rel, key->nkeys, key->attnums, 0, NULL,
									   all);

	for (int i = 0; i < key->nnullable; i++)
		key->nullable_set = bms_add_member(key->nullable_set,
										   key->nullable[i] -
										   FirstLowInvalidHeapAttributeNumber);
	if (key->list != NIL)
		choose_of_list(key);
	else if (!key->match_full)
	{
		choose_others(key, key->nnullable, key->nullable, elsewhere);
		if (key->nparking == 0)
			choose_others(key, nall, all, elsewhere);
	}
	if (key->nparking == 0 && key->nnullable > 0 && key->list == NIL)
		choose_others(key, key->nnullable, key->nullable, NULL);
	if (key->nparking == 0)
		choose_others(key, nall, all, NULL);

	for (int i = 0; i < key->nparking; i++)
		key->parking_set = bms_add_member(key->parking_set,
										  key->parking[i] -
										  FirstLowInvalidHeapAttributeNumber);
}

/*
 * Choose the columns of the slot's list that the slot depends on.
 */
static void
choose_of_list(RelmapKeyInfo *key)
{
	for (int i = 0; i < key->nnullable; i++)
	{
		if (bms_is_member(key->nullable[i] - FirstLowInvalidHeapAttributeNumber,
						  key->depends))
			key->parking[key->nparking++] = key->nullable[i];
	}
}

/*
 * Choose some columns, but those that are elsewhere.
 */
static void
choose_others(RelmapKeyInfo *key, int n, const AttrNumber *attnums,
			  const Bitmapset *elsewhere)
{
	for (int i = 0; i < n; i++)
	{
		if (!bms_is_member(attnums[i] - FirstLowInvalidHeapAttributeNumber,
						   elsewhere))
			key->parking[key->nparking++] = attnums[i];
	}
}

/*
 * Does a trigger fire only if some columns are set, or a condition is met?
 */
static bool
is_conditional(const Trigger *trigger)
{
	return trigger->tgqual != NULL || trigger->tgnattr > 0;
}

/*
 * The columns that the trigger of another slot names, as in RelmapKeyInfo.columns.
 */
static Bitmapset *
trigger_columns(const Trigger *trigger, Relation rel)
{
	Bitmapset  *columns = NULL;
	ListCell   *lc;

	foreach(lc, relmap_triggerargs_columns(trigger, true, true))
	{
		AttrNumber	attnum = get_attnum(RelationGetRelid(rel), lfirst(lc));

		if (attnum != InvalidAttrNumber)
			columns = bms_add_member(columns, attnum -
									 FirstLowInvalidHeapAttributeNumber);
	}
	return columns;
}

/*
 * Has a foreign key that references the table, and follows it ON UPDATE
 * CASCADE, a column that is NULL while a row is parked?  Its rows would be set
 * to NULL for good.
 */
static bool
follows_key(const RelmapKeyInfo *key, Oid foreign_key)
{
	RelmapForeignKey *fk = relmap_foreignkey_get(foreign_key);

	for (int i = 0; fk != NULL && i < fk->nkeys; i++)
	{
		for (int j = 0; j < key->nparking; j++)
		{
			if (fk->parent != key->relid ||
				fk->parent_attnums[i] == key->parking[j])
				return true;
		}
	}
	return false;
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
