/*-------------------------------------------------------------------------
 *
 * lastseen.c
 *	  Which columns a declaration's names meant when it was written.
 *
 * A declaration has the names of columns.  Its row has their numbers, too, so
 * that a column is found that was renamed where no event trigger saw it
 * (session_replication_role = replica), though its foreign key was dropped
 * since.  Numbers are those of one database: a table is told by its OID, and
 * the column is not dumped, but generated when a row is restored.
 *
 * The text has, for each column, "table.number length:name ".
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/lastseen.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/condition.h"
#include "base/declkey.h"
#include "base/lastseen.h"
#include "base/orderby.h"
#include "base/setlist.h"
#include "base/subxact.h"
#include "base/util.h"

/* A column, and what it was called. */
typedef struct SeenColumn
{
	Oid			relid;
	AttrNumber	attnum;
	char	   *name;
} SeenColumn;

/* For rename_texts(). */
typedef struct TextRenames
{
	RelmapRelationship *relationship;
	const RelmapOldName *names;
} TextRenames;

static List *read_columns(const char *string);
static SeenColumn *find_column(List *columns, Oid relid, const char *name);
static void add_columns(List **columns, List *before, Oid relid, List *names);
static void add_mentioned(List **columns, List *before,
						  const RelmapRelationship *r);
static void add_column(List **columns, List *before, Oid relid,
					   const char *name);
static bool mentions(const RelmapRelationship *r, const char *name);
static char *new_name(const SeenColumn *column);
static char *live_name(Oid relid, AttrNumber attnum);
static List *names_now(List *columns, Oid relid, List *names);
static void rename_texts(void *arg);


/*
 * The columns of a declaration as a text; see the header.
 */
char *
relmap_lastseen_text(const RelmapRelationship *r)
{
	List	   *before = read_columns(r->last_seen);
	List	   *columns = NIL;
	StringInfoData buf;
	ListCell   *lc;

	add_columns(&columns, before, relmap_relationship_child(r), r->foreign_columns);
	add_columns(&columns, before, relmap_relationship_parent(r),
				r->referenced_columns);
	add_columns(&columns, before, r->secondary, r->secondary_columns);
	add_columns(&columns, before, r->target, r->secondary_referenced);
	add_columns(&columns, before, r->target, r->keyed_by);
	add_mentioned(&columns, before, r);
	if (columns == NIL)
		return NULL;

	initStringInfo(&buf);
	foreach(lc, columns)
	{
		SeenColumn *column = lfirst(lc);

		appendStringInfo(&buf, "%u.%d %d:%s ", column->relid, column->attnum,
						 (int) strlen(column->name), column->name);
	}
	return buf.data;
}

/*
 * A renamed column in words; see the header.
 */
char *
relmap_lastseen_describe(const RelmapRelationship *r)
{
	ListCell   *lc;

	foreach(lc, read_columns(r->last_seen))
	{
		SeenColumn *column = lfirst(lc);
		char	   *name = new_name(column);

		if (name)
			return psprintf("column \"%s\" of table \"%s\" was called \"%s\" when it was last seen",
							name, relmap_table_display_name(column->relid), column->name);
	}
	return NULL;
}

/*
 * The columns of a table that have another name now; see the header.
 */
const RelmapOldName *
relmap_lastseen_renamed(const RelmapRelationship *r, Oid relid,
						const RelmapOldName *others)
{
	const RelmapOldName *result = others;
	ListCell   *lc;

	foreach(lc, read_columns(r->last_seen))
	{
		SeenColumn *column = lfirst(lc);
		char	   *name = column->relid == relid ? new_name(column) : NULL;
		RelmapOldName *old;

		if (name == NULL)
			continue;
		old = palloc(sizeof(RelmapOldName));
		old->old_name = column->name;
		old->name = name;
		old->next = result;
		result = old;
	}
	return result;
}

/*
 * The names that columns have now; see the header.
 */
List *
relmap_lastseen_names(const RelmapRelationship *r, Oid relid, List *names)
{
	return names_now(read_columns(r->last_seen), relid, names);
}

/*
 * Give a declaration its columns' names; see the header.
 */
void
relmap_lastseen_follow(RelmapRelationship *r)
{
	List	   *columns = read_columns(r->last_seen);
	TextRenames renames = {r, relmap_lastseen_renamed(r, r->target, NULL)};

	r->foreign_columns = names_now(columns, relmap_relationship_child(r),
								   r->foreign_columns);
	r->referenced_columns = names_now(columns, relmap_relationship_parent(r),
									  r->referenced_columns);
	r->secondary_columns = names_now(columns, r->secondary,
									 r->secondary_columns);
	r->secondary_referenced = names_now(columns, r->target,
										r->secondary_referenced);
	r->keyed_by = names_now(columns, r->target, r->keyed_by);
	if (renames.names)
		(void) relmap_subxact_try(rename_texts, &renames);
	r->last_seen = NULL;
}

/*
 * Forget about columns; see the header.
 */
void
relmap_lastseen_forget(RelmapRelationship *r, Oid relid, List *names)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, read_columns(r->last_seen))
	{
		SeenColumn *column = lfirst(lc);

		if (column->relid != relid || !relmap_has_name(names, column->name))
			appendStringInfo(&buf, "%u.%d %d:%s ", column->relid,
							 column->attnum, (int) strlen(column->name),
							 column->name);
	}
	r->last_seen = buf.data;
}


