/*-------------------------------------------------------------------------
 *
 * accessorfunction.h
 *	  Accessors as functions of the database.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessorfunction.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ACCESSORFUNCTION_H
#define RELMAP_ACCESSORFUNCTION_H

#include "attributes/accessorproc.h"

/*
 * Create it; or change the function that is there, InvalidOid if there is
 * none, in place if it fits.
 */
extern void relmap_accessorfunction_create(const RelmapAccessor *accessor,
										   const char *body, Oid function);

/* Write name and body in place; then schema and owner, unless in_place_only. */
extern void relmap_accessorfunction_follow(Oid function,
										   const RelmapAccessor *accessor,
										   const char *body,
										   bool in_place_only);

/* Drop it; take back the comment that relmap wrote. */
extern void relmap_accessorfunction_drop(Oid function);
extern void relmap_accessorfunction_forget_comment(Oid function,
												   const RelmapAccessor *accessor);

#endif							/* RELMAP_ACCESSORFUNCTION_H */
