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

#include "attributes/related.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/foreignkey.h"
#include "base/join.h"
#include "base/nullable.h"
#include "base/util.h"

#define SOURCE "($1)"
#define TARGET "($2)"

/* An attribute, and the rows that it is to lead from and to. */
typedef struct Assignment
{
	RelmapRelationship *relationship;
	RelmapForeignKey *fk;		/* to or from the source */
	RelmapForeignKey *far;		/* MANYTOMANY: to the target */
	Datum		rows[2];
	Oid			types[2];
	bool		has_target;
} Assignment;

static void read_arguments(FunctionCallInfo fcinfo, bool collection,
						   Assignment *assignment);
static bool row_argument(FunctionCallInfo fcinfo, int n, Datum *row,
						 Oid *type);
static void check_collection(const RelmapRelationship *r, bool collection);
static void refer(const Assignment *assignment);
static uint64 let_go(const Assignment *assignment, const char *condition);
static void link_rows(const Assignment *assignment, bool unless_linked);
static int	shared_column(const RelmapForeignKey *fk, AttrNumber attnum);
static void check_shared_column(const Assignment *a, int near, int far);
static char *link_condition(const Assignment *assignment,
							bool whatever_target);
static char *key_columns(Oid relid, int n, const AttrNumber *attnums,
						 const char *before, const char *after);
static char *row_condition(Oid relid, const char *row);
static uint64 run(const Assignment *assignment, const char *statement);
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
	Assignment	a;
	RelmapRelationship *r;
	bool		clear;

	read_arguments(fcinfo, false, &a);
	r = a.relationship;

	/* If no trigger replaces the present row, it has to leave first. */
	clear = !a.has_target || (!r->enforce && r->direction != RELMAP_MANYTOONE);
	if (clear && r->direction == RELMAP_MANYTOMANY)
		run(&a, psprintf("DELETE FROM %s s WHERE %s",
						 relmap_join_table(r->secondary),
						 link_condition(&a, true)));
	else if (clear && r->direction == RELMAP_ONETOMANY)
		let_go(&a, relmap_join_condition(a.fk, SOURCE, "c"));
	else if (clear && let_go(&a, row_condition(r->source, SOURCE)) == 0)
		report_no_row(r, r->source);

	if (a.has_target && r->direction == RELMAP_MANYTOMANY)
		link_rows(&a, true);
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
	Assignment	a;

	read_arguments(fcinfo, true, &a);
	if (a.relationship->direction == RELMAP_MANYTOMANY)
		link_rows(&a, false);
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
	Assignment	a;
	RelmapRelationship *r;
	uint64		removed;

	read_arguments(fcinfo, true, &a);
	r = a.relationship;
	if (r->direction == RELMAP_MANYTOMANY)
		removed = run(&a, psprintf("DELETE FROM %s s WHERE %s",
								   relmap_join_table(r->secondary),
								   link_condition(&a, false)));
	else
		removed = let_go(&a, psprintf("%s AND %s",
									  row_condition(r->target, TARGET),
									  relmap_join_condition(a.fk, SOURCE, "c")));
	if (removed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("row of table \"%s\" is not in relationship \"%s\" of the row of table \"%s\"",
						get_rel_name(r->target),
						relmap_catalog_display_name(r->source, r->name),
						get_rel_name(r->source)),
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
read_arguments(FunctionCallInfo fcinfo, bool collection, Assignment *a)
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
		relmap_catalog_report_missing(source, name);
	check_collection(r, collection);

	a->has_target = row_argument(fcinfo, 2, &a->rows[1], &a->types[1]);
	if (!a->has_target && collection)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relationship \"%s\" cannot have a null row",
						relmap_catalog_display_name(source, name))));
	if (a->has_target && get_typ_typrelid(a->types[1]) != r->target)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("relationship \"%s\" leads to type %s, not %s",
						relmap_catalog_display_name(source, name),
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
					relmap_catalog_display_name(r->source, r->name)),
			 errhint(r->uselist ? "Use relmap.append() and relmap.remove()." :
					 "Use relmap.assign().")));
}


/* ---- statements ------------------------------------------------------- */

/*
 * Make the row of the child, "c", reference the row of the parent.
 */
static void
refer(const Assignment *a)
{
	const RelmapForeignKey *fk = a->fk;
	bool		to_child = a->relationship->direction == RELMAP_ONETOMANY;
	uint64		updated;

	updated = run(a, psprintf("UPDATE %s c SET (%s) = ROW(%s) WHERE %s",
							  relmap_join_table(fk->child),
							  key_columns(fk->child, fk->nkeys,
										  fk->child_attnums, "", ""),
							  key_columns(fk->parent, fk->nkeys,
										  fk->parent_attnums,
										  to_child ? SOURCE "." : TARGET ".", ""),
							  row_condition(fk->child,
											to_child ? TARGET : SOURCE)));
	if (updated == 0)
		report_no_row(a->relationship, fk->child);
}

/*
 * Make rows of the child, "c", leave their parent: their columns become NULL,
 * or, where none can be NULL and orphans are deleted, the rows are deleted.
 * Returns the number of rows.
 */
static uint64
let_go(const Assignment *a, const char *condition)
{
	const RelmapForeignKey *fk = a->fk;
	const char *table = relmap_join_table(fk->child);
	AttrNumber	attnums[INDEX_MAX_KEYS];
	int			n = relmap_nullable_of_key(fk, attnums);

	if (n == 0 && relmap_catalog_cascade_has(a->relationship->cascade, "delete-orphan"))
		return run(a, psprintf("DELETE FROM %s c WHERE %s", table, condition));

	/* if no column can be NULL, leave the error to the server */
	if (n == 0)
		memcpy(attnums, fk->child_attnums,
			   sizeof(AttrNumber) * (n = fk->nkeys));
	return run(a, psprintf("UPDATE %s c SET %s WHERE %s", table,
						   key_columns(fk->child, n, attnums, "", " = NULL"), condition));
}

