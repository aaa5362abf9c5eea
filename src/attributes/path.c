/*-------------------------------------------------------------------------
 *
 * path.c
 *	  Ways to one related row, resolved for reading: the backend's cache.
 *
 * A path is what related() and related_by() need to know of an attribute: the
 * index that leads to the row, or the query that finds it where there is none.
 *
 * Paths live as long as the backend, and are found by a hash table.  A
 * relcache invalidation, which may come at any time, only marks a path
 * invalid; the next caller rebuilds it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/path.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "parser/parse_coerce.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "attributes/firstindex.h"
#include "attributes/keyedaccessor.h"
#include "attributes/path.h"
#include "attributes/query.h"
#include "attributes/shard.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/elsewhere.h"
#include "base/foreignkey.h"
#include "base/invalidation.h"
#include "base/join.h"
#include "base/missing.h"
#include "base/slot.h"
#include "base/uniqueindex.h"
#include "base/util.h"

/* The part of a RelmapPath that is its hash key, without padding. */
#define PATH_KEY_SIZE offsetof(RelmapPath, valid)

static HTAB *paths = NULL;

/*
 * The table of declarations: a new one, of an extension created again,
 * invalidates all paths.
 */
static Oid	catalog_relid = InvalidOid;

static RelmapPath *find_path(Oid source_type, const char *name,
							 Oid target_type, int ngiven);
static void invalidate_paths(Oid relid);
static void resolve(RelmapPath *path);
static void resolve_source(RelmapPath *path);
static void resolve_keys(RelmapPath *path,
						 const RelmapRelationship *relationship);
static void resolve_given_keys(RelmapPath *path,
							   const RelmapRelationship *relationship);
static void resolve_index(RelmapPath *path,
						  const RelmapRelationship *relationship);
static Oid	find_index(RelmapPath *path,
					   const RelmapRelationship *relationship,
					   Relation target, const RelmapForeignKey *fk);
static Oid	first_index(RelmapPath *path, const RelmapRelationship *relationship,
						Relation target, const RelmapForeignKey *fk,
						const AttrNumber *attnums);
static bool is_immediate(Oid index);
static Oid	slot_index(const RelmapRelationship *relationship,
					   const RelmapForeignKey *fk);
static bool resolve_index_key(RelmapPath *path, int n, Relation index,
							  const RelmapForeignKey *fk, bool to_child);
static Oid	foreign_key_equality(const RelmapPathKey *key, int n,
								 Relation index, int i,
								 const RelmapForeignKey *fk, bool to_child);
static Oid	given_equality(Oid opfamily, Oid opcintype, Oid type);
static RelmapRelationship *get_declaration(const RelmapPath *path);
static void check_form(const RelmapPath *path,
					   const RelmapRelationship *relationship);
static Oid	column_collation(Oid relid, AttrNumber attnum);
static SPIPlanPtr take_plan(RelmapPath *path);
static char *query_text(const RelmapPath *path,
						const RelmapRelationship *relationship);
static void append_given_keys(StringInfo buf, const RelmapPath *path);


/*
 * The path of an attribute; see the header.
 *
 * The target is locked before the path is checked: waiting for the lock
 * processes the invalidation messages of other sessions.
 */
RelmapPath *
relmap_path_get(Oid source_type, const char *name, Oid target_type, int ngiven)
{
	RelmapPath *path = find_path(source_type, name, target_type, ngiven);

	LockRelationOid(get_typ_typrelid(target_type), AccessShareLock);
	if (!path->valid)
		resolve(path);
	return path;
}

/*
 * The entry of the hash table, which may be invalid.
 */
static RelmapPath *
find_path(Oid source_type, const char *name, Oid target_type, int ngiven)
{
	RelmapPath	key;
	RelmapPath *path;
	bool		found;

	if (paths == NULL)
	{
		HASHCTL		ctl;

		ctl.keysize = PATH_KEY_SIZE;
		ctl.entrysize = sizeof(RelmapPath);
		paths = hash_create("relmap paths", 32, &ctl, HASH_ELEM | HASH_BLOBS);
		relmap_invalidation_register(invalidate_paths);
	}

	key.source_type = source_type;
	key.target_type = target_type;
	key.ngiven = ngiven;
	namestrcpy(&key.name, name);

	path = hash_search(paths, &key, HASH_ENTER, &found);
	if (!found)
		memset((char *) path + PATH_KEY_SIZE, 0,
			   sizeof(RelmapPath) - PATH_KEY_SIZE);
	return path;
}

