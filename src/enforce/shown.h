/*-------------------------------------------------------------------------
 *
 * shown.h
 *	  Keys that RETURNING lists of a statement have shown with their holders.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/shown.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SHOWN_H
#define RELMAP_SHOWN_H

#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"

#include "base/compat.h"
#include "enforce/callstate.h"
#include "enforce/change.h"
#include "enforce/keyinfo.h"
#include "enforce/statement.h"

extern void relmap_shown_note_row(RelmapCallState *call, TriggerData *trigdata,
								  FmgrInfo *flinfo, TupleTableSlot *row);
extern void relmap_shown_note_rest(RelmapCallState *call,
								   const RelmapChange *change, Relation rel,
								   ItemPointer tid);
extern void relmap_shown_note_given(RelmapStatement *statement, Relation rel,
									ItemPointer tid);
extern RelmapCallState *relmap_shown_site(RelmapStatement *statement,
										  Relation rel);
extern bool relmap_shown_in_action(RelmapStatement *cause,
								   RelmapCallState *site, RelmapKeyInfo *key,
								   uint32 keyhash, bool own);
extern bool relmap_shown(RelmapCallState *call, RelmapSlotState *slot,
						 uint32 keyhash, bool own);
extern bool relmap_shown_by(RelmapStatement *statement, RelmapKeyInfo *key,
							uint32 keyhash);

pg_noreturn extern void relmap_shown_report(RelmapStatement *statement,
											RelmapKeyInfo *key);

#endif							/* RELMAP_SHOWN_H */
