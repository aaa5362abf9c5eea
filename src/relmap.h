/*-------------------------------------------------------------------------
 *
 * relmap.h
 *	  What the files of relmap share, grouped by the file that owns it.
 *
 * Three layers, each readable alone:
 *
 *	declarations	relationship.c > foreignkey.c, unique.c, catalog.c,
 *					reconcile.c; eventtrigger.c > dropped.c, rename.c follow DDL
 *	enforcement		replace.c > incumbent.c, keylock.c, action.c > writer.c,
 *					parking.c, statement.c, site.c, plan.c, keytrigger.c;
 *					restrict.c, orphan.c, cascade.c
 *	access			accessor.c, related.c > path.c; join.c; assign.c, load.c
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/relmap.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_H
#define RELMAP_H

#include "postgres.h"

#include "access/attnum.h"
#include "access/tupdesc.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

#include "base/compat.h"

/*
 * The schema of what users do not call: the table of declarations, trigger
 * functions, what accessors call.
 */
#define RELMAP_SCHEMA "relmap_internal"

/* ---- relmap.c: module load -------------------------------------------- */

extern bool relmap_replacement; /* GUC relmap.replacement */

/* ---- foreignkey.c: which foreign key, which columns ------------------- */

/*
 * One FOREIGN KEY constraint of a child table, as pg_constraint has it.
 * child_attnums[i] references parent_attnums[i].
 */
typedef struct RelmapForeignKey
{
	Oid			oid;			/* pg_constraint.oid */
	NameData	name;
	Oid			child;			/* table with the key */
	Oid			parent;			/* table referenced */
	int			nkeys;
	AttrNumber	child_attnums[INDEX_MAX_KEYS];
	AttrNumber	parent_attnums[INDEX_MAX_KEYS];
	Oid			pf_eq_oprs[INDEX_MAX_KEYS]; /* parent = child */
	char		match_type;		/* FKCONSTR_MATCH_xxx */
	char		on_delete;		/* FKCONSTR_ACTION_xxx */
	int			n_set_null;		/* ON DELETE SET NULL (columns), 0 if none */
	AttrNumber	set_null[INDEX_MAX_KEYS];
	bool		validated;
	bool		enforced;		/* false: NOT ENFORCED (18 on) */
	bool		temporal;		/* PERIOD key (18 on) */
} RelmapForeignKey;

/* All top-level foreign keys of child that reference parent, by name. */
extern List *relmap_foreign_keys(Oid child, Oid parent);

/* The foreign key with that OID, NULL if it is gone; reads the syscache only. */
extern RelmapForeignKey *relmap_foreign_key(Oid constraint);

/* The foreign key of child with that constraint name; NULL if there is none. */
extern RelmapForeignKey *relmap_foreign_key_by_name(Oid child, const char *name);

/*
 * The one foreign key that a relationship from source to target stands on,
 * chosen by foreign_keys and remote_side (lists of char *, NIL if not given);
 * *onetomany tells its direction.  Raises an error that names the candidates
 * where there is not exactly one.
 */
extern RelmapForeignKey *relmap_foreign_key_choose(Oid source, Oid target,
												   List *foreign_keys,
												   List *remote_side,
												   bool *onetomany);

/* Are n columns of a table the named ones (char *), in any order? */
extern bool relmap_columns_are(Oid relid, int n, const AttrNumber *attnums,
							   List *names);

/* Are two lists of char * the same? */
extern bool relmap_same_names(List *a, List *b);

/* The names (char *) of n columns of a table. */
extern List *relmap_column_names(Oid relid, int n, const AttrNumber *attnums);

/* ---- secondary.c: the two foreign keys of an association table --------- */

/*
 * The key of secondary to source (*near) and that to target (*far), chosen by
 * foreign_keys (of near) and remote_side (the columns of far).  Raises an
 * error if that does not leave one of each.
 */
extern void relmap_secondary_choose(Oid secondary, Oid source, Oid target,
									List *foreign_keys, List *remote_side,
									RelmapForeignKey **near,
									RelmapForeignKey **far);

/* ---- nullable.c: columns that can be set to NULL ------------------------ */

/*
 * The columns that letting go of a parent sets to NULL, of the nkeys columns
 * of a foreign key; returns how many, 0 if none can be NULL.  set_null is the
 * list of ON DELETE SET NULL (columns), n_set_null 0 if there is none.
 */
