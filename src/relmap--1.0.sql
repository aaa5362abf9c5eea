/* src/relmap--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION relmap" to load this file. \quit

-- The schema is a member of the extension (the control file says pg_catalog),
-- so that it belongs to nobody else and goes with DROP EXTENSION.
CREATE SCHEMA relmap;
GRANT USAGE ON SCHEMA relmap TO PUBLIC;
COMMENT ON SCHEMA relmap IS 'relationships kept by the database';

--
-- Declarations
--

CREATE TABLE relmap.relationship (
    source          regclass NOT NULL,
    name            name     NOT NULL,
    target          regclass NOT NULL,
    direction       text     NOT NULL
                    CHECK (direction IN ('ONETOMANY', 'MANYTOONE', 'MANYTOMANY')),
    uselist         boolean  NOT NULL,
    back_populates  name,
    foreign_key     name     NOT NULL,
    foreign_columns name[]   NOT NULL,
    secondary       regclass,
    secondary_key   name,
    cascade         text     NOT NULL,
    on_replace      text     CHECK (on_replace IN ('nullify', 'delete', 'restrict')),
    order_by        text,
    enforce         boolean  NOT NULL,
    own_constraint  name,
    accessor        boolean  NOT NULL,
    doc             text,
    info            jsonb,
    PRIMARY KEY (source, name),
    CHECK ((on_replace IS NOT NULL) = (direction <> 'MANYTOONE' AND NOT uselist)),
    CHECK ((secondary IS NOT NULL) = (direction = 'MANYTOMANY')),
    CHECK ((secondary_key IS NOT NULL) = (direction = 'MANYTOMANY'))
);
COMMENT ON TABLE relmap.relationship IS 'declared relationships, one row per attribute';

-- A row whose tables are not in the dump would make the whole restore fail.
SELECT pg_catalog.pg_extension_config_dump('relmap.relationship', $$
    WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = source AND c.relpersistence <> 't')
      AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = target)
      AND (secondary IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = secondary))$$);

-- Whoever owns the source table may insert, so that any owner can restore his
-- dump; the functions below write it in C, past all rights.
GRANT SELECT, INSERT ON relmap.relationship TO PUBLIC;

CREATE FUNCTION relmap.accept_relationship() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_accept_relationship' LANGUAGE C;
COMMENT ON FUNCTION relmap.accept_relationship() IS
    'row trigger of relmap.relationship: accepts a row from the owner of its source table only, and own_constraint from the owner of the table that has the foreign key';

CREATE TRIGGER accept BEFORE INSERT ON relmap.relationship
    FOR EACH ROW EXECUTE FUNCTION relmap.accept_relationship();

CREATE FUNCTION relmap.relationship(
    source          regclass,
    name            text,
    target          regclass,
    uselist         boolean  DEFAULT NULL,
    back_populates  text     DEFAULT NULL,
    backref         text     DEFAULT NULL,
    foreign_keys    text[]   DEFAULT NULL,
    remote_side     text[]   DEFAULT NULL,
    secondary       regclass DEFAULT NULL,
    cascade         text     DEFAULT NULL,
    on_replace      text     DEFAULT NULL,
    order_by        text     DEFAULT NULL,
    enforce         boolean  DEFAULT NULL,
    accessor        boolean  DEFAULT NULL,
    doc             text     DEFAULT NULL,
    info            jsonb    DEFAULT NULL
) RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_relationship' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.relationship(regclass, text, regclass, boolean, text, text, text[], text[], regclass, text, text, text, boolean, boolean, text, jsonb) IS
    'declare a relationship on a foreign key between source and target';

CREATE FUNCTION relmap.backref(
    name            text,
    uselist         boolean  DEFAULT NULL,
    cascade         text     DEFAULT NULL,
    on_replace      text     DEFAULT NULL,
    order_by        text     DEFAULT NULL,
    enforce         boolean  DEFAULT NULL,
    accessor        boolean  DEFAULT NULL,
    doc             text     DEFAULT NULL,
    info            jsonb    DEFAULT NULL
) RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_backref' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION relmap.backref(text, boolean, text, text, text, boolean, boolean, text, jsonb) IS
    'the other side of a relationship with its options, for the argument backref of relmap.relationship()';

CREATE FUNCTION relmap.alter_relationship(
    source          regclass,
    name            text,
    new_name        text     DEFAULT NULL,
    uselist         boolean  DEFAULT NULL,
    back_populates  text     DEFAULT NULL,
    cascade         text     DEFAULT NULL,
    on_replace      text     DEFAULT NULL,
    order_by        text     DEFAULT NULL,
    enforce         boolean  DEFAULT NULL,
    accessor        boolean  DEFAULT NULL,
    doc             text     DEFAULT NULL,
    info            jsonb    DEFAULT NULL
) RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_alter_relationship' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.alter_relationship(regclass, text, text, boolean, text, text, text, text, boolean, boolean, text, jsonb) IS
    'change a relationship; what is not given, or null, stays';

CREATE FUNCTION relmap.drop_relationship(
    source          regclass,
    name            text,
    keep_constraint boolean  DEFAULT false
) RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_drop_relationship' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.drop_relationship(regclass, text, boolean) IS
    'take back a relationship, with the triggers and the constraint that it alone needed';

--
-- Enforcement: the trigger functions, one per policy
--

CREATE FUNCTION relmap.replace_nullify() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_replace_nullify' LANGUAGE C;
COMMENT ON FUNCTION relmap.replace_nullify() IS
    'row trigger: a row that takes a held parent sets the foreign key of the row that had it to NULL';

CREATE FUNCTION relmap.replace_delete() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_replace_delete' LANGUAGE C;
COMMENT ON FUNCTION relmap.replace_delete() IS
    'row trigger: a row that takes a held parent releases the row that had it, which is deleted at COMMIT, or at once where no column of its foreign key can be NULL';

CREATE FUNCTION relmap.replace_restrict() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_replace_restrict' LANGUAGE C;
COMMENT ON FUNCTION relmap.replace_restrict() IS
    'row trigger: a row that takes a held parent is refused, with an error that tells which row has it';

CREATE FUNCTION relmap.delete_orphan() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_delete_orphan' LANGUAGE C;
COMMENT ON FUNCTION relmap.delete_orphan() IS
    'deferred constraint trigger: deletes a row that was released and has no parent now';

CREATE FUNCTION relmap.cascade_delete() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_cascade_delete' LANGUAGE C;
COMMENT ON FUNCTION relmap.cascade_delete() IS
    'constraint trigger on a parent, from the child: deletes the rows that refer to a deleted row';

CREATE FUNCTION relmap.replacing() RETURNS boolean
    AS 'MODULE_PATHNAME', 'relmap_replacing' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION relmap.replacing() IS
    'is the row being updated one that is replaced? for the WHEN clause of relmap''s own triggers';

--
-- Access
--

-- What a call costs is an index scan.
CREATE FUNCTION relmap.related(source record, name name, target anyelement)
    RETURNS anyelement
    AS 'MODULE_PATHNAME', 'relmap_related'
    LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION relmap.related(record, name, anyelement) IS
    'the row that a to-one attribute leads to from a row of its table, NULL if there is none';

CREATE FUNCTION relmap.assign(source record, name name, target record)
    RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_assign' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.assign(record, name, record) IS
    'make target the row that a to-one attribute leads to from a row of its table; null takes it away';

CREATE FUNCTION relmap.append(source record, name name, target record)
    RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_append' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.append(record, name, record) IS
    'put target into the collection that an attribute is';

CREATE FUNCTION relmap.remove(source record, name name, target record)
    RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_remove' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.remove(record, name, record) IS
    'take target out of the collection that an attribute is';

CREATE FUNCTION relmap.join_text(source regclass, name name, source_row text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_join' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION relmap.join_text(regclass, name, text) IS
    'what follows FROM in a query for the rows related to a row of source: the target, as c, and the condition';

--
-- Seeing
--

CREATE FUNCTION relmap.column_names(relation oid, attnums smallint[])
    RETURNS text[] LANGUAGE sql STABLE STRICT
RETURN (SELECT array_agg(a.attname::text ORDER BY k.n)
        FROM unnest(attnums) WITH ORDINALITY AS k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = k.attnum);
COMMENT ON FUNCTION relmap.column_names(oid, smallint[]) IS
    'the names of columns of a table';

CREATE FUNCTION relmap.unique_index(relation oid, attnums smallint[])
    RETURNS regclass LANGUAGE sql STABLE STRICT
RETURN (SELECT i.indexrelid::regclass
        FROM pg_index i
        LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
            AND c.conrelid = i.indrelid AND c.contype IN ('p', 'u')
        WHERE i.indrelid = relation AND i.indisunique AND i.indisvalid
          AND i.indislive AND NOT i.indnullsnotdistinct
          AND i.indpred IS NULL AND i.indexprs IS NULL
          AND (i.indkey::smallint[])[0:i.indnkeyatts - 1] @> attnums
          AND (i.indkey::smallint[])[0:i.indnkeyatts - 1] <@ attnums
        ORDER BY c.oid IS NULL, i.indexrelid LIMIT 1);
COMMENT ON FUNCTION relmap.unique_index(oid, smallint[]) IS
    'the unique index on exactly these columns of a table, that of a constraint if there is one';

CREATE VIEW relmap.relationships AS
SELECT r.source, r.name::text, r.target, r.direction, r.uselist,
       r.back_populates::text, r.foreign_key::text,
       CASE r.direction WHEN 'MANYTOONE' THEN r.foreign_columns::text[]
            ELSE relmap.column_names(f.confrelid, f.confkey) END AS local_columns,
       CASE r.direction WHEN 'ONETOMANY' THEN r.foreign_columns::text[]
            WHEN 'MANYTOONE' THEN relmap.column_names(f.confrelid, f.confkey)
            ELSE relmap.column_names(s.confrelid, s.confkey) END AS remote_columns,
       r.secondary, r.cascade, r.on_replace,
       CASE WHEN r.direction <> 'MANYTOONE' AND NOT r.uselist THEN r.enforce END AS enforced,
       CASE WHEN r.direction <> 'MANYTOONE' AND NOT r.uselist
            THEN relmap.unique_index(f.conrelid, f.conkey) END AS unique_index,
       r.order_by,
       (SELECT p.oid::regprocedure FROM pg_proc p, pg_class c
        WHERE c.oid = r.source AND p.proname = r.name
          AND p.pronargs = 1 AND p.proargtypes[0] = c.reltype
          AND p.pronamespace = c.relnamespace
          AND starts_with(p.prosrc, '/* relmap */ SELECT ')) AS accessor,
       r.doc, r.info
