/*-------------------------------------------------------------------------
 *
 * assign.c
 *	  relmap.assign(), append(), remove(): what parent.child = x is to an ORM.
 *
 * Each becomes one plain statement on the table with the foreign key, run with
 * the rights of the caller; replacement and orphans are left to the triggers,
 * as for any other statement.  Both rows are parameters of the statement: $1
 * is the source's, $2 the target's.  A row that is written is found by its
 * primary key, and nothing else of it is used.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/assign.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/bitmapset.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "attributes/assignlink.h"
#include "attributes/assignment.h"
#include "attributes/assignslot.h"
#include "attributes/related.h"
#include "attributes/shard.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/foreignkey.h"
#include "base/join.h"
#include "base/missing.h"
#include "base/setlist.h"
#include "base/util.h"

static void read_arguments(FunctionCallInfo fcinfo, bool collection,
						   RelmapAssignment *assignment);
static bool row_argument(FunctionCallInfo fcinfo, int n, Datum *row,
						 Oid *type);
static void check_collection(const RelmapRelationship *r, bool collection);
static void refer(const RelmapAssignment *assignment);
static uint64 let_go(const RelmapAssignment *assignment, const char *where);
pg_noreturn static void report_not_nullable(const RelmapAssignment *assignment);
pg_noreturn static void report_stays(const RelmapRelationship *r);
static void check_condition(const RelmapAssignment *assignment);
static char *row_condition(Oid relid, const char *row);
pg_noreturn static void report_no_primary_key(Oid relid);
pg_noreturn static void report_no_row(const RelmapRelationship *r, Oid relid);

PG_FUNCTION_INFO_V1(relmap_assign);
PG_FUNCTION_INFO_V1(relmap_append);
PG_FUNCTION_INFO_V1(relmap_remove);


/*
 * relmap.assign(source record, name name, target record)
 *
 * Make a to-one attribute of the source row lead to the target row; to none,
 * if that is null.
 */
Datum
relmap_assign(PG_FUNCTION_ARGS)
{
	RelmapAssignment a;
	RelmapRelationship *r;
	bool		clear;

	read_arguments(fcinfo, false, &a);
	r = a.relationship;

	/* If no trigger replaces the present row, it has to leave first. */
	clear = !a.has_target || (!r->enforce && r->direction != RELMAP_MANYTOONE);
	if (clear && r->direction == RELMAP_MANYTOMANY)
		relmap_assignment_run(&a, psprintf("DELETE FROM %s s WHERE %s",
										   relmap_join_table(r->secondary),
										   relmap_assignlink_condition(&a, true)));
	else if (clear && r->direction == RELMAP_ONETOMANY)
		let_go(&a, psprintf("%s%s%s", relmap_join_condition(a.fk, SOURCE, "c"),
							relmap_assignslot_and_condition(r),
							a.has_target ?
							psprintf(" AND NOT (%s)", row_condition(r->target, TARGET)) :
							""));
	else if (clear && let_go(&a, row_condition(r->source, SOURCE)) == 0)
		report_no_row(r, r->source);

	if (a.has_target && r->direction == RELMAP_MANYTOMANY)
		relmap_assignlink_insert(&a, true);
	else if (a.has_target)
		refer(&a);
	PG_RETURN_VOID();
}

/*
 * relmap.append(source record, name name, target record)
 *
 * Put the target row into a collection of the source row.
 */
Datum
relmap_append(PG_FUNCTION_ARGS)
{
	RelmapAssignment a;

	read_arguments(fcinfo, true, &a);
	if (a.relationship->direction == RELMAP_MANYTOMANY)
		relmap_assignlink_insert(&a, false);
	else
		refer(&a);
	PG_RETURN_VOID();
}

/*
 * relmap.remove(source record, name name, target record)
 *
 * Take the target row out of a collection of the source row, where it must be.
 */
Datum
relmap_remove(PG_FUNCTION_ARGS)
{
	RelmapAssignment a;
	RelmapRelationship *r;
	uint64		removed;

	read_arguments(fcinfo, true, &a);
	r = a.relationship;
	if (r->direction == RELMAP_MANYTOMANY)
		removed = relmap_assignment_run(&a, psprintf("DELETE FROM %s s WHERE %s",
													 relmap_join_table(r->secondary),
													 relmap_assignlink_condition(&a, false)));
	else
		removed = let_go(&a, psprintf("%s AND %s%s",
									  row_condition(r->target, TARGET),
									  relmap_join_condition(a.fk, SOURCE, "c"),
									  relmap_assignslot_and_condition(r)));
	if (removed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("row of table \"%s\" is not in relationship \"%s\" of the row of table \"%s\"",
						relmap_table_display_name(r->target),
						relmap_relationship_display_name(r->source, r->name),
						relmap_table_display_name(r->source)),
				 relmap_errtable(r->target, NULL, NULL)));
	PG_RETURN_VOID();
}


