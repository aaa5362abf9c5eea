/*-------------------------------------------------------------------------
 *
 * keyedaccessor.h
 *	  The functions name_by_columns(source, key ...) of keyed collections.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/keyedaccessor.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_KEYEDACCESSOR_H
#define RELMAP_KEYEDACCESSOR_H

#include "attributes/accessorproc.h"
#include "base/relationship.h"

/* What it is; false if the declaration has none. */
extern bool relmap_keyedaccessor_describe(const RelmapRelationship *relationship,
										  RelmapAccessor *accessor);
extern char *relmap_keyedaccessor_body(const RelmapRelationship *relationship);

/*
 * The one that is there, whatever its name and arguments are; InvalidOid if
 * there is none that relmap made.
 */
extern Oid	relmap_keyedaccessor_get(const RelmapRelationship *relationship);

/* Raise an error if it can't have its name. */
extern void relmap_keyedaccessor_check_name(const RelmapRelationship *relationship);

/* The type of the argument for a column of this type. */
extern Oid	relmap_keyedaccessor_type(Oid type);

#endif							/* RELMAP_KEYEDACCESSOR_H */
