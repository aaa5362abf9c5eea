/*-------------------------------------------------------------------------
 *
 * util.c
 *	  Tables and names, as errors and statements have them; checks of tables.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/util.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/scansup.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/util.h"

/* How many DDL statements of relmap's own are running, within each other. */
static int	own_ddl = 0;

static bool is_name_character(char c);


/*
 * For ereport(): the fields for the schema, the table, and, where given, the
 * column or constraint.
 */
int
relmap_errtable(Oid relid, const char *column, const char *constraint)
{
	err_generic_string(PG_DIAG_SCHEMA_NAME,
					   get_namespace_name(get_rel_namespace(relid)));
	err_generic_string(PG_DIAG_TABLE_NAME, get_rel_name(relid));
	if (column)
		err_generic_string(PG_DIAG_COLUMN_NAME, column);
	if (constraint)
		err_generic_string(PG_DIAG_CONSTRAINT_NAME, constraint);
	return 0;
}

/*
 * A table's name, schema-qualified and quoted, for a statement.
 */
char *
relmap_quoted_table(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)			/* dropped by another session */
		elog(ERROR, "cache lookup failed for relation %u", relid);
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  name);
}

/*
 * Does a table's name lead to it?  See the header.
 */
bool
relmap_table_is_visible(Oid relid)
{
	char	   *name = get_rel_name(relid);

	return name == NULL || RelnameGetRelid(name) == relid;
}

/*
 * A table's name for a message; see the header.
 */
char *
relmap_table_display_name(Oid relid)
{
	Oid			nspid = get_rel_namespace(relid);

	/* another session's temporary schema has a number that tells nothing */
	if (relmap_table_is_visible(relid) || isOtherTempNamespace(nspid))
		return get_rel_name(relid);
	return psprintf("%s.%s", get_namespace_name_or_temp(nspid),
					get_rel_name(relid));
}

/*
 * The same, quoted, for a statement in a message.
 */
char *
relmap_shown_table(Oid relid)
{
	return DatumGetCString(DirectFunctionCall1(regclassout,
											   ObjectIdGetDatum(relid)));
}

/*
 * Column names, quoted and separated by commas, for a statement.
 */
char *
relmap_quoted_columns(List *names)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, names)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
						 quote_identifier(lfirst(lc)));
	return buf.data;
}

/*
 * "a, b and c".
 */
char *
relmap_enumerate(List *items)
{
	StringInfoData buf;
	int			n = list_length(items);
	int			i;

	initStringInfo(&buf);
	for (i = 0; i < n; i++)
	{
		appendStringInfoString(&buf, i == 0 ? "" : i < n - 1 ? ", " : " and ");
		appendStringInfoString(&buf, list_nth(items, i));
	}
	return buf.data;
}

/*
 * Is a DDL statement of relmap's own running?
 */
bool
relmap_is_own_ddl(void)
{
	return own_ddl > 0;
}

/*
 * Run one DDL statement as the current user, whose rights core checks.
 */
void
relmap_run_ddl(const char *statement)
{
	volatile int rc = 0;

	own_ddl++;
	PG_TRY();
	{
		SPI_connect();
		rc = SPI_execute(statement, false, 0);
	}
	PG_FINALLY();
	{
		own_ddl--;
	}
	PG_END_TRY();
	if (rc != SPI_OK_UTILITY)
		elog(ERROR, "SPI_execute returned %s for: %s",
			 SPI_result_code_string(rc), statement);
	SPI_finish();
}

/*
 * Raise an error if it is not an ordinary or partitioned table of the user's
 * own; see the header.
 */
void
relmap_check_table(Oid relid)
{
	char	   *name = relmap_table_display_name(relid);
	char		relkind = get_rel_relkind(relid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("relation \"%s\" cannot have relationships", name),
				 errdetail_relkind_not_supported(relkind),
				 relmap_errtable(relid, NULL, NULL)));
	if (IsCatalogRelationOid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("relation \"%s\" cannot have relationships", name),
				 errdetail("This operation is not supported for system catalogs."),
				 relmap_errtable(relid, NULL, NULL)));
	if (isOtherTempNamespace(get_rel_namespace(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("relation \"%s\" cannot have relationships", name),
				 errdetail("It is a temporary table of another session."),
				 relmap_errtable(relid, NULL, NULL)));
}