/*
 * A table (InvalidOid: all) has changed: paths from or to it may have, too.
 */
static void
invalidate_paths(Oid relid)
{
	HASH_SEQ_STATUS status;
	RelmapPath *path;

	hash_seq_init(&status, paths);
	while ((path = hash_seq_search(&status)) != NULL)
	{
		if (!OidIsValid(relid) || relid == catalog_relid ||
			relid == path->source || relid == path->target)
			path->valid = false;
	}
}

/*
 * Rebuild a path.  It is marked valid first, so that an invalidation that
 * comes meanwhile is not lost; after an error it is invalid.
 */
static void
resolve(RelmapPath *path)
{
	catalog_relid = get_relname_relid("relationship",
									  get_namespace_oid(RELMAP_SCHEMA, false));
	path->source = get_typ_typrelid(path->source_type);
	path->target = get_typ_typrelid(path->target_type);
	path->generation++;
	path->valid = true;
	if (path->plan != NULL)
		SPI_freeplan(path->plan);	/* its text may be out of date */
	path->plan = NULL;

	PG_TRY();
	{
		RelmapRelationship *relationship = get_declaration(path);

		resolve_source(path);
		resolve_keys(path, relationship);
		resolve_index(path, relationship);
	}
	PG_CATCH();
	{
		path->valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/*
 * Set the row type of source.
 */
static void
resolve_source(RelmapPath *path)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(path->source_type, -1);
	MemoryContext oldcontext;

	if (path->source_desc != NULL)
		FreeTupleDesc(path->source_desc);
	path->source_desc = NULL;
	oldcontext = MemoryContextSwitchTo(CacheMemoryContext);
	path->source_desc = CreateTupleDescCopyConstr(desc);
	MemoryContextSwitchTo(oldcontext);
	ReleaseTupleDesc(desc);
}

/*
 * Set the source's columns, in the order of the foreign key.
 */
static void
resolve_keys(RelmapPath *path, const RelmapRelationship *relationship)
{
	RelmapForeignKey *fk = relmap_join_key(relationship);

	path->nkeys = fk->nkeys;
	for (int i = 0; i < fk->nkeys; i++)
	{
		RelmapPathKey *key = &path->keys[i];

		key->source_attnum = relationship->direction == RELMAP_MANYTOONE ?
			fk->child_attnums[i] : fk->parent_attnums[i];
		key->target_attnum = relationship->direction == RELMAP_MANYTOONE ?
			fk->parent_attnums[i] : fk->child_attnums[i];
		key->source_type = TupleDescAttr(path->source_desc,
										 key->source_attnum - 1)->atttypid;
	}
	if (path->ngiven > 0)
		resolve_given_keys(path, relationship);
}

/*
 * Set the columns for which the caller gives values.
 */
static void
resolve_given_keys(RelmapPath *path, const RelmapRelationship *relationship)
{
	ListCell   *lc;

	foreach(lc, relationship->keyed_by)
	{
		AttrNumber	attnum = get_attnum(path->target, lfirst(lc));
		RelmapPathKey *key;

		if (attnum <= 0 || path->nkeys == INDEX_MAX_KEYS)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							(char *) lfirst(lc), get_rel_name(path->target)),
					 errhint("Run relmap.check() for a statement that fixes this.")));
		key = &path->keys[path->nkeys++];
		key->source_attnum = InvalidAttrNumber;
		key->target_attnum = attnum;
		key->source_type = relmap_keyedaccessor_type(get_atttype(path->target,
																 attnum));
	}
}

/*
 * The declaration that a path is made from: it must lead to one row, of the
 * path's target type.
 */
