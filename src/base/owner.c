/*-------------------------------------------------------------------------
 *
 * owner.c
 *	  Acting as a table's owner.
 *
 * Planning a query already runs functions of the table's owner: the planner
 * folds immutable functions in the predicates and expressions of its indexes,
 * statistics and partitions.  So what relmap does to a table on behalf of
 * somebody else, a superuser for example, is done as ANALYZE and REINDEX do
 * it: as the owner, in a security-restricted operation, with a fixed
 * search_path.
 *
 * What relmap does in the name of the caller (accessors, load(), assign()) and
 * for a statement that writes rows (action.c) is not done so.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/owner.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"

#include "base/owner.h"
#include "base/util.h"


/*
 * Become the owner of a table, until relmap_owner_restore() or the end of the
 * (sub)transaction by an error.  Past the table's own row-level security, as
 * the checks of foreign keys are.
 */
void
relmap_owner_become(Oid relid, RelmapSwitch *save)
{
	relmap_owner_become_role(relmap_table_owner(relid), save);
}

/*
 * Become a role in the same way.
 */
void
relmap_owner_become_role(Oid userid, RelmapSwitch *save)
{
	GetUserIdAndSecContext(&save->userid, &save->sec_context);
	SetUserIdAndSecContext(userid,
						   save->sec_context | SECURITY_RESTRICTED_OPERATION |
						   SECURITY_NOFORCE_RLS);
	save->nestlevel = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Become the previous user again.
 */
void
relmap_owner_restore(const RelmapSwitch *save)
{
	AtEOXact_GUC(false, save->nestlevel);
	SetUserIdAndSecContext(save->userid, save->sec_context);
}

/*
 * Has the owner of one table the rights of the owner of another?  Then what
 * the first has declared may be done to the second.
 */
bool
relmap_owner_may_act_on(Oid relid, Oid other)
{
	return has_privs_of_role(relmap_table_owner(relid),
							 relmap_table_owner(other));
}