FROM relmap.relationship r
LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.conparentid = 0
    AND f.conname = r.foreign_key
    AND f.conrelid = CASE r.direction WHEN 'ONETOMANY' THEN r.target
                     WHEN 'MANYTOONE' THEN r.source ELSE r.secondary END
LEFT JOIN pg_constraint s ON s.contype = 'f' AND s.conparentid = 0
    AND s.conname = r.secondary_key AND s.conrelid = r.secondary;
COMMENT ON VIEW relmap.relationships IS
    'the relationships, one row per attribute, with what they stand on';
GRANT SELECT ON relmap.relationships TO PUBLIC;

CREATE FUNCTION relmap.violations(source regclass, name text)
    RETURNS TABLE (key jsonb, children bigint)
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- first of all: it complains about what is not declared
    joined  text := relmap.join_text($1, $2, 'p');
    side    relmap.relationships;
    pairs   text;
    columns text;
BEGIN
    SELECT r.* INTO STRICT side FROM relmap.relationships r
    WHERE r.source = $1 AND r.name = $2;
    IF side.direction = 'MANYTOONE' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('relationship "%s.%s" does not lead to children',
                             (SELECT c.relname FROM pg_class c WHERE c.oid = $1), $2),
            HINT = 'Ask for the other side.';
    END IF;

    SELECT string_agg(format('%L, p.%I', k.name, k.name), ', ' ORDER BY k.n),
           string_agg(format('p.%I', k.name), ', ' ORDER BY k.n)
    INTO pairs, columns
    FROM unnest(side.local_columns) WITH ORDINALITY AS k (name, n);
    RETURN QUERY EXECUTE format(
        'SELECT jsonb_build_object(%s), count(*) FROM ONLY %s p, %s'
        ' GROUP BY %s HAVING count(*) > 1 ORDER BY count(*) DESC, %4$s',
        pairs, $1, joined, columns);
END
$$;
COMMENT ON FUNCTION relmap.violations(regclass, text) IS
    'the parents that have several children, and how many';

CREATE FUNCTION relmap.tables(schema name)
    RETURNS SETOF regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF schema IS NOT NULL AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = schema) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
            MESSAGE = format('schema "%s" does not exist', schema);
    END IF;
    RETURN QUERY
    SELECT c.oid::regclass
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT pg_is_other_temp_schema(n.oid)
      AND (schema IS NULL OR n.nspname = schema)
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
END
$$;
COMMENT ON FUNCTION relmap.tables(name) IS
    'the tables of a schema, or of all, that are the user''s own: not of the system or an extension, not partitions';

CREATE FUNCTION relmap.fitting_name(base text, suffix text)
    RETURNS name LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    WHILE octet_length(base) + octet_length(suffix) > 63 LOOP
        base := left(base, -1);
    END LOOP;
    RETURN base || suffix;
END
$$;
COMMENT ON FUNCTION relmap.fitting_name(text, text) IS
    'base and suffix as one name, with base cut where that would be too long';

CREATE FUNCTION relmap.has_index(relation oid, attnums smallint[], is_unique boolean)
    RETURNS boolean LANGUAGE sql STABLE STRICT
RETURN CASE WHEN is_unique THEN relmap.unique_index(relation, attnums) IS NOT NULL
            ELSE EXISTS (SELECT FROM pg_index i
                         WHERE i.indrelid = relation AND i.indisvalid AND i.indpred IS NULL
                           AND (i.indkey::smallint[])[0:cardinality(attnums) - 1] @> attnums) END;
COMMENT ON FUNCTION relmap.has_index(oid, smallint[], boolean) IS
    'is there an index that finds rows by these columns, or is unique on exactly these?';

CREATE FUNCTION relmap.index_statement(relation oid, attnums smallint[], is_unique boolean)
    RETURNS text LANGUAGE sql STABLE STRICT
RETURN (
    -- a partitioned table has its partitions' indexes made first, one by one
    SELECT format('CREATE %sINDEX %sON %s (%s);', CASE WHEN is_unique THEN 'UNIQUE ' ELSE '' END,
                  CASE WHEN c.relkind = 'p' THEN '' ELSE 'CONCURRENTLY ' END, c.oid::regclass,
                  (SELECT string_agg(quote_ident(n.name), ', ' ORDER BY n.n)
                   FROM unnest(relmap.column_names(relation, attnums)) WITH ORDINALITY AS n (name, n)))
    FROM pg_class c
    LEFT JOIN pg_partition_tree(relation) t ON t.relid = c.oid
    CROSS JOIN LATERAL (
        SELECT array_agg(a.attnum ORDER BY n.n) AS attnums
        FROM unnest(relmap.column_names(relation, attnums)) WITH ORDINALITY AS n (name, n)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = n.name) AS k
    WHERE c.oid = relation OR t.isleaf AND c.relkind = 'r' AND NOT relmap.has_index(c.oid, k.attnums, is_unique)
    ORDER BY c.oid = relation, c.oid LIMIT 1);
COMMENT ON FUNCTION relmap.index_statement(oid, smallint[], boolean) IS
    'the statement that makes an index on columns of a table without a long lock, or the next of several';

CREATE FUNCTION relmap.key_statement(key oid, on_delete text)
    RETURNS text LANGUAGE sql STABLE STRICT
RETURN (
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I FOREIGN KEY (%s) REFERENCES %s (%s)',
                  f.conrelid::regclass, f.conname,
                  (SELECT string_agg(quote_ident(n.name), ', ' ORDER BY n.n)
                   FROM unnest(relmap.column_names(f.conrelid, f.conkey)) WITH ORDINALITY AS n (name, n)),
                  f.confrelid::regclass,
                  (SELECT string_agg(quote_ident(n.name), ', ' ORDER BY n.n)
                   FROM unnest(relmap.column_names(f.confrelid, f.confkey)) WITH ORDINALITY AS n (name, n)))
           || CASE f.confmatchtype WHEN 'f' THEN ' MATCH FULL' ELSE '' END
           || CASE f.confupdtype WHEN 'r' THEN ' ON UPDATE RESTRICT' WHEN 'c' THEN ' ON UPDATE CASCADE'
                  WHEN 'n' THEN ' ON UPDATE SET NULL' WHEN 'd' THEN ' ON UPDATE SET DEFAULT' ELSE '' END
           || ' ON DELETE ' || on_delete
           || CASE WHEN f.condeferrable THEN ' DEFERRABLE' ELSE '' END
           || CASE WHEN f.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END
           || CASE WHEN c.relkind = 'p' THEN '' ELSE ' NOT VALID' END || ';'
    FROM pg_constraint f
    JOIN pg_class c ON c.oid = f.conrelid
    WHERE f.oid = key);
COMMENT ON FUNCTION relmap.key_statement(oid, text) IS
    'the statement that gives a foreign key another ON DELETE, to be validated later';

CREATE FUNCTION relmap.never_null(relation regclass, column_name name)
    RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_null boolean;
    found_row  boolean;
BEGIN
    -- row-level security would hide rows, and statistics may know of a NULL
    IF NOT has_column_privilege(relation, column_name, 'SELECT')
       OR row_security_active(relation)
       OR EXISTS (SELECT FROM pg_stats s, pg_class c, pg_namespace n
                  WHERE c.oid = relation AND n.oid = c.relnamespace AND s.schemaname = n.nspname
                    AND s.tablename = c.relname AND s.attname = column_name AND s.null_frac > 0) THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I IS NULL), EXISTS (SELECT FROM %1$s)', relation, column_name)
    INTO found_null, found_row;
    RETURN found_row AND NOT found_null;
END
$$;
COMMENT ON FUNCTION relmap.never_null(regclass, name) IS
    'are there rows, and in none of them a NULL in this column? False if the caller may not see them all';

CREATE FUNCTION relmap.audit(schema text)
    RETURNS TABLE (source regclass, name text, problem text, severity text, statement text)
    LANGUAGE sql STABLE SET jit = off
BEGIN ATOMIC
WITH side AS MATERIALIZED (
    -- the declared sides of each key, and the table that has it
    SELECT r.source, r.name::text, r.target, r.direction, r.uselist, r.enforce, r.cascade, r.on_replace,
           CASE r.direction WHEN 'ONETOMANY' THEN r.target WHEN 'MANYTOONE' THEN r.source
                ELSE r.secondary END AS child, k.key_name, k.near
    FROM relmap.relationship r
    CROSS JOIN LATERAL (VALUES (r.foreign_key, true), (r.secondary_key, false)) AS k (key_name, near)
    WHERE k.key_name IS NOT NULL
), key AS MATERIALIZED (
    -- the foreign keys, and the attribute that they are told of: the parent's if there is one
    SELECT f.oid, f.conname, f.conrelid::regclass AS child, f.confrelid::regclass AS parent, f.conkey, f.convalidated,
           f.confdeltype, f.confupdtype, coalesce(f.confdelsetcols, f.conkey) AS set_columns, c.relname, c.relkind,
           coalesce(d.source, f.conrelid::regclass) AS source, d.name,
           array_to_string(relmap.column_names(f.conrelid, f.conkey), ', ') AS columns,
           relmap.unique_index(f.conrelid, f.conkey) AS unique_index,
           coalesce(to_jsonb(f) ->> 'conenforced' = 'false', false) AS not_enforced,
           coalesce(d.lets_go, false) AS lets_go
    FROM pg_constraint f
    JOIN pg_class c ON c.oid = f.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
        SELECT s.source, s.name, bool_or(s.enforce AND (s.on_replace IN ('nullify', 'delete') OR s.cascade ~ 'delete-orphan')) OVER () AS lets_go
        FROM side s
        WHERE s.child = f.conrelid AND s.key_name = f.conname
        ORDER BY s.direction = 'MANYTOONE', s.source, s.name LIMIT 1) AS d ON true
    WHERE f.contype = 'f' AND f.conparentid = 0
      AND (d.name IS NOT NULL OR f.conrelid IN (SELECT t FROM relmap.tables(NULL) t))
      AND (schema IS NULL OR n.nspname = schema
           OR EXISTS (SELECT FROM pg_class p, pg_namespace m
                      WHERE p.oid = d.source AND m.oid = p.relnamespace AND m.nspname = schema))
), key_column AS (
    SELECT k.*, a.attname, a.attnotnull, a.attnum,
           relmap.fitting_name(k.relname || '_' || a.attname, '_not_null') AS check_name
    FROM key k
    JOIN pg_attribute a ON a.attrelid = k.child AND a.attnum = ANY (k.conkey)
), scalar AS MATERIALIZED (
    -- parents that are to have one child, where no index sees to it
    SELECT s.*
    FROM side s
    JOIN key k ON k.child = s.child AND k.conname = s.key_name
    WHERE s.direction = 'ONETOMANY' AND NOT s.uselist AND k.unique_index IS NULL
      AND has_table_privilege(s.source, 'SELECT') AND has_table_privilege(s.target, 'SELECT')
)
SELECT k.source, k.name, format('foreign key "%s" is not valid', k.conname),
       'warning', format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', k.child, k.conname)
