/*-------------------------------------------------------------------------
 *
 * eventtrigger.h
 *	  Event triggers.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/eventtrigger.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_EVENTTRIGGER_H
#define RELMAP_EVENTTRIGGER_H

#include "fmgr.h"

/*
 * Raise the errors of core's own trigger functions if this is not the call of
 * an event trigger for that event; name is the function's.
 */
extern void relmap_eventtrigger_check(FunctionCallInfo fcinfo,
									  const char *name,
									  const char *event);

#endif							/* RELMAP_EVENTTRIGGER_H */
