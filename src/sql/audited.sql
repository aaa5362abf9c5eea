/* src/sql/audited.sql */

--
-- What the rules of relmap.check() look at: foreign keys, attributes and triggers,
-- as declared and as they are; and the statements that rules propose.
--

CREATE FUNCTION relmap_internal.index_statement(relation oid, attnums smallint[], is_unique boolean)
    RETURNS text LANGUAGE sql STABLE STRICT
RETURN (
    -- a partitioned table has its partitions' indexes made first, one by one
    SELECT format('CREATE %sINDEX %sON %s (%s);', CASE WHEN is_unique THEN 'UNIQUE ' ELSE '' END,
                  CASE WHEN c.relkind = 'p' THEN '' ELSE 'CONCURRENTLY ' END, c.oid::regclass,
                  relmap_internal.column_list(relation, attnums))
    FROM (SELECT relation AS relid, false AS is_leaf
          UNION ALL
          SELECT t.relid, true FROM pg_partition_tree(relation) t WHERE t.isleaf AND t.relid <> relation) AS t
    JOIN pg_class c ON c.oid = t.relid
    CROSS JOIN LATERAL (
        SELECT array_agg(a.attnum ORDER BY n.n) AS attnums
        FROM unnest(relmap_internal.column_names(relation, attnums)) WITH ORDINALITY AS n (name, n)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = n.name) AS k
    WHERE NOT t.is_leaf OR c.relkind = 'r' AND NOT relmap_internal.has_index(c.oid, k.attnums, is_unique)
    ORDER BY NOT t.is_leaf, c.oid LIMIT 1);
COMMENT ON FUNCTION relmap_internal.index_statement(oid, smallint[], boolean) IS
    'the statement that makes an index on columns of a table without a long lock, or the next of several '
    'statements';

CREATE FUNCTION relmap_internal.key_statement(key oid, on_delete text)
    RETURNS text LANGUAGE sql STABLE STRICT
RETURN (
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I FOREIGN KEY (%s) REFERENCES %s (%s)',
                  f.conrelid::regclass, f.conname, relmap_internal.column_list(f.conrelid, f.conkey),
                  f.confrelid::regclass, relmap_internal.column_list(f.confrelid, f.confkey))
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
COMMENT ON FUNCTION relmap_internal.key_statement(oid, text) IS
    'the statement that gives a foreign key another ON DELETE; it leaves validation for later';

-- Reads the table, if it has no index on the column.
CREATE FUNCTION relmap_internal.never_null(relation regclass, column_name name)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'relmap_never_null' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION relmap_internal.never_null(regclass, name) IS
    'are there rows, and in none of them a NULL in this column? False if the caller may not see them all';

CREATE FUNCTION relmap_internal.forbids_null(check_key oid, columns smallint[])
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'relmap_forbids_null' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION relmap_internal.forbids_null(oid, smallint[]) IS
    'does a CHECK constraint forbid NULL in all these columns of a row that met it before? Null if that depends '
    'on other columns; calls no function that is in the constraint';

CREATE FUNCTION relmap_internal.accessor_has_its_body(source regclass, name name)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'relmap_accessor_has_its_body' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100;
COMMENT ON FUNCTION relmap_internal.accessor_has_its_body(regclass, name) IS
    'has the accessor of a relationship the text that it would have if it were made now?';

CREATE FUNCTION relmap_internal.renamed_column(source regclass, name name)
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_renamed_column' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION relmap_internal.renamed_column(regclass, name) IS
    'a column that has another name than a declaration knows, in words; NULL if there is none';

CREATE FUNCTION relmap_internal.is_elsewhere(relation regclass)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'relmap_is_elsewhere' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION relmap_internal.is_elsewhere(regclass) IS
    'are the rows of a table kept elsewhere, by an engine that distributes them?';

--
-- What the rules are about
--

CREATE VIEW relmap_internal.declared_key AS
SELECT r.source, r.name::text, r.target, r.direction, r.uselist, r.enforce, r.cascade, r.on_replace, r.order_by,
       r.condition, r.keyed_by, r.single_parent, k.child, k.key_name, k.near
FROM relmap_internal.relationship r
CROSS JOIN LATERAL (VALUES (relmap_internal.child_of(r), r.foreign_key, true),
                           (r.secondary, r.secondary_key, false)) AS k (child, key_name, near)
WHERE k.near OR r.direction = 'MANYTOMANY';
COMMENT ON VIEW relmap_internal.declared_key IS
    'the declarations, once for each foreign key that they stand on, and the table that has it';