FROM key k
WHERE NOT k.convalidated AND NOT k.not_enforced

UNION ALL
SELECT k.source, k.name, format('foreign key "%s" is not enforced', k.conname),
       'warning', format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED;', k.child, k.conname)
FROM key k
WHERE k.not_enforced

UNION ALL
SELECT k.source, k.name, format('columns (%s) of table "%s" have no index', k.columns, k.child),
       'warning', relmap.index_statement(k.child, k.conkey, false)
FROM key k
WHERE NOT relmap.has_index(k.child, k.conkey, false)
  AND NOT EXISTS (SELECT FROM side s WHERE s.child = k.child AND s.key_name = k.conname
                  AND s.direction = 'ONETOMANY' AND NOT s.uselist AND s.enforce)

UNION ALL
-- the index alone is a habit; a constraint is what others look for
SELECT k.source, k.name, format('unique index "%s" is not a constraint', i.relname),
       'notice', format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE USING INDEX %2$I;', k.child, i.relname)
FROM key k
JOIN pg_class i ON i.oid = k.unique_index
WHERE k.relkind = 'r'
  AND NOT EXISTS (SELECT FROM pg_constraint u WHERE u.conindid = i.oid
                  AND u.conrelid = k.child AND u.contype IN ('p', 'u'))

UNION ALL
SELECT s.source, s.name,
       format(CASE count(*) WHEN 1 THEN 'one row of table "%2$s" has several children in "%3$s"'
              ELSE '%1$s rows of table "%2$s" have several children in "%3$s"' END, count(*), s.source, s.target),
       CASE WHEN s.enforce THEN 'error' ELSE 'warning' END,
       format('SELECT * FROM relmap.violations(%L, %L);', s.source, s.name)
FROM scalar s
CROSS JOIN LATERAL relmap.violations(s.source, s.name) v
GROUP BY s.source, s.name, s.target, s.enforce

UNION ALL
SELECT s.source, s.name,
       format('cascade "delete" deletes rows of table "%s" that foreign key "%s" releases: ON DELETE SET %s',
              s.target, k.conname, CASE k.confdeltype WHEN 'n' THEN 'NULL' ELSE 'DEFAULT' END),
       'warning', relmap.key_statement(k.oid, 'CASCADE')
FROM side s
JOIN key k ON k.child = s.child AND k.conname = s.key_name
WHERE s.direction = 'ONETOMANY' AND 'delete' = ANY (string_to_array(s.cascade, ', ')) AND k.confdeltype IN ('n', 'd')

UNION ALL
SELECT s.source, s.name,
       format('foreign key "%s" deletes rows of table "%s" that cascade "%s" does not: ON DELETE CASCADE',
              k.conname, s.target, s.cascade),
       'notice', format('SELECT relmap.alter_relationship(%L, %L, cascade => %L);', s.source, s.name,
                        concat_ws(', ', nullif(s.cascade, 'none'), 'delete'))
FROM side s
JOIN key k ON k.child = s.child AND k.conname = s.key_name
WHERE s.direction = 'ONETOMANY' AND 'delete' <> ALL (string_to_array(s.cascade, ', ')) AND k.confdeltype = 'c'

UNION ALL
SELECT k.source, k.name,
       format('column "%s" of table "%s" cannot be NULL, as ON DELETE SET NULL of foreign key "%s" would have it',
              k.attname, k.child, k.conname), 'error',
       CASE WHEN EXISTS (SELECT FROM pg_constraint p WHERE p.conrelid = k.child AND p.contype = 'p' AND k.attnum = ANY (p.conkey))
            THEN relmap.key_statement(k.oid, 'NO ACTION')
            ELSE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', k.child, k.attname) END
FROM key_column k
WHERE k.confdeltype = 'n' AND k.attnotnull AND k.attnum = ANY (k.set_columns)

UNION ALL
-- in steps, each of them short: CHECK ... NOT VALID, VALIDATE, SET NOT NULL
SELECT k.source, k.name, format('column "%s" of table "%s" can be NULL but never is', k.attname, k.child), 'notice',
       CASE WHEN bool_or(c.convalidated) THEN format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', k.child, k.attname)
            WHEN count(c.oid) > 0 THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', k.child, min(c.conname))
            ELSE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%I IS NOT NULL) NOT VALID;', k.child, k.check_name, k.attname) END
FROM key_column k
LEFT JOIN pg_constraint c ON c.conrelid = k.child AND c.contype = 'c'
    AND pg_get_expr(c.conbin, c.conrelid) = format('(%I IS NOT NULL)', k.attname)
WHERE NOT k.attnotnull AND k.confdeltype NOT IN ('n', 'd') AND k.confupdtype NOT IN ('n', 'd') AND NOT k.lets_go
  AND relmap.never_null(k.child, k.attname)
GROUP BY k.source, k.name, k.child, k.attname, k.check_name

UNION ALL
SELECT k.source, k.name, format('constraint "%s" says what NOT NULL of column "%s" says', c.conname, k.attname),
       'notice', format('ALTER TABLE %s DROP CONSTRAINT %I;', k.child, c.conname)
FROM key_column k
JOIN pg_constraint c ON c.conrelid = k.child AND c.contype = 'c' AND c.conname = k.check_name
    AND pg_get_expr(c.conbin, c.conrelid) = format('(%I IS NOT NULL)', k.attname)
WHERE k.attnotnull
GROUP BY k.source, k.name, c.conname, k.attname, k.child;
END;
COMMENT ON FUNCTION relmap.audit(text) IS
    'what relmap.check() tells of foreign keys, declared or not: source is the table that has it, and name null, where no attribute is declared';

CREATE FUNCTION relmap.check(schema text DEFAULT NULL)
    RETURNS TABLE (source regclass, name text, problem text, severity text, statement text)
    LANGUAGE sql STABLE SET jit = off
BEGIN ATOMIC
WITH attribute AS (
    -- the attributes, and the command that changes one
    SELECT v.*, coalesce(v.enforced, false) AS scalar, r.enforce,
           r.accessor AS wants_accessor, r.secondary_key::text,
           format('SELECT relmap.alter_relationship(%L, %L', v.source, v.name) AS alter
    FROM relmap.relationships v
    JOIN relmap.relationship r ON r.source = v.source AND r.name = v.name
    JOIN pg_class c ON c.oid = v.source
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE schema IS NULL OR n.nspname = schema
), key AS (
    -- the foreign keys under them; a many-to-many has two
    SELECT a.*, k.child, k.key_name, k.near AND a.scalar AS one_to_one,
           k.near AND a.direction <> 'MANYTOONE' AND a.enforce AS cascades, f.oid AS key, f.conkey,
           relmap.column_names(f.conrelid, f.conkey) AS columns
    FROM attribute a
    CROSS JOIN LATERAL (
        VALUES (CASE a.direction WHEN 'ONETOMANY' THEN a.target
                     WHEN 'MANYTOONE' THEN a.source ELSE a.secondary END, a.foreign_key, true),
               (a.secondary, a.secondary_key, false)) AS k (child, key_name, near)
    LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.conparentid = 0
        AND f.conrelid = k.child AND f.conname = k.key_name
    WHERE k.key_name IS NOT NULL
), firing AS (
    -- the trigger functions that a key wants, on which table, from which other,
    -- with which arguments; and its triggers
    SELECT k.*, w.function, w.relation, t.tgname, t.tgenabled
    FROM key k
    CROSS JOIN LATERAL (
        VALUES ('relmap.replace_nullify()'::regprocedure, k.child, 0, k.columns,
                k.one_to_one AND k.on_replace = 'nullify'),
               ('relmap.replace_delete()'::regprocedure, k.child, 0, k.columns,
                k.one_to_one AND k.on_replace = 'delete'),
               ('relmap.replace_restrict()'::regprocedure, k.child, 0, k.columns,
                k.one_to_one AND k.on_replace = 'restrict'),
               ('relmap.delete_orphan()'::regprocedure, k.child, 0, k.columns,
                (k.one_to_one AND k.on_replace = 'delete'
                 OR k.cascades AND 'delete-orphan' = ANY (string_to_array(k.cascade, ', ')))
                AND EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = k.child
                            AND c.attnum = ANY (k.conkey) AND NOT c.attnotnull
                            AND NOT EXISTS (SELECT FROM pg_partitioned_table t WHERE t.partrelid = k.child
                                            AND c.attnum = ANY (t.partattrs::smallint[])))),
               ('relmap.cascade_delete()'::regprocedure, k.source, k.child, ARRAY[k.key_name],
                k.cascades AND 'delete' = ANY (string_to_array(k.cascade, ', ')))
        ) AS w (function, relation, referrer, arguments, wanted)
    LEFT JOIN pg_trigger t ON t.tgrelid = w.relation AND t.tgfoid = w.function AND t.tgconstrrelid = w.referrer
        AND t.tgargs = (SELECT string_agg(convert_to(a, getdatabaseencoding()) || '\x00', '' ORDER BY n)
                        FROM unnest(w.arguments) WITH ORDINALITY AS u (a, n))
    WHERE k.key IS NOT NULL AND w.wanted
), fault (source, name, problem, severity, statement) AS (
    SELECT k.source, k.name,
           format('foreign key "%s" of table "%s" is missing', k.key_name, k.child),
           'error', format('SELECT relmap.drop_relationship(%L, %L);', k.source, k.name)
    FROM key k
    WHERE k.key IS NULL

    UNION ALL
    SELECT k.source, k.name,
           format('columns (%s) of table "%s" are not unique', array_to_string(k.columns, ', '), k.child),
           'error', relmap.index_statement(k.child, k.conkey, true)
    FROM key k
    WHERE k.one_to_one AND k.key IS NOT NULL AND k.unique_index IS NULL

    UNION ALL
    SELECT f.source, f.name, format('trigger of function %s is missing on table "%s"', f.function, f.relation),
           'error', f.alter || ');'
    FROM firing f
    WHERE f.tgname IS NULL

    UNION ALL
    SELECT f.source, f.name, format('trigger "%s" is disabled', f.tgname),
           'error', format('ALTER TABLE %s ENABLE TRIGGER %I;', f.relation, f.tgname)
    FROM firing f
    WHERE f.tgenabled IN ('D', 'R')

    UNION ALL
    -- a row trigger (1) before (2) insert (4) or update (16)
    SELECT f.source, f.name, format('trigger "%s" fires after "%s"', t.tgname, f.tgname),
           'error', format('ALTER TRIGGER %I ON %s RENAME TO %I;', t.tgname, f.child,
                           left('before_' || ltrim(t.tgname, '~'), 63))
    FROM firing f
    JOIN pg_trigger t ON t.tgrelid = f.child AND NOT t.tgisinternal
        AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0
        AND t.tgname::text COLLATE "C" > f.tgname::text COLLATE "C"
        AND t.tgfoid NOT IN ('relmap.replace_nullify()'::regprocedure,
                             'relmap.replace_delete()'::regprocedure,
                             'relmap.replace_restrict()'::regprocedure)
    WHERE f.function NOT IN ('relmap.delete_orphan()'::regprocedure,
                             'relmap.cascade_delete()'::regprocedure)

    UNION ALL
    SELECT f.source, f.name, format('trigger "%s" fires after the check of foreign key "%s"', f.tgname, f.key_name),
           'error', format('ALTER TRIGGER %I ON %s RENAME TO %I;', f.tgname, f.relation, left('!' || f.tgname, 63))
    FROM firing f
    WHERE f.function = 'relmap.cascade_delete()'::regprocedure
      AND f.tgname::text COLLATE "C" > 'RI_ConstraintTrigger_a'

    UNION ALL
    SELECT a.source, a.name, format('accessor "%s" of table "%s" is missing', a.name, a.source),
           'error', a.alter || ', accessor => true);'
    FROM attribute a
    WHERE a.wants_accessor AND a.accessor IS NULL

    UNION ALL
    SELECT a.source, a.name, format('column "%s" of table "%s" hides the accessor', a.name, a.source),
           'error', a.alter || format(', new_name => %L);', a.name || '_')
    FROM attribute a
    JOIN pg_attribute c ON c.attrelid = a.source AND c.attname = a.name AND NOT c.attisdropped
    WHERE a.accessor IS NOT NULL

    UNION ALL
    SELECT a.source, a.name,
           format('the other side, "%s" of table "%s", is not declared', a.back_populates, a.target),
           'notice', format('SELECT relmap.relationship(%L, %L, %L, back_populates => %L, foreign_keys => %L);',
                            a.target, a.back_populates, a.source, a.name, ARRAY[a.foreign_key])
    FROM attribute a
    WHERE NOT EXISTS (SELECT FROM relmap.relationship o
                      WHERE o.source = a.target AND o.name = a.back_populates)
      AND a.back_populates IS NOT NULL

    UNION ALL
    SELECT a.source, a.name,
           format('the other side, "%s" of table "%s", %s', a.back_populates, a.target,
                  CASE WHEN o.leads_back THEN 'does not name it' ELSE 'does not lead back' END),
           'error',
           a.alter || format(', back_populates => %L);',
                             CASE WHEN o.leads_back AND o.back_populates IS NULL THEN a.back_populates ELSE '' END)
    FROM attribute a
    JOIN LATERAL (
        SELECT r.back_populates,
               r.target = a.source AND r.foreign_key = coalesce(a.secondary_key, a.foreign_key)
               AND (r.direction = a.direction) = (a.direction = 'MANYTOMANY') AS leads_back
        FROM relmap.relationship r
        WHERE r.source = a.target AND r.name = a.back_populates) AS o
        ON o.back_populates IS DISTINCT FROM a.name OR NOT o.leads_back

    UNION ALL
    SELECT a.source, a.name, a.problem, a.severity, a.statement
    FROM relmap.audit(schema) a
)
SELECT f.source, f.name, f.problem, f.severity, f.statement
FROM fault f
ORDER BY f.source::text COLLATE "C", f.name,
         array_position(ARRAY['error', 'warning', 'notice'], f.severity), f.problem COLLATE "C";
