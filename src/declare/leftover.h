/*-------------------------------------------------------------------------
 *
 * leftover.h
 *	  Declarations that have outlived their tables.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/leftover.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_LEFTOVER_H
#define RELMAP_LEFTOVER_H

/*
 * Delete them, once in a session.  Those that another transaction is about to
 * delete are left to it.
 */
extern void relmap_leftover_clear(void);

/*
 * Delete the one of that name, if there is no table source any more.  Nobody
 * owns it, so anybody may.
 */
extern bool relmap_leftover_drop(Oid source, const char *name);

#endif							/* RELMAP_LEFTOVER_H */
