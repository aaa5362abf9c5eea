/*-------------------------------------------------------------------------
 *
 * replacementlog.h
 *	  Messages for replaced rows.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/replacementlog.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_REPLACEMENTLOG_H
#define RELMAP_REPLACEMENTLOG_H

#include "storage/itemptr.h"
#include "utils/relcache.h"

#include "enforce/change.h"

/*
 * The row that was at tid has been changed for the newcomer: report it as
 * relmap.log_replacement says.
 */
extern void relmap_replacementlog_report(const RelmapChange *change,
										 Relation rel, ItemPointer tid,
										 TupleTableSlot *newcomer);

extern void relmap_replacementlog_init(void);

#endif							/* RELMAP_REPLACEMENTLOG_H */
