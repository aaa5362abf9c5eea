/*-------------------------------------------------------------------------
 *
 * returning.c
 *	  RETURNING lists that show the parent of a parked row.
 *
 * A parked row is written without its parent, and RETURNING is evaluated on
 * the row that was written.  Its future values are known by then.  So the
 * projection gets a copy of the row with its parents: its expression's
 * evaluation function, which the executor calls by a pointer, compiled or not,
 * is replaced by one that puts the copy in the row's place and calls it.
 *
 * That another row takes the parent from one that was shown with it is an error:
 * see parking.c and shown.c.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/enforce/returning.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "enforce/returning.h"
#include "enforce/statement.h"

/* A projection whose rows may be replaced by copies. */
typedef struct Projection
{
	ExprState  *state;
	ExprStateEvalFunc evaluate; /* what the executor would call */
	RelmapCallState *call;		/* whose rows it shows */
	TupleTableSlot *copy;
} Projection;

static void replace_evaluation(RelmapCallState *call,
							   RelmapStatement *statement);
static Datum evaluate_with_parents(ExprState *state, ExprContext *econtext,
								   bool *isnull);
static Projection *find_projection(ExprState *state);
static void make_copy(Projection *projection, TupleTableSlot *row);

/*
 * A row is about to be written: RETURNING shows it as it is, until
 * relmap_returning_show() says otherwise.
 */
void
relmap_returning_begin_row(RelmapCallState *call)
{
	call->shown = NULL;
}

/*
 * The row that is about to be written is parked: RETURNING is to show it as it
 * will be.
 */
void
relmap_returning_show(RelmapCallState *call, const RelmapParkedRow *parked)
{
	call->shown = parked;
	if (!call->is_wrapped)
		replace_evaluation(call, relmap_callstate_statement(call));
	call->is_wrapped = true;
}

/*
 * Have the projection of a call state's rows evaluated by our own function.
 */
static void
replace_evaluation(RelmapCallState *call, RelmapStatement *statement)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(statement->context);
	Projection *projection = palloc(sizeof(Projection));

	projection->state = &call->relinfo->ri_projectReturning->pi_state;
	projection->call = call;
	projection->copy = ExecInitExtraTupleSlot(call->estate,
											  RelationGetDescr(call->relinfo->ri_RelationDesc),
											  &TTSOpsVirtual);
	projection->evaluate = projection->state->evalfunc;
	projection->state->evalfunc = evaluate_with_parents;
	statement->projections = lappend(statement->projections, projection);
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Evaluate a projection; if the row is one that was parked, on a copy that has
 * its parents.  The executor's own function may replace itself by another.
 */
static Datum
evaluate_with_parents(ExprState *state, ExprContext *econtext, bool *isnull)
{
	Projection *projection = find_projection(state);
	TupleTableSlot *row = econtext->ecxt_scantuple;
	bool		is_parked = projection->call->shown != NULL;
	Datum		result;

	if (is_parked)
	{
		make_copy(projection, row);
		relmap_replace_tuple(econtext, row, projection->copy);
		projection->call->shown = NULL;
	}

	state->evalfunc = projection->evaluate;
	result = state->evalfunc(state, econtext, isnull);
	projection->evaluate = state->evalfunc;
	state->evalfunc = evaluate_with_parents;

	if (is_parked)
		relmap_replace_tuple(econtext, projection->copy, row);
	return result;
}

/*
 * The projection that is evaluated by this expression.
 */
static Projection *
find_projection(ExprState *state)
{
	for (RelmapStatement *s = relmap_statement_list(); s; s = s->next)
	{
		ListCell   *lc;

		foreach(lc, s->projections)
		{
			Projection *projection = (Projection *) lfirst(lc);

			if (projection->state == state)
				return projection;
		}
	}
	elog(ERROR, "projection of an unknown statement");
}

/*
 * Make the copy of a row, with the parents that it will have.
 */
static void
make_copy(Projection *projection, TupleTableSlot *row)
{
	RelmapCallState *call = projection->call;
	TupleTableSlot *copy = projection->copy;
	int			natts = copy->tts_tupleDescriptor->natts;

	slot_getallattrs(row);
	ExecClearTuple(copy);
	memcpy(copy->tts_values, row->tts_values, sizeof(Datum) * natts);
	memcpy(copy->tts_isnull, row->tts_isnull, sizeof(bool) * natts);
	for (int i = 0; i < call->shown->ncolumns; i++)
	{
		const RelmapParkedColumn *column = &call->shown->columns[i];

		copy->tts_values[column->attnum - 1] = column->wanted;
		copy->tts_isnull[column->attnum - 1] = column->wanted_null;
	}
	copy->tts_tableOid = row->tts_tableOid;
	copy->tts_tid = row->tts_tid;
	ExecStoreVirtualTuple(copy);
}
