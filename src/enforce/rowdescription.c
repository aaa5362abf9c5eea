/*-------------------------------------------------------------------------
 *
 * rowdescription.c
 *	  A row by its primary key, for messages.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/rowdescription.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/compat.h"
#include "enforce/rowdescription.h"

static char *whole_description(Relation index, const Datum *values,
							   const bool *isnull);

/*
 * Describe a row; see the header.
 */
char *
relmap_rowdescription(Relation rel, TupleTableSlot *slot, bool whole)
{
	Oid			oid = relmap_primary_key_index(rel);
	Relation	index;
	Datum		values[INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS];
	char	   *result;

	if (!OidIsValid(oid))
		return NULL;

	index = index_open(oid, AccessShareLock);
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
		values[i] = slot_getattr(slot, index->rd_index->indkey.values[i],
								 &isnull[i]);
	result = whole ? whole_description(index, values, isnull) :
		BuildIndexValueDescription(index, values, isnull);
	index_close(index, AccessShareLock);
	return result;
}

/*
 * BuildIndexValueDescription() without its check of privileges.
 */
static char *
whole_description(Relation index, const Datum *values, const bool *isnull)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "(%s)=(",
					 pg_get_indexdef_columns(RelationGetRelid(index), true));
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
	{
		Oid			output;
		bool		varlena;

		getTypeOutputInfo(index->rd_opcintype[i], &output, &varlena);
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", isnull[i] ? "null" :
						 OidOutputFunctionCall(output, values[i]));
	}
	appendStringInfoChar(&buf, ')');
	return buf.data;
}