void
relmap_check_owner(Oid relid)
{
	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER,
					   get_relkind_objtype(get_rel_relkind(relid)),
					   get_rel_name(relid));
}

/*
 * The owner of a table.
 */
Oid
relmap_table_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * The next of the words that commas separate, trimmed; moves *rest on, and
 * writes into it.  NULL at the end.
 */
char *
relmap_next_word(char **rest)
{
	while (*rest != NULL)
	{
		char	   *word = *rest;
		char	   *end = strchr(word, ',');

		if (end != NULL)
		{
			*end = '\0';
			*rest = end + 1;
		}
		else
		{
			*rest = NULL;
			end = word + strlen(word);
		}
		while (scanner_isspace(*word))
			word++;
		while (end > word && scanner_isspace(end[-1]))
			*--end = '\0';
		if (*word != '\0')
			return word;
	}
	return NULL;
}

/*
 * Are these columns the named ones, in any order?
 */
bool
relmap_columns_are(Oid relid, int n, const AttrNumber *attnums, List *names)
{
	Bitmapset  *wanted = NULL;
	Bitmapset  *there = NULL;
	ListCell   *lc;
	int			i;

	foreach(lc, names)
	{
		AttrNumber	attnum = get_attnum(relid, lfirst(lc));

		if (attnum <= 0)
			return false;
		wanted = bms_add_member(wanted, attnum);
	}
	for (i = 0; i < n; i++)
		there = bms_add_member(there, attnums[i]);
	return bms_equal(wanted, there);
}

/*
 * May a text, or NULL, have the name of a column?
 */
bool
relmap_mentions(const char *string, const char *name)
{
	return string != NULL && strstr(string, quote_identifier(name)) != NULL;
}

/*
 * May a text, or NULL, have a name, which may come with its schema, as a word?
 */
bool
relmap_mentions_word(const char *string, const char *name)
{
	const char *last = strrchr(name, '.');
	size_t		length;

	if (string == NULL)
		return false;
	name = last ? last + 1 : name;
	length = strlen(name);
	for (const char *at = strstr(string, name); at != NULL;
		 at = strstr(at + 1, name))
	{
		if ((at == string || !is_name_character(at[-1])) &&
			!is_name_character(at[length]))
			return true;
	}
	return false;
}

static bool
is_name_character(char c)
{
	return isalnum((unsigned char) c) || c == '_' || IS_HIGHBIT_SET(c);
}

/*
 * Are these the same names (char *), in the same order?
 */
bool
relmap_same_names(List *a, List *b)
{
	int			i;

	if (list_length(a) != list_length(b))
		return false;
	for (i = 0; i < list_length(a); i++)
	{
		if (strcmp(list_nth(a, i), list_nth(b, i)) != 0)
			return false;
	}
	return true;
}

/*
 * Is a name (char *) in a list?
 */
bool
relmap_has_name(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

/*
 * Are these the same names, in any order?  Neither list has duplicates.
 */
bool
relmap_same_set_of_names(List *a, List *b)
{
	ListCell   *lc;

	if (list_length(a) != list_length(b))
		return false;
	foreach(lc, a)
	{
		if (!relmap_has_name(b, lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * The names (char *) of n columns of a table.
 */
List *
relmap_column_names(Oid relid, int n, const AttrNumber *attnums)
{
	List	   *result = NIL;
	int			i;

	for (i = 0; i < n; i++)
		result = lappend(result, get_attname(relid, attnums[i], false));
	return result;
}

/*
 * The same, quoted and separated by commas, for a statement.
 */
char *
relmap_quoted_attnums(Oid relid, int n, const AttrNumber *attnums)
{
	return relmap_quoted_columns(relmap_column_names(relid, n, attnums));
}

/*
 * May the current user see these columns of every row?
 */
bool
relmap_may_read(Oid relid, int nkeys, const AttrNumber *attnums)
{
	int			i;

	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED ||
		object_aclcheck(NamespaceRelationId, get_rel_namespace(relid),
						GetUserId(), ACL_USAGE) != ACLCHECK_OK)
		return false;
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (i = 0; i < nkeys; i++)
	{
		if (pg_attribute_aclcheck(relid, attnums[i], GetUserId(),
								  ACL_SELECT) != ACLCHECK_OK)
			return false;
	}
	return true;
}
