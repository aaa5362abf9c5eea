/* src/sql/mapped.sql */

--
-- What a module of models maps: tables, relationships and their names.
--

CREATE TYPE relmap_internal.mapped_table AS (relation oid, nspname name, relname text, key smallint[],
    is_primary boolean);
COMMENT ON TYPE relmap_internal.mapped_table IS
    'a table in a module of models, and the columns that identify its rows';

CREATE TYPE relmap_internal.mapped_side AS (
    relation oid, name text, target oid, direction text, uselist boolean, cascade text, order_by text,
    doc text, info jsonb, options jsonb, partner text, child oid, child_columns text[], parent oid,
        parent_columns text[],
    far_columns text[], far_child_columns text[], on_delete "char", choose boolean,
    target_is_class boolean, child_is_class boolean, condition text, condition_values text[], keyed_by text[],
    single_parent boolean, shared_by text[]);
COMMENT ON TYPE relmap_internal.mapped_side IS
    'a relationship in a module of models, and what it depends on';

CREATE FUNCTION relmap_internal.mapped_tables(schema name)
    RETURNS SETOF relmap_internal.mapped_table
    LANGUAGE sql STABLE SET jit = off
BEGIN ATOMIC
SELECT c.oid, n.nspname, c.relname::text, i.key, i.is_primary
FROM relmap_internal.tables(schema) t
JOIN pg_class c ON c.oid = t
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT (i.indkey::smallint[])[0:i.indnkeyatts - 1] AS key, i.indisprimary AS is_primary
    FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attnotnull
                      AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1]))
    ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS i ON true
WHERE NOT (SELECT a.is_tool FROM relmap_internal.any_table a WHERE a.relation = c.oid)
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C";
END;
COMMENT ON FUNCTION relmap_internal.mapped_tables(name) IS
    'the tables in a module of models';

-- Nested loops are a last resort here, as in sides.sql.
CREATE FUNCTION relmap_internal.mapped_sides(schema name)
    RETURNS SETOF relmap_internal.mapped_side
    LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off
BEGIN ATOMIC
WITH mapped AS MATERIALIZED (
    SELECT t.relation, t.key IS NOT NULL AS is_class
    FROM relmap_internal.mapped_tables(schema) t
), between AS MATERIALIZED (
    -- how many keys join two tables
    SELECT least(k.conrelid, k.confrelid) AS one, greatest(k.conrelid, k.confrelid) AS other, count(*) AS keys
    FROM pg_constraint k
    WHERE k.contype = 'f' AND k.conparentid = 0
    GROUP BY 1, 2
), side AS MATERIALIZED (
    SELECT r.source::oid AS relation, r.name::text, r.target::oid, r.direction, r.uselist, r.cascade, r.order_by,
        r.doc, r.info,
           -- what SQLAlchemy has no word for
           nullif(jsonb_strip_nulls(jsonb_build_object(
               'on_replace', CASE WHEN r.condition IS NOT NULL
                                       OR r.on_replace <> CASE WHEN r.keyed_by IS NOT NULL THEN 'restrict'
                                                               WHEN r.direction = 'MANYTOMANY'
                                                                    OR r.cascade ~ 'delete-orphan'
                                                               THEN 'delete' ELSE 'nullify' END
                                  THEN r.on_replace END,
               'condition', r.condition,
               -- of several attributes for a parent's children, one is the other side
               'back_populates', CASE WHEN o.name IS NULL AND r.condition IS NOT NULL THEN r.back_populates END,
               'keyed_by', CASE WHEN cardinality(r.keyed_by) > 1 OR r.condition IS NOT NULL THEN r.keyed_by::text[] END,
               'enforce', CASE WHEN NOT r.enforce THEN false END,
               'required', CASE WHEN r.required THEN true END,
               'accessor', CASE WHEN NOT r.accessor THEN false END)), '{}') AS options,
           CASE WHEN t.is_class THEN o.name::text END AS partner,
           f.conrelid AS child, relmap_internal.column_names(f.conrelid, f.conkey) AS child_columns,
           f.confrelid AS parent, relmap_internal.column_names(f.confrelid, f.confkey) AS parent_columns,
           coalesce(relmap_internal.column_names(x.confrelid, x.confkey), '{}') AS far_columns,
           coalesce(relmap_internal.column_names(x.conrelid, x.conkey), '{}') AS far_child_columns,
           f.confdeltype AS on_delete,
           r.source = r.target
           OR r.direction = 'MANYTOMANY' AND coalesce(n.keys, 0) + coalesce(m.keys, 0) > 2
           OR r.direction <> 'MANYTOMANY' AND b.keys > 1 AS choose,
           t.is_class AS target_is_class, c.is_class AS child_is_class, r.condition,
           CASE WHEN r.condition IS NOT NULL
               THEN relmap_internal.condition_values(r.source, r.name) END AS condition_values,
           r.keyed_by::text[],
           coalesce(r.single_parent, false) AS single_parent
    FROM relmap_internal.relationship r
    JOIN pg_constraint f ON f.contype = 'f' AND f.conparentid = 0 AND f.conname = r.foreign_key
        AND f.conrelid = relmap_internal.child_of(r)
    LEFT JOIN pg_constraint x ON x.contype = 'f' AND x.conparentid = 0 AND x.conname = r.secondary_key
        AND x.conrelid = r.secondary
    LEFT JOIN relmap_internal.relationship o ON o.source = r.target AND o.name = r.back_populates
        AND o.back_populates = r.name
    JOIN mapped s ON s.relation = r.source AND s.is_class
    JOIN mapped t ON t.relation = r.target
    LEFT JOIN between b ON b.one = least(r.source::oid, r.target::oid) AND b.other = greatest(r.source::oid,
        r.target::oid)
    LEFT JOIN between n ON n.one = least(r.source::oid, r.secondary::oid) AND n.other = greatest(r.source::oid,
        r.secondary::oid)
        AND r.secondary IS NOT NULL
    LEFT JOIN between m ON m.one = least(r.target::oid, r.secondary::oid) AND m.other = greatest(r.target::oid,
        r.secondary::oid)
        AND r.secondary IS NOT NULL
    JOIN mapped c ON c.relation = f.conrelid
    WHERE (r.direction <> 'MANYTOMANY' OR x.oid IS NOT NULL)
), shared AS (
    -- others, but for the other side, that write one of its columns
    SELECT a.relation, a.name, array_agg(DISTINCT b.relation || '.' || b.name) AS shared_by
    FROM side a
    JOIN side b ON b.child = a.child AND (b.relation, b.name) <> (a.relation, a.name)
        AND a.condition IS NULL AND b.condition IS NULL
        AND (b.relation, b.name) IS DISTINCT FROM (a.target, a.partner)
        AND (b.child_columns && a.child_columns OR b.child_columns && a.far_child_columns
             OR b.far_child_columns && a.child_columns OR b.far_child_columns && a.far_child_columns)
    GROUP BY a.relation, a.name
)
SELECT s.*, h.shared_by
FROM side s
LEFT JOIN shared h ON h.relation = s.relation AND h.name = s.name
ORDER BY s.relation, s.name COLLATE "C";
END;
COMMENT ON FUNCTION relmap_internal.mapped_sides(name) IS
    'the relationships in a module of models';

