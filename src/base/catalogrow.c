/*-------------------------------------------------------------------------
 *
 * catalogrow.c
 *	  A row of the table of declarations, as a RelmapRelationship.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/catalogrow.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "base/catalogrow.h"
#include "base/compat.h"
#include "base/lastseen.h"
#include "base/relationship.h"
#include "base/setlist.h"

/* Spelled as in the catalog, in the order of RelmapDirection. */
static const char *const direction_names[] = {
	"ONETOMANY", "MANYTOONE", "MANYTOMANY"
};

static char *text_or_null(Datum value, bool isnull);
static char *name_or_null(Datum value, bool isnull);
static List *names_or_nil(Datum value, bool isnull);
static Datum names_datum(List *list);

/*
 * A row as a RelmapRelationship, copied; brief: without the columns that can
 * be long and only users read.
 */
RelmapRelationship *
relmap_catalogrow_read(HeapTuple tuple, TupleDesc desc, bool brief)
{
	RelmapRelationship *r = palloc0(sizeof(RelmapRelationship));
	Datum	   *v = palloc(desc->natts * sizeof(Datum));
	bool	   *isnull = palloc(desc->natts * sizeof(bool));
	char	   *direction;
	int			i;

	heap_deform_tuple(tuple, desc, v, isnull);

#define TEXT(col) text_or_null(v[(col) - 1], isnull[(col) - 1])
#define NAME(col) name_or_null(v[(col) - 1], isnull[(col) - 1])
#define NAMES(col) names_or_nil(v[(col) - 1], isnull[(col) - 1])

	r->source = DatumGetObjectId(v[Anum_source - 1]);
	r->name = NAME(Anum_name);
	r->target = DatumGetObjectId(v[Anum_target - 1]);
	direction = TEXT(Anum_direction);
	for (i = 0; i < lengthof(direction_names); i++)
	{
		if (strcmp(direction, direction_names[i]) == 0)
			break;
	}
	if (i == lengthof(direction_names))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized direction \"%s\"", direction)));
	r->direction = (RelmapDirection) i;
	r->uselist = DatumGetBool(v[Anum_uselist - 1]);
	r->back_populates = NAME(Anum_back_populates);
	r->foreign_key = NAME(Anum_foreign_key);
	if (r->foreign_key == NULL)
	{
		r->key_lost = true;
		r->foreign_key = TEXT(Anum_former_key);
	}
	r->foreign_columns = NAMES(Anum_foreign_columns);
	r->referenced_columns = NAMES(Anum_referenced_columns);
	r->secondary = isnull[Anum_secondary - 1] ? InvalidOid :
		DatumGetObjectId(v[Anum_secondary - 1]);
	r->secondary_key = NAME(Anum_secondary_key);
	if (r->secondary_key == NULL && OidIsValid(r->secondary))
	{
		r->secondary_key_lost = true;
		r->secondary_key = TEXT(Anum_former_secondary_key);
	}
	r->secondary_columns = NAMES(Anum_secondary_columns);
	r->secondary_referenced = NAMES(Anum_secondary_referenced);
	r->cascade = TEXT(Anum_cascade);
	r->on_replace = TEXT(Anum_on_replace);
	r->order_by = TEXT(Anum_order_by);
	r->enforce = DatumGetBool(v[Anum_enforce - 1]);
	r->own_constraint = NAME(Anum_own_constraint);
	r->accessor = DatumGetBool(v[Anum_accessor - 1]);
	r->brief = brief;
	if (!brief)
		r->doc = TEXT(Anum_doc);
	if (!brief && !isnull[Anum_info - 1])
		r->info = DatumGetCString(DirectFunctionCall1(jsonb_out,
													  v[Anum_info - 1]));
	r->condition = TEXT(Anum_condition);
	r->keyed_by = NAMES(Anum_keyed_by);
	r->required = !isnull[Anum_required - 1] &&
		DatumGetBool(v[Anum_required - 1]);
	r->single_parent = !isnull[Anum_single_parent - 1] &&
		DatumGetBool(v[Anum_single_parent - 1]);
	r->last_seen = TEXT(Anum_last_seen);
#undef TEXT
#undef NAME
#undef NAMES

	return r;
}

/*
 * The values of a row.
 */
