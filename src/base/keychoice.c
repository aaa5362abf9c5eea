/*-------------------------------------------------------------------------
 *
 * keychoice.c
 *	  Which foreign key a relationship stands on, in which direction.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/keychoice.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/foreignkey.h"
#include "base/keychoice.h"
#include "base/keyhint.h"
#include "base/util.h"

/* A foreign key, and the direction in which it would be followed. */
typedef struct Candidate
{
	RelmapForeignKey *fk;
	bool		onetomany;
} Candidate;

static List *candidates_of(Oid source, Oid target);
static Candidate *make_candidate(RelmapForeignKey *fk, bool onetomany);
static List *match_foreign_keys(List *candidates, List *foreign_keys);
static List *match_remote_side(List *candidates, List *remote_side);
pg_noreturn static void report_no_foreign_key(Oid source, Oid target);
pg_noreturn static void report_no_match(Oid source, Oid target,
										List *candidates, List *foreign_keys);
pg_noreturn static void report_remote_side(Oid source, Oid target,
										   List *candidates);
pg_noreturn static void report_ambiguous(Oid source, Oid target,
										 List *candidates);
static char *list_candidates(List *candidates);


/*
 * Choose the foreign key between source and target; see the header.
 */
RelmapForeignKey *
relmap_keychoice(Oid source, Oid target, List *foreign_keys,
				 List *remote_side, bool *onetomany)
{
	List	   *all = candidates_of(source, target);
	List	   *fit = all;
	Candidate  *chosen;

	if (all == NIL)
		report_no_foreign_key(source, target);

	if (foreign_keys != NIL)
	{
		fit = match_foreign_keys(all, foreign_keys);
		if (fit == NIL)
			report_no_match(source, target, all, foreign_keys);
	}

	if (remote_side != NIL)
	{
		List	   *before = fit;

		fit = match_remote_side(before, remote_side);
		if (fit == NIL)
			report_remote_side(source, target, before);
	}
	else if (source == target)
	{
		/* As in SQLAlchemy, a table's relationship to itself leads down. */
		List	   *down = NIL;
		ListCell   *lc;

		foreach(lc, fit)
		{
			if (((Candidate *) lfirst(lc))->onetomany)
				down = lappend(down, lfirst(lc));
		}
		fit = down;
	}

	if (list_length(fit) > 1)
		report_ambiguous(source, target, fit);

	chosen = linitial(fit);
	*onetomany = chosen->onetomany;
	return chosen->fk;
}

/*
 * Every foreign key between the two tables, in every direction that it has.
 */
static List *
candidates_of(Oid source, Oid target)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, relmap_foreignkey_list(target, source))
		result = lappend(result, make_candidate(lfirst(lc), true));
	foreach(lc, relmap_foreignkey_list(source, target))
		result = lappend(result, make_candidate(lfirst(lc), false));
	return result;
}

static Candidate *
make_candidate(RelmapForeignKey *fk, bool onetomany)
{
	Candidate  *candidate = palloc(sizeof(Candidate));

	candidate->fk = fk;
	candidate->onetomany = onetomany;
	return candidate;
}

/*
 * The candidates that foreign_keys names.
 */
static List *
match_foreign_keys(List *candidates, List *foreign_keys)
{
	List	   *keys = NIL;
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, candidates)
		keys = lappend(keys, ((Candidate *) lfirst(lc))->fk);
	keys = relmap_keychoice_match(keys, foreign_keys);
	foreach(lc, candidates)
	{
		if (list_member_ptr(keys, ((Candidate *) lfirst(lc))->fk))
			result = lappend(result, lfirst(lc));
	}
	return result;
}

/*
 * The keys with exactly the given columns, or the given name; see the header.
 */
List *
relmap_keychoice_match(List *keys, List *given)
{
	List	   *by_columns = NIL;
	List	   *by_name = NIL;
	ListCell   *lc;

	foreach(lc, keys)
	{
		RelmapForeignKey *fk = lfirst(lc);

		if (relmap_columns_are(fk->child, fk->nkeys, fk->child_attnums, given))
			by_columns = lappend(by_columns, fk);
		else if (list_length(given) == 1 &&
				 strcmp(NameStr(fk->name), linitial(given)) == 0)
			by_name = lappend(by_name, fk);
	}
	return by_columns != NIL ? by_columns : by_name;
}

/*
 * The candidates whose far side has exactly these columns: the foreign key's
 * own where it leads down, those that it references where it leads up.
 */
static List *
match_remote_side(List *candidates, List *remote_side)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, candidates)
	{
		Candidate  *candidate = lfirst(lc);
		RelmapForeignKey *fk = candidate->fk;

		if (candidate->onetomany
			? relmap_columns_are(fk->child, fk->nkeys, fk->child_attnums,
								 remote_side)
			: relmap_columns_are(fk->parent, fk->nkeys, fk->parent_attnums,
								 remote_side))
			result = lappend(result, candidate);
	}
	return result;
}


/* ---- errors ----------------------------------------------------------- */

/*
 * There is no foreign key.  For a partition, the hint names the partitioned
 * table.
 */