CREATE VIEW relmap_internal.key AS
SELECT f.oid, f.conname, f.conrelid::regclass AS child, f.confrelid::regclass AS parent, f.conkey, f.convalidated,
       f.confdeltype, f.confupdtype, coalesce(f.confdelsetcols, f.conkey) AS set_columns, c.relname, c.relkind,
       NOT f.convalidated AND coalesce(to_jsonb(f) ->> 'conenforced' = 'false', false) AS not_enforced,
       coalesce(d.source, f.conrelid::regclass) AS source, d.name, coalesce(d.lets_go, false) AS lets_go,
       coalesce(d.is_scalar, false) AS is_scalar,
       c.relnamespace AS nsp, (SELECT p.relnamespace FROM pg_class p WHERE p.oid = d.source) AS other_nsp,
       d.name IS NULL AND c.is_tool AS by_name
FROM pg_constraint f
JOIN relmap_internal.any_table c ON c.relation = f.conrelid
LEFT JOIN (
    -- the attribute that it is told of: the parent's if there is one
    SELECT k.child, k.key_name,
           (array_agg(k.source ORDER BY k.direction = 'MANYTOONE', k.source, k.name))[1] AS source,
           (array_agg(k.name ORDER BY k.direction = 'MANYTOONE', k.source, k.name))[1] AS name,
           bool_or(k.direction <> 'MANYTOONE' AND k.enforce
                   AND (k.on_replace <> 'restrict' OR k.cascade ~ 'delete-orphan')) AS lets_go,
           bool_or(k.direction = 'ONETOMANY' AND (NOT k.uselist OR k.keyed_by IS NOT NULL) AND k.enforce
                   AND k.condition IS NULL OR k.single_parent) AS is_scalar
    FROM relmap_internal.declared_key k
    GROUP BY k.child, k.key_name) AS d ON d.child = f.conrelid AND d.key_name = f.conname
WHERE f.contype = 'f' AND f.conparentid = 0 AND (d.name IS NOT NULL OR c.is_own);
COMMENT ON VIEW relmap_internal.key IS
    'the foreign keys of the user''s own tables, declared or not: source is the table that has it, and name '
    'null, where no attribute is declared';

CREATE VIEW relmap_internal.key_column AS
SELECT k.*, a.attname, a.attnotnull, a.attnum,
       relmap_internal.fitting_name(k.relname || '_' || a.attname, '_not_null') AS check_name
FROM relmap_internal.key k
JOIN pg_attribute a ON a.attrelid = k.child AND a.attnum = ANY (k.conkey);
COMMENT ON VIEW relmap_internal.key_column IS
    'the columns of the foreign keys';

CREATE VIEW relmap_internal.attribute AS
SELECT r.source, r.name::text, r.target, r.direction, r.uselist, r.enforce, r.on_replace, r.cascade,
       r.back_populates::text, r.foreign_key, r.foreign_columns, r.secondary, r.secondary_key, r.accessor,
       coalesce(r.required, false) AS required, c.reltype, c.relnamespace AS nsp,
       r.condition, r.keyed_by, r.single_parent,
       r.direction <> 'MANYTOONE' AND NOT r.uselist AND r.enforce AND r.condition IS NULL AS is_scalar,
       r.direction = 'ONETOMANY' AND r.enforce AND (r.keyed_by IS NOT NULL OR NOT r.uselist
           AND r.condition IS NOT NULL) AS is_slot,
       r.direction = 'ONETOMANY'
       AND (r.condition IS NOT NULL OR NOT r.uselist AND NOT r.enforce AND r.order_by IS NOT NULL) AS is_one_way,
       format('SELECT relmap.alter_relationship(%L, %L', r.source, r.name) AS alter
FROM relmap_internal.relationship r
LEFT JOIN pg_class c ON c.oid = r.source;
COMMENT ON VIEW relmap_internal.attribute IS
    'the declared attributes, and the command that changes one';

CREATE VIEW relmap_internal.attribute_key AS
SELECT a.*, k.child, k.key_name, k.near AND a.is_scalar AS one_to_one,
       k.near, k.near AND a.direction <> 'MANYTOONE' AND a.enforce AS cascades, f.oid AS key, f.conkey, f.confdeltype
FROM relmap_internal.attribute a
CROSS JOIN LATERAL (
    VALUES (CASE a.direction WHEN 'ONETOMANY' THEN a.target WHEN 'MANYTOONE' THEN a.source ELSE a.secondary END,
            a.foreign_key, true),
           (a.secondary, a.secondary_key, false)) AS k (child, key_name, near)
LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.conparentid = 0
    AND f.conrelid = k.child AND f.conname = k.key_name
WHERE k.near OR a.direction = 'MANYTOMANY';
COMMENT ON VIEW relmap_internal.attribute_key IS
    'the attributes with the foreign keys that they stand on; a many-to-many has two';

