/*-------------------------------------------------------------------------
 *
 * missing.h
 *	  What is said of a relationship that does not exist.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/missing.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_MISSING_H
#define RELMAP_MISSING_H

#include "base/compat.h"

/*
 * Raise 42704: the table has no relationship of that name.  The hint names
 * those that it has, of many the most similar ones.
 */
pg_noreturn extern void relmap_missing_report(Oid source, const char *name);

/* Raise a NOTICE instead, as DROP ... IF EXISTS does. */
extern void relmap_missing_skip(Oid source, const char *name);

#endif							/* RELMAP_MISSING_H */
