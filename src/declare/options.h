/*-------------------------------------------------------------------------
 *
 * options.h
 *	  What a declaration may ask for.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/options.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_OPTIONS_H
#define RELMAP_OPTIONS_H

#include "base/relationship.h"

/* What the caller gave; NULL (or has_xxx false) is not given. */
typedef struct RelmapOptions
{
	bool		raw;			/* it came by SQL: its texts must not be
								 * analysed */
	bool		has_uselist;
	bool		uselist;
	char	   *back_populates; /* here and below '' takes it away */
	char	   *cascade;
	char	   *on_replace;
	char	   *order_by;
	bool		has_enforce;
	bool		enforce;
	bool		has_accessor;
	bool		accessor;
	char	   *doc;
	char	   *info;			/* jsonb's text; 'null' takes it away */
	char	   *condition;
	bool		has_keyed_by;
	List	   *keyed_by;		/* of char *; NIL takes it away */
	bool		has_required;
	bool		required;
	bool		has_single_parent;
	bool		single_parent;
} RelmapOptions;

/*
 * Put the options into a declaration whose tables, name, direction and key are
 * set.  old is the previous declaration, NULL for a new one, whose options
 * have defaults.  Raises 22023 for options that do not fit.
 */
extern void relmap_options_apply(const RelmapOptions *options,
								 const RelmapRelationship *old,
								 RelmapRelationship *relationship);

/*
 * Raise an error for a declaration, inserted by SQL, that
 * relmap_options_apply() would not have made.
 */
extern void relmap_options_check(const RelmapRelationship *relationship);

/* Raise an error if source can't have an attribute of that name. */
extern void relmap_options_check_name(Oid source, const char *name);

#endif							/* RELMAP_OPTIONS_H */
