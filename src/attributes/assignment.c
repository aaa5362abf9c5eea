/*-------------------------------------------------------------------------
 *
 * assignment.c
 *	  What the statements of assign(), append() and remove() are made of.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/assignment.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "attributes/assignment.h"

/*
 * Columns of a table, quoted, separated by commas, each with something before
 * and after it.
 */
char *
relmap_assignment_columns(Oid relid, int n, const AttrNumber *attnums,
						  const char *before, const char *after)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s%s%s", i > 0 ? ", " : "", before,
						 quote_identifier(get_attname(relid, attnums[i],
													  false)),
						 after);
	return buf.data;
}

/*
 * Run a statement with both rows as its parameters, as the current user.
 * Returns how many rows it has written.
 */
uint64
relmap_assignment_run(const RelmapAssignment *a, const char *statement)
{
	Datum		values[2] = {a->rows[0], a->rows[1]};
	Oid			types[2] = {a->types[0], a->types[1]};
	char		nulls[2] = {' ', a->has_target ? ' ' : 'n'};
	uint64		processed;
	int			rc;

	SPI_connect();
	rc = SPI_execute_with_args(statement, 2, types, values, nulls, false, 0);
	if (rc < 0)
		elog(ERROR, "SPI_execute_with_args returned %s for: %s",
			 SPI_result_code_string(rc), statement);
	processed = SPI_processed;
	SPI_finish();
	return processed;
}
