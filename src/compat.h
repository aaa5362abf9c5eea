/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  What differs between the server versions that relmap builds on.
 *
 * The rest of the code is written for the newest version; older ones are
 * mapped to it here, and only here.
 *
 * Portions Copyright (c) 2026, the relmap authors
 *
 * src/compat.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef RELMAP_COMPAT_H
#define RELMAP_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "relmap needs PostgreSQL 15 or newer"
#endif

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_namespace.h"
#include "utils/acl.h"

/* 16: one function for the ownership, and the rights, of every object class */
#if PG_VERSION_NUM < 160000
#define object_ownercheck(classid, objectid, roleid) \
	((classid) == RelationRelationId ? \
	 pg_class_ownercheck(objectid, roleid) : \
	 pg_namespace_ownercheck(objectid, roleid))
#define object_aclcheck(classid, objectid, roleid, mode) \
	((classid) == NamespaceRelationId ? \
	 pg_namespace_aclcheck(objectid, roleid, mode) : \
	 pg_class_aclcheck(objectid, roleid, mode))
#endif

/* 18: NOT ENFORCED and PERIOD constraints, and the word for noreturn */
#if PG_VERSION_NUM >= 180000
#define constraint_is_enforced(con) ((con)->conenforced)
#define constraint_is_temporal(con) ((con)->conperiod)
#else
#define constraint_is_enforced(con) ((void) (con), true)
#define constraint_is_temporal(con) ((void) (con), false)
#define pg_noreturn pg_attribute_noreturn()
#endif

#endif							/* RELMAP_COMPAT_H */
