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

#endif							/* RELMAP_QUERY_H */
