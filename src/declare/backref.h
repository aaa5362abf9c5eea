/*-------------------------------------------------------------------------
 *
 * backref.h
 *	  What is in the argument backref of relationship().
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/backref.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_BACKREF_H
#define RELMAP_BACKREF_H

#include "declare/options.h"

/* The name and the options in a backref: a plain name, or made by backref(). */
extern char *relmap_backref_decode(const char *backref, RelmapOptions *options);

#endif							/* RELMAP_BACKREF_H */
