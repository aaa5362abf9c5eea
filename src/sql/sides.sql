/* src/sql/sides.sql */

--
-- Both sides of every foreign key, and of every association table, and what
-- they are called: for automap, diagrams and models.
--
-- The catalogs' statistics tell little of a schema that was just made.  So that
-- no plan grows with the square of it, nested loops are a last resort here.
--

CREATE FUNCTION relmap_internal.name_is_free(source oid, wanted name)
    RETURNS boolean LANGUAGE sql STABLE STRICT
RETURN NOT EXISTS (SELECT FROM pg_attribute a
                   WHERE a.attrelid = source AND a.attname = wanted)
    AND NOT EXISTS (SELECT FROM relmap_internal.relationship r
                    WHERE r.source = name_is_free.source AND r.name = wanted)
    AND NOT EXISTS (SELECT FROM pg_proc p, pg_class c
                    WHERE c.oid = source AND p.proname = wanted AND p.pronargs >= 1
                      AND (p.pronamespace = c.relnamespace AND p.pronargs = 1 AND p.proargtypes[0] = c.reltype
                           OR p.pronamespace = 'pg_catalog'::regnamespace AND p.pronargs - p.pronargdefaults <= 1
                              AND p.proargtypes[0] IN ('record'::regtype, '"any"'::regtype,
                                  'anyelement'::regtype, 'anynonarray'::regtype,
                                  'anycompatible'::regtype, 'anycompatiblenonarray'::regtype)));
COMMENT ON FUNCTION relmap_internal.name_is_free(oid, name) IS
    'is this name free for an attribute of a table? True if no column, function or other attribute has it';

CREATE FUNCTION relmap_internal.sides()
    RETURNS TABLE (side text, other text, source oid, direction text, uselist boolean, target oid,
                   key oid, key_name name, secondary oid, far_key oid, far_key_name name,
                   choose boolean, candidates text[], declared name)
    LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off
