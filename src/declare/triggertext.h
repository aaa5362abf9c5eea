/*-------------------------------------------------------------------------
 *
 * triggertext.h
 *	  The statements that make triggers.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/triggertext.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_TRIGGERTEXT_H
#define RELMAP_TRIGGERTEXT_H

#include "nodes/pg_list.h"

typedef enum RelmapTriggerKind
{
	RELMAP_REPLACE_NULLIFY,
	RELMAP_REPLACE_DELETE,
	RELMAP_REPLACE_RESTRICT,
	RELMAP_ORPHAN_ALL,			/* any row that has lost its parent */
	RELMAP_ORPHAN_REPLACED,		/* only replaced rows */
	RELMAP_ORPHAN_MOVED,		/* none moves to another partition */
	RELMAP_CASCADE_DELETE,		/* on the parent: delete its children */
	RELMAP_DELETE_PARENT,		/* of a deleted row */
	RELMAP_DELETE_ORPHAN_PARENT,	/* of a row that has let go of it */
	RELMAP_SLOT_NULLIFY,		/* of slots that are not plain */
	RELMAP_SLOT_DELETE,
	RELMAP_SLOT_RESTRICT,
	RELMAP_SLOT_SET,
	RELMAP_REQUIRED_CHILD,		/* a parent must keep a child */
	RELMAP_REQUIRED_SOURCE		/* on the parent: it must have one */
} RelmapTriggerKind;

#define RELMAP_TRIGGER_KINDS (RELMAP_REQUIRED_SOURCE + 1)

/* The function of such triggers; have they a WHEN? */
extern Oid	relmap_triggertext_function(RelmapTriggerKind kind);
extern bool relmap_triggertext_has_condition(RelmapTriggerKind kind);

/*
 * Make a trigger of a table, FROM another unless that is InvalidOid, with these
 * arguments (char *).  Returns its name, which is made from key.
 */
extern char *relmap_triggertext_create(RelmapTriggerKind kind, Oid relid,
									   Oid from, List *arguments,
									   const char *key);

#endif							/* RELMAP_TRIGGERTEXT_H */
