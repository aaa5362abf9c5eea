/*-------------------------------------------------------------------------
 *
 * accept.c
 *	  Declarations that are inserted by SQL: the rows that a restore copies
 *	  into the table of declarations.
 *
 * Every owner of a table must be able to restore a dump of it, so everybody
 * may insert.  A row is a claim: it is accepted from the owner of its source
 * table if it could have been declared, as far as that can be checked before
 * the foreign key exists.  It creates no trigger and no constraint.  Options
 * that concern the child are accepted from the child's owner.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/accept.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/objectaddress.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/catalog.h"
#include "base/catalogroom.h"
#include "base/catalogrow.h"
#include "base/compat.h"
#include "base/condition.h"
#include "base/declkey.h"
#include "base/setlist.h"
#include "base/subxact.h"
#include "base/util.h"
#include "declare/options.h"

/* No column is longer; those of a declaration have limits of their own. */
#define MAX_COLUMN 70000

/* What is checked. */
typedef struct Claim
{
	Relation	catalog;
	HeapTuple	tuple;
	TupleDesc	desc;
	bool		own_constraint; /* it names one, and may not */
} Claim;

static ErrorData *refused(Claim *claim);
static void check(void *arg);
static void check_columns(const Claim *claim);
static void check_list(ArrayType *array, const char *name);
static void check_claim(const RelmapRelationship *r);
static void check_key_columns(List *columns);
static void check_other_columns(List *columns, List *of_key, bool needed);
static void check_key_name(const char *value, const char *name);
static void check_empty(const char *value, const char *name);
static bool may_relate(const RelmapRelationship *r, Oid relid);
static char *claim_name(const Claim *claim);

PG_FUNCTION_INFO_V1(relmap_accept_relationship);

/*
 * Row trigger of the table of declarations.  A row that is not accepted is
 * skipped with a warning, so that the others of a COPY are restored.  Only the
 * table's owner may say that a constraint is relmap's own, so that it may be
 * dropped.
 */
PGDLLEXPORT Datum
relmap_accept_relationship(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Claim		claim = {0};
	ErrorData  *error;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"accept_relationship")));
	if (!TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		RelationGetRelid(trigdata->tg_relation) != relmap_catalog_relid(false))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE INSERT FOR EACH ROW of table \"%s.%s\"",
						"accept_relationship", RELMAP_SCHEMA, "relationship")));

	claim.catalog = trigdata->tg_relation;
	claim.tuple = trigdata->tg_trigtuple;
	claim.desc = RelationGetDescr(trigdata->tg_relation);
	error = refused(&claim);
	if (error)
	{
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("skipped relationship %s", claim_name(&claim)),
				 errdetail_internal("%s: %s",
									unpack_sql_state(error->sqlerrcode),
									error->message)));
		return PointerGetDatum(NULL);
	}

	if (claim.own_constraint)
	{
		int			column = SPI_fnumber(claim.desc, "own_constraint");
		Datum		value = (Datum) 0;
		bool		isnull = true;

		return PointerGetDatum(heap_modify_tuple_by_cols(claim.tuple,
														 claim.desc,
														 1, &column, &value,
														 &isnull));
	}
	return PointerGetDatum(claim.tuple);
}

/*
 * Why a row is not to be accepted; NULL if it is.  It is compared with what was
 * stored with quote_all_identifiers off; SET for the function would take a
 * restore longer than the function.
 */
static ErrorData *
refused(Claim *claim)
{
	bool		quote_all = quote_all_identifiers;
	ErrorData  *error;

	quote_all_identifiers = false;
	PG_TRY();
	{
		error = relmap_subxact_try(check, claim);
	}
	PG_FINALLY();
	{
		quote_all_identifiers = quote_all;
	}
	PG_END_TRY();
	return error;
}

PG_FUNCTION_INFO_V1(relmap_skip_replicated);

/*
 * Row trigger of the table of declarations, in the replica role.  A publication
 * FOR ALL TABLES has that table, too; but what a publisher declares is not
 * declared here, as no DDL is replicated.
 */
PGDLLEXPORT Datum
relmap_skip_replicated(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE, FOR EACH ROW",
						"skip_replicated")));

	if (IsLogicalWorker())
		return PointerGetDatum(NULL);
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ?
						   trigdata->tg_newtuple : trigdata->tg_trigtuple);
}

/*
 * Raise an error if the row is not to be accepted.
 */
static void
check(void *arg)
{
	Claim	   *claim = arg;
	RelmapRelationship *r;

	check_columns(claim);
	r = relmap_catalogrow_read(claim->tuple, claim->desc, true);
	check_claim(r);
	if (r->condition)
		relmap_condition_check_raw(r->condition);
	if (relmap_setlist_of(r->on_replace))
		relmap_setlist_check_raw(relmap_setlist_of(r->on_replace));
	relmap_options_check(r);
	relmap_catalogroom_check(claim->catalog, r->source);

	claim->own_constraint = r->own_constraint &&
		!object_ownercheck(RelationRelationId, relmap_relationship_child(r),
						   GetUserId());
}

/*
 * Raise an error for a NULL where none can be, which is checked only after a
 * BEFORE trigger, and for a value that is too long, before it is read.
 */
