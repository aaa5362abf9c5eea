/*-------------------------------------------------------------------------
 *
 * pending.h
 *	  The slots that parked rows of a statement wait for, in their order.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/pending.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_PENDING_H
#define RELMAP_PENDING_H

#include "enforce/keyinfo.h"
#include "enforce/parkedrow.h"

/* The pending assignments of a statement. */
typedef struct RelmapParking RelmapParking;

/* A slot that a parked row is to have. */
typedef struct RelmapPending
{
	RelmapKeyInfo *key;
	const RelmapParkedRow *row;
	uint64		lost_to;		/* the row that has taken it since, in the
								 * order of time; 0: none */
	bool		forgotten;		/* its subtransaction was rolled back */
	bool		shown;			/* RETURNING has shown the row with it */
	int			previous;		/* the previous with the same hash, or -1 */
	SubTransactionId subid;		/* that has made it */
	Datum		value;			/* the key wanted, if it has one column */
	Datum	   *values;			/* else */
} RelmapPending;

/* The slots that a parked row waits for. */
typedef struct RelmapParkedSlots
{
	const RelmapParkedRow *row;
	int			n;
	RelmapKeyInfo **keys;
	const Datum **values;
	uint64	   *lost_to;
} RelmapParkedSlots;

extern RelmapParking *relmap_pending_open(MemoryContext parent);
extern MemoryContext relmap_pending_context(const RelmapParking *parking);

/* Append one; it is not valid any more when another is appended. */
extern RelmapPending *relmap_pending_append(RelmapParking *parking,
											RelmapKeyInfo *key,
											const RelmapParkedRow *row,
											const Datum *values,
											uint32 keyhash);

/*
 * The last one for a key that is neither lost nor forgotten nor applied, or the
 * last before another; NULL if there is none.
 */
extern RelmapPending *relmap_pending_find(RelmapParking *parking,
										  RelmapKeyInfo *key,
										  const Datum *values, uint32 keyhash,
										  RelmapPending *after);

/* The last ones of a row are those of another, which replaces it. */
extern void relmap_pending_replace_row(RelmapParking *parking,
									   const RelmapParkedRow *replaced,
									   const RelmapParkedRow *row);

/* One is lost to a newcomer, unless the subtransaction is rolled back. */
extern void relmap_pending_lose(RelmapParking *parking,
								RelmapPending *pending, uint64 newcomer);

/* The next row to get its slots, which are applied then; false if none is left. */
extern bool relmap_pending_next(RelmapParking *parking,
								RelmapParkedSlots *next);

/* A subtransaction is rolled back, with all in it. */
extern void relmap_pending_undo(RelmapParking *parking,
								SubTransactionId subid);

#endif							/* RELMAP_PENDING_H */
