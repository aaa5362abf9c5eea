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
#include "catalog/partition.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/util.h"
#include "enforce/replacementlog.h"
#include "enforce/rowdescription.h"

/* The values of relmap.log_replacement; 0 is off, the others error levels. */
static const struct config_enum_entry levels[] = {
	{"off", 0, false},
	{"debug", DEBUG1, false},
	{"log", LOG, false},
	{"notice", NOTICE, false},
	{NULL, 0, false}
};

static int	level = 0;

static char *relationship_names(const RelmapChange *change, Relation rel);
static char *row_change(const RelmapChange *change, const char *old,
						const char *new);

/*
 * Report a replacement; see the header.  The server's log has the keys of both
 * rows, the client only those that the user may see.
 */
void
relmap_replacementlog_report(const RelmapChange *change, Relation rel,
							 ItemPointer tid, TupleTableSlot *newcomer)
{
	TupleTableSlot *slot;
	char	   *whole;
	char	   *visible;

	if (level == 0 || !message_level_is_interesting(level))
		return;

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
			(errmsg("row of table \"%s\" was replaced for relationship %s",
					RelationGetRelationName(rel),
					relationship_names(change, rel)),
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
	if (old == NULL || new == NULL)
		return NULL;

	switch (change->action)
	{
		case RELMAP_DELETE_INCUMBENT:
			return psprintf(_("Row %s was deleted, and replaced by row %s."),
							old, new);
		default:
			return psprintf(_("The foreign key of row %s was set to NULL, and the row was replaced by row %s."),
							old, new);
	}
}

/*
 * The names of the relationships by which a row was replaced.  The declarations
 * are on the root of a partitioned table.
 */
static char *
relationship_names(const RelmapChange *change, Relation rel)
{
	Oid			child = RelationGetRelid(rel);
	List	   *names = NIL;

	if (rel->rd_rel->relispartition)
		child = llast_oid(get_partition_ancestors(child));

	for (int i = 0; i < change->nslots; i++)
	{
		RelmapKeyInfo *key = change->keys[i];
		List	   *columns = relmap_column_names(RelationGetRelid(rel),
												  key->nkeys,
												  key->attnums);
		ListCell   *lc;

		foreach(lc, relmap_catalog_on_columns(child, columns))
		{
			RelmapRelationship *r = (RelmapRelationship *) lfirst(lc);

			if (r->direction != RELMAP_MANYTOONE && !r->uselist && r->enforce)
				names = lappend(names,
								psprintf("\"%s\"",
										 relmap_relationship_display_name(r->source,
																		  r->name)));
		}
	}
	return names == NIL ? pstrdup(_("that is not declared")) : relmap_enumerate(names);
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
