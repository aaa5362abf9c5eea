/*-------------------------------------------------------------------------
 *
 * catalogroom.c
 *	  How many relationships a table can have.
 *
 * They are attributes as its columns are, and may be as many.  A restore
 * writes some thousand declarations in one command, many of one table; they
 * are not counted anew for each.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/catalogroom.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/catalogroom.h"
#include "base/catalogrow.h"
#include "base/util.h"

/* A table of which the transaction writes declarations. */
typedef struct Room
{
	Oid			source;			/* hash key */
	int			most;			/* it has no more than that */
} Room;

static HTAB *rooms = NULL;

static HTAB *rooms_of_transaction(void);
static void forget_at_end(XactEvent event, void *arg);
static int	count(Relation catalog, Oid source);


/*
 * Raise an error if a table can't have another relationship; see
 * catalogroom.h.
 */
void
relmap_catalogroom_check(Relation catalog, Oid source)
{
	bool		found;
	Room	   *room = hash_search(rooms_of_transaction(), &source, HASH_ENTER,
								   &found);

	/* rows that are not written, or are rolled back, count until then */
	if (!found || room->most >= MaxHeapAttributeNumber)
	{
		room->most = MaxHeapAttributeNumber;
		room->most = count(catalog, source);
	}
	if (room->most >= MaxHeapAttributeNumber)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("tables can have at most %d relationships",
						MaxHeapAttributeNumber),
				 relmap_errtable(source, NULL, NULL)));
	room->most++;
}

static HTAB *
rooms_of_transaction(void)
{
	static bool registered = false;
	HASHCTL		ctl = {0};

	if (!registered)
		RegisterXactCallback(forget_at_end, NULL);
	registered = true;
	if (rooms == NULL)
	{
		ctl.keysize = sizeof(Oid);
		ctl.entrysize = sizeof(Room);
		ctl.hcxt = TopTransactionContext;
		rooms = hash_create("relmap rooms", 64, &ctl,
							HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	return rooms;
}

/*
 * Transaction callback: the table is gone with its memory.
 */
static void
forget_at_end(XactEvent event, void *arg)
{
	rooms = NULL;
}

/*
 * The declarations of a source table, with those that the running command has
 * inserted.
 */
static int
count(Relation catalog, Oid source)
{
	Oid			index = get_relname_relid("relationship_pkey",
										  RelationGetNamespace(catalog));
	ScanKeyData key;
	SysScanDesc scan;
	int			result = 0;

	ScanKeyInit(&key, Anum_source,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(source));
	scan = systable_beginscan(catalog, index, OidIsValid(index), SnapshotSelf,
							  1, &key);
	while (HeapTupleIsValid(systable_getnext(scan)))
		result++;
	systable_endscan(scan);
	return result;
}