/* ---- columns ---------------------------------------------------------- */

/*
 * The columns of a text, of SeenColumn; it may come from any user, and is read
 * as far as it is one.
 */
static List *
read_columns(const char *string)
{
	List	   *columns = NIL;

	while (string)
	{
		Oid			relid;
		int			attnum;
		int			length;
		int			at = 0;
		SeenColumn *column;

		if (sscanf(string, "%u.%d %d:%n", &relid, &attnum, &length, &at) < 3 ||
			at == 0 || length <= 0 || length >= NAMEDATALEN ||
			attnum <= 0 || attnum > MaxHeapAttributeNumber ||
			strlen(string + at) <= length)
			break;
		column = palloc(sizeof(SeenColumn));
		column->relid = relid;
		column->attnum = attnum;
		column->name = pnstrdup(string + at, length);
		columns = lappend(columns, column);
		string += at + length + 1;
	}
	return columns;
}

static SeenColumn *
find_column(List *columns, Oid relid, const char *name)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		SeenColumn *column = lfirst(lc);

		if (column->relid == relid && strcmp(column->name, name) == 0)
			return column;
	}
	return NULL;
}

static void
add_columns(List **columns, List *before, Oid relid, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		add_column(columns, before, relid, lfirst(lc));
}

/*
 * Add the columns of the target that a declaration's texts may have.
 */
static void
add_mentioned(List **columns, List *before, const RelmapRelationship *r)
{
	ListCell   *lc;

	if (r->order_by == NULL && r->condition == NULL &&
		relmap_setlist_of(r->on_replace) == NULL)
		return;
	foreach(lc, before)
	{
		SeenColumn *column = lfirst(lc);

		if (column->relid == r->target && mentions(r, column->name))
			add_column(columns, before, r->target, column->name);
	}
	for (AttrNumber i = 1; SearchSysCacheExists2(ATTNUM, ObjectIdGetDatum(r->target),
												 Int16GetDatum(i)); i++)
	{
		char	   *name = live_name(r->target, i);

		if (name && mentions(r, name))
			add_column(columns, before, r->target, name);
	}
}

/*
 * Add a column: by the number that was known before, if that is still one, or
 * else by its name.
 */
static void
add_column(List **columns, List *before, Oid relid, const char *name)
{
	SeenColumn *column = find_column(before, relid, name);
	AttrNumber	attnum;

	if (find_column(*columns, relid, name))
		return;
	attnum = column && live_name(relid, column->attnum) ? column->attnum :
		get_attnum(relid, name);
	if (attnum <= 0)
		return;
	column = palloc(sizeof(SeenColumn));
	column->relid = relid;
	column->attnum = attnum;
	column->name = pstrdup(name);
	*columns = lappend(*columns, column);
}

/*
 * May one of a declaration's texts have the name of a column?
 */
static bool
mentions(const RelmapRelationship *r, const char *name)
{
	return relmap_mentions(r->order_by, name) ||
		relmap_mentions(r->condition, name) ||
		relmap_mentions(relmap_setlist_of(r->on_replace), name);
}

/*
 * The name that a column has now; NULL if it has not changed, or the column was
 * dropped.
 */
static char *
new_name(const SeenColumn *column)
{
	char	   *name = live_name(column->relid, column->attnum);

	return name && strcmp(name, column->name) != 0 ? name : NULL;
}

/*
 * The name of a column by its number; NULL if it was dropped.
 */
static char *
live_name(Oid relid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid),
										Int16GetDatum(attnum));
	char	   *result = NULL;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	if (!((Form_pg_attribute) GETSTRUCT(tuple))->attisdropped)
		result = pstrdup(NameStr(((Form_pg_attribute) GETSTRUCT(tuple))->attname));
	ReleaseSysCache(tuple);
	return result;
}


/* ---- names ------------------------------------------------------------ */

/*
 * A list of columns of a table with the names that they have now.
 */
static List *
names_now(List *columns, Oid relid, List *names)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, names)
	{
		SeenColumn *column = find_column(columns, relid, lfirst(lc));
		char	   *name = column ? live_name(relid, column->attnum) : NULL;

		result = lappend(result, name ? name : lfirst(lc));
	}
	return result;
}

/*
 * Rename columns in what a declaration has as text.
 */
static void
rename_texts(void *arg)
{
	TextRenames *renames = arg;
	RelmapRelationship *r = renames->relationship;
	Oid			author = relmap_table_owner(r->source);
	const char *list = relmap_setlist_of(r->on_replace);
	char	   *condition = r->condition;
	char	   *order_by = r->order_by;

	for (const RelmapOldName *old = renames->names; old; old = old->next)
	{
		if (order_by && relmap_orderby_has(order_by, old->old_name))
			order_by = relmap_orderby_change(order_by, old->old_name,
											 old->name);
	}
	if (condition)
		condition = relmap_condition_renamed(condition, r->target, author,
											 renames->names);
	if (list)
		r->on_replace = psprintf("set %s", relmap_setlist_renamed(list, r->target,
																  author,
																  renames->names));
	r->condition = condition;
	r->order_by = order_by;
}
