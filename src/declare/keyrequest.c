/*-------------------------------------------------------------------------
 *
 * keyrequest.c
 *	  The foreign keys that a relationship is to stand on.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/keyrequest.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

#include "base/declkey.h"
#include "base/foreignkey.h"
#include "base/keychoice.h"
#include "base/subxact.h"
#include "base/util.h"
#include "declare/keyrequest.h"
#include "declare/reconcile.h"
#include "declare/secondary.h"

static bool is_what_was_dropped(RelmapKeyRequest *request,
								const RelmapRelationship *old);
static void find_keys(void *arg);
static void check_temporal(const RelmapForeignKey *fk);


/*
 * What a relationship is to stand on.  If there is no such key, and the
 * attribute is declared already and suspended, it is what the dropped key was:
 * models declare at every deploy.
 */
RelmapKeys
relmap_keyrequest_find(RelmapKeyRequest *request, const RelmapRelationship *old)
{
	ErrorData  *error;

	if (old == NULL || !relmap_declkey_suspended(old))
	{
		find_keys(request);
		return request->found;
	}

	error = relmap_subxact_try(find_keys, request);
	if (error == NULL)
		return request->found;
	if ((error->sqlerrcode == ERRCODE_INVALID_FOREIGN_KEY ||
		 error->sqlerrcode == ERRCODE_UNDEFINED_COLUMN) &&
		is_what_was_dropped(request, old))
	{
		relmap_reconcile_lock(relmap_relationship_child(old));
		return request->found;
	}
	ReThrowError(error);
}

/*
 * Are the keys of a suspended declaration those that are asked for?
 */
static bool
is_what_was_dropped(RelmapKeyRequest *request, const RelmapRelationship *old)
{
	List	   *names = request->foreign_keys;
	RelmapKeys *keys = &request->found;

	keys->direction = old->direction;
	keys->near = relmap_declkey_near_columns(old);
	keys->far = relmap_declkey_far_columns(old);
	if (request->target != old->target ||
		request->secondary != old->secondary ||
		keys->near == NULL ||
		(OidIsValid(old->secondary) && keys->far == NULL))
		return false;
	return names == NIL ||
		relmap_columns_are(keys->near->child, keys->near->nkeys,
						   keys->near->child_attnums, names) ||
		(list_length(names) == 1 &&
		 strcmp(linitial(names), old->foreign_key) == 0);
}

/*
 * Find what a relationship from source to target stands on.  The table with the
 * foreign key is locked, and what was found before is found again then.
 */
static void
find_keys(void *arg)
{
	RelmapKeyRequest *request = arg;
	Oid			source = request->source;
	Oid			target = request->target;
	Oid			locked = InvalidOid;
	RelmapKeys	keys;

	for (;;)
	{
		keys.far = NULL;
		if (OidIsValid(request->secondary))
		{
			keys.direction = RELMAP_MANYTOMANY;
			relmap_secondary_choose(request->secondary, source, target,
									request->foreign_keys, request->remote_side,
									&keys.near, &keys.far);
		}
		else
		{
			bool		onetomany;

			keys.near = relmap_keychoice(source, target,
										 request->foreign_keys,
										 request->remote_side, &onetomany);
			keys.direction = onetomany ? RELMAP_ONETOMANY : RELMAP_MANYTOONE;
		}
		if (keys.near->child == locked)
			break;
		locked = keys.near->child;
		relmap_reconcile_lock(locked);
		relmap_check_table(locked);
		if (source != locked)
			LockRelationOid(source, AccessShareLock);
		if (target != locked)
			LockRelationOid(target, AccessShareLock);
		relmap_check_table(source);
		relmap_check_table(target);
	}

	check_temporal(keys.near);
	if (keys.far)
		check_temporal(keys.far);
	request->found = keys;
}

static void
check_temporal(const RelmapForeignKey *fk)
{
	if (fk->temporal)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("foreign key \"%s\" has a PERIOD and cannot carry a relationship",
						NameStr(fk->name)),
				 relmap_errtable(fk->child, NULL, NameStr(fk->name))));
}

/*
 * The same, seen from the other side.
 */
RelmapKeys
relmap_keyrequest_other_side(const RelmapKeys *keys)
{
	RelmapKeys	other = *keys;

	switch (keys->direction)
	{
		case RELMAP_ONETOMANY:
			other.direction = RELMAP_MANYTOONE;
			break;
		case RELMAP_MANYTOONE:
			other.direction = RELMAP_ONETOMANY;
			break;
		case RELMAP_MANYTOMANY:
			Assert(keys->far != NULL);
			other.near = keys->far;
			other.far = keys->near;
			break;
	}
	return other;
}