static RelmapRelationship *
get_declaration(const RelmapPath *path)
{
	RelmapRelationship *relationship;

	relationship = relmap_catalog_get(path->source, NameStr(path->name));
	if (relationship == NULL)
	{
		relmap_shard_check_read(path->source, NameStr(path->name),
								path->target);
		relmap_missing_report(path->source, NameStr(path->name));
	}

	check_form(path, relationship);
	if (relationship->target != path->target)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("relationship \"%s\" leads to type %s, not %s",
						relmap_relationship_display_name(path->source,
														 relationship->name),
						format_type_extended(get_rel_type_id(relationship->target),
											 -1, FORMAT_TYPE_ALLOW_INVALID),
						format_type_be(path->target_type))));

	return relationship;
}

/*
 * Raise an error if the attribute does not lead to one row by those values.
 */
static void
check_form(const RelmapPath *path, const RelmapRelationship *relationship)
{
	char	   *name = relmap_relationship_display_name(path->source,
														relationship->name);

	if (path->ngiven != list_length(relationship->keyed_by) && path->ngiven > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 relationship->keyed_by == NIL
				 ? errmsg("relationship \"%s\" is not keyed", name)
				 : errmsg("relationship \"%s\" is keyed by other columns", name)));
	if (relationship->uselist && path->ngiven == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("relationship \"%s\" is a collection", name),
				 errhint("Call its accessor in FROM.")));
}

/*
 * Set the path's index and the keys' scan information, if target has an index
 * that leads to the row at once and is usable with the foreign key's
 * operators.
 */
static void
resolve_index(RelmapPath *path, const RelmapRelationship *relationship)
{
	RelmapForeignKey *fk = relmap_join_key(relationship);
	bool		to_child = relationship->direction == RELMAP_ONETOMANY;
	Relation	target;
	Oid			index_oid = InvalidOid;

	path->index = InvalidOid;
	path->backward = false;
	if (relationship->direction == RELMAP_MANYTOMANY)
		return;

	/*
	 * A partitioned table has no index that can be scanned; virtual columns
	 * need an expression; what is elsewhere has to be asked for.
	 */
	target = table_open(path->target, NoLock);
	if (target->rd_rel->relkind == RELKIND_RELATION &&
		!tupdesc_has_virtual_columns(RelationGetDescr(target)) &&
		!relmap_elsewhere(path->target))
		index_oid = find_index(path, relationship, target, fk);

	if (OidIsValid(index_oid))
	{
		Relation	index = index_open(index_oid, AccessShareLock);
		int			n = 0;

		while (n < path->nkeys &&
			   resolve_index_key(path, n, index, fk, to_child))
			n++;
		if (n == path->nkeys)
			path->index = index_oid;
		index_close(index, NoLock);
	}
	table_close(target, NoLock);
}

/*
 * The index that leads to the one row; or to the first one, where there may be
 * several.
 */
static Oid
find_index(RelmapPath *path, const RelmapRelationship *relationship,
		   Relation target, const RelmapForeignKey *fk)
{
	bool		to_child = relationship->direction == RELMAP_ONETOMANY;
	const AttrNumber *attnums = to_child ? fk->child_attnums : fk->parent_attnums;
	Oid			unique = to_child ? slot_index(relationship, fk) :
	relmap_uniqueindex_find(path->target, fk->nkeys, attnums);

	/*
	 * A unique index that checks late may have several rows of an unenforced
	 * relationship now.
	 */
	if (OidIsValid(unique) &&
		(!to_child || relationship->enforce || is_immediate(unique)))
		return unique;
	if (relationship->order_by != NULL && path->ngiven == 0)
		return first_index(path, relationship, target, fk, attnums);
	return InvalidOid;
}

/*
 * The index in which the first of many rows stands first.
 */
static Oid
first_index(RelmapPath *path, const RelmapRelationship *relationship,
			Relation target, const RelmapForeignKey *fk,
			const AttrNumber *attnums)
{
	Oid			author = relmap_table_owner(relationship->source);
	Node	   *condition = NULL;

	if (relationship->condition)
		condition = relmap_condition_read(relationship->condition,
										  relationship->target, author);
	return relmap_firstindex_find(target, fk->nkeys, attnums,
								  relationship->order_by, condition, author,
								  &path->backward);
}

/*
 * Does a unique index check at once?
 */
