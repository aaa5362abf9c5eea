/*-------------------------------------------------------------------------
 *
 * argumentnames.c
 *	  Names in the arguments of triggers, which are changed when a column or a
 *	  foreign key has another name.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/argumentnames.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_trigger.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "base/catalog.h"
#include "base/setlist.h"
#include "base/util.h"
#include "declare/argumentnames.h"
#include "declare/tgargs.h"

/* What an argument of one of relmap's triggers is. */
typedef enum ArgumentKind
{
	ARGUMENT_COLUMN,
	ARGUMENT_COLUMNS,			/* a list of quoted names */
	ARGUMENT_CONDITION,
	ARGUMENT_LIST,				/* what is set */
	ARGUMENT_KEY,				/* a foreign key's name */
	ARGUMENT_OTHER
} ArgumentKind;

/* What is changed. */
typedef struct Change
{
	Oid			relid;
	Oid			from;
	List	   *key;			/* the name of the foreign key with these
								 * columns; NIL: names of columns */
	bool		texts;			/* in conditions and lists, too */
	const RelmapOldName *names;
	List	   *columns;		/* or else: of char *, these ... */
	List	   *reordered;		/* ... in this order */
} Change;

static void change_triggers(const Change *change);
static ArgumentKind argument_kind(Form_pg_trigger trigger, int i);
static bool is_of_other_key(const Change *change, Form_pg_trigger trigger,
							List *arguments);
static List *reordered_arguments(const Change *change,
								 Form_pg_trigger trigger, List *arguments);
static List *renamed_arguments(const Change *change, Form_pg_trigger trigger,
							   List *arguments);
static const char *renamed_argument(const Change *change, ArgumentKind kind,
									const char *arg);
static const char *renamed(const char *name, const RelmapOldName *names);


/*
 * Change names in the arguments of triggers on a table; see the header.
 */
void
relmap_argumentnames_change(Oid relid, Oid from, List *key_columns, bool texts,
							const RelmapOldName *names)
{
	Change		change = {relid, from, key_columns, texts, names};

	change_triggers(&change);
}

/*
 * Let triggers on a table have columns in another order; see the header.
 */
void
relmap_argumentnames_reorder(Oid relid, List *columns, List *reordered)
{
	Change		change = {relid, InvalidOid};

	change.columns = columns;
	change.reordered = reordered;
	change_triggers(&change);
}

/*
 * Change the arguments of relmap's triggers on a table.
 */
static void
change_triggers(const Change *change)
{
	Oid			relid = change->relid;
	Oid			nspid = get_namespace_oid(RELMAP_SCHEMA, false);
	Relation	rel = table_open(TriggerRelationId, RowExclusiveLock);
	ScanKeyData key[1];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		changed = false;

	ScanKeyInit(&key[0], Anum_pg_trigger_tgrelid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, TriggerRelidNameIndexId, true, NULL, 1,
							  key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
		List	   *arguments;

		if (trigger->tgconstrrelid != change->from ||
			get_func_namespace(trigger->tgfoid) != nspid)
			continue;
		arguments = relmap_tgargs_read(rel, tuple);
		arguments = change->columns ?
			reordered_arguments(change, trigger, arguments) :
			renamed_arguments(change, trigger, arguments);
		if (arguments == NIL)
			continue;
		relmap_tgargs_write(rel, tuple, arguments);
		changed = true;
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);

	if (changed)
		CommandCounterIncrement();
}

/*
 * What the i-th argument of a trigger of relmap's is.
 */
static ArgumentKind
argument_kind(Form_pg_trigger trigger, int i)
{
	static const ArgumentKind of_slot[] = {
		ARGUMENT_COLUMNS, ARGUMENT_COLUMNS, ARGUMENT_CONDITION, ARGUMENT_LIST
	};
	static const ArgumentKind of_required_child[] = {
		ARGUMENT_KEY, ARGUMENT_KEY, ARGUMENT_CONDITION, ARGUMENT_OTHER
	};
	const char *function = get_func_name(trigger->tgfoid);

	if (strncmp(function, "slot_", 5) == 0 &&
		trigger->tgnargs == lengthof(of_slot))
		return of_slot[i];
	if (strcmp(function, "required_child") == 0)
		return i < lengthof(of_required_child) ? of_required_child[i] :
			ARGUMENT_OTHER;
	if (OidIsValid(trigger->tgconstrrelid))
		return i == 0 ? ARGUMENT_KEY : ARGUMENT_OTHER;
	if (strcmp(function, "delete_parent") == 0 ||
		strcmp(function, "delete_orphan_parent") == 0)
		return i == 0 ? ARGUMENT_KEY : ARGUMENT_COLUMN;
	return ARGUMENT_COLUMN;
}

