/*-------------------------------------------------------------------------
 *
 * violations.c
 *	  relmap.violations(): the parents that have several children, or none
 *	  where one is required.
 *
 * For the first only the table that has the foreign key is read: its rows name
 * the parents.  The query runs as the owner of that table, if the caller may
 * read all of it, and otherwise, under row-level security, as a SELECT by the
 * caller would.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/violations.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/objectaddress.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "tcop/dest.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/tuplestore.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/join.h"
#include "base/missing.h"
#include "base/owner.h"
#include "base/slot.h"
#include "base/subxact.h"
#include "base/util.h"
#include "declare/childless.h"
#include "declare/unique.h"

/* What to count, and what was counted. */
typedef struct Count
{
	const RelmapRelationship *relationship;
	int64		violations;
} Count;

static void find_slot(const RelmapRelationship *r, RelmapSlot *slot);
static char *far_key_is_there(const RelmapRelationship *r);
static char *violations_query(const RelmapSlot *slot);
static void run_query(const RelmapSlot *slot, const char *query, bool as_owner,
					  Tuplestorestate *rows);
static void count_violations(void *arg);
static bool may_look_for_childless(const RelmapRelationship *r,
								   const RelmapForeignKey *fk);
static char *childless_query(const RelmapRelationship *r,
							 const RelmapForeignKey *fk);
static void count_childless(void *arg);
static void run_as(Oid userid, const char *query, Tuplestorestate *rows);
static void execute(const char *query, Tuplestorestate *rows);


PG_FUNCTION_INFO_V1(relmap_violations);

/*
 * The parents with several children, and those that lack one, as (key jsonb,
 * children bigint).
 */
PGDLLEXPORT Datum
relmap_violations(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			source = PG_GETARG_OID(0);
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	RelmapRelationship *r = relmap_catalog_get(source, name);
	RelmapSlot	slot;
	bool		restricted;

	if (r == NULL)
		relmap_missing_report(source, name);
	if (r->direction == RELMAP_MANYTOONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" does not lead to children",
						relmap_relationship_display_name(source, name)),
				 errhint("Call it for the relationship of the other side.")));

	find_slot(r, &slot);
	restricted = check_enable_rls(slot.fk->child, InvalidOid,
								  true) == RLS_ENABLED;
	if (!restricted &&
		!relmap_may_read(slot.fk->child, slot.nkeys, slot.attnums))
		aclcheck_error(ACLCHECK_NO_PRIV,
					   get_relkind_objtype(get_rel_relkind(slot.fk->child)),
					   get_rel_name(slot.fk->child));

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (relmap_relationship_is_slot(r) || !r->required)
		run_query(&slot, violations_query(&slot), !restricted,
				  result->setResult);
	if (may_look_for_childless(r, slot.fk))
		run_as(relmap_table_owner(source), childless_query(r, slot.fk),
			   result->setResult);
	SPI_finish();
	return (Datum) 0;
}

/*
 * Is a child required, and may the caller see all rows of both tables?  Others
 * would be told of parents whose children they can't see.
 */
static bool
may_look_for_childless(const RelmapRelationship *r, const RelmapForeignKey *fk)
{
	return r->required && relmap_owner_may_act_on(r->source, fk->child) &&
		relmap_may_read(fk->parent, fk->nkeys, fk->parent_attnums) &&
		relmap_may_read(fk->child, fk->nkeys, fk->child_attnums);
}

/*
 * The query: the keys of parents that have no child, and 0.
 */
static char *
childless_query(const RelmapRelationship *r, const RelmapForeignKey *fk)
{
	StringInfoData shown;

	initStringInfo(&shown);
	appendStringInfoString(&shown, "pg_catalog.jsonb_build_object(");
	for (int i = 0; i < fk->nkeys; i++)
	{
		char	   *column = get_attname(fk->parent, fk->parent_attnums[i],
										 false);

		appendStringInfo(&shown, "%s%s, p.%s", i > 0 ? ", " : "",
						 quote_literal_cstr(column), quote_identifier(column));
	}
	appendStringInfoString(&shown, "), 0::pg_catalog.int8");
	return relmap_childless_query(r, shown.data);
}

/*
 * The SQL functions that count: by this function, in a subtransaction; NULL if
 * that can't tell, or if the declaration has no foreign key.
 */