static bool
is_immediate(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		result = HeapTupleIsValid(tuple) &&
	((Form_pg_index) GETSTRUCT(tuple))->indimmediate;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return result;
}

/*
 * The unique index of a relationship to one child; InvalidOid if there is none.
 */
static Oid
slot_index(const RelmapRelationship *relationship, const RelmapForeignKey *fk)
{
	RelmapSlot	slot;

	return relmap_slot_of(relationship, fk, &slot) ? relmap_slot_index(&slot) :
		InvalidOid;
}

/*
 * Set the scan information of one key; false if the index does not support its
 * comparison.
 */
static bool
resolve_index_key(RelmapPath *path, int n, Relation index,
				  const RelmapForeignKey *fk, bool to_child)
{
	RelmapPathKey *key = &path->keys[n];
	Oid			equal;
	Oid			left,
				right;
	int			strategy;
	int			i = 0;

	while (index->rd_index->indkey.values[i] != key->target_attnum)
		i++;

	if (n < fk->nkeys)
		equal = foreign_key_equality(key, n, index, i, fk, to_child);
	else
		equal = given_equality(index->rd_opfamily[i], index->rd_opcintype[i],
							   key->source_type);
	if (!OidIsValid(equal) || !op_in_opfamily(equal, index->rd_opfamily[i]))
		return false;
	get_op_opfamily_properties(equal, index->rd_opfamily[i], false,
							   &strategy, &left, &right);
	if (strategy != BTEqualStrategyNumber ||
		left != index->rd_opcintype[i] ||
		!IsBinaryCoercible(key->source_type, right))
		return false;

	key->index_attnum = i + 1;
	key->equal = get_opcode(equal);
	key->subtype = right;
	key->collation = index->rd_indcollation[i];
	return true;
}

/*
 * The equality by which column n of the foreign key is looked up in column i of
 * an index, which is on its left: child = parent, or parent = child.
 * InvalidOid if the index has another collation.
 */
static Oid
foreign_key_equality(const RelmapPathKey *key, int n, Relation index, int i,
					 const RelmapForeignKey *fk, bool to_child)
{
	/* Deterministic collations have the same equality. */
	Oid			collation = relmap_join_collation(column_collation(fk->parent,
																   fk->parent_attnums[n]),
												  column_collation(fk->child,
																   fk->child_attnums[n]),
												  to_child);

	if (OidIsValid(collation) && collation != index->rd_indcollation[i] &&
		!(get_collation_isdeterministic(collation) &&
		  get_collation_isdeterministic(index->rd_indcollation[i])))
		return InvalidOid;
	return to_child ? get_commutator(fk->pf_eq_oprs[n]) : fk->pf_eq_oprs[n];
}

/*
 * The equality of an operator family by which a value of some type is looked
 * up, which may be wider than the column.
 */
static Oid
given_equality(Oid opfamily, Oid opcintype, Oid type)
{
	Oid			equal = get_opfamily_member(opfamily, opcintype, type,
											BTEqualStrategyNumber);

	return OidIsValid(equal) ? equal :
		get_opfamily_member(opfamily, opcintype, opcintype,
							BTEqualStrategyNumber);
}

/*
 * The collation of a column.
 */
static Oid
column_collation(Oid relid, AttrNumber attnum)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	return collation;
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
		order = relmap_path_primary_key_columns(relationship->target);

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

		relmap_path_append_given(buf, path->target, key->target_attnum,
								 key->source_type, i + 1);
	}
}

/*
 * Append the condition for one of them; see the header.
 */
void
relmap_path_append_given(StringInfo buf, Oid target, AttrNumber attnum,
						 Oid given_type, int position)
{
	Oid			type = get_atttype(target, attnum);
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
	Oid			equal = given_equality(entry->btree_opf, entry->btree_opintype,
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
relmap_path_primary_key_columns(Oid relid)
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
	query = query_text(path, get_declaration(path));
	return relmap_query_prepare(query, path->nkeys, types, 0);
}

/*
 * Find the related row by the path's query; see the header.
 *
 * The plan is taken out of the path while it runs: a function that it calls
 * may use the same path, or find it invalid and rebuild it.
 */
Datum
relmap_path_query(RelmapPath *path, Datum *values, bool *isnull)
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
