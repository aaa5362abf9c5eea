/*-------------------------------------------------------------------------
 *
 * side.c
 *	  What declaring, altering and dropping have in common, for one side of a
 *	  relationship.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/side.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "attributes/accessor.h"
#include "attributes/accessorproc.h"
#include "base/catalog.h"
#include "base/compat.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/missing.h"
#include "declare/childless.h"
#include "declare/parenttriggers.h"
#include "declare/reconcile.h"
#include "declare/side.h"

static bool owns(Oid relid);


/*
 * Bring uniqueness and triggers in line with a change of this side.  A
 * many-to-one has some only if it does not share its parent.
 */
void
relmap_side_enforce(const RelmapRelationship *r, const RelmapRelationship *old,
					bool keep_constraint, RelmapReport *report)
{
	if ((r->direction == RELMAP_MANYTOONE &&
		 !r->single_parent && !(old && old->single_parent)) ||
		get_rel_name(relmap_relationship_child(r)) == NULL)
		return;

	/*
	 * One that was made up may name a key or columns of others: it has
	 * nothing there, and does not lock their table.
	 */
	if (!relmap_declkey_stands(r) &&
		(relmap_foreignkey_by_name(relmap_relationship_child(r), r->foreign_key) ||
		 !owns(relmap_relationship_child(r))))
		return;
	relmap_reconcile(r, old, keep_constraint, report);

	/*
	 * A new one that neither cascades nor is required leaves the triggers
	 * that do so as they are.
	 */
	if (old || relmap_relationship_cascade_has(r->cascade, "delete") || r->required)
		relmap_parenttriggers_apply(r, report);
	if (r->required && report->requires)
		relmap_childless_check(r);
}

/*
 * The declaration that is to be changed, read again when its foreign key's
 * table is locked; see side.h.
 */
RelmapRelationship *
relmap_side_get(Oid source, const char *name, bool missing_ok)
{
	RelmapRelationship *r = relmap_catalog_get(source, name);

	/* One that was made up by SQL may not keep others off the table. */
	if (r != NULL && get_rel_name(relmap_relationship_child(r)) != NULL &&
		(relmap_declkey_stands(r) || owns(relmap_relationship_child(r))))
	{
		relmap_reconcile_lock(relmap_relationship_child(r));
		r = relmap_catalog_get(source, name);
	}
	if (r == NULL && missing_ok)
		relmap_missing_skip(source, name);
	else if (r == NULL)
		relmap_missing_report(source, name);
	return r;
}

/*
 * Has the current user the rights of a table's owner?
 */
static bool
owns(Oid relid)
{
	return object_ownercheck(RelationRelationId, relid, GetUserId());
}

/*
 * The accessors of a declaration that are there (char *), for the report.
 */
List *
relmap_side_accessors(const RelmapRelationship *r)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (!r->accessor)
		return NIL;
	foreach(lc, relmap_accessor_list(r))
		result = lappend(result,
						 psprintf("accessor %s",
								  relmap_accessorproc_display_name(lfirst_oid(lc))));
	return result;
}

/*
 * May the user make the accessor in the source table's schema?
 */
void
relmap_side_check_schema(const RelmapRelationship *r)
{
	Oid			schema = get_rel_namespace(r->source);
	AclResult	result;

	if (!r->accessor)
		return;
	result = object_aclcheck(NamespaceRelationId, schema, GetUserId(),
							 ACL_CREATE);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_SCHEMA, get_namespace_name(schema));
}
