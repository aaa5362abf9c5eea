/*-------------------------------------------------------------------------
 *
 * pair.h
 *	  The two sides of a relationship.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/pair.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PAIR_H
#define RELMAP_PAIR_H

#include "base/relationship.h"
#include "declare/report.h"

/*
 * Pair a new or altered side with its other side, if that is declared: the
 * one it names is made to name it, and one that names it is named by it.
 */
extern void relmap_pair_up(RelmapRelationship *relationship,
						   RelmapReport *report);

/* Is it one of several attributes for the children of one foreign key? */
extern bool relmap_pair_is_one_way(const RelmapRelationship *relationship);

/* Change its name in those that name it; remove it if new_name is NULL. */
extern void relmap_pair_rename(const RelmapRelationship *relationship,
							   const char *new_name, RelmapReport *report);

/*
 * Remove its name in the other side, which is to be another; those that lead to
 * some of the rows go on naming it.
 */
extern void relmap_pair_separate(const RelmapRelationship *relationship,
								 RelmapReport *report);

/* Is the many-to-one that leads back from it one with single_parent? */
extern bool relmap_pair_has_single_parent(const RelmapRelationship *relationship);

/* Raise 22023 if a side is a collection, and the other has single_parent. */
extern void relmap_pair_check_single_parent(const RelmapRelationship *relationship);

/*
 * Report which other relationships write a foreign key that this one writes.
 */
extern void relmap_pair_report_overlaps(const RelmapRelationship *relationship,
										RelmapReport *report);

/* Report that its other side is not declared, if it names one. */
extern void relmap_pair_report_missing(const RelmapRelationship *relationship,
									   RelmapReport *report);

#endif							/* RELMAP_PAIR_H */
