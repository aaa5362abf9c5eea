/*-------------------------------------------------------------------------
 *
 * declkey.c
 *	  The foreign keys that a declaration stands on: found by the names that
 *	  it has, or made of the columns where one was dropped.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/declkey.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "base/catalog.h"
#include "base/declkey.h"
#include "base/lastseen.h"
#include "base/util.h"

static RelmapForeignKey *only_unnamed(List *keys,
									  const RelmapRelationship *subject);
static RelmapForeignKey *key_between(Oid child, Oid parent, const char *name);


/*
 * Is there a foreign key with the declaration's name for it, between its
 * tables?  A row inserted by SQL may claim anything.
 */
bool
relmap_declkey_stands(const RelmapRelationship *r)
{
	return relmap_declkey_near(r) != NULL &&
		(r->direction != RELMAP_MANYTOMANY || relmap_declkey_far(r) != NULL);
}

/*
 * Has a foreign key of it been dropped, and not been added again?
 */
bool
relmap_declkey_suspended(const RelmapRelationship *r)
{
	return r->key_lost || r->secondary_key_lost;
}

/*
 * The foreign key of child by its name, if it references parent.
 */
static RelmapForeignKey *
key_between(Oid child, Oid parent, const char *name)
{
	RelmapForeignKey *fk = relmap_foreignkey_by_name(child, name);

	return fk && fk->parent == parent ? fk : NULL;
}

/*
 * The foreign key of a declaration; see the header.
 */
RelmapForeignKey *
relmap_declkey_near(const RelmapRelationship *r)
{
	if (r->key_lost)
		return NULL;
	return key_between(relmap_relationship_child(r), relmap_relationship_parent(r),
					   r->foreign_key);
}

/*
 * Secondary's other one.
 */
RelmapForeignKey *
relmap_declkey_far(const RelmapRelationship *r)
{
	if (r->secondary_key == NULL || r->secondary_key_lost)
		return NULL;
	return key_between(r->secondary, r->target, r->secondary_key);
}

/*
 * The key, or its columns.
 */
RelmapForeignKey *
relmap_declkey_near_columns(const RelmapRelationship *r)
{
	if (r->key_lost)
		return relmap_foreignkey_of_columns(relmap_relationship_child(r),
											relmap_relationship_parent(r),
											r->foreign_key, r->foreign_columns,
											r->referenced_columns);
	return relmap_declkey_near(r);
}

/*
 * Secondary's other key, or its columns.
 */
RelmapForeignKey *
relmap_declkey_far_columns(const RelmapRelationship *r)
{
	if (r->secondary_key_lost)
		return relmap_foreignkey_of_columns(r->secondary, r->target,
											r->secondary_key,
											r->secondary_columns,
											r->secondary_referenced);
	return relmap_declkey_far(r);
}

/*
 * Do the columns exist by which it joins its tables, with their keys or
 * without?
 */
bool
relmap_declkey_joins(const RelmapRelationship *r)
{
	return relmap_declkey_near_columns(r) != NULL &&
		(r->direction != RELMAP_MANYTOMANY ||
		 relmap_declkey_far_columns(r) != NULL);
}

/*
 * Write the name and the columns of its foreign key into a declaration.
 */
void
relmap_declkey_set_near(RelmapRelationship *r, const RelmapForeignKey *fk)
{
	r->key_lost = !OidIsValid(fk->oid);
	r->foreign_key = pstrdup(NameStr(fk->name));
	r->foreign_columns = relmap_column_names(fk->child, fk->nkeys,
											 fk->child_attnums);
	r->referenced_columns = relmap_column_names(fk->parent, fk->nkeys,
												fk->parent_attnums);
	relmap_lastseen_forget(r, fk->child, r->foreign_columns);
	relmap_lastseen_forget(r, fk->parent, r->referenced_columns);
}

/*
 * The same of secondary's other key.
 */
