/*-------------------------------------------------------------------------
 *
 * checkedparents.c
 *	  The parents that were found to have a child in this transaction.
 *
 * A parent of which many children go would be looked up once for each of them,
 * among the dead ones: one look after the last of them is enough.  What is
 * remembered lives until the end of the transaction, or until a subtransaction
 * is rolled back.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/checkedparents.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "enforce/checkedparents.h"
#include "enforce/keyinfo.h"

/*
 * A parent that was checked: whatever commands before this one have done to its
 * children was seen then.  Of several with one hash the last one is remembered.
 */
typedef struct Checked
{
	struct
	{
		Oid			trigger;
		uint32		values;
	}			hash;			/* hash key */
	CommandId	before;
	bytea	   *image;			/* the values */
} Checked;

/* How many of them are remembered. */
#define MAX_CHECKED 10000

static HTAB *checked = NULL;
static MemoryContext checked_context = NULL;

static void forget(void);
static bytea *image_of(const RelmapKeyInfo *key, const Datum *values);
static uint32 hash_of(const bytea *image);


/*
 * Was this parent checked after the command that has changed the trigger's row?
 */
bool
relmap_checkedparents_has(RelmapKeyInfo *key, TriggerData *trigdata,
						  const Datum *values)
{
	Checked    *entry;
	Checked		lookup;
	bytea	   *image;
	bool		same;

	if (checked == NULL ||
		trigdata->tg_relation->rd_rel->relam != HEAP_TABLE_AM_OID)
		return false;
	image = image_of(key, values);
	lookup.hash.trigger = key->trigger;
	lookup.hash.values = hash_of(image);
	entry = hash_search(checked, &lookup.hash, HASH_FIND, NULL);
	same = entry != NULL && VARSIZE(entry->image) == VARSIZE(image) &&
		memcmp(entry->image, image, VARSIZE(image)) == 0;
	pfree(image);
	return same &&
		HeapTupleHeaderGetCmax(trigdata->tg_trigtuple->t_data) < entry->before;
}

/*
 * Remember that the parent was checked, with all that was done before a
 * command.
 */
void
relmap_checkedparents_add(RelmapKeyInfo *key, const Datum *values, CommandId before)
{
	Checked    *entry;
	Checked		lookup;
	MemoryContext oldcontext;
	bytea	   *image;
	bool		found;

	if (checked != NULL && hash_get_num_entries(checked) >= MAX_CHECKED)
		forget();
	if (checked == NULL)
	{
		HASHCTL		ctl;

		checked_context = AllocSetContextCreate(TopTransactionContext,
												"relmap checked parents",
												ALLOCSET_SMALL_SIZES);
		ctl.keysize = sizeof(lookup.hash);
		ctl.entrysize = sizeof(Checked);
		ctl.hcxt = checked_context;
		checked = hash_create("relmap checked parents", 64, &ctl,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	oldcontext = MemoryContextSwitchTo(checked_context);
	image = image_of(key, values);
	lookup.hash.trigger = key->trigger;
	lookup.hash.values = hash_of(image);
	entry = hash_search(checked, &lookup.hash, HASH_ENTER, &found);
	if (found)
		pfree(entry->image);
	entry->before = before;
	entry->image = image;
	MemoryContextSwitchTo(oldcontext);
}

static void
forget(void)
{
	if (checked == NULL)
		return;
	MemoryContextDelete(checked_context);
	checked = NULL;
	checked_context = NULL;
}

/*
 * The values of a key as bytes.
 */
static bytea *
image_of(const RelmapKeyInfo *key, const Datum *values)
{
	StringInfoData buf;
	bytea	   *result;

	initStringInfo(&buf);
	for (int i = 0; i < key->nkeys; i++)
	{
		Size		size;

		if (key->typbyvals[i])
			appendBinaryStringInfo(&buf, (const char *) &values[i],
								   sizeof(Datum));
		else if (key->typlens[i] == -1)
		{
			struct varlena *value = PG_DETOAST_DATUM_PACKED(values[i]);

			size = VARSIZE_ANY_EXHDR(value);
			appendBinaryStringInfo(&buf, (const char *) &size, sizeof(size));
			appendBinaryStringInfo(&buf, VARDATA_ANY(value), size);
		}
		else
			appendBinaryStringInfo(&buf, DatumGetPointer(values[i]),
								   datumGetSize(values[i], false,
												key->typlens[i]));
	}
	result = palloc(VARHDRSZ + buf.len);
	SET_VARSIZE(result, VARHDRSZ + buf.len);
	memcpy(VARDATA(result), buf.data, buf.len);
	pfree(buf.data);
	return result;
}

static uint32
hash_of(const bytea *image)
{
	return DatumGetUInt32(hash_any((const unsigned char *) VARDATA(image),
								   VARSIZE(image) - VARHDRSZ));
}

/*
 * Transaction callback: the memory goes with the transaction.
 */
static void
end_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
		forget();
}

/*
 * Subtransaction callback: what was rolled back may have made a check succeed,
 * and its triggers will fire again.
 */
static void
end_subtransaction(SubXactEvent event, SubTransactionId subid,
				   SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget();
}

/*
 * Set up, once per session.
 */
void
relmap_checkedparents_init(void)
{
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}
