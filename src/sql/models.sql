/* src/sql/models.sql */

--
-- relmap.models(): a module of models.
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
            word := regexp_replace(normalize(word, NFKD), '[\u0300-\u036F]', '', 'g');
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
                              '^postgresql\.ARRAY\((postgresql\.ARRAY\(.*\))\)$', '\1');
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

CREATE TYPE relmap_internal.mapped_table AS (relation oid, nspname name, relname text, key smallint[],
    is_primary boolean);
COMMENT ON TYPE relmap_internal.mapped_table IS
    'a table in a module of models, and the columns that identify its rows';

CREATE TYPE relmap_internal.mapped_side AS (
    relation oid, name text, target oid, direction text, uselist boolean, cascade text, order_by text,
    doc text, info jsonb, options jsonb, partner text, child oid, child_columns text[], parent oid,
        parent_columns text[],
    far_columns text[], far_child_columns text[], on_delete "char", choose boolean,
    target_is_class boolean, child_is_class boolean, condition text, condition_values text[], keyed_by text[],
    single_parent boolean, shared_by text[]);
COMMENT ON TYPE relmap_internal.mapped_side IS
    'a relationship in a module of models, and what it depends on';

CREATE FUNCTION relmap_internal.mapped_tables(schema name)
    RETURNS SETOF relmap_internal.mapped_table
    LANGUAGE sql STABLE SET jit = off
BEGIN ATOMIC
SELECT c.oid, n.nspname, c.relname::text, i.key, i.is_primary
FROM relmap_internal.tables(schema) t
JOIN pg_class c ON c.oid = t
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT (i.indkey::smallint[])[0:i.indnkeyatts - 1] AS key, i.indisprimary AS is_primary
    FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attnotnull
                      AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1]))
    ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS i ON true
WHERE NOT (SELECT a.is_tool FROM relmap_internal.any_table a WHERE a.relation = c.oid)
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C";
END;
COMMENT ON FUNCTION relmap_internal.mapped_tables(name) IS
    'the tables in a module of models';

-- Nested loops are a last resort here, as in automap.sql.
CREATE FUNCTION relmap_internal.mapped_sides(schema name)
    RETURNS SETOF relmap_internal.mapped_side
    LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off
