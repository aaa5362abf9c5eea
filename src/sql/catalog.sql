/* src/sql/catalog.sql */

--
-- What the catalogs tell of tables and keys: helpers of what follows.
--

CREATE FUNCTION relmap_internal.column_names(relation oid, attnums smallint[])
    RETURNS text[] LANGUAGE sql STABLE STRICT
RETURN (SELECT array_agg(a.attname::text ORDER BY k.n)
        FROM unnest(attnums) WITH ORDINALITY AS k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = k.attnum);
COMMENT ON FUNCTION relmap_internal.column_names(oid, smallint[]) IS
    'the names of columns of a table';

CREATE FUNCTION relmap_internal.unique_index(relation oid, attnums smallint[])
    RETURNS regclass LANGUAGE sql STABLE STRICT
RETURN (SELECT i.indexrelid::regclass
        FROM pg_index i
        LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
            AND c.conrelid = i.indrelid AND c.contype IN ('p', 'u')
        WHERE i.indrelid = relation AND i.indisunique AND i.indisvalid
          AND i.indislive AND NOT i.indnullsnotdistinct
          AND i.indpred IS NULL AND i.indexprs IS NULL
          AND (i.indkey::smallint[])[0:i.indnkeyatts - 1] @> attnums
          AND (i.indkey::smallint[])[0:i.indnkeyatts - 1] <@ attnums
        ORDER BY c.oid IS NULL, i.indexrelid LIMIT 1);
COMMENT ON FUNCTION relmap_internal.unique_index(oid, smallint[]) IS
    'the unique index on exactly these columns of a table, that of a constraint if there is one';

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
