/*-------------------------------------------------------------------------
 *
 * textnames.h
 *	  Conditions and lists follow the renaming of what they name.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/ddl/textnames.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_TEXTNAMES_H
#define RELMAP_TEXTNAMES_H

#include "nodes/nodes.h"

/* May a command rename something that an expression can name? */
extern bool relmap_textnames_concerns(const Node *command);

/* Before such a command, arg: analyse all texts. */
extern void relmap_textnames_before(void *arg);

/*
 * After it: write the texts that are spelled differently now, in declarations
 * and triggers.  True if there were any.
 */
extern bool relmap_textnames_after(Node *command);

#endif							/* RELMAP_TEXTNAMES_H */
