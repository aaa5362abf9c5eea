/*-------------------------------------------------------------------------
 *
 * assignlink.c
 *	  Rows of association tables, for assign() and append().
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/assignlink.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "attributes/assignlink.h"
#include "base/join.h"
#include "base/util.h"

static int	shared_column(const RelmapForeignKey *fk, AttrNumber attnum);
static void check_shared_column(const RelmapAssignment *a, int near, int far);


/*
 * Insert a row into the association table, unless there is one already.  A
 * column that both of its keys have is inserted once.
 */
void
relmap_assignlink_insert(const RelmapAssignment *a, bool unless_linked)
{
	Oid			secondary = a->relationship->secondary;
	RelmapForeignKey *far = a->far;
	AttrNumber	far_columns[INDEX_MAX_KEYS] = {0};
	AttrNumber	far_values[INDEX_MAX_KEYS] = {0};
	int			nfar = 0;
	StringInfoData buf;

	Assert(far != NULL);
	for (int i = 0; i < far->nkeys; i++)
	{
		int			shared = shared_column(a->fk, far->child_attnums[i]);

		if (shared >= 0)
		{
			check_shared_column(a, shared, i);
			continue;
		}
		far_columns[nfar] = far->child_attnums[i];
		far_values[nfar++] = far->parent_attnums[i];
	}

	initStringInfo(&buf);
	appendStringInfo(&buf, "INSERT INTO %s (%s%s%s) SELECT %s%s%s",
					 relmap_quoted_table(secondary),
					 relmap_assignment_columns(secondary, a->fk->nkeys,
											   a->fk->child_attnums, "", ""),
					 nfar > 0 ? ", " : "",
					 relmap_assignment_columns(secondary, nfar, far_columns, "", ""),
					 relmap_assignment_columns(a->fk->parent, a->fk->nkeys,
											   a->fk->parent_attnums, SOURCE ".", ""),
					 nfar > 0 ? ", " : "",
					 relmap_assignment_columns(far->parent, nfar, far_values, TARGET ".", ""));
	if (unless_linked)
		appendStringInfo(&buf, " WHERE NOT EXISTS (SELECT 1 FROM %s s WHERE %s)",
						 relmap_join_table(secondary), relmap_assignlink_condition(a,
																				   false));
	relmap_assignment_run(a, buf.data);
}

/*
 * Which column of a foreign key is this one of its table; -1 if it is none.
 */
static int
shared_column(const RelmapForeignKey *fk, AttrNumber attnum)
{
	for (int i = 0; i < fk->nkeys; i++)
	{
		if (fk->child_attnums[i] == attnum)
			return i;
	}
	return -1;
}

/*
 * Raise an error if the two rows want different values in a column of the
 * association table that is the near key's column near, and the far key's
 * column far.
 */
static void
check_shared_column(const RelmapAssignment *a, int near, int far)
{
	const RelmapForeignKey *fk = a->fk;
	Oid			secondary = a->relationship->secondary;
	AttrNumber	attnum = fk->child_attnums[near];
	Oid			type = get_atttype(secondary, attnum);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "SELECT 1 WHERE NOT (");
	generate_operator_clause(&buf,
							 relmap_assignment_columns(fk->parent, 1,
													   &fk->parent_attnums[near],
													   SOURCE ".", ""),
							 get_atttype(fk->parent, fk->parent_attnums[near]),
							 fk->pf_eq_oprs[near],
							 psprintf("(%s)::%s",
									  relmap_assignment_columns(a->far->parent, 1,
																&a->far->parent_attnums[far],
																TARGET ".", ""),
									  format_type_be_qualified(type)),
							 type);
	appendStringInfoChar(&buf, ')');
	if (relmap_assignment_run(a, buf.data) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("row of table \"%s\" cannot be linked to row of table \"%s\" by relationship \"%s\"",
						relmap_table_display_name(fk->parent),
						relmap_table_display_name(a->far->parent),
						relmap_relationship_display_name(a->relationship->source,
														 a->relationship->name)),
				 errdetail("Both reference column \"%s\" of table \"%s\", and want different values in it.",
						   get_attname(secondary, attnum, false),
						   relmap_table_display_name(secondary)),
				 relmap_errtable(secondary,
								 get_attname(secondary, attnum,
											 false), NULL)));
}

/*
 * The condition for the rows "s" of the association table that link the
 * source row to the target row, or to any.
 */
char *
relmap_assignlink_condition(const RelmapAssignment *a, bool whatever_target)
{
	char	   *to_source = relmap_join_condition(a->fk, SOURCE, "s");

	return whatever_target ? to_source :
		psprintf("%s AND %s", to_source,
				 relmap_join_condition(a->far, TARGET, "s"));
}
