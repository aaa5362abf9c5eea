/* src/sql/names.sql */

--
-- Names: what tables, attributes and constraints are called, in English, and
-- only as much of it as tables are called by.
--
-- Of a name the last word counts: of "sales_order", "SalesOrder" and
-- "SALES_ORDER" that is "order".
--

CREATE FUNCTION relmap_internal.irregular_words()
    RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '{
    "plural": {
        "addendum": "addenda", "alias": "aliases", "api": "apis", "atlas": "atlases", "axis": "axes",
        "bacterium": "bacteria", "bias": "biases", "bonus": "bonuses", "bookshelf": "bookshelves",
        "bus": "buses", "calf": "calves", "canvas": "canvases", "cargo": "cargoes", "child": "children",
        "criterion": "criteria", "curriculum": "curricula", "dwarf": "dwarfs", "echo": "echoes", "elf": "elves",
        "epoch": "epochs", "foot": "feet", "gas": "gases", "genus": "genera", "goose": "geese",
        "half": "halves", "hero": "heroes", "iris": "irises", "knife": "knives", "leaf": "leaves",
        "lens": "lenses", "life": "lives", "loaf": "loaves", "man": "men", "matrix": "matrices",
        "minus": "minuses", "mouse": "mice", "ox": "oxen", "person": "people", "phenomenon": "phenomena",
        "potato": "potatoes", "quiz": "quizzes", "scarf": "scarves", "self": "selves", "shelf": "shelves",
        "stomach": "stomachs", "tech": "techs", "thief": "thieves", "tomato": "tomatoes", "tooth": "teeth",
        "torpedo": "torpedoes", "venus": "venuses", "vertex": "vertices", "veto": "vetoes", "wife": "wives",
        "wolf": "wolves", "woman": "women"},
    "singular": {
        "aches": "ache", "addenda": "addendum", "aliases": "alias", "apis": "api", "appendices": "appendix",
        "atlases": "atlas", "axes": "axis", "bacteria": "bacterium", "biases": "bias", "bonuses": "bonus",
        "bookshelves": "bookshelf", "brownies": "brownie", "buses": "bus", "caches": "cache",
        "calories": "calorie", "calves": "calf", "canvases": "canvas", "cargoes": "cargo", "children": "child",
        "cookies": "cookie", "criteria": "criterion", "curricula": "curriculum", "dwarfs": "dwarf",
        "echoes": "echo", "elves": "elf", "emus": "emu", "epochs": "epoch", "feet": "foot", "gases": "gas",
        "geese": "goose", "genera": "genus", "genies": "genie", "gurus": "guru", "halves": "half",
        "headaches": "headache", "heroes": "hero", "hoodies": "hoodie", "indices": "index", "irises": "iris",
        "knives": "knife", "leaves": "leaf", "lenses": "lens", "lives": "life", "loaves": "loaf",
        "matrices": "matrix", "men": "man", "menus": "menu", "mice": "mouse", "minuses": "minus",
        "movies": "movie", "oxen": "ox", "people": "person", "phenomena": "phenomenon", "potatoes": "potato",
        "quizzes": "quiz", "rookies": "rookie", "scarves": "scarf", "schemata": "schema", "selfies": "selfie",
        "selves": "self", "shelves": "shelf", "skis": "ski", "stomachs": "stomach", "taxis": "taxi",
        "techs": "tech", "teeth": "tooth", "thieves": "thief", "tomatoes": "tomato", "torpedoes": "torpedo",
        "venuses": "venus", "vertices": "vertex", "vetoes": "veto", "wives": "wife", "wolves": "wolf",
        "women": "woman", "zombies": "zombie"},
    "both": [
        "chassis", "cms", "data", "deer", "dns", "equipment", "ethics", "feedback", "fish", "gps", "hardware",
        "headquarters", "history", "https", "info", "information", "logistics", "mathematics", "means", "media",
        "metadata", "money", "news", "payroll", "physics", "politics", "pos", "series", "sheep", "sms",
        "software", "species", "staff", "statistics", "sys", "tls", "vps"]
    }'::jsonb;
COMMENT ON FUNCTION relmap_internal.irregular_words() IS
    'English nouns with an irregular plural, and those whose plural is the same as the singular';

