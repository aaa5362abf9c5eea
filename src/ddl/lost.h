/*-------------------------------------------------------------------------
 *
 * lost.h
 *	  What a command has dropped of that which a relationship needs.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/lost.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_LOST_H
#define RELMAP_LOST_H

#include "base/relationship.h"

/*
 * An object that a command has dropped.  Names are NULL where there is none:
 * schema and name of a table or index; part is its column or constraint.
 */
typedef struct RelmapDropped
{
	Oid			classid;
	Oid			objid;
	int32		objsubid;
	const char *type;			/* "table", "table constraint", "index", ... */
	char	   *schema;
	char	   *name;
	char	   *part;
} RelmapDropped;

/*
 * Has the command dropped a part of that table ("table constraint", "table
 * column" or "index"), of that name if one is given?
 */
extern bool relmap_lost_part(Oid relid, const char *type, const char *part,
							 List *dropped);

/* A column that the relationship needs and that was dropped, or NULL. */
extern char *relmap_lost_column(const RelmapRelationship *r, List *dropped);

/*
 * What was dropped, in words, that its list needs, or a condition that is only
 * read by; NULL if nothing was.
 */
extern char *relmap_lost_text(const RelmapRelationship *r, List *dropped);

/* An object that was dropped and that its texts may name; NULL if none. */
extern const RelmapDropped *relmap_lost_mentioned(const RelmapRelationship *r,
												  List *dropped);

/*
 * A dropped table's name, with its schema where the search_path did not lead
 * to it; NULL if it is not among the dropped objects.
 */
extern char *relmap_lost_table_name(Oid relid, List *dropped);

/* A table that does not exist, in words. */
extern char *relmap_lost_table(Oid relid, List *dropped);

/*
 * Was the foreign key dropped, or secondary's other one, and is there no other
 * on its columns?  If there is, r is made to name it.
 */
extern bool relmap_lost_key(RelmapRelationship *r, bool far, List *dropped);

/* Was the last unique index of a one-to-one dropped? */
extern bool relmap_lost_uniqueness(const RelmapRelationship *r, List *dropped);

#endif							/* RELMAP_LOST_H */