-- OFFSET 0: pg_trigger is joined to all of it, not to the triggers of each key.
CREATE VIEW relmap_internal.wanted_trigger AS
SELECT w.source, w.name, w.nsp, w.alter, w.child, w.key_name, w.function, w.relation, t.tgname, t.tgenabled
FROM (
    SELECT k.source, k.name, k.nsp, k.alter, k.child, k.key_name, w.*
    FROM (SELECT k.*, relmap_internal.column_names(k.child, k.conkey) AS columns
          FROM relmap_internal.attribute_key k
          WHERE k.key IS NOT NULL AND (k.one_to_one OR k.is_slot OR k.cascades OR k.single_parent)) AS k
    CROSS JOIN LATERAL (
        SELECT coalesce((SELECT string_agg(quote_ident(c), ', ' ORDER BY n)
            FROM unnest(k.keyed_by) WITH ORDINALITY AS u (c, n)), ''),
               coalesce(k.condition, ''),
               CASE WHEN starts_with(k.on_replace, 'set ') THEN substr(k.on_replace, 5) ELSE '' END
        ) AS s (keyed_by, condition, list)
    CROSS JOIN LATERAL (
        VALUES (CASE WHEN s.list <> '' THEN 'relmap_internal.slot_set()'
                     WHEN k.on_replace = 'nullify' THEN 'relmap_internal.slot_nullify()'
                     WHEN k.on_replace = 'delete' THEN 'relmap_internal.slot_delete()'
                     ELSE 'relmap_internal.slot_restrict()' END::regprocedure, k.child, 0,
                ARRAY[relmap_internal.column_list(k.child, k.conkey), s.keyed_by, s.condition, s.list],
                k.is_slot OR k.one_to_one AND s.list <> ''),
               ('relmap_internal.replace_nullify()'::regprocedure, k.child, 0, k.columns,
                k.one_to_one AND k.on_replace = 'nullify'),
               ('relmap_internal.replace_delete()'::regprocedure, k.child, 0, k.columns,
                k.one_to_one AND k.on_replace = 'delete'),
               ('relmap_internal.replace_restrict()'::regprocedure, k.child, 0, k.columns,
                k.one_to_one AND k.on_replace = 'restrict'),
               ('relmap_internal.delete_orphan()'::regprocedure, k.child, 0, k.columns,
                ((k.one_to_one OR k.is_slot) AND k.on_replace = 'delete'
                 OR k.cascades AND 'delete-orphan' = ANY (string_to_array(k.cascade, ', ')))
                AND EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = k.child
                            AND c.attnum = ANY (k.conkey) AND NOT c.attnotnull
                            AND NOT EXISTS (SELECT FROM pg_partitioned_table t WHERE t.partrelid = k.child
                                            AND c.attnum = ANY (t.partattrs::smallint[])))),
               ('relmap_internal.moved_orphan()'::regprocedure, k.child, 0, k.columns,
                k.cascades AND 'delete-orphan' = ANY (string_to_array(k.cascade, ', '))
                AND EXISTS (SELECT FROM pg_class c WHERE c.oid = k.child AND (c.relkind = 'p' OR c.relispartition))
                AND EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = k.child
                            AND c.attnum = ANY (k.conkey) AND NOT c.attnotnull
                            AND NOT EXISTS (SELECT FROM pg_partitioned_table t WHERE t.partrelid = k.child
                                            AND c.attnum = ANY (t.partattrs::smallint[])))),
               ('relmap_internal.cascade_delete()'::regprocedure, k.source, k.child, ARRAY[k.key_name::text],
                k.cascades AND 'delete' = ANY (string_to_array(k.cascade, ', ')) AND k.confdeltype <> 'c'),
               ('relmap_internal.required_child()'::regprocedure, k.child, 0,
                ARRAY[k.key_name::text, coalesce(k.secondary_key::text, ''), s.condition, k.name],
                k.cascades AND k.required),
               ('relmap_internal.required_source()'::regprocedure, k.source, k.child,
                ARRAY[k.key_name::text, k.name], k.cascades AND k.required),
               ('relmap_internal.delete_parent()'::regprocedure, k.child, 0, k.key_name::text || k.columns,
                k.single_parent AND 'delete' = ANY (string_to_array(k.cascade, ', '))),
               ('relmap_internal.delete_orphan_parent()'::regprocedure, k.child, 0, k.key_name::text || k.columns,
                k.single_parent AND 'delete-orphan' = ANY (string_to_array(k.cascade, ', ')))
        ) AS w (function, relation, referrer, arguments, wanted)
    WHERE w.wanted
    OFFSET 0) AS w
