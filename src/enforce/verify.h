/*-------------------------------------------------------------------------
 *
 * verify.h
 *	  Was the newcomer written, for which an incumbent was replaced?
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/verify.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_VERIFY_H
#define RELMAP_VERIFY_H

#include "commands/trigger.h"

#include "enforce/callstate.h"

extern void relmap_verify_later(RelmapCallState *call, RelmapSlotState *slot,
								const Datum *values);
extern void relmap_verify_watch(RelmapCallState *call, TriggerData *trigdata,
								FmgrInfo *flinfo);
extern void relmap_verify(RelmapCallState *call);
extern void relmap_verify_init(void);

#endif							/* RELMAP_VERIFY_H */