extern int	relmap_nullable_columns(Relation child,
									int nkeys, const AttrNumber *attnums,
									int n_set_null, const AttrNumber *set_null,
									AttrNumber *result);

/* The same of a whole foreign key; 0 where MATCH FULL forbids a part of it. */
extern int	relmap_releasable_columns(const RelmapForeignKey *fk,
									  AttrNumber *result);

/* Can every partition of child, if it has any, set these columns to NULL? */
extern bool relmap_partitions_can_release(Oid child, int n,
										  const AttrNumber *attnums);

/* ---- unique.c: the uniqueness under a one-to-one ---------------------- */

/*
 * The unique index of child on exactly these columns, in any order, that can
 * be relied on: valid, ready, live, without predicate or expression, NULLS
 * DISTINCT, btree.  One that belongs to a constraint is preferred.
 * InvalidOid if there is none.  Takes no lock on child, and calls nothing of
 * its owner's.
 */
extern Oid	relmap_unique_index(Oid child, int nkeys,
								const AttrNumber *attnums);

/* May the current user see these columns of every row? */
extern bool relmap_may_read(Oid relid, int nkeys, const AttrNumber *attnums);

/* The UNIQUE constraint of child with that name, on exactly these columns. */
extern Oid	relmap_unique_constraint(Oid child, const char *name,
									 int nkeys, const AttrNumber *attnums);

/*
 * Make a UNIQUE constraint on the columns of the foreign key; returns its
 * name.  what is for errors: "parent.child" cannot be one-to-one.  The caller
 * holds the lock.
 */
extern char *relmap_unique_add(const RelmapForeignKey *fk,
							   const char *relationship, const char *kind);

/* What depends on a UNIQUE constraint, in words; NULL if nothing does. */
extern char *relmap_unique_dependent(Oid constraint);

/* ---- keytrigger.c: the foreign key that a trigger keeps ---------------- */

/* The statements that relmap runs on a child table, see action.c. */
typedef enum RelmapAction
{
	RELMAP_RELEASE,				/* the incumbent lets go: columns to NULL */
	RELMAP_REMOVE,				/* the incumbent is deleted */
	RELMAP_GIVE,				/* a parked row gets its parent */
	RELMAP_DELETE_ORPHAN,		/* a row without parent is deleted */
	RELMAP_DELETE_CHILDREN		/* the rows of a deleted parent go with it */
} RelmapAction;

#define RELMAP_NUM_ACTIONS (RELMAP_DELETE_CHILDREN + 1)

/*
 * What a trigger keeps, compiled from its arguments and the relcache.  Key
 * columns are those of the trigger's table: of the child, in the order of the
 * unique index, or of the parent, where the trigger cascades, in the order of
 * the foreign key.  Never changed once built:
 * when the table changes, valid becomes false and the next call builds anew;
 * the old one lives until the transaction ends, as somebody up the stack may
 * still use it.
 */
typedef struct RelmapKey
{
	Oid			trigger;		/* pg_trigger.oid */
	Oid			relid;			/* the trigger's table, or its partition */
	Oid			foreign_key;	/* pg_constraint.oid */
	Oid			child;			/* of a trigger on the parent; else InvalidOid */
	bool		valid;
	bool		inert;			/* the foreign key is gone: do nothing */
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
	int			nnullable;		/* columns that letting go sets to NULL */
	AttrNumber	nullable[INDEX_MAX_KEYS];
	Bitmapset  *columns;		/* attnums, as in TriggerData.tg_updatedcols */
	bool		has_later_trigger;	/* a BEFORE row trigger fires after ours */
	bool		has_other_update_trigger;	/* any other BEFORE UPDATE one */
	struct _SPI_plan *plans[RELMAP_NUM_ACTIONS];
} RelmapKey;

extern void relmap_check_trigger(FunctionCallInfo fcinfo, const char *name,
								 int16 type);
extern RelmapKey *relmap_key(Trigger *trigger, Relation rel);
extern void relmap_retire_plan(struct _SPI_plan *plan);
extern bool relmap_key_values(RelmapKey *key, TupleTableSlot *slot,
							  Datum *values);
