/*-------------------------------------------------------------------------
 *
 * tgargs.h
 *	  The arguments of a trigger, as pg_trigger has them.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/tgargs.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_TGARGS_H
#define RELMAP_TGARGS_H

#include "access/htup.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* The arguments (char *) of a trigger, a tuple of pg_trigger, which is open. */
extern List *relmap_tgargs_read(Relation pg_trigger, HeapTuple trigger);

/*
 * Write others in their place, for later commands; 55006 if another session is
 * changing the trigger.
 */
extern void relmap_tgargs_write(Relation pg_trigger, HeapTuple trigger,
								List *arguments);

#endif							/* RELMAP_TGARGS_H */
