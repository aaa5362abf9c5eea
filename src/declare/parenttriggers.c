/*-------------------------------------------------------------------------
 *
 * parenttriggers.c
 *	  The triggers on the parent, or that lead to it: those that cascade, and those
 *	  that require a child.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/parenttriggers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/owner.h"
#include "base/util.h"
#include "declare/parenttriggers.h"
#include "declare/triggers.h"

static void find_on_parent(const RelmapRelationship *relationship,
						   RelmapTriggers *triggers);
static void find_cascade_to_parent(const RelmapRelationship *relationship,
								   RelmapTriggers *triggers);
static void check_may_delete(const RelmapRelationship *r);


/*
 * Bring these triggers in line; see the header.
 */
void
relmap_parenttriggers_apply(const RelmapRelationship *r,
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
relmap_parenttriggers_drop(const RelmapRelationship *r, RelmapReport *report)
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
