/*-------------------------------------------------------------------------
 *
 * relationship.c
 *	  One relationship, as it is declared: what it is, and what messages call it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/relationship.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/relationship.h"
#include "base/util.h"


/*
 * Are all tables of a declaration there?
 */
bool
relmap_relationship_tables_exist(const RelmapRelationship *r)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->source)) &&
		SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->target)) &&
		(!OidIsValid(r->secondary) ||
		 SearchSysCacheExists1(RELOID, ObjectIdGetDatum(r->secondary)));
}

/*
 * Does it lead to one child per parent, or per parent and key?  Enforced, it
 * needs uniqueness, and a trigger.
 */
bool
relmap_relationship_is_slot(const RelmapRelationship *relationship)
{
	return relationship->direction != RELMAP_MANYTOONE &&
		(!relationship->uselist || relationship->keyed_by != NIL);
}

/*
 * Does it need uniqueness: that of an enforced slot, or of a many-to-one that
 * does not share its parents?
 */
bool
relmap_relationship_is_unique(const RelmapRelationship *relationship)
{
	return relationship->direction == RELMAP_MANYTOONE ?
		relationship->single_parent :
		relationship->enforce && relmap_relationship_is_slot(relationship);
}

/*
 * Does a normalised cascade have this value?
 */
bool
relmap_relationship_cascade_has(const char *cascade, const char *value)
{
	char	   *rest = pstrdup(cascade);
	char	   *word;

	while ((word = relmap_next_word(&rest)) != NULL)
	{
		if (strcmp(word, value) == 0)
			return true;
	}
	return false;
}

/*
 * "source.name", as messages call a relationship.
 */
char *
relmap_relationship_display_name(Oid source, const char *name)
{
	return psprintf("%s.%s", relmap_table_display_name(source), name);
}

/*
 * The kind of a relationship, for messages.
 */
const char *
relmap_relationship_describe(const RelmapRelationship *relationship)
{
	switch (relationship->direction)
	{
		case RELMAP_ONETOMANY:
			if (relationship->keyed_by)
				return relationship->enforce ? "one-to-many with one child per key" :
					"one-to-many with one child per key by convention";
			if (relationship->uselist)
				return "one-to-many";
			return relationship->enforce ? "one-to-one" : "one-to-one by convention";
		case RELMAP_MANYTOONE:
			return relationship->single_parent ?
				"many-to-one with single_parent" : "many-to-one";
		case RELMAP_MANYTOMANY:
			break;
	}
	if (relationship->uselist)
		return "many-to-many";
	return relationship->enforce ? "many-to-many with uselist => false" :
		"many-to-many with uselist => false by convention";
}
