/*-------------------------------------------------------------------------
 *
 * triggers.c
 *	  The triggers that a foreign key has for its declarations: find them,
 *	  make them, drop them.
 *
 * A trigger is known by its function and its arguments, the key's columns in
 * the key's order; never by its name, which users may change.  That on the
 * parent has the child's table as the one that it is FROM, and the key's name
 * as its argument.  Those that cascade from the child to the parent have the
 * key's name before its columns.  That of a slot with key or condition has the columns as
 * lists in one argument each, see RelmapSlotTrigger; conditions and lists are
 * compared as parse trees.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/triggers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_constraint.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "base/catalog.h"
#include "base/condition.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/owner.h"
#include "base/setlist.h"
#include "base/subxact.h"
#include "base/util.h"
#include "declare/report.h"
#include "declare/triggers.h"

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

/* Arguments of the functions of slots that are not plain. */
#define SLOT_ARGUMENTS 4

/* Which argument of a required relationship's trigger is the condition. */
#define REQUIRED_CONDITION 2

/* For same_text(). */
typedef struct SameText
{
	Oid			author;			/* of text */
	const char *text;
	const char *there;
	Oid			relid;
	bool		is_list;
	bool		result;
} SameText;

static bool is_slot_trigger(const Trigger *trigger,
							const RelmapTriggers *triggers,
							const Oid *functions, bool *superfluous);
static bool is_required_trigger(const Trigger *trigger,
								const RelmapTriggers *triggers,
								const Oid *functions, bool *superfluous);
static bool same_required(const RelmapRequiredTrigger *wanted,
						  const Trigger *trigger, Oid relid);
static bool same_text(Oid author, const char *text, const char *there,
					  Oid relid, bool is_list);
static void compare_texts(void *arg);
static void add_trigger(const RelmapTriggers *triggers, RelmapTriggerKind kind,
						List *arguments, const char *key,
						RelmapReport *report);
static bool trigger_kind(const Trigger *trigger,
						 const RelmapTriggers *triggers,
						 const Oid *functions, RelmapTriggerKind *kind);
static bool is_to_parent(RelmapTriggerKind kind);
static Oid	trigger_function(const char *name);
static char *free_trigger_name(Oid table, const char *prefix, const char *key);
static void find_on_parent(const RelmapRelationship *relationship,
						   RelmapTriggers *triggers);
static void find_cascade_to_parent(const RelmapRelationship *relationship,
								   RelmapTriggers *triggers);
static void check_may_delete(const RelmapRelationship *r);


/*
 * Find out which of the wanted triggers exist, and which existing ones are
 * superfluous.
 */
void
relmap_triggers_find(RelmapTriggers *triggers)
{
	Relation	rel = table_open(triggers->table, AccessShareLock);
	TriggerDesc *desc = CopyTriggerDesc(rel->trigdesc);
	Oid			functions[RELMAP_TRIGGER_KINDS];
	int			i;

	for (i = 0; i < RELMAP_TRIGGER_KINDS; i++)
		functions[i] = trigger_function(trigger_texts[i].function);

	for (i = 0; desc && i < desc->numtriggers; i++)
	{
		Trigger    *trigger = &desc->triggers[i];
		RelmapTriggerKind kind;
		bool		superfluous;

		if (trigger->tgisclone)
			continue;
		if (is_slot_trigger(trigger, triggers, functions, &superfluous) ||
			is_required_trigger(trigger, triggers, functions, &superfluous))
		{
			if (superfluous)
				triggers->superfluous = lappend(triggers->superfluous,
												pstrdup(trigger->tgname));
			continue;
		}
		if (!trigger_kind(trigger, triggers, functions, &kind))
			continue;
		if ((triggers->want[kind] || triggers->keep[kind]) &&
			!triggers->have[kind])
			triggers->have[kind] = true;
		else
			triggers->superfluous = lappend(triggers->superfluous,
											pstrdup(trigger->tgname));
	}
	table_close(rel, AccessShareLock);
}

/*
 * Is a wanted trigger missing?
 */
