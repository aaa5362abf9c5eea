/*-------------------------------------------------------------------------
 *
 * writer.h
 *	  Single rows changed without a query.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/writer.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_WRITER_H
#define RELMAP_WRITER_H

#include "executor/execdesc.h"
#include "storage/itemptr.h"

#include "enforce/keyinfo.h"
#include "enforce/statement.h"

typedef struct RelmapWriter RelmapWriter;

extern RelmapWriter *relmap_writer_get(RelmapStatement *statement,
									   RelmapKeyInfo *key,
									   RelmapAction action);
extern QueryDesc *relmap_writer_query(RelmapWriter *writer);
extern bool relmap_writer_change(RelmapWriter *writer, RelmapAction action,
								 ItemPointer tid, const Datum *values);
extern void relmap_writer_init(void);

#endif							/* RELMAP_WRITER_H */
