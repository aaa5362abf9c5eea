/* src/sql/diagram.sql */

--
-- relmap.diagram(): a picture, as text.
--

-- A key that partitions have by themselves is drawn once, from their table.
CREATE VIEW relmap_internal.drawn_key AS
SELECT DISTINCT ON (child, parent, columns, conname) f.oid, f.child, f.parent, f.columns, f.conname, f.conrelid,
    f.conkey
FROM (
    SELECT f.oid, coalesce(pg_partition_root(f.conrelid)::oid, f.conrelid) AS child,
           coalesce(pg_partition_root(f.confrelid)::oid, f.confrelid) AS parent,
           array_to_string(relmap_internal.column_names(f.conrelid, f.conkey), ', ') AS columns,
           CASE WHEN c.relispartition THEN '' ELSE f.conname END AS conname, f.conrelid, f.conkey
    FROM pg_constraint f
    JOIN pg_class c ON c.oid = f.conrelid
    WHERE f.contype = 'f' AND f.conparentid = 0) AS f
ORDER BY child, parent, columns, conname, f.oid;
COMMENT ON VIEW relmap_internal.drawn_key IS
    'the foreign keys in diagrams, between tables that are not partitions';
GRANT SELECT ON relmap_internal.drawn_key TO PUBLIC;

CREATE FUNCTION relmap_internal.boxes(schema name, tables regclass[])
    RETURNS TABLE (relation oid, label text, inside boolean)
    LANGUAGE sql STABLE
BEGIN ATOMIC
WITH wanted AS MATERIALIZED (
    SELECT t AS relation
    FROM relmap_internal.tables(schema) t
    WHERE tables IS NULL OR t = ANY (tables)
), box AS (
    SELECT w.relation, true AS inside
    FROM wanted w
    UNION ALL
    -- where keys lead out of it
    SELECT o.relation, false
    FROM relmap_internal.drawn_key f
    CROSS JOIN LATERAL (VALUES (f.child, f.parent), (f.parent, f.child)) AS o (relation, inside)
    WHERE (schema IS NOT NULL OR tables IS NOT NULL)
      AND o.inside IN (SELECT w.relation FROM wanted w)
      AND o.relation NOT IN (SELECT w.relation FROM wanted w)
    GROUP BY o.relation
), named AS (
    SELECT b.relation, b.inside,
           CASE WHEN min(n.nspname) OVER () = max(n.nspname) OVER ()
                     OR b.inside AND min(n.nspname) OVER (PARTITION BY b.inside) = max(n.nspname) OVER (PARTITION BY
                         b.inside)
                THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS label
    FROM box b
    JOIN pg_class c ON c.oid = b.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
)
SELECT n.relation,
       n.label || CASE WHEN row_number() OVER same > 1 THEN ' (' || row_number() OVER same || ')' ELSE '' END,
       n.inside
FROM named n
WINDOW same AS (PARTITION BY n.label ORDER BY n.relation);
END;
COMMENT ON FUNCTION relmap_internal.boxes(name, regclass[]) IS
    'the tables in a diagram of a schema or of some tables, with their names there; also tables outside '
    'that a foreign key leads to';

CREATE FUNCTION relmap_internal.lines(schema name, tables regclass[])
    RETURNS TABLE (source oid, target oid, source_many boolean, source_optional boolean, target_many boolean,
                   target_optional boolean, label text, declared boolean)
    LANGUAGE sql STABLE
