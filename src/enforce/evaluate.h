/*-------------------------------------------------------------------------
 *
 * evaluate.h
 *	  Conditions of slots, and the lists that make a row leave one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/evaluate.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_EVALUATE_H
#define RELMAP_EVALUATE_H

#include "commands/trigger.h"

#include "base/compat.h"
#include "enforce/callstate.h"
#include "enforce/change.h"
#include "enforce/keyinfo.h"

extern bool relmap_evaluate_takes(RelmapCallState *call, RelmapSlotState *slot,
								  TriggerData *trigdata, Datum *values);
extern bool relmap_evaluate_holds(RelmapKeyInfo *key, TupleTableSlot *row,
								  Datum *values);
extern RelmapAssignments *relmap_evaluate_release(const RelmapChange *change,
												  Relation rel,
												  TupleTableSlot *row);
extern void relmap_evaluate_park(RelmapKeyInfo *key, Relation rel,
								 TupleTableSlot *row, RelmapAssignments *set);
extern void relmap_evaluate_leave(RelmapKeyInfo *key, Relation rel,
								  TupleTableSlot *row,
								  const Bitmapset *columns,
								  RelmapAssignments *set);
extern void relmap_evaluate_set(RelmapAssignments *set, AttrNumber attnum,
								Datum value, bool isnull);
extern TupleTableSlot *relmap_evaluate_copy(Relation rel, TupleTableSlot *row);
extern void relmap_evaluate_apply(const RelmapAssignments *set,
								  TupleTableSlot *slot);
pg_noreturn extern void relmap_evaluate_report_stays(RelmapKeyInfo *key,
													 Relation rel);
pg_noreturn extern void relmap_evaluate_report_circle(RelmapKeyInfo *key,
													  RelmapKeyInfo *other,
													  Relation rel);

#endif							/* RELMAP_EVALUATE_H */
