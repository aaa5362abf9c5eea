/*-------------------------------------------------------------------------
 *
 * keyhint.h
 *	  Which foreign key might be meant where there is none.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/keyhint.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_KEYHINT_H
#define RELMAP_KEYHINT_H

/*
 * A hint how to get from source to target, which no foreign key joins: an
 * association table that refers to both, or a foreign key to add.
 */
extern char *relmap_keyhint_join(Oid source, Oid target);

/* A hint how to add a foreign key of child to parent. */
extern char *relmap_keyhint_add(Oid child, Oid parent);

#endif							/* RELMAP_KEYHINT_H */
