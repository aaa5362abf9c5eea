/* src/sql/automap.sql */

--
-- relmap.automap(): adopt a schema that was there before.
--

CREATE FUNCTION relmap_internal.sides()
    RETURNS TABLE (side text, other text, source oid, direction text, uselist boolean, target oid,
                   key oid, key_name name, secondary oid, far_key oid, far_key_name name,
                   choose boolean, candidates text[], declared name)
    LANGUAGE sql STABLE
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
    JOIN pg_class c ON c.oid = f.conrelid
    JOIN pg_class p ON p.oid = f.confrelid
    WHERE f.contype = 'f' AND f.conparentid = 0
      AND coalesce(to_jsonb(f) ->> 'conperiod', 'false') = 'false'
      AND f.conrelid IN (SELECT t FROM relmap_internal.tables(NULL) t)
      AND f.confrelid IN (SELECT t FROM relmap_internal.tables(NULL) t)
), named_key AS (
    SELECT k.*, s.stem, coalesce(s.stem, k.columns[cardinality(k.columns)]) AS role
    FROM key k
    CROSS JOIN LATERAL (
        SELECT coalesce(min(s) FILTER (WHERE s IN (k.parent_name, relmap_internal.singular(k.parent_name))),
                        CASE WHEN count(*) > 1 AND k.siblings = 1 THEN relmap_internal.singular(k.parent_name)
                             ELSE (array_agg(s ORDER BY n DESC))[1] END) AS stem
        FROM unnest(k.columns, k.referenced) WITH ORDINALITY AS u (name, referenced, n),
             relmap_internal.stem(u.name, u.referenced, k.parent_name) s) AS s
), link AS (
    -- association tables: two keys and nothing else, but for a key of its own
    SELECT a AS near, b AS far
    FROM named_key a
    JOIN named_key b ON b.child = a.child AND b.oid <> a.oid
    WHERE a.keys = 2 AND NOT a.one AND NOT b.one AND NOT a.conkey <@ b.conkey AND NOT b.conkey <@ a.conkey
      AND NOT EXISTS (
          SELECT FROM pg_attribute c
          WHERE c.attrelid = a.child AND c.attnum > 0 AND NOT c.attisdropped
            AND c.attnum <> ALL (a.conkey) AND c.attnum <> ALL (b.conkey)
            AND NOT ((c.atthasdef OR c.attidentity <> '')
                     AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.child AND i.indisprimary
                                 AND i.indnkeyatts = 1 AND i.indkey[0] = c.attnum)))
      AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = a.child)
), side AS (
    SELECT k.child AS source, 'MANYTOONE' AS direction, false AS uselist, k.parent AS target,
           k.oid AS key, k.conname AS key_name, NULL::oid AS secondary, NULL::oid AS far_key, NULL::name AS far_key_name,
           k.between > 1 OR k.child = k.parent AS choose,
           ARRAY[k.stem,
                 CASE WHEN k.stem IS NULL AND k.role NOT IN (k.parent_name, relmap_internal.singular(k.parent_name))
                      THEN k.role || '_' || relmap_internal.singular(k.parent_name) END,
                 k.role || '_row'] AS candidates
    FROM named_key k

    UNION ALL
    SELECT k.parent, 'ONETOMANY', NOT k.one, k.child, k.oid, k.conname, NULL, NULL, NULL,
           k.between > 1 OR k.child = k.parent,
           ARRAY[CASE WHEN k.child = k.parent AND k.role ~* '^parent$' THEN
                      CASE WHEN k.one THEN 'child' ELSE 'children' END END,
                 CASE WHEN k.siblings = 1 AND NOT (k.child = k.parent AND w.word = k.child_name) THEN w.word END,
                 w.word || '_by_' || k.role]
    FROM named_key k,
         LATERAL (SELECT CASE WHEN k.one THEN relmap_internal.singular(k.child_name)
                              ELSE relmap_internal.plural(k.child_name) END AS word) AS w

    UNION ALL
    SELECT (l.near).parent, 'MANYTOMANY', true, (l.far).parent, (l.near).oid, (l.near).conname,
           (l.near).child, (l.far).oid, (l.far).conname, (l.near).parent = (l.far).parent,
           CASE WHEN (l.near).parent = (l.far).parent
                THEN ARRAY[relmap_internal.plural((l.far).role)]
                ELSE ARRAY[relmap_internal.plural((l.far).parent_name)] END
           || (relmap_internal.plural((l.far).parent_name) || '_by_' || (l.near).child_name)
    FROM link l
)
SELECT CASE WHEN s.far_key IS NULL THEN s.direction ELSE s.far_key::text END || ' ' || s.key,
       CASE WHEN s.far_key IS NULL
            THEN CASE s.direction WHEN 'MANYTOONE' THEN 'ONETOMANY' ELSE 'MANYTOONE' END || ' ' || s.key
            ELSE s.key || ' ' || s.far_key END,
       s.source, s.direction, s.uselist, s.target, s.key, s.key_name, s.secondary, s.far_key, s.far_key_name,
       s.choose, array_remove(s.candidates, NULL),
       (SELECT r.name FROM relmap_internal.relationship r
        WHERE r.source = s.source AND r.direction = s.direction
          AND r.target = s.target AND r.foreign_key = s.key_name
          AND r.secondary IS NOT DISTINCT FROM s.secondary::regclass
          AND r.secondary_key IS NOT DISTINCT FROM s.far_key_name
        ORDER BY r.back_populates IS NULL, r.name LIMIT 1)
