/*-------------------------------------------------------------------------
 *
 * relationship.c
 *	  relmap.relationship(), alter_relationship(), drop_relationship() and
 *	  backref(): their arguments and the order of their work.
 *
 * The order is always: find the foreign key, lock its table, look again,
 * write the catalog, let enforce.c bring uniqueness and triggers in line with
 * it, make or drop the accessors, tell in one NOTICE.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/relationship.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

#include "compat.h"
#include "relmap.h"

/* Where the options are among the arguments of a function; -1 is nowhere. */
typedef struct OptionArgs
{
	int			uselist;
	int			back_populates;
	int			cascade;
	int			on_replace;
	int			order_by;
	int			enforce;
	int			accessor;
	int			doc;
	int			info;
} OptionArgs;

/* In the order of the extension script. */
static const OptionArgs relationship_args = {3, 4, 9, 10, 11, 12, 13, 14, 15};
static const OptionArgs backref_args = {1, -1, 2, 3, 4, 5, 6, 7, 8};
static const OptionArgs alter_args = {3, 4, 5, 6, 7, 8, 9, 10, 11};

static void read_options(FunctionCallInfo fcinfo, const OptionArgs *where,
						 RelmapOptions *options);
static Oid	table_arg(FunctionCallInfo fcinfo, int n, const char *name);
static char *text_arg(FunctionCallInfo fcinfo, int n);
static char *name_arg(FunctionCallInfo fcinfo, int n, const char *name);
static List *texts_arg(FunctionCallInfo fcinfo, int n, const char *name);
static void check_table(Oid relid);
static void check_owner(Oid relid);
static void check_schema(const RelmapRelationship *r);
static RelmapForeignKey *find_key(Oid source, Oid target, List *foreign_keys,
								  List *remote_side, bool *onetomany);
static RelmapRelationship *new_side(const RelmapForeignKey *fk, bool onetomany,
									const char *name, const char *other,
									const RelmapOptions *options);
static bool declare_side(RelmapRelationship *r, RelmapReport *report);
static char *differences(const RelmapRelationship *a,
						 const RelmapRelationship *b);
static void enforce_side(const RelmapRelationship *r, const char *released,
						 bool keep_constraint, RelmapReport *report);
static RelmapRelationship *get_declared(Oid source, const char *name);
static void rename_side(RelmapRelationship *r, const char *new_name);
static void alter_accessor(const RelmapRelationship *old,
						   const RelmapRelationship *r);
static bool other_accessor(const RelmapRelationship *old,
						   const RelmapRelationship *r);
static char *accessor_words(const RelmapRelationship *r);


/* ---- relationship() --------------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_relationship);

/*
 * Declare a relationship, and its other side if there is a backref.
 */
PGDLLEXPORT Datum
relmap_relationship(PG_FUNCTION_ARGS)
{
	Oid			source = table_arg(fcinfo, 0, "source");
	char	   *name = name_arg(fcinfo, 1, "name");
	Oid			target = table_arg(fcinfo, 2, "target");
	char	   *backref = text_arg(fcinfo, 5);
	char	   *backref_name = NULL;
	RelmapOptions options;
	RelmapOptions backref_options;
	RelmapReport report = {0};
	RelmapForeignKey *fk;
	bool		onetomany;
	List	   *sides;
	List	   *made = NIL;
	StringInfoData headline;
	ListCell   *lc;

	PreventCommandIfReadOnly("relmap.relationship()");
	read_options(fcinfo, &relationship_args, &options);
	if (backref && options.back_populates)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("backref and back_populates cannot be used together"),
				 errhint("backref declares the other side, back_populates names one that is declared by itself.")));
	if (!PG_ARGISNULL(8))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("many-to-many relationships are not supported yet"),
				 errhint("Declare two one-to-many relationships to the association table.")));

	relmap_check_name(source, name);
	if (backref)
	{
		backref_name = relmap_backref_decode(backref, &backref_options);
		check_owner(target);
		relmap_check_name(target, backref_name);
	}

	fk = find_key(source, target, texts_arg(fcinfo, 6, "foreign_keys"),
				  texts_arg(fcinfo, 7, "remote_side"), &onetomany);

	sides = list_make1(new_side(fk, onetomany, name,
								backref ? backref_name : options.back_populates,
								&options));
	if (backref)
		sides = lappend(sides, new_side(fk, !onetomany, backref_name, name,
										&backref_options));

	initStringInfo(&headline);
	report.tell_used = true;
	foreach(lc, sides)
	{
		RelmapRelationship *r = lfirst(lc);
		bool		added = declare_side(r, &report);

		appendStringInfo(&headline,
						 added ? "%s \"%s\" is %s" : "%s \"%s\" is %s already",
						 headline.len > 0 ? "," : "relationship",
						 relmap_display_name(r->source, r->name),
						 relmap_direction_words(r));
		if (added)
			made = lappend(made, r);
	}

	foreach(lc, made)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->accessor)
			relmap_accessor_create(r);
	}
	foreach(lc, made)
		enforce_side(lfirst(lc), NULL, false, &report);
	foreach(lc, made)
	{
		RelmapRelationship *r = lfirst(lc);

		if (r->accessor)
			report.added = lappend(report.added, accessor_words(r));
	}
	relmap_report(headline.data, &report);
	PG_RETURN_VOID();
}

