/*-------------------------------------------------------------------------
 *
 * keyrequest.h
 *	  The foreign keys that a relationship is to stand on.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/keyrequest.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_KEYREQUEST_H
#define RELMAP_KEYREQUEST_H

#include "nodes/pg_list.h"

#include "base/foreignkey.h"
#include "base/relationship.h"

/* What a relationship stands on, seen from its source. */
typedef struct RelmapKeys
{
	RelmapDirection direction;
	RelmapForeignKey *near;		/* MANYTOMANY: secondary's key to the source */
	RelmapForeignKey *far;		/* MANYTOMANY: to the target; otherwise NULL */
} RelmapKeys;

/* What is asked for, and the keys that it comes to. */
typedef struct RelmapKeyRequest
{
	Oid			source;
	Oid			target;
	Oid			secondary;
	List	   *foreign_keys;
	List	   *remote_side;
	RelmapKeys	found;
} RelmapKeyRequest;

/*
 * What a relationship is to stand on.  The table that has the foreign key is
 * locked on return.  old: the attribute as it is declared, or NULL.  If that is
 * suspended, the keys may be those that were dropped.
 */
extern RelmapKeys relmap_keyrequest_find(RelmapKeyRequest *request,
										 const RelmapRelationship *old);

/* The same, seen from the other side. */
extern RelmapKeys relmap_keyrequest_other_side(const RelmapKeys *keys);

#endif							/* RELMAP_KEYREQUEST_H */
