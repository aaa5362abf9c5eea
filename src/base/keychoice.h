/*-------------------------------------------------------------------------
 *
 * keychoice.h
 *	  Which foreign key a relationship stands on, in which direction.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/keychoice.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_KEYCHOICE_H
#define RELMAP_KEYCHOICE_H

#include "base/foreignkey.h"

/*
 * The one foreign key that a relationship from source to target stands on,
 * chosen by foreign_keys and remote_side (lists of char *, NIL if not given);
 * *onetomany is its direction.  Raises an error that names the candidates
 * where there is not exactly one.
 */
extern RelmapForeignKey *relmap_keychoice(Oid source, Oid target,
										  List *foreign_keys,
										  List *remote_side, bool *onetomany);

/*
 * Of these foreign keys, those that have exactly the given columns (of char *);
 * if none has, and it is one name, those with that name.
 */
extern List *relmap_keychoice_match(List *keys, List *given);

#endif							/* RELMAP_KEYCHOICE_H */
