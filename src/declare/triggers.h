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
#include "declare/triggertext.h"

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

/* Fill in what is there. */
extern void relmap_triggers_find(RelmapTriggers *triggers);

/* After that: is a wanted one missing? */
extern bool relmap_triggers_missing(const RelmapTriggers *triggers);

/*
 * Drop the superfluous ones, and make the missing ones; key is the foreign
 * key's name, for theirs.
 */
extern void relmap_triggers_drop(const RelmapTriggers *triggers,
								 RelmapReport *report);
extern void relmap_triggers_add(const RelmapTriggers *triggers,
								const char *key, RelmapReport *report);

/*
 * Want the trigger of a required relationship, or of one whose slot is not
 * plain or that has a list; keep: only if it is there.
 */
extern void relmap_triggers_want_required(RelmapTriggers *triggers,
										  const RelmapRelationship *relationship,
										  bool keep);
extern void relmap_triggers_want_slot(RelmapTriggers *triggers,
									  const RelmapRelationship *relationship,
									  bool keep);

/*
 * Keep what a declaration may have on its child; of_slot: also what replaces
 * rows.
 */
extern void relmap_triggers_keep(RelmapTriggers *triggers,
								 const RelmapRelationship *relationship,
								 bool of_slot);

#endif							/* RELMAP_TRIGGERS_H */