BEGIN ATOMIC
WITH key AS (
    -- the foreign keys that can carry a relationship
    SELECT f.oid, f.conname, f.conrelid AS child, f.confrelid AS parent, f.conkey,
           c.relname::text AS child_name, p.relname::text AS parent_name,
           relmap_internal.column_names(f.conrelid, f.conkey) AS columns,
           relmap_internal.column_names(f.confrelid, f.confkey) AS referenced,
           relmap_internal.unique_index(f.conrelid, f.conkey) IS NOT NULL AS one,
           count(*) OVER (PARTITION BY f.conrelid, f.confrelid) AS siblings,
           count(*) OVER (PARTITION BY f.conrelid) AS keys,
           count(*) OVER (PARTITION BY least(f.conrelid, f.confrelid), greatest(f.conrelid, f.confrelid)) AS between
    FROM pg_constraint f
    JOIN relmap_internal.any_table c ON c.relation = f.conrelid
    JOIN relmap_internal.any_table p ON p.relation = f.confrelid
    WHERE f.contype = 'f' AND f.conparentid = 0 AND c.is_own AND p.is_own
      AND coalesce(to_jsonb(f) ->> 'conperiod', 'false') = 'false'
), named_key AS MATERIALIZED (
    -- "from_" is spelled so because FROM is a keyword
    SELECT k.*, s.stem, coalesce(s.stem, nullif(rtrim(l.name, '_'), ''), l.name) AS role
    FROM key k
    CROSS JOIN LATERAL (SELECT k.columns[cardinality(k.columns)] AS name) AS l
    CROSS JOIN LATERAL (
        SELECT coalesce(min(s) FILTER (WHERE s IN (k.parent_name, relmap_internal.singular(k.parent_name))),
                        CASE WHEN count(*) > 1 AND k.siblings = 1 THEN relmap_internal.singular(k.parent_name)
                             ELSE (array_agg(s ORDER BY n DESC))[1] END) AS stem
        FROM unnest(k.columns, k.referenced) WITH ORDINALITY AS u (name, referenced, n),
             LATERAL (SELECT relmap_internal.stem(u.name, u.referenced, k.parent_name) AS s) AS x) AS s
), link AS (
    -- association tables: two keys and nothing else but a key of its own, or
    -- what is not asked of who adds a row, where the keys are the primary key
    SELECT a.child, a.child_name, a.oid AS near_key, a.conname AS near_name, a.parent AS source,
           CASE WHEN a.parent <> b.parent AND a.role NOT IN (a.parent_name, relmap_internal.singular(a.parent_name))
                THEN a.role END AS near_role,
           b.oid AS far_key, b.conname AS far_name, b.parent AS target,
           CASE WHEN b.stem IS NULL AND a.parent <> b.parent THEN relmap_internal.plural(b.parent_name)
                ELSE relmap_internal.plural(b.role) END AS word
    FROM named_key a
    JOIN named_key b ON b.child = a.child AND b.oid <> a.oid
    WHERE a.keys = 2 AND NOT a.one AND NOT b.one AND NOT a.conkey <@ b.conkey AND NOT b.conkey <@ a.conkey
      AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = a.child)
      AND NOT EXISTS (
          SELECT FROM pg_attribute c
          WHERE c.attrelid = a.child AND c.attnum > 0 AND NOT c.attisdropped
            AND c.attnum <> ALL (a.conkey) AND c.attnum <> ALL (b.conkey)
            AND NOT EXISTS (
                SELECT FROM pg_constraint p
                WHERE p.conrelid = a.child AND p.contype = 'p'
                  AND (p.conkey = ARRAY[c.attnum] AND (c.atthasdef OR c.attidentity <> '')
                       OR p.conkey <@ (a.conkey || b.conkey) AND (a.conkey || b.conkey) <@ p.conkey
                          AND (NOT c.attnotnull OR c.atthasdef OR c.attidentity <> ''))))
), side AS (
    SELECT k.child AS source, 'MANYTOONE' AS direction, false AS uselist, k.parent AS target,
           k.oid AS key, k.conname AS key_name, NULL::oid AS secondary, NULL::oid AS far_key,
               NULL::name AS far_key_name,
           k.between > 1 OR k.child = k.parent AS choose,
           -- where the column is called as the attribute should be: by the
           -- parent, if no other key leads there; or by both, unless the
           -- column has the parent's name already, or its initials
           ARRAY[k.stem,
                 CASE WHEN k.stem IS NULL AND k.siblings = 1 THEN
                      CASE WHEN k.child <> k.parent THEN p.one
                           WHEN k.role ~* '(^|_)parent(_|$)' THEN 'parent' END END,
                 CASE WHEN k.stem IS NULL AND '_' || k.role NOT LIKE E'%\\_' || replace(p.one, '_', E'\\_')
                           AND '_' || k.role NOT LIKE E'%\\_' || replace(k.parent_name, '_', E'\\_')
                      THEN coalesce(relmap_internal.spelled_out(k.role, k.parent_name, p.one),
                                    relmap_internal.fitting_name(k.role, '_' || p.one)) END,
                 relmap_internal.fitting_name(k.role, '_row')] AS candidates
    FROM named_key k
    CROSS JOIN LATERAL (SELECT relmap_internal.singular(k.parent_name) AS one) AS p

    UNION ALL
    SELECT k.parent, 'ONETOMANY', NOT k.one, k.child, k.oid, k.conname, NULL, NULL, NULL,
           k.between > 1 OR k.child = k.parent,
           -- the parent of several keys of a table to itself has the children
           ARRAY[CASE WHEN k.child = k.parent AND k.role ~* '(^|_)parent(_|$)'
                           AND count(*) FILTER (WHERE k.role ~* '(^|_)parent(_|$)')
                               OVER (PARTITION BY k.child, k.parent) = 1 THEN
                      CASE WHEN k.one THEN 'child' ELSE 'children' END END,
                 CASE WHEN k.siblings = 1 AND k.child <> k.parent THEN w.word END,
                 relmap_internal.fitting_name(w.word, '_by_' || k.role)]
    FROM named_key k
    CROSS JOIN LATERAL (
        SELECT CASE WHEN k.one THEN relmap_internal.singular(k.child_name)
                    ELSE relmap_internal.plural(k.child_name) END AS word) AS w

    UNION ALL
    -- of two of one name, none has the name alone
    SELECT l.source, 'MANYTOMANY', true, l.target, l.near_key, l.near_name, l.child, l.far_key, l.far_name,
           l.source = l.target,
           ARRAY[CASE WHEN count(*) OVER (PARTITION BY l.source, l.word) = 1 THEN l.word END,
                 CASE WHEN l.near_role IS NOT NULL
                           AND count(*) OVER (PARTITION BY l.source, l.word, l.near_role) = 1
                      THEN relmap_internal.fitting_name(l.word, '_by_' || l.near_role) END,
                 relmap_internal.fitting_name(l.word, '_by_' || l.child_name)]
    FROM link l
)
SELECT CASE WHEN s.far_key IS NULL THEN s.direction ELSE s.far_key::text END || ' ' || s.key,
       CASE WHEN s.far_key IS NULL
            THEN CASE s.direction WHEN 'MANYTOONE' THEN 'ONETOMANY' ELSE 'MANYTOONE' END || ' ' || s.key
            ELSE s.key || ' ' || s.far_key END,
       s.source, s.direction, s.uselist, s.target, s.key, s.key_name, s.secondary, s.far_key, s.far_key_name,
       s.choose, array_remove(s.candidates, NULL), d.name
