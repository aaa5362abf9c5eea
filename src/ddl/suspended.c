/*-------------------------------------------------------------------------
 *
 * suspended.c
 *	  Relationships whose constraints were dropped, or added again.
 *
 * Migration tools drop a foreign key or a unique constraint and add it again.
 * In between the relationship is suspended: its triggers find no key and do
 * nothing.  A key counts as the same one if it has the same columns and
 * references the same ones of the same table, by whatever name.
 *
 * Nothing is created here: a restore has its own triggers.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/suspended.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "nodes/parsenodes.h"
#include "storage/lockdefs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/relcache.h"

#include "attributes/accessor.h"
#include "base/catalog.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/lastseen.h"
#include "base/nullable.h"
#include "base/slot.h"
#include "base/texts.h"
#include "base/uniqueindex.h"
#include "base/util.h"
#include "ddl/follow.h"
#include "ddl/lost.h"
#include "ddl/rename.h"
#include "ddl/suspended.h"

/* As many lines as core's own "drop cascades to" has. */
#define MAX_REPORTED 100

/* What it means that one is open. */
#define OPEN_HINT \
	errhint("Rows are not replaced now, and several rows can have the same parent, until the unique constraint or index is added again.  Use relmap.drop_relationship() to drop the relationship.")

/* A relationship for the report. */
typedef struct Entry
{
	char	   *name;
	char	   *object;
	bool		open;			/* two rows may have the same parent */
} Entry;

/* What is done for one declaration by itself. */
typedef struct Work
{
	RelmapRelationship *relationship;
	bool		changed;		/* it stands on another key now */
	bool		resumed;
	char	   *refused;		/* why a key that is there will not do */
	bool		open;			/* its columns are not unique */
} Work;

static bool one_is_open(List *list);
static bool is_constraint(const Entry *entry);
static void resume(void *arg);
static RelmapForeignKey *find_key(const RelmapRelationship *r, bool far,
								  char **refused);
static char *cannot_carry(const RelmapRelationship *r, bool far,
						  const RelmapForeignKey *fk);
static void report_refused(List *refused);
static List *made_unique(Node *command);
static bool has_foreign_keys(Oid relid);
static bool makes_index(const Constraint *constraint);
static void has_uniqueness_back(void *arg);
static bool is_newest(Oid index, Oid relid);


/*
 * Add an entry to a report; see the header.
 */
List *
relmap_suspended_add(List *list, const RelmapRelationship *r,
					 const char *object, bool open)
{
	Entry	   *entry = palloc(sizeof(Entry));

	entry->name = relmap_relationship_display_name(r->source, r->name);
	entry->object = pstrdup(object);
	entry->open = open;
	return lappend(list, entry);
}

/*
 * Report the entries in one message; what: "suspended", "resumed".
 */
void
relmap_suspended_report(List *list, const char *what)
{
	int			count = list_length(list);
	StringInfoData detail;
	ListCell   *lc;

	if (count == 0)
		return;
	initStringInfo(&detail);
	foreach(lc, list)
	{
		Entry	   *entry = lfirst(lc);

		if (foreach_current_index(lc) == MAX_REPORTED)
			break;
		appendStringInfo(&detail, "%sRelationship \"%s\" depends on %s.",
						 detail.len > 0 ? "\n" : "", entry->name, entry->object);
	}
	if (count > MAX_REPORTED)
		appendStringInfo(&detail, "\n%d other relationships were %s too.",
						 count - MAX_REPORTED, what);
	ereport(one_is_open(list) ? WARNING : NOTICE,
			(count == 1 ?
			 errmsg("relationship \"%s\" %s", ((Entry *) linitial(list))->name, what) :
			 errmsg("%d relationships %s", count, what),
			 errdetail_internal("%s", detail.data),
			 strcmp(what, "suspended") != 0 ? 0 :
			 one_is_open(list) ? OPEN_HINT :
			 is_constraint(linitial(list))
			 ? errhint("It resumes when the constraint is added again.  Use relmap.drop_relationship() to drop it.")
			 : errhint("Use relmap.alter_relationship() to give it another condition or on_replace, or relmap.drop_relationship() to drop it.")));
}

/*
 * Is one of them open?
 */
static bool
one_is_open(List *list)
{
	ListCell   *lc;

	foreach(lc, list)
	{
		if (((Entry *) lfirst(lc))->open)
			return true;
	}
	return false;
}

/*
 * Does a relationship depend on a constraint, not on what its texts name?
 */
