/*-------------------------------------------------------------------------
 *
 * beforedrop.h
 *	  Accessors go with what is dropped.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/beforedrop.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_BEFOREDROP_H
#define RELMAP_BEFOREDROP_H

#include "nodes/pg_list.h"

/*
 * Before a DROP, arg: have the accessors that depend on its objects dropped
 * with them, so that no CASCADE is needed because of one.
 */
extern void relmap_beforedrop_prepare(void *arg);

/*
 * The same before DROP EXTENSION, whichever it is: for all accessors if the
 * current user may drop this extension; otherwise for those of tables that are
 * members of another one of that user's.
 */
extern void relmap_beforedrop_extension(void *arg);

/*
 * After a DROP: the tables whose indexes DROP INDEX has dropped; NIL if they are
 * not known, or it is another command.
 */
extern List *relmap_beforedrop_indexed(const Node *command);

#endif							/* RELMAP_BEFOREDROP_H */