END;
COMMENT ON FUNCTION relmap.check(text) IS
    'what is wrong with the relationships and the foreign keys of a schema, or of all, declared or not, with the statement that mends it, or does the next step, without a long lock; reads tables where the answer is in their rows';

--
-- Following DDL
--

-- Only commands that can do something to a relationship, so that no other
-- fails should the library be missing.

CREATE FUNCTION relmap.before_drop() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_before_drop' LANGUAGE C;
COMMENT ON FUNCTION relmap.before_drop() IS
    'event trigger: puts the dependencies of accessors right, so that they go with their tables and with the extension';

CREATE EVENT TRIGGER relmap_before_drop ON ddl_command_start
    WHEN TAG IN ('DROP TABLE', 'DROP OWNED', 'DROP EXTENSION')
    EXECUTE FUNCTION relmap.before_drop();
COMMENT ON EVENT TRIGGER relmap_before_drop IS
    'relmap: accessors go with their tables, and with the extension';

CREATE FUNCTION relmap.after_drop() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_after_drop' LANGUAGE C;
COMMENT ON FUNCTION relmap.after_drop() IS
    'event trigger: a relationship goes with the table, foreign key or uniqueness that it stands on';

CREATE EVENT TRIGGER relmap_after_drop ON sql_drop
    WHEN TAG IN ('ALTER TABLE', 'DROP TABLE', 'DROP INDEX', 'DROP SCHEMA', 'DROP OWNED', 'DROP EXTENSION',
                 'DROP TYPE', 'DROP DOMAIN', 'DROP COLLATION', 'DROP FUNCTION', 'DROP ROUTINE', 'DROP OPERATOR',
                 'DROP OPERATOR CLASS', 'DROP OPERATOR FAMILY', 'DROP ACCESS METHOD')
    EXECUTE FUNCTION relmap.after_drop();
COMMENT ON EVENT TRIGGER relmap_after_drop IS
    'relmap: relationships go with what they stand on';

CREATE FUNCTION relmap.after_command() RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'relmap_after_command' LANGUAGE C;
COMMENT ON FUNCTION relmap.after_command() IS
    'event trigger: declarations, triggers and accessors follow renames, new schemas, owners and types';

CREATE EVENT TRIGGER relmap_after_command ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE', 'ALTER INDEX', 'ALTER SCHEMA', 'ALTER TYPE', 'ALTER DOMAIN', 'ALTER COLLATION',
                 'ALTER OPERATOR', 'ALTER EXTENSION')
    EXECUTE FUNCTION relmap.after_command();
COMMENT ON EVENT TRIGGER relmap_after_command IS
    'relmap: relationships follow renames, new schemas, owners and types';

--
-- Adoption: a schema that was there before
--

-- Of names: English, and only as much of it as tables are called by.

CREATE FUNCTION relmap.plural(word text)
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
COMMENT ON FUNCTION relmap.plural(text) IS
    'what a collection of rows of a table is called';

CREATE FUNCTION relmap.singular(word text)
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
COMMENT ON FUNCTION relmap.singular(text) IS
    'what one row of a table is called';

