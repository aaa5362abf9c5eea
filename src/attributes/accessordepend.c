/*-------------------------------------------------------------------------
 *
 * accessordepend.c
 *	  What an accessor depends on, and locks on one.
 *
 * The server makes a function depend on the row types in its signature so that
 * DROP TABLE needs CASCADE.  An accessor is to be dropped silently with its
 * tables, so its dependencies are changed after it was created.  It is dropped
 * with the extension by one of the same kind, not by DEPENDS ON EXTENSION,
 * which would be one more statement of a dump for each accessor.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessordepend.c
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
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "attributes/accessor.h"
#include "base/nowait.h"

static bool depend_on(Oid accessor, Oid classid, Oid objid);


/*
 * Correct an accessor's dependencies: it is dropped automatically with a table
 * in its signature and with the extension.  Correct ones are not written
 * again.
 */
void
relmap_accessor_depend(Oid accessor)
{
	Oid			extension = get_extension_oid("relmap", false);
	Oid		   *argtypes;
	int			nargs;
	Oid			types[2];
	bool		changed = false;

	types[0] = get_func_signature(accessor, &argtypes, &nargs);
	types[1] = argtypes[0];

	/* A table may be related to itself. */
	if (types[1] == types[0])
		types[1] = InvalidOid;

	for (int i = 0; i < lengthof(types) && OidIsValid(types[i]); i++)
		changed |= depend_on(accessor, TypeRelationId, types[i]);
	changed |= depend_on(accessor, ExtensionRelationId, extension);
	if (changed)
		CommandCounterIncrement();
}

/*
 * Let the accessor be dropped with an object, without CASCADE; false if it is
 * already.
 */
static bool
depend_on(Oid accessor, Oid classid, Oid objid)
{
	static const char types[] = {
		DEPENDENCY_NORMAL, DEPENDENCY_AUTO, DEPENDENCY_AUTO_EXTENSION
	};
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	int			right = 0;
	int			wrong = 0;
	ObjectAddress self;
	ObjectAddress other;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid,
				BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ProcedureRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(accessor));
	scan = systable_beginscan(rel, DependDependerIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		if (depend->refclassid != classid || depend->refobjid != objid)
			continue;
		if (depend->deptype == DEPENDENCY_AUTO)
			right++;
		else
			wrong++;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (right == 1 && wrong == 0)
		return false;

	for (int i = 0; i < lengthof(types); i++)
		deleteDependencyRecordsForSpecific(ProcedureRelationId, accessor,
										   types[i], classid, objid);
	ObjectAddressSet(self, ProcedureRelationId, accessor);
	ObjectAddressSet(other, classid, objid);
	recordDependencyOn(&self, &other, DEPENDENCY_AUTO);
	return true;
}

/*
 * Lock an accessor that is about to be changed or dropped; 55006 if another
 * session is about to.
 */
void
relmap_accessor_lock_nowait(Oid accessor)
{
	Relation	rel = table_open(ProcedureRelationId, RowExclusiveLock);
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(accessor));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", accessor);
	relmap_nowait_lock_object(ProcedureRelationId, accessor, "accessor");
	relmap_nowait_lock_tuple(rel, &tuple->t_self, "accessor");
	ReleaseSysCache(tuple);
	table_close(rel, NoLock);
}
