/* src/sql/ddl.sql */

--
-- Event triggers: relationships follow DDL.
--

-- Only commands that can do something to a relationship, so that no other
-- fails should the library be missing.

CREATE FUNCTION relmap_internal.before_drop() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_before_drop' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.before_drop() IS
    'event trigger: puts the dependencies of accessors right, so that they go with their tables and with the extension; '
    'finds out which tables an index is of';

CREATE EVENT TRIGGER relmap_before_drop ON ddl_command_start
    WHEN TAG IN ('DROP TABLE', 'DROP INDEX', 'DROP OWNED', 'DROP EXTENSION')
    EXECUTE FUNCTION relmap_internal.before_drop();
COMMENT ON EVENT TRIGGER relmap_before_drop IS
    'relmap: accessors go with their tables, and with the extension';

CREATE FUNCTION relmap_internal.before_rename() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_before_rename' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.before_rename() IS
    'event trigger: finds out what conditions and lists name, before it gets another name';

CREATE EVENT TRIGGER relmap_before_rename ON ddl_command_start
    WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'ALTER TYPE', 'ALTER DOMAIN', 'ALTER COLLATION', 'ALTER OPERATOR',
                 'ALTER EXTENSION', 'ALTER FUNCTION', 'ALTER ROUTINE', 'ALTER AGGREGATE', 'ALTER SEQUENCE',
                 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER TEXT SEARCH CONFIGURATION')
    EXECUTE FUNCTION relmap_internal.before_rename();
COMMENT ON EVENT TRIGGER relmap_before_rename IS
    'relmap: conditions and lists follow renames of what they name';

CREATE FUNCTION relmap_internal.after_drop() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_after_drop' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.after_drop() IS
    'event trigger: a relationship goes with the table, foreign key or uniqueness that it stands on';

CREATE EVENT TRIGGER relmap_after_drop ON sql_drop
    WHEN TAG IN ('ALTER TABLE', 'DROP TABLE', 'DROP INDEX', 'DROP SCHEMA', 'DROP OWNED', 'DROP EXTENSION',
                 'DROP TYPE', 'DROP DOMAIN', 'DROP COLLATION', 'DROP FUNCTION', 'DROP ROUTINE', 'DROP AGGREGATE',
                 'DROP OPERATOR', 'DROP SEQUENCE', 'DROP VIEW', 'DROP MATERIALIZED VIEW',
                 'DROP TEXT SEARCH CONFIGURATION',
                 'DROP OPERATOR CLASS', 'DROP OPERATOR FAMILY', 'DROP ACCESS METHOD')
    EXECUTE FUNCTION relmap_internal.after_drop();
COMMENT ON EVENT TRIGGER relmap_after_drop IS
    'relmap: relationships go with what they stand on';

CREATE FUNCTION relmap_internal.after_command() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_after_command' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.after_command() IS
    'event trigger: declarations, triggers and accessors follow renames, new schemas, owners and types';

CREATE EVENT TRIGGER relmap_after_command ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE', 'CREATE INDEX', 'ALTER INDEX', 'ALTER SCHEMA', 'ALTER TYPE', 'ALTER DOMAIN',
        'ALTER COLLATION',
                 'ALTER OPERATOR', 'ALTER EXTENSION', 'ALTER FUNCTION', 'ALTER ROUTINE', 'ALTER AGGREGATE',
                 'ALTER SEQUENCE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER TEXT SEARCH CONFIGURATION')
    EXECUTE FUNCTION relmap_internal.after_command();
COMMENT ON EVENT TRIGGER relmap_after_command IS
    'relmap: relationships follow renames, new schemas, owners and types';

CREATE FUNCTION relmap_internal.before_trigger() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_before_trigger' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.before_trigger() IS
    'event trigger: a trigger that is copied to a server of a distributed table is made without the table that it '
    'is FROM, if that is not there yet';

CREATE EVENT TRIGGER relmap_before_trigger ON ddl_command_start
    WHEN TAG IN ('CREATE TRIGGER')
    EXECUTE FUNCTION relmap_internal.before_trigger();
COMMENT ON EVENT TRIGGER relmap_before_trigger IS
    'relmap: its triggers can be copied to servers where their tables are made one by one';

CREATE FUNCTION relmap_internal.guard_triggers() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_guard_triggers' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.guard_triggers() IS
    'event trigger: a trigger of relmap''s is made by who has the rights of the table''s owner';

CREATE EVENT TRIGGER relmap_guard_triggers ON ddl_command_end
    WHEN TAG IN ('CREATE TRIGGER', 'CREATE SCHEMA')
    EXECUTE FUNCTION relmap_internal.guard_triggers();
COMMENT ON EVENT TRIGGER relmap_guard_triggers IS
    'relmap: its triggers, which act as the table''s owner, are made by who has the owner''s rights';
