/*-------------------------------------------------------------------------
 *
 * arguments.c
 *	  Arguments of the SQL functions that declare: tables that can have
 *	  relationships and whose they are, texts, options.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/arguments.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/util.h"
#include "declare/arguments.h"
#include "declare/options.h"

/*
 * Read the options of a declaration.
 */
void
relmap_argument_options(FunctionCallInfo fcinfo, const RelmapOptionArgs *where,
						RelmapOptions *options)
{
	memset(options, 0, sizeof(RelmapOptions));
	if (!PG_ARGISNULL(where->uselist))
	{
		options->has_uselist = true;
		options->uselist = PG_GETARG_BOOL(where->uselist);
	}
	if (where->back_populates >= 0)
		options->back_populates = relmap_argument_text(fcinfo,
													   where->back_populates);
	options->cascade = relmap_argument_text(fcinfo, where->cascade);
	options->on_replace = relmap_argument_text(fcinfo, where->on_replace);
	options->order_by = relmap_argument_text(fcinfo, where->order_by);
	if (!PG_ARGISNULL(where->enforce))
	{
		options->has_enforce = true;
		options->enforce = PG_GETARG_BOOL(where->enforce);
	}
	if (!PG_ARGISNULL(where->accessor))
	{
		options->has_accessor = true;
		options->accessor = PG_GETARG_BOOL(where->accessor);
	}
	options->doc = relmap_argument_text(fcinfo, where->doc);
	if (!PG_ARGISNULL(where->info))
		options->info = DatumGetCString(DirectFunctionCall1(jsonb_out,
															PG_GETARG_DATUM(where->info)));
	options->condition = relmap_argument_text(fcinfo, where->condition);
	options->has_keyed_by = !PG_ARGISNULL(where->keyed_by);
	options->keyed_by = relmap_argument_texts(fcinfo, where->keyed_by, "keyed_by");
	if (!PG_ARGISNULL(where->required))
	{
		options->has_required = true;
		options->required = PG_GETARG_BOOL(where->required);
	}
	if (!PG_ARGISNULL(where->single_parent))
	{
		options->has_single_parent = true;
		options->single_parent = PG_GETARG_BOOL(where->single_parent);
	}
}

/*
 * A table that may have relationships.  The source, always the first
 * argument, must be the current user's.
 */
Oid
relmap_argument_table(FunctionCallInfo fcinfo, int n, const char *name)
{
	Oid			relid;

	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	relid = PG_GETARG_OID(n);
	relmap_check_table(relid);
	if (n == 0)
		relmap_check_owner(relid);
	return relid;
}

char *
relmap_argument_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

char *
relmap_argument_name(FunctionCallInfo fcinfo, int n, const char *name)
{
	char	   *value = relmap_argument_text(fcinfo, n);

	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	return value;
}

/*
 * A text[] as a list of char *.
 */
List *
relmap_argument_texts(FunctionCallInfo fcinfo, int n, const char *name)
{
	List	   *result = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	int			i;

	if (PG_ARGISNULL(n))
		return NIL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &count);
	for (i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s must not contain nulls", name)));
		result = lappend(result, TextDatumGetCString(elements[i]));
	}
	return result;
}
