/*-------------------------------------------------------------------------
 *
 * keyinfo.c
 *	  The foreign key of a trigger, compiled and cached.
 *
 * A trigger's arguments are the columns of its foreign key (cascade.c has its
 * own); everything else comes from the relcache.  So it is correct on
 * partitions, after a restore and in replicas, and no row needs a catalog
 * look-up.
 *
 * A key is cached by its trigger's OID for the life of the session.  Relcache
 * invalidations only mark it invalid: the caller of a nested statement may
 * still use it.  The next caller builds a new one; invalid ones are freed at
 * the end of the transaction, when no trigger can be running.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/keyinfo.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
#include "utils/varlena.h"

#include "base/expression.h"
#include "base/foreignkey.h"
#include "base/nullable.h"
#include "base/setlist.h"
#include "base/subxact.h"
#include "base/uniqueindex.h"
#include "base/util.h"
#include "enforce/evaluate.h"
#include "enforce/keyinfo.h"

typedef struct KeyEntry
{
	Oid			trigger;		/* hash key */
	RelmapKeyInfo *key;			/* NULL: to be built */
} KeyEntry;

static HTAB *keys = NULL;
static List *retired = NIL;		/* invalid keys, freed at end of transaction */
static List *retired_plans = NIL;	/* and plans */
static bool have_invalid = false;	/* is there something to free? */
static uint64 invalidations = 0;	/* how many invalidations have come */

static RelmapKeyInfo *build_key(Trigger *trigger, Relation rel);
static bool find_foreign_key(RelmapKeyInfo *key, Trigger *trigger,
							 Relation rel);
static bool find_referencing_key(RelmapKeyInfo *key, Trigger *trigger,
								 Relation rel);
static void set_equality(RelmapKeyInfo *key, Relation rel);
static void set_columns(RelmapKeyInfo *key, Relation rel);
static void set_hash_procs(RelmapKeyInfo *key, Relation rel);
static void check_other_triggers(RelmapKeyInfo *key, Trigger *trigger,
								 Relation rel);
static bool runs(Oid function, const char *symbol);
static int	find_policy(Oid function);
static bool is_slot_trigger(const Trigger *trigger);
static List *trigger_column_names(const Trigger *trigger, bool foreign,
								  bool keyed_by);
static bool find_slot(RelmapKeyInfo *key, Trigger *trigger, Relation rel,
					  Node **condition);
static void read_texts(void *arg);
static void set_parking(RelmapKeyInfo *key, Relation rel,
						const Bitmapset *elsewhere);
static bool is_conditional(const Trigger *trigger);
static Bitmapset *trigger_columns(const Trigger *trigger, Relation rel);
static bool follows_key(const RelmapKeyInfo *key, Oid foreign_key);

/* The functions of triggers that replace, by their symbols. */
static const struct
{
	const char *symbol;
	RelmapPolicy policy;
	bool		of_slot;		/* with four arguments, see below */
}			policies[] = {
	{"relmap_replace_nullify", RELMAP_POLICY_NULLIFY, false},
	{"relmap_replace_delete", RELMAP_POLICY_DELETE, false},
	{"relmap_replace_restrict", RELMAP_POLICY_RESTRICT, false},
	{"relmap_slot_nullify", RELMAP_POLICY_NULLIFY, true},
	{"relmap_slot_delete", RELMAP_POLICY_DELETE, true},
	{"relmap_slot_restrict", RELMAP_POLICY_RESTRICT, true},
	{"relmap_slot_set", RELMAP_POLICY_SET, true},
};

/* Arguments of a slot's trigger; '' for none. */
enum
{
	ARG_FOREIGN_COLUMNS,
	ARG_KEYED_BY,
	ARG_CONDITION,
	ARG_LIST,
	SLOT_ARGUMENTS
};

/* For read_texts(). */
typedef struct SlotTexts
{
	Trigger    *trigger;
	Relation	rel;
	Node	   *condition;
	List	   *list;
} SlotTexts;

/*
 * Is this the function of a trigger that replaces; with which policy?  It is
 * known by its C symbol, as users may change its name and schema.
 */
bool
relmap_keyinfo_policy(Oid function, RelmapPolicy *policy)
{
	int			i = find_policy(function);

	if (i < 0)
		return false;
	*policy = policies[i].policy;
	return true;
}

/*
 * Its place among the policies; -1 if it is no such function.
 */
