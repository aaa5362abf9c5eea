/*-------------------------------------------------------------------------
 *
 * keyinfo.c
 *	  The foreign key of a trigger, compiled and cached.
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

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/invalidation.h"
#include "enforce/keybuild.h"
#include "enforce/keyinfo.h"
#include "enforce/requiredkey.h"

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
		uint64		before = invalidations;
		RelmapKeyInfo *key = relmap_keybuild(trigger, rel);
		MemoryContext oldcontext;

		/* if something changed meanwhile, it is good for this call only */
		key->valid = (invalidations == before);

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
 * The same of an AFTER ROW trigger that is called for these events; NULL if it
 * has nothing to do.
 */
RelmapKeyInfo *
relmap_keyinfo_of_after_trigger(FunctionCallInfo fcinfo, const char *name,
								int16 events)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	RelmapKeyInfo *key;

	relmap_keyinfo_check_trigger(fcinfo, name, TRIGGER_TYPE_AFTER | events);

	/* On a subscriber, the publisher decides which rows there are. */
	if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		return NULL;

	key = relmap_keyinfo_get(trigdata->tg_trigger, trigdata->tg_relation);
	return key->inert ? NULL : key;
}

/*
 * Is the row that a trigger is called for not deleted, but moved to another
 * partition by an UPDATE?
 */
bool
relmap_keyinfo_row_moves(const TriggerData *trigdata)
{
	return trigdata->tg_relation->rd_rel->relispartition &&
		HeapTupleHeaderIndicatesMovedPartitions(trigdata->tg_trigtuple->t_data);
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
 * Has a row a value in all columns of the foreign key?
 */
bool
relmap_keyinfo_has_parent(const RelmapKeyInfo *key, TupleTableSlot *row)
{
	int			column = -1;

	while ((column = bms_next_member(key->foreign_set, column)) >= 0)
	{
		if (slot_attisnull(row, column + FirstLowInvalidHeapAttributeNumber))
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
 * Are two keys the same bit by bit?
 */
bool
relmap_keyinfo_identical(const RelmapKeyInfo *key, const Datum *a, const Datum *b)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		if (!datum_image_eq(a[i], b[i], key->typbyvals[i], key->typlens[i]))
			return false;
	}
	return true;
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
 * Mark the keys invalid that a change concerns.
 */
static void
invalidate_keys(bool (*concerns) (const RelmapKeyInfo *key, Oid relid),
				Oid relid)
{
	HASH_SEQ_STATUS status;
	KeyEntry   *entry;

	invalidations++;
	hash_seq_init(&status, keys);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->key != NULL && concerns(entry->key, relid))
		{
			entry->key->valid = false;
			have_invalid = true;
		}
	}
}

/*
 * Is it about this table?  InvalidOid: any table.
 */
static bool
is_of_table(const RelmapKeyInfo *key, Oid relid)
{
	return !OidIsValid(relid) || key->relid == relid || key->child == relid;
}

/*
 * Has it a column of a domain?
 */
static bool
has_domain(const RelmapKeyInfo *key, Oid relid)
{
	return key->has_domain;
}

/*
 * May its condition or list call a function?
 */
static bool
has_text(const RelmapKeyInfo *key, Oid relid)
{
	return key->condition != NULL || key->list != NIL;
}

/*
 * A table has changed: mark the keys of its triggers invalid.
 */
static void
invalidate_keys_of_table(Oid relid)
{
	invalidate_keys(is_of_table, relid);
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
	invalidate_keys(has_domain, InvalidOid);
}

/*
 * Syscache callback: a function that a condition or a list calls may be gone.
 */
static void
invalidate_keys_with_texts(Datum arg, int cacheid, uint32 hashvalue)
{
	invalidate_keys(has_text, InvalidOid);
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
	if (key->required != NULL)
		relmap_requiredkey_free(key->required);
	for (int i = 0; i < RELMAP_NUM_PARENT_QUERIES; i++)
	{
		if (key->parent_plans[i] != NULL)
			SPI_freeplan(key->parent_plans[i]);
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

	relmap_invalidation_register(invalidate_keys_of_table);
	CacheRegisterSyscacheCallback(TYPEOID, invalidate_keys_with_domains,
								  (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, invalidate_keys_with_texts,
								  (Datum) 0);
	RegisterXactCallback(forget_invalid_keys, NULL);
}
