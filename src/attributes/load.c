/*-------------------------------------------------------------------------
 *
 * load.c
 *	  relmap.load(): a row and the rows that paths of attributes lead to, as
 *	  one jsonb.
 *
 * The paths are merged into a tree, and the tree becomes one query whose only
 * parameter is the row: nested subqueries, each with the join of its
 * relationship.  It runs as a query of the current user, so privileges and
 * row-level security hold on every level.
 *
 * A backend caches the plans of the last few trees.  Any relcache invalidation
 * discards them all: that is rare, and planning takes about a millisecond.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/load.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "attributes/load.h"
#include "attributes/pathquery.h"
#include "attributes/query.h"
#include "attributes/shard.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/elsewhere.h"
#include "base/foreignkey.h"
#include "base/invalidation.h"
#include "base/join.h"
#include "base/missing.h"
#include "base/slot.h"
#include "base/util.h"

/* An attribute in the tree of paths, or, without relationship, its root. */
typedef struct LoadNode
{
	RelmapRelationship *relationship;
	List	   *children;		/* of LoadNode * */
} LoadNode;

/* A cached plan. */
typedef struct LoadPlan
{
	Oid			source_type;	/* InvalidOid: unused */
	ArrayType  *paths;
	uint64		generation;		/* of tables, when it was made */
	SPIPlanPtr	plan;			/* NULL: there is none, or it is running */
} LoadPlan;

#define LOAD_PLANS 32

/* An argument list has no more pairs than this. */
#define PAIRS_PER_OBJECT (FUNC_MAX_ARGS / 2)

static LoadPlan plans[LOAD_PLANS];
static int	next_plan = 0;

/* Counts the changes of tables. */
static uint64 generation = 1;

static Oid	row_type(HeapTupleHeader row);
static void tables_changed(Oid relid);
static LoadPlan *find_plan(Oid source_type, ArrayType *paths);
static SPIPlanPtr take_plan(Oid source_type, ArrayType *paths);
static void give_back_plan(Oid source_type, ArrayType *paths,
						   uint64 plan_generation, SPIPlanPtr plan);
static void add_path(LoadNode *root, Oid source, const char *path);
static char *next_name(const char **rest, const char *path);
static LoadNode *get_child(LoadNode *node, Oid source, const char *name);
static void append_row(StringInfo buf, const LoadNode *node, const char *row,
					   int *subqueries);
static void append_related(StringInfo buf, const LoadNode *node,
						   const char *row, int *subqueries);
static char *related_rows(const RelmapRelationship *r, const char *row);
static bool leads_to_one(const RelmapRelationship *r);


PG_FUNCTION_INFO_V1(relmap_load);

/*
 * relmap.load(source_row record, VARIADIC paths text[])
 */
Datum
relmap_load(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row;
	Datum		value;
	ArrayType  *paths;
	Oid			source_type;
	uint64		plan_generation;
	SPIPlanPtr	plan;
	Datum		result;
	bool		isnull;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	row = PG_GETARG_HEAPTUPLEHEADER(0);
	source_type = row_type(row);
	paths = PG_ARGISNULL(1) ? construct_empty_array(TEXTOID) :
		PG_GETARG_ARRAYTYPE_P(1);

	SPI_connect();
	plan_generation = generation;
	plan = take_plan(source_type, paths);
	value = HeapTupleHeaderGetDatum(row);
	relmap_query_execute(plan, &value);
	give_back_plan(source_type, paths, plan_generation, plan);

	result = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						   &isnull);
	result = SPI_datumTransfer(result, false, -1);
	SPI_finish();
	PG_RETURN_DATUM(result);
}

/*
 * Is this function relmap.load()?
 */
bool
relmap_load_is(Oid function)
{
	char	   *name = get_func_name(function);

	return name != NULL && strcmp(name, "load") == 0 &&
		get_func_namespace(function) == get_namespace_oid("relmap", true);
}

/*
 * The type of a row, which must have a name.
 */
static Oid
row_type(HeapTupleHeader row)
{
	Oid			type = HeapTupleHeaderGetTypeId(row);

	if (!OidIsValid(get_typ_typrelid(type)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot load what an anonymous record is related to"),
				 errhint("Cast the record to the row type of its table, as in x::users.")));
	return type;
}


/* ---- plans ------------------------------------------------------------ */

/*
 * Something about a table has changed.
 */
static void
tables_changed(Oid relid)
{
	generation++;
}

