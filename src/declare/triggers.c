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
 * key's name before its columns.  That of a slot with key or condition has the
 * columns as lists in one argument each, see RelmapSlotTrigger; conditions and
 * lists are compared as parse trees.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/triggers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "base/catalog.h"
#include "base/condition.h"
#include "base/setlist.h"
#include "base/subxact.h"
#include "base/util.h"
#include "declare/report.h"
#include "declare/triggers.h"
#include "declare/triggertext.h"

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
static bool same_text(Oid author, const char *wanted, const char *there,
					  Oid relid, bool is_list);
static void compare_texts(void *arg);
static void add_trigger(const RelmapTriggers *triggers, RelmapTriggerKind kind,
						List *arguments, const char *key,
						RelmapReport *report);
static bool trigger_kind(const Trigger *trigger,
						 const RelmapTriggers *triggers,
						 const Oid *functions, RelmapTriggerKind *kind);
static bool is_to_parent(RelmapTriggerKind kind);


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
		functions[i] = relmap_triggertext_function((RelmapTriggerKind) i);

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
 * Keep the triggers that a declaration may have, if they exist; of its slot only
 * if that is asked for.
 */
void
relmap_triggers_keep(RelmapTriggers *triggers, const RelmapRelationship *r,
					 bool of_slot)
{
	bool	   *keep = triggers->keep;

	if (r->direction == RELMAP_MANYTOONE || !r->enforce)
		return;
	if (relmap_relationship_cascade_has(r->cascade, "delete-orphan"))
		keep[RELMAP_ORPHAN_ALL] = keep[RELMAP_ORPHAN_MOVED] = true;
	if (!of_slot || !relmap_relationship_is_slot(r))
		return;
	if (strcmp(r->on_replace, "delete") == 0)
		keep[RELMAP_ORPHAN_REPLACED] = true;
	if (r->condition || r->keyed_by || relmap_setlist_of(r->on_replace))
		relmap_triggers_want_slot(triggers, r, true);
	else if (strcmp(r->on_replace, "restrict") == 0)
		keep[RELMAP_REPLACE_RESTRICT] = true;
	else if (strcmp(r->on_replace, "nullify") == 0)
		keep[RELMAP_REPLACE_NULLIFY] = true;
	else
		keep[RELMAP_REPLACE_DELETE] = true;
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
same_text(Oid author, const char *wanted, const char *there, Oid relid,
		  bool is_list)
{
	SameText	same;

	if (strcmp(wanted, there) == 0)
		return true;
	if (wanted[0] == '\0' || there[0] == '\0' || !OidIsValid(author))
		return false;
	same.author = author;
	same.text = wanted;
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
			(trigger->tgqual != NULL) ==
			relmap_triggertext_has_condition((RelmapTriggerKind) k))
		{
			*kind = (RelmapTriggerKind) k;
			return true;
		}
	}
	return false;
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
 * Make the triggers that are missing; key is the foreign key's name.
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
	char	   *name = relmap_triggertext_create(kind, triggers->table,
												 triggers->from, arguments,
												 key);

	report->added = lappend(report->added,
							kind == RELMAP_REQUIRED_SOURCE
							? psprintf("trigger \"%s\" on table \"%s\"", name,
									   relmap_table_display_name(triggers->table))
							: psprintf("trigger \"%s\"", name));
}