extern bool relmap_takes_parent(RelmapKey *key, TriggerData *trigdata,
								Datum *values);
extern bool relmap_key_equal(RelmapKey *key, const Datum *a, const Datum *b);
extern bool relmap_key_column_equal(RelmapKey *key, int i, Datum a, Datum b);
extern bool relmap_key_lets_go(RelmapKey *key, int i);
extern uint32 relmap_key_hash(RelmapKey *key, const Datum *values);
extern Datum *relmap_key_copy(RelmapKey *key, const Datum *values,
							  MemoryContext context);
extern void relmap_key_init(void);

/* ---- statement.c: the running statements ------------------------------- */

typedef struct RelmapSite RelmapSite;
typedef struct RelmapParking RelmapParking;

/* How many looks, and writers, a statement keeps open. */
#define RELMAP_KEEP_OPEN 128

/* One statement in which rows have taken parents, until it is finished. */
typedef struct RelmapStatement
{
	struct RelmapStatement *next;
	QueryDesc  *query;			/* NULL: it began before relmap was loaded */
	int			nestlevel;		/* of the subtransaction it runs in */
	MemoryContext context;		/* lives as long as the statement */
	List	   *guesses;		/* of RelmapKey *, see relmap_site_guess() */
	List	   *sites;			/* of RelmapSite *, see replace.c */
	List	   *looks;			/* those whose look is open */
	List	   *writers;		/* of RelmapWriter *, see writer.c */
	RelmapParking *parking;		/* see parking.c; NULL if no row is parked */
	bool		replaced;		/* some row was released on its behalf */
	bool		replaced_own;	/* ... one that it had written itself */
	bool		explained;		/* it ends in an error with its own hint */
	const char *no_parking;		/* hint: why a row could not be parked */
} RelmapStatement;

/* A query on the stack of those that run. */
typedef struct RelmapRunning
{
	QueryDesc  *query;
	int			depth;			/* 1 for the outermost */
	struct RelmapRunning *up;
} RelmapRunning;

extern void relmap_running_push(RelmapRunning *self, QueryDesc *query);
extern void relmap_running_pop(RelmapRunning *self);
extern QueryDesc *relmap_running_query(void);
extern QueryDesc *relmap_causing_query(void);
extern int	relmap_query_depth(void);
extern bool relmap_running_blind(void);
extern RelmapStatement *relmap_statement(QueryDesc *query);
extern RelmapStatement *relmap_open_statements(void);
extern void relmap_statement_finish(QueryDesc *query, bool fire_triggers);
extern void relmap_statement_init(void);

/* ---- site.c: which statement calls a trigger --------------------------- */

/* Has the statement at a trigger's call site an ON CONFLICT clause? */
typedef enum RelmapClause
{
	RELMAP_CLAUSE_NONE,			/* no ON CONFLICT clause */
	RELMAP_CLAUSE_SOME,			/* there is one: see arbiters */
	RELMAP_CLAUSE_UNKNOWN		/* the statement can't be seen */
} RelmapClause;

/*
 * One trigger of one result relation of one running statement: what its rows
 * have in common.  Lives in the trigger's FmgrInfo.
 */
struct RelmapSite
{
	RelmapKey  *key;
	QueryDesc  *query;			/* innermost running statement, or NULL */
	RelmapStatement *statement; /* its record, once there is one */
	bool		attached;		/* ... and it will be finished with it */
	struct RelmapLook *look;	/* into the key's index, see incumbent.c */
	SubTransactionId lone_subid;	/* that opened it, without statement */

	/* known once located */
	bool		located;
	bool		blind;			/* may be of a query that was not seen */
	RelmapClause clause;
	PlannedStmt *plan;			/* NULL: COPY, replication, writer.c, unseen */
	ModifyTable *node;			/* the plan node that writes; NULL likewise */
	EState	   *estate;			/* NULL: began before relmap was loaded */
	ResultRelInfo *relinfo;		/* NULL likewise */

	/* known once studied */
	bool		studied;
	bool		one_row;		/* the statement can write one row only */
	bool		shows_key;		/* its RETURNING list shows the key */
	const char *no_parking;		/* hint: why its rows can't be parked, or NULL */

	/* the previous row replaced somebody; is its parent held now? */
	Datum	   *unproven;
};