void
relmap_declkey_set_far(RelmapRelationship *r, const RelmapForeignKey *fk)
{
	r->secondary_key_lost = !OidIsValid(fk->oid);
	r->secondary_key = pstrdup(NameStr(fk->name));
	r->secondary_columns = relmap_column_names(fk->child, fk->nkeys,
											   fk->child_attnums);
	r->secondary_referenced = relmap_column_names(fk->parent, fk->nkeys,
												  fk->parent_attnums);
	relmap_lastseen_forget(r, fk->child, r->secondary_columns);
	relmap_lastseen_forget(r, fk->parent, r->secondary_referenced);
}

/*
 * Has a foreign key these columns?  See the header.
 */
bool
relmap_declkey_same_columns(const RelmapForeignKey *fk, List *columns,
							List *referenced)
{
	if (list_length(columns) != fk->nkeys ||
		(referenced != NIL && list_length(referenced) != fk->nkeys))
		return false;
	for (int i = 0; i < fk->nkeys; i++)
	{
		char	   *column = get_attname(fk->child, fk->child_attnums[i], false);
		char	   *parent = get_attname(fk->parent, fk->parent_attnums[i],
										 false);
		int			j = 0;

		while (j < fk->nkeys &&
			   (strcmp(list_nth(columns, j), column) != 0 ||
				(referenced != NIL &&
				 strcmp(list_nth(referenced, j), parent) != 0)))
			j++;
		if (j == fk->nkeys)
			return false;
	}
	return true;
}

/*
 * Suspend a declaration whose key is missing; see the header.
 */
void
relmap_declkey_miss(RelmapRelationship *r)
{
	RelmapRelationship lost = *r;

	lost.key_lost = true;
	lost.secondary_key_lost = OidIsValid(r->secondary);
	if (relmap_declkey_near(r) == NULL && relmap_declkey_near_columns(&lost))
		r->key_lost = true;
	if (OidIsValid(r->secondary) && relmap_declkey_far(r) == NULL &&
		relmap_declkey_far_columns(&lost))
		r->secondary_key_lost = true;
}

/*
 * Why a declaration is suspended, in words; NULL if it is not.
 */
char *
relmap_declkey_suspension(const RelmapRelationship *r)
{
	if (r->key_lost)
		return psprintf("foreign key \"%s\" was dropped", r->foreign_key);
	if (r->secondary_key_lost)
		return psprintf("foreign key \"%s\" was dropped", r->secondary_key);
	return NULL;
}

/*
 * The foreign key as it is called now; see the header.
 */
RelmapForeignKey *
relmap_declkey_search(const RelmapRelationship *r, bool far)
{
	Oid			child = relmap_relationship_child(r);
	List	   *columns = far ? r->secondary_columns : r->foreign_columns;
	RelmapForeignKey *found = far ? relmap_declkey_far(r) : relmap_declkey_near(r);
	List	   *keys;
	bool		there = true;
	ListCell   *lc;

	if (found)
		return found;
	keys = relmap_foreignkey_list(child,
								  far ? r->target : relmap_relationship_parent(r));
	foreach(lc, keys)
	{
		RelmapForeignKey *fk = lfirst(lc);

		if (relmap_declkey_same_columns(fk, columns, NIL))
			return fk;
	}
	foreach(lc, columns)
		there &= get_attnum(child, lfirst(lc)) > 0;
	return there ? NULL : only_unnamed(keys, r);
}

/*
 * Of some foreign keys the only one that no declaration of the same source and
 * direction names; NULL if there are none, or several.
 */
static RelmapForeignKey *
only_unnamed(List *keys, const RelmapRelationship *subject)
{
	List	   *declarations = relmap_catalog_list(subject->source);
	RelmapForeignKey *found = NULL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, keys)
	{
		RelmapForeignKey *fk = lfirst(lc);
		bool		named = false;

		foreach(lc2, declarations)
		{
			RelmapRelationship *r = lfirst(lc2);

			if (r->direction != subject->direction ||
				relmap_relationship_child(r) != fk->child)
				continue;
			named |= strcmp(r->foreign_key, NameStr(fk->name)) == 0 ||
				(r->secondary_key &&
				 strcmp(r->secondary_key, NameStr(fk->name)) == 0);
		}
		if (named)
			continue;
		if (found)
			return NULL;
		found = fk;
	}
	return found;
}
