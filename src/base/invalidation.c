/*-------------------------------------------------------------------------
 *
 * invalidation.c
 *	  Being told that a table has changed.
 *
 * The server has room for ten relcache callbacks, for all of its modules, and
 * gives up the session that registers one more.  All of relmap's caches share
 * one.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/invalidation.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/inval.h"

#include "base/invalidation.h"

#define MAX_CALLBACKS 8

static RelmapInvalidation callbacks[MAX_CALLBACKS];
static int	ncallbacks = 0;

/*
 * Relcache callback: pass it on.
 */
static void
table_changed(Datum arg, Oid relid)
{
	for (int i = 0; i < ncallbacks; i++)
		callbacks[i] (relid);
}

/*
 * See the header.
 */
void
relmap_invalidation_register(RelmapInvalidation callback)
{
	Assert(ncallbacks < MAX_CALLBACKS);
	if (ncallbacks == 0)
		CacheRegisterRelcacheCallback(table_changed, (Datum) 0);
	callbacks[ncallbacks++] = callback;
}
