/* src/sql/names.sql */

--
-- Names: what tables, attributes and constraints are called, in English, and
-- only as much of it as tables are called by.
--

CREATE FUNCTION relmap_internal.plural(word text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN word ~* '(children|people|(^|_|wo)men|data|media|news|series|species|info|staff|equipment|history)$' THEN word
    WHEN word ~* 'child$' THEN word || 'ren'
    WHEN word ~* '(^|_)person$' THEN regexp_replace(word, 'erson$', 'eople', 'i')
    WHEN word ~* '(^|_|wo)man$' THEN regexp_replace(word, 'an$', 'en', 'i')
    WHEN word ~* '[a-z]sis$' THEN regexp_replace(word, 'is$', 'es', 'i')
    WHEN word ~* '(ss|[^n]us|(ali|canv|atl|bi)as|[^aeiou]is|x|z|ch|sh)$' THEN word || 'es'
    WHEN word ~* 's$' THEN word
    WHEN word ~* '[^aeiou]y$' THEN regexp_replace(word, 'y$', 'ies', 'i')
    WHEN word ~ '^[A-Z0-9_]*[A-Z]$' THEN word || 'S'
    WHEN word ~ '[a-zA-Z]$' THEN word || 's'
    ELSE word
END;
COMMENT ON FUNCTION relmap_internal.plural(text) IS
    'what a collection of rows of a table is called';

CREATE FUNCTION relmap_internal.singular(word text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN word ~* 'children$' THEN left(word, -3)
    WHEN word ~* '(^|_)people$' THEN regexp_replace(word, 'eople$', 'erson', 'i')
    WHEN word ~* '(^|_|wo)men$' THEN regexp_replace(word, 'en$', 'an', 'i')
    WHEN word ~* '(news|series|species|ss|[^n]us|is|(ali|canv|atl|bi)as)$' THEN word
    WHEN word ~* '(mov|cook|zomb|^t|^l|^p)ies$' THEN left(word, -1)
    WHEN word ~* '[^aeiou]ies$' THEN regexp_replace(word, 'ies$', 'y', 'i')
    WHEN word ~* '(analy|cri|the|diagno|empha|synop|paraly)ses$' THEN regexp_replace(word, 'es$', 'is', 'i')
    WHEN word ~* '(sses|shes|[^a]ches|xes|zzes|(stat|bon|vir|camp|cens|foc|radi|corp|^b|_b)uses|(ali|canv|atl|bi)ases)$'
        THEN left(word, -2)
    WHEN word ~* '[a-z]s$' THEN left(word, -1)
    ELSE word
END;
COMMENT ON FUNCTION relmap_internal.singular(text) IS
    'what one row of a table is called';

CREATE FUNCTION relmap_internal.stem(column_name text, referenced text, target text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN column_name ~* '._(id|uuid|guid|fk)$' THEN regexp_replace(column_name, '_[^_]*$', '')
    WHEN column_name ~ '[a-z0-9](Id|ID|Uuid|UUID|Guid|GUID|Fk|FK)$'
        THEN regexp_replace(column_name, '(Id|ID|Uuid|UUID|Guid|GUID|Fk|FK)$', '')
    WHEN column_name ~* '^(id|fk)_.' THEN regexp_replace(column_name, '^[^_]*_', '')
    WHEN lower(column_name) IN (lower(target) || 'id', lower(relmap_internal.singular(target)) || 'id')
        THEN left(column_name, -2)
    WHEN starts_with(reverse(column_name), reverse('_' || referenced)) AND length(column_name) > length(referenced) + 1
        THEN left(column_name, -1 - length(referenced))
    WHEN column_name = referenced THEN relmap_internal.singular(target)
END;
COMMENT ON FUNCTION relmap_internal.stem(text, text, text) IS
    'whom a foreign key''s column leads to: its name without "_id" or the like, null if it has none';

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

CREATE FUNCTION relmap_internal.fitting_name(base text, suffix text)
    RETURNS name LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    WHILE octet_length(base) + octet_length(suffix) > 63 LOOP
        base := left(base, -1);
    END LOOP;
    RETURN base || suffix;
END
$$;
COMMENT ON FUNCTION relmap_internal.fitting_name(text, text) IS
    'base and suffix as one name, with base cut where that would be too long';