static int
find_policy(Oid function)
{
	for (int i = 0; i < lengthof(policies); i++)
	{
		if (runs(function, policies[i].symbol))
			return i;
	}
	return -1;
}

/*
 * Does a function run this one of the library's?
 */
static bool
runs(Oid function, const char *symbol)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		result = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
	{
		bool		isnull;
		char	   *name = TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple,
															   Anum_pg_proc_prosrc,
															   &isnull));

		result = strcmp(name, symbol) == 0;
		pfree(name);
	}
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Is this the trigger of a slot that has its columns in lists?
 */
static bool
is_slot_trigger(const Trigger *trigger)
{
	int			i = find_policy(trigger->tgfoid);

	return i >= 0 && policies[i].of_slot;
}

/*
 * The names of columns (char *) that a trigger has: of its foreign key, and
 * those that key a collection, where wanted.  NIL if its arguments are not as
 * they should be.
 */
static List *
trigger_column_names(const Trigger *trigger, bool foreign, bool keyed_by)
{
	List	   *result = NIL;
	List	   *names;

	if (!is_slot_trigger(trigger))
	{
		for (int i = 0; foreign && i < trigger->tgnargs; i++)
			result = lappend(result, pstrdup(trigger->tgargs[i]));
		return result;
	}
	if (trigger->tgnargs != SLOT_ARGUMENTS)
		return NIL;
	if (foreign)
	{
		if (!SplitIdentifierString(pstrdup(trigger->tgargs[ARG_FOREIGN_COLUMNS]),
								   ',', &result))
			return NIL;
	}
	if (keyed_by)
	{
		if (!SplitIdentifierString(pstrdup(trigger->tgargs[ARG_KEYED_BY]),
								   ',', &names))
			return NIL;
		result = list_concat(result, names);
	}
	return result;
}

/*
 * Raise the errors of core's own trigger functions if this is not the call of
 * a row trigger of that time and event.
 */
void
relmap_keyinfo_check_trigger(FunctionCallInfo fcinfo, const char *name,
							 int16 type)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	bool		before = (type & TRIGGER_TYPE_BEFORE) != 0;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						name)));

	if ((TRIGGER_FIRED_BEFORE(trigdata->tg_event) != 0) != before ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 before ?
				 errmsg("function \"%s\" must be fired BEFORE ROW", name) :
				 errmsg("function \"%s\" must be fired AFTER ROW", name)));

	if (!((type & TRIGGER_TYPE_INSERT) &&
		  TRIGGER_FIRED_BY_INSERT(trigdata->tg_event)) &&
		!((type & TRIGGER_TYPE_UPDATE) &&
		  TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event)) &&
		!((type & TRIGGER_TYPE_DELETE) &&
		  TRIGGER_FIRED_BY_DELETE(trigdata->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 (type & TRIGGER_TYPE_INSERT) ?
				 errmsg("function \"%s\" must be fired for INSERT or UPDATE", name) :
				 (type & TRIGGER_TYPE_UPDATE) ?
				 errmsg("function \"%s\" must be fired for UPDATE", name) :
				 errmsg("function \"%s\" must be fired for DELETE", name)));
}

/*
 * The key information of this trigger of rel.  The memory lives until the end
 * of the transaction at least; once ->valid is false, call this again.
 */
RelmapKeyInfo *
relmap_keyinfo_get(Trigger *trigger, Relation rel)
{
	KeyEntry   *entry;
	bool		found;

	entry = hash_search(keys, &trigger->tgoid, HASH_ENTER, &found);
	if (!found)
		entry->key = NULL;

	if (entry->key == NULL || !entry->key->valid)
	{
		RelmapKeyInfo *key = build_key(trigger, rel);
		MemoryContext oldcontext;

		if (entry->key != NULL)
		{
			oldcontext = MemoryContextSwitchTo(TopMemoryContext);
			retired = lappend(retired, entry->key);
			MemoryContextSwitchTo(oldcontext);
		}
		MemoryContextSetParent(key->context, CacheMemoryContext);
		entry->key = key;
		have_invalid |= !key->valid;
	}

	return entry->key;
}

/*
 * Free a plan of a key that is out of date, after a schema was renamed for
 * example.  A caller up the stack may be running it: it is freed at the end of
 * the transaction.
 */
void
relmap_keyinfo_defer_free(SPIPlanPtr plan)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(TopMemoryContext);

	retired_plans = lappend(retired_plans, plan);
	have_invalid = true;
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Compile a trigger.  The result is in a context of its own below the current
 * one, so that an error leaves nothing behind.
 */