BEGIN ATOMIC
WITH mapped AS MATERIALIZED (
    SELECT t.relation, t.key IS NOT NULL AS is_class
    FROM relmap_internal.mapped_tables(schema) t
), between AS MATERIALIZED (
    -- how many keys join two tables
    SELECT least(k.conrelid, k.confrelid) AS one, greatest(k.conrelid, k.confrelid) AS other, count(*) AS keys
    FROM pg_constraint k
    WHERE k.contype = 'f' AND k.conparentid = 0
    GROUP BY 1, 2
), side AS MATERIALIZED (
    SELECT r.source::oid AS relation, r.name::text, r.target::oid, r.direction, r.uselist, r.cascade, r.order_by,
        r.doc, r.info,
           -- what SQLAlchemy has no word for
           nullif(jsonb_strip_nulls(jsonb_build_object(
               'on_replace', CASE WHEN r.condition IS NOT NULL
                                       OR r.on_replace <> CASE WHEN r.keyed_by IS NOT NULL THEN 'restrict'
                                                               WHEN r.direction = 'MANYTOMANY'
                                                                    OR r.cascade ~ 'delete-orphan'
                                                               THEN 'delete' ELSE 'nullify' END
                                  THEN r.on_replace END,
               'condition', r.condition,
               -- of several attributes for a parent's children, one is the other side
               'back_populates', CASE WHEN o.name IS NULL AND r.condition IS NOT NULL THEN r.back_populates END,
               'keyed_by', CASE WHEN cardinality(r.keyed_by) > 1 OR r.condition IS NOT NULL THEN r.keyed_by::text[] END,
               'enforce', CASE WHEN NOT r.enforce THEN false END,
               'required', CASE WHEN r.required THEN true END,
               'accessor', CASE WHEN NOT r.accessor THEN false END)), '{}') AS options,
           CASE WHEN t.is_class THEN o.name::text END AS partner,
           f.conrelid AS child, relmap_internal.column_names(f.conrelid, f.conkey) AS child_columns,
           f.confrelid AS parent, relmap_internal.column_names(f.confrelid, f.confkey) AS parent_columns,
           coalesce(relmap_internal.column_names(x.confrelid, x.confkey), '{}') AS far_columns,
           coalesce(relmap_internal.column_names(x.conrelid, x.conkey), '{}') AS far_child_columns,
           f.confdeltype AS on_delete,
           r.source = r.target
           OR r.direction = 'MANYTOMANY' AND coalesce(n.keys, 0) + coalesce(m.keys, 0) > 2
           OR r.direction <> 'MANYTOMANY' AND b.keys > 1 AS choose,
           t.is_class AS target_is_class, c.is_class AS child_is_class, r.condition,
           CASE WHEN r.condition IS NOT NULL
               THEN relmap_internal.condition_values(r.source, r.name) END AS condition_values,
           r.keyed_by::text[],
           coalesce(r.single_parent, false) AS single_parent
    FROM relmap_internal.relationship r
    JOIN pg_constraint f ON f.contype = 'f' AND f.conparentid = 0 AND f.conname = r.foreign_key
        AND f.conrelid = relmap_internal.child_of(r)
    LEFT JOIN pg_constraint x ON x.contype = 'f' AND x.conparentid = 0 AND x.conname = r.secondary_key
        AND x.conrelid = r.secondary
    LEFT JOIN relmap_internal.relationship o ON o.source = r.target AND o.name = r.back_populates
        AND o.back_populates = r.name
    JOIN mapped s ON s.relation = r.source AND s.is_class
    JOIN mapped t ON t.relation = r.target
    LEFT JOIN between b ON b.one = least(r.source::oid, r.target::oid) AND b.other = greatest(r.source::oid,
        r.target::oid)
    LEFT JOIN between n ON n.one = least(r.source::oid, r.secondary::oid) AND n.other = greatest(r.source::oid,
        r.secondary::oid)
        AND r.secondary IS NOT NULL
    LEFT JOIN between m ON m.one = least(r.target::oid, r.secondary::oid) AND m.other = greatest(r.target::oid,
        r.secondary::oid)
        AND r.secondary IS NOT NULL
    JOIN mapped c ON c.relation = f.conrelid
    WHERE (r.direction <> 'MANYTOMANY' OR x.oid IS NOT NULL)
), shared AS (
    -- others, but for the other side, that write one of its columns
    SELECT a.relation, a.name, array_agg(DISTINCT b.relation || '.' || b.name) AS shared_by
    FROM side a
    JOIN side b ON b.child = a.child AND (b.relation, b.name) <> (a.relation, a.name)
        AND a.condition IS NULL AND b.condition IS NULL
        AND (b.relation, b.name) IS DISTINCT FROM (a.target, a.partner)
        AND (b.child_columns && a.child_columns OR b.child_columns && a.far_child_columns
             OR b.far_child_columns && a.child_columns OR b.far_child_columns && a.far_child_columns)
    GROUP BY a.relation, a.name
)
SELECT s.*, h.shared_by
FROM side s
LEFT JOIN shared h ON h.relation = s.relation AND h.name = s.name
ORDER BY s.relation, s.name COLLATE "C";
END;
COMMENT ON FUNCTION relmap_internal.mapped_sides(name) IS
    'the relationships in a module of models';

CREATE FUNCTION relmap_internal.mapped_names(tables relmap_internal.mapped_table[], sides relmap_internal.mapped_side[],
                                             default_schema name)
    RETURNS jsonb
    LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off