static Datum
count_by(FunctionCallInfo fcinfo, void (*function) (void *))
{
	RelmapRelationship *r =
	relmap_catalog_get(PG_GETARG_OID(0),
					   text_to_cstring(PG_GETARG_TEXT_PP(1)));
	Count		count;
	ErrorData  *error;

	if (r == NULL || r->direction == RELMAP_MANYTOONE ||
		!relmap_declkey_stands(r))
		PG_RETURN_NULL();
	count.relationship = r;
	count.violations = -1;
	error = relmap_subxact_try(function, &count);
	if (error || count.violations < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(count.violations);
}

PG_FUNCTION_INFO_V1(relmap_count_childless);

/*
 * How many parents have no child, where one is required; NULL as below.
 */
PGDLLEXPORT Datum
relmap_count_childless(PG_FUNCTION_ARGS)
{
	return count_by(fcinfo, count_childless);
}

static void
count_childless(void *arg)
{
	Count	   *count = arg;
	RelmapForeignKey *fk = relmap_join_key(count->relationship);

	if (!may_look_for_childless(count->relationship, fk))
		return;
	SPI_connect();
	run_as(relmap_table_owner(count->relationship->source),
		   childless_query(count->relationship, fk), NULL);
	count->violations = SPI_processed;
	SPI_finish();
}

PG_FUNCTION_INFO_V1(relmap_count_violations);

/*
 * How many parents have several children; NULL if the caller may not see them
 * all, if the declaration has no foreign key, or if they can't be counted.
 */
PGDLLEXPORT Datum
relmap_count_violations(PG_FUNCTION_ARGS)
{
	return count_by(fcinfo, count_violations);
}

static void
count_violations(void *arg)
{
	Count	   *count = arg;
	RelmapSlot	slot;

	find_slot(count->relationship, &slot);
	if (!relmap_may_read(slot.fk->child, slot.nkeys, slot.attnums))
		return;
	SPI_connect();
	run_query(&slot, violations_query(&slot), true, NULL);
	count->violations = SPI_processed;
	SPI_finish();
}

/*
 * What a parent has one child of: the slot of the declaration, or of the rows
 * of the association table those that lead to a target.  The condition stays
 * the text that it is, for the query.
 */
static void
find_slot(const RelmapRelationship *r, RelmapSlot *slot)
{
	RelmapForeignKey *fk = relmap_join_key(r);
	RelmapRelationship plain = *r;

	plain.condition = NULL;
	if (!relmap_slot_of(&plain, fk, slot))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("a column of relationship \"%s\" does not exist",
						relmap_relationship_display_name(r->source, r->name))));
	slot->condition = r->direction == RELMAP_MANYTOMANY ?
		far_key_is_there(r) : r->condition;
	if (r->condition)
		slot->author = relmap_table_owner(r->source);
}

/*
 * "target_id IS NOT NULL", of an association table.
 */
static char *
far_key_is_there(const RelmapRelationship *r)
{
	RelmapForeignKey *far = relmap_join_far_key(r);
	StringInfoData buf;
	int			i;

	initStringInfo(&buf);
	for (i = 0; i < far->nkeys; i++)
		appendStringInfo(&buf, "%s%s IS NOT NULL", i > 0 ? " AND " : "",
						 quote_identifier(get_attname(far->child,
													  far->child_attnums[i],
													  false)));
	return buf.data;
}

/*
 * The query: a parent's key, under the parent's own names, and how many
 * children it has, most of them first.
 */
static char *
violations_query(const RelmapSlot *slot)
{
	const RelmapForeignKey *fk = slot->fk;
	StringInfoData key;
	int			i;

	initStringInfo(&key);
	appendStringInfoString(&key, "pg_catalog.jsonb_build_object(");
	for (i = 0; i < slot->nkeys; i++)
	{
		char	   *column = get_attname(fk->child, slot->attnums[i], false);

		appendStringInfo(&key, "%s%s, %s", i > 0 ? ", " : "",
						 quote_literal_cstr(i < fk->nkeys
											? get_attname(fk->parent,
														  fk->parent_attnums[i],
														  false)
											: column),
						 quote_identifier(column));
	}
	appendStringInfoChar(&key, ')');
	return relmap_unique_violations_query(slot, key.data, true);
}

/*
 * Run it in SPI; see execute().
 */
static void
run_query(const RelmapSlot *slot, const char *query, bool as_owner,
		  Tuplestorestate *rows)
{
	RelmapSwitch save;
	int			level = -1;

	/* a condition calls functions that its author has chosen */
	if (as_owner && OidIsValid(slot->author))
		relmap_owner_become_role(slot->author, &save);
	else if (as_owner)
		relmap_owner_become(slot->fk->child, &save);
	if (slot->condition)
		level = relmap_condition_fix_settings();
	execute(query, rows);
	if (slot->condition)
		relmap_condition_restore_settings(level);
	if (as_owner)
		relmap_owner_restore(&save);
}

/*
 * Run a query in SPI as some user; see execute().
 */
static void
run_as(Oid userid, const char *query, Tuplestorestate *rows)
{
	RelmapSwitch save;

	relmap_owner_become_role(userid, &save);
	execute(query, rows);
	relmap_owner_restore(&save);
}

/*
 * Run a query in SPI and add its rows to others; if rows is NULL they are only
 * counted, in SPI_processed.  There may be as many as the table has.
 */
static void
execute(const char *query, Tuplestorestate *rows)
{
	SPIExecuteOptions options = {.read_only = true,.dest = None_Receiver};
	int			result;

	if (rows)
	{
		options.dest = CreateDestReceiver(DestTuplestore);
		SetTuplestoreDestReceiverParams(options.dest, rows,
										CurrentMemoryContext, false, NULL,
										NULL);
	}
	result = SPI_execute_extended(query, &options);
	if (result < 0)
		elog(ERROR, "SPI_execute_extended returned %s for: %s",
			 SPI_result_code_string(result), query);
	if (rows)
		options.dest->rDestroy(options.dest);
}