void
relmap_catalogrow_fill(const RelmapRelationship *r, Datum *values, bool *nulls)
{
	char	   *last_seen = relmap_lastseen_text(r);

#define SET(col, value) \
	(values[(col) - 1] = (value), nulls[(col) - 1] = false)
#define SET_OR_NULL(col, given, value) \
	((given) != NULL ? SET(col, value) : (nulls[(col) - 1] = true))

	SET(Anum_source, ObjectIdGetDatum(r->source));
	SET(Anum_name, relmap_catalogrow_name(r->name));
	SET(Anum_target, ObjectIdGetDatum(r->target));
	SET(Anum_direction, CStringGetTextDatum(direction_names[r->direction]));
	SET(Anum_uselist, BoolGetDatum(r->uselist));
	SET_OR_NULL(Anum_back_populates, r->back_populates,
				relmap_catalogrow_name(r->back_populates));
	SET_OR_NULL(Anum_foreign_key, r->key_lost ? NULL : r->foreign_key,
				relmap_catalogrow_name(r->foreign_key));
	SET_OR_NULL(Anum_former_key, r->key_lost ? r->foreign_key : NULL,
				CStringGetTextDatum(r->foreign_key));
	SET(Anum_foreign_columns, names_datum(r->foreign_columns));
	SET_OR_NULL(Anum_referenced_columns, r->referenced_columns,
				names_datum(r->referenced_columns));
	SET(Anum_secondary, ObjectIdGetDatum(r->secondary));
	nulls[Anum_secondary - 1] = !OidIsValid(r->secondary);
	SET_OR_NULL(Anum_secondary_key,
				r->secondary_key_lost ? NULL : r->secondary_key,
				relmap_catalogrow_name(r->secondary_key));
	SET_OR_NULL(Anum_former_secondary_key,
				r->secondary_key_lost ? r->secondary_key : NULL,
				CStringGetTextDatum(r->secondary_key));
	SET_OR_NULL(Anum_secondary_columns, r->secondary_columns,
				names_datum(r->secondary_columns));
	SET_OR_NULL(Anum_secondary_referenced, r->secondary_referenced,
				names_datum(r->secondary_referenced));
	SET(Anum_cascade, CStringGetTextDatum(r->cascade));
	SET_OR_NULL(Anum_on_replace, r->on_replace,
				CStringGetTextDatum(r->on_replace));
	SET_OR_NULL(Anum_order_by, r->order_by, CStringGetTextDatum(r->order_by));
	SET(Anum_enforce, BoolGetDatum(r->enforce));
	SET_OR_NULL(Anum_own_constraint, r->own_constraint,
				relmap_catalogrow_name(r->own_constraint));
	SET(Anum_accessor, BoolGetDatum(r->accessor));
	SET_OR_NULL(Anum_doc, r->doc, CStringGetTextDatum(r->doc));
	SET_OR_NULL(Anum_info, r->info,
				DirectFunctionCall1(jsonb_in, CStringGetDatum(r->info)));
	SET_OR_NULL(Anum_condition, r->condition,
				CStringGetTextDatum(r->condition));
	SET_OR_NULL(Anum_keyed_by, r->keyed_by, names_datum(r->keyed_by));
	SET(Anum_required, BoolGetDatum(true));
	nulls[Anum_required - 1] = !r->required;
	SET(Anum_single_parent, BoolGetDatum(true));
	nulls[Anum_single_parent - 1] = !r->single_parent;
	SET(Anum_watched,
		Int16GetDatum((r->condition != NULL ||
					   relmap_setlist_of(r->on_replace) != NULL
					   ? RELMAP_WATCH_TEXTS : 0) |
					  (r->key_lost || r->secondary_key_lost
					   ? RELMAP_WATCH_KEYS : 0)));
	SET_OR_NULL(Anum_last_seen, last_seen, CStringGetTextDatum(last_seen));
#undef SET
#undef SET_OR_NULL
}

PG_FUNCTION_INFO_V1(relmap_columns_seen);

/*
 * The columns that a declaration names, with their numbers: what a row has that
 * is inserted by SQL.  It may be any row.
 */
PGDLLEXPORT Datum
relmap_columns_seen(PG_FUNCTION_ARGS)
{
	RelmapRelationship r = {0};
	bool		quote_all = quote_all_identifiers;
	char	   *direction;
	char	   *result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	r.source = PG_GETARG_OID(0);
	r.target = PG_GETARG_OID(1);
	direction = text_to_cstring(PG_GETARG_TEXT_PP(2));
	r.secondary = PG_ARGISNULL(3) ? InvalidOid : PG_GETARG_OID(3);
	r.direction = strcmp(direction, "ONETOMANY") == 0 ? RELMAP_ONETOMANY :
		strcmp(direction, "MANYTOONE") == 0 ? RELMAP_MANYTOONE :
		RELMAP_MANYTOMANY;

#define NAMES(arg) names_or_nil(PG_GETARG_DATUM(arg), PG_ARGISNULL(arg))
#define TEXT(arg) text_or_null(PG_GETARG_DATUM(arg), PG_ARGISNULL(arg))
	r.foreign_columns = NAMES(4);
	r.referenced_columns = NAMES(5);
	r.secondary_columns = NAMES(6);
	r.secondary_referenced = NAMES(7);
	r.keyed_by = NAMES(8);
	r.order_by = TEXT(9);
	r.condition = TEXT(10);
	r.on_replace = TEXT(11);
#undef NAMES
#undef TEXT

	/*
	 * texts are stored as with quote_all_identifiers off; SET for the
	 * function would take a restore longer than the function
	 */
	quote_all_identifiers = false;
	PG_TRY();
	{
		result = relmap_lastseen_text(&r);
	}
	PG_FINALLY();
	{
		quote_all_identifiers = quote_all;
	}
	PG_END_TRY();
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(result));
}

static char *
text_or_null(Datum value, bool isnull)
{
	return isnull ? NULL : TextDatumGetCString(value);
}

static char *
name_or_null(Datum value, bool isnull)
{
	return isnull ? NULL : pstrdup(NameStr(*DatumGetName(value)));
}

/*
 * An array of names, NULL for none, as a list of char *.
 */
static List *
names_or_nil(Datum value, bool isnull)
{
	List	   *result = NIL;
	Datum	   *names;
	int			count = 0;

	if (!isnull)
		deconstruct_array(DatumGetArrayTypeP(value),
						  NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
						  &names, NULL, &count);
	for (int i = 0; i < count; i++)
		result = lappend(result, pstrdup(NameStr(*DatumGetName(names[i]))));
	return result;
}

/*
 * A list of char * as an array of names.
 */
static Datum
names_datum(List *list)
{
	Datum	   *names = palloc(list_length(list) * sizeof(Datum));
	ListCell   *lc;

	foreach(lc, list)
		names[foreach_current_index(lc)] = relmap_catalogrow_name(lfirst(lc));
	return PointerGetDatum(construct_array(names, list_length(list), NAMEOID,
										   NAMEDATALEN, false, TYPALIGN_CHAR));
}

Datum
relmap_catalogrow_name(const char *string)
{
	Name		name = palloc0(NAMEDATALEN);

	namestrcpy(name, string);
	return NameGetDatum(name);
}
