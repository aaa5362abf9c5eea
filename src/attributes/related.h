/*-------------------------------------------------------------------------
 *
 * related.h
 *	  The row that a to-one attribute leads to.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/related.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_RELATED_H
#define RELMAP_RELATED_H

/* The table of a row type; an error if it is that of an anonymous record. */
extern Oid	relmap_related_table(Oid type, const char *name);

#endif							/* RELMAP_RELATED_H */
