/*-------------------------------------------------------------------------
 *
 * load.h
 *	  relmap.load(), for whoever plans a call of it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/load.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_LOAD_H
#define RELMAP_LOAD_H

#include "utils/array.h"

/* Is this function relmap.load()? */
extern bool relmap_load_is(Oid function);

/* The query that a call evaluates, with a row of that type as its parameter. */
extern char *relmap_load_text(Oid source_type, ArrayType *paths);

#endif							/* RELMAP_LOAD_H */