static void
report_no_foreign_key(Oid source, Oid target)
{
	char	   *source_name = relmap_table_display_name(source);
	char	   *target_name = relmap_table_display_name(target);
	Oid			part = InvalidOid;

	if (get_rel_relispartition(target))
		part = target;
	else if (get_rel_relispartition(source))
		part = source;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_FOREIGN_KEY),
			 source == target
			 ? errmsg("table \"%s\" has no foreign key to itself", source_name)
			 : errmsg("no foreign key joins tables \"%s\" and \"%s\"",
					  source_name, target_name),
			 OidIsValid(part)
			 ? errhint("Table \"%s\" is a partition: declare the relationship on the partitioned table that has the foreign key.",
					   relmap_table_display_name(part))
			 : errhint("%s", relmap_keyhint_join(source, target))));
}

/*
 * foreign_keys fits no foreign key: an unknown column, or no key has these.
 */
static void
report_no_match(Oid source, Oid target, List *candidates, List *foreign_keys)
{
	ListCell   *lc;
	StringInfoData given;

	initStringInfo(&given);
	foreach(lc, foreign_keys)
	{
		char	   *name = lfirst(lc);
		Oid			child = InvalidOid;
		bool		known = false;
		ListCell   *lc2;

		foreach(lc2, candidates)
		{
			child = ((Candidate *) lfirst(lc2))->fk->child;
			if (get_attnum(child, name) > 0)
				known = true;
		}
		if (!known)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("\"%s\" is neither a column nor a foreign key of table \"%s\"",
							name, relmap_table_display_name(child)),
					 errhint("Choose one by its columns or its name: %s.",
							 list_candidates(candidates)),
					 relmap_errtable(child, NULL, NULL)));
		appendStringInfo(&given, "%s\"%s\"", given.len > 0 ? ", " : "", name);
	}

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_FOREIGN_KEY),
			 errmsg("no foreign key between tables \"%s\" and \"%s\" has exactly the columns %s",
					relmap_table_display_name(source), relmap_table_display_name(target), given.data),
			 errhint("Choose one by its columns or its name: %s.",
					 list_candidates(candidates))));
}

/*
 * remote_side is neither the foreign key's columns nor those it references.
 */
static void
report_remote_side(Oid source, Oid target, List *candidates)
{
	StringInfoData sides;
	ListCell   *lc;

	initStringInfo(&sides);
	foreach(lc, candidates)
	{
		Candidate  *candidate = lfirst(lc);
		RelmapForeignKey *fk = candidate->fk;

		appendStringInfo(&sides, "%sremote_side => '{%s}' for %s",
						 sides.len > 0 ? ", " : "",
						 candidate->onetomany
						 ? relmap_quoted_attnums(fk->child, fk->nkeys,
												 fk->child_attnums)
						 : relmap_quoted_attnums(fk->parent, fk->nkeys,
												 fk->parent_attnums),
						 candidate->onetomany ? "one-to-many" : "many-to-one");
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_FOREIGN_KEY),
			 source == target
			 ? errmsg("remote_side fits neither side of a foreign key of table \"%s\" to itself",
					  relmap_table_display_name(source))
			 : errmsg("remote_side fits no foreign key between tables \"%s\" and \"%s\"",
					  relmap_table_display_name(source), relmap_table_display_name(target)),
			 errhint("Use %s.", sides.data)));
}

/*
 * More than one foreign key is left.
 */
static void
report_ambiguous(Oid source, Oid target, List *candidates)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_FOREIGN_KEY),
			 source == target
			 ? errmsg("table \"%s\" has several foreign keys to itself",
					  relmap_table_display_name(source))
			 : errmsg("several foreign keys join tables \"%s\" and \"%s\"",
					  relmap_table_display_name(source), relmap_table_display_name(target)),
			 errhint("Choose one by its columns or its name: %s.",
					 list_candidates(candidates))));
}

/*
 * The candidates as one would choose them.  A key whose columns another
 * candidate has too is chosen by its name.
 */
static char *
list_candidates(List *candidates)
{
	StringInfoData buf;
	List	   *seen = NIL;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, candidates)
	{
		RelmapForeignKey *fk = ((Candidate *) lfirst(lc))->fk;
		List	   *columns = relmap_column_names(fk->child, fk->nkeys,
												  fk->child_attnums);
		bool		by_name = false;
		ListCell   *lc2;

		/* A self-referencing key may be there in both directions: once. */
		if (list_member_oid(seen, fk->oid))
			continue;
		seen = lappend_oid(seen, fk->oid);

		foreach(lc2, match_foreign_keys(candidates, columns))
		{
			if (((Candidate *) lfirst(lc2))->fk->oid != fk->oid)
				by_name = true;
		}
		appendStringInfo(&buf, "%sforeign_keys => '{%s}' (\"%s\")",
						 buf.len > 0 ? ", " : "",
						 by_name ? NameStr(fk->name)
						 : relmap_quoted_attnums(fk->child, fk->nkeys,
												 fk->child_attnums),
						 NameStr(fk->name));
	}
	return buf.data;
}
