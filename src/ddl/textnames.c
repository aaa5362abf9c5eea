/*-------------------------------------------------------------------------
 *
 * textnames.c
 *	  Conditions and lists follow the renaming of what they name: functions,
 *	  operators, types and their values, collations, schemas, sequences.
 *
 * Before a command that may rename something all texts that may name it are
 * analysed; what they name is known by OID then.  After it the trees are written
 * out again, and texts that are spelled differently are replaced: in the
 * declarations, and in the arguments of triggers, which may be there without a
 * declaration.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/textnames.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/condition.h"
#include "base/setlist.h"
#include "base/subxact.h"
#include "base/util.h"
#include "ddl/changed.h"
#include "ddl/follow.h"
#include "ddl/textnames.h"
#include "declare/tgargs.h"

/* The functions of triggers that have texts, and where these are. */
#define CONDITION_ARGUMENT 2
#define LIST_ARGUMENT 3

static const struct
{
	const char *name;
	bool		has_list;
}			functions[] =

{
	{"slot_nullify", true},
	{"slot_delete", true},
	{"slot_restrict", true},
	{"slot_set", true},
	{"required_child", false}
};

/* The texts of a declaration or a trigger. */
typedef struct Texts
{
	RelmapRelationship *relationship;	/* NULL: */
	Oid			trigger;
	Oid			relid;			/* the table whose columns they name */
	Oid			author;
	char	   *condition;		/* "" or NULL for none, as was before */
	char	   *list;
	Node	   *condition_tree;
	List	   *list_tree;
} Texts;

/* All texts, before a command. */
typedef struct TextSnapshot
{
	const Node *command;
	const char *name;			/* what it renames, NULL if not known */
	MemoryContext context;
	List	   *texts;			/* of Texts * */
	struct TextSnapshot *up;	/* that of the command which this one is in */
} TextSnapshot;

static TextSnapshot *snapshots = NULL;

static void forget_at_end(XactEvent event, void *arg);
static TextSnapshot *take_snapshot(const Node *command);
static void add_declarations(TextSnapshot *snapshot);
static void add_triggers(TextSnapshot *snapshot);
static void add_triggers_of(Oid function, bool has_list,
							TextSnapshot *snapshot);
static void add_trigger(Oid trigger, bool has_list, TextSnapshot *snapshot);
static void add_texts(Texts *texts, TextSnapshot *snapshot);
static void analyse(void *arg);
static bool has_text(const char *argument);
static char *written(const char *text, Node *tree, Oid relid);
static void rewrite(void *arg);
static void rewrite_declaration(Texts *texts, char *condition, char *list);
static void rewrite_trigger(const Texts *texts, const char *condition,
							const char *list);
static HeapTuple read_trigger(Relation rel, Oid trigger, SysScanDesc *scan);


/* ---- before ----------------------------------------------------------- */

/*
 * Analyse all texts; see the header.  Those that can't be analysed, or whose
 * table is locked, are left out: relmap.check() tells of them.
 */
void
relmap_textnames_before(void *arg)
{
	static bool registered = false;
	const Node *command = arg;

	if (!registered)
		RegisterXactCallback(forget_at_end, NULL);
	registered = true;

	snapshots = take_snapshot(command);
}

/*
 * May a command rename something that an expression can name?
 */
bool
relmap_textnames_concerns(const Node *command)
{
	return IsA(command, RenameStmt) || IsA(command, AlterObjectSchemaStmt) ||
		IsA(command, AlterEnumStmt);
}

/*
 * Transaction callback: the snapshots are gone with their memory.
 */
static void
forget_at_end(XactEvent event, void *arg)
{
	snapshots = NULL;
}

static TextSnapshot *
take_snapshot(const Node *command)
{
	MemoryContext context = AllocSetContextCreate(TopTransactionContext,
												  "relmap texts",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	TextSnapshot *snapshot = palloc0(sizeof(TextSnapshot));

	snapshot->command = command;
	snapshot->name = relmap_changed_name(command);
	snapshot->context = context;
	snapshot->up = snapshots;
	add_declarations(snapshot);
	add_triggers(snapshot);
	MemoryContextSwitchTo(caller);
	return snapshot;
}

static void
add_declarations(TextSnapshot *snapshot)
{
	ListCell   *lc;

	foreach(lc, relmap_catalog_with_texts())
	{
		RelmapRelationship *r = lfirst(lc);
		const char *list = relmap_setlist_of(r->on_replace);
		Texts	   *texts;

		if ((r->condition == NULL && list == NULL) ||
			!relmap_relationship_tables_exist(r))
			continue;
		texts = palloc0(sizeof(Texts));
		texts->relationship = r;
		texts->relid = r->target;
		texts->author = relmap_table_owner(r->source);
		texts->condition = r->condition;
		texts->list = list ? pstrdup(list) : NULL;
		add_texts(texts, snapshot);
	}
}

/*
 * The triggers that have texts are those that depend on their functions.
 */
static void
add_triggers(TextSnapshot *snapshot)
{
	Oid			nspid = get_namespace_oid(RELMAP_SCHEMA, false);
	oidvector  *none = buildoidvector(NULL, 0);

	for (int i = 0; i < lengthof(functions); i++)
	{
		Oid			function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
											   CStringGetDatum(functions[i].name),
											   PointerGetDatum(none),
											   ObjectIdGetDatum(nspid));

		if (OidIsValid(function))
			add_triggers_of(function, functions[i].has_list, snapshot);
	}
}

static void
add_triggers_of(Oid function, bool has_list, TextSnapshot *snapshot)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *triggers = NIL;
	ListCell   *lc;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid,
				BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ProcedureRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(function));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (((Form_pg_depend) GETSTRUCT(tuple))->classid == TriggerRelationId)
			triggers = lappend_oid(triggers,
								   ((Form_pg_depend) GETSTRUCT(tuple))->objid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	foreach(lc, triggers)
		add_trigger(lfirst_oid(lc), has_list, snapshot);
}

