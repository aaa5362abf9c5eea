/* src/sql/catalog.sql */

--
-- What the catalogs tell of tables and keys: helpers of what follows.
--

CREATE FUNCTION relmap_internal.column_names(relation oid, attnums smallint[])
    RETURNS text[]
    AS 'MODULE_PATHNAME', 'relmap_column_names_of' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION relmap_internal.column_names(oid, smallint[]) IS
    'the names of columns of a table';

CREATE FUNCTION relmap_internal.column_list(relation oid, attnums smallint[])
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_column_list' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION relmap_internal.column_list(oid, smallint[]) IS
    'the names of columns of a table, quoted for a command';

CREATE FUNCTION relmap_internal.child_of(declaration relmap_internal.relationship)
    RETURNS regclass LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE declaration.direction
       WHEN 'ONETOMANY' THEN declaration.target
       WHEN 'MANYTOONE' THEN declaration.source
       ELSE declaration.secondary END;
COMMENT ON FUNCTION relmap_internal.child_of(relmap_internal.relationship) IS
    'the table that has the foreign key of a declaration';

CREATE FUNCTION relmap_internal.unique_index(relation oid, attnums smallint[])
    RETURNS regclass
    AS 'MODULE_PATHNAME', 'relmap_unique_index_of' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION relmap_internal.unique_index(oid, smallint[]) IS
    'the unique index on exactly these columns of a table that can serve a one-to-one; that of a '
    'constraint, if there is one';

CREATE FUNCTION relmap_internal.slot_index(source oid, name name)
    RETURNS regclass
    AS 'MODULE_PATHNAME', 'relmap_slot_index_of' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100;
COMMENT ON FUNCTION relmap_internal.slot_index(oid, name) IS
    'the unique index of a declared one-to-one or keyed collection, with its condition';

CREATE FUNCTION relmap_internal.text_problem(source oid, name name, lists boolean)
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_text_problem' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100;
COMMENT ON FUNCTION relmap_internal.text_problem(oid, name, boolean) IS
    'why the condition or the on_replace list of a relationship cannot be read any more; NULL if it can';

CREATE FUNCTION relmap_internal.index_condition(source oid, name name)
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_index_condition' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100;
COMMENT ON FUNCTION relmap_internal.index_condition(oid, name) IS
    'the condition of a relationship or, if it cannot be read any more, that of its unique index; NULL if '
    'there is neither';

CREATE FUNCTION relmap_internal.leaving_list(source oid, name name)
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_leaving_list' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100;
COMMENT ON FUNCTION relmap_internal.leaving_list(oid, name) IS
    'an on_replace that makes a row leave the condition of a relationship; NULL if none is obvious';

CREATE FUNCTION relmap_internal.has_index(relation oid, attnums smallint[], is_unique boolean)
    RETURNS boolean LANGUAGE sql STABLE STRICT
RETURN CASE WHEN is_unique THEN relmap_internal.unique_index(relation, attnums) IS NOT NULL
            ELSE EXISTS (SELECT FROM pg_index i
                         WHERE i.indrelid = relation AND i.indisvalid AND i.indpred IS NULL
                           AND (i.indkey::smallint[])[0:cardinality(attnums) - 1] @> attnums) END;
COMMENT ON FUNCTION relmap_internal.has_index(oid, smallint[], boolean) IS
    'does a table have an index that finds rows by these columns, or is unique on exactly these?';

CREATE FUNCTION relmap_internal.schema_exists(schema text)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'relmap_schema_exists' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION relmap_internal.schema_exists(text) IS
    'true, or an error if there is no such schema';

CREATE FUNCTION relmap_internal.refuse(message text, hint text)
    RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_refuse' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION relmap_internal.refuse(text, text) IS
    'raises an error about an argument';

CREATE FUNCTION relmap_internal.schema_hint(format text)
    RETURNS text LANGUAGE sql STABLE
RETURN CASE WHEN EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = format)
            THEN pg_catalog.format('  For the tables of schema "%s" use schema => %1$L.', format) ELSE '' END;
COMMENT ON FUNCTION relmap_internal.schema_hint(text) IS
    'what is added to a hint if a schema was given where a format is expected';

CREATE FUNCTION relmap_internal.shown(relation regclass)
    RETURNS text LANGUAGE sql STABLE
RETURN coalesce((SELECT CASE WHEN pg_table_is_visible(c.oid) THEN '' ELSE n.nspname || '.' END || c.relname
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation),
                relation::text);
COMMENT ON FUNCTION relmap_internal.shown(regclass) IS
    'the name of a table for a message, which puts it between quotes';

-- Migration tools, job queues and replication keep tables of their own among
-- the user's, in a schema or by a name that is known.
CREATE VIEW relmap_internal.any_table AS
SELECT c.oid AS relation, c.relnamespace, c.relname, c.relkind,
       c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
       AND NOT pg_is_other_temp_schema(c.relnamespace)
       AND NOT EXISTS (SELECT FROM pg_depend d
                       WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS is_own,
       c.relname IN ('SequelizeMeta', '__EFMigrationsHistory', '__drizzle_migrations', '_prisma_migrations',
                     '_sqlx_migrations', 'alembic_version', 'ar_internal_metadata', 'databasechangelog',
                     'databasechangeloglock', 'django_migrations', 'doctrine_migration_versions',
                     'flyway_schema_history', 'goose_db_version', 'knex_migrations', 'knex_migrations_lock',
                     'mikro_orm_migrations', 'schema_migrations', 'typeorm_metadata')
       OR c.relnamespace IN (
           SELECT n.oid FROM pg_namespace n
           WHERE n.nspname IN ('bucardo', 'cron', 'drizzle', 'graphile_migrate', 'graphile_worker', 'hdb_catalog',
                               'londiste', 'partman', 'pgboss', 'pglogical', 'pgq', 'pgq_ext', 'pgq_node', 'pgroll',
                               'repack', 'repmgr', 'supabase_migrations')
              OR starts_with(n.nspname, '_')
                 AND EXISTS (SELECT FROM pg_class s WHERE s.relnamespace = n.oid AND s.relname = 'sl_node')) AS is_tool
FROM pg_class c;
COMMENT ON VIEW relmap_internal.any_table IS
    'all relations: is it a user''s own table, not one of the system or an extension and not a partition? '
    'does it belong to a tool?';
GRANT SELECT ON relmap_internal.any_table TO PUBLIC;

CREATE FUNCTION relmap_internal.tables(schema name)
    RETURNS SETOF regclass
    LANGUAGE sql STABLE
BEGIN ATOMIC
SELECT t.relation::regclass
FROM relmap_internal.any_table t
WHERE relmap_internal.schema_exists(schema::text) AND t.is_own
  AND (schema IS NULL AND NOT t.is_tool
       OR t.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = schema));
END;
COMMENT ON FUNCTION relmap_internal.tables(name) IS
    'the users'' own tables of a schema, or of all schemas: not those of the system or an extension, not '
    'partitions, and those of tools only if their schema is named';
