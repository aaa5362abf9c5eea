/*-------------------------------------------------------------------------
 *
 * keyinfo.h
 *	  The foreign key of a trigger, compiled and cached.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/keyinfo.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_KEYINFO_H
#define RELMAP_KEYINFO_H

#include "access/attnum.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "nodes/bitmapset.h"
#include "nodes/primnodes.h"
#include "utils/relcache.h"

/* What a trigger does with the row that holds what another one takes. */
typedef enum RelmapPolicy
{
	RELMAP_POLICY_NULLIFY,
	RELMAP_POLICY_DELETE,
	RELMAP_POLICY_RESTRICT,
	RELMAP_POLICY_SET			/* what its list sets */
} RelmapPolicy;

/* The changes that relmap makes to rows of a child table, see action.c. */
typedef enum RelmapAction
{
	RELMAP_SET_NULL,			/* the incumbent's columns become NULL */
	RELMAP_DELETE_INCUMBENT,	/* the incumbent is deleted */
	RELMAP_ASSIGN,				/* a parked row gets its parent */
	RELMAP_DELETE_ORPHAN,		/* an orphan is deleted */
	RELMAP_DELETE_CHILDREN		/* the rows of a deleted parent are deleted */
} RelmapAction;

#define RELMAP_NUM_ACTIONS (RELMAP_DELETE_CHILDREN + 1)

/* Those for a cascade to the parent, see releasedparent.c. */
typedef enum RelmapParentQuery
{
	RELMAP_QUERY_PARENT,
	RELMAP_QUERY_HOLDER,		/* a row that refers to it */
	RELMAP_QUERY_DELETE
} RelmapParentQuery;

#define RELMAP_NUM_PARENT_QUERIES (RELMAP_QUERY_DELETE + 1)

/*
 * The slot of a trigger, compiled from its function, its arguments and the
 * relcache.  Key columns are those of the trigger's table: of the child, in the
 * order of the unique index, or where the trigger cascades of the child or the
 * parent, in the order of the foreign key, as those of a required relationship
 * are.  Never changed once built: when the table
 * changes, valid becomes false and the next call builds anew; the old one lives
 * until the transaction ends, as a caller up the stack may still use it.
 */
typedef struct RelmapKeyInfo
{
	Oid			trigger;		/* pg_trigger.oid */
	Oid			relid;			/* the trigger's table, or its partition */
	RelmapPolicy policy;		/* of a trigger that replaces */
	bool		is_keyed;		/* the slot has columns beside the foreign key */
	List	   *foreign_columns;	/* of char *: arguments of its trigger */
	List	   *keyed_by;
	char	   *condition_text; /* '' for none */
	char	   *list_text;
	Expr	   *condition;		/* NULL: none */
	List	   *list;			/* of TargetEntry: what lets a row go */
	int			nsiblings;
	Oid		   *siblings;		/* the table's other triggers that replace */
	Oid			foreign_key;	/* pg_constraint.oid */
	bool		match_full;		/* it is MATCH FULL, with several columns */
	Oid			child;			/* of a trigger on the parent; else InvalidOid */
	bool		valid;
	bool		inert;			/* the foreign key does not exist: do nothing */
	MemoryContext context;		/* holds all of this */
	Oid			index;			/* the unique index, or InvalidOid */
	bool		deferrable;		/* of which the constraint may be deferred */
	int			nkeys;
	AttrNumber	attnums[INDEX_MAX_KEYS];
	Oid			types[INDEX_MAX_KEYS];
	bool		has_domain;		/* one of the types is a domain */
	int16		typlens[INDEX_MAX_KEYS];
	bool		typbyvals[INDEX_MAX_KEYS];
	Oid			collations[INDEX_MAX_KEYS];
	Oid			eq_oprs[INDEX_MAX_KEYS];	/* the index's equality */
	FmgrInfo	eq_procs[INDEX_MAX_KEYS];
	bool		hashable;
	FmgrInfo	hash_procs[INDEX_MAX_KEYS];
	uint32		slot_hash;		/* of what distinguishes it from other slots */
	int			nnullable;		/* columns that are set: to NULL, or those of
								 * the list */
	AttrNumber	nullable[INDEX_MAX_KEYS];
	int			nparking;		/* columns that let it leave while it is
								 * parked */
	AttrNumber	parking[INDEX_MAX_KEYS];
	Bitmapset  *nullable_set;	/* both, as in columns below */
	Bitmapset  *parking_set;
	Bitmapset  *parking_null_set;	/* of these, those that become NULL if the
									 * list moves the row within the slots */
	bool		parks_within;	/* the list moves it, and none can be NULL */
	bool		deletes_orphans;	/* any row that loses its parent, at
									 * COMMIT */
	bool		is_followed;	/* by foreign keys ON UPDATE CASCADE */
	Bitmapset  *columns;		/* attnums, as in TriggerData.tg_updatedcols */
	Bitmapset  *foreign_set;	/* those of the foreign key */
	Bitmapset  *depends;		/* columns, and what the condition has */
	bool		has_later_trigger;	/* a BEFORE row trigger fires after ours */
	bool		has_other_update_trigger;	/* any other BEFORE UPDATE one */
	struct RelmapRequired *required;	/* of a required relationship */
	struct _SPI_plan *plans[RELMAP_NUM_ACTIONS];
	struct _SPI_plan *parent_plans[RELMAP_NUM_PARENT_QUERIES];
} RelmapKeyInfo;

