/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  What differs between the server versions that relmap builds on.
 *
 * The rest of the code does not know of versions.  Names that begin with
 * relmap_ stand for one of the server's whose arguments have changed.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/compat.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_COMPAT_H
#define RELMAP_COMPAT_H

#include "postgres.h"

#include "access/genam.h"
#include "access/nbtree.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "executor/execdesc.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "parser/parse_relation.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/sinvaladt.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"

#if PG_VERSION_NUM < 150000
#error "relmap needs PostgreSQL 15 or newer"
#endif

/* 18: a module has a name and version */
#if PG_VERSION_NUM >= 180000
#define RELMAP_MODULE_MAGIC \
	PG_MODULE_MAGIC_EXT(.name = "relmap", .version = RELMAP_VERSION)
#else
#define RELMAP_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* 16: PG_FUNCTION_INFO_V1 exports the function where others are hidden */
#if PG_VERSION_NUM < 160000
#undef PG_FUNCTION_INFO_V1
#define PG_FUNCTION_INFO_V1(funcname) \
extern PGDLLEXPORT Datum funcname(PG_FUNCTION_ARGS); \
extern PGDLLEXPORT const Pg_finfo_record *CppConcat(pg_finfo_,funcname)(void); \
const Pg_finfo_record * \
CppConcat(pg_finfo_,funcname) (void) \
{ \
	static const Pg_finfo_record my_finfo = {1}; \
	return &my_finfo; \
} \
extern int	no_such_variable
#endif

/* 18: ExecutorRun has lost its argument execute_once */
#if PG_VERSION_NUM >= 180000
#define RELMAP_RUN_PARAMS \
	QueryDesc *query, ScanDirection direction, uint64 count
#define RELMAP_RUN_ARGS query, direction, count
#else
#define RELMAP_RUN_PARAMS \
	QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once
#define RELMAP_RUN_ARGS query, direction, count, execute_once
#endif

/* 19: what a query costs is counted by what is for queries, not for nodes */
static inline void
relmap_start_counting(QueryDesc *query)
{
#if PG_VERSION_NUM >= 190000
	if (query->query_instr != NULL)
		InstrStart(query->query_instr);
#else
	if (query->totaltime != NULL)
		InstrStartNode(query->totaltime);
#endif
}

static inline void
relmap_stop_counting(QueryDesc *query)
{
#if PG_VERSION_NUM >= 190000
	if (query->query_instr != NULL)
		InstrStop(query->query_instr);
#else
	if (query->totaltime != NULL)
		InstrStopNode(query->totaltime, 0);
#endif
}

/* 18: index scans are instrumented; 19: and have flags */
static inline IndexScanDesc
relmap_index_beginscan(Relation heap, Relation index, Snapshot snapshot,
					   int nkeys)
{
#if PG_VERSION_NUM >= 190000
	return index_beginscan(heap, index, snapshot, NULL, nkeys, 0, SO_NONE);
#elif PG_VERSION_NUM >= 180000
	return index_beginscan(heap, index, snapshot, NULL, nkeys, 0);
#else
	return index_beginscan(heap, index, snapshot, nkeys, 0);
#endif
}

/*
 * The leaf of a B-tree where a key is, or would be, locked for reading;
 * InvalidBuffer if the index is empty.  16: takes the table; 17: no snapshot;
 * 19: whether to return the way.
 */
static inline Buffer
relmap_bt_search(Relation index, Relation heap, BTScanInsert key)
{
	Buffer		buffer;
#if PG_VERSION_NUM >= 190000
	(void) _bt_search(index, heap, key, &buffer, BT_READ, false);
#else
	BTStack		stack;

#if PG_VERSION_NUM >= 170000
	stack = _bt_search(index, heap, key, &buffer, BT_READ);
#elif PG_VERSION_NUM >= 160000
	stack = _bt_search(index, heap, key, &buffer, BT_READ, NULL);
#else
	stack = _bt_search(index, key, &buffer, BT_READ, NULL);
#endif
	_bt_freestack(stack);
#endif
	return buffer;
}

/* 16: relations are stored in what has another name */
#if PG_VERSION_NUM >= 160000
#define relmap_locator(rel) ((rel)->rd_locator)
#else
#define relmap_locator(rel) ((rel)->rd_node)
#endif

/*
 * 19: what the scan is for
 */
static inline TableScanDesc
relmap_table_beginscan(Relation rel, Snapshot snapshot)
{
#if PG_VERSION_NUM >= 190000
	return table_beginscan(rel, snapshot, 0, NULL, SO_NONE);
#else
	return table_beginscan(rel, snapshot, 0, NULL);
#endif
}

/*
 * 16: the updated columns are not in the range table; 18: there is a set of
 * the relations that are not pruned
 */
static inline void
relmap_init_range_table(EState *estate, Relation rel, Bitmapset *updated)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
#if PG_VERSION_NUM >= 160000
	List	   *infos = NIL;
#endif

	rte->rtekind = RTE_RELATION;
	rte->relid = RelationGetRelid(rel);
	rte->relkind = rel->rd_rel->relkind;
	rte->rellockmode = RowExclusiveLock;
#if PG_VERSION_NUM >= 160000
	addRTEPermissionInfo(&infos, rte)->updatedCols = updated;
#else
	rte->updatedCols = updated;
#endif
#if PG_VERSION_NUM >= 180000
	ExecInitRangeTable(estate, list_make1(rte), infos,
					   bms_make_singleton(1));
