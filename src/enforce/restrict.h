/*-------------------------------------------------------------------------
 *
 * restrict.h
 *	  on_replace "restrict": is a row refused, and why.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/restrict.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_RESTRICT_H
#define RELMAP_RESTRICT_H

#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "storage/itemptr.h"

#include "enforce/callstate.h"
#include "enforce/keyinfo.h"

extern bool relmap_restrict_is_refused(RelmapCallState *call,
									   RelmapKeyInfo *key,
									   TriggerData *trigdata, FmgrInfo *flinfo,
									   const Datum *values, ItemPointer holder);
extern void relmap_restrict_explain(RelmapKeyInfo *key, Relation rel,
									Datum *values,
									ItemPointer holder,
									TupleTableSlot *newcomer);

#endif							/* RELMAP_RESTRICT_H */