/*
 * Are the arguments those of a trigger on another foreign key?  One that was
 * dropped is waited for, by its name and its columns.
 */
static bool
is_of_other_key(const Change *change, Form_pg_trigger trigger,
				List *arguments)
{
	List	   *columns = NIL;
	ListCell   *lc;

	if (change->key == NIL)
		return false;
	foreach(lc, arguments)
	{
		if (argument_kind(trigger, foreach_current_index(lc)) == ARGUMENT_COLUMN)
			columns = lappend(columns, lfirst(lc));
	}
	return columns != NIL && !relmap_same_names(columns, change->key);
}

/*
 * A trigger's arguments with the new names; NIL if none of them has an old one.
 */
static List *
renamed_arguments(const Change *change, Form_pg_trigger trigger,
				  List *arguments)
{
	bool		changed = false;
	List	   *result = NIL;
	ListCell   *lc;

	if (is_of_other_key(change, trigger, arguments))
		return NIL;
	foreach(lc, arguments)
	{
		ArgumentKind kind = argument_kind(trigger, foreach_current_index(lc));
		const char *now = renamed_argument(change, kind, lfirst(lc));

		result = lappend(result, unconstify(char *, now));
		changed |= now != lfirst(lc);
	}
	return changed ? result : NIL;
}

/*
 * A trigger's arguments with the columns of a foreign key in another order;
 * NIL if it has other columns.
 */
static List *
reordered_arguments(const Change *change, Form_pg_trigger trigger,
					List *arguments)
{
	int			n = 0;
	bool		has_list = false;
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, arguments)
	{
		ArgumentKind kind = argument_kind(trigger, foreach_current_index(lc));
		char	   *now = lfirst(lc);

		if (kind == ARGUMENT_COLUMN)
		{
			if (n >= list_length(change->columns) ||
				strcmp(now, list_nth(change->columns, n)) != 0)
				return NIL;
			now = list_nth(change->reordered, n++);
		}
		else if (kind == ARGUMENT_COLUMNS && foreach_current_index(lc) == 0)
		{
			if (strcmp(now, relmap_quoted_columns(change->columns)) != 0)
				return NIL;
			now = relmap_quoted_columns(change->reordered);
			has_list = true;
		}
		result = lappend(result, now);
	}
	return has_list || n == list_length(change->columns) ? result : NIL;
}

/*
 * An argument with the new names; the same pointer if it has no old one.
 */
static const char *
renamed_argument(const Change *change, ArgumentKind kind, const char *arg)
{
	Oid			author = relmap_table_owner(change->relid);
	bool		mentioned = false;
	List	   *columns;
	ListCell   *lc;

	if ((change->key != NIL) != (kind == ARGUMENT_KEY) ||
		kind == ARGUMENT_OTHER)
		return arg;
	if (!change->texts && (kind == ARGUMENT_CONDITION || kind == ARGUMENT_LIST))
		return arg;
	if (kind == ARGUMENT_KEY || kind == ARGUMENT_COLUMN)
		return renamed(arg, change->names);
	for (const RelmapOldName *old = change->names; old; old = old->next)
		mentioned |= relmap_mentions(arg, old->old_name);
	if (!mentioned)
		return arg;
	if (kind == ARGUMENT_CONDITION)
		return relmap_condition_renamed(arg, change->relid, author,
										change->names);
	if (kind == ARGUMENT_LIST)
		return relmap_setlist_renamed(arg, change->relid, author,
									  change->names);

	if (!SplitIdentifierString(pstrdup(arg), ',', &columns))
		return arg;
	foreach(lc, columns)
		lfirst(lc) = pstrdup(renamed(lfirst(lc), change->names));
	return relmap_quoted_columns(columns);
}

/*
 * The new name of what has this one, or the name itself.
 */
static const char *
renamed(const char *name, const RelmapOldName *names)
{
	for (; names; names = names->next)
	{
		if (strcmp(name, names->old_name) == 0)
			return names->name;
	}
	return name;
}