extern RelmapSite *relmap_site(FunctionCallInfo fcinfo);
extern void relmap_site_locate(RelmapSite *site, TriggerData *trigdata,
							   FmgrInfo *flinfo);
extern void relmap_site_study(RelmapSite *site, Relation rel);
extern RelmapStatement *relmap_site_statement(RelmapSite *site);
extern RelmapStatement *relmap_site_outer_statement(RelmapSite *site);
extern RelmapStatement *relmap_site_attach(RelmapSite *site);
extern void relmap_site_guess(RelmapSite *site);

/* ---- plan.c: what a plan node tells ------------------------------------ */

extern bool relmap_plan_one_row(PlannedStmt *plan, ModifyTable *node,
								RelmapKey *key, Relation rel);
extern const char *relmap_plan_no_parking(PlannedStmt *plan, ModifyTable *node,
										  RelmapKey *key, Relation rel);
extern bool relmap_plan_shows_key(PlannedStmt *plan, ModifyTable *node,
								  RelmapKey *key, Relation rel);
extern List *relmap_plan_writers(PlannedStmt *plan, Oid relid, bool update);

/* ---- keylock.c: the lock that spans look and insertion ----------------- */

extern bool relmap_key_lock(RelmapKey *key, QueryDesc *query, uint32 keyhash,
							bool queued);
extern bool relmap_key_queue(RelmapKey *key, uint32 keyhash);
extern void relmap_key_leave_queue(RelmapKey *key, uint32 keyhash);
extern void relmap_key_unlock(RelmapKey *key, QueryDesc *query);
extern void relmap_key_unlock_query(QueryDesc *query);
extern void relmap_key_unlock_stale(void);
extern void relmap_key_lock_init(void);

/* ---- incumbent.c: who holds a key -------------------------------------- */

typedef struct RelmapLook RelmapLook;

typedef struct RelmapIncumbent
{
	ItemPointerData tid;
	TransactionId wait_xid;		/* in progress: whose end to wait for */
	uint32		wait_token;		/* ... or of its speculative insertion */
	CommandId	cid;			/* what wrote it, if this transaction did */
} RelmapIncumbent;

extern RelmapLook *relmap_look_open(RelmapKey *key, Relation rel,
									MemoryContext context);
extern bool relmap_look_is_for(RelmapLook *look, RelmapKey *key);
extern void relmap_look_close(RelmapLook *look);
extern bool relmap_look(RelmapLook *look, const Datum *values,
						RelmapIncumbent *incumbent);
extern bool relmap_incumbent(RelmapKey *key, Relation rel, const Datum *values,
							 RelmapIncumbent *incumbent);
extern void relmap_wait_for_row(Relation rel, RelmapIncumbent *row);
extern bool relmap_arbiters_conflict(RelmapSite *site, Relation rel,
									 TupleTableSlot *slot);
extern bool relmap_stays_in_partition(RelmapSite *site, Relation rel,
									  TupleTableSlot *slot);

/* ---- action.c: statements run as the table's owner --------------------- */

extern bool relmap_act(RelmapKey *key, Relation rel, RelmapAction action,
					   ItemPointer tid, const Datum *values,
					   RelmapStatement *statement, bool fire_triggers);
extern bool relmap_acting(RelmapAction *action);

/* ---- writer.c: single rows changed without a query ---------------------- */

typedef struct RelmapWriter RelmapWriter;

extern RelmapWriter *relmap_writer(RelmapStatement *statement, RelmapKey *key,
								   RelmapAction action);
extern QueryDesc *relmap_writer_query(RelmapWriter *writer);
extern bool relmap_write(RelmapWriter *writer, RelmapAction action,
						 ItemPointer tid, const Datum *values);
extern void relmap_writers_close(RelmapStatement *statement);

/* ---- parking.c: rows that wait for their parent ------------------------ */

extern HeapTuple relmap_park(RelmapSite *site, TriggerData *trigdata,
							 const Datum *values, uint32 keyhash);
extern bool relmap_parked_any(void);
extern void relmap_parking_init(void);
extern bool relmap_parked_here(RelmapSite *site);
extern void relmap_parked_outdone(RelmapKey *key, const Datum *values,
								  uint32 keyhash, bool is_wish);
