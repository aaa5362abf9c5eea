/*-------------------------------------------------------------------------
 *
 * foundkeys.h
 *	  Some of the keys that a query finds, for messages.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/foundkeys.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_FOUNDKEYS_H
#define RELMAP_FOUNDKEYS_H

/*
 * Run a query as the current user, and describe the first keys that it returns,
 * as a sentence; NULL if there are none.  Its rows have nkeys columns, which are
 * not NULL and called columns, and may have the number of rows that share them.
 */
extern char *relmap_foundkeys(const char *query, int nkeys,
							  const char *columns);

#endif							/* RELMAP_FOUNDKEYS_H */