/*
 * Insert a row into the association table, unless there is one already.  A
 * column that both of its keys have is inserted once.
 */
static void
link_rows(const Assignment *a, bool unless_linked)
{
	Oid			secondary = a->relationship->secondary;
	RelmapForeignKey *far = a->far;
	AttrNumber	far_columns[INDEX_MAX_KEYS] = {0};
	AttrNumber	far_values[INDEX_MAX_KEYS] = {0};
	int			nfar = 0;
	StringInfoData buf;

	Assert(far != NULL);
	for (int i = 0; i < far->nkeys; i++)
	{
		int			shared = shared_column(a->fk, far->child_attnums[i]);

		if (shared >= 0)
		{
			check_shared_column(a, shared, i);
			continue;
		}
		far_columns[nfar] = far->child_attnums[i];
		far_values[nfar++] = far->parent_attnums[i];
	}

	initStringInfo(&buf);
	appendStringInfo(&buf, "INSERT INTO %s (%s%s%s) SELECT %s%s%s",
					 relmap_quoted_table(secondary),
					 key_columns(secondary, a->fk->nkeys,
								 a->fk->child_attnums, "", ""),
					 nfar > 0 ? ", " : "",
					 key_columns(secondary, nfar, far_columns, "", ""),
					 key_columns(a->fk->parent, a->fk->nkeys,
								 a->fk->parent_attnums, SOURCE ".", ""),
					 nfar > 0 ? ", " : "",
					 key_columns(far->parent, nfar, far_values, TARGET ".", ""));
	if (unless_linked)
		appendStringInfo(&buf, " WHERE NOT EXISTS (SELECT FROM %s s WHERE %s)",
						 relmap_join_table(secondary), link_condition(a,
																	  false));
	run(a, buf.data);
}

/*
 * Which column of a foreign key is this one of its table; -1 if it is none.
 */
static int
shared_column(const RelmapForeignKey *fk, AttrNumber attnum)
{
	for (int i = 0; i < fk->nkeys; i++)
	{
		if (fk->child_attnums[i] == attnum)
			return i;
	}
	return -1;
}

/*
 * Raise an error if the two rows want different values in a column of the
 * association table that is the near key's column near, and the far key's
 * column far.
 */
static void
check_shared_column(const Assignment *a, int near, int far)
{
	const RelmapForeignKey *fk = a->fk;
	Oid			secondary = a->relationship->secondary;
	AttrNumber	attnum = fk->child_attnums[near];
	Oid			type = get_atttype(secondary, attnum);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "SELECT 1 WHERE NOT (");
	generate_operator_clause(&buf,
							 key_columns(fk->parent, 1,
										 &fk->parent_attnums[near],
										 SOURCE ".", ""),
							 get_atttype(fk->parent, fk->parent_attnums[near]),
							 fk->pf_eq_oprs[near],
							 psprintf("(%s)::%s",
									  key_columns(a->far->parent, 1,
												  &a->far->parent_attnums[far],
												  TARGET ".", ""),
									  format_type_be_qualified(type)),
							 type);
	appendStringInfoChar(&buf, ')');
	if (run(a, buf.data) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("row of table \"%s\" cannot be linked to row of table \"%s\" by relationship \"%s\"",
						get_rel_name(fk->parent),
						get_rel_name(a->far->parent),
						relmap_catalog_display_name(a->relationship->source,
													a->relationship->name)),
				 errdetail("Both reference column \"%s\" of table \"%s\", and want different values in it.",
						   get_attname(secondary, attnum, false),
						   get_rel_name(secondary)),
				 relmap_errtable(secondary,
								 get_attname(secondary, attnum,
											 false), NULL)));
}

/*
 * The condition for the rows "s" of the association table that link the
 * source row to the target row, or to any.
 */
static char *
link_condition(const Assignment *a, bool whatever_target)
{
	char	   *to_source = relmap_join_condition(a->fk, SOURCE, "s");

	return whatever_target ? to_source :
		psprintf("%s AND %s", to_source,
				 relmap_join_condition(a->far, TARGET, "s"));
}

/*
 * Columns of a table, quoted, separated by commas, each with something before
 * and after it.
 */
static char *
key_columns(Oid relid, int n, const AttrNumber *attnums,
			const char *before, const char *after)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s%s%s", i > 0 ? ", " : "", before,
						 quote_identifier(get_attname(relid, attnums[i],
													  false)),
						 after);
	return buf.data;
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
		char	   *column = key_columns(relid, 1, &attnum, "", "");
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
					get_rel_name(relid)),
			 relmap_errtable(relid, NULL, NULL)));
}

/*
 * Run a statement with both rows as its parameters, as the current user.
 * Returns how many rows it has written.
 */
static uint64
run(const Assignment *a, const char *statement)
{
	Datum		values[2] = {a->rows[0], a->rows[1]};
	Oid			types[2] = {a->types[0], a->types[1]};
	char		nulls[2] = {' ', a->has_target ? ' ' : 'n'};
	uint64		processed;
	int			rc;

	SPI_connect();
	rc = SPI_execute_with_args(statement, 2, types, values, nulls, false, 0);
	if (rc < 0)
		elog(ERROR, "SPI_execute_with_args returned %s for: %s",
			 SPI_result_code_string(rc), statement);
	processed = SPI_processed;
	SPI_finish();
	return processed;
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
					get_rel_name(relid),
					relmap_catalog_display_name(r->source, r->name)),
			 errdetail("No row with its primary key is there, or a trigger or policy keeps it as it is."),
			 relmap_errtable(relid, NULL, NULL)));
}
