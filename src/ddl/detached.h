/*-------------------------------------------------------------------------
 *
 * detached.h
 *	  Triggers of a partition that has left its table.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/detached.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_DETACHED_H
#define RELMAP_DETACHED_H

#include "nodes/parsenodes.h"

/* Drop what a DETACH PARTITION has left. */
extern void relmap_detached_follow(const AlterTableStmt *stmt);

#endif							/* RELMAP_DETACHED_H */
