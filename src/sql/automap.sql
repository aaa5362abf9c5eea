/* src/sql/automap.sql */

--
-- relmap.automap(): adopt a schema that was there before.
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
    'can a table have an attribute of this name? No column, function or other attribute has it';

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
    SELECT k.*, s.stem, coalesce(s.stem, k.columns[cardinality(k.columns)]) AS role
    FROM key k
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
           ARRAY[k.stem,
                 CASE WHEN k.stem IS NULL AND k.role NOT IN (k.parent_name, relmap_internal.singular(k.parent_name))
                      THEN relmap_internal.fitting_name(k.role, '_' || relmap_internal.singular(k.parent_name)) END,
                 relmap_internal.fitting_name(k.role, '_row')] AS candidates
    FROM named_key k

    UNION ALL
    SELECT k.parent, 'ONETOMANY', NOT k.one, k.child, k.oid, k.conname, NULL, NULL, NULL,
           k.between > 1 OR k.child = k.parent,
           ARRAY[CASE WHEN k.child = k.parent AND k.siblings = 1 AND k.role ~* '(^|_)parent(_|$)' THEN
                      CASE WHEN k.one THEN 'child' ELSE 'children' END END,
                 CASE WHEN k.siblings = 1 AND NOT (k.child = k.parent AND w.word = k.child_name) THEN w.word END,
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
    GROUP BY 1, 2, 3, 4, 5, 6) AS d
    ON d.source = s.source AND d.direction = s.direction AND d.target = s.target AND d.foreign_key = s.key_name
   AND d.secondary IS NOT DISTINCT FROM s.secondary::regclass AND d.secondary_key IS NOT DISTINCT FROM s.far_key_name;
END;
COMMENT ON FUNCTION relmap_internal.sides() IS
    'both sides of every foreign key, and of every association table, with the names that they could have';

CREATE FUNCTION relmap_internal.key_columns(key oid)
    RETURNS text[] LANGUAGE sql STABLE STRICT
RETURN (SELECT CASE WHEN EXISTS (SELECT FROM pg_constraint o
                                 WHERE o.conrelid = f.conrelid AND o.contype = 'f' AND o.oid <> f.oid
                                   AND o.conkey = f.conkey AND o.conparentid = 0)
                    THEN ARRAY[f.conname::text]
                    ELSE relmap_internal.column_names(f.conrelid, f.conkey) END
        FROM pg_constraint f WHERE f.oid = key);
COMMENT ON FUNCTION relmap_internal.key_columns(oid) IS
    'a foreign key as relmap.relationship() takes it: its columns, or its name where another has the same';

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
    'the sides that are not declared yet in a schema, of the user''s tables, with the names that are free';

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
    'the sides that are not declared yet in a schema, each with the first name that is free';

CREATE FUNCTION relmap_internal.automap_plan(schema name)
    RETURNS TABLE (source regclass, name name, target regclass, kind text, uselist boolean,
                   back_populates text, foreign_keys text[], remote_side text[], secondary regclass,
                   cascade text, fix text, side text, other text, rank bigint)
    LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off
BEGIN ATOMIC
WITH named AS MATERIALIZED (
    SELECT n.* FROM relmap_internal.named_sides(schema) n
)
SELECT n.source::regclass, n.name, n.target::regclass,
       CASE WHEN n.direction = 'MANYTOONE' THEN 'many-to-one'
            WHEN n.direction = 'MANYTOMANY' THEN 'many-to-many'
            WHEN n.uselist THEN 'one-to-many' ELSE 'one-to-one' END,
       n.uselist,
       coalesce(o.name, CASE WHEN coalesce(n.other_wants, n.name) = n.name THEN n.other_declared END)::text,
       CASE WHEN n.choose THEN relmap_internal.key_columns(n.key) END,
       CASE WHEN n.source <> n.target THEN NULL
            WHEN n.direction = 'MANYTOMANY' THEN relmap_internal.key_columns(n.far_key)
            WHEN n.direction = 'MANYTOONE' THEN relmap_internal.column_names(f.confrelid, f.confkey) END,
       n.secondary::regclass,
       -- what the key does is said, where that may be said
       CASE WHEN n.direction = 'ONETOMANY' AND f.confdeltype = 'c' AND pg_has_role(c.relowner, 'USAGE')
            THEN 'save-update, merge, delete' END,
       -- what has its parent's key for its own is not to be replaced by mistake
       CASE WHEN n.direction <> 'ONETOMANY' OR n.uselist THEN NULL
            WHEN EXISTS (SELECT FROM pg_constraint p
                         WHERE p.conrelid = f.conrelid AND p.contype = 'p' AND p.conkey && f.conkey)
            THEN 'on_replace => ''restrict'', '
            WHEN NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = f.conrelid
                             AND a.attnum = ANY (f.conkey) AND NOT a.attnotnull)
            THEN 'on_replace => ''delete'', '
            ELSE '' END,
       n.side, n.other, n.rank