CREATE FUNCTION relmap.stem(column_name text, referenced text, target text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN column_name ~* '._(id|uuid|guid|fk)$' THEN regexp_replace(column_name, '_[^_]*$', '')
    WHEN column_name ~ '[a-z0-9](Id|ID|Uuid|UUID|Guid|GUID|Fk|FK)$'
        THEN regexp_replace(column_name, '(Id|ID|Uuid|UUID|Guid|GUID|Fk|FK)$', '')
    WHEN column_name ~* '^(id|fk)_.' THEN regexp_replace(column_name, '^[^_]*_', '')
    WHEN lower(column_name) IN (lower(target) || 'id', lower(relmap.singular(target)) || 'id')
        THEN left(column_name, -2)
    WHEN starts_with(reverse(column_name), reverse('_' || referenced)) AND length(column_name) > length(referenced) + 1
        THEN left(column_name, -1 - length(referenced))
    WHEN column_name = referenced THEN relmap.singular(target)
END;
COMMENT ON FUNCTION relmap.stem(text, text, text) IS
    'whom a foreign key''s column leads to: its name without "_id" or the like, null if it has none';

CREATE FUNCTION relmap.name_is_free(source oid, wanted name)
    RETURNS boolean LANGUAGE sql STABLE STRICT
RETURN NOT EXISTS (SELECT FROM pg_attribute a
                   WHERE a.attrelid = source AND a.attname = wanted)
    AND NOT EXISTS (SELECT FROM relmap.relationship r
                    WHERE r.source = name_is_free.source AND r.name = wanted)
    AND NOT EXISTS (SELECT FROM pg_proc p, pg_class c
                    WHERE c.oid = source AND p.proname = wanted AND p.pronargs >= 1
                      AND (p.pronamespace = c.relnamespace AND p.pronargs = 1 AND p.proargtypes[0] = c.reltype
                           OR p.pronamespace = 'pg_catalog'::regnamespace AND p.pronargs - p.pronargdefaults <= 1
                              AND p.proargtypes[0] IN ('record'::regtype, '"any"'::regtype,
                                  'anyelement'::regtype, 'anynonarray'::regtype,
                                  'anycompatible'::regtype, 'anycompatiblenonarray'::regtype)));
COMMENT ON FUNCTION relmap.name_is_free(oid, name) IS
    'can a table have an attribute of this name? No column, function or other attribute has it';

CREATE FUNCTION relmap.sides()
    RETURNS TABLE (side text, other text, source oid, direction text, uselist boolean, target oid,
                   key oid, key_name name, secondary oid, far_key oid, far_key_name name,
                   choose boolean, candidates text[], declared name)
    LANGUAGE sql STABLE
BEGIN ATOMIC
WITH key AS (
    -- the foreign keys that can carry a relationship
    SELECT f.oid, f.conname, f.conrelid AS child, f.confrelid AS parent, f.conkey,
           c.relname::text AS child_name, p.relname::text AS parent_name,
           relmap.column_names(f.conrelid, f.conkey) AS columns,
           relmap.column_names(f.confrelid, f.confkey) AS referenced,
           relmap.unique_index(f.conrelid, f.conkey) IS NOT NULL AS one,
           count(*) OVER (PARTITION BY f.conrelid, f.confrelid) AS siblings,
           count(*) OVER (PARTITION BY f.conrelid) AS keys,
           count(*) OVER (PARTITION BY least(f.conrelid, f.confrelid), greatest(f.conrelid, f.confrelid)) AS between
    FROM pg_constraint f
    JOIN pg_class c ON c.oid = f.conrelid
    JOIN pg_class p ON p.oid = f.confrelid
    WHERE f.contype = 'f' AND f.conparentid = 0
      AND coalesce(to_jsonb(f) ->> 'conperiod', 'false') = 'false'
      AND f.conrelid IN (SELECT t FROM relmap.tables(NULL) t)
      AND f.confrelid IN (SELECT t FROM relmap.tables(NULL) t)
), named_key AS (
    SELECT k.*, s.stem, coalesce(s.stem, k.columns[cardinality(k.columns)]) AS role
    FROM key k
    CROSS JOIN LATERAL (
        SELECT coalesce(min(s) FILTER (WHERE s IN (k.parent_name, relmap.singular(k.parent_name))),
                        CASE WHEN count(*) > 1 AND k.siblings = 1 THEN relmap.singular(k.parent_name)
                             ELSE (array_agg(s ORDER BY n DESC))[1] END) AS stem
        FROM unnest(k.columns, k.referenced) WITH ORDINALITY AS u (name, referenced, n),
             relmap.stem(u.name, u.referenced, k.parent_name) s) AS s
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
                 CASE WHEN k.stem IS NULL AND k.role NOT IN (k.parent_name, relmap.singular(k.parent_name))
                      THEN k.role || '_' || relmap.singular(k.parent_name) END,
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
         LATERAL (SELECT CASE WHEN k.one THEN relmap.singular(k.child_name)
                              ELSE relmap.plural(k.child_name) END AS word) AS w

    UNION ALL
    SELECT (l.near).parent, 'MANYTOMANY', true, (l.far).parent, (l.near).oid, (l.near).conname,
           (l.near).child, (l.far).oid, (l.far).conname, (l.near).parent = (l.far).parent,
           CASE WHEN (l.near).parent = (l.far).parent
                THEN ARRAY[relmap.plural((l.far).role)]
                ELSE ARRAY[relmap.plural((l.far).parent_name)] END
           || (relmap.plural((l.far).parent_name) || '_by_' || (l.near).child_name)
    FROM link l
)
SELECT CASE WHEN s.far_key IS NULL THEN s.direction ELSE s.far_key::text END || ' ' || s.key,
       CASE WHEN s.far_key IS NULL
            THEN CASE s.direction WHEN 'MANYTOONE' THEN 'ONETOMANY' ELSE 'MANYTOONE' END || ' ' || s.key
            ELSE s.key || ' ' || s.far_key END,
       s.source, s.direction, s.uselist, s.target, s.key, s.key_name, s.secondary, s.far_key, s.far_key_name,
       s.choose, array_remove(s.candidates, NULL),
       (SELECT r.name FROM relmap.relationship r
        WHERE r.source = s.source AND r.direction = s.direction
          AND r.target = s.target AND r.foreign_key = s.key_name
          AND r.secondary IS NOT DISTINCT FROM s.secondary::regclass
          AND r.secondary_key IS NOT DISTINCT FROM s.far_key_name
        ORDER BY r.back_populates IS NULL, r.name LIMIT 1)
FROM side s;
END;
COMMENT ON FUNCTION relmap.sides() IS
    'both sides of every foreign key, and of every association table, with the names that they could have';

CREATE FUNCTION relmap.key_columns(key oid)
    RETURNS text[] LANGUAGE sql STABLE STRICT
RETURN (SELECT CASE WHEN EXISTS (SELECT FROM pg_constraint o
                                 WHERE o.conrelid = f.conrelid AND o.contype = 'f' AND o.oid <> f.oid
                                   AND o.conkey = f.conkey AND o.conparentid = 0)
                    THEN ARRAY[f.conname::text]
                    ELSE relmap.column_names(f.conrelid, f.conkey) END
        FROM pg_constraint f WHERE f.oid = key);
COMMENT ON FUNCTION relmap.key_columns(oid) IS
    'a foreign key as relmap.relationship() takes it: its columns, or its name where another has the same';

CREATE FUNCTION relmap.automap_sides(schema name, dry_run boolean)
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
    PERFORM relmap.tables(schema);

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
       OR c.oid IN (SELECT t FROM relmap.tables(schema) t)
          AND (NOT pg_has_role(c.relowner, 'USAGE') OR NOT has_schema_privilege(n.oid, 'CREATE')
               OR NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND c.oid IN (f.conrelid, f.confrelid)))
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C";

    FOR side IN
        WITH sides AS MATERIALIZED (SELECT s.* FROM relmap.sides() s)
        SELECT s.*, c.relname, o.declared AS other_declared, r.back_populates::text AS other_wants,
               relmap.key_columns(s.key) AS near_columns, relmap.key_columns(s.far_key) AS far_columns,
               relmap.column_names(f.confrelid, f.confkey) AS referenced,
               EXISTS (SELECT FROM pg_attribute a
                       WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey) AND NOT a.attnotnull) AS nullable
        FROM sides s
        JOIN pg_class c ON c.oid = s.source
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_constraint f ON f.oid = s.key
        LEFT JOIN sides o ON o.other = s.side
        LEFT JOIN relmap.relationship r ON r.source = o.source AND r.name = o.declared
        WHERE s.declared IS NULL AND n.nspname = coalesce(schema, n.nspname)
          AND pg_has_role(c.relowner, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE')
        ORDER BY array_position(ARRAY['MANYTOONE', 'ONETOMANY', 'MANYTOMANY'], s.direction),
                 n.nspname COLLATE "C", c.relname COLLATE "C", f.conrelid::regclass::text COLLATE "C", f.conname COLLATE "C"
    LOOP
        -- what the other side calls it, or the first that is free
        FOREACH candidate IN ARRAY array_remove(array_prepend(side.other_wants, side.candidates), NULL) LOOP
            attribute := relmap.fitting_name(candidate, '');
            EXIT WHEN relmap.name_is_free(side.source, attribute) AND side.source || ' ' || attribute <> ALL (taken);
            attribute := NULL;
        END LOOP;
        number := 1;
        WHILE attribute IS NULL LOOP
            number := number + 1;
            attribute := relmap.fitting_name(side.candidates[1], '_' || number);
            IF NOT relmap.name_is_free(side.source, attribute) OR side.source || ' ' || attribute = ANY (taken) THEN
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
COMMENT ON FUNCTION relmap.automap_sides(name, boolean) IS
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
            WHEN s.kind = 'one-to-many' THEN
                format('SELECT relmap.alter_relationship(%L, %L, uselist => false);', s.source, s.name)
       END
FROM relmap.automap_sides(schema, coalesce(dry_run, false)) s
ORDER BY s.kind = 'skipped', s.source::text COLLATE "C",
         array_position(ARRAY['many-to-one', 'one-to-one', 'one-to-many', 'many-to-many'], s.kind), s.name;
END;
COMMENT ON FUNCTION relmap.automap(name, boolean) IS
    'declares both sides of every foreign key of a schema, or of all, that are not declared yet; makes accessors, but no constraint and no trigger. statement is, in a dry run, the declaration; otherwise how to have one child a parent, and have it replaced; where a table or attribute is left out (kind is skipped) the reason';

-- A call runs a query of its own.
CREATE FUNCTION relmap.load(source_row record, VARIADIC paths text[] DEFAULT '{}')
    RETURNS jsonb
    AS 'MODULE_PATHNAME', 'relmap_load'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000;
COMMENT ON FUNCTION relmap.load(record, text[]) IS
    'a row, and in it, under their attributes, the rows that paths lead to (''child'', ''albums.tracks.genre''): an object, null, or an array in the order of order_by or the primary key';

-- Pictures

CREATE FUNCTION relmap.boxes(schema name)
    RETURNS TABLE (relation oid, label text, inside boolean)
    LANGUAGE sql STABLE
BEGIN ATOMIC
WITH box AS (
    SELECT t AS relation, true AS inside
    FROM relmap.tables(schema) t
    UNION ALL
    -- where relationships and keys lead out of the schema
    SELECT o.relation, false
    FROM pg_constraint f
    CROSS JOIN LATERAL (VALUES (f.conrelid, f.confrelid), (f.confrelid, f.conrelid)) AS o (relation, inside)
    WHERE f.contype = 'f' AND f.conparentid = 0 AND schema IS NOT NULL
      AND o.inside IN (SELECT t FROM relmap.tables(schema) t)
      AND o.relation NOT IN (SELECT t FROM relmap.tables(schema) t)
    GROUP BY o.relation
), named AS (
    SELECT b.relation, b.inside,
           CASE WHEN b.inside AND min(n.nspname) OVER (PARTITION BY b.inside) = max(n.nspname) OVER (PARTITION BY b.inside)
                THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS label
    FROM box b
    JOIN pg_class c ON c.oid = b.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
)
SELECT n.relation,
       n.label || CASE WHEN row_number() OVER same > 1 THEN ' (' || row_number() OVER same || ')' ELSE '' END,
       n.inside
FROM named n
WINDOW same AS (PARTITION BY n.label ORDER BY n.relation);
END;
COMMENT ON FUNCTION relmap.boxes(name) IS
    'the tables in a picture of a schema, and what they are called there; those outside of it, where a foreign key leads there';

CREATE FUNCTION relmap.lines(schema name)
    RETURNS TABLE (source oid, target oid, source_many boolean, source_optional boolean, target_many boolean,
                   label text, declared boolean)
    LANGUAGE sql STABLE
BEGIN ATOMIC
WITH line AS (
    -- from the parent to the child
    SELECT f.confrelid AS source, f.conrelid AS target, false AS source_many,
           EXISTS (SELECT FROM pg_attribute a
                   WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey) AND NOT a.attnotnull) AS source_optional,
           relmap.unique_index(f.conrelid, f.conkey) IS NULL
           AND NOT EXISTS (SELECT FROM relmap.relationship r
                           WHERE r.target = f.conrelid AND r.source = f.confrelid AND r.foreign_key = f.conname
                             AND r.direction = 'ONETOMANY' AND NOT r.uselist) AS target_many,
           (SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM relmap.relationship r
            WHERE r.target = f.conrelid AND r.source = f.confrelid AND r.foreign_key = f.conname
              AND r.direction = 'ONETOMANY') AS forth,
           (SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM relmap.relationship r
            WHERE r.source = f.conrelid AND r.target = f.confrelid AND r.foreign_key = f.conname
              AND r.direction = 'MANYTOONE') AS back,
           array_to_string(relmap.column_names(f.conrelid, f.conkey), ', ') AS columns
    FROM pg_constraint f
    WHERE f.contype = 'f' AND f.conparentid = 0

    UNION ALL
    -- between the tables of a many-to-many, once for its two sides
    SELECT r.source, r.target, true, true, true, string_agg(r.name, ', ' ORDER BY r.name),
           (SELECT string_agg(b.name, ', ' ORDER BY b.name) FROM relmap.relationship b
            WHERE b.source = r.target AND b.target = r.source AND b.secondary = r.secondary
              AND b.foreign_key = r.secondary_key AND b.secondary_key = r.foreign_key), ''
    FROM relmap.relationship r
    WHERE r.direction = 'MANYTOMANY'
      AND (r.foreign_key < r.secondary_key
           OR NOT EXISTS (SELECT FROM relmap.relationship b
                          WHERE b.source = r.target AND b.target = r.source AND b.secondary = r.secondary
                            AND b.foreign_key = r.secondary_key AND b.secondary_key = r.foreign_key))
    GROUP BY r.source, r.target, r.secondary, r.foreign_key, r.secondary_key
)
SELECT l.source, l.target, l.source_many, l.source_optional, l.target_many,
       coalesce(nullif(concat_ws(' / ', l.forth, l.back), ''), l.columns), coalesce(l.forth, l.back) IS NOT NULL