/* ---- arguments -------------------------------------------------------- */

/*
 * Read the arguments, and find the attribute; an error if it is a collection
 * where a scalar is required or the other way round, or leads to another
 * table.
 */
static void
read_arguments(FunctionCallInfo fcinfo, bool collection, RelmapAssignment *a)
{
	char	   *name;
	Oid			source;
	RelmapRelationship *r;

	if (PG_ARGISNULL(1) || !row_argument(fcinfo, 0, &a->rows[0], &a->types[0]))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", PG_ARGISNULL(1) ? "name" : "source")));
	name = NameStr(*PG_GETARG_NAME(1));
	source = relmap_related_table(a->types[0], name);
	a->relationship = r = relmap_catalog_get(source, name);
	if (r == NULL)
	{
		relmap_shard_check_write(source, name);
		relmap_missing_report(source, name);
	}
	check_collection(r, collection);

	a->has_target = row_argument(fcinfo, 2, &a->rows[1], &a->types[1]);
	if (!a->has_target && collection)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relationship \"%s\" cannot have a null row",
						relmap_relationship_display_name(source, name))));
	if (a->has_target && get_typ_typrelid(a->types[1]) != r->target)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("relationship \"%s\" leads to type %s, not %s",
						relmap_relationship_display_name(source, name),
						format_type_be(get_rel_type_id(r->target)),
						format_type_be(a->types[1]))));
	if (!a->has_target)
		a->types[1] = get_rel_type_id(r->target);

	a->fk = relmap_join_key(r);
	a->far = r->direction == RELMAP_MANYTOMANY ? relmap_join_far_key(r) : NULL;
}

/*
 * A row and its type; false if it IS NULL: null, or a row of nulls.
 */
static bool
row_argument(FunctionCallInfo fcinfo, int n, Datum *row, Oid *type)
{
	HeapTupleHeader header;
	HeapTupleData tuple;

	if (PG_ARGISNULL(n))
		return false;
	header = PG_GETARG_HEAPTUPLEHEADER(n);
	*row = PointerGetDatum(header);
	*type = HeapTupleHeaderGetTypeId(header);

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	tuple.t_data = header;
	for (int i = 1; i <= HeapTupleHeaderGetNatts(header); i++)
	{
		if (!heap_attisnull(&tuple, i, NULL))
			return true;
	}
	return false;
}

/*
 * Raise an error if the attribute is a collection where a scalar is required,
 * or the other way round.
 */
static void
check_collection(const RelmapRelationship *r, bool collection)
{
	if (r->uselist == collection)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg(r->uselist ? "relationship \"%s\" is a collection" :
					"relationship \"%s\" is not a collection",
					relmap_relationship_display_name(r->source, r->name)),
			 errhint(r->uselist ? "Use relmap.append() and relmap.remove()." :
					 "Use relmap.assign().")));
}


/* ---- statements ------------------------------------------------------- */

/*
 * Make the row of the child, "c", reference the row of the parent, and meet the
 * relationship's condition.
 */
static void
refer(const RelmapAssignment *a)
{
	const RelmapForeignKey *fk = a->fk;
	bool		to_child = a->relationship->direction == RELMAP_ONETOMANY;
	List	   *columns = NIL;
	List	   *values = NIL;
	bool		meets = !to_child ||
	relmap_assignslot_entry(a->relationship, fk, &columns, &values);
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "UPDATE %s c SET (%s", relmap_join_table(fk->child),
					 relmap_assignment_columns(fk->child, fk->nkeys, fk->child_attnums, "", ""));
	foreach(lc, columns)
		appendStringInfo(&buf, ", %s", quote_identifier(lfirst(lc)));
	appendStringInfo(&buf, ") = ROW(%s",
					 relmap_assignment_columns(fk->parent, fk->nkeys, fk->parent_attnums,
											   to_child ? SOURCE "." : TARGET ".", ""));
	foreach(lc, values)
		appendStringInfo(&buf, ", %s", (char *) lfirst(lc));
	appendStringInfo(&buf, ") WHERE %s",
					 row_condition(fk->child, to_child ? TARGET : SOURCE));

	if (relmap_assignment_run(a, buf.data) == 0)
		report_no_row(a->relationship, fk->child);
	if (!meets)
		check_condition(a);
}

/*
 * Raise an error unless the target row meets the relationship's condition.
 */
