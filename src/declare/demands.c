/*-------------------------------------------------------------------------
 *
 * demands.c
 *	  What a declaration demands of rows: required, that a row has a child
 *	  when its transaction commits; single_parent, that no two rows share
 *	  the one that they refer to.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/demands.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/util.h"
#include "declare/demands.h"

/*
 * Is the foreign key of a row also unique, so that its cascade may reach the
 * row that it refers to?
 */
void
relmap_demands_apply_single_parent(const RelmapOptions *options,
								   const RelmapRelationship *old,
								   RelmapRelationship *r)
{
	char	   *name = relmap_relationship_display_name(r->source, r->name);

	r->single_parent = options->has_single_parent ? options->single_parent :
		old ? old->single_parent : false;
	if (!r->single_parent)
		return;

	if (r->direction == RELMAP_MANYTOMANY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("relationship \"%s\" is many-to-many and cannot have single_parent",
						name)));
	if (r->direction != RELMAP_MANYTOONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is %s and cannot have single_parent",
						name, relmap_relationship_describe(r)),
				 errdetail("It leads to children, not to a parent."),
				 errhint("Give single_parent to the other side, or use uselist => false here.")));
}

/*
 * Must a row of the source have a child?
 */
void
relmap_demands_apply_required(const RelmapOptions *options,
							  const RelmapRelationship *old,
							  RelmapRelationship *r)
{
	char	   *name = relmap_relationship_display_name(r->source, r->name);

	r->required = options->has_required ? options->required :
		old ? old->required : false;
	if (!r->required)
		return;

	if (r->direction == RELMAP_MANYTOONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is many-to-one and cannot be required",
						name),
				 errhint("Use ALTER TABLE %s ALTER COLUMN %s SET NOT NULL.",
						 relmap_quoted_table(r->source),
						 quote_identifier(linitial(r->foreign_columns))),
				 relmap_errtable(r->source, linitial(r->foreign_columns), NULL)));
	if (!r->enforce)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relationship \"%s\" is not enforced and cannot be required",
						name),
				 options->has_required
				 ? errhint("Use enforce => true.")
				 : errhint("Use required => false to remove it.")));
}
