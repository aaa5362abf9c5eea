/*-------------------------------------------------------------------------
 *
 * requiredkey.c
 *	  The triggers of a required relationship, compiled: which key, which
 *	  rows count as children, and the queries that look for them.
 *
 * There are two.  That on the child, or on the association table, names the
 * foreign key, of an association table its other key, the condition, and the
 * attribute, for messages.  That on the source is FROM the child and names key
 * and attribute only; the rest is in the first one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/requiredkey.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"
#include "utils/ruleutils.h"

#include "base/condition.h"
#include "base/join.h"
#include "base/qualify.h"
#include "base/subxact.h"
#include "base/util.h"
#include "enforce/requiredkey.h"
#include "enforce/shardkey.h"
#include "enforce/triggerargs.h"
#include "enforce/triggercondition.h"

/* For read_condition(). */
typedef struct ConditionText
{
	const char *text;
	Oid			relid;
	Oid			author;
	Node	   *condition;
} ConditionText;

static bool build_on_child(RelmapKeyInfo *key, Trigger *trigger, Relation rel);
static bool build_on_source(RelmapKeyInfo *key, Trigger *trigger,
							Relation rel);
static bool read_child_arguments(RelmapRequired *required,
								 const Trigger *trigger, Oid child);
static bool is_other_half(const Trigger *other, const Trigger *trigger);
static bool is_or_has_partition(Oid relid, Relation rel);
static Oid	declared_table(const Trigger *trigger, Relation rel,
						   const char *key);
static bool read_condition(const char *string, Oid relid, Oid author,
						   Node **condition);
static void read_condition_text(void *arg);
static void map_columns(Oid from, int n, const AttrNumber *attnums, Oid to,
						AttrNumber *result);
static void append_own_equality(StringInfo buf, const char *alias, Oid relid,
								int nkeys, const AttrNumber *attnums,
								const Oid *operators);
static void append_child(StringInfo buf, const RelmapRequired *required);
static void append_source(StringInfo buf, const RelmapRequired *required);


/*
 * Is this the function of such a trigger?
 */
bool
relmap_requiredkey_is_of(Oid function)
{
	return relmap_triggerargs_runs(function, "relmap_required_child") ||
		relmap_triggerargs_runs(function, "relmap_required_source");
}

/*
 * Compile such a trigger of rel into key; false if what it needs does not exist
 * any more.
 */
bool
relmap_requiredkey_build(RelmapKeyInfo *key, Trigger *trigger, Relation rel)
{
	key->required = palloc0(sizeof(RelmapRequired));
	key->required->trigger_name = pstrdup(trigger->tgname);
	if (relmap_triggerargs_runs(trigger->tgfoid, "relmap_required_child"))
		return build_on_child(key, trigger, rel);
	return build_on_source(key, trigger, rel);
}

/*
 * That on the child, or on a partition of it.
 */
static bool
build_on_child(RelmapKeyInfo *key, Trigger *trigger, Relation rel)
{
	RelmapRequired *required = key->required;
	Oid			relid = RelationGetRelid(rel);
	Oid			child;
	Node	   *condition;

	if (trigger->tgnargs != RELMAP_REQUIRED_CHILD_ARGUMENTS ||
		OidIsValid(trigger->tgconstrrelid))
		return false;
	child = declared_table(trigger, rel,
						   trigger->tgargs[RELMAP_REQUIRED_CHILD_KEY]);
	if (!read_child_arguments(required, trigger, child))
		return false;
	if (required->condition)
	{
		if (!read_condition(required->condition, relid,
							relmap_table_owner(relid), &condition))
			return false;
		key->condition = relmap_triggercondition(condition, rel);
	}

	key->foreign_key = required->fk->oid;
	key->nkeys = required->fk->nkeys;
	map_columns(child, key->nkeys, required->fk->child_attnums, relid,
				key->attnums);
	if (required->far)
		map_columns(child, required->far->nkeys, required->far->child_attnums,
					relid, required->far_attnums);
	return true;
}

/*
 * That on the source, or on a partition of it.
 */