bool
relmap_triggers_missing(const RelmapTriggers *triggers)
{
	int			kind;
	ListCell   *lc;

	for (kind = 0; kind < RELMAP_TRIGGER_KINDS; kind++)
	{
		if (triggers->want[kind] && !triggers->have[kind])
			return true;
	}
	foreach(lc, triggers->slots)
	{
		const RelmapSlotTrigger *slot = lfirst(lc);

		if (!slot->have && OidIsValid(slot->author))
			return true;
	}
	foreach(lc, triggers->required)
	{
		const RelmapRequiredTrigger *required = lfirst(lc);

		if (!required->have && OidIsValid(required->author))
			return true;
	}
	return false;
}

/*
 * Add the trigger of a required relationship to the wanted ones; or to those
 * that are only kept if they exist.
 */
void
relmap_triggers_want_required(RelmapTriggers *triggers,
							  const RelmapRelationship *r, bool keep)
{
	RelmapRequiredTrigger *trigger = palloc0(sizeof(RelmapRequiredTrigger));

	if (OidIsValid(triggers->from))
		trigger->arguments = list_make2(r->foreign_key, r->name);
	else
		trigger->arguments = list_make4(r->foreign_key,
										r->secondary_key ? r->secondary_key : pstrdup(""),
										r->condition ? r->condition : pstrdup(""),
										r->name);
	trigger->name = psprintf("%s_%s", get_rel_name(r->source), r->name);
	trigger->author = keep ? InvalidOid : relmap_table_owner(r->source);
	triggers->required = lappend(triggers->required, trigger);
}

/*
 * Is this the trigger of a required relationship on that key?  *superfluous:
 * no declaration wants it, or there is one already.
 */
static bool
is_required_trigger(const Trigger *trigger, const RelmapTriggers *triggers,
					const Oid *functions, bool *superfluous)
{
	RelmapTriggerKind kind = OidIsValid(triggers->from) ?
	RELMAP_REQUIRED_SOURCE : RELMAP_REQUIRED_CHILD;
	ListCell   *lc;

	if (trigger->tgfoid != functions[kind] ||
		trigger->tgconstrrelid != triggers->from ||
		triggers->key == NULL || trigger->tgnargs == 0 ||
		strcmp(trigger->tgargs[0], triggers->key) != 0)
		return false;

	*superfluous = true;
	foreach(lc, triggers->required)
	{
		RelmapRequiredTrigger *wanted = lfirst(lc);

		if (wanted->have ||
			!same_required(wanted, trigger, triggers->table))
			continue;
		wanted->have = true;
		*superfluous = false;
		break;
	}
	return true;
}

/*
 * Has a trigger the arguments of a wanted one?
 */
static bool
same_required(const RelmapRequiredTrigger *wanted, const Trigger *trigger,
			  Oid relid)
{
	if (trigger->tgnargs != list_length(wanted->arguments))
		return false;
	for (int i = 0; i < trigger->tgnargs; i++)
	{
		bool		same = i == REQUIRED_CONDITION
		? same_text(wanted->author, list_nth(wanted->arguments, i),
					trigger->tgargs[i], relid, false)
		: strcmp(list_nth(wanted->arguments, i), trigger->tgargs[i]) == 0;

		if (!same)
			return false;
	}
	return true;
}

/*
 * Add the trigger of a declaration whose slot is not plain, or that has a list
 * to set, to the wanted ones; or to those that are only kept if they exist.
 */
void
relmap_triggers_want_slot(RelmapTriggers *triggers,
						  const RelmapRelationship *r, bool keep)
{
	RelmapSlotTrigger *trigger = palloc0(sizeof(RelmapSlotTrigger));
	const char *list = relmap_setlist_of(r->on_replace);

	trigger->kind = list ? RELMAP_SLOT_SET :
		strcmp(r->on_replace, "nullify") == 0 ? RELMAP_SLOT_NULLIFY :
		strcmp(r->on_replace, "delete") == 0 ? RELMAP_SLOT_DELETE :
		RELMAP_SLOT_RESTRICT;
	trigger->keyed_by = relmap_quoted_columns(r->keyed_by);
	trigger->condition = pstrdup(r->condition ? r->condition : "");
	trigger->list = pstrdup(list ? list : "");
	trigger->author = keep ? InvalidOid : relmap_table_owner(r->source);
	triggers->slots = lappend(triggers->slots, trigger);
}