/*
 * The foreign key to stand on.  Its table is locked, and what was found
 * before the lock was granted is found again.
 */
static RelmapForeignKey *
find_key(Oid source, Oid target, List *foreign_keys, List *remote_side,
		 bool *onetomany)
{
	Oid			locked = InvalidOid;
	RelmapForeignKey *fk;

	for (;;)
	{
		fk = relmap_foreign_key_choose(source, target, foreign_keys,
									   remote_side, onetomany);
		if (fk->child == locked)
			break;
		relmap_lock_child(fk->child);
		LockRelationOid(fk->parent, AccessShareLock);
		check_table(source);
		check_table(target);
		locked = fk->child;
	}
	if (fk->temporal)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("foreign key \"%s\" has a PERIOD and cannot carry a relationship",
						NameStr(fk->name)),
				 relmap_errtable(fk->child, NULL, NameStr(fk->name))));
	return fk;
}

/*
 * A new declaration on a foreign key, seen from one of its sides.
 */
static RelmapRelationship *
new_side(const RelmapForeignKey *fk, bool onetomany, const char *name,
		 const char *other, const RelmapOptions *options)
{
	RelmapRelationship *r = palloc0(sizeof(RelmapRelationship));

	r->source = onetomany ? fk->parent : fk->child;
	r->target = onetomany ? fk->child : fk->parent;
	r->name = pstrdup(name);
	r->direction = onetomany ? RELMAP_ONETOMANY : RELMAP_MANYTOONE;
	r->back_populates = other && other[0] != '\0' ? pstrdup(other) : NULL;
	r->foreign_key = pstrdup(NameStr(fk->name));
	r->foreign_columns = relmap_column_names(fk->child, fk->nkeys,
											 fk->child_attnums);
	relmap_options_apply(options, NULL, r);
	check_schema(r);
	return r;
}

/*
 * Write one side into the catalog, paired with the other if that is there.
 * False if it was declared before, just so.
 */
static bool
declare_side(RelmapRelationship *r, RelmapReport *report)
{
	RelmapRelationship *old = relmap_catalog_get(r->source, r->name);
	char	   *diff;

	if (old == NULL)
	{
		relmap_pair_up(r, report);
		relmap_catalog_insert(r);
		return true;
	}

	if (r->back_populates == NULL)
		r->back_populates = old->back_populates;
	diff = differences(r, old);
	if (diff)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("relationship \"%s\" already exists",
						relmap_display_name(r->source, r->name)),
				 errdetail("It was declared with another %s.", diff),
				 errhint("Use relmap.alter_relationship() to change it, or relmap.drop_relationship() to remove it first."),
				 relmap_errtable(r->source, NULL, NULL)));
	return false;
}

/*
 * In what two declarations of one attribute differ, in words; NULL if in
 * nothing.
 */
static char *
differences(const RelmapRelationship *a, const RelmapRelationship *b)
{
	StringInfoData buf;

#define DIFFERS(words, different) \
	if (different) \
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", words)
#define STRINGS_DIFFER(x, y) \
	((x) == NULL || (y) == NULL ? (x) != (y) : strcmp(x, y) != 0)

	initStringInfo(&buf);
	DIFFERS("target", a->target != b->target);
	DIFFERS("direction", a->target == b->target && a->direction != b->direction);
	DIFFERS("foreign key", STRINGS_DIFFER(a->foreign_key, b->foreign_key));
	DIFFERS("uselist", a->uselist != b->uselist);
	DIFFERS("back_populates", STRINGS_DIFFER(a->back_populates, b->back_populates));
	DIFFERS("cascade", STRINGS_DIFFER(a->cascade, b->cascade));
	DIFFERS("on_replace", a->uselist == b->uselist &&
			STRINGS_DIFFER(a->on_replace, b->on_replace));
	DIFFERS("order_by", STRINGS_DIFFER(a->order_by, b->order_by));
	DIFFERS("enforce", a->enforce != b->enforce);
	DIFFERS("accessor", a->accessor != b->accessor);
	DIFFERS("doc", STRINGS_DIFFER(a->doc, b->doc));
	DIFFERS("info", STRINGS_DIFFER(a->info, b->info));
#undef DIFFERS
#undef STRINGS_DIFFER

	return buf.len > 0 ? buf.data : NULL;
}