BEGIN ATOMIC
WITH line AS (
    -- from the parent to the child
    SELECT f.parent AS source, f.child AS target, false AS source_many,
           EXISTS (SELECT FROM pg_attribute a
                   WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey) AND NOT a.attnotnull) AS source_optional,
           relmap_internal.unique_index(f.conrelid, f.conkey) IS NULL
           AND NOT EXISTS (SELECT FROM relmap_internal.relationship r
                           WHERE r.target = f.child AND r.source = f.parent AND r.foreign_key = f.conname
                             AND r.direction = 'ONETOMANY' AND NOT r.uselist
                             -- one of several, by a condition or an order
                             AND r.condition IS NULL AND (r.enforce OR r.order_by IS NULL)) AS target_many,
           NOT EXISTS (SELECT FROM relmap_internal.relationship r
                       WHERE r.target = f.child AND r.source = f.parent AND r.foreign_key = f.conname
                         AND r.direction = 'ONETOMANY' AND r.required) AS target_optional,
           (SELECT string_agg(r.name || coalesce(' [' || array_to_string(r.keyed_by, ', ') || ']', '')
                              || coalesce(' where ' || r.condition, ''), ', ' ORDER BY r.name)
            FROM relmap_internal.relationship r
            WHERE r.target = f.child AND r.source = f.parent AND r.foreign_key = f.conname
              AND r.direction = 'ONETOMANY') AS forth,
           (SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM relmap_internal.relationship r
            WHERE r.source = f.child AND r.target = f.parent AND r.foreign_key = f.conname
              AND r.direction = 'MANYTOONE') AS back,
           f.columns
    FROM relmap_internal.drawn_key f

    UNION ALL
    -- between the tables of a many-to-many, once for its two sides
    SELECT r.source, r.target, true,
           NOT EXISTS (SELECT FROM relmap_internal.relationship b
                       WHERE b.source = r.target AND b.target = r.source AND b.secondary = r.secondary
                         AND b.foreign_key = r.secondary_key AND b.secondary_key = r.foreign_key AND b.required),
           true, bool_or(r.required) IS NOT true, string_agg(r.name, ', ' ORDER BY r.name),
           (SELECT string_agg(b.name, ', ' ORDER BY b.name) FROM relmap_internal.relationship b
            WHERE b.source = r.target AND b.target = r.source AND b.secondary = r.secondary
              AND b.foreign_key = r.secondary_key AND b.secondary_key = r.foreign_key), ''
    FROM relmap_internal.relationship r
    WHERE r.direction = 'MANYTOMANY'
      AND (r.foreign_key < r.secondary_key
           OR NOT EXISTS (SELECT FROM relmap_internal.relationship b
                          WHERE b.source = r.target AND b.target = r.source AND b.secondary = r.secondary
                            AND b.foreign_key = r.secondary_key AND b.secondary_key = r.foreign_key))
    GROUP BY r.source, r.target, r.secondary, r.foreign_key, r.secondary_key
)
SELECT l.source, l.target, l.source_many, l.source_optional, l.target_many, l.target_optional,
       coalesce(nullif(concat_ws(' / ', l.forth, l.back), ''), l.columns), coalesce(l.forth, l.back) IS NOT NULL
FROM line l
JOIN relmap_internal.boxes(schema, tables) s ON s.relation = l.source
JOIN relmap_internal.boxes(schema, tables) t ON t.relation = l.target
WHERE s.inside OR t.inside;
END;
COMMENT ON FUNCTION relmap_internal.lines(name, regclass[]) IS
    'the lines in a diagram of a schema, from parent to child: one for each foreign key and for each '
    'many-to-many';

CREATE FUNCTION relmap_internal.fields(relation oid)
    RETURNS TABLE (name text, type text, keys text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
SELECT a.attname::text,
       CASE WHEN t.typelem <> 0 AND t.typlen = -1 AND starts_with(t.typname, '_')
            THEN (SELECT e.typname || '[]' FROM pg_type e WHERE e.oid = t.typelem)
            ELSE t.typname::text END,
       concat_ws(', ',
           CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = relation AND k.contype = 'p'
                             AND a.attnum = ANY (k.conkey)) THEN 'PK' END,
           CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = relation AND k.contype = 'f'
                             AND a.attnum = ANY (k.conkey)) THEN 'FK' END,
           CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = relation AND k.contype = 'u'
                             AND k.conkey = ARRAY[a.attnum]) THEN 'UK' END)
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;
END;
COMMENT ON FUNCTION relmap_internal.fields(oid) IS
    'the columns of a table in a diagram, and which keys they belong to';