LEFT JOIN pg_trigger t ON t.tgrelid = w.relation AND t.tgfoid = w.function AND t.tgconstrrelid = w.referrer
    AND t.tgargs = (SELECT string_agg(convert_to(a, getdatabaseencoding()) || E'\\x00', '' ORDER BY n)
                    FROM unnest(w.arguments) WITH ORDINALITY AS u (a, n));
COMMENT ON VIEW relmap_internal.wanted_trigger IS
    'the triggers that declarations want, by function and table, and those that are there';

--
-- What is there without a declaration: a dump without rows leaves it so
--

-- Its arguments begin with the columns of its key, as they are or as a list, or
-- with the key's name.  Whose rows are elsewhere is declared elsewhere.
CREATE VIEW relmap_internal.undeclared_trigger AS
SELECT t.tgrelid::regclass AS relation, t.child, t.tgname, c.relnamespace AS nsp
FROM (
    SELECT t.*, coalesce(nullif(t.tgconstrrelid, 0), t.tgrelid)::regclass AS child,
           t.tgfoid IN ('relmap_internal.delete_parent()'::regprocedure,
                        'relmap_internal.delete_orphan_parent()'::regprocedure) AS to_parent
    FROM pg_trigger t
    WHERE t.tgparentid = 0
      AND t.tgfoid IN (SELECT p.oid FROM pg_proc p
                       WHERE p.pronamespace = 'relmap_internal'::regnamespace AND p.prorettype = 'trigger'::regtype)
    OFFSET 0) AS t
JOIN relmap_internal.any_table c ON c.relation = t.tgrelid AND c.is_own
WHERE NOT relmap_internal.is_elsewhere(t.tgrelid)
  AND NOT EXISTS (
      SELECT
      FROM relmap_internal.declared_key k
      JOIN relmap_internal.relationship r ON r.source = k.source AND r.name = k.name::name
      LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.conparentid = 0 AND f.conrelid = k.child
          AND f.conname = k.key_name
      CROSS JOIN LATERAL (
          VALUES (r.foreign_columns::text[]), (relmap_internal.column_names(f.conrelid, f.conkey))) AS n (names)
      CROSS JOIN LATERAL (
          SELECT string_agg(convert_to(u.c, getdatabaseencoding()) || E'\\x00', '' ORDER BY u.n),
                 convert_to(string_agg(quote_ident(u.c), ', ' ORDER BY u.n), getdatabaseencoding()) || E'\\x00'
          FROM unnest(n.names) WITH ORDINALITY AS u (c, n)) AS a (names, list)
      CROSS JOIN LATERAL (
          VALUES (a.names), (a.list),
                 (convert_to(coalesce(r.foreign_key, r.former_key)::text, getdatabaseencoding()) || E'\\x00')
      ) AS b (argument)
      WHERE k.near AND k.child = t.child AND (k.direction = 'MANYTOONE') = t.to_parent
        AND substring(t.tgargs FROM 1 FOR length(b.argument)) = b.argument);
COMMENT ON VIEW relmap_internal.undeclared_trigger IS
    'the triggers of relmap''s, of the user''s own tables, whose relationship is not declared; and the table that '
    'has the foreign key';

CREATE VIEW relmap_internal.undeclared_accessor AS
SELECT c.oid::regclass AS source, p.proname AS name, p.oid::regprocedure AS accessor, c.relnamespace AS nsp
FROM pg_proc p
JOIN pg_class c ON c.reltype = p.proargtypes[0] AND c.relkind IN ('r', 'p')
WHERE p.pronargs > 0 AND p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'sql')
  AND starts_with(p.prosrc, '/* relmap */ SELECT ')
  AND NOT pg_is_other_temp_schema(c.relnamespace) AND NOT relmap_internal.is_elsewhere(c.oid)
  AND NOT EXISTS (SELECT FROM relmap_internal.relationship r WHERE r.source = c.oid AND r.name = p.proname)
  AND NOT EXISTS (SELECT FROM relmap_internal.relationship r
                  WHERE r.source = c.oid AND r.keyed_by IS NOT NULL
                    AND strpos(p.prosrc, format('related_by($1, %L, ', r.name)) > 0);
COMMENT ON VIEW relmap_internal.undeclared_accessor IS
    'the accessors whose attribute is not declared';

GRANT SELECT ON relmap_internal.declared_key, relmap_internal.key, relmap_internal.key_column,
    relmap_internal.attribute, relmap_internal.attribute_key, relmap_internal.wanted_trigger,
    relmap_internal.undeclared_trigger, relmap_internal.undeclared_accessor
    TO PUBLIC;