FROM line l
JOIN relmap.boxes(schema) s ON s.relation = l.source
JOIN relmap.boxes(schema) t ON t.relation = l.target
WHERE s.inside OR t.inside;
END;
COMMENT ON FUNCTION relmap.lines(name) IS
    'the lines in a picture of a schema, from parent to child: one for each foreign key, and for each many-to-many';

CREATE FUNCTION relmap.fields(relation oid)
    RETURNS TABLE (name text, type text, keys text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
SELECT a.attname::text,
       CASE WHEN t.typelem <> 0 AND t.typlen = -1 AND starts_with(t.typname, '_')
            THEN (SELECT e.typname || '[]' FROM pg_type e WHERE e.oid = t.typelem)
            ELSE t.typname::text END,
       concat_ws(', ',
           CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = relation AND k.contype = 'p'
                             AND a.attnum = ANY (k.conkey)) THEN 'PK' END,
           CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = relation AND k.contype = 'f'
                             AND a.attnum = ANY (k.conkey)) THEN 'FK' END,
           CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = relation AND k.contype = 'u'
                             AND k.conkey = ARRAY[a.attnum]) THEN 'UK' END)
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;
END;
COMMENT ON FUNCTION relmap.fields(oid) IS
    'the columns of a table in a picture, and of what keys they are';

