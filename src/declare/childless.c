/*-------------------------------------------------------------------------
 *
 * childless.c
 *	  Rows that have no child, where a relationship is required.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/childless.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/condition.h"
#include "base/join.h"
#include "base/owner.h"
#include "base/qualify.h"
#include "base/util.h"
#include "declare/childless.h"
#include "declare/foundkeys.h"

static void append_children(StringInfo buf, const RelmapRelationship *r);


/*
 * Raise an error if there are any; see the header.  If the owner of the source
 * may not read it all, the keys are left out.
 */
void
relmap_childless_check(const RelmapRelationship *r)
{
	RelmapForeignKey *fk = relmap_join_key(r);
	bool		show_keys = relmap_may_read(fk->parent, fk->nkeys,
											fk->parent_attnums);
	RelmapSwitch save;
	char	   *keys;

	/* a condition calls functions of the owner's */
	relmap_owner_become(fk->child, &save);
	keys = relmap_foundkeys(relmap_childless_query(r, NULL), fk->nkeys,
							relmap_quoted_attnums(fk->parent, fk->nkeys,
												  fk->parent_attnums));
	relmap_owner_restore(&save);
	if (keys == NULL)
		return;

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("relationship \"%s\" cannot be required, because rows of table \"%s\" have no \"%s\"",
					relmap_relationship_display_name(r->source, r->name),
					relmap_table_display_name(r->source), r->name),
			 show_keys ? errdetail("%s", keys) : 0,
			 errhint("List them all with: %s;",
					 relmap_childless_query(r, NULL)),
			 relmap_errtable(r->source, NULL, NULL)));
}

/*
 * The query that lists them; see the header:
 *
 *	SELECT p.key, ... FROM [ONLY] source p WHERE p.key IS NOT NULL AND ...
 *	AND NOT EXISTS (SELECT 1 FROM [ONLY] child c WHERE p.key = c.fk AND ...)
 */
char *
relmap_childless_query(const RelmapRelationship *r, const char *shown)
{
	RelmapForeignKey *fk = relmap_join_key(r);
	StringInfoData columns;
	StringInfoData buf;

	initStringInfo(&columns);
	initStringInfo(&buf);
	for (int i = 0; i < fk->nkeys; i++)
		appendStringInfo(&columns, "%sp.%s", i > 0 ? ", " : "",
						 quote_identifier(get_attname(fk->parent,
													  fk->parent_attnums[i],
													  false)));
	appendStringInfo(&buf, "SELECT %s FROM %s p WHERE ",
					 shown ? shown : columns.data,
					 relmap_join_table(r->source));
	for (int i = 0; i < fk->nkeys; i++)
		appendStringInfo(&buf, "p.%s IS NOT NULL AND ",
						 quote_identifier(get_attname(fk->parent,
													  fk->parent_attnums[i],
													  false)));
	appendStringInfoString(&buf, "NOT EXISTS (SELECT 1 FROM ");
	append_children(&buf, r);
	appendStringInfo(&buf, ") ORDER BY %s", columns.data);
	return buf.data;
}

/*
 * Append the rows that count as children of "p".
 */
static void
append_children(StringInfo buf, const RelmapRelationship *r)
{
	RelmapForeignKey *fk = relmap_join_key(r);

	appendStringInfo(buf, "%s c WHERE %s", relmap_join_table(fk->child),
					 relmap_join_condition(fk, "p", "c"));
	if (OidIsValid(r->secondary))
	{
		RelmapForeignKey *far = relmap_join_far_key(r);

		for (int i = 0; i < far->nkeys; i++)
			appendStringInfo(buf, " AND c.%s IS NOT NULL",
							 quote_identifier(get_attname(far->child,
														  far->child_attnums[i],
														  false)));
	}
	if (r->condition)
		appendStringInfo(buf, " AND (%s)",
						 relmap_qualify(relmap_condition_read(r->condition,
															  r->target,
															  relmap_table_owner(r->source)),
										r->target, "c"));
}
