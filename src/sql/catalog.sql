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
    'the names of columns of a table as a command has them';

CREATE FUNCTION relmap_internal.unique_index(relation oid, attnums smallint[])
    RETURNS regclass
    AS 'MODULE_PATHNAME', 'relmap_unique_index_of' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION relmap_internal.unique_index(oid, smallint[]) IS
    'the unique index on exactly these columns of a table that a one-to-one can stand on, that of a constraint if there is one';

CREATE FUNCTION relmap_internal.has_index(relation oid, attnums smallint[], is_unique boolean)
    RETURNS boolean LANGUAGE sql STABLE STRICT
RETURN CASE WHEN is_unique THEN relmap_internal.unique_index(relation, attnums) IS NOT NULL
            ELSE EXISTS (SELECT FROM pg_index i
                         WHERE i.indrelid = relation AND i.indisvalid AND i.indpred IS NULL
                           AND (i.indkey::smallint[])[0:cardinality(attnums) - 1] @> attnums) END;
COMMENT ON FUNCTION relmap_internal.has_index(oid, smallint[], boolean) IS
    'is there an index that finds rows by these columns, or is unique on exactly these?';

CREATE FUNCTION relmap_internal.tables(schema name)
    RETURNS SETOF regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF schema IS NOT NULL AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = schema) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
            MESSAGE = format('schema "%s" does not exist', schema);
    END IF;
    RETURN QUERY
    SELECT c.oid::regclass
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT pg_is_other_temp_schema(n.oid)
      AND (schema IS NULL OR n.nspname = schema)
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
END
$$;
COMMENT ON FUNCTION relmap_internal.tables(name) IS
    'the tables of a schema, or of all, that are the user''s own: not of the system or an extension, not partitions';
