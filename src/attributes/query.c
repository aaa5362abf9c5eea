/*-------------------------------------------------------------------------
 *
 * query.c
 *	  Prepared queries that are kept.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/query.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "attributes/query.h"

/*
 * Prepare a query, for as long as the session lives; see the header.
 */
SPIPlanPtr
relmap_query_prepare(const char *text, int nargs, Oid *types, int options)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(text, nargs, types, options);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor returned %s for %s",
			 SPI_result_code_string(SPI_result), text);
	SPI_keepplan(plan);
	return plan;
}

/*
 * Execute a plan, under the active snapshot; free it if that fails.
 */
void
relmap_query_execute(SPIPlanPtr plan, Datum *values)
{
	PG_TRY();
	{
		int			res = SPI_execute_plan(plan, values, NULL, true, 0);

		if (res != SPI_OK_SELECT)
			elog(ERROR, "SPI_execute_plan returned %s",
				 SPI_result_code_string(res));
	}
	PG_CATCH();
	{
		SPI_freeplan(plan);
		PG_RE_THROW();
	}
	PG_END_TRY();
}