CREATE FUNCTION relmap.encoded(string text, language text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT coalesce(string_agg(
            CASE WHEN language = 'mermaid' AND (u.code < 32 OR u.c IN ('"', '%', '\', '#', ':', '<', '>', '&')
                                                -- "direction TB" is a command wherever it stands
                                                OR string ~* 'direction[^a-z0-9_]+(TB|BT|LR|RL)' AND u.c !~ '[A-Za-z0-9_]')
                      THEN '#' || u.code || ';'
                 WHEN language = 'dot' AND u.code < 32 THEN '\' || u.code || ';'
                 WHEN language = 'html' AND u.c IN ('"', '<', '>', '&') THEN '&#' || u.code || ';'
                 WHEN language = 'dot' AND u.c IN ('"', '\') THEN '\' || u.c
                 WHEN u.code < 32 OR u.code = 127 THEN ' '
                 ELSE u.c END, '' ORDER BY u.n), '')
        FROM (SELECT s.c, ascii(s.c) AS code, s.n
              FROM regexp_split_to_table(string, '') WITH ORDINALITY AS s (c, n)) AS u);
COMMENT ON FUNCTION relmap.encoded(text, text) IS
    'a string as it stands between quotes in mermaid, or as it is in html, or between quotes in dot';

CREATE FUNCTION relmap.mermaid_word(string text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT CASE WHEN w.word ~ '^[^A-Za-z_]' AND w.word !~ '^[\u00C0-\uFFFF]' OR w.word ~* '^(pk|fk|uk)($|[^a-z0-9_])'
                    THEN '_' || w.word ELSE w.word END
        FROM (SELECT regexp_replace(string, CASE WHEN getdatabaseencoding() = 'UTF8' THEN '[^A-Za-z0-9_\u00C0-\uFFFF]'
                                                 ELSE '[^A-Za-z0-9_]' END, '_', 'g')) AS w (word));
COMMENT ON FUNCTION relmap.mermaid_word(text) IS
    'a name as a word that mermaid takes for a column or a type';

CREATE FUNCTION relmap.diagram(format text DEFAULT 'mermaid', schema name DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
BEGIN
    IF format = 'mermaid' THEN
        RETURN 'erDiagram' || coalesce((
            SELECT string_agg(E'\n    "' || relmap.encoded(b.label, 'mermaid') || '"' || coalesce(E' {\n' || (
                       SELECT string_agg('        ' || w.type || ' ' || w.name || coalesce(' ' || nullif(f.keys, ''), '')
                                  || CASE WHEN w.name <> f.name THEN ' "' || relmap.encoded(f.name, 'mermaid') || '"' ELSE '' END,
                                  E'\n' ORDER BY f.n) || E'\n    }'
                       FROM relmap.fields(b.relation) WITH ORDINALITY AS f (name, type, keys, n),
                            LATERAL (SELECT relmap.mermaid_word(f.name) AS name,
                                            relmap.mermaid_word(rtrim(f.type, '[]'))
                                            || CASE WHEN right(f.type, 2) = '[]' THEN '[]' ELSE '' END AS type) AS w
                       WHERE b.inside), ''), '' ORDER BY NOT b.inside, b.label COLLATE "C")
            FROM relmap.boxes(schema) b), '') || coalesce((
            SELECT string_agg(pg_catalog.format(E'\n    "%s" %s%s%s "%s" : "%s"',
                       relmap.encoded(s.label, 'mermaid'),
                       CASE WHEN l.source_many THEN '}o' WHEN l.source_optional THEN '|o' ELSE '||' END,
                       CASE WHEN l.declared THEN '--' ELSE '..' END,
                       CASE WHEN l.target_many THEN 'o{' ELSE 'o|' END,
                       relmap.encoded(t.label, 'mermaid'), relmap.encoded(l.label, 'mermaid')),
                   '' ORDER BY s.label COLLATE "C", t.label COLLATE "C", l.label COLLATE "C")
            FROM relmap.lines(schema) l
            JOIN relmap.boxes(schema) s ON s.relation = l.source
            JOIN relmap.boxes(schema) t ON t.relation = l.target), '') || E'\n';
    ELSIF format = 'dot' THEN
        RETURN E'digraph relmap {\n'
            || E'    graph [rankdir=LR, nodesep=0.4, ranksep=1.2]\n'
            || E'    node [shape=plain, fontname="Helvetica", fontsize=11]\n'
            || E'    edge [dir=both, fontname="Helvetica", fontsize=9, color="#555555"]\n' || coalesce((
            SELECT string_agg(pg_catalog.format(
                       E'    "%s" [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="4">\n'
                       '        <tr><td colspan="3" bgcolor="%s"><b>%s</b></td></tr>%s\n    </table>>]\n',
                       relmap.encoded(b.label, 'dot'), CASE WHEN b.inside THEN '#dde8f5' ELSE '#eeeeee' END,
                       relmap.encoded(b.label, 'html'), (
                       SELECT string_agg(pg_catalog.format(
                                  E'\n        <tr><td align="left">%s</td><td align="left"><font color="#777777">%s</font></td><td>%s</td></tr>',
                                  relmap.encoded(f.name, 'html'), relmap.encoded(f.type, 'html'), f.keys), '' ORDER BY f.n)
                       FROM relmap.fields(b.relation) WITH ORDINALITY AS f (name, type, keys, n)
                       WHERE b.inside)),
                   '' ORDER BY NOT b.inside, b.label COLLATE "C")
            FROM relmap.boxes(schema) b), '') || coalesce((
            SELECT string_agg(pg_catalog.format(E'    "%s" -> "%s" [label=<%s>, arrowtail=%s, arrowhead=%s%s]\n',
                       relmap.encoded(s.label, 'dot'), relmap.encoded(t.label, 'dot'), relmap.encoded(l.label, 'html'),
                       CASE WHEN l.source_many THEN 'crowodot' WHEN l.source_optional THEN 'teeodot' ELSE 'teetee' END,
                       CASE WHEN l.target_many THEN 'crowodot' ELSE 'teeodot' END,
                       CASE WHEN l.declared THEN '' ELSE ', style=dashed' END),
                   '' ORDER BY s.label COLLATE "C", t.label COLLATE "C", l.label COLLATE "C")
            FROM relmap.lines(schema) l
            JOIN relmap.boxes(schema) s ON s.relation = l.source
            JOIN relmap.boxes(schema) t ON t.relation = l.target), '') || E'}\n';
    ELSE
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = pg_catalog.format('unrecognized format of a diagram: %s', coalesce(quote_literal(format), 'null')),
            HINT = 'Valid values are mermaid and dot.';
    END IF;
END
$$;
COMMENT ON FUNCTION relmap.diagram(text, name) IS
    'a picture of the tables of a schema, or of all, and their relationships, as text: ''mermaid'' (an erDiagram) or ''dot'' (for Graphviz); a foreign key that is not declared is a dashed line with its columns';

-- Models

CREATE FUNCTION relmap.python_string(string text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
-- what JSON escapes, Python reads
RETURN to_json(string)::text;
COMMENT ON FUNCTION relmap.python_string(text) IS
    'a string as a literal of Python';

CREATE FUNCTION relmap.python_strings(strings text[])
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT '[' || string_agg(relmap.python_string(s.string), ', ' ORDER BY s.n) || ']'
        FROM unnest(strings) WITH ORDINALITY AS s (string, n));
COMMENT ON FUNCTION relmap.python_strings(text[]) IS
    'an array of strings as a list of Python';

CREATE FUNCTION relmap.python_name(string text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT CASE WHEN w.word ~ '^([0-9]|__)' THEN 'x' || w.word
                    WHEN w.word IN ('False', 'None', 'True', 'and', 'as', 'assert', 'async', 'await', 'break', 'class',
                         'continue', 'def', 'del', 'elif', 'else', 'except', 'finally', 'for', 'from', 'global', 'if',
                         'import', 'in', 'is', 'lambda', 'nonlocal', 'not', 'or', 'pass', 'raise', 'return', 'try',
                         'while', 'with', 'yield',
                         -- what the module and SQLAlchemy call by these names
                         'Base', 'declarative_base', 'json', 'postgresql', 'relationship', 'sa', 'metadata', 'registry')
                    THEN w.word || '_' ELSE w.word END
        FROM (SELECT regexp_replace(coalesce(regexp_replace(normalize(
                                    -- not around normalize(): 18 computes that of a constant in any case
                                    CASE WHEN getdatabaseencoding() = 'UTF8' THEN string END,
                                NFKD), '[\u0300-\u036F]', '', 'g'), string), '[^A-Za-z0-9_]', '_', 'g')) AS w (word));
COMMENT ON FUNCTION relmap.python_name(text) IS
    'a name as one that an attribute can have in Python: letters without their accents, digits and _';

CREATE FUNCTION relmap.python_type(type oid, typmod int)
    RETURNS text
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t pg_type;
BEGIN
    SELECT * INTO t FROM pg_type y WHERE y.oid = type;
    IF t.typtype = 'd' THEN
        RETURN relmap.python_type(t.typbasetype, CASE WHEN typmod = -1 THEN t.typtypmod ELSE typmod END);
    ELSIF t.typcategory = 'A' AND t.typelem <> 0 THEN
        RETURN format('postgresql.ARRAY(%s)', relmap.python_type(t.typelem, typmod));
    ELSIF t.typtype = 'e' THEN
        RETURN (SELECT format('postgresql.ENUM(%sname=%s, schema=%s, create_type=False)',
                              (SELECT string_agg(relmap.python_string(e.enumlabel) || ', ', '' ORDER BY e.enumsortorder)
                               FROM pg_enum e WHERE e.enumtypid = type),
                              relmap.python_string(t.typname), relmap.python_string(n.nspname))
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
        ELSE CASE WHEN t.typname IN ('interval', 'json', 'jsonb', 'inet', 'cidr', 'macaddr', 'money', 'oid', 'regclass', 'tsvector',
                      'int4range', 'int8range', 'numrange', 'daterange', 'tsrange', 'tstzrange')
                  THEN format('postgresql.%s()', upper(t.typname))
                  ELSE 'sa.types.NullType()' END
    END;
END
$$;
COMMENT ON FUNCTION relmap.python_type(oid, int) IS
    'a type as SQLAlchemy has it';

CREATE TYPE relmap.mapped_table AS (relation oid, nspname name, relname text, key smallint[], is_primary boolean);
COMMENT ON TYPE relmap.mapped_table IS
    'a table in a module of models, and the columns by which its rows are told apart';

CREATE TYPE relmap.mapped_side AS (
    relation oid, name text, target oid, direction text, uselist boolean, cascade text, order_by text,
    doc text, info jsonb, partner text, child oid, child_columns text[], parent oid, parent_columns text[],
    far_columns text[], far_child_columns text[], on_delete "char", choose boolean,
    target_is_class boolean, child_is_class boolean, shared_by text[]);
COMMENT ON TYPE relmap.mapped_side IS
    'a relationship in a module of models, with what it stands on';

CREATE FUNCTION relmap.mapped_tables(schema name)
    RETURNS SETOF relmap.mapped_table
    LANGUAGE sql STABLE
BEGIN ATOMIC
SELECT c.oid, n.nspname, c.relname::text, i.key, i.is_primary
FROM relmap.tables(schema) t
JOIN pg_class c ON c.oid = t
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT (i.indkey::smallint[])[0:i.indnkeyatts - 1] AS key, i.indisprimary AS is_primary
    FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attnotnull
                      AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1]))
    ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS i ON true
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C";
END;
COMMENT ON FUNCTION relmap.mapped_tables(name) IS
    'the tables in a module of models';

CREATE FUNCTION relmap.mapped_sides(schema name)
    RETURNS SETOF relmap.mapped_side
    LANGUAGE sql STABLE
BEGIN ATOMIC
WITH mapped AS MATERIALIZED (
    SELECT t.relation, t.key IS NOT NULL AS is_class
    FROM relmap.mapped_tables(schema) t
), side AS MATERIALIZED (
    SELECT r.source::oid AS relation, r.name::text, r.target::oid, r.direction, r.uselist, r.cascade, r.order_by, r.doc, r.info,
           CASE WHEN t.is_class THEN o.name::text END AS partner,
           f.conrelid AS child, relmap.column_names(f.conrelid, f.conkey) AS child_columns,
           f.confrelid AS parent, relmap.column_names(f.confrelid, f.confkey) AS parent_columns,
           coalesce(relmap.column_names(x.confrelid, x.confkey), '{}') AS far_columns,
           coalesce(relmap.column_names(x.conrelid, x.conkey), '{}') AS far_child_columns,
           f.confdeltype AS on_delete,
           CASE WHEN r.source = r.target THEN true
                WHEN r.direction = 'MANYTOMANY'
                THEN (SELECT count(*) FROM pg_constraint k
                      WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = r.secondary
                        AND k.confrelid IN (r.source, r.target)) > 2
                ELSE (SELECT count(*) FROM pg_constraint k
                      WHERE k.contype = 'f' AND k.conparentid = 0
                        AND (k.conrelid = r.source AND k.confrelid = r.target
                             OR k.conrelid = r.target AND k.confrelid = r.source)) > 1 END AS choose,
           t.is_class AS target_is_class, c.is_class AS child_is_class
    FROM relmap.relationship r
    JOIN pg_constraint f ON f.contype = 'f' AND f.conparentid = 0 AND f.conname = r.foreign_key
        AND f.conrelid = CASE r.direction WHEN 'ONETOMANY' THEN r.target WHEN 'MANYTOONE' THEN r.source ELSE r.secondary END
    LEFT JOIN pg_constraint x ON x.contype = 'f' AND x.conparentid = 0 AND x.conname = r.secondary_key AND x.conrelid = r.secondary
    LEFT JOIN relmap.relationship o ON o.source = r.target AND o.name = r.back_populates AND o.back_populates = r.name
    JOIN mapped s ON s.relation = r.source AND s.is_class
    JOIN mapped t ON t.relation = r.target
    JOIN mapped c ON c.relation = f.conrelid
    WHERE r.direction <> 'MANYTOMANY' OR x.oid IS NOT NULL
), shared AS (
    -- others, but for the other side, that write one of its columns
    SELECT a.relation, a.name, array_agg(DISTINCT b.relation || '.' || b.name) AS shared_by
    FROM side a
    JOIN side b ON b.child = a.child AND (b.relation, b.name) <> (a.relation, a.name)
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
COMMENT ON FUNCTION relmap.mapped_sides(name) IS
    'the relationships in a module of models';

CREATE FUNCTION relmap.models(format text DEFAULT 'sqlalchemy', schema name DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
    tables  relmap.mapped_table[];
    sides   relmap.mapped_side[];
    model   record;
    item    record;
    names   jsonb := '{}';      -- what tables, columns and attributes are called
    used    text[] := '{}';     -- in one scope
    classes text[] := ARRAY['Base'];
    base    text;
    word    text;
    body    text;
    options text;
    tail    text := '';
    result  text;
BEGIN
    IF format IS DISTINCT FROM 'sqlalchemy' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = pg_catalog.format('unrecognized format of models: %s', coalesce(quote_literal(format), 'null')),
            HINT = 'The valid value is sqlalchemy.';
    END IF;

    tables := ARRAY(SELECT t FROM relmap.mapped_tables(schema) t);
    sides := ARRAY(SELECT s FROM relmap.mapped_sides(schema) s);

    -- names first: everything refers to everything
    FOR model IN SELECT m.* FROM unnest(tables) m LOOP
        base := (SELECT string_agg(upper(left(p, 1)) || substr(p, 2), '' ORDER BY n)
                 FROM string_to_table(relmap.python_name(relmap.singular(model.relname)), '_') WITH ORDINALITY AS s (p, n));
        base := CASE WHEN model.key IS NULL THEN 't_' || relmap.python_name(model.relname)
                     WHEN base = '' THEN 'Model' ELSE relmap.python_name(base) END;
        word := base;
        FOR i IN 2 .. 100000 LOOP
            EXIT WHEN word <> ALL (classes);
            word := base || '_' || i;
        END LOOP;
        classes := classes || word;
        names := names || jsonb_build_object(model.relation::text, word);

        used := '{}';
        FOR item IN
            SELECT model.relation || ' ' || a.attname AS id, a.attname AS name
            FROM pg_attribute a WHERE a.attrelid = model.relation AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        LOOP
            word := relmap.python_name(item.name);
            FOR i IN 2 .. 100000 LOOP
                EXIT WHEN word <> ALL (used);
                word := relmap.python_name(relmap.python_name(item.name) || '_' || i);
            END LOOP;
            used := used || word;
            names := names || jsonb_build_object(item.id, word);
        END LOOP;
        FOR item IN
            SELECT r.relation || '.' || r.name AS id, r.name
            FROM unnest(sides) r WHERE r.relation = model.relation ORDER BY r.name COLLATE "C"
        LOOP
            word := relmap.python_name(item.name);
            FOR i IN 2 .. 100000 LOOP
                EXIT WHEN word <> ALL (used);
                word := relmap.python_name(relmap.python_name(item.name) || '_' || i);
            END LOOP;
            used := used || word;
            names := names || jsonb_build_object(item.id, word);
        END LOOP;
    END LOOP;

    result := '# Written by relmap.models().'
        || CASE WHEN EXISTS (SELECT FROM unnest(sides) s WHERE s.info IS NOT NULL) THEN E'\nimport json\n' ELSE '' END
        || E'\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n'
           'from sqlalchemy.orm import declarative_base, relationship\n\nBase = declarative_base()\n';
    FOR model IN SELECT m.* FROM unnest(tables) m LOOP
        -- columns
        body := (
            SELECT string_agg(
                CASE WHEN model.key IS NULL THEN '    ' ELSE '    ' || (names ->> (model.relation || ' ' || a.attname)) || ' = ' END
                || 'sa.Column('
                || CASE WHEN model.key IS NULL OR names ->> (model.relation || ' ' || a.attname) <> a.attname
                        THEN relmap.python_string(a.attname) || ', ' ELSE '' END
                || relmap.python_type(a.atttypid, a.atttypmod)
                || CASE WHEN model.is_primary AND a.attnum = ANY (model.key) THEN ', primary_key=True'
                        WHEN a.attnotnull THEN ', nullable=False' ELSE '' END
                || CASE WHEN a.atthasdef OR a.attidentity <> '' THEN ', server_default=sa.FetchedValue()' ELSE '' END
                || CASE WHEN a.attgenerated <> '' THEN ', server_onupdate=sa.FetchedValue()' ELSE '' END
                || CASE WHEN model.key IS NULL THEN E'),\n' ELSE E')\n' END, '' ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = model.relation AND a.attnum > 0 AND NOT a.attisdropped);

        -- constraints; a name with a dot cannot stand in a string
        options := '';
        FOR item IN
            SELECT c.*, c.contype = 'f' AND concat(n.nspname, p.relname, array_to_string(relmap.column_names(c.confrelid, c.confkey), '')) ~ '\.' AS dotted,
                   relmap.column_names(c.conrelid, c.conkey) AS columns, relmap.column_names(c.confrelid, c.confkey) AS referenced,
                   n.nspname, p.relname
            FROM pg_constraint c
            LEFT JOIN pg_class p ON p.oid = c.confrelid
            LEFT JOIN pg_namespace n ON n.oid = p.relnamespace
            WHERE c.conrelid = model.relation AND c.conparentid = 0
              AND (c.contype = 'u' OR c.contype = 'f' AND names ? c.confrelid::text)
            ORDER BY c.contype, c.conname COLLATE "C"
        LOOP
            word := CASE WHEN item.contype = 'u'
                THEN pg_catalog.format('sa.UniqueConstraint(%s, name=%s', btrim(relmap.python_strings(item.columns), '[]'),
                                       relmap.python_string(item.conname))
                ELSE pg_catalog.format('sa.ForeignKeyConstraint(%s, [%s], name=%s', relmap.python_strings(item.columns),
                    (SELECT string_agg(CASE WHEN item.dotted
                                THEN pg_catalog.format(CASE WHEN m.key IS NULL THEN '%s.c[%s]' ELSE '%s.__table__.c[%s]' END,
                                                       names ->> item.confrelid::text, relmap.python_string(u.name))
                                ELSE relmap.python_string(item.nspname || '.' || item.relname || '.' || u.name) END, ', ' ORDER BY u.n)
                     FROM unnest(item.referenced) WITH ORDINALITY AS u (name, n), unnest(tables) m
                     WHERE m.relation = item.confrelid),
                    relmap.python_string(item.conname))
                    || CASE item.confdeltype WHEN 'c' THEN ', ondelete="CASCADE"' WHEN 'n' THEN ', ondelete="SET NULL"'
                           WHEN 'd' THEN ', ondelete="SET DEFAULT"' WHEN 'r' THEN ', ondelete="RESTRICT"' ELSE '' END
                    || CASE item.confupdtype WHEN 'c' THEN ', onupdate="CASCADE"' WHEN 'n' THEN ', onupdate="SET NULL"'
                           WHEN 'd' THEN ', onupdate="SET DEFAULT"' WHEN 'r' THEN ', onupdate="RESTRICT"' ELSE '' END END
                || CASE WHEN item.condeferrable THEN ', deferrable=True' ELSE '' END
                || CASE WHEN item.condeferred THEN ', initially="DEFERRED"' ELSE '' END || ')';
            IF item.dotted THEN
                tail := tail || E'\n' || (names ->> model.relation::text) || CASE WHEN model.key IS NULL THEN '' ELSE '.__table__' END
                     || '.append_constraint(' || word || ')';
            ELSE
                options := options || '        ' || word || E',\n';
            END IF;
        END LOOP;

        IF model.key IS NULL THEN
            -- without a key it can be no class
            result := result || E'\n\n' || (names ->> model.relation::text) || E' = sa.Table(\n    '
                || relmap.python_string(model.relname) || E',\n    Base.metadata,\n' || coalesce(body, '')
                || regexp_replace(options, '^    ', '', 'gn') || '    schema=' || relmap.python_string(model.nspname) || E',\n)\n';
            CONTINUE;
        END IF;
        result := result || E'\n\nclass ' || (names ->> model.relation::text) || E'(Base):\n    __tablename__ = '
            || relmap.python_string(model.relname) || E'\n    __table_args__ = (\n' || options || '        {"schema": '
            || relmap.python_string(model.nspname) || E'},\n    )\n\n' || body;
        IF NOT model.is_primary THEN
            result := result || E'    __mapper_args__ = {"primary_key": ['
                || (SELECT string_agg(names ->> (model.relation || ' ' || c), ', ')
                    FROM unnest(relmap.column_names(model.relation, model.key)) AS c) || E']}\n';
        END IF;

        -- relationships
        body := '';
        FOR item IN
            SELECT s.* FROM unnest(sides) s WHERE s.relation = model.relation
        LOOP
            IF NOT item.target_is_class THEN
                body := body || pg_catalog.format(E'    # %s leads to a table without a key\n', names ->> (model.relation || '.' || item.name));
                CONTINUE;
            END IF;
            options := CASE WHEN item.direction = 'MANYTOMANY' THEN pg_catalog.format(', secondary=lambda: %s%s',
                                names ->> item.child::text, CASE WHEN item.child_is_class THEN '.__table__' ELSE '' END)
                            ELSE '' END;
            IF item.choose AND item.direction = 'MANYTOMANY' THEN
                options := options || pg_catalog.format(', primaryjoin=lambda: sa.and_(%s), secondaryjoin=lambda: sa.and_(%s)',
                    (SELECT string_agg(pg_catalog.format(CASE WHEN item.child_is_class THEN '%s.%s == %s.__table__.c[%s]' ELSE '%s.%s == %s.c[%s]' END,
                                names ->> item.relation::text, names ->> (item.relation || ' ' || u.p), names ->> item.child::text,
                                relmap.python_string(u.c)), ', ' ORDER BY u.n)
                     FROM unnest(item.parent_columns, item.child_columns) WITH ORDINALITY AS u (p, c, n)),
                    (SELECT string_agg(pg_catalog.format(CASE WHEN item.child_is_class THEN '%s.%s == %s.__table__.c[%s]' ELSE '%s.%s == %s.c[%s]' END,
                                names ->> item.target::text, names ->> (item.target || ' ' || u.p), names ->> item.child::text,
                                relmap.python_string(u.c)), ', ' ORDER BY u.n)
                     FROM unnest(item.far_columns, item.far_child_columns) WITH ORDINALITY AS u (p, c, n)));
            ELSIF item.choose THEN
                options := options || pg_catalog.format(CASE WHEN cardinality(item.child_columns) = 1 THEN ', primaryjoin=lambda: %s, foreign_keys=lambda: [%s]'
                         ELSE ', primaryjoin=lambda: sa.and_(%s), foreign_keys=lambda: [%s]' END,
                    (SELECT string_agg(pg_catalog.format('%s.%s == %s.%s',
                                names ->> item.parent::text, names ->> (item.parent || ' ' || u.p),
                                names ->> item.child::text, names ->> (item.child || ' ' || u.c)), ', ' ORDER BY u.n)
                     FROM unnest(item.parent_columns, item.child_columns) WITH ORDINALITY AS u (p, c, n)),
                    (SELECT string_agg((names ->> item.child::text) || '.' || (names ->> (item.child || ' ' || u.c)), ', ' ORDER BY u.n)
                     FROM unnest(item.child_columns) WITH ORDINALITY AS u (c, n)));
                IF item.child = item.parent THEN
                    options := options || pg_catalog.format(', remote_side=lambda: [%s]',
                        (SELECT string_agg((names ->> item.child::text) || '.' || (names ->> (item.child || ' ' || u.c)), ', ' ORDER BY u.n)
                         FROM unnest(CASE item.direction WHEN 'MANYTOONE' THEN item.parent_columns ELSE item.child_columns END)
                              WITH ORDINALITY AS u (c, n)));
                END IF;
            END IF;
            options := options
                || coalesce(', back_populates=' || relmap.python_string(names ->> (item.target || '.' || item.partner)), '')
                || CASE WHEN item.uselist OR item.direction = 'MANYTOONE' THEN '' ELSE ', uselist=False' END
                || CASE WHEN item.cascade = 'save-update, merge' THEN '' ELSE ', cascade=' || relmap.python_string(item.cascade) END
                -- what the database deletes or sets by itself
                || CASE WHEN item.direction <> 'ONETOMANY' THEN ''
                        WHEN item.cascade ~ '\mdelete\M' OR item.on_delete IN ('n', 'd') THEN ', passive_deletes=True'
                        WHEN item.on_delete = 'c' THEN ', passive_deletes="all"' ELSE '' END
                || coalesce(', order_by=lambda: [' || (
                       SELECT string_agg((names ->> item.target::text) || '.'
                                  || (names ->> (item.target || ' ' || CASE WHEN o[1] ~ '^"' THEN replace(substr(o[1], 2, length(o[1]) - 2), '""', '"') ELSE o[1] END))
                                  || CASE WHEN o[2] <> '' THEN '.desc()' ELSE '' END
                                  || CASE o[3] WHEN ' NULLS FIRST' THEN '.nulls_first()' WHEN ' NULLS LAST' THEN '.nulls_last()' ELSE '' END, ', ' ORDER BY n)
                       FROM regexp_matches(item.order_by, '((?:"(?:[^"]|"")*")|[^", ]+)((?: DESC)?)((?: NULLS (?:FIRST|LAST))?)(?:, |$)', 'g')
                            WITH ORDINALITY AS m (o, n)) || ']', '')
                || coalesce(', overlaps=' || relmap.python_string((
                       SELECT string_agg(DISTINCT (names ->> o) COLLATE "C", ',') FROM unnest(item.shared_by) AS o)), '')
                || coalesce(', doc=' || relmap.python_string(item.doc), '')
                || CASE WHEN item.info IS NULL THEN ''
                        ELSE pg_catalog.format(CASE jsonb_typeof(item.info) WHEN 'object' THEN ', info=json.loads(%s)'
                                           ELSE ', info={"relmap": json.loads(%s)}' END,
                                           relmap.python_string(item.info::text)) END;
            body := body || pg_catalog.format(E'    %s = relationship("%s"%s)\n', names ->> (model.relation || '.' || item.name),
                                              names ->> item.target::text, options);
        END LOOP;
        IF body <> '' THEN
            result := result || E'\n' || body;
        END IF;
    END LOOP;
    RETURN result || CASE WHEN tail <> '' THEN E'\n' || tail || E'\n' ELSE '' END;
END
$$;
COMMENT ON FUNCTION relmap.models(text, name) IS
    'a module of models of the tables of a schema, or of all, with their relationships as declared: ''sqlalchemy'', for SQLAlchemy 1.4 and later';
