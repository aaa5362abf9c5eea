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

#include "enforce/change.h"
#include "enforce/statement.h"

typedef struct RelmapWriter RelmapWriter;

extern RelmapWriter *relmap_writer_get(RelmapStatement *statement,
									   const RelmapChange *change);
extern EState *relmap_writer_query(RelmapWriter *writer);
extern bool relmap_writer_change(RelmapWriter *writer,
								 const RelmapChange *change,
								 ItemPointer tid);
extern void relmap_writer_init(void);

#endif							/* RELMAP_WRITER_H */