static bool
is_constraint(const Entry *entry)
{
	return strncmp(entry->object, "foreign key", 11) == 0 ||
		strncmp(entry->object, "the uniqueness", 14) == 0;
}

/*
 * See the header.
 */
bool
relmap_suspended_concerns(Node *command)
{
	return relmap_catalog_has_suspended() || made_unique(command) != NIL;
}

/*
 * See the header.
 */
bool
relmap_suspended_resume(List *tables, Node *command)
{
	List	   *unique = made_unique(command);
	List	   *resumed = NIL;
	List	   *refused = NIL;
	bool		changed = false;
	ListCell   *lc;

	foreach(lc, relmap_catalog_involving(list_concat_unique_oid(list_copy(tables), unique)))
	{
		Work		work = {lfirst(lc)};
		bool		far_only = work.relationship->secondary_key_lost &&
		!work.relationship->key_lost;

		if (!relmap_relationship_tables_exist(work.relationship))
			continue;
		if (relmap_declkey_suspended(work.relationship))
			(void) relmap_follow(resume, &work, lfirst(lc));
		else if (list_member_oid(unique,
								 relmap_relationship_child(work.relationship)))
			(void) relmap_follow(has_uniqueness_back, &work, lfirst(lc));
		changed |= work.changed;
		if (work.resumed)
			resumed = relmap_suspended_add(resumed, work.relationship,
										   psprintf("foreign key \"%s\"", far_only
													? work.relationship->secondary_key
													: work.relationship->foreign_key),
										   false);
		if (work.refused)
			refused = relmap_suspended_add(refused, work.relationship,
										   work.refused, work.open);
	}
	relmap_suspended_report(resumed, "resumed");
	report_refused(refused);
	return changed;
}

/*
 * Report in one message what a key that is there will not do for.
 */
static void
report_refused(List *refused)
{
	Entry	   *first;
	int			others = list_length(refused) - 1;

	if (refused == NIL)
		return;
	first = linitial(refused);
	ereport(one_is_open(refused) ? WARNING : NOTICE,
			(errmsg("relationship \"%s\" stays suspended", first->name),
			 others == 0 ? errdetail_internal("%s", first->object) :
			 errdetail_plural("%s\n%d other relationship stays suspended, too.",
							  "%s\n%d other relationships stay suspended, too.",
							  others, first->object, others),
			 one_is_open(refused) ? OPEN_HINT : 0));
}

/*
 * Let one declaration have the keys that are there now.
 */
static void
resume(void *arg)
{
	Work	   *work = arg;
	RelmapRelationship *old = work->relationship;
	RelmapRelationship r;
	RelmapForeignKey *near = NULL;
	RelmapForeignKey *far = NULL;

	if (old->key_lost)
		near = find_key(old, false, &work->refused);
	if (old->secondary_key_lost)
		far = find_key(old, true, &work->refused);
	if (near == NULL && far == NULL)
		return;

	/* somebody may have changed it meanwhile */
	old = relmap_follow_lock(old);
	if (old == NULL)
		return;
	r = *old;
	if (near && r.key_lost)
		relmap_declkey_set_near(&r, near);
	if (far && r.secondary_key_lost)
		relmap_declkey_set_far(&r, far);
	relmap_rename_keys(old, &r);
	relmap_catalog_update(&r, r.name);

	*work->relationship = r;
	work->changed = true;
	if (relmap_declkey_suspended(&r))
		return;
	work->open = relmap_texts_lacks_index(&r);
	if (work->open)
	{
		work->refused = psprintf("%s.", relmap_texts_not_unique(&r));
		work->refused[0] = pg_toupper(work->refused[0]);
	}
	else
		work->resumed = true;
}

/*
 * The foreign key that has the columns of the one that was dropped, or of
 * secondary's other one: of several the one of its name, else the oldest.
 */
static RelmapForeignKey *
find_key(const RelmapRelationship *r, bool far, char **refused)
{
	Oid			child = relmap_relationship_child(r);
	Oid			parent = far ? r->target : relmap_relationship_parent(r);
	List	   *columns = relmap_lastseen_names(r, child, far ? r->secondary_columns : r->foreign_columns);
	List	   *referenced = relmap_lastseen_names(r, parent, far ? r->secondary_referenced : r->referenced_columns);
	const char *name = far ? r->secondary_key : r->foreign_key;
	RelmapForeignKey *best = NULL;
	char	   *why = NULL;
	ListCell   *lc;

	foreach(lc, relmap_foreignkey_list(child, parent))
	{
		RelmapForeignKey *fk = lfirst(lc);
		char	   *reason;

		if (!relmap_declkey_same_columns(fk, columns, referenced))
			continue;
		reason = cannot_carry(r, far, fk);
		if (reason)
		{
			why = reason;
			continue;
		}
		if (best == NULL || strcmp(NameStr(fk->name), name) == 0 ||
			(strcmp(NameStr(best->name), name) != 0 && fk->oid < best->oid))
			best = fk;
	}
	if (best == NULL && why)
		*refused = why;
	return best;
}

