/*-------------------------------------------------------------------------
 *
 * subxact.h
 *	  Work in a subtransaction.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/subxact.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SUBXACT_H
#define RELMAP_SUBXACT_H

/*
 * Call work(arg) in a subtransaction.  Returns the error, with what was done
 * rolled back; NULL if there was none.  What ends a transaction anyway
 * (cancel, deadlock, out of memory), or depends on the caller (stack depth), is
 * raised.
 */
extern ErrorData *relmap_subxact_try(void (*work) (void *), void *arg);

#endif							/* RELMAP_SUBXACT_H */