/*
 * The entry for these paths; NULL if there is none.
 */
static LoadPlan *
find_plan(Oid source_type, ArrayType *paths)
{
	for (int i = 0; i < LOAD_PLANS; i++)
	{
		LoadPlan   *entry = &plans[i];

		if (entry->source_type == source_type &&
			VARSIZE(entry->paths) == VARSIZE(paths) &&
			memcmp(entry->paths, paths, VARSIZE(paths)) == 0)
			return entry;
	}
	return NULL;
}

/*
 * The plan for these paths, cached or new.  It is taken out of the cache until
 * it is given back, because a function that it calls may load the same paths.
 */
static SPIPlanPtr
take_plan(Oid source_type, ArrayType *paths)
{
	static bool registered = false;
	LoadPlan   *entry = find_plan(source_type, paths);
	SPIPlanPtr	plan = NULL;
	char	   *query;

	if (!registered)
	{
		relmap_invalidation_register(tables_changed);
		registered = true;
	}

	if (entry != NULL)
	{
		plan = entry->plan;
		entry->plan = NULL;
	}
	if (plan != NULL)
	{
		/* Where the plan is out of date, the text may be too. */
		if (entry->generation == generation && SPI_plan_is_valid(plan))
			return plan;
		SPI_freeplan(plan);
	}

	/*
	 * More rows will be loaded with it: a generic plan.  What is elsewhere is
	 * found by the values that a custom plan has.
	 */
	query = relmap_load_text(source_type, paths);
	return relmap_query_prepare(query, 1, &source_type,
								relmap_elsewhere(get_typ_typrelid(source_type)) ?
								CURSOR_OPT_CUSTOM_PLAN :
								CURSOR_OPT_GENERIC_PLAN);
}

/*
 * Put the plan back into the cache, unless tables have changed since it was
 * taken, or the cache has one again.
 */
static void
give_back_plan(Oid source_type, ArrayType *paths, uint64 plan_generation,
			   SPIPlanPtr plan)
{
	LoadPlan   *entry = find_plan(source_type, paths);

	if (plan_generation != generation ||
		(entry != NULL && entry->plan != NULL))
	{
		SPI_freeplan(plan);
		return;
	}

	if (entry == NULL)
	{
		Size		size = VARSIZE(paths);
		ArrayType  *copy = MemoryContextAlloc(TopMemoryContext, size);

		memcpy(copy, paths, size);
		entry = &plans[next_plan];
		next_plan = (next_plan + 1) % LOAD_PLANS;
		if (entry->plan != NULL)
			SPI_freeplan(entry->plan);
		if (entry->paths != NULL)
			pfree(entry->paths);
		entry->source_type = source_type;
		entry->paths = copy;
	}
	entry->plan = plan;
	entry->generation = plan_generation;
}


/* ---- paths ------------------------------------------------------------ */

/*
 * The query: one row with one jsonb, from a row of the source, $1.
 */
char *
relmap_load_text(Oid source_type, ArrayType *paths)
{
	LoadNode	root = {0};
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	StringInfoData buf;
	int			subqueries = 0;

	deconstruct_array(paths, TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("paths must not contain nulls")));
		add_path(&root, get_typ_typrelid(source_type),
				 TextDatumGetCString(elements[i]));
	}

	initStringInfo(&buf);
	appendStringInfoString(&buf, "SELECT ");
	append_row(&buf, &root, "$1", &subqueries);
	return buf.data;
}

/*
 * Add a path, from a row of source, to the tree.
 */
static void
add_path(LoadNode *root, Oid source, const char *path)
{
	const char *rest = path;
	LoadNode   *node = root;

	while (rest != NULL)
	{
		char	   *name = next_name(&rest, path);

		node = get_child(node, source, name);
		source = node->relationship->target;
	}
}

/*
 * The next name of a path: up to a dot, or in double quotes; moves *rest on,
 * to NULL behind the last one.
 */
static char *
next_name(const char **rest, const char *path)
{
	const char *p = *rest;
	StringInfoData name;

	initStringInfo(&name);
	if (*p == '"')
	{
		for (p++; *p != '\0' && (*p != '"' || *++p == '"'); p++)
			appendStringInfoChar(&name, *p);

		/* behind the closing quote, which there must be */
		if (p[-1] != '"' || p - *rest < 3)
			name.len = 0;
	}
	else
	{
		for (; *p != '\0' && *p != '.' && *p != '"'; p++)
			appendStringInfoChar(&name, *p);
	}

	if (name.len == 0 || (*p != '\0' && *p != '.'))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid path: \"%s\"", path),
				 errhint("A path is one or more names of attributes, with dots between them; a name that has a dot or a quote itself is put in double quotes.")));
	*rest = *p == '.' ? p + 1 : NULL;
	return name.data;
}