BEGIN ATOMIC
WITH class AS MATERIALIZED (
    SELECT t.n, t.relation, t.nspname, t.key IS NOT NULL AS is_class,
           CASE WHEN t.key IS NULL THEN 't_' || relmap_internal.python_name(t.relname)
                ELSE (SELECT CASE string_agg(upper(left(p, 1)) || substr(p, 2), '' ORDER BY n) WHEN '' THEN 'Model'
                             ELSE relmap_internal.python_name(string_agg(upper(left(p, 1)) || substr(p, 2), ''
                                 ORDER BY n)) END
                      FROM string_to_table(relmap_internal.python_name(relmap_internal.singular(t.relname)), '_')
                           WITH ORDINALITY AS s (p, n)) END AS word
    FROM unnest(tables) WITH ORDINALITY AS t (relation, nspname, relname, key, is_primary, n)
), qualified AS (
    -- of one name in several schemas, that of the default schema has it alone
    SELECT c.n, c.relation, c.is_class,
           CASE WHEN c.nspname = default_schema OR NOT c.is_class
                     OR min(c.nspname::text) OVER (PARTITION BY c.word) = max(c.nspname::text) OVER (PARTITION BY
                         c.word)
                THEN c.word
                ELSE relmap_internal.python_name(initcap(c.nspname) || c.word) END AS word
    FROM class c
), classes AS (
    SELECT array_agg(q.relation ORDER BY q.n) AS relations,
           -- the first is what the module has
           (relmap_internal.distinct_words(array_prepend('Base', array_agg(q.word ORDER BY q.n))))[2:] AS words
    FROM qualified q
), member AS MATERIALIZED (
    SELECT t.relation, t.relation || ' ' || a.attname AS id, a.attname::text AS name, a.attnum::int AS n
    FROM unnest(tables) t
    JOIN pg_attribute a ON a.attrelid = t.relation AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT s.relation, s.relation || '.' || s.name, s.name,
           10000 + row_number() OVER (PARTITION BY s.relation ORDER BY s.name COLLATE "C")
    FROM unnest(sides) s
), members AS (
    SELECT array_agg(m.id ORDER BY m.n) AS ids,
           relmap_internal.distinct_words(array_agg(relmap_internal.python_name(m.name) ORDER BY m.n)) AS words
    FROM member m
    GROUP BY m.relation
), named (id, word) AS (
    SELECT u.id::text, u.word FROM classes c, unnest(c.relations, c.words) AS u (id, word)
    UNION ALL
    SELECT q.relation || '.', 'class' FROM qualified q WHERE q.is_class
    UNION ALL
    SELECT u.id, u.word FROM members m, unnest(m.ids, m.words) AS u (id, word)
)
SELECT coalesce(jsonb_object_agg(n.id, n.word), '{}') FROM named n WHERE n.id IS NOT NULL;
END;
COMMENT ON FUNCTION relmap_internal.mapped_names(relmap_internal.mapped_table[], relmap_internal.mapped_side[], name) IS
    'the names of tables (by their OID), columns ("OID name") and attributes ("OID.name") in a module of '
    'models; "OID." is there if the table has a class';