static void
add_trigger(Oid trigger, bool has_list, TextSnapshot *snapshot)
{
	Relation	rel = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan;
	HeapTuple	tuple = read_trigger(rel, trigger, &scan);
	List	   *arguments = NIL;
	Texts	   *texts = palloc0(sizeof(Texts));

	if (HeapTupleIsValid(tuple))
	{
		arguments = relmap_tgargs_read(rel, tuple);
		texts->relid = ((Form_pg_trigger) GETSTRUCT(tuple))->tgrelid;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (list_length(arguments) <= LIST_ARGUMENT)
		return;

	texts->trigger = trigger;
	texts->author = relmap_table_owner(texts->relid);
	texts->condition = list_nth(arguments, CONDITION_ARGUMENT);
	texts->list = has_list ? list_nth(arguments, LIST_ARGUMENT) : NULL;
	if (has_text(texts->condition) || has_text(texts->list))
		add_texts(texts, snapshot);
}

/*
 * Add texts, if they may name what is renamed and can be analysed.
 */
static void
add_texts(Texts *texts, TextSnapshot *snapshot)
{
	if (snapshot->name &&
		!relmap_mentions_word(texts->condition, snapshot->name) &&
		!relmap_mentions_word(texts->list, snapshot->name))
		return;
	if (!ConditionalLockRelationOid(texts->relid, AccessShareLock))
		return;
	if (relmap_subxact_try(analyse, texts) == NULL)
		snapshot->texts = lappend(snapshot->texts, texts);
	UnlockRelationOid(texts->relid, AccessShareLock);
}

static void
analyse(void *arg)
{
	Texts	   *texts = arg;

	if (has_text(texts->condition))
		texts->condition_tree = relmap_condition_read(texts->condition,
													  texts->relid,
													  texts->author);
	if (has_text(texts->list))
		texts->list_tree = relmap_setlist_read(texts->list, texts->relid,
											   texts->author);
}

static bool
has_text(const char *argument)
{
	return argument != NULL && argument[0] != '\0';
}


/* ---- after ------------------------------------------------------------ */

/*
 * Write the texts that are spelled differently now; see the header.
 */
bool
relmap_textnames_after(Node *command)
{
	TextSnapshot *snapshot = snapshots;
	bool		changed = false;
	ListCell   *lc;

	if (!relmap_textnames_concerns(command))
		return false;

	/* commands that have failed have left theirs */
	while (snapshot && snapshot->command != command)
		snapshot = snapshot->up;
	if (snapshot == NULL)
		return false;
	snapshots = snapshot->up;

	foreach(lc, snapshot->texts)
	{
		Texts	   *texts = lfirst(lc);
		char	   *condition;
		char	   *list;

		if (!ConditionalLockRelationOid(texts->relid, AccessShareLock))
			continue;
		condition = written(texts->condition, texts->condition_tree, texts->relid);
		list = written(texts->list, (Node *) texts->list_tree, texts->relid);
		UnlockRelationOid(texts->relid, AccessShareLock);
		if (condition == NULL && list == NULL)
			continue;
		changed = true;
		texts->condition = condition;
		texts->list = list;
		(void) relmap_follow(rewrite, texts, texts->relationship);
	}
	MemoryContextDelete(snapshot->context);
	return changed;
}

/*
 * A text as it is written now, NULL if that is as before.
 */
static char *
written(const char *text, Node *tree, Oid relid)
{
	char	   *now;

	if (tree == NULL)
		return NULL;
	now = IsA(tree, List) ? relmap_setlist_text((List *) tree, relid)
		: relmap_expression_text(tree, relid, NULL);
	return strcmp(text, now) == 0 ? NULL : now;
}

static void
rewrite(void *arg)
{
	Texts	   *texts = arg;

	if (texts->relationship)
		rewrite_declaration(texts, texts->condition, texts->list);
	else
		rewrite_trigger(texts, texts->condition, texts->list);
}

/*
 * Write new texts, NULL for none, into a declaration.
 */
static void
rewrite_declaration(Texts *texts, char *condition, char *list)
{
	RelmapRelationship *r = relmap_follow_lock(texts->relationship);

	if (r == NULL || r->target != texts->relid)
		return;
	if (condition && r->condition)
		r->condition = condition;
	if (list && relmap_setlist_of(r->on_replace))
		r->on_replace = psprintf("set %s", list);
	relmap_catalog_update(r, r->name);
}

/*
 * The same into a trigger's arguments, in place.
 */
static void
rewrite_trigger(const Texts *texts, const char *condition, const char *list)
{
	Relation	rel = table_open(TriggerRelationId, RowExclusiveLock);
	SysScanDesc scan;
	HeapTuple	tuple = read_trigger(rel, texts->trigger, &scan);

	if (HeapTupleIsValid(tuple))
	{
		List	   *arguments = relmap_tgargs_read(rel, tuple);

		if (condition)
			lfirst(list_nth_cell(arguments, CONDITION_ARGUMENT)) =
				unconstify(char *, condition);
		if (list)
			lfirst(list_nth_cell(arguments, LIST_ARGUMENT)) =
				unconstify(char *, list);
		relmap_tgargs_write(rel, tuple, arguments);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

/*
 * A trigger, in a scan that the caller ends.
 */
static HeapTuple
read_trigger(Relation rel, Oid trigger, SysScanDesc *scan)
{
	ScanKeyData key;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(trigger));
	*scan = systable_beginscan(rel, TriggerOidIndexId, true, NULL, 1, &key);
	return systable_getnext(*scan);
}
