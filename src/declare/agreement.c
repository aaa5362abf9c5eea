/*-------------------------------------------------------------------------
 *
 * agreement.c
 *	  Do the declarations on one foreign key agree with one another and with
 *	  the table?
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/agreement.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/attnum.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/nullable.h"
#include "base/owner.h"
#include "base/setlist.h"
#include "base/texts.h"
#include "base/util.h"
#include "declare/agreement.h"
#include "declare/requirements.h"
#include "declare/slotoptions.h"

/*
 * Raise an error unless the declarations of a slot, and those that delete
 * orphans, agree on what happens to the row that is replaced.
 */
void
relmap_agreement_check_slot(const RelmapRequirements *need,
							const RelmapSlotRequirements *slot,
							const RelmapRelationship *r)
{
	const RelmapRelationship *other = NULL;
	bool		by_cascade = false;

	if (!relmap_slotoptions_same_on_replace(r, slot->holder))
		other = slot->holder;
	else if (need->orphans && strcmp(r->on_replace, "nullify") == 0)
	{
		other = need->orphans;
		by_cascade = true;
	}
	if (other == NULL)
		return;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relationships \"%s\" and \"%s\" contradict each other on foreign key \"%s\"",
					relmap_relationship_display_name(other->source, other->name),
					relmap_relationship_display_name(r->source, r->name),
					NameStr(need->fk->name)),
			 errdetail("The first has %s \"%s\", the second has on_replace \"%s\".",
					   by_cascade ? "cascade" : "on_replace",
					   by_cascade ? "delete-orphan" : other->on_replace,
					   r->on_replace),
			 errhint("Give both the same on_replace, or one of them enforce => false."),
			 relmap_errtable(need->child, NULL, NameStr(need->fk->name))));
}

/*
 * A row whose foreign key is NULL is kept, or deleted at COMMIT, whichever of
 * the key's slots it has lost.
 */
void
relmap_agreement_check_key(const RelmapRequirements *need)
{
	const RelmapRelationship *nullify = NULL;
	const RelmapRelationship *delete = NULL;
	ListCell   *lc;

	foreach(lc, need->slots)
	{
		const RelmapRelationship *r = ((RelmapSlotRequirements *) lfirst(lc))->holder;

		if (r && strcmp(r->on_replace, "nullify") == 0)
			nullify = r;
		else if (r && strcmp(r->on_replace, "delete") == 0)
			delete = r;
	}
	if (nullify == NULL || delete == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relationships \"%s\" and \"%s\" contradict each other on foreign key \"%s\"",
					relmap_relationship_display_name(nullify->source,
													 nullify->name),
					relmap_relationship_display_name(delete->source, delete->name),
					NameStr(need->fk->name)),
			 errdetail("The first has on_replace \"%s\", the second has on_replace \"%s\".",
					   nullify->on_replace, delete->on_replace),
			 errhint("Use 'set ...' for one of them."),
			 relmap_errtable(need->child, NULL, NameStr(need->fk->name))));
}

/*
 * What a declaration sets in a replaced row.
 */
static List *
read_list(const RelmapRelationship *r)
{
	return relmap_setlist_read(relmap_setlist_of(r->on_replace),
							   relmap_relationship_child(r),
							   relmap_table_owner(r->source));
}

/*
 * A row that loses several slots at once is changed once: the lists of one
 * table must not set a column to different values.
 */
