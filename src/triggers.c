/*-------------------------------------------------------------------------
 *
 * triggers.c
 *	  The triggers that a foreign key has for its declarations: find them,
 *	  make them, drop them.
 *
 * A trigger is known by its function and its arguments, the key's columns in
 * the key's order; never by its name, which is the user's to change.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/triggers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "commands/trigger.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "relmap.h"

typedef struct TriggerText
{
	const char *function;		/* in schema relmap */
	const char *prefix;			/* of its name; ~ sorts last */
	const char *head;			/* CREATE ... name */
	const char *event;			/* ... ON table ... */
	const char *when;			/* condition of it, or NULL */
	const char *comment;
} TriggerText;

static const TriggerText trigger_texts[RELMAP_TRIGGER_KINDS] = {
	[RELMAP_REPLACE_NULLIFY] = {
		"replace_nullify", "~relmap_replace_", "TRIGGER",
		"BEFORE INSERT OR UPDATE", NULL,
		"relmap: a row that takes a held parent sets the foreign key of the row that had it to NULL"
	},
	[RELMAP_REPLACE_DELETE] = {
		"replace_delete", "~relmap_replace_", "TRIGGER",
		"BEFORE INSERT OR UPDATE", NULL,
		"relmap: a row that takes a held parent replaces the row that had it, which is deleted"
	},
	[RELMAP_ORPHAN_ALL] = {
		"delete_orphan", "~relmap_orphan_", "CONSTRAINT TRIGGER",
		"AFTER UPDATE", NULL,
		"relmap: a row that has lost its parent is deleted at COMMIT"
	},
	[RELMAP_ORPHAN_REPLACED] = {
		"delete_orphan", "~relmap_orphan_", "CONSTRAINT TRIGGER",
		"AFTER UPDATE", "relmap.replacing()",
		"relmap: a row that was replaced is deleted at COMMIT"
	}
};

static bool trigger_kind(const Trigger *trigger, List *columns,
						 const Oid *functions, RelmapTriggerKind *kind);
static Oid	trigger_function(const char *name);
static char *free_trigger_name(Oid child, const char *prefix, const char *key);


/*
 * Which of the wanted triggers on these columns are there; returns the names
 * of those that are too many.
 */
List *
relmap_triggers_look(Oid child, List *columns, const bool *want, bool *have)
{
	Relation	rel = table_open(child, AccessShareLock);
	List	   *superfluous = NIL;
	TriggerDesc *triggers;
	Oid			functions[RELMAP_TRIGGER_KINDS];
	int			i;

	/* No catalog may be read while the relcache's triggers are looked at. */
	for (i = 0; i < RELMAP_TRIGGER_KINDS; i++)
		functions[i] = trigger_function(trigger_texts[i].function);

	triggers = rel->trigdesc;
	for (i = 0; triggers && i < triggers->numtriggers; i++)
	{
		Trigger    *trigger = &triggers->triggers[i];
		RelmapTriggerKind kind;

		if (trigger->tgisclone || !trigger_kind(trigger, columns, functions, &kind))
			continue;
		if (want[kind] && !have[kind])
			have[kind] = true;
		else
			superfluous = lappend(superfluous, pstrdup(trigger->tgname));
	}
	table_close(rel, AccessShareLock);
	return superfluous;
}

/*
 * Is this one of relmap's triggers on these columns, and which?
 */
static bool
trigger_kind(const Trigger *trigger, List *columns, const Oid *functions,
			 RelmapTriggerKind *kind)
{
	int			k;
	int			i;

	if (trigger->tgnargs != list_length(columns))
		return false;
	for (i = 0; i < trigger->tgnargs; i++)
	{
		if (strcmp(trigger->tgargs[i], list_nth(columns, i)) != 0)
			return false;
	}
	for (k = 0; k < RELMAP_TRIGGER_KINDS; k++)
	{
		if (trigger->tgfoid == functions[k] &&
			(trigger->tgqual != NULL) == (trigger_texts[k].when != NULL))
		{
			*kind = (RelmapTriggerKind) k;
			return true;
		}
	}
	return false;
}

