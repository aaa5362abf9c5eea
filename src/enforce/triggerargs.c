/*-------------------------------------------------------------------------
 *
 * triggerargs.c
 *	  What a trigger's function and arguments say.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/triggerargs.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "utils/builtins.h"
#include "utils/reltrigger.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "enforce/keyinfo.h"
#include "enforce/triggerargs.h"

/* The functions of triggers that replace, by their symbols. */
static const struct
{
	const char *symbol;
	RelmapPolicy policy;
	bool		of_slot;		/* with four arguments, see below */
}			policies[] = {
	{"relmap_replace_nullify", RELMAP_POLICY_NULLIFY, false},
	{"relmap_replace_delete", RELMAP_POLICY_DELETE, false},
	{"relmap_replace_restrict", RELMAP_POLICY_RESTRICT, false},
	{"relmap_slot_nullify", RELMAP_POLICY_NULLIFY, true},
	{"relmap_slot_delete", RELMAP_POLICY_DELETE, true},
	{"relmap_slot_restrict", RELMAP_POLICY_RESTRICT, true},
	{"relmap_slot_set", RELMAP_POLICY_SET, true},
};

static int	find_policy(Oid function);

/*
 * Is this the function of a trigger that replaces; with which policy?  It is
 * known by its C symbol, as users may change its name and schema.
 */
bool
relmap_triggerargs_policy(Oid function, RelmapPolicy *policy)
{
	int			i = find_policy(function);

	if (i < 0)
		return false;
	*policy = policies[i].policy;
	return true;
}

/*
 * Its place among the policies; -1 if it is no such function.
 */
static int
find_policy(Oid function)
{
	for (int i = 0; i < lengthof(policies); i++)
	{
		if (relmap_triggerargs_runs(function, policies[i].symbol))
			return i;
	}
	return -1;
}

/*
 * Does a function run this one of the library's?
 */
bool
relmap_triggerargs_runs(Oid function, const char *symbol)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		result = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
	{
		bool		isnull;
		char	   *name = TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple,
															   Anum_pg_proc_prosrc,
															   &isnull));

		result = strcmp(name, symbol) == 0;
		pfree(name);
	}
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Is this the trigger of a slot that has its columns in lists?
 */
bool
relmap_triggerargs_of_slot(const Trigger *trigger)
{
	int			i = find_policy(trigger->tgfoid);

	return i >= 0 && policies[i].of_slot;
}

/*
 * Is this a trigger of the child that cascades to the parent?  Its first
 * argument is the name of the foreign key, its columns follow.
 */
bool
relmap_triggerargs_to_parent(const Trigger *trigger)
{
	return relmap_triggerargs_runs(trigger->tgfoid, "relmap_delete_parent") ||
		relmap_triggerargs_runs(trigger->tgfoid,
								"relmap_delete_orphan_parent");
}

/*
 * The names of columns (char *) that a trigger has: of its foreign key, and
 * those that key a collection, where wanted.  NIL if its arguments are not as
 * they should be.
 */
List *
relmap_triggerargs_columns(const Trigger *trigger, bool foreign, bool keyed_by)
{
	List	   *result = NIL;
	List	   *names;

	if (!relmap_triggerargs_of_slot(trigger))
	{
		int			first = relmap_triggerargs_to_parent(trigger) ? 1 : 0;

		for (int i = first; foreign && i < trigger->tgnargs; i++)
			result = lappend(result, pstrdup(trigger->tgargs[i]));
		return result;
	}
	if (trigger->tgnargs != RELMAP_SLOT_ARGUMENTS)
		return NIL;
	if (foreign)
	{
		if (!SplitIdentifierString(pstrdup(trigger->tgargs[RELMAP_ARG_FOREIGN_COLUMNS]),
								   ',', &result))
			return NIL;
	}
	if (keyed_by)
	{
		if (!SplitIdentifierString(pstrdup(trigger->tgargs[RELMAP_ARG_KEYED_BY]),
								   ',', &names))
			return NIL;
		result = list_concat(result, names);
	}
	return result;
}
