/*-------------------------------------------------------------------------
 *
 * arguments.h
 *	  Arguments of the functions that declare.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/arguments.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_ARGUMENTS_H
#define RELMAP_ARGUMENTS_H

#include "fmgr.h"
#include "nodes/pg_list.h"

#include "declare/options.h"

/* Where the options are among a function's arguments; -1 is nowhere. */
typedef struct RelmapOptionArgs
{
	int			uselist;
	int			back_populates;
	int			cascade;
	int			on_replace;
	int			order_by;
	int			enforce;
	int			accessor;
	int			doc;
	int			info;
	int			condition;
	int			keyed_by;
	int			required;
	int			single_parent;
} RelmapOptionArgs;

extern void relmap_argument_options(FunctionCallInfo fcinfo,
									const RelmapOptionArgs *where,
									RelmapOptions *options);
extern Oid	relmap_argument_table(FunctionCallInfo fcinfo, int n,
								  const char *name);
extern char *relmap_argument_text(FunctionCallInfo fcinfo, int n);
extern char *relmap_argument_name(FunctionCallInfo fcinfo, int n,
								  const char *name);
extern List *relmap_argument_texts(FunctionCallInfo fcinfo, int n,
								   const char *name);

#endif							/* RELMAP_ARGUMENTS_H */
