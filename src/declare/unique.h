/*-------------------------------------------------------------------------
 *
 * unique.h
 *	  Making the uniqueness under a one-to-one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/unique.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_UNIQUE_H
#define RELMAP_UNIQUE_H

#include "access/attnum.h"

#include "base/foreignkey.h"

/* May the current user see these columns of every row? */
extern bool relmap_may_read(Oid relid, int nkeys, const AttrNumber *attnums);

/*
 * Make a UNIQUE constraint on the columns of the foreign key; returns its
 * name.  what is for errors: "parent.child" cannot be one-to-one.  The caller
 * holds the lock.
 */
extern char *relmap_unique_add(const RelmapForeignKey *fk,
							   const char *relationship, const char *kind);

/* What depends on a UNIQUE constraint, in words; NULL if nothing does. */
extern char *relmap_unique_dependent(Oid constraint);

#endif							/* RELMAP_UNIQUE_H */