FROM side s;
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

CREATE FUNCTION relmap_internal.automap_sides(schema name, dry_run boolean)
    RETURNS TABLE (source regclass, name name, target regclass, kind text, uselist boolean,
                   back_populates text, foreign_keys text[], remote_side text[], secondary regclass,
                   nullable boolean, reason text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    side      record;
    candidate text;
    attribute name;
    partner   text;             -- the other side's key in chosen
    chosen    jsonb := '{}';    -- the names of what this call makes
    taken     text[] := '{}';   -- the same, with their sources
    number    int;
    made      int := 0;
    level     text := current_setting('client_min_messages');
BEGIN
    -- first of all: it complains about a schema that does not exist
    PERFORM relmap_internal.tables(schema);

    RETURN QUERY
    SELECT c.oid::regclass, NULL::name, NULL::regclass, 'skipped', NULL::boolean, NULL, NULL::text[], NULL::text[],
           NULL::regclass, NULL::boolean,
           CASE WHEN c.relkind = 'f' THEN 'foreign tables have no foreign keys'
                WHEN NOT pg_has_role(c.relowner, 'USAGE') THEN format('must be owner of table %s', c.relname)
                WHEN NOT has_schema_privilege(n.oid, 'CREATE') THEN format('permission denied for schema %s', n.nspname)
                ELSE 'no foreign key leads from it or to it' END
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'f' AND NOT c.relispartition AND n.nspname = coalesce(schema, n.nspname)
       OR c.oid IN (SELECT t FROM relmap_internal.tables(schema) t)
          AND (NOT pg_has_role(c.relowner, 'USAGE') OR NOT has_schema_privilege(n.oid, 'CREATE')
               OR NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND c.oid IN (f.conrelid, f.confrelid)))
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C";

    FOR side IN
        WITH sides AS MATERIALIZED (SELECT s.* FROM relmap_internal.sides() s)
        SELECT s.*, c.relname, o.declared AS other_declared, r.back_populates::text AS other_wants,
               relmap_internal.key_columns(s.key) AS near_columns, relmap_internal.key_columns(s.far_key) AS far_columns,
               relmap_internal.column_names(f.confrelid, f.confkey) AS referenced,
               EXISTS (SELECT FROM pg_attribute a
                       WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey) AND NOT a.attnotnull) AS nullable
        FROM sides s
        JOIN pg_class c ON c.oid = s.source
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_constraint f ON f.oid = s.key
        LEFT JOIN sides o ON o.other = s.side
        LEFT JOIN relmap_internal.relationship r ON r.source = o.source AND r.name = o.declared
        WHERE s.declared IS NULL AND n.nspname = coalesce(schema, n.nspname)
          AND pg_has_role(c.relowner, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE')
        ORDER BY array_position(ARRAY['MANYTOONE', 'ONETOMANY', 'MANYTOMANY'], s.direction),
                 n.nspname COLLATE "C", c.relname COLLATE "C", f.conrelid::regclass::text COLLATE "C", f.conname COLLATE "C"
    LOOP
        -- what the other side calls it, or the first that is free
        FOREACH candidate IN ARRAY array_remove(array_prepend(side.other_wants, side.candidates), NULL) LOOP
            attribute := relmap_internal.fitting_name(candidate, '');
            EXIT WHEN relmap_internal.name_is_free(side.source, attribute) AND side.source || ' ' || attribute <> ALL (taken);
            attribute := NULL;
        END LOOP;
        number := 1;
        WHILE attribute IS NULL LOOP
            number := number + 1;
            attribute := relmap_internal.fitting_name(side.candidates[1], '_' || number);
            IF NOT relmap_internal.name_is_free(side.source, attribute) OR side.source || ' ' || attribute = ANY (taken) THEN
                attribute := NULL;
            END IF;
        END LOOP;

        source := side.source;
        name := attribute;
        target := side.target;
        kind := CASE WHEN side.direction = 'MANYTOONE' THEN 'many-to-one'
                     WHEN side.direction = 'MANYTOMANY' THEN 'many-to-many'
                     WHEN side.uselist THEN 'one-to-many' ELSE 'one-to-one' END;
        uselist := side.uselist;
        secondary := side.secondary;
        back_populates := coalesce(chosen ->> side.other,
                                   CASE WHEN coalesce(side.other_wants, attribute) = attribute THEN side.other_declared END);
        foreign_keys := CASE WHEN side.choose THEN side.near_columns END;
        remote_side := CASE WHEN side.source <> side.target THEN NULL
                            WHEN side.direction = 'MANYTOMANY' THEN side.far_columns
                            WHEN side.direction = 'MANYTOONE' THEN side.referenced END;
        nullable := side.nullable;
        reason := NULL;

        IF NOT dry_run THEN
            BEGIN
                -- one NOTICE for some dozens, not one for each
                PERFORM set_config('client_min_messages', CASE level WHEN 'error' THEN level ELSE 'warning' END, true);
                PERFORM relmap.relationship(source, attribute::text, target, uselist => uselist,
                    back_populates => back_populates, foreign_keys => foreign_keys, remote_side => remote_side,
                    secondary => secondary, enforce => CASE kind WHEN 'one-to-one' THEN false END);
            EXCEPTION WHEN OTHERS THEN
                -- but not for conflicts, lack of resources, shutdown
                IF SQLSTATE ~ '^(40|53|57|58|XX)' THEN
                    RAISE;
                END IF;
                kind := 'skipped';
                reason := SQLERRM;
            END;
            PERFORM set_config('client_min_messages', level, true);
        END IF;

        IF reason IS NULL THEN
            chosen := chosen || jsonb_build_object(side.side, attribute);
            taken := taken || (side.source || ' ' || attribute);
            made := made + 1;
            IF made % 50 = 0 AND NOT dry_run THEN
                RAISE NOTICE 'declared % relationships, the last is "%.%"', made, side.relname, attribute;
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
                || coalesce(', secondary => ' || quote_literal(s.secondary), '') || ');'
            WHEN s.kind = 'one-to-one' THEN
                format('SELECT relmap.alter_relationship(%L, %L, ', s.source, s.name)
                || CASE WHEN s.nullable THEN 'enforce => true);'
                        ELSE 'cascade => ''all, delete-orphan'', enforce => true);' END
       END
FROM relmap_internal.automap_sides(schema, coalesce(dry_run, false)) s
ORDER BY s.kind = 'skipped', s.source::text COLLATE "C",
         array_position(ARRAY['many-to-one', 'one-to-one', 'one-to-many', 'many-to-many'], s.kind), s.name;
END;
COMMENT ON FUNCTION relmap.automap(name, boolean) IS
    'declares both sides of every foreign key of a schema, or of all, that are not declared yet; makes accessors, but no constraint and no trigger. statement is, in a dry run, the declaration; otherwise, of a one-to-one, how to have its child replaced, else null; where a table or attribute is left out (kind is skipped) the reason';