CREATE FUNCTION relmap_internal.model_columns(model relmap_internal.mapped_table, names jsonb, default_schema name)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((
            SELECT string_agg(
                CASE WHEN model.key IS NULL THEN '    ' ELSE '    ' || (names ->> (model.relation || ' '
                    || a.attname)) || ' = ' END
                || 'sa.Column('
                || CASE WHEN model.key IS NULL OR names ->> (model.relation || ' ' || a.attname) <> a.attname
                        THEN relmap_internal.python_string(a.attname) || ', ' ELSE '' END
                || relmap_internal.python_type(a.atttypid, a.atttypmod, default_schema)
                || CASE WHEN model.is_primary AND a.attnum = ANY (model.key) THEN ', primary_key=True'
                        WHEN a.attnotnull THEN ', nullable=False' ELSE '' END
                || CASE WHEN a.atthasdef OR a.attidentity <> '' THEN ', server_default=sa.FetchedValue()' ELSE '' END
                || CASE WHEN a.attgenerated <> '' THEN ', server_onupdate=sa.FetchedValue()' ELSE '' END
                || CASE WHEN model.key IS NULL THEN E'),\n' ELSE E')\n' END, '' ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = model.relation AND a.attnum > 0 AND NOT a.attisdropped), '');
END
$$;
COMMENT ON FUNCTION relmap_internal.model_columns(relmap_internal.mapped_table, jsonb, name) IS
    'the columns of a model';

CREATE FUNCTION relmap_internal.model_constraints(model relmap_internal.mapped_table, names jsonb, default_schema name,
                                                  OUT inside text, OUT outside text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    item record;
    word text;
BEGIN
    -- a name with a dot cannot stand in a string
    inside := '';
    outside := '';
    FOR item IN
            SELECT c.*, c.contype = 'f' AND concat(n.nspname, p.relname,
                array_to_string(relmap_internal.column_names(c.confrelid, c.confkey), '')) ~ '\.' AS dotted,
                   relmap_internal.column_names(c.conrelid, c.conkey) AS columns,
                       relmap_internal.column_names(c.confrelid, c.confkey) AS referenced,
                   n.nspname, p.relname
            FROM pg_constraint c
            LEFT JOIN pg_class p ON p.oid = c.confrelid
            LEFT JOIN pg_namespace n ON n.oid = p.relnamespace
            WHERE c.conrelid = model.relation AND c.conparentid = 0
              AND (c.contype = 'u' OR c.contype = 'f' AND names ? c.confrelid::text)
            ORDER BY c.contype, c.conname COLLATE "C"
    LOOP
        word := CASE WHEN item.contype = 'u'
            THEN pg_catalog.format('sa.UniqueConstraint(%s, name=%s',
                btrim(relmap_internal.python_strings(item.columns), '[]'),
                                   relmap_internal.python_string(item.conname))
            ELSE pg_catalog.format('sa.ForeignKeyConstraint(%s, [%s], name=%s',
                relmap_internal.python_strings(item.columns),
                (SELECT string_agg(CASE WHEN item.dotted
                            THEN pg_catalog.format(CASE WHEN names ? (item.confrelid || '.') THEN '%s.__table__.c[%s]'
                                ELSE '%s.c[%s]' END,
                                                   names ->> item.confrelid::text,
                                                       relmap_internal.python_string(u.name))
                            ELSE relmap_internal.python_string(concat_ws('.', nullif(item.nspname, default_schema),
                                item.relname, u.name)) END, ', ' ORDER BY u.n)
                 FROM unnest(item.referenced) WITH ORDINALITY AS u (name, n)),
                relmap_internal.python_string(item.conname))
                || CASE item.confdeltype WHEN 'c' THEN ', ondelete="CASCADE"' WHEN 'n' THEN ', ondelete="SET NULL"'
                       WHEN 'd' THEN ', ondelete="SET DEFAULT"' WHEN 'r' THEN ', ondelete="RESTRICT"' ELSE '' END
                || CASE item.confupdtype WHEN 'c' THEN ', onupdate="CASCADE"' WHEN 'n' THEN ', onupdate="SET NULL"'
                       WHEN 'd' THEN ', onupdate="SET DEFAULT"' WHEN 'r' THEN ', onupdate="RESTRICT"' ELSE '' END END
            || CASE WHEN item.condeferrable THEN ', deferrable=True' ELSE '' END
            || CASE WHEN item.condeferred THEN ', initially="DEFERRED"' ELSE '' END || ')';
        IF item.dotted THEN
            outside := outside || E'\n' || (names ->> model.relation::text)
                || CASE WHEN model.key IS NULL THEN '' ELSE '.__table__' END || '.append_constraint(' || word || ')';
        ELSE
            inside := inside || '        ' || word || E',\n';
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION relmap_internal.model_constraints(relmap_internal.mapped_table, jsonb, name) IS
    'the constraints of a model: those within it, and those that follow all models';

CREATE FUNCTION relmap_internal.model_condition(item relmap_internal.mapped_side, names jsonb)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF item.condition_values IS NULL THEN
        RETURN pg_catalog.format('sa.text(%s)', replace(relmap_internal.python_string(item.condition), ':', '\\:'));
    END IF;
    RETURN (
        SELECT string_agg(pg_catalog.format(
                   CASE item.condition_values[n + 1] WHEN 'true' THEN 'sa.orm.remote(%1$s.%2$s)'
                       WHEN 'false' THEN 'sa.not_(sa.orm.remote(%1$s.%2$s))'
                       WHEN 'NULL' THEN 'sa.orm.remote(%1$s.%2$s).is_(None)'
                       ELSE 'sa.orm.remote(%1$s.%2$s) == sa.literal_column(%3$s)' END,
                   names ->> item.target::text, names ->> (item.target || ' ' || item.condition_values[n]),
                   relmap_internal.python_string(item.condition_values[n + 1])), ', ' ORDER BY n)
        FROM generate_series(1, cardinality(item.condition_values), 2) AS n);
END
$$;
COMMENT ON FUNCTION relmap_internal.model_condition(relmap_internal.mapped_side, jsonb) IS
    'the condition of a relationship, as SQLAlchemy writes it';

CREATE FUNCTION relmap_internal.model_join(item relmap_internal.mapped_side, names jsonb)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    options text;
BEGIN
    -- only some of the children: it reads, as SQLAlchemy would not set what the condition is about
    IF item.condition IS NOT NULL THEN
        RETURN pg_catalog.format(', primaryjoin=lambda: sa.and_(%s, %s), viewonly=True',
            (SELECT string_agg(pg_catalog.format('%s.%s == sa.orm.foreign(sa.orm.remote(%s.%s))',
                        names ->> item.parent::text, names ->> (item.parent || ' ' || u.p),
                        names ->> item.child::text, names ->> (item.child || ' ' || u.c)), ', ' ORDER BY u.n)
             FROM unnest(item.parent_columns, item.child_columns) WITH ORDINALITY AS u (p, c, n)),
            relmap_internal.model_condition(item, names));
    END IF;
    options := CASE WHEN item.direction = 'MANYTOMANY' THEN pg_catalog.format(', secondary=lambda: %s%s',
                        names ->> item.child::text, CASE WHEN item.child_is_class THEN '.__table__' ELSE '' END)
                    ELSE '' END;
    IF item.choose AND item.direction = 'MANYTOMANY' THEN
        options := options || pg_catalog.format(', primaryjoin=lambda: sa.and_(%s), secondaryjoin=lambda: sa.and_(%s)',
            (SELECT string_agg(pg_catalog.format(CASE WHEN item.child_is_class THEN '%s.%s == %s.__table__.c[%s]'
                ELSE '%s.%s == %s.c[%s]' END,
                        names ->> item.relation::text, names ->> (item.relation || ' ' || u.p),
                            names ->> item.child::text,
                        relmap_internal.python_string(u.c)), ', ' ORDER BY u.n)
             FROM unnest(item.parent_columns, item.child_columns) WITH ORDINALITY AS u (p, c, n)),
            (SELECT string_agg(pg_catalog.format(CASE WHEN item.child_is_class THEN '%s.%s == %s.__table__.c[%s]'
                ELSE '%s.%s == %s.c[%s]' END,
                        names ->> item.target::text, names ->> (item.target || ' ' || u.p), names ->> item.child::text,
                        relmap_internal.python_string(u.c)), ', ' ORDER BY u.n)
             FROM unnest(item.far_columns, item.far_child_columns) WITH ORDINALITY AS u (p, c, n)));
    ELSIF item.choose THEN
        options := options || pg_catalog.format(CASE WHEN cardinality(item.child_columns) = 1
            THEN ', primaryjoin=lambda: %s, foreign_keys=lambda: [%s]'
                 ELSE ', primaryjoin=lambda: sa.and_(%s), foreign_keys=lambda: [%s]' END,
            (SELECT string_agg(pg_catalog.format('%s.%s == %s.%s',
                        names ->> item.parent::text, names ->> (item.parent || ' ' || u.p),
                        names ->> item.child::text, names ->> (item.child || ' ' || u.c)), ', ' ORDER BY u.n)
             FROM unnest(item.parent_columns, item.child_columns) WITH ORDINALITY AS u (p, c, n)),
            (SELECT string_agg((names ->> item.child::text) || '.' || (names ->> (item.child || ' ' || u.c)), ', '
                ORDER BY u.n)
             FROM unnest(item.child_columns) WITH ORDINALITY AS u (c, n)));
        IF item.child = item.parent THEN
            options := options || pg_catalog.format(', remote_side=lambda: [%s]',
                (SELECT string_agg((names ->> item.child::text) || '.' || (names ->> (item.child || ' ' || u.c)), ', '
                    ORDER BY u.n)
                 FROM unnest(CASE item.direction WHEN 'MANYTOONE' THEN item.parent_columns ELSE item.child_columns END)
                      WITH ORDINALITY AS u (c, n)));
        END IF;
    END IF;
    RETURN options;
END
$$;
COMMENT ON FUNCTION relmap_internal.model_join(relmap_internal.mapped_side, jsonb) IS
    'which columns a relationship of a model joins, if that is not obvious';

CREATE FUNCTION relmap_internal.model_options(item relmap_internal.mapped_side, names jsonb)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(', back_populates=' || relmap_internal.python_string(names ->> (item.target || '.'
        || item.partner)), '')
        || CASE WHEN item.uselist OR item.direction = 'MANYTOONE' THEN '' ELSE ', uselist=False' END
        || CASE WHEN item.keyed_by IS NULL OR cardinality(item.keyed_by) > 1 THEN ''
                ELSE pg_catalog.format(', collection_class=attribute_keyed_dict(%s)',
                                       relmap_internal.python_string(
                                           names ->> (item.target || ' ' || item.keyed_by[1]))) END
        || CASE WHEN item.single_parent THEN ', single_parent=True' ELSE '' END
        || CASE WHEN item.cascade = 'save-update, merge' OR item.condition IS NOT NULL THEN ''
            ELSE ', cascade=' || relmap_internal.python_string(item.cascade) END
        -- what the database deletes or sets by itself
        || CASE WHEN item.direction <> 'ONETOMANY' OR item.condition IS NOT NULL THEN ''
                WHEN item.cascade ~ '\mdelete\M' OR item.on_delete IN ('n', 'd') THEN ', passive_deletes=True'
                WHEN item.on_delete = 'c' THEN ', passive_deletes="all"' ELSE '' END
        || coalesce(', order_by=lambda: [' || (
               SELECT string_agg((names ->> item.target::text) || '.'
                          || (names ->> (item.target || ' ' || CASE WHEN o[1] ~ '^"'
                              THEN replace(substr(o[1], 2, length(o[1]) - 2), '""', '"') ELSE o[1] END))
                          || CASE WHEN o[2] <> '' THEN '.desc()' ELSE '' END
                          || CASE o[3] WHEN ' NULLS FIRST' THEN '.nulls_first()' WHEN ' NULLS LAST'
                              THEN '.nulls_last()' ELSE '' END, ', ' ORDER BY n)
               FROM regexp_matches(item.order_by,
                   '((?:"(?:[^"]|"")*")|[^", ]+)((?: DESC)?)((?: NULLS (?:FIRST|LAST))?)(?:, |$)', 'g')
                    WITH ORDINALITY AS m (o, n)) || ']', '')
        || coalesce(', overlaps=' || relmap_internal.python_string((
               SELECT string_agg(DISTINCT (names ->> o) COLLATE "C", ',') FROM unnest(item.shared_by) AS o)), '')
        || coalesce(', doc=' || relmap_internal.python_string(item.doc), '')
        || CASE WHEN item.info IS NULL AND item.options IS NULL THEN ''
                WHEN item.info IS NULL THEN pg_catalog.format(', info={"relmap_options": {%s}}', (
                    SELECT string_agg(relmap_internal.python_string(o.key) || ': '
                               || CASE o.value::text WHEN 'true' THEN 'True' WHEN 'false' THEN 'False'
                                   ELSE o.value::text END,
                               ', ' ORDER BY o.key COLLATE "C")
                    FROM jsonb_each(item.options) AS o))
                ELSE pg_catalog.format(', info=json.loads(%s)', relmap_internal.python_string((
                    CASE WHEN jsonb_typeof(item.info) = 'object' THEN item.info
                         ELSE jsonb_build_object('relmap', item.info) END
                    || CASE WHEN item.options IS NULL THEN '{}'::jsonb
                            ELSE jsonb_build_object('relmap_options', item.options) END)::text)) END;
END
$$;
COMMENT ON FUNCTION relmap_internal.model_options(relmap_internal.mapped_side, jsonb) IS
    'the other options of a relationship of a model';

CREATE FUNCTION relmap_internal.model_relationships(sides relmap_internal.mapped_side[], names jsonb)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    item relmap_internal.mapped_side;
    body text := '';
BEGIN
    FOREACH item IN ARRAY coalesce(sides, '{}') LOOP
        IF item.target_is_class THEN
            body := body || format(E'    %s = relationship("%s"%s%s)\n', names ->> (item.relation || '.' || item.name),
                                   names ->> item.target::text, relmap_internal.model_join(item, names),
                                   relmap_internal.model_options(item, names));
        ELSE
            body := body || format(E'    # %s leads to a table without a key\n', names ->> (item.relation || '.'
                || item.name));
        END IF;
    END LOOP;
    RETURN body;
END
$$;
COMMENT ON FUNCTION relmap_internal.model_relationships(relmap_internal.mapped_side[], jsonb) IS
    'the relationships of a model';

CREATE FUNCTION relmap_internal.model(model relmap_internal.mapped_table, sides relmap_internal.mapped_side[],
    names jsonb, default_schema name, is_owned boolean,
    OUT body text, OUT tail text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    word          text := names ->> model.relation::text;
    options       text;
    relationships text;
    mapper_args   text;
BEGIN
    SELECT c.inside, c.outside INTO options, tail
    FROM relmap_internal.model_constraints(model, names, default_schema) c;
    IF model.key IS NULL THEN
        -- without a key it can be no class
        body := E'\n\n' || word || E' = sa.Table(\n    ' || relmap_internal.python_string(model.relname)
            || E',\n    Base.metadata,\n' || relmap_internal.model_columns(model, names, default_schema)
            || regexp_replace(options, '^    ', '', 'gn')
            || CASE WHEN model.nspname = default_schema THEN ''
                    ELSE '    schema=' || relmap_internal.python_string(model.nspname) || E',\n' END || E')\n';
        RETURN;
    END IF;

    IF model.nspname IS DISTINCT FROM default_schema THEN
        options := options || '        {"schema": ' || relmap_internal.python_string(model.nspname) || E'},\n';
    END IF;
    body := E'\n\nclass ' || word || E'(Base):\n    __tablename__ = ' || relmap_internal.python_string(model.relname)
        || CASE WHEN options <> '' THEN E'\n    __table_args__ = (\n' || options || '    )' ELSE '' END
        || E'\n\n' || relmap_internal.model_columns(model, names, default_schema);
    mapper_args := concat_ws(', ',
        CASE WHEN NOT model.is_primary THEN '"primary_key": ['
            || (SELECT string_agg(names ->> (model.relation || ' ' || c), ', ')
                FROM unnest(relmap_internal.column_names(model.relation, model.key)) AS c) || ']' END,
        -- the database may have deleted it, with its owner
        CASE WHEN is_owned THEN '"confirm_deleted_rows": False' END);
    IF mapper_args <> '' THEN
        body := body || '    __mapper_args__ = {' || mapper_args || E'}\n';
    END IF;
    relationships := relmap_internal.model_relationships(sides, names);
    IF relationships <> '' THEN
        body := body || E'\n' || relationships;
    END IF;
END
$$;
COMMENT ON FUNCTION relmap_internal.model(relmap_internal.mapped_table, relmap_internal.mapped_side[], jsonb, name,
    boolean) IS
    'a model, and what follows all models';

-- A custom plan would have a copy of all names in it, for each model.
CREATE FUNCTION relmap_internal.models(format text, schema name, default_schema name)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    tables relmap_internal.mapped_table[];
    sides  relmap_internal.mapped_side[];
    names  jsonb;
    body   text;
    tail   text;
BEGIN
    IF format IS DISTINCT FROM 'sqlalchemy' THEN
        PERFORM relmap_internal.refuse(coalesce('unrecognized models format "' || format || '"', 'format must not be null'),
                                       'The valid value is sqlalchemy.' || relmap_internal.schema_hint(format));
    END IF;

    tables := ARRAY(SELECT t FROM relmap_internal.mapped_tables(schema) t);
    sides := ARRAY(SELECT s FROM relmap_internal.mapped_sides(schema) s);
    names := relmap_internal.mapped_names(tables, sides, default_schema);

    SELECT string_agg(m.body, '' ORDER BY t.n), string_agg(m.tail, '' ORDER BY t.n) INTO body, tail
    FROM unnest(tables) WITH ORDINALITY AS t (relation, nspname, relname, key, is_primary, n)
    LEFT JOIN (
        SELECT s.relation, array_agg(s ORDER BY s.name COLLATE "C") AS own
        FROM unnest(sides) s
        GROUP BY s.relation) AS s ON s.relation = t.relation
    CROSS JOIN LATERAL relmap_internal.model((t.relation, t.nspname, t.relname, t.key,
        t.is_primary)::relmap_internal.mapped_table,
                                             s.own, names, default_schema,
        EXISTS (SELECT FROM unnest(sides) o
                WHERE o.target = t.relation AND o.single_parent AND o.cascade ~ '\mdelete\M')) AS m;
    RETURN '# Written by relmap.models().'
        || CASE WHEN EXISTS (SELECT FROM unnest(sides) s WHERE s.info IS NOT NULL) THEN E'\nimport json\n' ELSE '' END
        || E'\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n'
           'from sqlalchemy.orm import declarative_base, relationship\n'
        -- 1.4 has it by another name
        || CASE WHEN EXISTS (SELECT FROM unnest(sides) s WHERE cardinality(s.keyed_by) = 1)
                THEN E'\ntry:\n    from sqlalchemy.orm import attribute_keyed_dict\nexcept ImportError:\n'
                     '    from sqlalchemy.orm.collections import attribute_mapped_collection as attribute_keyed_dict\n'
                ELSE '' END
        || E'\nBase = declarative_base()\n'
        || coalesce(body, '') || coalesce(E'\n' || nullif(tail, '') || E'\n', '');
END
$$;
COMMENT ON FUNCTION relmap_internal.models(text, name, name) IS
    'does the work of relmap.models(); the default schema is that of the caller';

CREATE FUNCTION relmap.models(format text DEFAULT 'sqlalchemy', schema name DEFAULT NULL)
    RETURNS text LANGUAGE sql STABLE
RETURN relmap_internal.models(format, schema, coalesce(current_schema(), ''));
COMMENT ON FUNCTION relmap.models(text, name) IS
    'a module of models for the tables of a schema, or of all schemas, with the declared relationships: '
    '''sqlalchemy'', for SQLAlchemy 1.4 and later';
