/*-------------------------------------------------------------------------
 *
 * qualify.h
 *	  Conditions as parts of queries that any user runs.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/qualify.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_QUALIFY_H
#define RELMAP_QUALIFY_H

#include "nodes/nodes.h"

/*
 * The text of a condition over the row alias of a table, which means the same
 * whatever the search_path is.
 */
extern char *relmap_qualify(Node *condition, Oid relid, const char *alias);

#endif							/* RELMAP_QUALIFY_H */
