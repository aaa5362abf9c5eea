/* src/sql/ddl.sql */

--
-- Event triggers: relationships follow DDL.  quote_all_identifiers is off as
-- in declare.sql.
--

-- Only commands that can do something to a relationship, so that no other
-- fails should the library be missing.

CREATE FUNCTION relmap_internal.before_drop() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_before_drop' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.before_drop() IS
    'event trigger: repairs the dependencies of accessors, so that they are dropped with their tables; '
    'finds out which tables an index belongs to';

CREATE EVENT TRIGGER relmap_before_drop ON ddl_command_start
    WHEN TAG IN ('DROP TABLE', 'DROP INDEX', 'DROP OWNED')
    EXECUTE FUNCTION relmap_internal.before_drop();
COMMENT ON EVENT TRIGGER relmap_before_drop IS
    'relmap: accessors are dropped with their tables';

-- Not in C, so that the extension can be dropped where its library is missing.

CREATE FUNCTION relmap_internal.repair_dependencies() RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_before_drop_extension' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.repair_dependencies() IS
    'repairs the dependencies of accessors, which a restore loses, before DROP EXTENSION';

CREATE FUNCTION relmap_internal.before_drop_extension() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM relmap_internal.repair_dependencies();
EXCEPTION
    -- no library, an old one, or one for another version of the server
    WHEN undefined_file OR undefined_function OR internal_error THEN
        RAISE WARNING 'accessors that were restored from a dump may remain' USING DETAIL = sqlerrm;
END $$;
COMMENT ON FUNCTION relmap_internal.before_drop_extension() IS
    'event trigger: repairs the dependencies of accessors, so that they are dropped with the extension';

CREATE EVENT TRIGGER relmap_before_drop_extension ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION')
    EXECUTE FUNCTION relmap_internal.before_drop_extension();
COMMENT ON EVENT TRIGGER relmap_before_drop_extension IS
    'relmap: accessors are dropped with the extension';

CREATE FUNCTION relmap_internal.before_rename() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_before_rename' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.before_rename() IS
    'event trigger: finds out what conditions and lists refer to before it is renamed';

CREATE EVENT TRIGGER relmap_before_rename ON ddl_command_start
    WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'ALTER TYPE', 'ALTER DOMAIN', 'ALTER COLLATION', 'ALTER OPERATOR',
                 'ALTER EXTENSION', 'ALTER FUNCTION', 'ALTER ROUTINE', 'ALTER AGGREGATE', 'ALTER SEQUENCE',
                 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER TEXT SEARCH CONFIGURATION')
    EXECUTE FUNCTION relmap_internal.before_rename();
COMMENT ON EVENT TRIGGER relmap_before_rename IS
    'relmap: conditions and lists follow renames';

CREATE FUNCTION relmap_internal.after_drop() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_after_drop' LANGUAGE C
    SET quote_all_identifiers = off;
COMMENT ON FUNCTION relmap_internal.after_drop() IS
    'event trigger: drops or suspends relationships whose table, foreign key or unique constraint was '
    'dropped';

CREATE EVENT TRIGGER relmap_after_drop ON sql_drop
    WHEN TAG IN ('ALTER TABLE', 'ALTER TYPE', 'DROP TABLE', 'DROP INDEX', 'DROP SCHEMA', 'DROP OWNED', 'DROP EXTENSION',
                 'DROP TYPE', 'DROP DOMAIN', 'DROP COLLATION', 'DROP FUNCTION', 'DROP ROUTINE', 'DROP AGGREGATE',
                 'DROP OPERATOR', 'DROP SEQUENCE', 'DROP VIEW', 'DROP MATERIALIZED VIEW',
                 'DROP TEXT SEARCH CONFIGURATION',
                 'DROP OPERATOR CLASS', 'DROP OPERATOR FAMILY', 'DROP ACCESS METHOD')
    EXECUTE FUNCTION relmap_internal.after_drop();
COMMENT ON EVENT TRIGGER relmap_after_drop IS
    'relmap: relationships are dropped or suspended with what they depend on';

CREATE FUNCTION relmap_internal.after_command() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_after_command' LANGUAGE C
    SET quote_all_identifiers = off;
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
    'event trigger: when a trigger is copied to a server of a distributed table, leaves out the table '
    'that it is FROM if that is not there yet';

CREATE EVENT TRIGGER relmap_before_trigger ON ddl_command_start
    WHEN TAG IN ('CREATE TRIGGER')
    EXECUTE FUNCTION relmap_internal.before_trigger();
COMMENT ON EVENT TRIGGER relmap_before_trigger IS
    'relmap: its triggers can be copied to servers where tables are created one by one';

CREATE FUNCTION relmap_internal.guard_triggers() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_guard_triggers' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.guard_triggers() IS
    'event trigger: only a role with the rights of the table''s owner may create a trigger of relmap''s';

CREATE EVENT TRIGGER relmap_guard_triggers ON ddl_command_end
    WHEN TAG IN ('CREATE TRIGGER', 'CREATE SCHEMA')
    EXECUTE FUNCTION relmap_internal.guard_triggers();
COMMENT ON EVENT TRIGGER relmap_guard_triggers IS
    'relmap: only a role with the rights of the table''s owner may create its triggers';