static void
check_columns(const Claim *claim)
{
	for (int i = 0; i < claim->desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(claim->desc, i);
		bool		isnull;
		Datum		value = heap_getattr(claim->tuple, i + 1, claim->desc,
										 &isnull);

		if (isnull && att->attnotnull)
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("%s of a relationship must not be null",
							NameStr(att->attname))));
		if (!isnull && att->attlen == -1 &&
			toast_raw_datum_size(value) > MAX_COLUMN)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s of a relationship is too long",
							NameStr(att->attname))));
		if (!isnull && OidIsValid(get_element_type(att->atttypid)))
			check_list(DatumGetArrayTypeP(value), NameStr(att->attname));
	}
}

/*
 * An array is an ordinary list.
 */
static void
check_list(ArrayType *array, const char *name)
{
	if (ARR_NDIM(array) > 1 ||
		(ARR_NDIM(array) == 1 && ARR_LBOUND(array)[0] != 1) ||
		array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s of a relationship must be a one-dimensional array without nulls",
						name)));
}

/*
 * Raise an error if the current user could not have declared it on any foreign
 * key.  Whether the key exists is not checked: a restore creates it later.
 */
static void
check_claim(const RelmapRelationship *r)
{
	bool		through = r->direction == RELMAP_MANYTOMANY;

	if (OidIsValid(r->secondary) != through ||
		(r->secondary_key != NULL) != through ||
		(!through && (r->secondary_columns || r->secondary_referenced)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("secondary and its key must be given for a many-to-many, and for no other relationship")));

	relmap_check_table(r->source);
	relmap_check_table(r->target);
	if (through)
		relmap_check_table(r->secondary);
	relmap_check_owner(r->source);
	if (!may_relate(r, r->target))
		relmap_check_owner(r->target);
	if (through && !may_relate(r, r->secondary))
		relmap_check_owner(r->secondary);

	check_empty(r->name, "name");
	check_key_name(r->foreign_key, "foreign_key");
	if (through)
		check_key_name(r->secondary_key, "secondary_key");
	check_empty(r->back_populates, "back_populates");
	check_empty(r->own_constraint, "own_constraint");
	check_key_columns(r->foreign_columns);
	check_other_columns(r->referenced_columns, r->foreign_columns,
						r->key_lost);
	if (r->secondary_columns != NIL || r->secondary_key_lost)
		check_key_columns(r->secondary_columns);
	check_other_columns(r->secondary_referenced, r->secondary_columns,
						r->secondary_key_lost);

	/* Objects on the child are created by its owner. */
	if (r->direction != RELMAP_MANYTOONE &&
		((relmap_relationship_is_slot(r) && r->enforce) ||
		 relmap_relationship_cascade_has(r->cascade, "delete") ||
		 relmap_relationship_cascade_has(r->cascade, "delete-orphan") ||
		 r->required))
		relmap_check_owner(relmap_relationship_child(r));
}

/*
 * Has the table's owner allowed others to relate their tables to it, by
 * granting a privilege on it or by an existing foreign key?
 */
static bool
may_relate(const RelmapRelationship *r, Oid relid)
{
	AclMode		some = ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_DELETE |
	ACL_REFERENCES | ACL_TRIGGER;

	return pg_class_aclmask(relid, GetUserId(), some, ACLMASK_ANY) != 0 ||
		relmap_declkey_stands(r);
}

/*
 * Raise an error unless the columns of the foreign key are one or more
 * distinct names.
 */
static void
check_key_columns(List *columns)
{
	if (columns == NIL || list_length(columns) > INDEX_MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a foreign key cannot have %d columns",
						list_length(columns))));
	for (int i = 0; i < list_length(columns); i++)
	{
		check_empty(list_nth(columns, i), "foreign_columns");
		for (int j = 0; j < i; j++)
		{
			if (strcmp(list_nth(columns, i), list_nth(columns, j)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("column \"%s\" appears twice in foreign_columns",
								(char *) list_nth(columns, i))));
		}
	}
}

/*
 * The referenced columns are as many as the key's columns.  They may be
 * missing if the key exists.
 */
static void
check_other_columns(List *columns, List *of_key, bool needed)
{
	if (columns == NIL && !needed)
		return;
	check_key_columns(columns);
	if (list_length(columns) != list_length(of_key))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of referencing and referenced columns for foreign key disagree")));
}

/*
 * A key has a name, if it was dropped the one that it had.
 */
static void
check_key_name(const char *value, const char *name)
{
	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("%s of a relationship must not be null", name)));
	check_empty(value, name);
	if (strlen(value) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name \"%s\" is too long", value)));
}

static void
check_empty(const char *value, const char *name)
{
	if (value && value[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("%s of a relationship must not be empty", name)));
}

/*
 * What a warning calls the relationship: "source.name", as far as these are
 * known.
 */
static char *
claim_name(const Claim *claim)
{
	int			source = SPI_fnumber(claim->desc, "source");
	int			name = SPI_fnumber(claim->desc, "name");
	bool		no_source;
	bool		no_name;
	Datum		relid = heap_getattr(claim->tuple, source, claim->desc,
									 &no_source);
	Datum		string = heap_getattr(claim->tuple, name, claim->desc,
									  &no_name);
	char	   *table = no_source ? NULL :
	relmap_table_display_name(DatumGetObjectId(relid));

	return psprintf("\"%s.%s\"", table ? table : "?",
					no_name ? "?" : NameStr(*DatumGetName(string)));
}