/*
 * Is this the trigger of a slot of that key that is not plain?  *superfluous:
 * no declaration wants it, or there is one already.
 */
static bool
is_slot_trigger(const Trigger *trigger, const RelmapTriggers *triggers,
				const Oid *functions, bool *superfluous)
{
	RelmapTriggerKind kind = RELMAP_SLOT_NULLIFY;
	ListCell   *lc;

	while (kind <= RELMAP_SLOT_SET && trigger->tgfoid != functions[kind])
		kind++;
	if (kind > RELMAP_SLOT_SET || OidIsValid(triggers->from) ||
		triggers->to_parent ||
		trigger->tgnargs != SLOT_ARGUMENTS ||
		strcmp(trigger->tgargs[0],
			   relmap_quoted_columns(triggers->arguments)) != 0)
		return false;

	*superfluous = true;
	foreach(lc, triggers->slots)
	{
		RelmapSlotTrigger *wanted = lfirst(lc);

		if (wanted->have || wanted->kind != kind ||
			strcmp(wanted->keyed_by, trigger->tgargs[1]) != 0 ||
			!same_text(wanted->author, wanted->condition, trigger->tgargs[2],
					   triggers->table, false) ||
			!same_text(wanted->author, wanted->list, trigger->tgargs[3],
					   triggers->table, true))
			continue;
		wanted->have = true;
		*superfluous = false;
		break;
	}
	return true;
}

/*
 * Do what is wanted and what a trigger has, a condition or a list, mean the
 * same?  A text that can't be analysed any more is equal to none.
 */
static bool
same_text(Oid author, const char *text, const char *there, Oid relid,
		  bool is_list)
{
	SameText	same;

	if (strcmp(text, there) == 0)
		return true;
	if (text[0] == '\0' || there[0] == '\0' || !OidIsValid(author))
		return false;
	same.author = author;
	same.text = text;

	same.there = there;
	same.relid = relid;
	same.is_list = is_list;
	return relmap_subxact_try(compare_texts, &same) == NULL && same.result;
}

static void
compare_texts(void *arg)
{
	SameText   *same = arg;

	same->result = same->is_list ?
		relmap_setlist_same(same->text, same->author, same->there,
							relmap_table_owner(same->relid), same->relid) :
		relmap_condition_same(same->text, same->author, same->there,
							  relmap_table_owner(same->relid), same->relid);
}

/*
 * Are triggers of that kind on the child, and cascade to the parent?
 */
static bool
is_to_parent(RelmapTriggerKind kind)
{
	return kind == RELMAP_DELETE_PARENT ||
		kind == RELMAP_DELETE_ORPHAN_PARENT;
}

/*
 * Is this one of relmap's triggers for that key, and which?
 */