void
relmap_agreement_check_lists(const RelmapRequirements *need)
{
	List	   *all = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, relmap_catalog_on_table(need->child))
	{
		RelmapRelationship *r = lfirst(lc);

		if (relmap_relationship_child(r) == need->child && r->enforce &&
			relmap_relationship_is_slot(r) && relmap_setlist_of(r->on_replace) &&
			relmap_declkey_stands(r) &&
			relmap_owner_may_act_on(r->source, need->child) &&
			relmap_texts_problem(r) == NULL)
			all = lappend(all, r);
	}
	foreach(lc, need->slots)
	{
		const RelmapRelationship *r = ((RelmapSlotRequirements *) lfirst(lc))->holder;

		if (r == NULL || relmap_setlist_of(r->on_replace) == NULL ||
			relmap_texts_problem(r) != NULL)
			continue;
		foreach(lc2, all)
		{
			const RelmapRelationship *other = lfirst(lc2);
			AttrNumber	attnum;

			attnum = relmap_setlist_conflict(read_list(r), read_list(other));
			if (attnum == InvalidAttrNumber)
				continue;
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("relationships \"%s\" and \"%s\" set column \"%s\" of a replaced row differently",
							relmap_relationship_display_name(other->source,
															 other->name),
							relmap_relationship_display_name(r->source, r->name),
							get_attname(need->child, attnum, false)),
					 errdetail("The first has on_replace \"%s\", the second has on_replace \"%s\".",
							   other->on_replace, r->on_replace),
					 errhint("Use 'set ...' lists that agree, as a row may be replaced in both at once."),
					 relmap_errtable(need->child,
									 get_attname(need->child, attnum, false),
									 NULL)));
		}
	}
}

/*
 * Raise an error if rows can't be replaced as the declaration says.
 */
void
relmap_agreement_check_replaceable(const RelmapRequirements *need,
								   const RelmapSlotRequirements *slot,
								   int n_nullable, const AttrNumber *nullable)
{
	const RelmapForeignKey *fk = need->fk;
	const char *on_replace = slot->holder->on_replace;
	char	   *name = relmap_relationship_display_name(slot->holder->source,
														slot->holder->name);
	ListCell   *lc;

	if (strcmp(on_replace, "restrict") == 0)
		return;
	foreach(lc, need->columns)
	{
		AttrNumber	attnum = get_attnum(need->child, lfirst(lc));

		if (get_attgenerated(need->child, attnum) != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("relationship \"%s\" cannot replace rows by generated column \"%s\"",
							name, (char *) lfirst(lc)),
					 errdetail("A generated column gets its value only after it is decided which row is replaced."),
					 errhint("Use on_replace => 'restrict'."),
					 relmap_errtable(need->child, lfirst(lc),
									 NameStr(fk->name))));
	}

	if (strcmp(on_replace, "nullify") != 0)
		return;					/* it needs no NULL */
	if (n_nullable > 0 &&
		relmap_nullable_in_partitions(need->child, n_nullable, nullable))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("relationship \"%s\" cannot set the foreign key of a replaced row to NULL",
					name),
			 fk->match_type == FKCONSTR_MATCH_FULL && fk->nkeys > 1
			 ? errdetail("Foreign key \"%s\" of table \"%s\" is MATCH FULL, and not all of its columns can be NULL.",
						 NameStr(fk->name), relmap_table_display_name(need->child))
			 : errdetail(n_nullable == 0
						 ? "No column of foreign key \"%s\" of table \"%s\" can be NULL."
						 : "Not in every partition can the columns of foreign key \"%s\" of table \"%s\" be NULL.",
						 NameStr(fk->name), relmap_table_display_name(need->child)),
			 slot->holder->condition
			 ? errhint("Use on_replace => 'set column = value, ...' so that the replaced row no longer meets the condition, 'delete' to have it deleted, or 'restrict' to have the new one refused.")
			 : slot->holder->keyed_by != NIL
			 ? errhint("Use on_replace => 'delete' to have the replaced row deleted, 'restrict' to have the new one refused, or 'set column = value, ...' so that the replaced row has another key.")
			 : errhint("Use on_replace => 'delete' to have the replaced row deleted, on_replace => 'restrict' to have the new one refused, or cascade => 'all, delete-orphan' to have children deleted with their parent, too."),
			 relmap_errtable(need->child, NULL, NameStr(fk->name))));
}