FROM named n
JOIN pg_constraint f ON f.oid = n.key
JOIN pg_class c ON c.oid = f.conrelid
LEFT JOIN named o ON o.side = n.other AND o.rank < n.rank;
END;
COMMENT ON FUNCTION relmap_internal.automap_plan(name) IS
    'what relmap.automap() declares, in this order';

CREATE FUNCTION relmap_internal.left_out(schema name)
    RETURNS TABLE (source regclass, reason text)
    LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off
BEGIN ATOMIC
WITH keyed AS (
    SELECT f.conrelid AS relation FROM pg_constraint f WHERE f.contype = 'f'
    UNION
    SELECT f.confrelid FROM pg_constraint f WHERE f.contype = 'f'
), on_partition AS (
    -- keys that partitions have by themselves
    SELECT pg_partition_root(f.conrelid) AS root, f.conrelid AS leaf, pg_get_constraintdef(f.oid) AS definition
    FROM pg_constraint f
    JOIN pg_class c ON c.oid = f.conrelid
    WHERE f.contype = 'f' AND f.conparentid = 0 AND c.relispartition
), liftable AS (
    SELECT k.root, 'ADD ' || replace(k.definition, ' NOT VALID', '') AS definition, count(DISTINCT k.leaf) AS partitions
    FROM on_partition k
    GROUP BY 1, 2
)
SELECT c.oid::regclass,
       CASE WHEN c.relkind = 'f' THEN 'foreign tables have no foreign keys'
            WHEN NOT pg_has_role(c.relowner, 'USAGE') THEN format('must be owner of table %s', c.relname)
            WHEN NOT has_schema_privilege(c.relnamespace, 'CREATE') THEN format('permission denied for schema %s',
                n.nspname)
            ELSE 'no foreign key leads from it or to it' END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'f' AND NOT c.relispartition AND n.nspname = coalesce(schema, n.nspname)
   OR c.oid IN (SELECT t FROM relmap_internal.tables(schema) t)
      AND c.oid NOT IN (SELECT l.root FROM liftable l)
      AND (NOT pg_has_role(c.relowner, 'USAGE') OR NOT has_schema_privilege(n.oid, 'CREATE')
           OR c.oid NOT IN (SELECT k.relation FROM keyed k))

UNION ALL
SELECT l.root, format('keys of partitions are not the table''s; to have them there: ALTER TABLE %s %s;', l.root,
                      string_agg(l.definition, ', ' ORDER BY l.definition COLLATE "C"))
FROM liftable l
WHERE l.root IN (SELECT t FROM relmap_internal.tables(schema) t)
GROUP BY l.root;
END;
COMMENT ON FUNCTION relmap_internal.left_out(name) IS
    'the tables that relmap.automap() leaves out, and why';

