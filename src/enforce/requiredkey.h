/*-------------------------------------------------------------------------
 *
 * requiredkey.h
 *	  The triggers of a required relationship, compiled.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/requiredkey.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_REQUIREDKEY_H
#define RELMAP_REQUIREDKEY_H

#include "base/foreignkey.h"
#include "enforce/keyinfo.h"

/* The arguments of the trigger on the source, and of that on the child. */
enum
{
	RELMAP_REQUIRED_SOURCE_KEY,
	RELMAP_REQUIRED_SOURCE_NAME,
	RELMAP_REQUIRED_SOURCE_ARGUMENTS
};

enum
{
	RELMAP_REQUIRED_CHILD_KEY,
	RELMAP_REQUIRED_CHILD_FAR_KEY,	/* of an association table; '' for none */
	RELMAP_REQUIRED_CHILD_CONDITION,	/* '' for none */
	RELMAP_REQUIRED_CHILD_NAME,
	RELMAP_REQUIRED_CHILD_ARGUMENTS
};

/* The queries of a check, see required.c. */
typedef enum RelmapRequiredQuery
{
	RELMAP_REQUIRED_FIND,		/* a child */
	RELMAP_REQUIRED_HOLD,		/* a child, locked */
	RELMAP_REQUIRED_LOCK,		/* the row of the source, locked */
	RELMAP_REQUIRED_QUERIES
} RelmapRequiredQuery;

/*
 * Beside RelmapKeyInfo, which has the key's columns in the trigger's table and
 * the condition: what the queries need.
 */
typedef struct RelmapRequired
{
	char	   *attribute;
	char	   *trigger_name;
	bool		on_source;		/* the trigger is, and its row's values are of
								 * the types of the source */
	RelmapForeignKey *fk;		/* as declared, not that of a partition */
	RelmapForeignKey *far;		/* of an association table; else NULL */
	char	   *condition;		/* NULL: none */
	AttrNumber	far_attnums[INDEX_MAX_KEYS];	/* in the trigger's table, the
												 * child */
	struct _SPI_plan *plans[RELMAP_REQUIRED_QUERIES];
} RelmapRequired;

extern bool relmap_requiredkey_is_of(Oid function);
extern bool relmap_requiredkey_build(RelmapKeyInfo *key, Trigger *trigger,
									 Relation rel);
extern void relmap_requiredkey_set_depends(RelmapKeyInfo *key);
extern void relmap_requiredkey_free(RelmapRequired *required);
extern char *relmap_requiredkey_query(const RelmapRequired *required,
									  RelmapRequiredQuery query);

#endif							/* RELMAP_REQUIREDKEY_H */