/* Raise 39P01 unless it is the call of a row trigger of that time and event. */
extern void relmap_keyinfo_check_trigger(FunctionCallInfo fcinfo,
										 const char *name,
										 int16 type);

/*
 * The key of a trigger of rel.  It lives until the end of the transaction at
 * least; once ->valid is false, ask again.
 */
extern RelmapKeyInfo *relmap_keyinfo_get(Trigger *trigger, Relation rel);

/*
 * That of an AFTER ROW trigger, which is called for these events or raises
 * 39P01; NULL if it has nothing to do: on a subscriber, or if the foreign key is
 * gone.
 */
extern RelmapKeyInfo *relmap_keyinfo_of_after_trigger(FunctionCallInfo fcinfo,
													  const char *name,
													  int16 events);

/* Is the deleted row one that an UPDATE moves to another partition? */
extern bool relmap_keyinfo_row_moves(const TriggerData *trigdata);

/*
 * Free a plan at the end of the transaction: a caller up the stack may be
 * running it.
 */
extern void relmap_keyinfo_defer_free(struct _SPI_plan *plan);

/* Has a row a value in all columns of the foreign key? */
extern bool relmap_keyinfo_has_parent(const RelmapKeyInfo *key,
									  TupleTableSlot *row);

/* The key of a row; false if a column of it is NULL. */
extern bool relmap_keyinfo_values(RelmapKeyInfo *key, TupleTableSlot *slot,
								  Datum *values);

/* Does a BEFORE trigger's row take a parent that it did not have?  Its key. */
extern bool relmap_keyinfo_takes_parent(RelmapKeyInfo *key,
										TriggerData *trigdata,
										Datum *values);

/* Are two slots of a table one? */
extern bool relmap_keyinfo_same(const RelmapKeyInfo *a,
								const RelmapKeyInfo *b);

/*
 * Are two keys, or two values of column i, equal for the unique index?  Are two
 * keys the same bit by bit?
 */
extern bool relmap_keyinfo_equal(RelmapKeyInfo *key, const Datum *a,
								 const Datum *b);
extern bool relmap_keyinfo_column_equal(RelmapKeyInfo *key, int i, Datum a,
										Datum b);
extern bool relmap_keyinfo_identical(const RelmapKeyInfo *key, const Datum *a,
									 const Datum *b);

/* A hash that goes with that equality. */
extern uint32 relmap_keyinfo_hash(RelmapKeyInfo *key, const Datum *values);

/* A copy of a key's values, in that context. */
extern Datum *relmap_keyinfo_copy(RelmapKeyInfo *key, const Datum *values,
								  MemoryContext context);
extern void relmap_keyinfo_init(void);

#endif							/* RELMAP_KEYINFO_H */
