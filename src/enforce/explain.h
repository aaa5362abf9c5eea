/*-------------------------------------------------------------------------
 *
 * explain.h
 *	  What relmap adds to the server's own errors.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/explain.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_EXPLAIN_H
#define RELMAP_EXPLAIN_H

#include "utils/relcache.h"

#include "enforce/change.h"
#include "enforce/statement.h"

extern void relmap_explain_in_statement(RelmapStatement *statement);
extern void relmap_explain_in_change(const RelmapChange *change, Relation rel,
									 bool may_read);

#endif							/* RELMAP_EXPLAIN_H */
