/*-------------------------------------------------------------------------
 *
 * keyhint.c
 *	  Which foreign key might be meant where there is none.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/keyhint.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_constraint.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/keyhint.h"
#include "base/util.h"

#define NOT_VALID "Append NOT VALID to leave existing rows unchecked."

/* What a plural may add to the name that a column has of its table. */
#define MAX_ENDING 3

static List *associations(Oid source, Oid target);
static List *referencing(Relation constraints, Oid parent);
static char *likely_column(Oid child, Oid parent);
static AttrNumber primary_key(Oid relid);
static bool is_named_after(const char *column, const char *table,
						   const char *key);
static bool begins_a_word(const char *table, const char *stem);


/*
 * A hint how to get from one table to the other; see the header.
 */
char *
relmap_keyhint_join(Oid source, Oid target)
{
	List	   *tables = associations(source, target);
	StringInfoData choice;
	ListCell   *lc;

	if (tables == NIL)
	{
		if (source != target && !likely_column(target, source))
		{
			if (likely_column(source, target))
				return relmap_keyhint_add(source, target);
			return psprintf("Add one with ALTER TABLE %s ADD FOREIGN KEY (...) REFERENCES %s; for a many-to-one, ALTER TABLE %s ADD FOREIGN KEY (...) REFERENCES %s.  " NOT_VALID,
							relmap_shown_table(target), relmap_shown_table(source),
							relmap_shown_table(source), relmap_shown_table(target));
		}
		return relmap_keyhint_add(target, source);
	}

	initStringInfo(&choice);
	foreach(lc, tables)
		appendStringInfo(&choice, "%ssecondary => %s",
						 choice.len > 0 ? " or " : "",
						 quote_literal_cstr(relmap_shown_table(lfirst_oid(lc))));
	return psprintf("For a many-to-many relationship use %s.", choice.data);
}

/*
 * A hint how to add a foreign key, with the column if one has the parent's
 * name.
 */
char *
relmap_keyhint_add(Oid child, Oid parent)
{
	char	   *column = likely_column(child, parent);

	return psprintf("Add one with ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s.  " NOT_VALID,
					relmap_shown_table(child),
					column ? quote_identifier(column) : "...",
					relmap_shown_table(parent));
}

/*
 * The tables that have foreign keys to both, or two to the one that is both.
 */
static List *
associations(Oid source, Oid target)
{
	Relation	constraints = table_open(ConstraintRelationId, AccessShareLock);
	List	   *sources = referencing(constraints, source);
	List	   *targets = referencing(constraints, target);
	List	   *result = NIL;
	ListCell   *lc;

	table_close(constraints, AccessShareLock);
	foreach(lc, sources)
	{
		Oid			table = lfirst_oid(lc);
		int			count = 0;
		ListCell   *lc2;

		foreach(lc2, targets)
			count += lfirst_oid(lc2) == table;
		if (table != source && table != target &&
			count > (source == target))
			result = list_append_unique_oid(result, table);
	}
	return result;
}

/*
 * The tables with foreign keys to a table, one for each key.
 */
static List *
referencing(Relation constraints, Oid parent)
{
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *result = NIL;

	ScanKeyInit(&key[0], Anum_pg_constraint_confrelid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(parent));
	ScanKeyInit(&key[1], Anum_pg_constraint_contype,
				BTEqualStrategyNumber, F_CHAREQ,
				CharGetDatum(CONSTRAINT_FOREIGN));
	scan = systable_beginscan(constraints, InvalidOid, false, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint con = (Form_pg_constraint) GETSTRUCT(tuple);

		if (!OidIsValid(con->conparentid))
			result = lappend_oid(result, con->conrelid);
	}
	systable_endscan(scan);
	return result;
}

/*
 * The one column of child that has the name of the parent and of its primary
 * key, as "user_id" of a table "users"; NULL if there is none, or several.
 */
static char *
likely_column(Oid child, Oid parent)
{
	AttrNumber	key = primary_key(parent);
	char	   *found = NULL;
	char	   *name;

	if (key == InvalidAttrNumber)
		return NULL;
	for (AttrNumber attnum = 1;
		 (name = get_attname(child, attnum, true)) != NULL; attnum++)
	{
		if (get_atttype(child, attnum) != get_atttype(parent, key) ||
			!is_named_after(name, get_rel_name(parent),
							get_attname(parent, key, false)))
			continue;
		if (found)
			return NULL;
		found = name;
	}
	return found;
}

/*
 * The column of a primary key that has one, or none.
 */
static AttrNumber
primary_key(Oid relid)
{
	Oid			constraint;
	Bitmapset  *columns = get_primary_key_attnos(relid, false, &constraint);
	int			member;

	if (!bms_get_singleton_member(columns, &member))
		return InvalidAttrNumber;
	return member + FirstLowInvalidHeapAttributeNumber;
}

/*
 * Is it the name of a table, in the singular, and of its key?
 */
static bool
is_named_after(const char *column, const char *table, const char *key)
{
	size_t		length = strlen(column);
	char	   *stem;

	if (length <= strlen(key) ||
		strcmp(column + length - strlen(key), key) != 0)
		return false;
	length -= strlen(key);
	if (column[length - 1] == '_')
		length--;
	stem = pnstrdup(column, length);
	if (begins_a_word(table, stem))
		return true;

	/* category_id of categories */
	if (length > 1 && stem[length - 1] == 'y')
	{
		stem[length - 1] = '\0';
		return begins_a_word(table, psprintf("%sies", stem));
	}
	return false;
}

/*
 * Is the name of the table that word, or its last one is, but for an ending?
 */
static bool
begins_a_word(const char *table, const char *stem)
{
	size_t		length = strlen(stem);

	for (const char *word = table; length > 0; word++)
	{
		if (strncmp(word, stem, length) == 0 &&
			strlen(word) <= length + MAX_ENDING)
			return true;
		word = strchr(word, '_');
		if (word == NULL)
			break;
	}
	return false;
}
