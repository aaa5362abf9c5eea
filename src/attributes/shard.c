/*-------------------------------------------------------------------------
 *
 * shard.c
 *	  Rows of shards, which have no relationships.
 *
 * Where the rows of a table are kept in shards, an expression of a query may be
 * evaluated where a shard is, on a row that has the type of the shard.  The
 * declarations are not known there, so that an attribute can't be followed; but
 * the tables' foreign keys are.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/shard.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "attributes/shard.h"
#include "base/compat.h"
#include "base/elsewhere.h"
#include "base/foreignkey.h"
#include "base/util.h"

static void check(Oid source, const char *name, const char *hint);
static char *join_to_write(Oid source, Oid target);
static void append_column(StringInfo buf, const char *row, Oid relid,
						  AttrNumber attnum);


/*
 * Raise an error if source is a shard; see the header.
 */
void
relmap_shard_check_read(Oid source, const char *name, Oid target)
{
	Oid			whole = relmap_elsewhere_whole(source);
	char	   *join = NULL;

	if (OidIsValid(whole) && OidIsValid(target))
		join = join_to_write(whole, target);
	check(source, name, join != NULL ?
		  psprintf("Add relmap to session_preload_libraries, or write the join: %s",
				   join) :
		  "Add relmap to session_preload_libraries, or write the join; relmap_internal.join_text() has its text.");
}

void
relmap_shard_check_write(Oid source, const char *name)
{
	check(source, name,
		  "Read the row before, and assign to that; or write the UPDATE.");
}

/*
 * Raise the error if it is one.
 */
static void
check(Oid source, const char *name, const char *hint)
{
	Oid			whole = relmap_elsewhere_whole(source);

	if (!OidIsValid(whole))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("relationship \"%s\" cannot be followed from a row of shard \"%s\"",
					name, relmap_table_display_name(source)),
			 errdetail("Relationships belong to table \"%s\", and are not known where its shards are.",
					   relmap_table_display_name(whole)),
			 errhint("%s", hint)));
}

/*
 * The join from source to target by the only foreign key between them; NULL if
 * there are several, or none.
 */
static char *
join_to_write(Oid source, Oid target)
{
	List	   *keys = relmap_foreignkey_list(target, source);
	bool		to_child = keys != NIL;
	RelmapForeignKey *fk;
	StringInfoData buf;

	if (source != target)
		keys = list_concat(keys, relmap_foreignkey_list(source, target));
	if (list_length(keys) != 1)
		return NULL;
	fk = linitial(keys);

	initStringInfo(&buf);
	appendStringInfo(&buf, "FROM %s s LEFT JOIN %s t ON ",
					 relmap_quoted_table(source), relmap_quoted_table(target));
	for (int i = 0; i < fk->nkeys; i++)
	{
		appendStringInfoString(&buf, i > 0 ? " AND " : "");
		append_column(&buf, to_child ? "t" : "s", fk->child,
					  fk->child_attnums[i]);
		appendStringInfoString(&buf, " = ");
		append_column(&buf, to_child ? "s" : "t", fk->parent,
					  fk->parent_attnums[i]);
	}
	return buf.data;
}

/*
 * Append a column of row.
 */
static void
append_column(StringInfo buf, const char *row, Oid relid, AttrNumber attnum)
{
	appendStringInfo(buf, "%s.%s", row,
					 quote_identifier(get_attname(relid, attnum, false)));
}
