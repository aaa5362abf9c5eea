/*-------------------------------------------------------------------------
 *
 * cleanup.h
 *	  The objects of a relationship that is dropped go with it.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/cleanup.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CLEANUP_H
#define RELMAP_CLEANUP_H

#include "base/relationship.h"
#include "declare/report.h"

/*
 * Remove what belongs to a relationship whose declaration is deleted: accessor,
 * triggers, its name in the other side's back_populates.  What could not be
 * removed is said in the report.
 */
extern void relmap_cleanup(const RelmapRelationship *r, List *dropped,
						   RelmapReport *report);

#endif							/* RELMAP_CLEANUP_H */
