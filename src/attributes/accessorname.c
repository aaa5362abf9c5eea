/*-------------------------------------------------------------------------
 *
 * accessorname.c
 *	  Can an accessor have its name?
 *
 * Thousands of tables may have an attribute of one name, all those with an
 * owner_id for example.  So the functions of a name are not gone through: only
 * those that the accessor can collide with are looked up, by their arguments.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessorname.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "attributes/accessorname.h"
#include "attributes/accessorproc.h"
#include "base/util.h"

static void check_exact(const RelmapAccessor *accessor, const oidvector *types,
						Oid nspid);
static void check_range(const RelmapAccessor *accessor, RegProcedure compare,
						StrategyNumber strategy, const oidvector *bound);
static void check_against(const RelmapAccessor *accessor, HeapTuple tuple);
static bool is_others(HeapTuple tuple, const RelmapAccessor *accessor);
static bool takes_row(Form_pg_proc proc, Oid row_type);


/*
 * See the header.  System functions take a type of the system's, or several
 * arguments; so do other accessors of the table.
 */
void
relmap_accessorname_check(const RelmapAccessor *accessor)
{
	static const Oid user = FirstNormalObjectId;
	static const Oid two[] = {InvalidOid, InvalidOid};
	Oid			row_type = get_rel_type_id(accessor->source);
	const oidvector *row = buildoidvector(&row_type, 1);
	Oid			nspid = get_rel_namespace(accessor->source);

	check_exact(accessor, relmap_accessorproc_argument_types(accessor), nspid);
	check_exact(accessor, row, nspid);
	check_exact(accessor, row, PG_CATALOG_NAMESPACE);
	check_range(accessor, F_OIDVECTORLT, BTLessStrategyNumber,
				buildoidvector(&user, 1));
	check_range(accessor, F_OIDVECTORGE, BTGreaterEqualStrategyNumber,
				buildoidvector(two, lengthof(two)));
}

/*
 * Check against the function of a schema that has these arguments.
 */
static void
check_exact(const RelmapAccessor *accessor, const oidvector *types, Oid nspid)
{
	HeapTuple	tuple = SearchSysCache3(PROCNAMEARGSNSP,
										CStringGetDatum(accessor->name),
										PointerGetDatum(types),
										ObjectIdGetDatum(nspid));

	if (HeapTupleIsValid(tuple))
	{
		check_against(accessor, tuple);
		ReleaseSysCache(tuple);
	}
}

/*
 * Check against the functions of its name whose arguments compare like that
 * with the bound: fewer arguments come first, then lower types.
 */
static void
check_range(const RelmapAccessor *accessor, RegProcedure compare,
			StrategyNumber strategy, const oidvector *bound)
{
	Relation	rel = table_open(ProcedureRelationId, AccessShareLock);
	NameData	name;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	namestrcpy(&name, accessor->name);
	ScanKeyInit(&keys[0], Anum_pg_proc_proname, BTEqualStrategyNumber,
				F_NAMEEQ, NameGetDatum(&name));
	ScanKeyInit(&keys[1], Anum_pg_proc_proargtypes, strategy, compare,
				PointerGetDatum(bound));
	scan = systable_beginscan(rel, ProcedureNameArgsNspIndexId, true, NULL, 2,
							  keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		check_against(accessor, tuple);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/*
 * Raise an error if the accessor can't be there beside that function, which
 * has its name.
 */
static void
check_against(const RelmapAccessor *accessor, HeapTuple tuple)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);

	if (is_others(tuple, accessor))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FUNCTION),
				 errmsg("function %s already exists",
						format_procedure(proc->oid)),
				 accessor->key_types == NIL
				 ? errdetail("The accessor of relationship \"%s\" would have its name and argument.",
							 relmap_relationship_display_name(accessor->source,
															  accessor->attribute))
				 : errdetail("The accessor by key of relationship \"%s\" would have its name.",
							 relmap_relationship_display_name(accessor->source,
															  accessor->attribute)),
				 errhint("Give the relationship another name, or use accessor => false.")));
	if (proc->pronamespace == PG_CATALOG_NAMESPACE &&
		takes_row(proc, get_rel_type_id(accessor->source)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FUNCTION),
				 errmsg("accessor \"%s\" of table \"%s\" would hide function %s",
						accessor->name,
						relmap_table_display_name(accessor->source),
						format_procedure(proc->oid)),
				 errhint("Give the relationship another name, or use accessor => false.")));
}

/*
 * Is this function, of an accessor's name, in its way?  API layers do not like
 * a name that two functions of a table's rows have, so that no two accessors
 * may have it.
 */
static bool
is_others(HeapTuple tuple, const RelmapAccessor *accessor)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	oidvector  *types = relmap_accessorproc_argument_types(accessor);

	return proc->pronamespace == get_rel_namespace(accessor->source) &&
		(relmap_accessorproc_has_arguments(proc, types) ||
		 relmap_accessorproc_is_one(tuple, types->values[0]));
}

/*
 * Can this function be called with a row of that type as its one argument?
 */
static bool
takes_row(Form_pg_proc proc, Oid row_type)
{
	return proc->pronargs >= 1 &&
		proc->pronargs - proc->pronargdefaults <= 1 &&
		can_coerce_type(1, &row_type, proc->proargtypes.values,
						COERCION_IMPLICIT);
}