extern void relmap_parked_finish(RelmapStatement *statement,
								 bool fire_triggers);
extern bool relmap_parked_suspect(RelmapKey *key, ItemPointer tid);
extern bool relmap_latest_tid(Relation rel, ItemPointer tid);

/* ---- replace.c: the trigger functions ---------------------------------- */

extern void relmap_site_finish(RelmapSite *site);

/* ---- orphan.c: delete-orphan ------------------------------------------- */

extern void relmap_judge_orphan(RelmapKey *key, ItemPointer tid);

/* ---- cascade.c: children go with their parent --------------------------- */

extern bool relmap_cascade_find_key(RelmapKey *key, Trigger *trigger,
									Relation rel);

/* ---- catalog.c: rows of relmap_internal.relationship ------------------ */

typedef enum RelmapDirection
{
	RELMAP_ONETOMANY,
	RELMAP_MANYTOONE,
	RELMAP_MANYTOMANY
} RelmapDirection;

/*
 * One declared attribute, a row of the table of declarations.
 * Strings are NULL where the column is.
 */
typedef struct RelmapRelationship
{
	Oid			source;
	char	   *name;
	Oid			target;
	RelmapDirection direction;
	bool		uselist;
	char	   *back_populates;
	char	   *foreign_key;	/* its constraint's name: on the target
								 * (ONETOMANY), the source (MANYTOONE), or
								 * secondary: the key to source */
	List	   *foreign_columns;	/* of char *: the key's columns */
	Oid			secondary;		/* association table, or InvalidOid */
	char	   *secondary_key;	/* secondary's key to target */
	char	   *cascade;		/* normalised: "save-update, merge" */
	char	   *on_replace;		/* nullify, delete, restrict; NULL where the
								 * side has none */
	char	   *order_by;		/* normalised */
	bool		enforce;
	char	   *own_constraint; /* the UNIQUE that relmap made */
	bool		accessor;
	bool		brief;			/* read without doc and info; written, it
								 * leaves them as they are */
	char	   *doc;
	char	   *info;			/* jsonb's text */
} RelmapRelationship;

/* Is the table of declarations there? */
extern bool relmap_catalog_exists(void);

/* The declaration source.name; NULL if there is none. */
extern RelmapRelationship *relmap_catalog_get(Oid source, const char *name);

/*
 * Lists of declarations, brief ones, by source and name: all; those of a
 * source table; those that lead from one table to another; those on the
 * foreign keys of a table; those that have one of these tables.
 */
extern List *relmap_catalog_all(void);
extern List *relmap_catalog_list(Oid source);
extern List *relmap_catalog_between(Oid source, Oid target);
extern List *relmap_catalog_on_table(Oid child);
extern List *relmap_catalog_involving(List *relids);

/*
 * All declarations on the foreign keys of child that have these columns (of
 * char *), by source and name.  Two keys may have the same.
 */
extern List *relmap_catalog_on_columns(Oid child, List *columns);

/*
 * Write a declaration; no check is made here.  update finds the row by its
 * old name.  Each makes the change visible and tells the source's relcache.
 */
extern void relmap_catalog_insert(const RelmapRelationship *relationship);
extern void relmap_catalog_update(const RelmapRelationship *relationship,
								  const char *old_name);
extern void relmap_catalog_delete(const RelmapRelationship *relationship);

/* The table that has the declaration's foreign key. */
extern Oid	relmap_child_of(const RelmapRelationship *relationship);

/* "source.name", for messages. */
extern char *relmap_display_name(Oid source, const char *name);

/* "one-to-many" and the like, for messages. */
extern const char *relmap_direction_words(const RelmapRelationship *relationship);

/* Raise 42704 for a relationship that there is not, naming those there are. */
pg_noreturn extern void relmap_report_undeclared(Oid source, const char *name);

/* ---- report.c: what one call did, in one NOTICE ----------------------- */

typedef struct RelmapReport
{
	bool		tell_used;		/* tell what was there before, too */
	List	   *added;			/* of char *: constraint "x" */
	List	   *dropped;
	List	   *details;		/* whole sentences */
	List	   *hints;
} RelmapReport;

/* Report it: the message; added, dropped and details as its DETAIL. */
extern void relmap_report(const char *message, const RelmapReport *report);