/*
 * Why a key with the right columns can't carry the relationship, as a
 * sentence; NULL if it can.
 */
static char *
cannot_carry(const RelmapRelationship *r, bool far, const RelmapForeignKey *fk)
{
	AttrNumber	nullable[INDEX_MAX_KEYS];

	if (fk->temporal)
		return psprintf("Foreign key \"%s\" has a PERIOD.", NameStr(fk->name));
	if (far || !relmap_relationship_is_slot(r) || !r->enforce ||
		strcmp(r->on_replace, "restrict") == 0)
		return NULL;
	for (int i = 0; i < fk->nkeys; i++)
	{
		if (get_attgenerated(fk->child, fk->child_attnums[i]) != '\0')
			return psprintf("Column \"%s\" of foreign key \"%s\" is generated.",
							get_attname(fk->child, fk->child_attnums[i],
										false),
							NameStr(fk->name));
	}
	if (strcmp(r->on_replace, "nullify") == 0 && fk->nkeys > 1 &&
		fk->match_type == FKCONSTR_MATCH_FULL &&
		relmap_nullable_of_key(fk, nullable) == 0)
		return psprintf("Foreign key \"%s\" is MATCH FULL, and not all of its columns can be NULL.",
						NameStr(fk->name));
	return NULL;
}

/*
 * The table, in a list, that the command has given a unique constraint or
 * index, and that has foreign keys.  A restore adds these later.
 */
static List *
made_unique(Node *command)
{
	RangeVar   *table = NULL;
	Oid			relid;

	if (IsA(command, IndexStmt) && ((IndexStmt *) command)->unique)
		table = ((IndexStmt *) command)->relation;
	else if (IsA(command, AlterTableStmt))
	{
		ListCell   *lc;

		foreach(lc, ((AlterTableStmt *) command)->cmds)
		{
			AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

			/* If it is only made anew, nothing was suspended. */
			if (cmd->subtype == AT_DropConstraint)
				return NIL;
			if (cmd->subtype == AT_AddConstraint &&
				makes_index(castNode(Constraint, cmd->def)))
				table = ((AlterTableStmt *) command)->relation;
		}
	}
	if (table == NULL)
		return NIL;
	relid = RangeVarGetRelid(table, NoLock, true);
	return OidIsValid(relid) && has_foreign_keys(relid) ?
		list_make1_oid(relid) : NIL;
}

static bool
has_foreign_keys(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	bool		result = RelationGetFKeyList(rel) != NIL;

	relation_close(rel, NoLock);
	return result;
}

/*
 * Does a constraint make a unique index, rather than take one that is there?
 */
static bool
makes_index(const Constraint *constraint)
{
	return (constraint->contype == CONSTR_UNIQUE ||
			constraint->contype == CONSTR_PRIMARY) &&
		constraint->indexname == NULL;
}

/*
 * Has the command brought back the uniqueness of an enforced relationship?
 * Its unique index is the table's newest then, and the only one that will do.
 */
static void
has_uniqueness_back(void *arg)
{
	Work	   *work = arg;
	RelmapRelationship *r = work->relationship;
	RelmapForeignKey *fk = relmap_declkey_near(r);
	RelmapSlot	slot;
	Oid			index;

	if (!relmap_relationship_is_unique(r) || fk == NULL ||
		!relmap_texts_slot(r, fk, &slot))
		return;
	index = relmap_slot_index(&slot);
	work->resumed = OidIsValid(index) && is_newest(index, fk->child) &&
		relmap_uniqueindex_is_alone(&slot, index);
}

/*
 * Is an index the one of its table that was made last?
 */
static bool
is_newest(Oid index, Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	ListCell   *lc;
	bool		result = true;

	foreach(lc, RelationGetIndexList(rel))
		result &= lfirst_oid(lc) <= index;
	table_close(rel, NoLock);
	return result;
}