/*
 * Let uniqueness and triggers follow a change of this side.  Only the
 * parent's side has any.
 */
static void
enforce_side(const RelmapRelationship *r, const char *released,
			 bool keep_constraint, RelmapReport *report)
{
	if (r->direction == RELMAP_ONETOMANY)
		relmap_enforce(relmap_child_of(r), r->foreign_key, r->foreign_columns,
					   released, keep_constraint, report);
}


/* ---- backref() -------------------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_backref);

/*
 * The other side of a relationship with its options, as one value for the
 * argument backref of relationship().
 */
PGDLLEXPORT Datum
relmap_backref(PG_FUNCTION_ARGS)
{
	char	   *name = name_arg(fcinfo, 0, "name");
	RelmapOptions options;

	read_options(fcinfo, &backref_args, &options);
	PG_RETURN_TEXT_P(cstring_to_text(relmap_backref_encode(name, &options)));
}


/* ---- alter_relationship() --------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_alter_relationship);

/*
 * Change a declaration.  What is not given stays; without any change, what
 * the declaration needs is made anew where it is missing.
 */
PGDLLEXPORT Datum
relmap_alter_relationship(PG_FUNCTION_ARGS)
{
	Oid			source = table_arg(fcinfo, 0, "source");
	char	   *name = name_arg(fcinfo, 1, "name");
	char	   *new_name = text_arg(fcinfo, 2);
	RelmapOptions options;
	RelmapReport report = {0};
	RelmapRelationship *old;
	RelmapRelationship *r;

	PreventCommandIfReadOnly("relmap.alter_relationship()");
	read_options(fcinfo, &alter_args, &options);

	old = get_declared(source, name);
	r = palloc(sizeof(RelmapRelationship));
	*r = *old;
	if (new_name && strcmp(new_name, name) != 0)
		rename_side(r, new_name);
	relmap_options_apply(&options, old, r);
	check_schema(r);

	if (options.back_populates)
	{
		relmap_pair_rename(old, NULL, &report);
		r->back_populates = options.back_populates[0] ? options.back_populates : NULL;
	}
	else if (r->name != old->name)
		relmap_pair_rename(old, r->name, &report);
	relmap_catalog_update(r, old->name);
	if (options.back_populates && r->back_populates)
		relmap_pair_up(r, &report);

	alter_accessor(old, r);
	enforce_side(r, old->own_constraint, false, &report);
	if (old->accessor && (!r->accessor || other_accessor(old, r)))
		report.dropped = lappend(report.dropped, accessor_words(old));
	if (r->accessor && (!old->accessor || other_accessor(old, r)))
		report.added = lappend(report.added, accessor_words(r));

	relmap_report(r->name == old->name
				  ? psprintf("relationship \"%s\" is %s",
							 relmap_display_name(source, name),
							 relmap_direction_words(r))
				  : psprintf("relationship \"%s\" is now \"%s\" and %s",
							 relmap_display_name(source, name),
							 relmap_display_name(source, r->name),
							 relmap_direction_words(r)),
				  &report);
	PG_RETURN_VOID();
}

/*
 * The declaration that is to be changed, read again when its foreign key's
 * table is locked.
 */
static RelmapRelationship *
get_declared(Oid source, const char *name)
{
	RelmapRelationship *r = relmap_catalog_get(source, name);

	if (r != NULL)
	{
		relmap_lock_child(relmap_child_of(r));
		r = relmap_catalog_get(source, name);
	}
	if (r == NULL)
		relmap_report_undeclared(source, name);
	return r;
}

/*
 * Give a declaration, not written yet, another name.
 */
static void
rename_side(RelmapRelationship *r, const char *new_name)
{
	relmap_check_name(r->source, new_name);
	if (relmap_catalog_get(r->source, new_name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("relationship \"%s\" already exists",
						relmap_display_name(r->source, new_name)),
				 relmap_errtable(r->source, NULL, NULL)));
	r->name = pstrdup(new_name);
}