/* "a, b and c", of a list of char *. */
extern char *relmap_enumerate(List *items);

/* An auxiliary of ereport(): the table, column, constraint fields. */
extern int	relmap_errtable(Oid relid, const char *column,
							const char *constraint);

/* Schema-qualified and quoted, for statements. */
extern char *relmap_quoted_table(Oid relid);
extern char *relmap_quoted_columns(List *names);

/* Run one DDL statement as the current user. */
extern void relmap_run_ddl(const char *statement);

/* ---- options.c: what a declaration may ask for ------------------------ */

/* What the caller gave; NULL (or has_xxx false) where he gave nothing. */
typedef struct RelmapOptions
{
	bool		has_uselist;
	bool		uselist;
	char	   *back_populates; /* here and below '' takes it away */
	char	   *cascade;
	char	   *on_replace;
	char	   *order_by;
	bool		has_enforce;
	bool		enforce;
	bool		has_accessor;
	bool		accessor;
	char	   *doc;
	char	   *info;			/* jsonb's text; 'null' takes it away */
} RelmapOptions;

/*
 * Put the options into a declaration whose tables, name, direction and key
 * are set.  old is what it was until now, NULL if it is new: then what was
 * not given has its default.  Raises 22023 for what does not fit.
 */
extern void relmap_options_apply(const RelmapOptions *options,
								 const RelmapRelationship *old,
								 RelmapRelationship *relationship);

/* Raise an error if source can't have an attribute of that name. */
extern void relmap_check_name(Oid source, const char *name);

/* The value that relmap.backref() makes, and its reader. */
extern char *relmap_backref_encode(const char *name,
								   const RelmapOptions *options);
extern char *relmap_backref_decode(const char *backref,
								   RelmapOptions *options);

/* Does a normalised cascade have this value? */
extern bool relmap_cascade_has(const char *cascade, const char *value);

/* ---- arguments.c: arguments of the functions that declare -------------- */

/* Where the options are among a function's arguments; -1 is nowhere. */
typedef struct RelmapOptionArgs
{
	int			uselist;
	int			back_populates;
	int			cascade;
	int			on_replace;
	int			order_by;
	int			enforce;
	int			accessor;
	int			doc;
	int			info;
} RelmapOptionArgs;

extern void relmap_read_options(FunctionCallInfo fcinfo,
								const RelmapOptionArgs *where,
								RelmapOptions *options);
extern Oid	relmap_table_arg(FunctionCallInfo fcinfo, int n, const char *name);
extern char *relmap_text_arg(FunctionCallInfo fcinfo, int n);
extern char *relmap_name_arg(FunctionCallInfo fcinfo, int n, const char *name);
extern List *relmap_texts_arg(FunctionCallInfo fcinfo, int n, const char *name);

/* Raise an error if it is no table that can have relationships (42809). */
extern void relmap_check_table(Oid relid);

/* Raise an error if it is not the current user's (42501). */
extern void relmap_check_owner(Oid relid);

extern Oid	relmap_table_owner(Oid relid);

/* ---- orderby.c: a list of columns -------------------------------------- */

/*
 * A list of the target's columns as it is stored.  Of one that is: does it
 * have a column; what is it when the column has another name, or is gone
 * (NULL)?
 */
extern char *relmap_order_by_normalize(const char *order_by, Oid target);
extern bool relmap_order_by_has(const char *order_by, const char *column);
extern char *relmap_order_by_change(const char *order_by, const char *column,
									const char *new_name);

/* ---- pair.c: the two sides of a relationship -------------------------- */

/*
 * Pair a new or altered side with its other side, if that is declared: the
 * one it names is made to name it, and one that names it is named by it.
 */
extern void relmap_pair_up(RelmapRelationship *relationship,
						   RelmapReport *report);

/* Let the other side name it by another name; by none, if new_name is NULL. */
extern void relmap_pair_rename(const RelmapRelationship *relationship,
							   const char *new_name, RelmapReport *report);

/* Tell which other relationships write a foreign key that this one writes. */
extern void relmap_report_overlaps(const RelmapRelationship *relationship,
								   RelmapReport *report);

/* ---- triggers.c: the triggers that declarations need ------------------ */

