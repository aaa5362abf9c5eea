/*-------------------------------------------------------------------------
 *
 * triggerquery.h
 *	  Queries that triggers run.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/triggerquery.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_TRIGGERQUERY_H
#define RELMAP_TRIGGERQUERY_H

#include "executor/spi.h"

/*
 * Is the plan that is kept here, to be freed with its key, there and up to
 * date?  If not, it is NULL afterwards.
 */
extern bool relmap_triggerquery_is_kept(SPIPlanPtr *plan);

/* Prepare a query, until SPI_finish(); raises an error if that fails. */
extern SPIPlanPtr relmap_triggerquery_prepare(const char *text, int nargs,
											  Oid *types);

/*
 * Run an UPDATE or DELETE of rows of a table.  Under a transaction-wide
 * snapshot, a row that this does not see raises 40001.  AFTER triggers fire at
 * once, or are left to the statement around it (fire_triggers).  True if a row
 * was changed.
 */
extern bool relmap_triggerquery_change(SPIPlanPtr plan, Datum *args,
									   const char *nulls, Oid relid,
									   bool fire_triggers);

#endif							/* RELMAP_TRIGGERQUERY_H */