static bool
build_on_source(RelmapKeyInfo *key, Trigger *trigger, Relation rel)
{
	RelmapRequired *required = key->required;
	Oid			relid = RelationGetRelid(rel);
	Oid			child = trigger->tgconstrrelid;
	RelmapForeignKey *fk = NULL;
	Relation	child_rel;
	TriggerDesc *triggers;
	bool		found = false;

	required->on_source = true;
	key->child = child;
	if (trigger->tgnargs != RELMAP_REQUIRED_SOURCE_ARGUMENTS)
		return false;
	if (OidIsValid(child))
		fk = relmap_foreignkey_by_name(child,
									   trigger->tgargs[RELMAP_REQUIRED_SOURCE_KEY]);
	if (fk == NULL || !is_or_has_partition(fk->parent, rel))
		fk = relmap_shardkey_referencing(trigger, rel,
										 trigger->tgargs[RELMAP_REQUIRED_SOURCE_KEY]);
	if (fk == NULL)
		return false;
	key->child = child = fk->child;

	/* a copy, as catalogs are read meanwhile */
	child_rel = table_open(child, AccessShareLock);
	triggers = CopyTriggerDesc(child_rel->trigdesc);
	table_close(child_rel, NoLock);
	for (int i = 0; triggers && i < triggers->numtriggers && !found; i++)
		found = is_other_half(&triggers->triggers[i], trigger) &&
			read_child_arguments(required, &triggers->triggers[i], child);
	FreeTriggerDesc(triggers);
	if (!found || !is_or_has_partition(required->fk->parent, rel))
		return false;

	key->foreign_key = required->fk->oid;
	key->nkeys = required->fk->nkeys;
	map_columns(required->fk->parent, key->nkeys,
				required->fk->parent_attnums, relid, key->attnums);
	return true;
}

/*
 * Is this the trigger on the child that goes with one on the source?
 */
static bool
is_other_half(const Trigger *other, const Trigger *trigger)
{
	return other->tgnargs == RELMAP_REQUIRED_CHILD_ARGUMENTS &&
		!OidIsValid(other->tgconstrrelid) &&
		strcmp(other->tgargs[RELMAP_REQUIRED_CHILD_KEY],
			   trigger->tgargs[RELMAP_REQUIRED_SOURCE_KEY]) == 0 &&
		strcmp(other->tgargs[RELMAP_REQUIRED_CHILD_NAME],
			   trigger->tgargs[RELMAP_REQUIRED_SOURCE_NAME]) == 0 &&
		relmap_triggerargs_runs(other->tgfoid, "relmap_required_child");
}

static bool
is_or_has_partition(Oid relid, Relation rel)
{
	return RelationGetRelid(rel) == relid ||
		(rel->rd_rel->relispartition &&
		 list_member_oid(get_partition_ancestors(RelationGetRelid(rel)),
						 relid));
}

/*
 * Read the arguments of the trigger on the child; false if a key of theirs
 * does not exist.
 */
static bool
read_child_arguments(RelmapRequired *required, const Trigger *trigger,
					 Oid child)
{
	char	  **args = trigger->tgargs;

	required->attribute = pstrdup(args[RELMAP_REQUIRED_CHILD_NAME]);
	required->fk = relmap_shardkey_of(child, args[RELMAP_REQUIRED_CHILD_KEY]);
	if (required->fk == NULL || required->fk->temporal)
		return false;
	if (args[RELMAP_REQUIRED_CHILD_FAR_KEY][0] != '\0')
	{
		required->far = relmap_shardkey_of(child,
										   args[RELMAP_REQUIRED_CHILD_FAR_KEY]);
		if (required->far == NULL)
			return false;
	}
	if (args[RELMAP_REQUIRED_CHILD_CONDITION][0] != '\0')
		required->condition = pstrdup(args[RELMAP_REQUIRED_CHILD_CONDITION]);
	return true;
}

/*
 * The table on which the trigger of a partition was made: that of the key.
 */
static Oid
declared_table(const Trigger *trigger, Relation rel, const char *key)
{
	Oid			result = RelationGetRelid(rel);
	ListCell   *lc;

	if (!trigger->tgisclone)
		return result;
	foreach(lc, get_partition_ancestors(result))
	{
		if (relmap_foreignkey_by_name(lfirst_oid(lc), key) != NULL)
			result = lfirst_oid(lc);
	}
	return result;
}

/*
 * Analyse a condition of rows of a table; false if that can't be done any
 * more.
 */
static bool
read_condition(const char *string, Oid relid, Oid author, Node **condition)
{
	ConditionText arg;

	arg.text = string;
	arg.relid = relid;
	arg.author = author;
	if (relmap_subxact_try(read_condition_text, &arg) != NULL)
		return false;
	*condition = arg.condition;
	return true;
}

static void
read_condition_text(void *arg)
{
	ConditionText *self = arg;

	self->condition = relmap_condition_read(self->text, self->relid,
											self->author);
}

/*
 * The columns of a partition, or of the table itself, that are n columns of a
 * table.
 */
