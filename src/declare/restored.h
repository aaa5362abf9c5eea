/*-------------------------------------------------------------------------
 *
 * restored.h
 *	  Declarations that a dump has.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/restored.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_RESTORED_H
#define RELMAP_RESTORED_H

#include "nodes/pg_list.h"

/*
 * A command has changed these tables (OIDs).  If the one that dumps load
 * declarations into is among them, its triggers may be enabled again: restore
 * the rows that came in the meantime.
 */
extern void relmap_restored_catch_up(List *tables);

#endif							/* RELMAP_RESTORED_H */
