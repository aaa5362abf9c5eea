/*-------------------------------------------------------------------------
 *
 * checkedparents.h
 *	  The parents that were found to have a child in this transaction.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/checkedparents.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CHECKEDPARENTS_H
#define RELMAP_CHECKEDPARENTS_H

#include "commands/trigger.h"

#include "enforce/keyinfo.h"

/*
 * Was the parent with these values checked after the command that has changed
 * the row that the trigger is called for?
 */
extern bool relmap_checkedparents_has(RelmapKeyInfo *key, TriggerData *trigdata,
									  const Datum *values);

/* It was checked, with all that was done before a command. */
extern void relmap_checkedparents_add(RelmapKeyInfo *key, const Datum *values,
									  CommandId before);

extern void relmap_checkedparents_init(void);

#endif							/* RELMAP_CHECKEDPARENTS_H */
