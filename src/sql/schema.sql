/* src/sql/schema.sql */

-- Constants with a backslash are E'...', as standard_conforming_strings may be
-- off, now or in the sessions that call what is made here.

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION relmap" to load this file. \quit

-- The schemas are members of the extension (the control file says pg_catalog),
-- so that they belong to nobody else and go with DROP EXTENSION.
CREATE SCHEMA relmap;
GRANT USAGE ON SCHEMA relmap TO PUBLIC;
COMMENT ON SCHEMA relmap IS 'relationships kept by the database';

-- What triggers, accessors and views need, and nobody else calls.
CREATE SCHEMA relmap_internal;
GRANT USAGE ON SCHEMA relmap_internal TO PUBLIC;
COMMENT ON SCHEMA relmap_internal IS
    'internals of relmap: not to be called by users';