#elif PG_VERSION_NUM >= 160000
	ExecInitRangeTable(estate, list_make1(rte), infos);
#else
	ExecInitRangeTable(estate, list_make1(rte));
#endif
}

/* 16: EvalPlanQualInit takes the result relations */
static inline void
relmap_epq_init(EPQState *epqstate, EState *estate)
{
#if PG_VERSION_NUM >= 160000
	EvalPlanQualInit(epqstate, estate, NULL, NIL, -1, NIL);
#else
	EvalPlanQualInit(epqstate, estate, NULL, NIL, -1);
#endif
}

/* 18: ExecCheckIndexConstraints wants the row's own tid, if it has one */
static inline bool
relmap_check_arbiters(ResultRelInfo *relinfo, TupleTableSlot *slot,
					  EState *estate, ItemPointer conflict, List *arbiters)
{
#if PG_VERSION_NUM >= 180000
	ItemPointerData none;

	ItemPointerSetInvalid(&none);
	return ExecCheckIndexConstraints(relinfo, slot, estate, conflict, &none,
									 arbiters);
#else
	return ExecCheckIndexConstraints(relinfo, slot, estate, conflict,
									 arbiters);
#endif
}

/* 19: a plan may be made for EXPLAIN, whose state the planner is given */
#if PG_VERSION_NUM >= 190000
#define RELMAP_PLANNER_PARAMS \
	Query *query, const char *text, int options, ParamListInfo params, \
	struct ExplainState *es
#define RELMAP_PLANNER_ARGS query, text, options, params, es
#else
#define RELMAP_PLANNER_PARAMS \
	Query *query, const char *text, int options, ParamListInfo params
#define RELMAP_PLANNER_ARGS query, text, options, params
#endif

static inline PlannedStmt *
relmap_plan_query(Query *query, const char *text)
{
#if PG_VERSION_NUM >= 190000
	return pg_plan_query(query, text, 0, NULL, NULL);
#else
	return pg_plan_query(query, text, 0, NULL);
#endif
}

/* 18: whether a deferrable primary key will do */
static inline Oid
relmap_primary_key_index(Relation rel)
{
#if PG_VERSION_NUM >= 180000
	return RelationGetPrimaryKeyIndex(rel, false);
#else
	return RelationGetPrimaryKeyIndex(rel);
#endif
}

/* 17: backends are known by their number in the array of processes */
static inline int
relmap_vxid_pid(VirtualTransactionId vxid)
{
#if PG_VERSION_NUM >= 170000
	PGPROC	   *proc = ProcNumberGetProc(vxid.procNumber);
#else
	PGPROC	   *proc = BackendIdGetProc(vxid.backendId);
#endif

	return proc == NULL ? 0 : proc->pid;
}

/* 16: one function for the ownership, and the rights, of every object class */
#if PG_VERSION_NUM < 160000
#define object_ownercheck(classid, objectid, roleid) \
	((classid) == RelationRelationId ? \
	 pg_class_ownercheck(objectid, roleid) : \
	 (classid) == ExtensionRelationId ? \
	 pg_extension_ownercheck(objectid, roleid) : \
	 pg_namespace_ownercheck(objectid, roleid))
#define object_aclcheck(classid, objectid, roleid, mode) \
	((classid) == NamespaceRelationId ? \
	 pg_namespace_aclcheck(objectid, roleid, mode) : \
	 (classid) == ProcedureRelationId ? \
	 pg_proc_aclcheck(objectid, roleid, mode) : \
	 pg_class_aclcheck(objectid, roleid, mode))
#endif

/* 18: PERIOD constraints, and the word for noreturn */
#if PG_VERSION_NUM >= 180000
#define constraint_is_temporal(con) ((con)->conperiod)
#else
#define constraint_is_temporal(con) ((void) (con), false)
#define pg_noreturn pg_attribute_noreturn()
#endif

/* 18: RETURNING OLD */
#if PG_VERSION_NUM >= 180000
#define var_returns_old(var) ((var)->varreturningtype == VAR_RETURNING_OLD)
#else
#define var_returns_old(var) ((void) (var), false)
#endif

/* 18: generated columns that are computed when they are read */
#if PG_VERSION_NUM >= 180000
#define tupdesc_has_virtual_columns(desc) \
	((desc)->constr != NULL && (desc)->constr->has_generated_virtual)
#else
#define tupdesc_has_virtual_columns(desc) ((void) (desc), false)
#endif

/* a server that tells valgrind about its memory: reads that are none of its */
#ifdef USE_VALGRIND
#include <valgrind/valgrind.h>
#define relmap_valgrind_off() VALGRIND_DISABLE_ERROR_REPORTING
#define relmap_valgrind_on() VALGRIND_ENABLE_ERROR_REPORTING
#else
#define relmap_valgrind_off() ((void) 0)
#define relmap_valgrind_on() ((void) 0)
#endif

/* 18: RETURNING NEW is another name for the tuple that is shown */
static inline void
relmap_replace_tuple(ExprContext *econtext, TupleTableSlot *from,
					 TupleTableSlot *to)
{
	if (econtext->ecxt_scantuple == from)
		econtext->ecxt_scantuple = to;
#if PG_VERSION_NUM >= 180000
	if (econtext->ecxt_newtuple == from)
		econtext->ecxt_newtuple = to;
#endif
}

#endif							/* RELMAP_COMPAT_H */
