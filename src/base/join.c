/*-------------------------------------------------------------------------
 *
 * join.c
 *	  The join that a relationship stands for, as SQL text.
 *
 * The text means the same whatever the search_path is: tables, operators,
 * casts and collations are written out, as the foreign key has them.  Tables
 * are read with ONLY, as the foreign key's own queries do: rows of tables
 * that inherit from one are not in the relationship.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/join.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/join.h"
#include "base/missing.h"
#include "base/qualify.h"
#include "base/util.h"

static RelmapForeignKey *required(RelmapForeignKey *fk,
								  const RelmapRelationship *relationship,
								  const char *name);
static char *qualified_condition(const RelmapRelationship *r);
static void append_condition(StringInfo buf, const RelmapForeignKey *fk,
							 const char *parent, const char *child,
							 bool to_child);
static char *column_reference(const char *row, Oid relid, AttrNumber attnum,
							  int position);
static void append_collation(StringInfo buf, Oid collation);


/*
 * The foreign key that leads from a relationship's source: to its target, or
 * to secondary.  An error if it does not exist.
 */
RelmapForeignKey *
relmap_join_key(const RelmapRelationship *relationship)
{
	return required(relmap_declkey_near_columns(relationship), relationship,
					relationship->foreign_key);
}

/*
 * The foreign key that leads from secondary to the target; see the header.
 */
RelmapForeignKey *
relmap_join_far_key(const RelmapRelationship *relationship)
{
	return required(relmap_declkey_far_columns(relationship), relationship,
					relationship->secondary_key);
}

/*
 * One of a relationship's foreign keys, or an error if there is none: it was
 * dropped, or the declaration was inserted by SQL.
 */
static RelmapForeignKey *
required(RelmapForeignKey *fk, const RelmapRelationship *relationship,
		 const char *name)
{
	if (fk == NULL && relmap_declkey_suspended(relationship))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("relationship \"%s\" is suspended",
						relmap_relationship_display_name(relationship->source,
														 relationship->name)),
				 errdetail("Foreign key \"%s\" was dropped, and its columns cannot be compared without it.",
						   name),
				 errhint("Run relmap.check() for a statement that fixes this.")));
	if (fk == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("foreign key \"%s\" of relationship \"%s\" does not exist",
						name,
						relmap_relationship_display_name(relationship->source,
														 relationship->name)),
				 errhint("Run relmap.check() for a statement that fixes this.")));
	return fk;
}

/*
 * The condition of a relationship, of the row "c".
 */
static char *
qualified_condition(const RelmapRelationship *r)
{
	Node	   *condition = relmap_condition_read(r->condition, r->target,
												  relmap_table_owner(r->source));

	return relmap_qualify(condition, r->target, "c");
}

/*
 * What follows FROM in a query for the related rows of one row of source: the
 * target, as "c", with secondary where there is one, and the condition.
 *
 * source_row is an expression for that row, "$1" for example.  If it is NULL,
 * $1, $2, ... stand for the values of the source's key columns, in the order
 * of the foreign key.
 */
char *
relmap_join_text(const RelmapRelationship *relationship,
				 const char *source_row)
{
	RelmapForeignKey *fk = relmap_join_key(relationship);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s c", relmap_join_table(relationship->target));

	switch (relationship->direction)
	{
		case RELMAP_ONETOMANY:
			appendStringInfoString(&buf, " WHERE ");
			append_condition(&buf, fk, source_row, "c", true);
			if (relationship->condition)
				appendStringInfo(&buf, " AND %s",
								 qualified_condition(relationship));
			break;

		case RELMAP_MANYTOONE:
			appendStringInfoString(&buf, " WHERE ");
			append_condition(&buf, fk, "c", source_row, false);
			break;

		case RELMAP_MANYTOMANY:
			appendStringInfo(&buf, " JOIN %s s ON ",
							 relmap_join_table(relationship->secondary));
			append_condition(&buf, relmap_join_far_key(relationship),
							 "c", "s", false);
			appendStringInfoString(&buf, " WHERE ");
			append_condition(&buf, fk, source_row, "s", true);
			break;
	}

	return buf.data;
}