static void
map_columns(Oid from, int n, const AttrNumber *attnums, Oid to,
			AttrNumber *result)
{
	for (int i = 0; i < n; i++)
		result[i] = from == to ? attnums[i] :
			get_attnum(to, get_attname(from, attnums[i], false));
}

/*
 * The trigger's row depends on the other key of an association table, too.
 */
void
relmap_requiredkey_set_depends(RelmapKeyInfo *key)
{
	const RelmapRequired *required = key->required;

	if (required->far == NULL || required->on_source)
		return;
	for (int i = 0; i < required->far->nkeys; i++)
		key->depends = bms_add_member(key->depends, required->far_attnums[i] -
									  FirstLowInvalidHeapAttributeNumber);
}

/*
 * Free its plans.
 */
void
relmap_requiredkey_free(RelmapRequired *required)
{
	for (int i = 0; i < RELMAP_REQUIRED_QUERIES; i++)
	{
		if (required->plans[i] != NULL)
			SPI_freeplan(required->plans[i]);
	}
}


/* ---- the queries ------------------------------------------------------ */

/*
 * The text of a query.  $1, $2, ... are the values of the key in the trigger's
 * row:
 *
 *	SELECT c.xmin FROM [ONLY] child c WHERE $1 = c.fk [AND ...]
 *	[AND c.other_key IS NOT NULL] [AND (condition)]
 *
 *	SELECT 1 FROM [ONLY] child c WHERE ... FOR SHARE SKIP LOCKED
 *
 *	SELECT 1 FROM [ONLY] source p WHERE p.key = $1 [AND ...]
 *	FOR NO KEY UPDATE
 */
char *
relmap_requiredkey_query(const RelmapRequired *required,
						 RelmapRequiredQuery query)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (query == RELMAP_REQUIRED_LOCK)
	{
		appendStringInfoString(&buf, "SELECT 1 FROM ");
		append_source(&buf, required);
		appendStringInfoString(&buf, " FOR NO KEY UPDATE");
		return buf.data;
	}
	appendStringInfo(&buf, "SELECT %s FROM ",
					 query == RELMAP_REQUIRED_FIND ? "c.xmin" : "1");
	append_child(&buf, required);
	appendStringInfoString(&buf, " LIMIT 1");
	if (query == RELMAP_REQUIRED_HOLD)
		appendStringInfoString(&buf, " FOR SHARE SKIP LOCKED");
	return buf.data;
}

/*
 * Append a condition for each column of a key: "alias.column = $n", where the
 * parameters are of the columns' own types.
 */
static void
append_own_equality(StringInfo buf, const char *alias, Oid relid, int nkeys,
					const AttrNumber *attnums, const Oid *operators)
{
	for (int i = 0; i < nkeys; i++)
	{
		Oid			type = get_atttype(relid, attnums[i]);

		if (i > 0)
			appendStringInfoString(buf, " AND ");
		generate_operator_clause(buf,
								 psprintf("%s.%s", alias,
										  quote_identifier(get_attname(relid, attnums[i],
																	   false))),
								 type, operators[i], psprintf("$%d", i + 1),
								 type);
	}
}

/*
 * Append the rows that count as children.
 */
static void
append_child(StringInfo buf, const RelmapRequired *required)
{
	const RelmapForeignKey *fk = required->fk;
	Node	   *condition;

	appendStringInfo(buf, "%s c WHERE ", relmap_join_table(fk->child));
	if (required->on_source)
		appendStringInfoString(buf, relmap_join_condition(fk, NULL, "c"));
	else
		append_own_equality(buf, "c", fk->child, fk->nkeys, fk->child_attnums,
							fk->ff_eq_oprs);
	for (int i = 0; required->far && i < required->far->nkeys; i++)
		appendStringInfo(buf, " AND c.%s IS NOT NULL",
						 quote_identifier(get_attname(fk->child,
													  required->far->child_attnums[i],
													  false)));
	if (required->condition == NULL)
		return;
	condition = relmap_condition_read(required->condition, fk->child,
									  relmap_table_owner(fk->child));
	appendStringInfo(buf, " AND (%s)",
					 relmap_qualify(condition, fk->child, "c"));
}

/*
 * Append the row of the source.
 */
static void
append_source(StringInfo buf, const RelmapRequired *required)
{
	const RelmapForeignKey *fk = required->fk;

	appendStringInfo(buf, "%s p WHERE ", relmap_join_table(fk->parent));
	if (required->on_source)
		append_own_equality(buf, "p", fk->parent, fk->nkeys,
							fk->parent_attnums, fk->pp_eq_oprs);
	else
		appendStringInfoString(buf, relmap_join_condition(fk, "p", NULL));
}
