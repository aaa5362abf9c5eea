/*-------------------------------------------------------------------------
 *
 * accessorname.h
 *	  Can an accessor have its name?
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/accessorname.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ACCESSORNAME_H
#define RELMAP_ACCESSORNAME_H

#include "attributes/accessorproc.h"

/*
 * Raise an error if a new accessor would replace a function of the user's, or
 * would be called in place of a system function.
 */
extern void relmap_accessorname_check(const RelmapAccessor *accessor);

#endif							/* RELMAP_ACCESSORNAME_H */
