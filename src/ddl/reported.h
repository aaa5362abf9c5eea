/*-------------------------------------------------------------------------
 *
 * reported.h
 *	  What the server reports of a command to its event triggers.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/reported.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_REPORTED_H
#define RELMAP_REPORTED_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

/* Columns of pg_event_trigger_ddl_commands() ... */
#define RELMAP_COMMAND_CLASSID 1
#define RELMAP_COMMAND_OBJID 2

/* ... and of pg_event_trigger_dropped_objects() */
#define RELMAP_DROPPED_CLASSID 1
#define RELMAP_DROPPED_OBJID 2
#define RELMAP_DROPPED_OBJSUBID 3
#define RELMAP_DROPPED_ORIGINAL 4
#define RELMAP_DROPPED_NORMAL 5
#define RELMAP_DROPPED_OBJECT_TYPE 7
#define RELMAP_DROPPED_ADDRESS_NAMES 11

/*
 * The rows of pg_event_trigger_ddl_commands(), of HeapTuple; what is not an
 * object has NULLs for its address.
 */
extern List *relmap_reported_commands(TupleDesc *desc);

/* The rows of pg_event_trigger_dropped_objects(), of HeapTuple. */
extern List *relmap_reported_drops(TupleDesc *desc);

#endif							/* RELMAP_REPORTED_H */