FROM side s
LEFT JOIN (
    SELECT r.source, r.direction, r.target, r.foreign_key, r.secondary, r.secondary_key,
           (array_agg(r.name ORDER BY r.back_populates IS NULL, r.name))[1] AS name
    FROM relmap_internal.relationship r
    -- not what leads to some of a parent's children only
    WHERE r.condition IS NULL
      AND NOT (r.direction = 'ONETOMANY' AND NOT r.uselist AND NOT r.enforce AND r.order_by IS NOT NULL)
    GROUP BY 1, 2, 3, 4, 5, 6) AS d
    ON d.source = s.source AND d.direction = s.direction AND d.target = s.target AND d.foreign_key = s.key_name
   AND d.secondary IS NOT DISTINCT FROM s.secondary::regclass AND d.secondary_key IS NOT DISTINCT FROM s.far_key_name;
END;
COMMENT ON FUNCTION relmap_internal.sides() IS
    'both sides of every foreign key and of every association table, with the names that they could have';

CREATE FUNCTION relmap_internal.key_columns(key oid)
    RETURNS text[] LANGUAGE sql STABLE STRICT
RETURN (SELECT CASE WHEN EXISTS (SELECT FROM pg_constraint o
                                 WHERE o.conrelid = f.conrelid AND o.contype = 'f' AND o.oid <> f.oid
                                   AND o.conkey = f.conkey AND o.conparentid = 0)
                    THEN ARRAY[f.conname::text]
                    ELSE relmap_internal.column_names(f.conrelid, f.conkey) END
        FROM pg_constraint f WHERE f.oid = key);
COMMENT ON FUNCTION relmap_internal.key_columns(oid) IS
    'how to name a foreign key to relmap.relationship(): its columns, or its name if another key has the '
    'same columns';

CREATE FUNCTION relmap_internal.sides_to_name(schema name)
    RETURNS TABLE (side text, other text, source oid, direction text, uselist boolean, target oid, key oid,
                   secondary oid, far_key oid, choose boolean, first_choice text, free text[],
                   other_declared name, other_wants text, rank bigint)
    LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off
