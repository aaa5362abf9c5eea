/*-------------------------------------------------------------------------
 *
 * triggertext.c
 *	  The statements that make triggers.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/triggertext.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "commands/trigger.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/util.h"
#include "declare/triggertext.h"

/* What the statement that makes a trigger of some kind says. */
typedef struct TriggerText
{
	const char *function;		/* in RELMAP_SCHEMA */
	const char *prefix;			/* of its name; ~ sorts last, ! first */
	const char *head;			/* CREATE ... name */
	const char *event;			/* ... ON table ... */
	const char *timing;			/* ... FOR EACH ROW ... */
	const char *when;			/* condition of it, or NULL */
	const char *comment;
} TriggerText;

static const TriggerText trigger_texts[RELMAP_TRIGGER_KINDS] = {
	[RELMAP_REPLACE_NULLIFY] = {
		"replace_nullify", "~relmap_replace_", "TRIGGER",
		"BEFORE INSERT OR UPDATE", "", NULL,
		"relmap: a row that takes a held parent sets the foreign key of the row that had it to NULL"
	},
	[RELMAP_REPLACE_DELETE] = {
		"replace_delete", "~relmap_replace_", "TRIGGER",
		"BEFORE INSERT OR UPDATE", "", NULL,
		"relmap: a row that takes a held parent replaces the row that had it, which is deleted"
	},
	[RELMAP_REPLACE_RESTRICT] = {
		"replace_restrict", "~relmap_replace_", "TRIGGER",
		"BEFORE INSERT OR UPDATE", "", NULL,
		"relmap: a row that takes a held parent is refused, with an error that tells which row has it"
	},
	[RELMAP_ORPHAN_ALL] = {
		"delete_orphan", "~relmap_orphan_", "CONSTRAINT TRIGGER",
		"AFTER UPDATE", "DEFERRABLE INITIALLY DEFERRED ", NULL,
		"relmap: a row that has lost its parent is deleted at COMMIT"
	},
	[RELMAP_ORPHAN_REPLACED] = {
		"delete_orphan", "~relmap_orphan_", "CONSTRAINT TRIGGER",
		"AFTER UPDATE", "DEFERRABLE INITIALLY DEFERRED ", RELMAP_SCHEMA ".replacing()",
		"relmap: a row that was replaced is deleted at COMMIT"
	},
	[RELMAP_ORPHAN_MOVED] = {
		"moved_orphan", "~relmap_moved_", "TRIGGER",
		"BEFORE UPDATE", "", NULL,
		"relmap: a row that has lost its parent stays in its partition, to be deleted at COMMIT"
	},
	[RELMAP_CASCADE_DELETE] = {
		"cascade_delete", "!relmap_cascade_", "CONSTRAINT TRIGGER",
		"AFTER DELETE", "", NULL,
		"relmap: the rows that refer to a deleted row are deleted with it"
	},
	[RELMAP_DELETE_PARENT] = {
		"delete_parent", "!relmap_parent_", "CONSTRAINT TRIGGER",
		"AFTER DELETE", "", NULL,
		"relmap: the row that a deleted row referred to is deleted with it"
	},
	[RELMAP_DELETE_ORPHAN_PARENT] = {
		"delete_orphan_parent", "~relmap_parent_", "CONSTRAINT TRIGGER",
		"AFTER UPDATE OR DELETE", "DEFERRABLE INITIALLY DEFERRED ", NULL,
		"relmap: the row that a row let go of is deleted at COMMIT"
	},
	[RELMAP_SLOT_NULLIFY] = {
		"slot_nullify", "~relmap_replace_", "TRIGGER",
		"BEFORE INSERT OR UPDATE", "", NULL,
		"relmap: a row that takes a held slot sets the foreign key of the row that had it to NULL"
	},
	[RELMAP_SLOT_DELETE] = {
		"slot_delete", "~relmap_replace_", "TRIGGER",
		"BEFORE INSERT OR UPDATE", "", NULL,
		"relmap: a row that takes a held slot replaces the row that had it, which is deleted"
	},
	[RELMAP_SLOT_RESTRICT] = {
		"slot_restrict", "~relmap_replace_", "TRIGGER",
		"BEFORE INSERT OR UPDATE", "", NULL,
		"relmap: a row that takes a held slot is refused, with an error that tells which row has it"
	},
	[RELMAP_SLOT_SET] = {
		"slot_set", "~relmap_replace_", "TRIGGER",
		"BEFORE INSERT OR UPDATE", "", NULL,
		"relmap: a row that takes a held slot changes the row that had it, so that it leaves the slot"
	},
	[RELMAP_REQUIRED_CHILD] = {
		"required_child", "~relmap_required_", "CONSTRAINT TRIGGER",
		"AFTER UPDATE OR DELETE", "DEFERRABLE INITIALLY DEFERRED ", NULL,
		"relmap: the parent that a row has left must have another child at COMMIT"
	},
	[RELMAP_REQUIRED_SOURCE] = {
		"required_source", "~relmap_required_", "CONSTRAINT TRIGGER",
		"AFTER INSERT OR UPDATE", "DEFERRABLE INITIALLY DEFERRED ", NULL,
		"relmap: a row must have a child at COMMIT"
	}
};