static RelmapKeyInfo *
build_key(Trigger *trigger, Relation rel)
{
	MemoryContext context;
	MemoryContext oldcontext;
	RelmapKeyInfo *key;
	Node	   *condition = NULL;
	uint64		invalidations_before = invalidations;

	context = AllocSetContextCreate(CurrentMemoryContext, "relmap key",
									ALLOCSET_SMALL_SIZES);
	oldcontext = MemoryContextSwitchTo(context);

	key = palloc0(sizeof(RelmapKeyInfo));
	key->context = context;
	key->trigger = trigger->tgoid;
	key->relid = RelationGetRelid(rel);

	if (OidIsValid(trigger->tgconstrrelid))
	{
		key->child = trigger->tgconstrrelid;
		key->inert = !find_referencing_key(key, trigger, rel);
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
		check_other_triggers(key, trigger, rel);
	}

	MemoryContextSwitchTo(oldcontext);

	/* if something changed meanwhile, it is good for this call only */
	key->valid = (invalidations == invalidations_before);
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
	List	   *names = trigger_column_names(trigger, true, false);
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
 * condition, a list to set.  False if a column is gone, or one of the texts
 * cannot be read any more.
 */
static bool
find_slot(RelmapKeyInfo *key, Trigger *trigger, Relation rel,
		  Node **condition)
{
	SlotTexts	texts = {trigger, rel};
	ListCell   *lc;

	key->keyed_by = key->condition_text = key->list_text = "";
	(void) relmap_keyinfo_policy(trigger->tgfoid, &key->policy);
	if (!is_slot_trigger(trigger))
		return true;

	key->keyed_by = pstrdup(trigger->tgargs[ARG_KEYED_BY]);
	key->condition_text = pstrdup(trigger->tgargs[ARG_CONDITION]);
	key->list_text = pstrdup(trigger->tgargs[ARG_LIST]);
	foreach(lc, trigger_column_names(trigger, false, true))
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
		key->condition = relmap_evaluate_compile(texts.condition, rel);
	if (key->policy == RELMAP_POLICY_SET)
	{
		key->list = relmap_evaluate_compile_list(texts.list, rel);
		if (key->list == NIL || list_length(key->list) > INDEX_MAX_KEYS)
			return false;
		key->nnullable = 0;
		foreach(lc, key->list)
			key->nullable[key->nnullable++] = lfirst_node(TargetEntry, lc)->resno;
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
	const char *condition = texts->trigger->tgargs[ARG_CONDITION];
	const char *list = texts->trigger->tgargs[ARG_LIST];

	if (condition[0] != '\0')
		texts->condition = relmap_condition_read(condition, relid,
												 relmap_table_owner(relid));
	if (list[0] != '\0')
		texts->list = relmap_set_read(list, relid, relmap_table_owner(relid));
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

	if (trigger->tgnargs == 1)
		fk = relmap_foreignkey_by_name(key->child, trigger->tgargs[0]);
	if (fk == NULL ||
		(fk->parent != relid &&
		 !(rel->rd_rel->relispartition &&
		   list_member_oid(get_partition_ancestors(relid), fk->parent))))
		return false;

	key->foreign_key = fk->oid;
	key->nkeys = fk->nkeys;
	for (int i = 0; i < fk->nkeys; i++)
		key->attnums[i] = get_attnum(relid,
									 get_attname(fk->parent,
												 fk->parent_attnums[i], false));
	return true;
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
		else if (relmap_keyinfo_policy(other->tgfoid, &policy))
		{
			Bitmapset  *columns = trigger_columns(other, rel);

			if (!is_conditional(other) && !is_conditional(trigger))
				key->siblings[key->nsiblings++] = other->tgoid;
			if (!bms_equal(columns, key->columns))
				elsewhere = bms_add_members(elsewhere, columns);
		}
		else if (other->tgenabled != TRIGGER_DISABLED)
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
			runs(other->tgfoid, "relmap_delete_orphan") &&
			bms_equal(trigger_columns(other, rel), key->foreign_set))
			key->deletes_orphans = true;
	}
	FreeTriggerDesc(triggers);
}

/*
 * Choose the columns that are NULL while a row is parked: those that are set
 * to NULL when it leaves its parent, without columns of other slots, if some
 * are left; if the foreign key can't be NULL, those that key a collection.
 * MATCH FULL needs all or none.  A list sets all its columns.
 */
