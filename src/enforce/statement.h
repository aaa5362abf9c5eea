/*-------------------------------------------------------------------------
 *
 * statement.h
 *	  The running statements.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/statement.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_STATEMENT_H
#define RELMAP_STATEMENT_H

#include "nodes/execnodes.h"
#include "nodes/pg_list.h"
#include "utils/hsearch.h"


/*
 * Why a row could not be written without its parent first, as DETAIL and HINT
 * of the server's error that it is written twice.
 */
typedef struct RelmapNoParking
{
	const char *detail;
	const char *hint;
} RelmapNoParking;

/* How many probes, and writers, a statement keeps open. */
#define RELMAP_KEEP_OPEN 128

/* One statement in which rows have taken parents, until it is finished. */
typedef struct RelmapStatement
{
	struct RelmapStatement *next;
	EState	   *query;			/* its executor state */
	MemoryContext context;		/* lives as long as the statement */
	List	   *calls;			/* of RelmapCallState *, see replace.c */
	List	   *probes;			/* of RelmapSlotState *, whose probe is open */
	List	   *writers;		/* of RelmapWriter *, see writer.c */
	struct RelmapParking *parking;	/* see parking.c; NULL if no row is parked */
	List	   *checks;			/* see deferredcheck.c */
	List	   *projections;	/* see returning.c */
	List	   *parked_keys;	/* of RelmapKeyInfo *: where rows are parked */
	struct RelmapKeyInfo *stuck_key;	/* its holder can't be replaced */
	bool		replaced;		/* some row was replaced on its behalf */
	HTAB	   *shown;			/* keys, see shown.c; or NULL */
	bool		explained;		/* its error has a hint of its own */
	const RelmapNoParking *no_parking;	/* why a row could not be */
} RelmapStatement;

extern RelmapStatement *relmap_statement_get(EState *query);
extern RelmapStatement *relmap_statement_list(void);
extern void relmap_statement_finish(EState *query, bool fire_triggers);

/*
 * Called when all rows of a statement are written.  AFTER triggers of its own
 * changes fire at once (fire_triggers), or are queued for the statement.
 */
typedef void (*RelmapFinisher) (RelmapStatement *statement,
								bool fire_triggers);

#define RELMAP_MAX_FINISHERS 4

extern void relmap_statement_at_finish(RelmapFinisher finisher);
extern void relmap_statement_init(void);

#endif							/* RELMAP_STATEMENT_H */
