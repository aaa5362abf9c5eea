/*-------------------------------------------------------------------------
 *
 * actionquery.h
 *	  Changes to rows of a child table, made by queries.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/actionquery.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ACTIONQUERY_H
#define RELMAP_ACTIONQUERY_H

#include "storage/itemptr.h"
#include "utils/relcache.h"

#include "enforce/change.h"

/*
 * Make a change to the row at tid by a query, which compares the row's keys.
 * The current user is the table's owner.  True if a row was changed.
 */
extern bool relmap_actionquery_run(const RelmapChange *change, Relation rel,
								   ItemPointer tid, bool fire_triggers);

#endif							/* RELMAP_ACTIONQUERY_H */