static void
check_condition(const RelmapAssignment *a)
{
	const RelmapRelationship *r = a->relationship;

	if (relmap_assignment_run(a, psprintf("SELECT 1 FROM %s c WHERE %s%s",
										  relmap_join_table(r->target),
										  row_condition(r->target, TARGET),
										  relmap_assignslot_and_condition(r))) > 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("row of table \"%s\" does not meet the condition of relationship \"%s\"",
					relmap_table_display_name(r->target),
					relmap_relationship_display_name(r->source, r->name)),
			 errdetail("The condition is %s.", r->condition),
			 relmap_errtable(r->target, NULL, NULL)));
}

/*
 * Make rows of the child, "c", leave their parent: their columns become NULL,
 * or what on_replace says.  Returns the number of rows.
 */
static uint64
let_go(const RelmapAssignment *a, const char *where)
{
	const RelmapRelationship *r = a->relationship;
	char	   *look = psprintf("SELECT 1 FROM %s c WHERE %s",
								relmap_join_table(a->fk->child), where);
	char	   *statement = relmap_assignslot_exit(r, a->fk, where);
	uint64		processed;

	if (statement == NULL)
	{
		if (relmap_assignment_run(a, look) == 0)
			return 0;
		report_not_nullable(a);
	}
	processed = relmap_assignment_run(a, statement);
	if (processed > 0 && r->condition && relmap_setlist_of(r->on_replace) &&
		relmap_assignment_run(a, look) > 0)
		report_stays(r);
	return processed;
}

/*
 * Raise an error: a row can't leave its parent.
 */
static void
report_not_nullable(const RelmapAssignment *a)
{
	const RelmapRelationship *r = a->relationship;

	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("row of table \"%s\" cannot be taken out of relationship \"%s\"",
					relmap_table_display_name(a->fk->child),
					relmap_relationship_display_name(r->source, r->name)),
			 errdetail("No column of foreign key \"%s\" can be NULL.",
					   NameStr(a->fk->name)),
			 r->direction == RELMAP_ONETOMANY
			 ? errhint("Delete the row, or use cascade => 'all, delete-orphan' so that it is deleted.")
			 : errhint("Delete the row, or assign another one."),
			 relmap_errtable(a->fk->child, NULL, NameStr(a->fk->name))));
}

/*
 * Raise an error: a list has not let a row go.
 */
static void
report_stays(const RelmapRelationship *r)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("row of table \"%s\" still meets the condition of relationship \"%s\"",
					relmap_table_display_name(r->target),
					relmap_relationship_display_name(r->source, r->name)),
			 errdetail("The condition is %s; on_replace is \"%s\".",
					   r->condition, r->on_replace),
			 relmap_errtable(r->target, NULL, NULL)));
}

/*
 * The condition for the row "c" of a table that has the primary key of row,
 * an expression; an error if the table has none.
 */
static char *
row_condition(Oid relid, const char *row)
{
	StringInfoData buf;
	Oid			constraint = InvalidOid;
	Relation	index;

	if (get_primary_key_attnos(relid, true, &constraint) == NULL)
		report_no_primary_key(relid);

	initStringInfo(&buf);
	index = index_open(get_constraint_index(constraint), AccessShareLock);
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
	{
		AttrNumber	attnum = index->rd_index->indkey.values[i];
		char	   *column = relmap_assignment_columns(relid, 1, &attnum, "", "");
		Oid			type = get_atttype(relid, attnum);
		Oid			equal = get_opfamily_member(index->rd_opfamily[i],
												index->rd_opcintype[i],
												index->rd_opcintype[i],
												BTEqualStrategyNumber);

		if (index->rd_rel->relam != BTREE_AM_OID)
			report_no_primary_key(relid);	/* WITHOUT OVERLAPS (18 on) */
		if (i > 0)
			appendStringInfoString(&buf, " AND ");
		generate_operator_clause(&buf, psprintf("c.%s", column), type, equal,
								 psprintf("%s.%s", row, column), type);
	}
	index_close(index, NoLock);
	return buf.data;
}

/*
 * Raise an error: the table has no primary key to find the row by.
 */
static void
report_no_primary_key(Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot tell which row of table \"%s\" to change, because it has no primary key",
					relmap_table_display_name(relid)),
			 relmap_errtable(relid, NULL, NULL)));
}

/*
 * Raise an error: the row that was to be changed does not exist, or a trigger
 * kept it unchanged.
 */
static void
report_no_row(const RelmapRelationship *r, Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("row of table \"%s\" cannot be changed for relationship \"%s\"",
					relmap_table_display_name(relid),
					relmap_relationship_display_name(r->source, r->name)),
			 errdetail("No row with its primary key is there, or a trigger or policy keeps it as it is."),
			 relmap_errtable(relid, NULL, NULL)));
}
