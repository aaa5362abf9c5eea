/*-------------------------------------------------------------------------
 *
 * query.h
 *	  Prepared queries that are kept.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/query.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_QUERY_H
#define RELMAP_QUERY_H

#include "executor/spi.h"

/*
 * Prepare a query; options are those of SPI_prepare_cursor().  The plan lives
 * until it is freed.
 */
extern SPIPlanPtr relmap_query_prepare(const char *text, int nargs, Oid *types,
									   int options);

/*
 * Execute a plan that reads, under the active snapshot; the rows are in
 * SPI_tuptable.  After an error the plan is freed.
 */
extern void relmap_query_execute(SPIPlanPtr plan, Datum *values);

/*
 * Run a query that reads and has no arguments.  Its plan is prepared at the
 * first call, and kept there for the life of the backend.
 */
extern void relmap_query_ask(SPIPlanPtr *kept, const char *text);

#endif							/* RELMAP_QUERY_H */
