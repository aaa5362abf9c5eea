/* src/sql/declarations.sql */

--
-- The declarations as statements, for a file that is run at every deploy.
--

CREATE FUNCTION relmap_internal.qualified(relation oid)
    RETURNS text LANGUAGE sql STABLE STRICT
RETURN (SELECT format('%I.%I', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation);
COMMENT ON FUNCTION relmap_internal.qualified(oid) IS
    'the name of a table for a command, whatever the search_path is';

CREATE FUNCTION relmap.declarations(schema name DEFAULT NULL)
    RETURNS SETOF text
    LANGUAGE sql STABLE
BEGIN ATOMIC
WITH side AS (
    SELECT r.*, to_jsonb(r) AS row, s.nspname,
           relmap_internal.child_of(r) AS child,
           CASE WHEN r.direction = 'MANYTOONE' THEN r.target ELSE r.source END AS parent
    FROM relmap_internal.relationship r
    JOIN relmap_internal.tables(schema) t ON t = r.source
    JOIN pg_class c ON c.oid = r.source
    JOIN pg_namespace s ON s.oid = c.relnamespace
    WHERE relmap_internal.qualified(r.target) IS NOT NULL
), near AS (
    -- which key: by its columns; by its name where another has the same; not
    -- at all where there is no other
    SELECT s.*, f.oid AS key, x.oid AS far_key,
           CASE WHEN f.oid IS NULL THEN s.foreign_columns::text[]
                WHEN o.between > 1 OR s.source = s.target THEN relmap_internal.key_columns(f.oid) END AS foreign_keys,
           CASE WHEN s.secondary IS NOT NULL AND (o.between > 1 OR s.source = s.target)
               THEN relmap_internal.key_columns(x.oid)
                WHEN s.source = s.target AND s.direction = 'MANYTOONE' THEN relmap_internal.column_names(f.confrelid,
                    f.confkey)
                END AS remote_side
    FROM side s
    LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.conparentid = 0 AND f.conrelid = s.child
        AND f.conname = s.foreign_key
    LEFT JOIN pg_constraint x ON x.contype = 'f' AND x.conparentid = 0 AND x.conrelid = s.secondary
        AND x.conname = s.secondary_key
    CROSS JOIN LATERAL (
        SELECT CASE WHEN s.secondary IS NULL
                    THEN count(*) FILTER (WHERE k.conrelid = s.source AND k.confrelid = s.target
                                             OR k.conrelid = s.target AND k.confrelid = s.source)
                    ELSE greatest(count(*) FILTER (WHERE k.conrelid = s.secondary AND k.confrelid = s.source),
                                  count(*) FILTER (WHERE k.conrelid = s.secondary
                                      AND k.confrelid = s.target)) END AS between
        FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid IN (s.source, s.target,
            s.secondary)) AS o
)
SELECT format('SELECT relmap.relationship(%L, %L, %L%s);', relmap_internal.qualified(s.source), s.name,
    relmap_internal.qualified(s.target), (
           SELECT coalesce(string_agg(format(', %s => %s', o.option, o.value), '' ORDER BY o.n), '')
           FROM (VALUES
               (1, 'uselist', CASE WHEN s.direction <> 'MANYTOONE' AND NOT s.uselist THEN 'false' END),
               (2, 'back_populates', quote_literal(s.back_populates)),
               (3, 'foreign_keys', quote_literal(s.foreign_keys)),
               (4, 'remote_side', quote_literal(s.remote_side)),
               (5, 'secondary', quote_literal(relmap_internal.qualified(s.secondary))),
               (6, 'cascade', CASE WHEN s.cascade <> 'save-update, merge'
                                    THEN quote_literal(replace(s.cascade,
                                        'save-update, merge, refresh-expire, expunge, delete', 'all')) END),
               (7, 'on_replace', CASE WHEN s.on_replace <> CASE WHEN s.row ->> 'condition' IS NOT NULL THEN ''
                                                                WHEN jsonb_typeof(s.row -> 'keyed_by') = 'array'
                                                                    THEN 'restrict'
                                                                WHEN s.direction = 'MANYTOMANY'
                                                                    OR s.cascade ~ 'delete-orphan'
                                                                THEN 'delete' ELSE 'nullify' END
                                                                    THEN quote_literal(s.on_replace) END),
               (8, 'order_by', quote_literal(s.order_by)),
               (9, 'enforce', CASE WHEN NOT s.enforce THEN 'false' END),
               (10, 'accessor', CASE WHEN NOT s.accessor THEN 'false' END),
               (11, 'condition', quote_literal(s.row ->> 'condition')),
               (12, 'keyed_by', CASE WHEN jsonb_typeof(s.row -> 'keyed_by') = 'array' AND s.row -> 'keyed_by' <> '[]'
                                     THEN quote_literal(ARRAY(SELECT jsonb_array_elements_text(s.row -> 'keyed_by')))
                                         END),
               (13, 'required', CASE WHEN s.row ->> 'required' = 'true' THEN 'true' END),
               (14, 'single_parent', CASE WHEN s.row ->> 'single_parent' = 'true' THEN 'true' END),
               (15, 'doc', quote_literal(s.doc)),
               (16, 'info', quote_literal(s.info))) AS o (n, option, value)
           WHERE o.value IS NOT NULL))
FROM near s
ORDER BY s.nspname COLLATE "C", s.source::text COLLATE "C", s.name;
END;
COMMENT ON FUNCTION relmap.declarations(name) IS
    'the statements that declare the existing relationships of a schema, or of all schemas; they change '
    'nothing that is declared already';
