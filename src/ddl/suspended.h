/*-------------------------------------------------------------------------
 *
 * suspended.h
 *	  Relationships whose constraints were dropped, or added again.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/suspended.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SUSPENDED_H
#define RELMAP_SUSPENDED_H

#include "nodes/pg_list.h"

#include "base/relationship.h"

/*
 * Add a relationship to a list of those that are suspended, or resume, with
 * what it depends on, in words; open: nothing keeps two rows from having the
 * same parent.  And report them: in one NOTICE, or WARNING if one is open.
 */
extern List *relmap_suspended_add(List *list,
								  const RelmapRelationship *relationship,
								  const char *object, bool open);
extern void relmap_suspended_report(List *list, const char *what);

/*
 * May ALTER TABLE or CREATE INDEX let a relationship resume, or bring back its
 * uniqueness?
 */
extern bool relmap_suspended_concerns(Node *command);

/*
 * Resume suspended relationships of these tables with the foreign keys that
 * exist now; report also those whose uniqueness the command has added again.
 * True if any stands on a key that it did not stand on before.
 */
extern bool relmap_suspended_resume(List *tables, Node *command);

#endif							/* RELMAP_SUSPENDED_H */
