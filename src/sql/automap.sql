/* src/sql/automap.sql */

--
-- relmap.automap(): adopt a schema that was there before.
--
-- Nested loops are a last resort here, as in sides.sql.
--

CREATE FUNCTION relmap_internal.automap_plan(schema name)
    RETURNS TABLE (source regclass, name name, target regclass, kind text, uselist boolean,
                   back_populates text, foreign_keys text[], remote_side text[], secondary regclass,
                   cascade text, fix text, side text, other text, rank bigint, keyed_by text[])
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
       n.side, n.other, n.rank,
       CASE WHEN n.direction = 'ONETOMANY' AND n.uselist THEN relmap_internal.wide_unique(n.key) END
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

CREATE FUNCTION relmap_internal.automap_sides(schema name, dry_run boolean, accessor boolean)
    RETURNS TABLE (source regclass, name name, target regclass, kind text, uselist boolean,
                   back_populates text, foreign_keys text[], remote_side text[], secondary regclass,
                   cascade text, fix text, reason text, condition text, keyed_by text[])
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    item      record;
    failed    text[] := '{}';
    taken     text[] := '{}';           -- names, with their tables
    made      int := 0;
    level     text := current_setting('client_min_messages');
BEGIN
    RETURN QUERY
    SELECT l.source, NULL::name, NULL::regclass, 'skipped', NULL::boolean, NULL, NULL::text[], NULL::text[],
           NULL::regclass, NULL, NULL, l.reason, NULL, NULL::text[]
    FROM relmap_internal.left_out(schema) l;

    FOR item IN
        SELECT p.*, NULL::text AS condition, NULL::text AS unless FROM relmap_internal.automap_plan(schema) p
        UNION ALL
        SELECT u.source, u.name, u.target,
               CASE WHEN u.name IS NULL THEN 'skipped' WHEN u.keyed_by IS NULL THEN 'one-to-one' ELSE 'one-to-many' END,
               u.keyed_by IS NOT NULL, NULL, u.foreign_keys, NULL, NULL, NULL, u.fix, NULL, NULL,
               1000000000 + row_number() OVER (), u.keyed_by, u.condition, u.reason
        FROM relmap_internal.partial_uniques(schema) u
        ORDER BY rank
    LOOP
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
        condition := item.condition;
        keyed_by := item.keyed_by;
        reason := NULL;
        IF kind = 'skipped' THEN
            reason := item.unless;
        ELSIF condition IS NOT NULL
              AND (source::oid || ' ' || name = ANY (taken) OR NOT relmap_internal.name_is_free(source, name)) THEN
            kind := 'skipped';
            reason := format('%s: name "%s" is taken; declare it with another name',
                regexp_replace(item.unless, ': [^:]*$', ''), name);
        END IF;
        taken := taken || (source::oid || ' ' || name);

        IF NOT dry_run AND reason IS NULL THEN
            BEGIN
                -- one NOTICE for some dozens, not one for each
                PERFORM set_config('client_min_messages', CASE level WHEN 'error' THEN level ELSE 'warning' END, true);
                PERFORM relmap.relationship(source, name::text, target, uselist => uselist,
                    back_populates => back_populates, foreign_keys => foreign_keys, remote_side => remote_side,
                    secondary => secondary, cascade => cascade,
                    enforce => CASE WHEN kind = 'one-to-one' OR keyed_by IS NOT NULL THEN false END,
                    condition => condition, keyed_by => keyed_by, accessor => accessor);
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
COMMENT ON FUNCTION relmap_internal.automap_sides(name, boolean, boolean) IS
    'does the work of relmap.automap()';

CREATE FUNCTION relmap.automap(schema name DEFAULT NULL, dry_run boolean DEFAULT false, accessor boolean DEFAULT true)
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
                || coalesce(', cascade => ' || quote_literal(s.cascade), '')
                || coalesce(', condition => ' || quote_literal(s.condition), '')
                || coalesce(', enforce => false, keyed_by => ' || quote_literal(s.keyed_by), '')
                || CASE WHEN coalesce(accessor, true) THEN '' ELSE ', accessor => false' END || ');'
            WHEN s.kind = 'one-to-one' OR s.keyed_by IS NOT NULL THEN
                format('SELECT relmap.alter_relationship(%L, %L, %senforce => true);', s.source, s.name, s.fix)
                -- what loses rows, or hides them
                || CASE WHEN s.fix ~ '''delete''|= (true|now[(][)])'''
                        THEN ' -- or on_replace => ''restrict'': the old row stays, the new one is refused' ELSE '' END
       END
FROM relmap_internal.automap_sides(schema, coalesce(dry_run, false), coalesce(accessor, true)) s
WHERE relmap_internal.schema_exists(schema::text)
ORDER BY s.kind = 'skipped', s.source::text COLLATE "C",
         array_position(ARRAY['many-to-one', 'one-to-one', 'one-to-many', 'many-to-many'], s.kind), s.name;
END;
COMMENT ON FUNCTION relmap.automap IS
    'declare both sides of every foreign key of a schema, or of all schemas; adds accessors, if they are wanted, but no '
    'constraint and no trigger. The column statement has the declaration (dry run), or what would enforce '
    'a single child, or why something is skipped';