CREATE FUNCTION relmap_internal.automap_sides(schema name, dry_run boolean)
    RETURNS TABLE (source regclass, name name, target regclass, kind text, uselist boolean,
                   back_populates text, foreign_keys text[], remote_side text[], secondary regclass,
                   cascade text, fix text, reason text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    item      record;
    failed    text[] := '{}';
    made      int := 0;
    level     text := current_setting('client_min_messages');
BEGIN
    RETURN QUERY
    SELECT l.source, NULL::name, NULL::regclass, 'skipped', NULL::boolean, NULL, NULL::text[], NULL::text[],
           NULL::regclass, NULL, NULL, l.reason
    FROM relmap_internal.left_out(schema) l;

    FOR item IN SELECT p.* FROM relmap_internal.automap_plan(schema) p ORDER BY p.rank LOOP
        source := item.source;
        name := item.name;
        target := item.target;
        kind := item.kind;
        uselist := item.uselist;
        back_populates := CASE WHEN item.other <> ALL (failed) THEN item.back_populates END;
        foreign_keys := item.foreign_keys;
        remote_side := item.remote_side;
        secondary := item.secondary;
        cascade := item.cascade;
        fix := item.fix;
        reason := NULL;

        IF NOT dry_run THEN
            BEGIN
                -- one NOTICE for some dozens, not one for each
                PERFORM set_config('client_min_messages', CASE level WHEN 'error' THEN level ELSE 'warning' END, true);
                PERFORM relmap.relationship(source, name::text, target, uselist => uselist,
                    back_populates => back_populates, foreign_keys => foreign_keys, remote_side => remote_side,
                    secondary => secondary, cascade => cascade, enforce => CASE kind WHEN 'one-to-one' THEN false END);
            EXCEPTION WHEN OTHERS THEN
                -- but not for conflicts, lack of resources, shutdown
                IF SQLSTATE ~ '^(40|53|57|58|XX)' THEN
                    RAISE;
                END IF;
                kind := 'skipped';
                reason := SQLERRM;
                failed := failed || item.side;
            END;
            PERFORM set_config('client_min_messages', level, true);
        END IF;

        IF reason IS NULL THEN
            made := made + 1;
            IF made % 50 = 0 AND NOT dry_run THEN
                RAISE NOTICE 'declared % relationships, the last is "%.%"', made,
                    (SELECT c.relname FROM pg_class c WHERE c.oid = item.source), name;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION relmap_internal.automap_sides(name, boolean) IS
    'does the work of relmap.automap()';

CREATE FUNCTION relmap.automap(schema name DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (source regclass, name name, target regclass, kind text, statement text)
    LANGUAGE sql VOLATILE
BEGIN ATOMIC
SELECT s.source, s.name, s.target, s.kind,
       CASE WHEN s.kind = 'skipped' THEN '-- ' || translate(s.reason, E'\n\r', '  ')
            WHEN coalesce(dry_run, false) THEN
                format('SELECT relmap.relationship(%L, %L, %L', s.source, s.name, s.target)
                || CASE WHEN s.kind = 'one-to-one' THEN ', uselist => false, enforce => false' ELSE '' END
                || coalesce(', back_populates => ' || quote_literal(s.back_populates), '')
                || coalesce(', foreign_keys => ' || quote_literal(s.foreign_keys), '')
                || coalesce(', remote_side => ' || quote_literal(s.remote_side), '')
                || coalesce(', secondary => ' || quote_literal(s.secondary), '')
                || coalesce(', cascade => ' || quote_literal(s.cascade), '') || ');'
            WHEN s.kind = 'one-to-one' THEN
                format('SELECT relmap.alter_relationship(%L, %L, %senforce => true);', s.source, s.name, s.fix)
       END
FROM relmap_internal.automap_sides(schema, coalesce(dry_run, false)) s
WHERE relmap_internal.schema_exists(schema::text)
ORDER BY s.kind = 'skipped', s.source::text COLLATE "C",
         array_position(ARRAY['many-to-one', 'one-to-one', 'one-to-many', 'many-to-many'], s.kind), s.name;
END;
COMMENT ON FUNCTION relmap.automap(name, boolean) IS
    'declares both sides of every foreign key of a schema, or of all, that are not declared yet; makes accessors, '
    'but no constraint and no trigger. statement is, in a dry run, the declaration; otherwise, of a one-to-one, how '
    'to have it kept; where a table or attribute is left out (kind is skipped) the reason';
