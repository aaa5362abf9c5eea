/*-------------------------------------------------------------------------
 *
 * relmap.c
 *	  Module load: the settings and hooks of relmap.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/relmap.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "base/compat.h"
#include "relmap.h"

RELMAP_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

bool		relmap_replacement = true;

/*
 * Define the settings and put the hooks in place.
 */
void
_PG_init(void)
{
	DefineCustomBoolVariable("relmap.replacement",
							 "Enables the replacement of a parent's child by a newcomer.",
							 "When off, a one-to-one relationship is kept by its unique constraint alone.",
							 &relmap_replacement,
							 true,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);

	MarkGUCPrefixReserved("relmap");

	relmap_key_init();
	relmap_key_lock_init();
	relmap_parking_init();
	relmap_statement_init();
}