typedef enum RelmapTriggerKind
{
	RELMAP_REPLACE_NULLIFY,
	RELMAP_REPLACE_DELETE,
	RELMAP_REPLACE_RESTRICT,
	RELMAP_ORPHAN_ALL,			/* judge whoever is released */
	RELMAP_ORPHAN_REPLACED,		/* only who is replaced */
	RELMAP_CASCADE_DELETE		/* on the parent: delete its children */
} RelmapTriggerKind;

#define RELMAP_TRIGGER_KINDS (RELMAP_CASCADE_DELETE + 1)

/* The triggers that one foreign key has on one of its two tables. */
typedef struct RelmapTriggers
{
	Oid			table;
	Oid			from;			/* on the parent: the child; else InvalidOid */
	List	   *arguments;		/* of char * */
	bool		want[RELMAP_TRIGGER_KINDS];

	/* what relmap_triggers_look() finds */
	bool		have[RELMAP_TRIGGER_KINDS];
	List	   *superfluous;	/* of char *: names */
} RelmapTriggers;

extern void relmap_triggers_look(RelmapTriggers *triggers);
extern bool relmap_triggers_missing(const RelmapTriggers *triggers);
extern void relmap_triggers_drop(const RelmapTriggers *triggers,
								 RelmapReport *report);
extern void relmap_triggers_add(const RelmapTriggers *triggers,
								const char *key, RelmapReport *report);

/*
 * Bring the trigger that cascades from a declaration's source in line with
 * the declarations of that table; this one may be gone, or changed.
 */
extern void relmap_cascade_settle(const RelmapRelationship *relationship,
								  RelmapReport *report);

/*
 * Drop that trigger, in the name of the source's owner, if its foreign key is
 * gone or no declaration wants it any more.
 */
extern void relmap_cascade_drop(const RelmapRelationship *relationship,
								RelmapReport *report);

/* ---- reconcile.c: uniqueness and triggers of one foreign key ------------ */

/*
 * Bring them in line with the declarations that stand on that key now.
 * released is the UNIQUE that relmap made for a declaration that is gone or
 * changed (NULL if none); keep_constraint leaves it there when nothing wants
 * it any more.  If the key itself is gone, everything on its columns (names)
 * goes.  Tells what it did in report.
 */
extern void relmap_enforce(Oid child, const char *foreign_key,
						   List *foreign_columns, const char *released,
						   bool keep_constraint, RelmapReport *report);

/*
 * Keep other declarations on the keys of child away until the end of the
 * transaction, as far as the current user may.
 */
extern void relmap_lock_child(Oid child);

/* ---- join.c: the join that a relationship stands for ------------------ */

/*
 * The foreign key that leads from a relationship's source: to its target, or
 * to secondary.  An error if it is gone.
 */
extern RelmapForeignKey *relmap_join_key(const RelmapRelationship *relationship);

/* The foreign key of secondary that leads to its target. */
extern RelmapForeignKey *relmap_join_far_key(const RelmapRelationship *relationship);

/*
 * What follows FROM in a query for the related rows, which it calls "c", of a
 * row of the source: the expression source_row, or if that is NULL, one whose
 * key columns are $1, $2, ... in the order of the foreign key.
 */
extern char *relmap_join_text(const RelmapRelationship *relationship,
							  const char *source_row);

/*
 * The condition that a row of the child, an expression, references one of the
 * parent; that may be NULL as above.
 */
extern char *relmap_join_condition(const RelmapForeignKey *fk,
								   const char *parent, const char *child);

/* A table in FROM, or one that is written: "ONLY schema.table". */
extern char *relmap_join_table(Oid relid);

/*
 * The collation in which a foreign key compares two columns, when the row
 * looked for is the child's (to_child) or the parent's.
 */
extern Oid	relmap_join_collation(Oid parent_collation, Oid child_collation,
								  bool to_child);

/* ---- related.c: the row that a to-one attribute leads to --------------- */

/* The table of a row type; an error if it is that of an anonymous record. */
extern Oid	relmap_row_table(Oid type, const char *name);

/* ---- accessor.c: the functions name(source) --------------------------- */

/*
 * Create, or write anew, the accessor of a declaration; the current user must
 * own the source table.  Any function with its name and argument that relmap
 * did not make is left alone and is an error (42723).
 */
extern void relmap_accessor_create(const RelmapRelationship *relationship);

