/* src/sql/slots.sql */

--
-- The one child that a unique index means, by its predicate or by a further
-- column: what automap proposes with a condition or keyed_by.
--

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
                                 '^' || regexp_replace(relmap_internal.singular(parent), E'\\W', '', 'g') || '_', '');
BEGIN
    FOR i IN 1 .. cardinality(told) BY 2 LOOP
        word := lower(regexp_replace(told[i], '([a-z0-9])([A-Z])', E'\\1_\\2', 'g'));
        -- there is one for each key, and for each parent, anyway
        FOREACH whose IN ARRAY keys || relmap_internal.singular(parent) LOOP
            word := regexp_replace(word, '_(for|of|per|in)_' || lower(regexp_replace(whose, E'\\W', '', 'g')) || '$', '');
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
              CASE WHEN NOT x.fits THEN 'its other columns do not look like the keys of a collection; '
                                        'declare it with keyed_by and a name of your own'
                   WHEN x.keyed_by IS NULL THEN 'the predicate gives no good name; declare it with a name of your own'
                   ELSE format('the predicate gives no good name for a collection keyed by %s; '
                               'declare it with a name of your own', array_to_string(x.keyed_by, ', ')) END)
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
