/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  Who may make one of relmap's triggers.
 *
 * They change and delete rows as the owner of the table with the foreign key,
 * past row-level security, as referential actions do.  The privilege TRIGGER
 * lets others than the owner create triggers, but must not give them that.  So
 * the creator must have the rights of the table's owner, and of the owner of
 * the table that it is FROM.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/guard.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/util.h"
#include "ddl/eventtrigger.h"
#include "ddl/reported.h"

static List *new_triggers(void);
static void check_trigger(Oid trigoid);
static void check_owner(Oid relid, Oid function);

PG_FUNCTION_INFO_V1(relmap_guard_triggers);

/*
 * ddl_command_end of CREATE TRIGGER, and of CREATE SCHEMA, which may have that
 * in it: raise an error for a trigger of relmap's that the user may not
 * create.
 */
PGDLLEXPORT Datum
relmap_guard_triggers(PG_FUNCTION_ARGS)
{
	ListCell   *lc;

	relmap_eventtrigger_check(fcinfo, "guard_triggers", "ddl_command_end");
	foreach(lc, new_triggers())
		check_trigger(lfirst_oid(lc));
	PG_RETURN_NULL();
}

/*
 * The triggers that the command has made.
 */
static List *
new_triggers(void)
{
	TupleDesc	desc;
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, relmap_reported_commands(&desc))
	{
		HeapTuple	row = lfirst(lc);
		bool		isnull;
		Datum		classid = heap_getattr(row, RELMAP_COMMAND_CLASSID, desc,
										   &isnull);

		if (!isnull && DatumGetObjectId(classid) == TriggerRelationId)
			result = lappend_oid(result,
								 DatumGetObjectId(heap_getattr(row, RELMAP_COMMAND_OBJID,
															   desc, &isnull)));
	}
	return result;
}

/*
 * Raise an error if a trigger calls one of relmap's functions, and the user
 * may not create it.
 */
static void
check_trigger(Oid trigoid)
{
	Relation	rel = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_oid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigoid));
	scan = systable_beginscan(rel, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
		ListCell   *lc;

		if (get_func_namespace(trigger->tgfoid) ==
			get_namespace_oid(RELMAP_SCHEMA, true))
		{
			/* a partitioned table has made one for each of its partitions */
			foreach(lc, find_all_inheritors(trigger->tgrelid, NoLock, NULL))
			{
				if (lfirst_oid(lc) == trigger->tgrelid ||
					get_rel_relispartition(lfirst_oid(lc)))
					check_owner(lfirst_oid(lc), trigger->tgfoid);
			}
			if (OidIsValid(trigger->tgconstrrelid))
				check_owner(trigger->tgconstrrelid, trigger->tgfoid);
		}
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

static void
check_owner(Oid relid, Oid function)
{
	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s", get_rel_name(relid)),
				 errdetail("Function %s.%s acts with the rights of the table's owner.",
						   RELMAP_SCHEMA, get_func_name(function)),
				 relmap_errtable(relid, NULL, NULL)));
}
