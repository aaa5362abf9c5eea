/*-------------------------------------------------------------------------
 *
 * backref.c
 *	  relmap.backref(): the other side of a relationship with its options, as one
 *	  text.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/backref.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "base/compat.h"
#include "declare/arguments.h"
#include "declare/backref.h"
#include "declare/options.h"

/* Where the options are, in the order of the extension script. */
static const RelmapOptionArgs backref_args = {
	1, -1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
};

static char *encode(const char *name, const RelmapOptions *options);
static void append_names(StringInfo buf, const char *field, List *names);
static char *string_of(Jsonb *jsonb, const char *field);
static bool names_of(Jsonb *jsonb, const char *field, List **names);

PG_FUNCTION_INFO_V1(relmap_backref);


/*
 * The other side of a relationship with its options, as one value for the
 * argument backref of relationship().
 */
PGDLLEXPORT Datum
relmap_backref(PG_FUNCTION_ARGS)
{
	char	   *name = relmap_argument_name(fcinfo, 0, "name");
	RelmapOptions options;

	relmap_argument_options(fcinfo, &backref_args, &options);
	PG_RETURN_TEXT_P(cstring_to_text(encode(name, &options)));
}

/*
 * A backref with options as one text: the JSON object of what was given.
 */
static char *
encode(const char *name, const RelmapOptions *options)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"name\": ");
	escape_json(&buf, name);

#define STRING(field) \
	if (options->field) \
	{ \
		appendStringInfoString(&buf, ", \"" #field "\": "); \
		escape_json(&buf, options->field); \
	}
#define BOOLEAN(field) \
	if (options->has_##field) \
		appendStringInfo(&buf, ", \"" #field "\": \"%s\"", \
						 options->field ? "true" : "false");
	BOOLEAN(uselist);
	STRING(cascade);
	STRING(on_replace);
	STRING(order_by);
	BOOLEAN(enforce);
	BOOLEAN(accessor);
	STRING(doc);
	STRING(info);
	STRING(condition);
	if (options->has_keyed_by)
		append_names(&buf, "keyed_by", options->keyed_by);
	BOOLEAN(required);
	BOOLEAN(single_parent);
#undef STRING
#undef BOOLEAN

	appendStringInfoChar(&buf, '}');
	return buf.data;
}

/*
 * Append a list of names to it.
 */
static void
append_names(StringInfo buf, const char *field, List *names)
{
	ListCell   *lc;

	appendStringInfo(buf, ", \"%s\": [", field);
	foreach(lc, names)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(buf, ", ");
		escape_json(buf, lfirst(lc));
	}
	appendStringInfoChar(buf, ']');
}

/*
 * The name and options in a backref: a plain name, or what
 * relmap.backref() made.
 */
char *
relmap_backref_decode(const char *backref, RelmapOptions *options)
{
	Jsonb	   *jsonb;
	char	   *name;

	memset(options, 0, sizeof(RelmapOptions));
	if (backref[0] != '{')
		return pstrdup(backref);

	jsonb = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											   CStringGetDatum(backref)));

#define FIELD(field) string_of(jsonb, #field)
#define BOOLEAN(field) \
	if (FIELD(field) != NULL) \
	{ \
		options->has_##field = true; \
		options->field = strcmp(FIELD(field), "true") == 0; \
	}
	name = FIELD(name);
	BOOLEAN(uselist);
	options->cascade = FIELD(cascade);
	options->on_replace = FIELD(on_replace);
	options->order_by = FIELD(order_by);
	BOOLEAN(enforce);
	BOOLEAN(accessor);
	options->doc = FIELD(doc);
	options->info = FIELD(info);
	options->condition = FIELD(condition);
	options->has_keyed_by = names_of(jsonb, "keyed_by", &options->keyed_by);
	BOOLEAN(required);
	BOOLEAN(single_parent);
#undef FIELD
#undef BOOLEAN

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("backref must be a name or made by relmap.backref()")));
	return name;
}

/*
 * A string of the JSON object; NULL if it is not there.
 */
static char *
string_of(Jsonb *jsonb, const char *field)
{
	JsonbValue *value = NULL;

	if (JB_ROOT_IS_OBJECT(jsonb))
		value = getKeyJsonValueFromContainer(&jsonb->root, field,
											 strlen(field), NULL);
	if (value == NULL || value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/*
 * Such a list; false if it is not there.
 */
static bool
names_of(Jsonb *jsonb, const char *field, List **names)
{
	JsonbValue *value = NULL;

	if (JB_ROOT_IS_OBJECT(jsonb))
		value = getKeyJsonValueFromContainer(&jsonb->root, field,
											 strlen(field), NULL);
	if (value == NULL || value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data))
		return false;
	for (uint32 i = 0; i < JsonContainerSize(value->val.binary.data); i++)
	{
		JsonbValue *name = getIthJsonbValueFromContainer(value->val.binary.data, i);

		if (name == NULL || name->type != jbvString)
			return false;
		*names = lappend(*names, pnstrdup(name->val.string.val,
										  name->val.string.len));
	}
	return true;
}
