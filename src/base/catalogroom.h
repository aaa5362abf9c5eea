/*-------------------------------------------------------------------------
 *
 * catalogroom.h
 *	  How many relationships a table can have.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/catalogroom.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CATALOGROOM_H
#define RELMAP_CATALOGROOM_H

#include "utils/relcache.h"

/*
 * Raise an error if a table can't have another relationship in the catalog,
 * which is open (54000).
 */
extern void relmap_catalogroom_check(Relation catalog, Oid source);

#endif							/* RELMAP_CATALOGROOM_H */
