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
                 CASE WHEN k.stem IS NULL AND '_' || k.role NOT LIKE '%\_' || replace(p.one, '_', '\_')
                           AND '_' || k.role NOT LIKE '%\_' || replace(k.parent_name, '_', '\_')
                      THEN coalesce(relmap_internal.spelled_out(k.role, k.parent_name, p.one),
                                    relmap_internal.fitting_name(k.role, '_' || p.one)) END,
                 relmap_internal.fitting_name(k.role, '_row')] AS candidates
    FROM named_key k
    CROSS JOIN LATERAL (SELECT relmap_internal.singular(k.parent_name) AS one) AS p

    UNION ALL
    SELECT k.parent, 'ONETOMANY', NOT k.one, k.child, k.oid, k.conname, NULL, NULL, NULL,
           k.between > 1 OR k.child = k.parent,
           ARRAY[CASE WHEN k.child = k.parent AND k.siblings = 1 AND k.role ~* '(^|_)parent(_|$)' THEN
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

CREATE FUNCTION relmap_internal.predicate_text(index oid)
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_predicate_text' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION relmap_internal.predicate_text(oid) IS
    'the predicate of an index, as a condition is written';

CREATE FUNCTION relmap_internal.predicate_values(index oid)
    RETURNS text[]
    AS 'MODULE_PATHNAME', 'relmap_predicate_values' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION relmap_internal.predicate_values(oid) IS
    'the columns whose values the predicate of an index fixes, each followed by its value; NULL if the '
    'predicate has another form';

CREATE FUNCTION relmap_internal.predicate_exit(index oid)
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_predicate_exit' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION relmap_internal.predicate_exit(oid) IS
    'an on_replace that makes a row leave the predicate of an index; NULL if none is obvious';

CREATE FUNCTION relmap_internal.is_key_column(relation oid, number smallint)
    RETURNS boolean LANGUAGE sql STABLE STRICT
RETURN NOT EXISTS (SELECT FROM pg_attribute a
                   WHERE a.attrelid = relation AND a.attnum = number
                     AND (a.attgenerated <> '' OR a.attidentity <> '' OR a.atthasdef
                          OR a.attname ~* '(^|_)(id|uuid|guid)$' OR a.attname ~ '[a-z]I[Dd]$'))
    AND NOT EXISTS (SELECT FROM pg_constraint o
                    WHERE o.conrelid = relation AND o.contype = 'f' AND number = ANY (o.conkey));
COMMENT ON FUNCTION relmap_internal.is_key_column(oid, smallint) IS
    'can a column tell the children of one parent apart? Not a number, or a foreign key';

-- It is about one key: with its callers' enable_nestloop it would read all
-- indexes for each.
CREATE FUNCTION relmap_internal.wide_unique(key oid)
    RETURNS text[] LANGUAGE sql STABLE STRICT SET enable_nestloop = on
BEGIN ATOMIC
-- not one that has a key of its own beside the foreign key
SELECT relmap_internal.column_names(i.indrelid, x.others)
FROM pg_constraint f
JOIN pg_index i ON i.indrelid = f.conrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
    AND i.indexprs IS NULL
    AND i.indnkeyatts > cardinality(f.conkey) AND NOT i.indnullsnotdistinct
CROSS JOIN LATERAL (
    SELECT array_agg(u.attnum ORDER BY u.n) AS others
    FROM unnest((i.indkey::smallint[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS u (attnum, n)
    WHERE u.attnum <> ALL (f.conkey)) AS x
WHERE f.oid = key AND f.conkey <@ (i.indkey::smallint[])[0:i.indnkeyatts - 1]
  AND NOT EXISTS (SELECT FROM pg_index o
                  WHERE o.indrelid = i.indrelid AND o.indisunique AND o.indexprs IS NULL
                    AND (o.indkey::smallint[])[0:o.indnkeyatts - 1] <@ x.others)
  AND NOT EXISTS (SELECT FROM unnest(x.others) o WHERE NOT relmap_internal.is_key_column(i.indrelid, o))
ORDER BY i.indnkeyatts, i.indexrelid LIMIT 1;
END;
COMMENT ON FUNCTION relmap_internal.wide_unique(oid) IS
    'the columns that are unique together with those of a foreign key, so that they can key a collection';

CREATE FUNCTION relmap_internal.slot_name(child text, parent text, told text[], keys text[])
    RETURNS text
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    word  text;
    words text[] := '{}';
    whose text;
    many  boolean := keys <> '{}';
    -- of customer_addresses, a customer's are addresses
    one   text := regexp_replace(CASE WHEN many THEN relmap_internal.plural(child)
                                      ELSE relmap_internal.singular(child) END,
                                 '^' || regexp_replace(relmap_internal.singular(parent), '\W', '', 'g') || '_', '');
BEGIN
    FOR i IN 1 .. cardinality(told) BY 2 LOOP
        word := lower(regexp_replace(told[i], '([a-z0-9])([A-Z])', '\1_\2', 'g'));
        -- there is one for each key, and for each parent, anyway
        FOREACH whose IN ARRAY keys || relmap_internal.singular(parent) LOOP
            word := regexp_replace(word, '_(for|of|per|in)_' || lower(regexp_replace(whose, '\W', '', 'g')) || '$', '');
        END LOOP;
        -- what is not there any more is not talked about
        IF word ~ ('^(is_)?(deleted|archived|removed|discarded|trashed|cancell?ed|revoked|disabled|inactive|expired)'
                   '(_at|_on|_date)?$')
           AND told[i + 1] IN ('false', 'NULL') THEN
            CONTINUE;
        ELSIF told[i + 1] = 'true' THEN
            words := words || regexp_replace(word, '^(is|as)_|_flag$', '', 'g');
        ELSIF told[i + 1] = 'NULL'
              AND word ~ ('(^|_)(end|ended|until|to|thru|through|finish|finished|left|closed|superseded|replaced)'
                          '(_at|_on|_date|_time)?$') THEN
            words := words || 'current'::text;
        ELSIF told[i + 1] ~ '^''[a-z][a-z0-9_]*''' THEN
            words := words || substring(told[i + 1] FROM '^''([a-z0-9_]*)''');
        ELSE
            RETURN NULL;
        END IF;
    END LOOP;
    IF cardinality(words) > 1 THEN
        words := array_remove(words, 'active');
    END IF;
    RETURN CASE cardinality(words)
        WHEN 0 THEN CASE WHEN NOT many THEN one END
        WHEN 1 THEN CASE WHEN words[1] !~ '^[a-z][a-z0-9_]*$' THEN NULL
                         WHEN child ~ '[A-Z]' AND child !~ '_' THEN
                             replace(words[1], '_', '') || upper(left(one, 1)) || substr(one, 2)
                         ELSE words[1] || '_' || one END
        END;
END
$$;
COMMENT ON FUNCTION relmap_internal.slot_name(text, text, text[], text[]) IS
    'a name for the one child that has certain values in some columns, or for a collection with one child '
    'for each key; NULL if there is no good one';

CREATE FUNCTION relmap_internal.partial_uniques(schema name)
    RETURNS TABLE (source oid, target oid, name text, foreign_keys text[], keyed_by text[], condition text, fix text,
                   reason text)
    LANGUAGE sql STABLE SET jit = off
BEGIN ATOMIC
SELECT f.confrelid, f.conrelid,
       CASE WHEN x.fits THEN relmap_internal.fitting_name(n.name, CASE WHEN x.siblings > 1
           THEN '_by_' || regexp_replace((relmap_internal.column_names(f.conrelid, f.conkey))[1], '_?id$', '', 'i')
           ELSE '' END)::text END,
       CASE WHEN x.siblings > 1 OR f.conrelid = f.confrelid THEN relmap_internal.key_columns(f.oid) END,
       x.keyed_by,
       relmap_internal.predicate_text(i.indexrelid),
       format('on_replace => %L, ', coalesce(relmap_internal.predicate_exit(i.indexrelid), 'restrict')),
       format('unique index %s where %s: %s', i.indexrelid::regclass, relmap_internal.predicate_text(i.indexrelid),
              CASE WHEN NOT x.fits THEN 'it has other columns, too'
                   WHEN x.keyed_by IS NULL THEN 'no name for it'
                   ELSE 'no name for a collection keyed by ' || array_to_string(x.keyed_by, ', ') END)
FROM pg_index i
JOIN pg_constraint f ON f.conrelid = i.indrelid AND f.contype = 'f' AND f.conparentid = 0
    AND f.conkey <@ (i.indkey::smallint[])[0:i.indnkeyatts - 1]
JOIN pg_class c ON c.oid = f.conrelid
JOIN pg_class p ON p.oid = f.confrelid
CROSS JOIN LATERAL (
    SELECT relmap_internal.predicate_values(i.indexrelid) AS told) AS v
CROSS JOIN LATERAL (
    -- the others tell the rows apart, unless they are other parents, numbers, or told by the predicate
    SELECT NULLIF(relmap_internal.column_names(i.indrelid, array_agg(u.attnum ORDER BY u.n)), '{}') AS keyed_by,
           coalesce(bool_and(
               relmap_internal.is_key_column(i.indrelid, u.attnum)
               AND NOT (v.told IS NOT NULL
                        AND relmap_internal.column_names(i.indrelid, ARRAY[u.attnum]) <@ v.told)), true) AS fits
    FROM unnest((i.indkey::smallint[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS u (attnum, n)
    WHERE u.attnum <> ALL (f.conkey)) AS w
CROSS JOIN LATERAL (
    SELECT w.fits, w.keyed_by,
           (SELECT count(*) FROM pg_constraint o WHERE o.contype = 'f' AND o.conrelid = f.conrelid
            AND o.confrelid = f.confrelid AND o.conparentid = 0) AS siblings) AS x
CROSS JOIN LATERAL (
    SELECT relmap_internal.slot_name(c.relname, p.relname, v.told, coalesce(x.keyed_by, '{}'))) AS n (name)
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NOT NULL AND i.indexprs IS NULL AND NOT i.indnullsnotdistinct
  AND f.confrelid IN (SELECT t FROM relmap_internal.tables(schema) t)
  AND f.conrelid IN (SELECT t FROM relmap_internal.tables(NULL) t UNION SELECT t FROM relmap_internal.tables(schema) t)
  AND pg_has_role(p.relowner, 'USAGE') AND has_schema_privilege(p.relnamespace, 'CREATE')
  AND coalesce(to_jsonb(f) ->> 'conperiod', 'false') = 'false'
  AND NOT EXISTS (SELECT FROM relmap_internal.relationship r
                  WHERE r.source = f.confrelid AND r.target = f.conrelid AND r.condition IS NOT NULL
                    AND relmap_internal.slot_index(r.source, r.name) = i.indexrelid)
ORDER BY p.relname COLLATE "C", c.relname COLLATE "C", i.indexrelid;
END;
COMMENT ON FUNCTION relmap_internal.partial_uniques(name) IS
    'the partial unique indexes on foreign keys, with the attributes that they could be';

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

CREATE FUNCTION relmap_internal.automap_sides(schema name, dry_run boolean)
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
            reason := format('%s: name "%s" is taken', regexp_replace(item.unless, ': [^:]*$', ''), name);
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
                    condition => condition, keyed_by => keyed_by);
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
                || coalesce(', cascade => ' || quote_literal(s.cascade), '')
                || coalesce(', condition => ' || quote_literal(s.condition), '')
                || coalesce(', enforce => false, keyed_by => ' || quote_literal(s.keyed_by), '') || ');'
            WHEN s.kind = 'one-to-one' OR s.keyed_by IS NOT NULL THEN
                format('SELECT relmap.alter_relationship(%L, %L, %senforce => true);', s.source, s.name, s.fix)
       END
FROM relmap_internal.automap_sides(schema, coalesce(dry_run, false)) s
WHERE relmap_internal.schema_exists(schema::text)
ORDER BY s.kind = 'skipped', s.source::text COLLATE "C",
         array_position(ARRAY['many-to-one', 'one-to-one', 'one-to-many', 'many-to-many'], s.kind), s.name;
END;
COMMENT ON FUNCTION relmap.automap(name, boolean) IS
    'declare both sides of every foreign key of a schema, or of all schemas; adds accessors, but no '
    'constraint and no trigger. The column statement has the declaration (dry run), or what would enforce '
    'a single child, or why something is skipped';
