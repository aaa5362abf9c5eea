/*-------------------------------------------------------------------------
 *
 * triggerargs.h
 *	  What a trigger's function and arguments say.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/triggerargs.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_TRIGGERARGS_H
#define RELMAP_TRIGGERARGS_H

#include "enforce/keyinfo.h"

/* Arguments of a slot's trigger; '' for none. */
enum
{
	RELMAP_ARG_FOREIGN_COLUMNS,
	RELMAP_ARG_KEYED_BY,
	RELMAP_ARG_CONDITION,
	RELMAP_ARG_LIST,
	RELMAP_SLOT_ARGUMENTS
};

/* The function of the trigger that watches over moves; it changes no row. */
#define RELMAP_MOVED_ORPHAN "relmap_moved_orphan"

extern bool relmap_triggerargs_policy(Oid function, RelmapPolicy *policy);
extern bool relmap_triggerargs_runs(Oid function, const char *symbol);
extern bool relmap_triggerargs_of_slot(const Trigger *trigger);
extern bool relmap_triggerargs_to_parent(const Trigger *trigger);
extern List *relmap_triggerargs_columns(const Trigger *trigger, bool foreign,
										bool keyed_by);

#endif							/* RELMAP_TRIGGERARGS_H */
