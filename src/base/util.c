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
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/util.h"

/*
 * For ereport(): the fields that tell a client the schema, the table, and,
 * where given, the column or constraint.
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
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
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
 * Run one DDL statement as the current user, whose rights core checks.
 */
void
relmap_run_ddl(const char *statement)
{
	int			rc;

	SPI_connect();
	rc = SPI_execute(statement, false, 0);
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
	char	   *name = get_rel_name(relid);
	char		relkind = get_rel_relkind(relid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot have relationships", name),
				 errdetail_relkind_not_supported(relkind),
				 relmap_errtable(relid, NULL, NULL)));
	if (IsCatalogRelationOid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot have relationships", name),
				 errdetail("This operation is not supported for system catalogs."),
				 relmap_errtable(relid, NULL, NULL)));
	if (isOtherTempNamespace(get_rel_namespace(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot have relationships", name),
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
