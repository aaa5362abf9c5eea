/*-------------------------------------------------------------------------
 *
 * action.h
 *	  Statements run as the table's owner.
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

#include "base/compat.h"
#include "enforce/change.h"
#include "enforce/keyinfo.h"
#include "enforce/statement.h"

extern bool relmap_action_run(const RelmapChange *change, Relation rel,
							  ItemPointer tid, RelmapStatement *statement,
							  bool fire_triggers);
extern const RelmapChange *relmap_action_running(void);
pg_noreturn extern void relmap_action_report_rewritten(Oid relid);
extern void relmap_action_delete_if_orphan(RelmapKeyInfo *key,
										   ItemPointer tid);

#endif							/* RELMAP_ACTION_H */
