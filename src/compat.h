/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  What differs between the server versions that relmap builds on.
 *
 * The rest of the code is written for the newest version; older ones are
 * mapped to it here, and only here.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/compat.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_COMPAT_H
#define RELMAP_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "relmap needs PostgreSQL 15 or newer"
#endif

#endif							/* RELMAP_COMPAT_H */
