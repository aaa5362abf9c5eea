/*-------------------------------------------------------------------------
 *
 * triggers.h
 *	  The triggers that declarations need.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/triggers.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_TRIGGERS_H
#define RELMAP_TRIGGERS_H

#include "nodes/pg_list.h"

#include "base/relationship.h"
#include "base/slot.h"
#include "declare/report.h"

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

/*
 * A wanted trigger of a slot that is not plain.  Its function takes four
 * arguments, '' for none: the columns of the foreign key and those that key
 * the collection, as lists of quoted names, the condition, and what is set in
 * the row that is replaced.
 */
typedef struct RelmapSlotTrigger
{
	RelmapTriggerKind kind;
	char	   *keyed_by;
	char	   *condition;
	char	   *list;
	Oid			author;			/* of condition and list; InvalidOid: it is
								 * not wanted, but kept if it is there */
	bool		have;			/* relmap_triggers_find() has found it */
} RelmapSlotTrigger;

/*
 * A wanted trigger of a required relationship, with the arguments that
 * enforce/requiredkey.h tells.
 */
typedef struct RelmapRequiredTrigger
{
	List	   *arguments;		/* of char * */
	char	   *name;			/* what it is called after */
	Oid			author;			/* as above */
	bool		have;
} RelmapRequiredTrigger;

/* The triggers that one foreign key has on one of its two tables. */
typedef struct RelmapTriggers
{
	Oid			table;
	Oid			from;			/* on the parent: the child; else InvalidOid */
	bool		to_parent;		/* those that cascade to it, on the child */
	List	   *arguments;		/* of char * */
	bool		want[RELMAP_TRIGGER_KINDS];
	bool		keep[RELMAP_TRIGGER_KINDS]; /* if it is there */
	List	   *slots;			/* of RelmapSlotTrigger *: wanted beside */
	const char *key;			/* name of the foreign key, to which triggers
								 * of required relationships belong, or NULL */
	List	   *required;		/* of RelmapRequiredTrigger *: wanted beside */

	/* what relmap_triggers_find() finds */
	bool		have[RELMAP_TRIGGER_KINDS];
	List	   *superfluous;	/* of char *: names */
} RelmapTriggers;

extern void relmap_triggers_find(RelmapTriggers *triggers);
extern bool relmap_triggers_missing(const RelmapTriggers *triggers);
extern void relmap_triggers_drop(const RelmapTriggers *triggers,
								 RelmapReport *report);
extern void relmap_triggers_add(const RelmapTriggers *triggers,
								const char *key, RelmapReport *report);

extern void relmap_triggers_want_required(RelmapTriggers *triggers,
										  const RelmapRelationship *relationship,
										  bool keep);
extern void relmap_triggers_want_slot(RelmapTriggers *triggers,
									  const RelmapRelationship *relationship,
									  bool keep);

/*
 * Bring the triggers on a declaration's source that cascade, to its children or
 * to its parent, or require a child, in line with the declarations of that
 * table; this one may be deleted, or changed.
 */
extern void relmap_triggers_apply_parent(const RelmapRelationship *relationship,
										 RelmapReport *report);

/*
 * Drop those triggers, with the rights of the source's owner, if their foreign
 * key does not exist or no declaration wants them any more.
 */
extern void relmap_triggers_drop_parent(const RelmapRelationship *relationship,
										RelmapReport *report);

#endif							/* RELMAP_TRIGGERS_H */
