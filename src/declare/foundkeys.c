/*-------------------------------------------------------------------------
 *
 * foundkeys.c
 *	  Some of the keys that a query finds, for messages.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/foundkeys.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "lib/stringinfo.h"

#include "declare/foundkeys.h"

/* How many of them a message shows. */
#define KEYS_SHOWN 3

static void append_key(StringInfo buf, HeapTuple row, int nkeys,
					   const char *columns);

/*
 * Run the query, and describe its first rows; see the header.
 */
char *
relmap_foundkeys(const char *query, int nkeys, const char *columns)
{
	MemoryContext caller = CurrentMemoryContext;
	StringInfoData buf;

	SPI_connect();
	if (SPI_execute(query, false, KEYS_SHOWN + 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for keys: %s", query);
	if (SPI_processed == 0)
	{
		SPI_finish();
		return NULL;
	}

	MemoryContextSwitchTo(caller);
	initStringInfo(&buf);
	for (uint64 i = 0; i < SPI_processed && i < KEYS_SHOWN; i++)
	{
		appendStringInfoString(&buf, i == 0 ? "Key " : ", ");
		append_key(&buf, SPI_tuptable->vals[i], nkeys, columns);
	}
	appendStringInfoString(&buf, SPI_processed > KEYS_SHOWN
						   ? ", and there are more." : ".");
	SPI_finish();
	return buf.data;
}

/*
 * Append a row: "(a, b)=(1, 2)", and how many rows have the key if it tells.
 */
static void
append_key(StringInfo buf, HeapTuple row, int nkeys, const char *columns)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;

	appendStringInfo(buf, "(%s)=(", columns);
	for (int k = 1; k <= nkeys; k++)
		appendStringInfo(buf, "%s%s", k > 1 ? ", " : "",
						 SPI_getvalue(row, desc, k));
	appendStringInfoChar(buf, ')');
	if (desc->natts > nkeys)
		appendStringInfo(buf, " has %s rows",
						 SPI_getvalue(row, desc, nkeys + 1));
}