CREATE FUNCTION relmap_internal.encoded(string text, language text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN string ~ '^[A-Za-z0-9_ ,./()-]*$' AND string !~* 'direction' THEN string
    ELSE (
        SELECT coalesce(string_agg(
            CASE WHEN language = 'mermaid' AND (u.code < 32 OR u.c IN ('"', '%', E'\\', '#', ':', '<', '>', '&')
                                                OR d.is_command AND u.c !~ '[A-Za-z0-9_]')
                      THEN '#' || u.code || ';'
                 WHEN language = 'dot' AND u.code < 32 THEN E'\\' || u.code || ';'
                 WHEN language = 'html' AND u.c IN ('"', '<', '>', '&') THEN '&#' || u.code || ';'
                 WHEN language = 'dot' AND u.c IN ('"', E'\\') THEN E'\\' || u.c
                 WHEN u.code < 32 OR u.code = 127 THEN ' '
                 ELSE u.c END, '' ORDER BY u.n), '')
        FROM (SELECT s.c, ascii(s.c) AS code, s.n
              FROM regexp_split_to_table(string, '') WITH ORDINALITY AS s (c, n)) AS u,
             -- "direction TB" is a command wherever it stands
             (SELECT string ~* 'direction[^a-z0-9_]+(TB|BT|LR|RL)' AS is_command OFFSET 0) AS d)
    END;
COMMENT ON FUNCTION relmap_internal.encoded(text, text) IS
    'a string encoded for mermaid or dot, as it is written between quotes, or for HTML';

CREATE FUNCTION relmap_internal.mermaid_word(string text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT CASE WHEN w.word ~ '^[^A-Za-z_]' AND w.word !~ E'^[\\u00C0-\\uFFFF]'
    OR w.word ~* '^(pk|fk|uk)($|[^a-z0-9_])'
                    THEN '_' || w.word ELSE w.word END
        FROM (SELECT regexp_replace(string, CASE getdatabaseencoding() WHEN 'UTF8' THEN E'[^A-Za-z0-9_\\u00C0-\\uFFFF]'
                                            ELSE '[^A-Za-z0-9_]' END, '_', 'g')) AS w (word));
COMMENT ON FUNCTION relmap_internal.mermaid_word(text) IS
    'a name as a word that mermaid accepts for a column or a type';

CREATE FUNCTION relmap.diagram(format text DEFAULT 'mermaid', schema name DEFAULT NULL, tables regclass[] DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
BEGIN
    IF format = 'mermaid' THEN
        RETURN 'erDiagram' || coalesce((
            SELECT string_agg(E'\n    "' || relmap_internal.encoded(b.label, 'mermaid') || '"' || coalesce(E' {\n' || (
                       SELECT string_agg('        ' || w.type || ' ' || w.name || coalesce(' ' || nullif(f.keys, ''),
                           '')
                                  || CASE WHEN w.name <> f.name THEN ' "' || relmap_internal.encoded(f.name,
                                      'mermaid') || '"' ELSE '' END,
                                  E'\n' ORDER BY f.n) || E'\n    }'
                       FROM relmap_internal.fields(b.relation) WITH ORDINALITY AS f (name, type, keys, n),
                            LATERAL (SELECT relmap_internal.mermaid_word(f.name) AS name,
                                            relmap_internal.mermaid_word(rtrim(f.type, '[]'))
                                            || CASE WHEN right(f.type, 2) = '[]' THEN '[]' ELSE '' END AS type) AS w
                       WHERE b.inside), ''), '' ORDER BY NOT b.inside, b.label COLLATE "C")
            FROM relmap_internal.boxes(schema, tables) b), '') || coalesce((
            SELECT string_agg(pg_catalog.format(E'\n    "%s" %s%s%s "%s" : "%s"',
                       relmap_internal.encoded(s.label, 'mermaid'),
                       CASE WHEN l.source_many THEN '}' ELSE '|' END
                       || CASE WHEN l.source_optional THEN 'o' ELSE '|' END,
                       CASE WHEN l.declared THEN '--' ELSE '..' END,
                       CASE WHEN l.target_optional THEN 'o' ELSE '|' END
                       || CASE WHEN l.target_many THEN '{' ELSE '|' END,
                       relmap_internal.encoded(t.label, 'mermaid'), relmap_internal.encoded(l.label, 'mermaid')),
                   '' ORDER BY s.label COLLATE "C", t.label COLLATE "C", l.label COLLATE "C")
            FROM relmap_internal.lines(schema, tables) l
            JOIN relmap_internal.boxes(schema, tables) s ON s.relation = l.source
            JOIN relmap_internal.boxes(schema, tables) t ON t.relation = l.target), '') || E'\n';
    ELSIF format = 'dot' THEN
        RETURN E'digraph relmap {\n'
            || E'    graph [rankdir=LR, nodesep=0.4, ranksep=1.2]\n'
            || E'    node [shape=plain, fontname="Helvetica", fontsize=11]\n'
            || E'    edge [dir=both, fontname="Helvetica", fontsize=9, color="#555555"]\n' || coalesce((
            SELECT string_agg(pg_catalog.format(
                       E'    "%s" [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="4">\n'
                       '        <tr><td colspan="3" bgcolor="%s"><b>%s</b></td></tr>%s\n    </table>>]\n',
                       relmap_internal.encoded(b.label, 'dot'), CASE WHEN b.inside THEN '#dde8f5' ELSE '#eeeeee' END,
                       relmap_internal.encoded(b.label, 'html'), (
                       SELECT string_agg(pg_catalog.format(
                                  E'\n        <tr><td align="left">%s</td><td align="left"><font color="#777777">%s</font></td><td>%s</td></tr>',
                                  relmap_internal.encoded(f.name, 'html'), relmap_internal.encoded(f.type, 'html'),
                                      f.keys), '' ORDER BY f.n)
                       FROM relmap_internal.fields(b.relation) WITH ORDINALITY AS f (name, type, keys, n)
                       WHERE b.inside)),
                   '' ORDER BY NOT b.inside, b.label COLLATE "C")
            FROM relmap_internal.boxes(schema, tables) b), '') || coalesce((
            SELECT string_agg(pg_catalog.format(E'    "%s" -> "%s" [label=<%s>, arrowtail=%s, arrowhead=%s%s]\n',
                       relmap_internal.encoded(s.label, 'dot'), relmap_internal.encoded(t.label, 'dot'),
                           relmap_internal.encoded(l.label, 'html'),
                       CASE WHEN l.source_many THEN 'crow' ELSE 'tee' END
                       || CASE WHEN l.source_optional THEN 'odot' ELSE 'tee' END,
                       CASE WHEN l.target_many THEN 'crow' ELSE 'tee' END
                       || CASE WHEN l.target_optional THEN 'odot' ELSE 'tee' END,
                       CASE WHEN l.declared THEN '' ELSE ', style=dashed' END),
                   '' ORDER BY s.label COLLATE "C", t.label COLLATE "C", l.label COLLATE "C")
            FROM relmap_internal.lines(schema, tables) l
            JOIN relmap_internal.boxes(schema, tables) s ON s.relation = l.source
            JOIN relmap_internal.boxes(schema, tables) t ON t.relation = l.target), '') || E'}\n';
    ELSE
        PERFORM relmap_internal.refuse(coalesce('unrecognized diagram format "' || format || '"', 'format must not be null'),
                                       'Valid values are mermaid and dot.' || relmap_internal.schema_hint(format));
    END IF;
END
$$;
COMMENT ON FUNCTION relmap.diagram(text, name, regclass[]) IS
    'a diagram of the tables of a schema, of all schemas, or of some tables, with their relationships, as '
    'text for Mermaid (mermaid) or Graphviz (dot); dashed lines are foreign keys that are not declared';
