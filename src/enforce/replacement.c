/*-------------------------------------------------------------------------
 *
 * replacement.c
 *	  The setting relmap.replacement.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/replacement.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/guc.h"

#include "enforce/replacement.h"

bool		relmap_replacement = true;

/*
 * Define the setting, once per session.
 */
void
relmap_replacement_init(void)
{
	DefineCustomBoolVariable("relmap.replacement",
							 "Enables the replacement of a parent's child by a newcomer.",
							 "When off, a one-to-one relationship is kept by its unique constraint alone.",
							 &relmap_replacement,
							 true,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);
}
