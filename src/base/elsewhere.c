/*-------------------------------------------------------------------------
 *
 * elsewhere.c
 *	  Tables whose rows are kept elsewhere.
 *
 * A distributed table is an empty shell: a planner hook answers queries on it
 * from its shards, tables on this or other servers.  Whatever reads a table
 * below SQL has to know that.  No engine is asked by name: the planner itself
 * is, whose plan for such a table reads none of this server.  Without a planner
 * hook there is nothing to ask, and the answer is kept until the table changes.
 *
 * A shard has the name of its table with a number behind it, and so have its
 * constraints; names that would become too long are cut, and get a hash.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/elsewhere.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "nodes/plannodes.h"
#include "optimizer/planner.h"
#include "parser/analyze.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/elsewhere.h"
#include "base/invalidation.h"
#include "base/owner.h"
#include "base/util.h"

typedef struct TableEntry
{
	Oid			relid;			/* hash key */
	bool		known;
	bool		elsewhere;
} TableEntry;

static HTAB *tables = NULL;
static uint64 invalidations = 0;

static void table_changed(Oid relid);
static bool ask_planner(Oid relid);


/*
 * Are the table's rows elsewhere?  See the header.
 */
bool
relmap_elsewhere(Oid relid)
{
	TableEntry *entry;
	uint64		before;
	bool		found;
	bool		result;

	if (planner_hook == NULL)
		return false;
	if (tables == NULL)
	{
		HASHCTL		ctl;

		ctl.keysize = sizeof(Oid);
		ctl.entrysize = sizeof(TableEntry);
		tables = hash_create("relmap tables", 32, &ctl,
							 HASH_ELEM | HASH_BLOBS);
		relmap_invalidation_register(table_changed);
	}

	entry = hash_search(tables, &relid, HASH_FIND, NULL);
	if (entry != NULL && entry->known)
		return entry->elsewhere;

	before = invalidations;
	result = ask_planner(relid);
	entry = hash_search(tables, &relid, HASH_ENTER, &found);
	entry->elsewhere = result;
	entry->known = invalidations == before;
	return result;
}

/*
 * A table has changed, or all if InvalidOid: its rows may be elsewhere now.
 */
static void
table_changed(Oid relid)
{
	HASH_SEQ_STATUS status;
	TableEntry *entry;

	invalidations++;
	if (OidIsValid(relid))
	{
		entry = hash_search(tables, &relid, HASH_FIND, NULL);
		if (entry != NULL)
			entry->known = false;
		return;
	}
	hash_seq_init(&status, tables);
	while ((entry = hash_seq_search(&status)) != NULL)
		entry->known = false;
}

/*
 * Plan a query on the table, as its owner.  A custom scan without a table and
 * without plans below it fetches rows from elsewhere.
 */
static bool
ask_planner(Oid relid)
{
	bool		partitioned = get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE;
	char	   *text = psprintf("SELECT 1 FROM %s%s", partitioned ? "" : "ONLY ",
								relmap_quoted_table(relid));
	RelmapSwitch save;
	Query	   *query;
	Plan	   *plan;

	relmap_owner_become(relid, &save);
	query = parse_analyze_fixedparams(linitial_node(RawStmt, pg_parse_query(text)),
									  text, NULL, 0, NULL);
	plan = relmap_plan_query(query, text)->planTree;
	relmap_owner_restore(&save);

	return IsA(plan, CustomScan) && ((CustomScan *) plan)->scan.scanrelid == 0 &&
		((CustomScan *) plan)->custom_plans == NIL;
}

/*
 * The table that this one is a shard of; see the header.
 */
Oid
relmap_elsewhere_whole(Oid relid)
{
	char	   *name = get_rel_name(relid);
	const char *suffix = name ? relmap_elsewhere_suffix(name) : NULL;
	Oid			whole;

	if (suffix == NULL || planner_hook == NULL)
		return InvalidOid;
	whole = get_relname_relid(pnstrdup(name, suffix - name),
							  get_rel_namespace(relid));
	if (!OidIsValid(whole) ||
		(get_rel_relkind(whole) != RELKIND_RELATION &&
		 get_rel_relkind(whole) != RELKIND_PARTITIONED_TABLE) ||
		!ConditionalLockRelationOid(whole, AccessShareLock))
		return InvalidOid;
	return relmap_elsewhere(whole) ? whole : InvalidOid;
}

/*
 * Can it be a shard?  See the header.
 */
bool
relmap_elsewhere_may_be_shard(Oid relid)
{
	char	   *name = get_rel_name(relid);

	return planner_hook != NULL && name != NULL &&
		relmap_elsewhere_suffix(name) != NULL;
}

/*
 * The suffix of a shard's name; see the header.
 */
const char *
relmap_elsewhere_suffix(const char *name)
{
	const char *underscore = strrchr(name, '_');

	if (underscore == NULL || underscore == name || underscore[1] == '\0' ||
		strspn(underscore + 1, "0123456789") != strlen(underscore + 1))
		return NULL;
	return underscore;
}

/*
 * The name of an object in a shard; see the header.
 */
char *
relmap_elsewhere_name_in_shard(const char *whole, const char *suffix)
{
	int			length = strlen(whole);
	int			suffix_length = strlen(suffix);
	uint32		hash;

	if (length + suffix_length < NAMEDATALEN)
		return psprintf("%s%s", whole, suffix);

	/* 10: an underscore, the hash, the final zero */
	hash = DatumGetUInt32(hash_any((const unsigned char *) whole, length));
	length = pg_mbcliplen(whole, length, NAMEDATALEN - suffix_length - 10);
	return psprintf("%.*s_%.8x%s", length, whole, hash, suffix);
}