static bool
trigger_kind(const Trigger *trigger, const RelmapTriggers *triggers,
			 const Oid *functions, RelmapTriggerKind *kind)
{
	int			k;
	int			i;

	if (trigger->tgconstrrelid != triggers->from ||
		trigger->tgnargs != list_length(triggers->arguments))
		return false;
	for (i = 0; i < trigger->tgnargs; i++)
	{
		if (strcmp(trigger->tgargs[i], list_nth(triggers->arguments, i)) != 0)
			return false;
	}
	for (k = 0; k < RELMAP_SLOT_NULLIFY; k++)
	{
		if (trigger->tgfoid == functions[k] &&
			is_to_parent((RelmapTriggerKind) k) == triggers->to_parent &&
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
 * Drop the superfluous triggers.
 */
void
relmap_triggers_drop(const RelmapTriggers *triggers, RelmapReport *report)
{
	ListCell   *lc;

	foreach(lc, triggers->superfluous)
	{
		relmap_run_ddl(psprintf("DROP TRIGGER %s ON %s",
								quote_identifier(lfirst(lc)),
								relmap_quoted_table(triggers->table)));
		report->dropped = lappend(report->dropped,
								  psprintf("trigger \"%s\"", (char *) lfirst(lc)));
	}
}

/*
 * Make the triggers that are missing; key is the foreign key's name:
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
void
relmap_triggers_add(const RelmapTriggers *triggers, const char *key,
					RelmapReport *report)
{
	int			kind;
	ListCell   *lc;

	for (kind = 0; kind < RELMAP_SLOT_NULLIFY; kind++)
	{
		if (triggers->want[kind] && !triggers->have[kind])
			add_trigger(triggers, (RelmapTriggerKind) kind,
						triggers->arguments, key, report);
	}
	foreach(lc, triggers->slots)
	{
		RelmapSlotTrigger *slot = lfirst(lc);

		if (!slot->have && OidIsValid(slot->author))
			add_trigger(triggers, slot->kind,
						list_make4(relmap_quoted_columns(triggers->arguments),
								   slot->keyed_by, slot->condition, slot->list),
						key, report);
	}
	foreach(lc, triggers->required)
	{
		RelmapRequiredTrigger *required = lfirst(lc);

		if (required->have || !OidIsValid(required->author))
			continue;
		add_trigger(triggers, OidIsValid(triggers->from) ?
					RELMAP_REQUIRED_SOURCE : RELMAP_REQUIRED_CHILD,
					required->arguments, required->name, report);
		report->requires = true;
	}
}

/*
 * Make one of them.
 */
static void
add_trigger(const RelmapTriggers *triggers, RelmapTriggerKind kind,
			List *arguments, const char *key, RelmapReport *report)
{
	char	   *table = relmap_quoted_table(triggers->table);
	const TriggerText *text = &trigger_texts[kind];
	char	   *name = free_trigger_name(triggers->table, text->prefix, key);
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %s %s %s ON %s ", text->head,
					 quote_identifier(name), text->event, table);
	if (OidIsValid(triggers->from))
		appendStringInfo(&buf, "FROM %s ",
						 relmap_quoted_table(triggers->from));
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
	report->added = lappend(report->added,
							kind == RELMAP_REQUIRED_SOURCE
							? psprintf("trigger \"%s\" on table \"%s\"", name,
									   get_rel_name(triggers->table))
							: psprintf("trigger \"%s\"", name));
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


/* ---- on the parent, or to it ------------------------------------------ */

/*
 * Bring these triggers in line; see the header.
 */
void
relmap_triggers_apply_parent(const RelmapRelationship *r,
							 RelmapReport *report)
{
	RelmapTriggers triggers = {0};

	find_on_parent(r, &triggers);
	relmap_triggers_drop(&triggers, report);
	if (!relmap_triggers_missing(&triggers))
		return;

	/* They act with the rights of the child's owner. */
	if (triggers.to_parent)
		check_may_delete(r);
	else
		relmap_check_owner(triggers.from);
	relmap_triggers_add(&triggers, r->foreign_key, report);
}

/*
 * Drop those of these triggers that nothing wants; see the header.  No
 * further check of rights: a declaration is accepted from the source's owner
 * only.
 */
void
relmap_triggers_drop_parent(const RelmapRelationship *r, RelmapReport *report)
{
	RelmapTriggers triggers = {0};
	Oid			save_userid;
	int			save_sec_context;

	find_on_parent(r, &triggers);
	if (triggers.superfluous == NIL)
		return;

	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	SetUserIdAndSecContext(relmap_table_owner(r->source),
						   save_sec_context | SECURITY_LOCAL_USERID_CHANGE);
	relmap_triggers_drop(&triggers, report);
	SetUserIdAndSecContext(save_userid, save_sec_context);
}

/*
 * Which triggers are wanted by declarations of source on exactly that existing
 * key, and which are there?  A foreign key that cascades needs no help.  They
 * act on rows of the child: a declaration by an owner of source without rights
 * to the child keeps them, but does not create them.
 */
static void
find_on_parent(const RelmapRelationship *relationship,
			   RelmapTriggers *triggers)
{
	RelmapForeignKey *fk;
	bool		may_act;
	ListCell   *lc;

	if (relationship->direction == RELMAP_MANYTOONE)
	{
		find_cascade_to_parent(relationship, triggers);
		return;
	}
	triggers->table = relationship->source;
	triggers->from = relmap_relationship_child(relationship);
	triggers->arguments = list_make1(relationship->foreign_key);
	triggers->key = relationship->foreign_key;

	fk = relmap_declkey_near_columns(relationship);
	may_act = fk && relmap_owner_may_act_on(triggers->table, triggers->from);
	foreach(lc, relmap_catalog_on_table(triggers->from))
	{
		RelmapRelationship *r = lfirst(lc);
		bool		may = may_act || strcmp(r->name, relationship->name) == 0;

		if (fk == NULL || r->source != triggers->table ||
			fk->parent != r->source || r->direction == RELMAP_MANYTOONE ||
			!r->enforce ||
			strcmp(r->foreign_key, relationship->foreign_key) != 0)
			continue;
		if (r->required)
			relmap_triggers_want_required(triggers, r, !may);
		if (fk->on_delete != FKCONSTR_ACTION_CASCADE &&
			relmap_relationship_cascade_has(r->cascade, "delete"))
		{
			triggers->keep[RELMAP_CASCADE_DELETE] = true;
			triggers->want[RELMAP_CASCADE_DELETE] |= may;
		}
	}
	relmap_triggers_find(triggers);
}

/*
 * Are the triggers that cascade to the parent wanted by a declaration of that
 * table on exactly that existing key, and do they exist?
 */
static void
find_cascade_to_parent(const RelmapRelationship *relationship,
					   RelmapTriggers *triggers)
{
	RelmapForeignKey *fk = relmap_declkey_near_columns(relationship);
	ListCell   *lc;

	triggers->table = relationship->source;
	triggers->to_parent = true;
	triggers->arguments = lcons(relationship->foreign_key,
								list_copy(relationship->foreign_columns));

	foreach(lc, relmap_catalog_on_table(triggers->table))
	{
		RelmapRelationship *r = lfirst(lc);

		if (fk == NULL || r->direction != RELMAP_MANYTOONE ||
			!r->single_parent || fk->parent != r->target ||
			strcmp(r->foreign_key, relationship->foreign_key) != 0 ||
			!relmap_same_names(r->foreign_columns,
							   relationship->foreign_columns))
			continue;
		if (relmap_relationship_cascade_has(r->cascade, "delete"))
			triggers->want[RELMAP_DELETE_PARENT] = true;
		if (relmap_relationship_cascade_has(r->cascade, "delete-orphan"))
			triggers->want[RELMAP_DELETE_ORPHAN_PARENT] = true;
	}
	relmap_triggers_find(triggers);
}

/*
 * Raise an error unless the owner of a many-to-one's source, as whom the
 * triggers act, may delete rows of its target.
 */
static void
check_may_delete(const RelmapRelationship *r)
{
	const RelmapForeignKey *fk = relmap_declkey_near_columns(r);
	Oid			owner = relmap_table_owner(r->source);
	bool		may_read = true;

	if (pg_class_aclcheck(r->target, owner, ACL_SELECT) != ACLCHECK_OK)
	{
		for (int i = 0; fk && i < fk->nkeys; i++)
			may_read &= pg_attribute_aclcheck(r->target,
											  fk->parent_attnums[i], owner,
											  ACL_SELECT) == ACLCHECK_OK;
	}
	if (may_read &&
		pg_class_aclcheck(r->target, owner, ACL_DELETE) == ACLCHECK_OK)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for table %s", get_rel_name(r->target)),
			 errdetail("Cascade \"delete\" of relationship \"%s\" deletes rows of it as the owner of table \"%s\".",
					   relmap_relationship_display_name(r->source, r->name),
					   get_rel_name(r->source)),
			 errhint("GRANT SELECT, DELETE ON %s TO %s;",
					 relmap_quoted_table(r->target),
					 quote_identifier(GetUserNameFromId(owner, false))),
			 relmap_errtable(r->target, NULL, NULL)));
}
