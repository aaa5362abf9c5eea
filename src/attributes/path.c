/*-------------------------------------------------------------------------
 *
 * path.c
 *	  Ways to one related row, resolved for reading: the backend's cache.
 *
 * A path is what related() and related_by() need to know of an attribute: the
 * index that leads to the row (pathindex.c), or the query that finds it where
 * there is none (pathquery.c).
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

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "attributes/keyedaccessor.h"
#include "attributes/path.h"
#include "attributes/pathindex.h"
#include "attributes/shard.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/foreignkey.h"
#include "base/invalidation.h"
#include "base/join.h"
#include "base/missing.h"
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
static void check_form(const RelmapPath *path,
					   const RelmapRelationship *relationship);


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
		RelmapRelationship *relationship = relmap_path_declaration(path);

		resolve_source(path);
		resolve_keys(path, relationship);
		relmap_pathindex_resolve(path, relationship);
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
							(char *) lfirst(lc), relmap_table_display_name(path->target)),
					 errhint("Run relmap.check() for a statement that fixes this.")));
		key = &path->keys[path->nkeys++];
		key->source_attnum = InvalidAttrNumber;
		key->target_attnum = attnum;
		key->source_type = relmap_keyedaccessor_type(get_atttype(path->target,
																 attnum));
	}
}

/*
 * The declaration that a path is made from; see the header.
 */
RelmapRelationship *
relmap_path_declaration(const RelmapPath *path)
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
