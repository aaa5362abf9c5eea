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
 * After it: the tables whose indexes DROP INDEX has dropped; NIL if they are
 * not known, or it is another command.
 */
extern List *relmap_beforedrop_indexed(const Node *command);

#endif							/* RELMAP_BEFOREDROP_H */
