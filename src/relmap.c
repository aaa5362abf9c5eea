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

#include "attributes/planned.h"
#include "base/compat.h"
#include "enforce/checkedparents.h"
#include "enforce/give.h"
#include "enforce/incumbent.h"
#include "enforce/keyinfo.h"
#include "enforce/keylock.h"
#include "enforce/parking.h"
#include "enforce/replacement.h"
#include "enforce/replacementlog.h"
#include "enforce/statement.h"
#include "enforce/untouched.h"
#include "enforce/verify.h"
#include "enforce/writer.h"

RELMAP_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

/*
 * Define the settings and put the hooks and callbacks in place.
 */
void
_PG_init(void)
{
	relmap_keyinfo_init();
	relmap_keylock_init();
	relmap_statement_init();
	relmap_untouched_init();
	relmap_replacementlog_init();
	relmap_checkedparents_init();

	/* in the order in which they finish a statement */
	relmap_incumbent_init();
	relmap_verify_init();
	relmap_give_init();
	relmap_parking_init();
	relmap_writer_init();

	relmap_replacement_init();
	relmap_planned_init();
	MarkGUCPrefixReserved("relmap");
}
