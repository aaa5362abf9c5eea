/*-------------------------------------------------------------------------
 *
 * detached.c
 *	  Triggers of a partition that has left its table.
 *
 * DETACH PARTITION drops the triggers that the partition has from its table,
 * but not those that are FROM another table, which it takes for those of
 * foreign keys.  They would be in the way if the partition came back.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/detached.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "nodes/pg_list.h"
#include "storage/lockdefs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "ddl/detached.h"
#include "ddl/follow.h"

static void drop_leftovers(void *arg);
static List *leftovers(Oid relid);


/*
 * If the command has detached a partition, drop what it has left there.
 */
void
relmap_detached_follow(const AlterTableStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);
		Oid			relid;

		if (cmd->subtype != AT_DetachPartition &&
			cmd->subtype != AT_DetachPartitionFinalize)
			continue;
		relid = RangeVarGetRelid(((PartitionCmd *) cmd->def)->name, NoLock,
								 true);
		if (OidIsValid(relid) && !get_rel_relispartition(relid))
			(void) relmap_follow(drop_leftovers, &relid, NULL);
	}
}

/*
 * Drop them as DETACH PARTITION drops the others: their ties to the triggers of
 * the partitioned table go first.
 */
static void
drop_leftovers(void *arg)
{
	ObjectAddresses *objects = new_object_addresses();
	ListCell   *lc;

	foreach(lc, leftovers(*(Oid *) arg))
	{
		ObjectAddress trigger;

		deleteDependencyRecordsForClass(TriggerRelationId, lfirst_oid(lc),
										TriggerRelationId,
										DEPENDENCY_PARTITION_PRI);
		deleteDependencyRecordsForClass(TriggerRelationId, lfirst_oid(lc),
										RelationRelationId,
										DEPENDENCY_PARTITION_SEC);
		ObjectAddressSet(trigger, TriggerRelationId, lfirst_oid(lc));
		add_exact_object_address(&trigger, objects);
	}
	CommandCounterIncrement();
	performMultipleDeletions(objects, DROP_RESTRICT,
							 PERFORM_DELETION_INTERNAL);
	free_object_addresses(objects);
}

/*
 * The triggers of relmap's that a table has of one whose partition it was.
 */
static List *
leftovers(Oid relid)
{
	Oid			nspid = get_namespace_oid(RELMAP_SCHEMA, false);
	Relation	rel = table_open(TriggerRelationId, RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *result = NIL;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, TriggerRelidNameIndexId, true, NULL, 1,
							  &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);

		if (OidIsValid(trigger->tgparentid) &&
			OidIsValid(trigger->tgconstrrelid) &&
			get_func_namespace(trigger->tgfoid) == nspid)
			result = lappend_oid(result, trigger->oid);
	}
	systable_endscan(scan);
	table_close(rel, NoLock);
	return result;
}
