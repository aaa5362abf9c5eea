/*-------------------------------------------------------------------------
 *
 * changed.h
 *	  What a command has changed.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/changed.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_CHANGED_H
#define RELMAP_CHANGED_H

#include "nodes/nodes.h"
#include "nodes/pg_list.h"

/* What a command has changed: tables, and other objects. */
typedef struct RelmapChanged
{
	List	   *tables;			/* OIDs, with their descendants */
	List	   *others;			/* of ObjectAddress *: schemas, types, ... */
} RelmapChanged;

/* Of the command that ends now: at ddl_command_end. */
extern RelmapChanged *relmap_changed_read(void);

/* A composite type has changed: so have the tables that are OF it. */
extern void relmap_changed_add_typed(RelmapChanged *changed);

/*
 * The declarations whose accessors may name what was changed: those of its
 * tables, of tables whose columns or keys depend on the other objects, and, if
 * there are any or texts is true, those with conditions or lists.
 */
extern List *relmap_changed_declarations(const RelmapChanged *changed,
										 bool texts);

/*
 * The name that texts have in them if they name what a command renames, or
 * moves to another schema; NULL if there is no telling.
 */
extern const char *relmap_changed_name(const Node *command);

#endif							/* RELMAP_CHANGED_H */