BEGIN ATOMIC
WITH sides AS MATERIALIZED (
    SELECT s.* FROM relmap_internal.sides() s
), wanted AS MATERIALIZED (
    SELECT s.*, c.relname, c.relnamespace, c.reltype, o.declared AS other_declared,
        r.back_populates::text AS other_wants
    FROM sides s
    JOIN pg_class c ON c.oid = s.source
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN sides o ON o.other = s.side
    LEFT JOIN relmap_internal.relationship r ON r.source = o.source AND r.name = o.declared
    WHERE s.declared IS NULL AND n.nspname = coalesce(schema, n.nspname)
      AND (schema IS NOT NULL OR c.oid IN (SELECT t FROM relmap_internal.tables(NULL) t))
      AND pg_has_role(c.relowner, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE')
), candidate AS (
    -- what the other side calls it comes first
    SELECT w.side, w.source, w.relnamespace, w.reltype, u.n, relmap_internal.fitting_name(u.name, '') AS name
    FROM wanted w
    CROSS JOIN LATERAL unnest(array_prepend(w.other_wants, w.candidates)) WITH ORDINALITY AS u (name, n)
    WHERE u.name IS NOT NULL
), free AS (
    SELECT c.side, array_agg(c.name::text ORDER BY c.n) AS names
    FROM candidate c
    WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.source AND a.attname = c.name)
      AND NOT EXISTS (SELECT FROM relmap_internal.relationship r WHERE r.source = c.source AND r.name = c.name)
      AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.proname = c.name AND p.pronargs >= 1)
       OR relmap_internal.name_is_free(c.source, c.name)
    GROUP BY c.side
)
SELECT w.side, w.other, w.source, w.direction, w.uselist, w.target, w.key, w.secondary, w.far_key, w.choose,
       w.candidates[1], coalesce(f.names, '{}'), w.other_declared, w.other_wants,
       row_number() OVER (ORDER BY array_position(ARRAY['MANYTOONE', 'ONETOMANY', 'MANYTOMANY'], w.direction),
                          w.relnamespace::regnamespace::text COLLATE "C", w.relname COLLATE "C",
                          k.conrelid::regclass::text COLLATE "C", k.conname COLLATE "C")
FROM wanted w
JOIN pg_constraint k ON k.oid = w.key
LEFT JOIN free f ON f.side = w.side;
END;
COMMENT ON FUNCTION relmap_internal.sides_to_name(name) IS
    'the sides in a schema that are not declared yet, on users'' tables, with the names that are free';

CREATE FUNCTION relmap_internal.named_sides(schema name)
    RETURNS TABLE (side text, other text, source oid, direction text, uselist boolean, target oid, key oid,
                   secondary oid, far_key oid, choose boolean, other_declared name, other_wants text, rank bigint,
                   name name)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    item      record;
    candidate text;
    table_is  oid;
    taken     name[];           -- names of this table
    number    int;
BEGIN
    FOR item IN
        SELECT s.* FROM relmap_internal.sides_to_name(schema) s ORDER BY s.source, s.rank
    LOOP
        IF table_is IS DISTINCT FROM item.source THEN
            table_is := item.source;
            taken := '{}';
        END IF;

        name := NULL;
        FOREACH candidate IN ARRAY item.free LOOP
            IF candidate <> ALL (taken) THEN
                name := candidate;
                EXIT;
            END IF;
        END LOOP;
        number := 1;
        WHILE name IS NULL LOOP
            number := number + 1;
            candidate := relmap_internal.fitting_name(item.first_choice, '_' || number);
            IF candidate <> ALL (taken) AND relmap_internal.name_is_free(item.source, candidate) THEN
                name := candidate;
            END IF;
        END LOOP;
        taken := taken || name;

        side := item.side;
        other := item.other;
        source := item.source;
        direction := item.direction;
        uselist := item.uselist;
        target := item.target;
        key := item.key;
        secondary := item.secondary;
        far_key := item.far_key;
        choose := item.choose;
        other_declared := item.other_declared;
        other_wants := item.other_wants;
        rank := item.rank;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION relmap_internal.named_sides(name) IS
    'the sides in a schema that are not declared yet, each with the first name that is free';
