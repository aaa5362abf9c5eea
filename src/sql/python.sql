/* src/sql/python.sql */

--
-- Names, strings and types as Python and SQLAlchemy write them.
--

CREATE FUNCTION relmap_internal.python_string(string text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
-- what JSON escapes, Python reads
RETURN to_json(string)::text;
COMMENT ON FUNCTION relmap_internal.python_string(text) IS
    'a string as a Python literal';

CREATE FUNCTION relmap_internal.python_strings(strings text[])
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT '[' || string_agg(relmap_internal.python_string(s.string), ', ' ORDER BY s.n) || ']'
        FROM unnest(strings) WITH ORDINALITY AS s (string, n));
COMMENT ON FUNCTION relmap_internal.python_strings(text[]) IS
    'an array of strings as a Python list';

CREATE FUNCTION relmap_internal.python_name(string text)
    RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    word text := string;
BEGIN
    IF word !~ '^[A-Za-z0-9_]+$' THEN
        IF getdatabaseencoding() = 'UTF8' THEN
            word := regexp_replace(normalize(word, NFKD), E'[\\u0300-\\u036F]', '', 'g');
        END IF;
        word := regexp_replace(word, '[^A-Za-z0-9_]', '_', 'g');
    END IF;
    IF word ~ '^([0-9]|__)' THEN
        RETURN 'x' || word;
    ELSIF word IN ('False', 'None', 'True', 'and', 'as', 'assert', 'async', 'await', 'break', 'class',
                   'continue', 'def', 'del', 'elif', 'else', 'except', 'finally', 'for', 'from', 'global', 'if',
                   'import', 'in', 'is', 'lambda', 'nonlocal', 'not', 'or', 'pass', 'raise', 'return', 'try',
                   'while', 'with', 'yield',
                   -- what the module and SQLAlchemy call by these names
                   'Base', 'declarative_base', 'json', 'postgresql', 'relationship', 'sa', 'metadata', 'registry') THEN
        RETURN word || '_';
    END IF;
    RETURN word;
END
$$;
COMMENT ON FUNCTION relmap_internal.python_name(text) IS
    'a name as a Python attribute can have it: letters without accents, digits and _';

CREATE FUNCTION relmap_internal.distinct_words(words text[])
    RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    result text[] := '{}';
    word   text;
    number int;
BEGIN
    IF (SELECT count(DISTINCT w) FROM unnest(words) AS w) = cardinality(words) THEN
        RETURN words;
    END IF;
    FOR i IN 1 .. cardinality(words) LOOP
        word := words[i];
        number := 1;
        WHILE word = ANY (result) LOOP
            number := number + 1;
            word := relmap_internal.python_name(words[i] || '_' || number);
        END LOOP;
        result := result || word;
    END LOOP;
    RETURN result;
END
$$;
COMMENT ON FUNCTION relmap_internal.distinct_words(text[]) IS
    'names for one Python scope; a number is added to a name that occurs again';

CREATE FUNCTION relmap_internal.python_type(type oid, typmod int, default_schema name)
    RETURNS text
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t pg_type;
BEGIN
    SELECT * INTO t FROM pg_type y WHERE y.oid = type;
    IF t.typtype = 'd' THEN
        RETURN relmap_internal.python_type(t.typbasetype, CASE WHEN typmod = -1 THEN t.typtypmod
            ELSE typmod END, default_schema);
    ELSIF t.typcategory = 'A' AND t.typelem <> 0 THEN
        -- of an array of a domain over an array there is one ARRAY, too
        RETURN regexp_replace(format('postgresql.ARRAY(%s)', relmap_internal.python_type(t.typelem, typmod,
            default_schema)),
                              E'^postgresql\\.ARRAY\\((postgresql\\.ARRAY\\(.*\\))\\)$', E'\\1');
    ELSIF t.typtype = 'e' THEN
        RETURN (SELECT format('postgresql.ENUM(%sname=%s%s, create_type=False)',
                              (SELECT string_agg(relmap_internal.python_string(e.enumlabel) || ', ', ''
                                  ORDER BY e.enumsortorder)
                               FROM pg_enum e WHERE e.enumtypid = type),
                              relmap_internal.python_string(t.typname),
                              CASE WHEN n.nspname = default_schema THEN ''
                                   ELSE ', schema=' || relmap_internal.python_string(n.nspname) END)
                FROM pg_namespace n WHERE n.oid = t.typnamespace);
    ELSIF t.typname = 'hstore' THEN
        RETURN 'postgresql.HSTORE()';
    ELSIF t.typnamespace <> 'pg_catalog'::regnamespace THEN
        RETURN 'sa.types.NullType()';
    END IF;
    RETURN CASE t.typname
        WHEN 'bool' THEN 'sa.Boolean()'
        WHEN 'int2' THEN 'sa.SmallInteger()'
        WHEN 'int4' THEN 'sa.Integer()'
        WHEN 'int8' THEN 'sa.BigInteger()'
        WHEN 'float4' THEN 'sa.REAL()'
        WHEN 'float8' THEN 'postgresql.DOUBLE_PRECISION()'
        WHEN 'numeric' THEN CASE WHEN typmod < 4 THEN 'sa.Numeric()'
            ELSE format('sa.Numeric(%s, %s)', (typmod - 4) >> 16 & 65535, ((typmod - 4 & 2047) # 1024) - 1024) END
        WHEN 'text' THEN 'sa.Text()'
        WHEN 'name' THEN 'sa.Text()'
        WHEN 'varchar' THEN CASE WHEN typmod < 4 THEN 'sa.String()' ELSE format('sa.String(%s)', typmod - 4) END
        WHEN 'bpchar' THEN CASE WHEN typmod < 4 THEN 'sa.CHAR()' ELSE format('sa.CHAR(%s)', typmod - 4) END
        WHEN 'char' THEN 'sa.CHAR(1)'
        WHEN 'bytea' THEN 'sa.LargeBinary()'
        WHEN 'date' THEN 'sa.Date()'
        WHEN 'time' THEN 'sa.Time()'
        WHEN 'timetz' THEN 'sa.Time(timezone=True)'
        WHEN 'timestamp' THEN 'sa.DateTime()'
        WHEN 'timestamptz' THEN 'sa.DateTime(timezone=True)'
        WHEN 'uuid' THEN 'postgresql.UUID(as_uuid=True)'
        WHEN 'bit' THEN format('postgresql.BIT(%s)', greatest(typmod, 1))
        WHEN 'varbit' THEN 'postgresql.BIT(varying=True)'
        ELSE CASE WHEN t.typname IN ('interval', 'json', 'jsonb', 'inet', 'cidr', 'macaddr', 'money', 'oid',
            'regclass', 'tsvector',
                      'int4range', 'int8range', 'numrange', 'daterange', 'tsrange', 'tstzrange')
                  THEN format('postgresql.%s()', upper(t.typname))
                  ELSE 'sa.types.NullType()' END
    END;
END
$$;
COMMENT ON FUNCTION relmap_internal.python_type(oid, int, name) IS
    'a type as SQLAlchemy writes it';