/*
 * Let the accessor follow.  Where it stays the same function, it is written
 * anew: its text may depend on what was changed.
 */
static void
alter_accessor(const RelmapRelationship *old, const RelmapRelationship *r)
{
	if (old->accessor && (!r->accessor || other_accessor(old, r)))
		relmap_accessor_drop(old);
	if (r->accessor)
		relmap_accessor_create(r);
}

/*
 * Is the accessor another function now, by its name or its result?
 */
static bool
other_accessor(const RelmapRelationship *old, const RelmapRelationship *r)
{
	return strcmp(old->name, r->name) != 0 || old->uselist != r->uselist;
}

static char *
accessor_words(const RelmapRelationship *r)
{
	return psprintf("accessor \"%s(%s)\"", r->name, get_rel_name(r->source));
}


/* ---- drop_relationship() ---------------------------------------------- */

PG_FUNCTION_INFO_V1(relmap_drop_relationship);

/*
 * Take back a declaration, and what it alone needed.
 */
PGDLLEXPORT Datum
relmap_drop_relationship(PG_FUNCTION_ARGS)
{
	Oid			source = table_arg(fcinfo, 0, "source");
	char	   *name = name_arg(fcinfo, 1, "name");
	bool		keep_constraint = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	RelmapReport report = {0};
	RelmapRelationship *r;

	PreventCommandIfReadOnly("relmap.drop_relationship()");
	r = get_declared(source, name);

	relmap_pair_rename(r, NULL, &report);
	relmap_catalog_delete(r);
	if (r->accessor)
		relmap_accessor_drop(r);
	enforce_side(r, r->own_constraint, keep_constraint, &report);
	if (r->accessor)
		report.dropped = lappend(report.dropped, accessor_words(r));

	relmap_report(psprintf("relationship \"%s\" is gone",
						   relmap_display_name(source, name)),
				  &report);
	PG_RETURN_VOID();
}


/* ---- arguments -------------------------------------------------------- */

/*
 * Read the options of a declaration.
 */
static void
read_options(FunctionCallInfo fcinfo, const OptionArgs *where,
			 RelmapOptions *options)
{
	memset(options, 0, sizeof(RelmapOptions));
	if (!PG_ARGISNULL(where->uselist))
	{
		options->has_uselist = true;
		options->uselist = PG_GETARG_BOOL(where->uselist);
	}
	if (where->back_populates >= 0)
		options->back_populates = text_arg(fcinfo, where->back_populates);
	options->cascade = text_arg(fcinfo, where->cascade);
	options->on_replace = text_arg(fcinfo, where->on_replace);
	options->order_by = text_arg(fcinfo, where->order_by);
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
	options->doc = text_arg(fcinfo, where->doc);
	if (!PG_ARGISNULL(where->info))
		options->info = DatumGetCString(DirectFunctionCall1(jsonb_out,
															PG_GETARG_DATUM(where->info)));
}

/*
 * A table that may have relationships.  The source, always the first
 * argument, must be the current user's.
 */
static Oid
table_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	Oid			relid;

	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	relid = PG_GETARG_OID(n);
	check_table(relid);
	if (n == 0)
		check_owner(relid);
	return relid;
}

static char *
text_arg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static char *
name_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	char	   *value = text_arg(fcinfo, n);

	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	return value;
}

/*
 * A text[] as a list of char *.
 */
static List *
texts_arg(FunctionCallInfo fcinfo, int n, const char *name)
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

/*
 * Is it a table of the user's, ordinary or partitioned?
 */
static void
check_table(Oid relid)
{
	char	   *name = get_rel_name(relid);
	char		relkind = get_rel_relkind(relid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot have relationships", name),
				 errdetail_relkind_not_supported(relkind),
				 relmap_errtable(relid, NULL, NULL)));
	if (IsCatalogRelationOid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot have relationships", name),
				 errdetail("This operation is not supported for system catalogs."),
				 relmap_errtable(relid, NULL, NULL)));
	if (isOtherTempNamespace(get_rel_namespace(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot have relationships", name),
				 errdetail("It is a temporary table of another session."),
				 relmap_errtable(relid, NULL, NULL)));
}

static void
check_owner(Oid relid)
{
	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER,
					   get_relkind_objtype(get_rel_relkind(relid)),
					   get_rel_name(relid));
}

/*
 * May the user make the accessor in the source table's schema?
 */
static void
check_schema(const RelmapRelationship *r)
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
