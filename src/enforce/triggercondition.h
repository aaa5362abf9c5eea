/*-------------------------------------------------------------------------
 *
 * triggercondition.h
 *	  Conditions of relationships, as row triggers evaluate them.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/triggercondition.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_TRIGGERCONDITION_H
#define RELMAP_TRIGGERCONDITION_H

#include "nodes/primnodes.h"
#include "utils/rel.h"

/*
 * A condition that can be evaluated in a row trigger of rel, where generated
 * columns have no value yet.
 */
extern Expr *relmap_triggercondition(Node *condition, Relation rel);

#endif							/* RELMAP_TRIGGERCONDITION_H */
