/*-------------------------------------------------------------------------
 *
 * invalidation.h
 *	  Being told that a table has changed.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/invalidation.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_INVALIDATION_H
#define RELMAP_INVALIDATION_H

/* Gets the OID of the table that has changed, InvalidOid for all. */
typedef void (*RelmapInvalidation) (Oid relid);

/* Have it called from now on.  It must not look up catalogs. */
extern void relmap_invalidation_register(RelmapInvalidation callback);

#endif							/* RELMAP_INVALIDATION_H */
