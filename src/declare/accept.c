/*-------------------------------------------------------------------------
 *
 * accept.c
 *	  Rows of the table of declarations that come by SQL, as in a restore.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/accept.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/rel.h"

#include "base/catalog.h"
#include "base/compat.h"
#include "base/orderby.h"
#include "base/util.h"

static void check_not_null(HeapTuple tuple, TupleDesc desc);

PG_FUNCTION_INFO_V1(relmap_accept_relationship);

/*
 * Row trigger of the table of declarations: one is accepted from the
 * owner of its source table, so that any owner can restore his dump; what it
 * asks for on the child, from the child's owner, who will make it when he
 * declares something on the same key.  That a constraint is relmap's own, and
 * may be dropped one day, is believed of the owner of the table that has it.
 * That the foreign key is there is not checked: a restore makes it later.
 */
PGDLLEXPORT Datum
relmap_accept_relationship(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	HeapTuple	tuple;
	TupleDesc	desc;
	RelmapRelationship *r;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		RelationGetRelid(trigdata->tg_relation) != relmap_catalog_relid(false))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("relationships are accepted by a BEFORE INSERT row trigger of \"%s.%s\" only",
						RELMAP_SCHEMA, "relationship")));

	tuple = trigdata->tg_trigtuple;
	desc = RelationGetDescr(trigdata->tg_relation);
	check_not_null(tuple, desc);
	r = relmap_catalog_read(tuple, desc, true);

	relmap_check_table(r->source);
	relmap_check_table(r->target);
	if (OidIsValid(r->secondary))
		relmap_check_table(r->secondary);
	relmap_check_owner(r->source);

	/* It becomes a part of queries that others run. */
	if (r->order_by)
	{
		char	   *normal = relmap_order_by_change(r->order_by, "", NULL);

		if (normal == NULL || strcmp(normal, r->order_by) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("order_by must be a list of columns, not \"%s\"",
							r->order_by)));
	}

	if (r->direction != RELMAP_MANYTOONE &&
		((!r->uselist && r->enforce) ||
		 relmap_cascade_has(r->cascade, "delete")))
		relmap_check_owner(relmap_child_of(r));

	if (r->own_constraint &&
		!object_ownercheck(RelationRelationId, relmap_child_of(r), GetUserId()))
	{
		int			column = Anum_own_constraint;
		Datum		value = (Datum) 0;
		bool		isnull = true;

		tuple = heap_modify_tuple_by_cols(tuple, desc, 1, &column, &value,
										  &isnull);
	}
	return PointerGetDatum(tuple);
}

/*
 * The columns that are never NULL are checked only after a BEFORE trigger.
 */
static void
check_not_null(HeapTuple tuple, TupleDesc desc)
{
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attnotnull &&
			heap_attisnull(tuple, i + 1, desc))
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("%s of a relationship must not be null",
							NameStr(TupleDescAttr(desc, i)->attname))));
	}
}