CREATE FUNCTION relmap_internal.with_last_word(name text, word text, other text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN left(name, length(name) - length(word))
    || CASE WHEN name = upper(name) THEN upper(other)
            WHEN starts_with(other, lower(word)) THEN word || substr(other, length(word) + 1)
            WHEN starts_with(lower(word), other) THEN left(word, length(other))
            WHEN left(word, 1) = upper(left(word, 1)) THEN upper(left(other, 1)) || substr(other, 2)
            ELSE other END;
COMMENT ON FUNCTION relmap_internal.with_last_word(text, text, text) IS
    'a name with another last word, in the letter case of the old one';

CREATE FUNCTION relmap_internal.plural(name text)
    RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last  text := substring(name from '(?:[[:upper:]]{2,}s?|[[:upper:]]?[[:lower:]]+|[[:upper:]])$');
    word  text := lower(last);
    words jsonb := relmap_internal.irregular_words();
    other text := words -> 'plural' ->> word;
BEGIN
    IF word IS NULL OR words -> 'both' ? word OR words -> 'singular' ? word THEN
        RETURN name;
    ELSIF other IS NULL THEN
        other := CASE
            WHEN word ~ '(children|people|(sales|work|post|police|fore|chair)men|shelves)$' THEN word
            WHEN word ~ 'child$' THEN word || 'ren'
            WHEN word ~ 'person$' THEN regexp_replace(word, 'erson$', 'eople')
            WHEN word ~ '(sales|work|post|police|fore|chair)man$' THEN regexp_replace(word, 'an$', 'en')
            WHEN word ~ '.shelf$' THEN regexp_replace(word, 'f$', 'ves')
            WHEN word ~ 'sis$' THEN regexp_replace(word, 'is$', 'es')
            WHEN word ~ '(ss|[^n]us|[^aeiou]is|x|z|ch|sh)$' THEN word || 'es'
            WHEN word ~ 's$' THEN word
            WHEN word ~ '[^aeiou]y$' THEN regexp_replace(word, 'y$', 'ies')
            ELSE word || 's' END;
    END IF;
    RETURN relmap_internal.with_last_word(name, last, other);
END
$$;
COMMENT ON FUNCTION relmap_internal.plural(text) IS
    'the name for a collection of rows of a table';

CREATE FUNCTION relmap_internal.singular(name text)
    RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last  text := substring(name from '(?:[[:upper:]]{2,}s?|[[:upper:]]?[[:lower:]]+|[[:upper:]])$');
    word  text := lower(last);
    words jsonb := relmap_internal.irregular_words();
    other text := words -> 'singular' ->> word;
BEGIN
    IF word IS NULL OR words -> 'both' ? word OR words -> 'plural' ? word THEN
        RETURN name;
    ELSIF other IS NULL THEN
        other := CASE
            WHEN word ~ 'children$' THEN left(word, -3)
            WHEN word ~ 'people$' THEN regexp_replace(word, 'eople$', 'erson')
            WHEN word ~ '(sales|work|post|police|fore|chair)men$' THEN regexp_replace(word, 'en$', 'an')
            WHEN word ~ '.shelves$' THEN regexp_replace(word, 'ves$', 'f')
            WHEN word ~ '(ss|[^n]us|is)$' THEN word
            WHEN word ~ '^[a-z]ies$' THEN left(word, -1)
            WHEN word ~ '[^aeiou]ies$' THEN regexp_replace(word, 'ies$', 'y')
            WHEN word ~ '(analy|cri|the|diagno|empha|synop|paraly|oa|progno)ses$' THEN regexp_replace(word, 'es$', 'is')
            WHEN word ~ '(ss|sh|[^a]ch|x|zz)es$' THEN left(word, -2)
            WHEN word ~ '(stat|vir|camp|cens|foc|radi|corp|prospect|apparat|chor|octop|minib|syllab)uses$'
                THEN left(word, -2)
            WHEN word ~ '[[:alpha:]]s$' THEN left(word, -1)
            ELSE word END;
    END IF;
    RETURN relmap_internal.with_last_word(name, last, other);
END
$$;
COMMENT ON FUNCTION relmap_internal.singular(text) IS
    'the name for one row of a table';

CREATE FUNCTION relmap_internal.stem(column_name text, referenced text, target text)
    RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN column_name ~* '._(id|uuid|guid|fk)$' THEN regexp_replace(column_name, '_[^_]*$', '')
        WHEN column_name ~ '[a-z0-9](Id|ID|Uuid|UUID|Guid|GUID|Fk|FK)$'
            THEN regexp_replace(column_name, '(Id|ID|Uuid|UUID|Guid|GUID|Fk|FK)$', '')
        WHEN column_name ~* '^(id|fk)_.' THEN regexp_replace(column_name, '^[^_]*_', '')
        WHEN lower(column_name) IN (lower(target) || 'id', lower(relmap_internal.singular(target)) || 'id')
            THEN left(column_name, -2)
        WHEN starts_with(reverse(column_name), reverse('_' || referenced))
            AND length(column_name) > length(referenced) + 1
            THEN left(column_name, -1 - length(referenced))
        WHEN column_name = referenced THEN relmap_internal.singular(target)
        -- "fromcurrencycode" where "currencycode" of currency is referenced
        WHEN referenced ~* '.(code|key|no|nr|number)$'
            AND lower(regexp_replace(referenced, '_?(code|key|no|nr|number)$', '', 'i'))
                = lower(relmap_internal.singular(target))
            AND right(lower(column_name), length(referenced)) = lower(referenced)
            THEN regexp_replace(column_name, '_?(code|key|no|nr|number)$', '', 'i')
        -- "billtoaddressid" where "addressid" is referenced, or "id"
        WHEN column_name ~ '[a-z]id$' AND referenced ~ '(^|[a-z])id$' THEN left(column_name, -2)
    END;
END
$$;
COMMENT ON FUNCTION relmap_internal.stem(text, text, text) IS
    'the name of a foreign key''s column without "_id" or the like; NULL if it does not end so';

CREATE FUNCTION relmap_internal.spelled_out(role text, target text, one text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT regexp_replace(role, '(^|_)' || w.initials || '$', E'\\1' || one)
        FROM (SELECT string_agg(left(word, 1), '')
              FROM regexp_split_to_table(target, '_') AS word) AS w (initials)
        WHERE target ~ '^[a-z]+(_[a-z]+)+$' AND role ~ ('(^|_)' || w.initials || '$'));
COMMENT ON FUNCTION relmap_internal.spelled_out(text, text, text) IS
    'a role that ends with its table''s initials, with what one row of the table is called in their place: '
    'billing_ou of org_unit is billing_org_unit; null for any other';

CREATE FUNCTION relmap_internal.fitting_name(base text, suffix text)
    RETURNS name
    AS 'MODULE_PATHNAME', 'relmap_fitting_name' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION relmap_internal.fitting_name(text, text) IS
    'base and suffix as one name; base is cut if that would be too long, and suffix too if need be';