CREATE FUNCTION relmap_internal.mapped_names(tables relmap_internal.mapped_table[], sides relmap_internal.mapped_side[],
                                             default_schema name)
    RETURNS jsonb
    LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off
BEGIN ATOMIC
WITH class AS MATERIALIZED (
    SELECT t.n, t.relation, t.nspname, t.key IS NOT NULL AS is_class,
           CASE WHEN t.key IS NULL THEN 't_' || relmap_internal.python_name(t.relname)
                ELSE (SELECT CASE string_agg(upper(left(p, 1)) || substr(p, 2), '' ORDER BY n) WHEN '' THEN 'Model'
                             ELSE relmap_internal.python_name(string_agg(upper(left(p, 1)) || substr(p, 2), ''
                                 ORDER BY n)) END
                      FROM string_to_table(relmap_internal.python_name(relmap_internal.singular(t.relname)), '_')
                           WITH ORDINALITY AS s (p, n)) END AS word
    FROM unnest(tables) WITH ORDINALITY AS t (relation, nspname, relname, key, is_primary, n)
), qualified AS (
    -- of one name in several schemas, that of the default schema has it alone
    SELECT c.n, c.relation, c.is_class,
           CASE WHEN c.nspname = default_schema OR NOT c.is_class
                     OR min(c.nspname::text) OVER (PARTITION BY c.word) = max(c.nspname::text) OVER (PARTITION BY
                         c.word)
                THEN c.word
                ELSE relmap_internal.python_name(initcap(c.nspname) || c.word) END AS word
    FROM class c
), classes AS (
    SELECT array_agg(q.relation ORDER BY q.n) AS relations,
           -- the first is what the module has
           (relmap_internal.distinct_words(array_prepend('Base', array_agg(q.word ORDER BY q.n))))[2:] AS words
    FROM qualified q
), member AS MATERIALIZED (
    SELECT t.relation, t.relation || ' ' || a.attname AS id, a.attname::text AS name, a.attnum::int AS n
    FROM unnest(tables) t
    JOIN pg_attribute a ON a.attrelid = t.relation AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT s.relation, s.relation || '.' || s.name, s.name,
           10000 + row_number() OVER (PARTITION BY s.relation ORDER BY s.name COLLATE "C")
    FROM unnest(sides) s
), members AS (
    SELECT array_agg(m.id ORDER BY m.n) AS ids,
           relmap_internal.distinct_words(array_agg(relmap_internal.python_name(m.name) ORDER BY m.n)) AS words
    FROM member m
    GROUP BY m.relation
), named (id, word) AS (
    SELECT u.id::text, u.word FROM classes c, unnest(c.relations, c.words) AS u (id, word)
    UNION ALL
    SELECT q.relation || '.', 'class' FROM qualified q WHERE q.is_class
    UNION ALL
    SELECT u.id, u.word FROM members m, unnest(m.ids, m.words) AS u (id, word)
)
SELECT coalesce(jsonb_object_agg(n.id, n.word), '{}') FROM named n WHERE n.id IS NOT NULL;
END;
COMMENT ON FUNCTION relmap_internal.mapped_names(relmap_internal.mapped_table[], relmap_internal.mapped_side[], name) IS
    'the names of tables (by their OID), columns ("OID name") and attributes ("OID.name") in a module of '
    'models; "OID." is there if the table has a class';