static void
set_parking(RelmapKeyInfo *key, Relation rel, const Bitmapset *elsewhere)
{
	AttrNumber	choice[INDEX_MAX_KEYS];
	int			nchoice = key->nnullable;

	memcpy(choice, key->nullable, sizeof(choice));
	if (nchoice == 0 && key->is_keyed)
		nchoice = relmap_nullable_columns(rel, key->nkeys, key->attnums, 0, NULL,
										  choice);

	for (int i = 0; i < nchoice && !key->match_full && key->list == NIL; i++)
	{
		if (!bms_is_member(choice[i] - FirstLowInvalidHeapAttributeNumber,
						   elsewhere))
			key->parking[key->nparking++] = choice[i];
	}
	if (key->nparking == 0)
	{
		key->nparking = nchoice;
		memcpy(key->parking, choice, sizeof(key->parking));
	}
	for (int i = 0; i < key->nnullable; i++)
		key->nullable_set = bms_add_member(key->nullable_set,
										   key->nullable[i] -
										   FirstLowInvalidHeapAttributeNumber);
	for (int i = 0; i < key->nparking; i++)
		key->parking_set = bms_add_member(key->parking_set,
										  key->parking[i] -
										  FirstLowInvalidHeapAttributeNumber);
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

	foreach(lc, trigger_column_names(trigger, true, true))
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
 * Read the key columns of a row; false if one of them is NULL.  Such a row has
 * no parent, whatever the other columns say (SQL's MATCH SIMPLE).
 */
bool
relmap_keyinfo_values(RelmapKeyInfo *key, TupleTableSlot *slot, Datum *values)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		bool		isnull;

		values[i] = slot_getattr(slot, key->attnums[i], &isnull);
		if (isnull)
			return false;
	}
	return true;
}

/*
 * Does the row that a BEFORE trigger is called for take a parent that it has
 * not had?  If so, read the key's values.
 */
bool
relmap_keyinfo_takes_parent(RelmapKeyInfo *key, TriggerData *trigdata,
							Datum *values)
{
	Datum		before[INDEX_MAX_KEYS];

	if (!TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		return relmap_keyinfo_values(key, trigdata->tg_trigslot, values);

	/*
	 * None of its columns is set, and nobody else can have changed one.  An
	 * UPDATE sets at least one column: an empty set means that it is not
	 * known.
	 */
	if (!key->has_other_update_trigger && trigdata->tg_updatedcols != NULL &&
		!bms_overlap(key->columns, trigdata->tg_updatedcols))
		return false;

	return relmap_keyinfo_values(key, trigdata->tg_newslot, values) &&
		!(relmap_keyinfo_values(key, trigdata->tg_trigslot, before) &&
		  relmap_keyinfo_equal(key, before, values));
}

/*
 * Are two slots of a table one?  Those without condition are told by their
 * columns, as a trigger that has none of its own names the columns only.
 */
bool
relmap_keyinfo_same(const RelmapKeyInfo *a, const RelmapKeyInfo *b)
{
	return a->trigger == b->trigger ||
		(a->condition == NULL && b->condition == NULL &&
		 bms_equal(a->columns, b->columns));
}

/*
 * Are two keys the same for the unique index?
 */
bool
relmap_keyinfo_equal(RelmapKeyInfo *key, const Datum *a, const Datum *b)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): nkeys stays */
		if (!relmap_keyinfo_column_equal(key, i, a[i], b[i]))
			return false;
	}
	return true;
}

/*
 * Are two values of its column i?
 */
bool
relmap_keyinfo_column_equal(RelmapKeyInfo *key, int i, Datum a, Datum b)
{
	/* no call is needed if the images are equal */
	return (key->typbyvals[i] && a == b) ||
		DatumGetBool(FunctionCall2Coll(&key->eq_procs[i], key->collations[i],
									   a, b));
}

/*
 * Does an action set column i of the key: to NULL, or, of a row that was parked
 * without it, to its value?
 */
bool
relmap_keyinfo_sets(RelmapKeyInfo *key, RelmapAction action, int i)
{
	Bitmapset  *columns = NULL;

	if (action == RELMAP_SET_NULL)
		columns = key->nullable_set;
	else if (action == RELMAP_ASSIGN)
		columns = key->parking_set;
	return bms_is_member(key->attnums[i] - FirstLowInvalidHeapAttributeNumber,
						 columns);
}