/*
 * The same condition alone; see the header.
 */
char *
relmap_join_condition(const RelmapForeignKey *fk, const char *parent,
					  const char *child)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_condition(&buf, fk, parent, child, true);
	return buf.data;
}

/*
 * Append the condition that a row of the child references a row of the parent,
 * in the foreign key's own operators.  One of the two may be NULL: then
 * parameters stand for the values of its columns.  to_child: the child's row
 * is the one that is looked up.
 */
static void
append_condition(StringInfo buf, const RelmapForeignKey *fk,
				 const char *parent, const char *child, bool to_child)
{
	for (int i = 0; i < fk->nkeys; i++)
	{
		Oid			parent_type,
					child_type,
					parent_collation,
					child_collation,
					collation;
		int32		typmod;

		get_atttypetypmodcoll(fk->parent, fk->parent_attnums[i],
							  &parent_type, &typmod, &parent_collation);
		get_atttypetypmodcoll(fk->child, fk->child_attnums[i],
							  &child_type, &typmod, &child_collation);

		if (i > 0)
			appendStringInfoString(buf, " AND ");
		generate_operator_clause(buf,
								 column_reference(parent, fk->parent,
												  fk->parent_attnums[i], i + 1),
								 parent_type,
								 fk->pf_eq_oprs[i],
								 column_reference(child, fk->child,
												  fk->child_attnums[i], i + 1),
								 child_type);

		/* Columns of different collations compare as the foreign key does. */
		collation = relmap_join_collation(parent_collation, child_collation,
										  to_child);
		if (parent_collation != child_collation && OidIsValid(collation))
			append_collation(buf, collation);
	}
}

/*
 * The collation in which a foreign key compares a column of the parent with
 * one of the child; InvalidOid if their type has none.  It is the parent's.
 * Where the choice makes no difference, it is that of the table in which the
 * row is looked up, because an index of that table has it.
 */
Oid
relmap_join_collation(Oid parent_collation, Oid child_collation, bool to_child)
{
	if (!OidIsValid(parent_collation) || !OidIsValid(child_collation))
		return InvalidOid;
	if (to_child &&
		get_collation_isdeterministic(parent_collation) &&
		get_collation_isdeterministic(child_collation))
		return child_collation;
	return parent_collation;
}

/*
 * A column of row, or the parameter at that position if row is NULL.
 */
static char *
column_reference(const char *row, Oid relid, AttrNumber attnum, int position)
{
	if (row == NULL)
		return psprintf("$%d", position);
	return psprintf("%s.%s", row,
					quote_identifier(get_attname(relid, attnum, false)));
}

/*
 * Append a COLLATE clause with the collation's qualified name.
 */
static void
append_collation(StringInfo buf, Oid collation)
{
	HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	Form_pg_collation form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	appendStringInfo(buf, " COLLATE %s",
					 quote_qualified_identifier(get_namespace_name(form->collnamespace),
												NameStr(form->collname)));
	ReleaseSysCache(tuple);
}

/*
 * A table in FROM, or the target of a statement.  ONLY, unless it is
 * partitioned.
 */
char *
relmap_join_table(Oid relid)
{
	char	   *name = relmap_quoted_table(relid);

	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		return name;
	return psprintf("ONLY %s", name);
}

PG_FUNCTION_INFO_V1(relmap_join);

/*
 * join_text(source regclass, name name, source_row text)
 */
Datum
relmap_join(PG_FUNCTION_ARGS)
{
	Oid			source = PG_GETARG_OID(0);
	const char *name = NameStr(*PG_GETARG_NAME(1));
	const char *source_row = text_to_cstring(PG_GETARG_TEXT_PP(2));
	RelmapRelationship *relationship = relmap_catalog_get(source, name);

	if (relationship == NULL)
		relmap_missing_report(source, name);
	PG_RETURN_TEXT_P(cstring_to_text(relmap_join_text(relationship,
													  source_row)));
}
