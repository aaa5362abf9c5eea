/*-------------------------------------------------------------------------
 *
 * owner.h
 *	  Acting as a table's owner.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/base/owner.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_OWNER_H
#define RELMAP_OWNER_H

/* The previous user. */
typedef struct RelmapSwitch
{
	Oid			userid;
	int			sec_context;
	int			nestlevel;		/* of settings */
} RelmapSwitch;

/*
 * Whatever plans a query over a table, folds the expression of an index or
 * partition key, or calls a type's functions, for somebody who need not own
 * the table, does so as its owner, in a security-restricted operation.
 */
extern void relmap_owner_become(Oid relid, RelmapSwitch *save);
extern void relmap_owner_become_role(Oid userid, RelmapSwitch *save);
extern void relmap_owner_restore(const RelmapSwitch *save);

/* Has the owner of one table the rights of the owner of another? */
extern bool relmap_owner_may_act_on(Oid relid, Oid other);

#endif							/* RELMAP_OWNER_H */
