/*-------------------------------------------------------------------------
 *
 * rowdescription.h
 *	  A row by its primary key, for messages.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/rowdescription.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ROWDESCRIPTION_H
#define RELMAP_ROWDESCRIPTION_H

#include "executor/tuptable.h"
#include "utils/relcache.h"

/*
 * "(id)=(1)"; NULL if the table has no primary key, or if the current user may
 * not see it, by core's rule for error messages.  whole: whoever asks may see
 * it, as the server's log.
 */
extern char *relmap_rowdescription(Relation rel, TupleTableSlot *slot,
								   bool whole);

#endif							/* RELMAP_ROWDESCRIPTION_H */
