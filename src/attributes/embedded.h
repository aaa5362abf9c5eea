/*-------------------------------------------------------------------------
 *
 * embedded.h
 *	  What attributes stand for, put into a query.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/attributes/embedded.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_EMBEDDED_H
#define RELMAP_EMBEDDED_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "base/relationship.h"

/* What was put into a query.  It begins as zeroes. */
typedef struct RelmapEmbedded
{
	List	   *subqueries;		/* SubLink *, of scalars */
	List	   *tables;			/* OIDs of all that are read */
	bool		row_security;	/* what is read depends on who reads */
} RelmapEmbedded;

/*
 * The subquery for the row that a scalar attribute leads to, or a collection
 * with a value for each column that keys it.  args is the row, and these.  From
 * a row that is such a subquery the attribute is followed in there.
 */
extern Node *relmap_embedded_scalar(RelmapEmbedded *embedded,
									const RelmapRelationship *r, List *args);

/*
 * The query for a collection, an entry of FROM, with a column for each one of
 * the target's, dropped ones too, as a call in FROM has.  These get names among
 * the names (String *) of the entry's columns.
 */
extern Query *relmap_embedded_collection(RelmapEmbedded *embedded,
										 const RelmapRelationship *r,
										 Node *row, List *names);

/*
 * What a query without FROM selects, a text with the row as its parameter.  Of
 * such a subquery, it is selected there.
 */
extern Node *relmap_embedded_expression(RelmapEmbedded *embedded,
										const char *text, Node *row);

/*
 * A field of a row, as the column that it is, if it is one; of a subquery, it
 * is selected there.
 */
extern Node *relmap_embedded_field(const RelmapEmbedded *embedded, Node *row,
								   const FieldSelect *field);

#endif							/* RELMAP_EMBEDDED_H */