/*
 * The attribute of that name below a node, whose rows are of the table source.
 */
static LoadNode *
get_child(LoadNode *node, Oid source, const char *name)
{
	ListCell   *lc;
	LoadNode   *child;

	foreach(lc, node->children)
	{
		child = lfirst(lc);
		if (strcmp(child->relationship->name, name) == 0)
			return child;
	}

	child = palloc0(sizeof(LoadNode));
	if (strlen(name) < NAMEDATALEN)
		child->relationship = relmap_catalog_get(source, name);
	if (child->relationship == NULL)
	{
		relmap_shard_check_read(source, name, InvalidOid);
		relmap_missing_report(source, name);
	}
	node->children = lappend(node->children, child);
	return child;
}


/* ---- the query -------------------------------------------------------- */

/*
 * Append the expression for a row with all that is below its node.
 */
static void
append_row(StringInfo buf, const LoadNode *node, const char *row,
		   int *subqueries)
{
	int			n = 0;
	ListCell   *lc;

	check_stack_depth();
	appendStringInfo(buf, "pg_catalog.to_jsonb(%s)", row);
	foreach(lc, node->children)
	{
		LoadNode   *child = lfirst(lc);

		if (n % PAIRS_PER_OBJECT == 0)
			appendStringInfo(buf, "%s OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(",
							 n > 0 ? ")" : "");
		else
			appendStringInfoString(buf, ", ");
		appendStringInfo(buf, "%s, ",
						 quote_literal_cstr(child->relationship->name));
		append_related(buf, child, row, subqueries);
		n++;
	}
	if (n > 0)
		appendStringInfoChar(buf, ')');
}

/*
 * Append the subquery for the rows that an attribute of row leads to.
 */
static void
append_related(StringInfo buf, const LoadNode *node, const char *row,
			   int *subqueries)
{
	char	   *alias = psprintf("r%d", ++*subqueries);
	bool		uselist = node->relationship->uselist;

	appendStringInfoString(buf, "(SELECT ");
	if (uselist)
		appendStringInfoString(buf, "COALESCE(pg_catalog.jsonb_agg(");
	append_row(buf, node, alias, subqueries);
	if (uselist)
		appendStringInfoString(buf, "), '[]'::pg_catalog.jsonb)");
	appendStringInfo(buf, " FROM (SELECT c.* FROM %s) %s)",
					 related_rows(node->relationship, row), alias);
}

/*
 * What follows FROM, for the rows as "c", in their order.
 */
static char *
related_rows(const RelmapRelationship *r, const char *row)
{
	char	   *join;
	char	   *order;

	/*
	 * If there may be several rows, related() returns the first with a
	 * warning.
	 */
	if (!r->uselist && !leads_to_one(r))
		return psprintf(RELMAP_SCHEMA ".related(%s, %s, NULL::%s) c WHERE NOT (c IS NULL)",
						row[0] == '$' ? row :
						psprintf("(%s.*)::%s", row, relmap_quoted_table(r->source)),
						quote_literal_cstr(r->name),
						relmap_quoted_table(r->target));

	join = relmap_join_text(r, row);
	if (!r->uselist)
		return join;

	order = r->order_by != NULL ? r->order_by :
		relmap_pathquery_primary_key(r->target);
	return order == NULL ? join : psprintf("%s ORDER BY %s", join, order);
}

/*
 * Is there an index that guarantees at most one related row?
 */
static bool
leads_to_one(const RelmapRelationship *r)
{
	RelmapSlot	slot;
	Relation	target;
	Oid			index_oid = InvalidOid;
	bool		result = false;

	if (r->direction != RELMAP_ONETOMANY)
		return r->direction == RELMAP_MANYTOONE;

	target = table_open(r->target, AccessShareLock);
	if (relmap_slot_of(r, relmap_join_key(r), &slot))
		index_oid = relmap_slot_index(&slot);
	if (OidIsValid(index_oid))
	{
		Relation	index = index_open(index_oid, AccessShareLock);

		result = index->rd_index->indimmediate;
		index_close(index, NoLock);
	}
	table_close(target, AccessShareLock);
	return result;
}
