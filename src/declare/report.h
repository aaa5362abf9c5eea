/*-------------------------------------------------------------------------
 *
 * report.h
 *	  What one call did, in one NOTICE.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/declare/report.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_REPORT_H
#define RELMAP_REPORT_H

#include "nodes/pg_list.h"

typedef struct RelmapReport
{
	bool		report_used;	/* report what existed before, too */
	List	   *added;			/* of char *: constraint "x" */
	List	   *dropped;
	List	   *details;		/* whole sentences */
	List	   *hints;
	bool		warns;			/* it is a WARNING, not a NOTICE */
	bool		requires;		/* a trigger was added that requires children */
} RelmapReport;

/* Report it: the message; added, dropped and details as its DETAIL. */
extern void relmap_report(const char *message, const RelmapReport *report);

#endif							/* RELMAP_REPORT_H */