/* Take back the comment that was written on it for this declaration. */
extern void relmap_accessor_forget_comment(const RelmapRelationship *relationship);

/* Drop it, if it is there and relmap made it. */
extern void relmap_accessor_drop(const RelmapRelationship *relationship);

/*
 * The accessor of a declaration, InvalidOid if there is none that relmap made.
 */
extern Oid	relmap_accessor_get(const RelmapRelationship *relationship);

/*
 * Put an accessor's dependencies right, which a restore or pg_upgrade loses:
 * it goes with source, with target and with the extension.
 */
extern void relmap_accessor_depend(Oid accessor);

/*
 * Is the accessor what it would be if it were made now, as to schema, owner
 * and body?  If not, make it follow.  Where there is none, none is made.
 */
extern bool relmap_accessor_is_current(const RelmapRelationship *relationship);
extern void relmap_accessor_follow(const RelmapRelationship *relationship);

/* ---- eventtrigger.c: event triggers --------------------------------------------- */

/*
 * Call work(arg) in a subtransaction.  Returns the error, with what was done
 * rolled back; NULL if there was none.  What ends a transaction anyway
 * (cancel, deadlock, out of memory) is raised.
 */
extern ErrorData *relmap_try(void (*work) (void *), void *arg);

/* ---- dropped.c: relationships go with what they stand on --------------- */

/*
 * An object that a command has dropped.  Names are NULL where there is none:
 * schema and name of a table or index; part is its column or constraint.
 */
typedef struct RelmapDropped
{
	Oid			classid;
	Oid			objid;
	int32		objsubid;
	const char *type;			/* "table", "table constraint", "index", ... */
	char	   *schema;
	char	   *name;
	char	   *part;
} RelmapDropped;

/*
 * Let relationships go that stood on these; dropped is of RelmapDropped,
 * command what the NOTICE says of it.
 */
extern void relmap_follow_drop(List *dropped, const char *command);

/* ---- rename.c: following renames --------------------------------------- */

/* Write the new name; tables are the OIDs of what was renamed. */
extern void relmap_follow_rename(const RenameStmt *stmt, List *tables);

/* Have the triggers that cascade from parent to child name another key. */
extern void relmap_rename_key(Oid parent, Oid child, const char *name,
							  const char *new_name);

/* ---- path.c: to-one relationships, resolved for reading --------------- */

/* One column of the key that leads to the related row. */
typedef struct RelmapPathKey
{
	AttrNumber	source_attnum;	/* the source's column with the value ... */
	Oid			source_type;	/* ... and its type */
	AttrNumber	index_attnum;	/* from here on: if the path has an index */
	RegProcedure equal;			/* index column = value ... */
	Oid			subtype;		/* ... taken as that type */
	Oid			collation;
} RelmapPathKey;

/*
 * How the row related to a source row is found.  A backend has one for each
 * attribute that it has read, and keeps it for its life; after a change of
 * the tables valid is false until the next relmap_path_get(), and generation
 * differs after that.
 */
typedef struct RelmapPath RelmapPath;

struct RelmapPath
{
	Oid			source_type;	/* hash key: the row types ... */
	Oid			target_type;
	NameData	name;			/* ... and the attribute */

	bool		valid;
	uint32		generation;

	Oid			source;
	Oid			target;
	TupleDesc	source_desc;
	int			nkeys;
	RelmapPathKey keys[INDEX_MAX_KEYS]; /* in the order of the foreign key */
	Oid			index;			/* InvalidOid: find the row by the query */
	struct _SPI_plan *plan;		/* the query's; NULL while it runs */
};

/*
 * The path of a to-one attribute; an error if there is none, or if it leads
 * to rows of another type.  The target is locked on return.
 */
extern RelmapPath *relmap_path_get(Oid source_type, const char *name,
								   Oid target_type);

/*
 * Find the related row by the path's query, with the rights of the current
 * user.  values are those of the keys, none of them null.  The result is in
 * the caller's memory context.
 */
extern Datum relmap_path_query(RelmapPath *path, Datum *values, bool *isnull);

/*
 * The columns of a table's primary key, of "c", for ORDER BY; NULL if it has
 * none.
 */
extern char *relmap_primary_key_columns(Oid relid);

#endif							/* RELMAP_H */