/*
 * The OID of one of relmap's trigger functions.
 */
static Oid
trigger_function(const char *name)
{
	return LookupFuncName(list_make2(makeString(pstrdup(RELMAP_SCHEMA)),
									 makeString(pstrdup(name))),
						  0, NULL, false);
}

/*
 * Drop triggers.
 */
void
relmap_triggers_drop(Oid child, List *names, RelmapReport *report)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		relmap_run_ddl(psprintf("DROP TRIGGER %s ON %s",
								quote_identifier(lfirst(lc)),
								relmap_quoted_table(child)));
		report->dropped = lappend(report->dropped,
								  psprintf("trigger \"%s\"", (char *) lfirst(lc)));
	}
}

/*
 * Make the triggers that are missing:
 *
 *	CREATE TRIGGER "~relmap_replace_fk" BEFORE INSERT OR UPDATE ON child
 *	FOR EACH ROW EXECUTE FUNCTION relmap.replace_nullify('column', ...)
 *
 *	CREATE CONSTRAINT TRIGGER "~relmap_orphan_fk" AFTER UPDATE ON child
 *	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW [WHEN (relmap.replacing())]
 *	EXECUTE FUNCTION relmap.delete_orphan('column', ...)
 *
 * There is no column list and no condition on columns: they would keep the
 * user from altering or dropping the columns.
 */
void
relmap_triggers_add(const RelmapForeignKey *fk, List *columns,
					const bool *want, const bool *have, RelmapReport *report)
{
	char	   *table = relmap_quoted_table(fk->child);
	int			kind;

	for (kind = 0; kind < RELMAP_TRIGGER_KINDS; kind++)
	{
		const TriggerText *text = &trigger_texts[kind];
		bool		constraint = kind == RELMAP_ORPHAN_ALL || kind == RELMAP_ORPHAN_REPLACED;
		StringInfoData buf;
		char	   *name;
		ListCell   *lc;

		if (!want[kind] || have[kind])
			continue;

		name = free_trigger_name(fk->child, text->prefix,
								 NameStr(fk->name));
		initStringInfo(&buf);
		appendStringInfo(&buf, "CREATE %s %s %s ON %s ", text->head,
						 quote_identifier(name), text->event, table);
		if (constraint)
			appendStringInfoString(&buf, "DEFERRABLE INITIALLY DEFERRED ");
		appendStringInfoString(&buf, "FOR EACH ROW ");
		if (text->when)
			appendStringInfo(&buf, "WHEN (%s) ", text->when);
		appendStringInfo(&buf, "EXECUTE FUNCTION %s.%s(",
						 RELMAP_SCHEMA, text->function);
		foreach(lc, columns)
			appendStringInfo(&buf, "%s%s",
							 foreach_current_index(lc) > 0 ? ", " : "",
							 quote_literal_cstr(lfirst(lc)));
		appendStringInfoChar(&buf, ')');

		relmap_run_ddl(buf.data);
		relmap_run_ddl(psprintf("COMMENT ON TRIGGER %s ON %s IS %s",
								quote_identifier(name), table,
								quote_literal_cstr(text->comment)));
		report->added = lappend(report->added, psprintf("trigger \"%s\"", name));
	}
}

/*
 * A name for a trigger that no other on the table has: the prefix and the
 * key's name, cut to what fits, and a number if need be.
 */
static char *
free_trigger_name(Oid child, const char *prefix, const char *key)
{
	int			attempt;

	for (attempt = 0;; attempt++)
	{
		char	   *number = attempt > 0 ? psprintf("%d", attempt) : "";
		int			room = NAMEDATALEN - 1 - strlen(prefix) - strlen(number);
		int			length = pg_mbcliplen(key, strlen(key), room);
		char	   *name = psprintf("%s%.*s%s", prefix, length, key, number);

		if (!OidIsValid(get_trigger_oid(child, name, true)))
			return name;
	}
}
