/*-------------------------------------------------------------------------
 *
 * report.c
 *	  The NOTICE that reports what one call did.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/report.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/util.h"
#include "declare/report.h"

static List *in_both(List *a, List *b, bool wanted);
static void append_list(StringInfo buf, const char *verb, List *items);
static void append_sentence(StringInfo buf, const char *sentence);


/*
 * Report in one message what a call did: the message; as detail, which objects
 * were added, dropped, and replaced (both under one name), and what else is
 * to be known.
 */
void
relmap_report(const char *message, const RelmapReport *report)
{
	StringInfoData detail;
	StringInfoData hint;
	ListCell   *lc;

	initStringInfo(&detail);
	append_list(&detail, "Added",
				in_both(report->added, report->dropped, false));
	append_list(&detail, "Replaced",
				in_both(report->added, report->dropped, true));
	append_list(&detail, "Dropped",
				in_both(report->dropped, report->added, false));
	foreach(lc, report->details)
		append_sentence(&detail, lfirst(lc));

	initStringInfo(&hint);
	foreach(lc, report->hints)
		append_sentence(&hint, lfirst(lc));

	ereport(report->warns ? WARNING : NOTICE,
			(errmsg_internal("%s", message),
			 detail.len > 0 ? errdetail_internal("%s", detail.data) : 0,
			 hint.len > 0 ? errhint("%s", hint.data) : 0));
}

/*
 * The items of a that are in b too, or those that are not.
 */
static List *
in_both(List *a, List *b, bool wanted)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, a)
	{
		if (relmap_has_name(b, lfirst(lc)) == wanted)
			result = lappend(result, lfirst(lc));
	}
	return result;
}

/*
 * "Added a, b and c."; nothing for an empty list.
 */
static void
append_list(StringInfo buf, const char *verb, List *items)
{
	if (items != NIL)
		append_sentence(buf, psprintf("%s %s.", verb, relmap_enumerate(items)));
}

/*
 * One more line.
 */
static void
append_sentence(StringInfo buf, const char *sentence)
{
	if (buf->len > 0)
		appendStringInfoChar(buf, '\n');
	appendStringInfoString(buf, sentence);
}