/*
 * A hash that is the same for keys of a slot that are the same for the unique
 * index.
 */
uint32
relmap_keyinfo_hash(RelmapKeyInfo *key, const Datum *values)
{
	uint32		hash = key->slot_hash;

	if (!key->hashable)
		return hash;

	for (int i = 0; i < key->nkeys; i++)
		hash = hash_combine(hash,
							DatumGetUInt32(FunctionCall1Coll(&key->hash_procs[i],
															 key->collations[i],
															 values[i])));
	return hash;
}

/*
 * A copy of a key's values in the given context.
 */
Datum *
relmap_keyinfo_copy(RelmapKeyInfo *key, const Datum *values,
					MemoryContext context)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	Datum	   *copy = palloc(sizeof(Datum) * key->nkeys);

	for (int i = 0; i < key->nkeys; i++)
		copy[i] = datumCopy(values[i], key->typbyvals[i], key->typlens[i]);

	MemoryContextSwitchTo(oldcontext);
	return copy;
}

/*
 * Mark a key invalid.
 */
static void
invalidate(RelmapKeyInfo *key)
{
	key->valid = false;
	have_invalid = true;
}

/*
 * Relcache callback: mark the keys of this table's triggers invalid.
 */
static void
invalidate_keys_of_table(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	KeyEntry   *entry;

	invalidations++;
	hash_seq_init(&status, keys);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->key != NULL &&
			(!OidIsValid(relid) || entry->key->relid == relid ||
			 entry->key->child == relid))
			invalidate(entry->key);
	}
}

/*
 * Syscache callback: a domain may have become NOT NULL.  As every table has a
 * type, keys without a domain stay valid: invalid ones stay in memory until
 * the transaction ends, and a transaction may create very many temporary
 * tables.
 */
static void
invalidate_keys_with_domains(Datum arg, int cacheid, uint32 hashvalue)
{
	HASH_SEQ_STATUS status;
	KeyEntry   *entry;

	invalidations++;
	hash_seq_init(&status, keys);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->key != NULL && entry->key->has_domain)
			invalidate(entry->key);
	}
}

/*
 * Syscache callback: a function that a condition or a list calls may be gone.
 */
static void
invalidate_keys_with_texts(Datum arg, int cacheid, uint32 hashvalue)
{
	HASH_SEQ_STATUS status;
	KeyEntry   *entry;

	invalidations++;
	hash_seq_init(&status, keys);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->key != NULL &&
			(entry->key->condition != NULL || entry->key->list != NIL))
			invalidate(entry->key);
	}
}

/*
 * Free a key and its plans.
 */
static void
free_key(RelmapKeyInfo *key)
{
	for (int i = 0; i < RELMAP_NUM_ACTIONS; i++)
	{
		if (key->plans[i] != NULL)
			SPI_freeplan(key->plans[i]);
	}
	MemoryContextDelete(key->context);
}

/*
 * Transaction callback: free invalid keys and plans, which are not in use any
 * more.
 */
static void
forget_invalid_keys(XactEvent event, void *arg)
{
	HASH_SEQ_STATUS status;
	KeyEntry   *entry;
	ListCell   *lc;

	if (!have_invalid ||
		(event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT &&
		 event != XACT_EVENT_PREPARE))
		return;

	foreach(lc, retired)
		free_key((RelmapKeyInfo *) lfirst(lc));
	list_free(retired);
	retired = NIL;

	foreach(lc, retired_plans)
		SPI_freeplan((SPIPlanPtr) lfirst(lc));
	list_free(retired_plans);
	retired_plans = NIL;

	hash_seq_init(&status, keys);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->key == NULL || !entry->key->valid)
		{
			if (entry->key != NULL)
				free_key(entry->key);
			hash_search(keys, &entry->trigger, HASH_REMOVE, NULL);
		}
	}
	have_invalid = false;
}

/*
 * Set up the cache, once per session.
 */
void
relmap_keyinfo_init(void)
{
	HASHCTL		ctl;

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(KeyEntry);
	keys = hash_create("relmap keys", 32, &ctl, HASH_ELEM | HASH_BLOBS);

	CacheRegisterRelcacheCallback(invalidate_keys_of_table, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, invalidate_keys_with_domains,
								  (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, invalidate_keys_with_texts,
								  (Datum) 0);
	RegisterXactCallback(forget_invalid_keys, NULL);
}
