/*-------------------------------------------------------------------------
 *
 * losses.h
 *	  What a command has dropped, by table.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/losses.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_LOSSES_H
#define RELMAP_LOSSES_H

#include "base/catalog.h"

typedef struct RelmapLosses RelmapLosses;

/* Sort the objects that a command has dropped, RelmapDropped (ddl/lost.h). */
extern RelmapLosses *relmap_losses_sort(List *dropped);

/* The tables that were dropped, or have lost a constraint or a column. */
extern List *relmap_losses_tables(const RelmapLosses *losses);

/* Was an index dropped?  Its table is not known. */
extern bool relmap_losses_has_index(const RelmapLosses *losses);

/* Has one of the relationship's tables lost something, itself for example? */
extern bool relmap_losses_touch(const RelmapLosses *losses,
								const RelmapRelationship *r);

/*
 * Those of the objects that can concern a relationship; ddl/lost.h tells
 * whether they do.
 */
extern List *relmap_losses_for(const RelmapLosses *losses,
							   const RelmapRelationship *r);

#endif							/* RELMAP_LOSSES_H */
