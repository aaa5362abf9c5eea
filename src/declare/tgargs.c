/*-------------------------------------------------------------------------
 *
 * tgargs.c
 *	  The arguments of a trigger, as pg_trigger has them: one after the other,
 *	  each ended by a null byte.
 *
 * Names in them are changed in place, so that a trigger keeps its name,
 * comment and state, and its ties to the triggers of partitions.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/tgargs.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/indexing.h"
#include "catalog/pg_trigger.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/inval.h"
#include "utils/rel.h"

#include "base/nowait.h"
#include "declare/tgargs.h"

static Datum packed(List *arguments);


/*
 * The arguments of a trigger.
 */
List *
relmap_tgargs_read(Relation pg_trigger, HeapTuple trigger)
{
	int			n = ((Form_pg_trigger) GETSTRUCT(trigger))->tgnargs;
	bool		isnull;
	Datum		args = heap_getattr(trigger, Anum_pg_trigger_tgargs,
									RelationGetDescr(pg_trigger), &isnull);
	List	   *result = NIL;
	const char *arg;

	if (isnull)
		return NIL;
	arg = VARDATA_ANY(DatumGetByteaPP(args));
	for (int i = 0; i < n; i++)
	{
		result = lappend(result, pstrdup(arg));
		arg += strlen(arg) + 1;
	}
	return result;
}

/*
 * Write others, as many, in their place; see the header.
 */
void
relmap_tgargs_write(Relation pg_trigger, HeapTuple trigger, List *arguments)
{
	Datum		values[Natts_pg_trigger] = {0};
	bool		nulls[Natts_pg_trigger] = {0};
	bool		replace[Natts_pg_trigger] = {0};

	relmap_nowait_lock_tuple(pg_trigger, &trigger->t_self, "trigger");
	values[Anum_pg_trigger_tgargs - 1] = packed(arguments);
	replace[Anum_pg_trigger_tgargs - 1] = true;
	trigger = heap_modify_tuple(trigger, RelationGetDescr(pg_trigger), values,
								nulls, replace);
	CatalogTupleUpdate(pg_trigger, &trigger->t_self, trigger);
	CacheInvalidateRelcacheByRelid(((Form_pg_trigger) GETSTRUCT(trigger))->tgrelid);
}

static Datum
packed(List *arguments)
{
	StringInfoData buf;
	bytea	   *result;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, arguments)
		appendBinaryStringInfo(&buf, lfirst(lc), strlen(lfirst(lc)) + 1);
	result = palloc(VARHDRSZ + buf.len);
	SET_VARSIZE(result, VARHDRSZ + buf.len);
	memcpy(VARDATA(result), buf.data, buf.len);
	return PointerGetDatum(result);
}
