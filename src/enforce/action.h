/*-------------------------------------------------------------------------
 *
 * action.h
 *	  Changes to rows of a child table, made as its owner.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/action.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ACTION_H
#define RELMAP_ACTION_H

#include "storage/itemptr.h"
#include "utils/relcache.h"

#include "enforce/change.h"
#include "enforce/keyinfo.h"
#include "enforce/statement.h"

/*
 * Make a change to the row at tid, on behalf of a statement (NULL if that has
 * no record).  AFTER triggers fire at once, or are left to the statement
 * (fire_triggers).  True if a row was changed.
 */
extern bool relmap_action_run(const RelmapChange *change, Relation rel,
							  ItemPointer tid, RelmapStatement *statement,
							  bool fire_triggers);

/*
 * What an action changes in the row of rel at tid, if its query is the innermost
 * that runs; else NULL.
 */
extern const RelmapChange *relmap_action_running(Relation rel,
												 ItemPointer tid);

#endif							/* RELMAP_ACTION_H */
