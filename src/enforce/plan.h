/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  What a plan node says about the rows that it writes.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/plan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PLAN_H
#define RELMAP_PLAN_H

#include "nodes/pg_list.h"
#include "nodes/plannodes.h"
#include "utils/relcache.h"

#include "enforce/keyinfo.h"
#include "enforce/statement.h"

extern bool relmap_plan_one_row(PlannedStmt *plan, ModifyTable *node,
								Relation rel);
extern const RelmapNoParking *relmap_plan_no_parking(PlannedStmt *plan,
													 ModifyTable *node,
													 RelmapKeyInfo *key,
													 Relation rel,
													 bool can_show_key);
extern bool relmap_plan_shows_key(PlannedStmt *plan, ModifyTable *node,
								  RelmapKeyInfo *key, Relation rel);

#endif							/* RELMAP_PLAN_H */
