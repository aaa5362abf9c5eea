/*-------------------------------------------------------------------------
 *
 * pathquery.c
 *	  The query for a related row, where no index leads to it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/pathquery.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "attributes/path.h"
#include "attributes/pathindex.h"
#include "attributes/pathquery.h"
#include "attributes/query.h"
#include "base/compat.h"
#include "base/join.h"
#include "base/util.h"

static SPIPlanPtr take_plan(RelmapPath *path);
static char *query_text(const RelmapPath *path,
						const RelmapRelationship *relationship);
static void append_given_keys(StringInfo buf, const RelmapPath *path);


/*
 * Find the related row by the path's query; see the header.
 *
 * The plan is taken out of the path while it runs: a function that it calls
 * may use the same path, or find it invalid and rebuild it.
 */
Datum
relmap_pathquery_run(RelmapPath *path, Datum *values, bool *isnull)
{
	uint32		generation = path->generation;
	SPIPlanPtr	plan;
	Datum		result = (Datum) 0;

	SPI_connect();
	plan = take_plan(path);
	relmap_query_execute(plan, values);
	if (path->generation == generation && path->plan == NULL)
		path->plan = plan;
	else
		SPI_freeplan(plan);

	if (SPI_processed > 1)
		ereport(WARNING,
				(errmsg(path->ngiven > 0
						? "multiple rows returned for a key of relationship \"%s\""
						: "multiple rows returned with uselist => false for relationship \"%s\"",
						relmap_relationship_display_name(path->source,
														 NameStr(path->name)))));
	*isnull = SPI_processed == 0;
	if (!*isnull)
	{
		result = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
							   1, isnull);
		result = SPI_datumTransfer(result, false, -1);
	}

	SPI_finish();
	return result;
}

/*
 * The plan of the path's query.  If it is out of date, so is the text: a
 * schema may have been renamed.
 */
static SPIPlanPtr
take_plan(RelmapPath *path)
{
	SPIPlanPtr	plan = path->plan;
	Oid			types[INDEX_MAX_KEYS];
	char	   *query;

	path->plan = NULL;
	if (plan != NULL && SPI_plan_is_valid(plan))
		return plan;
	if (plan != NULL)
		SPI_freeplan(plan);

	for (int i = 0; i < path->nkeys; i++)
		types[i] = path->keys[i].source_type;
	query = query_text(path, relmap_path_declaration(path));
	return relmap_query_prepare(query, path->nkeys, types, 0);
}

/*
 * The query for the related row.  order_by or the primary key decides which is
 * first; where the order was not given, LIMIT 2, so that a second row is
 * noticed.
 */
static char *
query_text(const RelmapPath *path, const RelmapRelationship *relationship)
{
	const char *order = relationship->order_by;
	StringInfoData buf;

	if (order == NULL && relationship->direction != RELMAP_MANYTOONE)
		order = relmap_pathquery_primary_key(relationship->target);

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT (r.*)::%s FROM (SELECT c.* FROM %s",
					 relmap_quoted_table(relationship->target),
					 relmap_join_text(relationship, NULL));
	append_given_keys(&buf, path);
	if (order != NULL)
		appendStringInfo(&buf, " ORDER BY %s", order);
	appendStringInfo(&buf, " LIMIT %d) r",
					 relationship->order_by != NULL && path->ngiven == 0 ? 1 : 2);
	return buf.data;
}

/*
 * Append the condition for the columns whose values are given: parameters
 * after those of the foreign key.
 */
static void
append_given_keys(StringInfo buf, const RelmapPath *path)
{
	for (int i = path->nkeys - path->ngiven; i < path->nkeys; i++)
	{
		const RelmapPathKey *key = &path->keys[i];

		relmap_pathquery_append_given(buf, path->target, key->target_attnum,
									  key->source_type, i + 1);
	}
}

/*
 * Append the condition for one of them; see the header.
 */
void
relmap_pathquery_append_given(StringInfo buf, Oid target, AttrNumber attnum,
							  Oid given_type, int position)
{
	Oid			type = get_atttype(target, attnum);
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
	Oid			equal = relmap_pathindex_given_equality(entry->btree_opf, entry->btree_opintype,
														given_type);

	if (!OidIsValid(equal))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an equality operator for type %s",
						format_type_be(type))));
	appendStringInfoString(buf, " AND ");
	generate_operator_clause(buf,
							 psprintf("c.%s",
									  quote_identifier(get_attname(target,
																   attnum,
																   false))),
							 type, equal, psprintf("$%d", position), given_type);
}

/*
 * The columns of a table's primary key, for ORDER BY; NULL if it has none.
 */
char *
relmap_pathquery_primary_key(Oid relid)
{
	Oid			constraint;
	HeapTuple	tuple;
	Form_pg_index index;
	StringInfoData buf;

	if (get_primary_key_attnos(relid, true, &constraint) == NULL)
		return NULL;
	tuple = SearchSysCache1(INDEXRELID,
							ObjectIdGetDatum(get_constraint_index(constraint)));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index of constraint %u",
			 constraint);
	index = (Form_pg_index) GETSTRUCT(tuple);

	initStringInfo(&buf);
	for (int i = 0; i < index->indnkeyatts; i++)
		appendStringInfo(&buf, "%sc.%s", i > 0 ? ", " : "",
						 quote_identifier(get_attname(relid,
													  index->indkey.values[i],
													  false)));
	ReleaseSysCache(tuple);
	return buf.data;
}
