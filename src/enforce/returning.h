/*-------------------------------------------------------------------------
 *
 * returning.h
 *	  RETURNING lists that show the parent of a parked row.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/returning.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_RETURNING_H
#define RELMAP_RETURNING_H

#include "enforce/callstate.h"
#include "enforce/parkedrow.h"

extern void relmap_returning_begin_row(RelmapCallState *call);
extern void relmap_returning_show(RelmapCallState *call,
								  const RelmapParkedRow *parked);

#endif							/* RELMAP_RETURNING_H */
