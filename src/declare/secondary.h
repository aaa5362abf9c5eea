/*-------------------------------------------------------------------------
 *
 * secondary.h
 *	  The two foreign keys of an association table.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/secondary.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_SECONDARY_H
#define RELMAP_SECONDARY_H

#include "nodes/pg_list.h"

#include "base/foreignkey.h"

/*
 * The key of secondary to source (*near) and that to target (*far), chosen by
 * foreign_keys (of near) and remote_side (the columns of far).  Raises an
 * error if that does not leave one of each.
 */
extern void relmap_secondary_choose(Oid secondary, Oid source, Oid target,
									List *foreign_keys, List *remote_side,
									RelmapForeignKey **near,
									RelmapForeignKey **far);

#endif							/* RELMAP_SECONDARY_H */
