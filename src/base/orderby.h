/*-------------------------------------------------------------------------
 *
 * orderby.h
 *	  Lists of columns, for ORDER BY.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/orderby.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ORDERBY_H
#define RELMAP_ORDERBY_H

#include "nodes/pg_list.h"

/* One column of an order. */
typedef struct RelmapOrderItem
{
	char	   *column;
	bool		descending;
	bool		nulls_first;
} RelmapOrderItem;

/*
 * normalize: a list of the target's columns as it is stored.  has: does a
 * stored list have a column?  change: a stored list after a column was
 * renamed, or dropped (new_name is NULL).
 */
extern char *relmap_orderby_normalize(const char *order_by, Oid target);
extern bool relmap_orderby_has(const char *order_by, const char *column);
extern char *relmap_orderby_change(const char *order_by, const char *column,
								   const char *new_name);

/* The columns of a stored list, of RelmapOrderItem. */
extern List *relmap_orderby_items(const char *order_by);

#endif							/* RELMAP_ORDERBY_H */
