/*-------------------------------------------------------------------------
 *
 * park.h
 *	  Newcomers that are parked, and those that take what parked rows wait for.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/park.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PARK_H
#define RELMAP_PARK_H

#include "enforce/newcomer.h"

extern void relmap_park_behind(RelmapNewcomer *newcomer);
extern void relmap_park_held(RelmapNewcomer *newcomer);
extern void relmap_park_refuse_conflict(RelmapNewcomer *newcomer);
extern void relmap_park_supersede(RelmapNewcomer *newcomer);
extern void relmap_park_refuse_shown(RelmapNewcomer *newcomer);

#endif							/* RELMAP_PARK_H */