static char *free_trigger_name(Oid table, const char *prefix, const char *key);


/*
 * Make a trigger of a table; see the header.  The statements are:
 *
 *	CREATE TRIGGER "~relmap_replace_key" BEFORE INSERT OR UPDATE ON child
 *	FOR EACH ROW EXECUTE FUNCTION replace_nullify('column', ...)
 *
 *	CREATE TRIGGER "~relmap_replace_key" BEFORE INSERT OR UPDATE ON child
 *	FOR EACH ROW EXECUTE FUNCTION relmap_internal.slot_set('column, ...',
 *	'column, ...', 'condition', 'column = value, ...')
 *
 *	CREATE CONSTRAINT TRIGGER "~relmap_orphan_key" AFTER UPDATE ON child
 *	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW [WHEN (replacing())]
 *	EXECUTE FUNCTION delete_orphan('column', ...)
 *
 *	CREATE TRIGGER "~relmap_moved_key" BEFORE UPDATE ON child
 *	FOR EACH ROW EXECUTE FUNCTION moved_orphan('column', ...)
 *
 *	CREATE CONSTRAINT TRIGGER "!relmap_cascade_key" AFTER DELETE ON parent
 *	FROM child FOR EACH ROW EXECUTE FUNCTION cascade_delete('key')
 *
 *	CREATE CONSTRAINT TRIGGER "~relmap_required_parent_name" AFTER INSERT OR
 *	UPDATE ON parent FROM child DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
 *	EXECUTE FUNCTION required_source('key', 'name')
 *
 *	CREATE CONSTRAINT TRIGGER "~relmap_required_parent_name" AFTER UPDATE OR
 *	DELETE ON child DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
 *	EXECUTE FUNCTION required_child('key', 'other key', 'condition', 'name')
 *
 *	CREATE CONSTRAINT TRIGGER "!relmap_parent_key" AFTER DELETE ON child
 *	FOR EACH ROW EXECUTE FUNCTION delete_parent('key', 'column', ...)
 *
 *	CREATE CONSTRAINT TRIGGER "~relmap_parent_key" AFTER UPDATE OR DELETE
 *	ON child DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
 *	EXECUTE FUNCTION delete_orphan_parent('key', 'column', ...)
 *
 * There is no column list and no condition on columns: they would keep the
 * user from altering or dropping the columns.
 */
char *
relmap_triggertext_create(RelmapTriggerKind kind, Oid relid, Oid from,
						  List *arguments, const char *key)
{
	char	   *table = relmap_quoted_table(relid);
	const TriggerText *text = &trigger_texts[kind];
	char	   *name = free_trigger_name(relid, text->prefix, key);
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %s %s %s ON %s ", text->head,
					 quote_identifier(name), text->event, table);
	if (OidIsValid(from))
		appendStringInfo(&buf, "FROM %s ", relmap_quoted_table(from));
	appendStringInfo(&buf, "%sFOR EACH ROW ", text->timing);
	if (text->when)
		appendStringInfo(&buf, "WHEN (%s) ", text->when);
	appendStringInfo(&buf, "EXECUTE FUNCTION %s.%s(",
					 RELMAP_SCHEMA, text->function);
	foreach(lc, arguments)
		appendStringInfo(&buf, "%s%s",
						 foreach_current_index(lc) > 0 ? ", " : "",
						 quote_literal_cstr(lfirst(lc)));
	appendStringInfoChar(&buf, ')');

	relmap_run_ddl(buf.data);
	relmap_run_ddl(psprintf("COMMENT ON TRIGGER %s ON %s IS %s",
							quote_identifier(name), table,
							quote_literal_cstr(text->comment)));
	return name;
}

/*
 * A name for a trigger that no other on the table has: the prefix and the
 * key's name, cut to what fits, and a number if need be.
 */
static char *
free_trigger_name(Oid table, const char *prefix, const char *key)
{
	int			attempt;

	for (attempt = 0;; attempt++)
	{
		char	   *number = attempt > 0 ? psprintf("%d", attempt) : "";
		int			room = NAMEDATALEN - 1 - strlen(prefix) - strlen(number);
		int			length = pg_mbcliplen(key, strlen(key), room);
		char	   *name = psprintf("%s%.*s%s", prefix, length, key, number);

		if (!OidIsValid(get_trigger_oid(table, name, true)) &&
			!OidIsValid(get_relation_constraint_oid(table, name, true)))
			return name;
	}
}

/*
 * The OID of the function of such triggers.
 */
Oid
relmap_triggertext_function(RelmapTriggerKind kind)
{
	const char *name = trigger_texts[kind].function;

	return LookupFuncName(list_make2(makeString(pstrdup(RELMAP_SCHEMA)),
									 makeString(pstrdup(name))),
						  0, NULL, false);
}

/*
 * Have such triggers a WHEN?
 */
bool
relmap_triggertext_has_condition(RelmapTriggerKind kind)
{
	return trigger_texts[kind].when != NULL;
}
