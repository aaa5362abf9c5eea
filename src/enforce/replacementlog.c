/*-------------------------------------------------------------------------
 *
 * replacementlog.c
 *	  Messages for replaced rows, if relmap.log_replacement asks for them.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/replacementlog.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/util.h"
#include "enforce/replacementlog.h"
#include "enforce/rowdescription.h"
#include "enforce/slotnames.h"

/* The values of relmap.log_replacement; 0 is off, the others error levels. */
static const struct config_enum_entry levels[] = {
	{"off", 0, false},
	{"debug", DEBUG1, false},
	{"log", LOG, false},
	{"notice", NOTICE, false},
	{NULL, 0, false}
};

static int	level = 0;

static char *relationship_names(const RelmapChange *change);
static char *row_change(const RelmapChange *change, const char *old,
						const char *new);
static bool is_orphan(const RelmapChange *change);
static char *assignments(const RelmapChange *change);

/*
 * Report a replacement; see the header.  The server's log has the keys of both
 * rows, the client only those that the user may see.
 */
void
relmap_replacementlog_report(const RelmapChange *change, Relation rel,
							 ItemPointer tid, TupleTableSlot *newcomer)
{
	TupleTableSlot *slot;
	char	   *names;
	char	   *whole;
	char	   *visible;

	if (level == 0 || !message_level_is_interesting(level))
		return;

	names = relationship_names(change);
	slot = table_slot_create(rel, NULL);
	if (!table_tuple_fetch_row_version(rel, tid, SnapshotAny, slot))
		ExecClearTuple(slot);
	whole = TTS_EMPTY(slot) ? NULL :
		row_change(change, relmap_rowdescription(rel, slot, true),
				   relmap_rowdescription(rel, newcomer, true));
	visible = TTS_EMPTY(slot) ? NULL :
		row_change(change, relmap_rowdescription(rel, slot, false),
				   relmap_rowdescription(rel, newcomer, false));
	ExecDropSingleTupleTableSlot(slot);

	ereport(level,
			(names != NULL
			 ? errmsg("row of table \"%s\" was replaced for relationship %s",
					  relmap_table_display_name(RelationGetRelid(rel)), names)
			 : errmsg("row of table \"%s\" was replaced for a relationship that is not declared",
					  relmap_table_display_name(RelationGetRelid(rel))),
			 visible ? errdetail_internal("%s", visible) : 0,
			 whole ? errdetail_log("%s", whole) : 0,
			 errtable(rel)));
}

/*
 * What happened to the old row; NULL if one of them has no description.
 */
static char *
row_change(const RelmapChange *change, const char *old, const char *new)
{
	bool		has_list = false;
	char	   *result;

	if (old == NULL || new == NULL)
		return NULL;

	for (int i = 0; i < change->nslots; i++)
		has_list |= change->keys[i]->list != NIL;
	if (change->action == RELMAP_DELETE_INCUMBENT)
		return psprintf(_("Row %s was deleted, and replaced by row %s."),
						old, new);
	result = has_list ?
		psprintf(_("Row %s was changed by SET %s, and replaced by row %s."),
				 old, assignments(change), new) :
		psprintf(_("The foreign key of row %s was set to NULL, and the row was replaced by row %s."),
				 old, new);
	if (is_orphan(change))
		result = psprintf(_("%s  Row %s will be deleted at COMMIT, unless it has a parent again by then."),
						  result, old);
	return result;
}

/*
 * Does the row lose a parent without which it is deleted?
 */
static bool
is_orphan(const RelmapChange *change)
{
	for (int i = 0; i < change->nslots; i++)
	{
		RelmapKeyInfo *key = change->keys[i];

		if (key->policy == RELMAP_POLICY_DELETE)
			return true;
		if (key->deletes_orphans &&
			(key->list == NIL ||
			 bms_overlap(key->nullable_set, key->foreign_set)))
			return true;
	}
	return false;
}

/*
 * What was set in the old row, where a list says it.
 */
static char *
assignments(const RelmapChange *change)
{
	StringInfoData buf;
	Bitmapset  *columns = NULL;

	initStringInfo(&buf);
	for (int i = 0; i < change->nslots; i++)
	{
		RelmapKeyInfo *key = change->keys[i];

		if (key->list != NIL)
			appendStringInfo(&buf, ", %s", key->list_text);
		for (int j = 0; j < key->nnullable && key->list == NIL; j++)
		{
			if (!bms_is_member(key->nullable[j], columns))
				appendStringInfo(&buf, ", %s = NULL",
								 quote_identifier(get_attname(key->relid,
															  key->nullable[j],
															  false)));
			columns = bms_add_member(columns, key->nullable[j]);
		}
	}
	return buf.data + strlen(", ");
}

/*
 * The names of the relationships by which a row was replaced, NULL if there are
 * none.
 */
static char *
relationship_names(const RelmapChange *change)
{
	List	   *names = NIL;

	for (int i = 0; i < change->nslots; i++)
	{
		ListCell   *lc;

		foreach(lc, relmap_slotnames_all(change->keys[i]))
			names = lappend(names, psprintf("\"%s\"", (char *) lfirst(lc)));
	}
	return names == NIL ? NULL : relmap_enumerate(names);
}

/*
 * Define the setting.
 */
void
relmap_replacementlog_init(void)
{
	DefineCustomEnumVariable("relmap.log_replacement",
							 "Sets the level of a message for each row that is replaced.",
							 "The message names the relationship, the rows by their primary keys, and what was done.",
							 &level,
							 0,
							 levels,
							 PGC_SUSET,
							 0,
							 NULL, NULL, NULL);
}
