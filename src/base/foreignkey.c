/*-------------------------------------------------------------------------
 *
 * foreignkey.c
 *	  Foreign keys: which ones there are, and what is known of each.
 *
 * Only top-level foreign keys count: one that a partition has from its
 * partitioned table (conparentid set) is that table's.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/foreignkey.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_constraint.h"
#include "commands/defrem.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/foreignkey.h"
#include "base/util.h"

static RelmapForeignKey *read_foreign_key(HeapTuple tuple);
static Oid	default_equality(Oid parent_type, Oid child_type);
static List *find_foreign_keys(Oid child, Oid parent, const char *name);


/*
 * All top-level foreign keys of child that reference parent, by name.
 */
List *
relmap_foreignkey_list(Oid child, Oid parent)
{
	return find_foreign_keys(child, parent, NULL);
}

/*
 * The foreign key of child with that constraint name; NULL if there is none.
 */
RelmapForeignKey *
relmap_foreignkey_by_name(Oid child, const char *name)
{
	List	   *found = find_foreign_keys(child, InvalidOid, name);

	return found == NIL ? NULL : (RelmapForeignKey *) linitial(found);
}

/*
 * The foreign key with that OID, NULL if it does not exist.
 */
RelmapForeignKey *
relmap_foreignkey_get(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID,
										ObjectIdGetDatum(constraint));
	RelmapForeignKey *fk;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	fk = read_foreign_key(tuple);
	ReleaseSysCache(tuple);
	return fk;
}

/*
 * The foreign key that this one of a partition comes from; see the header.
 */
RelmapForeignKey *
relmap_foreignkey_origin(Oid constraint)
{
	Oid			from = constraint;

	while (OidIsValid(from))
	{
		HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(from));

		if (!HeapTupleIsValid(tuple))
			return NULL;
		constraint = from;
		from = ((Form_pg_constraint) GETSTRUCT(tuple))->conparentid;
		ReleaseSysCache(tuple);
	}
	return relmap_foreignkey_get(constraint);
}

/*
 * Top-level foreign keys of child, that reference parent and have that name
 * where these are given.  They come in the order of their names, as the index
 * has them.
 */
static List *
find_foreign_keys(Oid child, Oid parent, const char *name)
{
	Relation	rel = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key[1];
	HeapTuple	tuple;
	List	   *result = NIL;

	ScanKeyInit(&key[0], Anum_pg_constraint_conrelid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(child));
	scan = systable_beginscan(rel, ConstraintRelidTypidNameIndexId, true,
							  NULL, 1, key);

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint con = (Form_pg_constraint) GETSTRUCT(tuple);

		if (con->contype != CONSTRAINT_FOREIGN || OidIsValid(con->conparentid))
			continue;
		if (OidIsValid(parent) && con->confrelid != parent)
			continue;
		if (name != NULL && strcmp(NameStr(con->conname), name) != 0)
			continue;
		result = lappend(result, read_foreign_key(tuple));
	}

	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * A pg_constraint row as a RelmapForeignKey.
 */
static RelmapForeignKey *
read_foreign_key(HeapTuple tuple)
{
	Form_pg_constraint con = (Form_pg_constraint) GETSTRUCT(tuple);
	RelmapForeignKey *fk = palloc0(sizeof(RelmapForeignKey));

	fk->oid = con->oid;
	fk->name = con->conname;
	fk->child = con->conrelid;
	fk->parent = con->confrelid;
	fk->match_type = con->confmatchtype;
	fk->on_delete = con->confdeltype;
	fk->temporal = constraint_is_temporal(con);
	DeconstructFkConstraintRow(tuple, &fk->nkeys,
							   fk->child_attnums, fk->parent_attnums,
							   fk->pf_eq_oprs, fk->pp_eq_oprs, fk->ff_eq_oprs,
							   &fk->n_set_null, fk->set_null);
	return fk;
}

/*
 * What a foreign key on those columns would be; see the header.
 */
RelmapForeignKey *
relmap_foreignkey_of_columns(Oid child, Oid parent, const char *name,
							 List *columns, List *referenced)
{
	RelmapForeignKey *fk = palloc0(sizeof(RelmapForeignKey));

	if (columns == NIL || list_length(columns) != list_length(referenced) ||
		list_length(columns) > INDEX_MAX_KEYS)
		return NULL;
	namestrcpy(&fk->name, name);
	fk->child = child;
	fk->parent = parent;
	fk->nkeys = list_length(columns);
	fk->match_type = FKCONSTR_MATCH_SIMPLE;
	for (int i = 0; i < fk->nkeys; i++)
	{
		fk->child_attnums[i] = get_attnum(child, list_nth(columns, i));
		fk->parent_attnums[i] = get_attnum(parent, list_nth(referenced, i));
		if (fk->child_attnums[i] <= 0 || fk->parent_attnums[i] <= 0)
			return NULL;
		fk->pf_eq_oprs[i] = default_equality(get_atttype(parent,
														 fk->parent_attnums[i]),
											 get_atttype(child,
														 fk->child_attnums[i]));
		if (!OidIsValid(fk->pf_eq_oprs[i]))
			return NULL;
	}
	return fk;
}

/*
 * The equality of a parent's type with a child's in the default operator class
 * of the parent's, whose index a foreign key would need; InvalidOid if there is
 * none.
 */
static Oid
default_equality(Oid parent_type, Oid child_type)
{
	Oid			opclass = GetDefaultOpClass(getBaseType(parent_type),
											BTREE_AM_OID);
	Oid			family;
	Oid			input;
	Oid			operator;

	if (!OidIsValid(opclass) ||
		!get_opclass_opfamily_and_input_type(opclass, &family, &input))
		return InvalidOid;
	operator = get_opfamily_member(family, input, getBaseType(child_type),
								   BTEqualStrategyNumber);
	/* a type without operators of its own, as varchar, uses its relative's */
	if (!OidIsValid(operator) &&
		IsBinaryCoercible(getBaseType(child_type), input))
		operator = get_opfamily_member(family, input, input,
									   BTEqualStrategyNumber);
	return operator;
}
