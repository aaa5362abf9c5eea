/* src/sql/rules.sql */

--
-- The rules of relmap.check(), a view for each.
--
-- A rule tells source and name of the attribute, what is wrong, how bad that
-- is and what fixes it; and in which schemas it is asked for: nsp, or
-- other_nsp.  One with by_name is not shown unless one of these is asked
-- for.  None of them plans or runs a query on a table of the user's, as that
-- would run functions of its owner with the rights of who asks.
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
    AND t.tgargs = (SELECT string_agg(convert_to(a, getdatabaseencoding()) || '\x00', '' ORDER BY n)
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
          SELECT string_agg(convert_to(u.c, getdatabaseencoding()) || '\x00', '' ORDER BY u.n),
                 convert_to(string_agg(quote_ident(u.c), ', ' ORDER BY u.n), getdatabaseencoding()) || '\x00'
          FROM unnest(n.names) WITH ORDINALITY AS u (c, n)) AS a (names, list)
      CROSS JOIN LATERAL (
          VALUES (a.names), (a.list),
                 (convert_to(coalesce(r.foreign_key, r.former_key)::text, getdatabaseencoding()) || '\x00')
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

CREATE VIEW relmap_internal.rule_declaration_missing AS
SELECT u.source, NULL::text AS name,
       format(CASE count(*) WHEN 1 THEN '%s of table "%s" has no declaration' ELSE '%s of table "%s" have no declaration' END,
              string_agg(u.what, ', ' ORDER BY u.what COLLATE "C"), relmap_internal.shown(u.source)) AS problem,
       'error' AS severity,
       'SELECT relmap.declarations(); -- in the original database: run here what it returns. Or: '
       -- a name with a line break must not end the comment
       || translate(string_agg(u.drop, ' ' ORDER BY u.what COLLATE "C"), E'\n\r', '  ') AS statement,
       u.nsp, NULL::oid AS other_nsp, false AS by_name
FROM (
    SELECT t.relation AS source, 'trigger "' || t.tgname || '"' AS what,
           format('DROP TRIGGER %I ON %s;', t.tgname, t.relation) AS drop, t.nsp
    FROM relmap_internal.undeclared_trigger t
    UNION ALL
    SELECT a.source, 'accessor "' || a.name || '"', format('DROP FUNCTION %s;', a.accessor), a.nsp
    FROM relmap_internal.undeclared_accessor a) AS u
GROUP BY u.source, u.nsp;

--
-- Foreign keys, declared or not
--

CREATE VIEW relmap_internal.rule_fk_not_valid AS
SELECT k.source, k.name, format('foreign key "%s" is not valid', k.conname) AS problem, 'warning' AS severity,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', k.child, k.conname) AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key k
WHERE NOT k.convalidated AND NOT k.not_enforced;

CREATE VIEW relmap_internal.rule_fk_not_enforced AS
SELECT k.source, k.name, format('foreign key "%s" is not enforced', k.conname) AS problem, 'warning' AS severity,
       format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED;', k.child, k.conname) AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key k
WHERE k.not_enforced;

CREATE VIEW relmap_internal.rule_fk_without_index AS
SELECT k.source, k.name,
       format('columns (%s) of table "%s" have no index',
              array_to_string(relmap_internal.column_names(k.child, k.conkey), ', '), relmap_internal.shown(k.child)) AS problem,
       'warning' AS severity,
       CASE WHEN k.relkind = 'p' THEN relmap_internal.index_statement(k.child, k.conkey, false)
            ELSE format('CREATE INDEX CONCURRENTLY ON %s (%s);', k.child,
                        relmap_internal.column_list(k.child, k.conkey)) END AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key k
WHERE NOT k.is_scalar
  AND NOT EXISTS (SELECT FROM pg_index i
                  WHERE i.indrelid = k.child AND i.indisvalid AND i.indpred IS NULL
                    AND (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey);

-- the index alone is a habit; a constraint is what others look for
CREATE VIEW relmap_internal.rule_unique_index_only AS
SELECT k.source, k.name, format('unique index "%s" is not a constraint', i.relname) AS problem, 'notice' AS severity,
       format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE USING INDEX %2$I;', k.child, i.relname) AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key k
JOIN pg_class i ON i.oid = relmap_internal.unique_index(k.child, k.conkey)
WHERE k.relkind = 'r'
  AND NOT EXISTS (SELECT FROM pg_constraint u WHERE u.conindid = i.oid
                  AND u.conrelid = k.child AND u.contype IN ('p', 'u'));

-- an index from before the relationship, which a unique one has made useless
CREATE VIEW relmap_internal.rule_redundant_index AS
SELECT k.source, k.name,
       format('index "%s" is redundant: unique index "%s" has the same columns', c.relname, un.relname) AS problem,
       'notice' AS severity,
       format('DROP INDEX %s%s;', CASE WHEN c.relkind = 'i' THEN 'CONCURRENTLY ' END, c.oid::regclass) AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key k
JOIN pg_index u ON u.indexrelid = relmap_internal.unique_index(k.child, k.conkey)
JOIN pg_class un ON un.oid = u.indexrelid
JOIN pg_index i ON i.indrelid = k.child AND i.indexrelid <> u.indexrelid
JOIN pg_class c ON c.oid = i.indexrelid AND NOT c.relispartition
WHERE k.is_scalar AND i.indisvalid AND NOT i.indisunique AND NOT i.indisclustered
  AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnatts = u.indnatts
  AND i.indkey::text = u.indkey::text AND i.indoption::text = u.indoption::text
  AND i.indclass = u.indclass AND i.indcollation = u.indcollation;

-- parents that are to have one child, where no index sees to it
CREATE VIEW relmap_internal.rule_several_children AS
SELECT s.source, s.name,
       format(CASE v.count WHEN 1 THEN 'one row of table "%2$s" has several children in "%3$s"'
              ELSE '%1$s rows of table "%2$s" have several children in "%3$s"' END, v.count,
              relmap_internal.shown(s.source), relmap_internal.shown(s.target)) AS problem,
       CASE WHEN s.enforce THEN 'error' ELSE 'warning' END AS severity,
       format('SELECT * FROM relmap.violations(%L, %L);', s.source, s.name) AS statement,
       k.nsp, k.other_nsp, false AS by_name
FROM relmap_internal.declared_key s
JOIN relmap_internal.key k ON k.child = s.child AND k.conname = s.key_name
CROSS JOIN LATERAL relmap_internal.count_violations(s.source, s.name) AS v (count)
WHERE s.direction = 'ONETOMANY' AND (NOT s.uselist OR s.keyed_by IS NOT NULL) AND (s.enforce OR s.order_by IS NULL)
  AND CASE WHEN s.condition IS NULL AND s.keyed_by IS NULL THEN relmap_internal.unique_index(k.child, k.conkey)
           ELSE relmap_internal.slot_index(s.source, s.name::name) END IS NULL
  AND v.count > 0;

CREATE VIEW relmap_internal.rule_children_missing AS
SELECT a.source, a.name,
       format(CASE v.count WHEN 1 THEN 'one row of table "%2$s" has no "%3$s"'
              ELSE '%1$s rows of table "%2$s" have no "%3$s"' END, v.count,
              relmap_internal.shown(a.source), a.name) AS problem,
       'error' AS severity,
       format('SELECT * FROM relmap.violations(%L, %L) WHERE children = 0;', a.source, a.name) AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
CROSS JOIN LATERAL relmap_internal.count_childless(a.source, a.name) AS v (count)
WHERE a.required AND a.enforce AND v.count > 0;

CREATE VIEW relmap_internal.rule_cascade_contradicts_key AS
SELECT s.source, s.name,
       format('foreign key "%s" has ON DELETE SET %s, but cascade "delete" deletes rows of table "%s"',
              k.conname, CASE k.confdeltype WHEN 'n' THEN 'NULL' ELSE 'DEFAULT' END,
              relmap_internal.shown(s.target)) AS problem,
       'warning' AS severity, relmap_internal.key_statement(k.oid, 'CASCADE') AS statement,
       k.nsp, k.other_nsp, false AS by_name
FROM relmap_internal.declared_key s
JOIN relmap_internal.key k ON k.child = s.child AND k.conname = s.key_name
WHERE s.direction = 'ONETOMANY' AND 'delete' = ANY (string_to_array(s.cascade, ', ')) AND k.confdeltype IN ('n', 'd');

CREATE VIEW relmap_internal.rule_key_deletes AS
SELECT s.source, s.name,
       format('foreign key "%s" has ON DELETE CASCADE, but cascade "%s" does not delete rows of table "%s"',
              k.conname, s.cascade, relmap_internal.shown(s.target)) AS problem, 'notice' AS severity,
       format('SELECT relmap.alter_relationship(%L, %L, cascade => %L);', s.source, s.name,
              concat_ws(', ', nullif(s.cascade, 'none'), 'delete')) AS statement,
       k.nsp, k.other_nsp, false AS by_name
FROM relmap_internal.declared_key s
JOIN relmap_internal.key k ON k.child = s.child AND k.conname = s.key_name
WHERE s.direction = 'ONETOMANY' AND 'delete' <> ALL (string_to_array(s.cascade, ', ')) AND k.confdeltype = 'c'
  -- with a condition it cannot have it
  AND NOT EXISTS (SELECT FROM relmap_internal.relationship r
                  WHERE r.source = s.source AND r.name = s.name::name AND r.condition IS NOT NULL);

CREATE VIEW relmap_internal.rule_set_null_on_not_null AS
SELECT k.source, k.name,
       format('foreign key "%s" has ON DELETE SET NULL, but column "%s" of table "%s" is NOT NULL',
              k.conname, k.attname, relmap_internal.shown(k.child)) AS problem, 'error' AS severity,
       CASE WHEN EXISTS (SELECT FROM pg_constraint p
                         WHERE p.conrelid = k.child AND p.contype = 'p' AND k.attnum = ANY (p.conkey))
            THEN relmap_internal.key_statement(k.oid, 'NO ACTION')
            ELSE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', k.child, k.attname) END AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key_column k
WHERE k.confdeltype = 'n' AND k.attnotnull AND k.attnum = ANY (k.set_columns);

-- in steps, each of them short: CHECK ... NOT VALID, VALIDATE, SET NOT NULL
CREATE VIEW relmap_internal.rule_never_null AS
SELECT k.source, k.name, format('column "%s" of table "%s" can be NULL but never is', k.attname,
              relmap_internal.shown(k.child)) AS problem,
       'notice' AS severity,
       CASE WHEN c.valid THEN format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', k.child, k.attname)
            WHEN c.conname IS NOT NULL THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', k.child, c.conname)
            ELSE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%I IS NOT NULL) NOT VALID;',
                        k.child, k.check_name, k.attname) END AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key_column k
CROSS JOIN LATERAL relmap_internal.never_null(k.child, k.attname) AS x (never_null)
CROSS JOIN LATERAL (
    SELECT min(c.conname) AS conname, bool_or(c.convalidated) AS valid
    FROM pg_constraint c
    WHERE c.conrelid = k.child AND c.contype = 'c'
      AND pg_get_expr(c.conbin, c.conrelid) = format('(%I IS NOT NULL)', k.attname)) AS c
WHERE NOT k.attnotnull AND k.confdeltype NOT IN ('n', 'd') AND k.confupdtype NOT IN ('n', 'd') AND NOT k.lets_go
  AND k.child NOT IN (SELECT t.child FROM relmap_internal.undeclared_trigger t)
  AND x.never_null;

CREATE VIEW relmap_internal.rule_redundant_check AS
SELECT DISTINCT k.source, k.name,
       format('constraint "%s" is redundant: column "%s" is NOT NULL', c.conname, k.attname) AS problem,
       'notice' AS severity, format('ALTER TABLE %s DROP CONSTRAINT %I;', k.child, c.conname) AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key_column k
JOIN pg_constraint c ON c.conrelid = k.child AND c.contype = 'c' AND c.conname = k.check_name
    AND pg_get_expr(c.conbin, c.conrelid) = format('(%I IS NOT NULL)', k.attname)
WHERE k.attnotnull;

--
-- Declarations
--

CREATE VIEW relmap_internal.rule_table_missing AS
SELECT r.source, r.name::text,
       format('table %s is missing', CASE WHEN c.oid IS NULL THEN r.source::oid
                                          WHEN t.oid IS NULL THEN r.target::oid ELSE r.secondary::oid END) AS problem,
       'error' AS severity, format('SELECT relmap.drop_relationship(%s, %L);', r.source::oid, r.name) AS statement,
       c.relnamespace AS nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.relationship r
LEFT JOIN pg_class c ON c.oid = r.source
LEFT JOIN pg_class t ON t.oid = r.target
LEFT JOIN pg_class s ON s.oid = r.secondary
WHERE c.oid IS NULL OR t.oid IS NULL OR s.oid IS NULL AND r.secondary IS NOT NULL;

-- the key is there by another name; or it can be added, by the columns that are
-- known; or the relationship can be dropped.  If its columns were renamed, their
-- names come first: rule_columns_renamed.
CREATE VIEW relmap_internal.rule_fk_missing AS
SELECT k.source, k.name,
       CASE WHEN o.name = w.key_name
            THEN format('foreign key "%s" of table "%s" was added again, but cannot carry the relationship', o.name,
                        relmap_internal.shown(k.child))
            WHEN o.name IS NOT NULL
            THEN format('foreign key "%s" of table "%s" is called "%s"', w.key_name, relmap_internal.shown(k.child), o.name)
            ELSE format('foreign key "%s" of table "%s" is missing', w.key_name, relmap_internal.shown(k.child)) END AS problem,
       'error' AS severity,
       CASE WHEN o.name IS NOT NULL THEN k.alter || ');'
            WHEN w.columns <@ n.child_columns AND w.referenced <@ n.parent_columns
            THEN format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%s) REFERENCES %s (%s);',
                        k.child, w.key_name,
                        (SELECT string_agg(quote_ident(u.c), ', ' ORDER BY u.n)
                            FROM unnest(w.columns) WITH ORDINALITY AS u (c, n)),
                        w.parent,
                        (SELECT string_agg(quote_ident(u.c), ', ' ORDER BY u.n)
                            FROM unnest(w.referenced) WITH ORDINALITY AS u (c, n)))
                 || translate(format(' -- or: SELECT relmap.drop_relationship(%L, %L);', k.source, k.name), E'\n\r', '  ')
            ELSE format('SELECT relmap.drop_relationship(%L, %L);', k.source, k.name) END AS statement,
       k.nsp, NULL::oid AS other_nsp, false AS by_name
-- OFFSET 0: the few that are missing first, and then what is known of them
FROM (SELECT * FROM relmap_internal.attribute_key k WHERE k.key IS NULL OFFSET 0) AS k
JOIN pg_class c ON c.oid = k.child
CROSS JOIN LATERAL (
    SELECT CASE WHEN k.near THEN coalesce(r.foreign_key, r.former_key)
                ELSE coalesce(r.secondary_key, r.former_secondary_key) END AS key_name,
           CASE WHEN k.near THEN r.foreign_columns ELSE r.secondary_columns END::text[] AS columns,
           CASE WHEN k.near THEN r.referenced_columns ELSE r.secondary_referenced END::text[] AS referenced,
           CASE WHEN NOT k.near OR r.direction = 'MANYTOONE' THEN r.target ELSE r.source END AS parent
    FROM relmap_internal.relationship r
    WHERE r.source = k.source AND r.name = k.name::name) AS w
CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = k.child AND a.attnum > 0
        AND NOT a.attisdropped) AS child_columns,
           ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = w.parent AND a.attnum > 0
               AND NOT a.attisdropped) AS parent_columns) AS n
LEFT JOIN LATERAL (
    SELECT min(f.conname) AS name
    FROM pg_constraint f
    WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid = k.child AND f.confrelid = w.parent
      AND CASE WHEN w.columns <@ n.child_columns
               THEN relmap_internal.column_names(f.conrelid, f.conkey) = w.columns
               -- renamed with its columns: the only one that no other declaration like it names
               ELSE (SELECT count(*) FILTER (WHERE g.oid = f.oid) = 1 AND count(*) = 1
                     FROM pg_constraint g
                     WHERE g.contype = 'f' AND g.conparentid = 0 AND g.conrelid = k.child AND g.confrelid = w.parent
                       AND NOT EXISTS (SELECT FROM relmap_internal.declared_key d
                                       WHERE d.child = k.child AND d.key_name = g.conname
                                         AND d.source = k.source AND d.direction = k.direction)) END) AS o ON true
WHERE relmap_internal.renamed_column(k.source, k.name::name) IS NULL;

-- columns renamed where no event trigger saw it
CREATE VIEW relmap_internal.rule_columns_renamed AS
SELECT a.source, a.name, x.renamed AS problem, 'error' AS severity, a.alter || ');' AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
CROSS JOIN LATERAL relmap_internal.renamed_column(a.source, a.name::name) AS x (renamed)
WHERE x.renamed IS NOT NULL;

-- the index first, without a long lock, and by the name that a constraint would have
CREATE VIEW relmap_internal.rule_uniqueness_missing AS
SELECT k.source, k.name,
       format('columns (%s) of table "%s" are not unique', array_to_string(n.names, ', '),
              relmap_internal.shown(k.child)) AS problem,
       'error' AS severity,
       CASE WHEN c.relkind = 'r'
                 AND NOT EXISTS (SELECT FROM pg_class o WHERE o.relnamespace = c.relnamespace AND o.relname = n.key)
                 AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conrelid = k.child AND o.conname = n.key)
            THEN format('CREATE UNIQUE INDEX CONCURRENTLY %I ON %s (%s);', n.key, k.child,
                        relmap_internal.column_list(k.child, k.conkey))
                 || translate(format(' -- then: ALTER TABLE %s ADD CONSTRAINT %I UNIQUE USING INDEX %2$I;', k.child, n.key),
                              E'\n\r', '  ')
            ELSE relmap_internal.index_statement(k.child, k.conkey, true) END AS statement,
       k.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute_key k
JOIN pg_class c ON c.oid = k.child
CROSS JOIN LATERAL (SELECT relmap_internal.column_names(k.child, k.conkey)) AS x (names)
CROSS JOIN LATERAL (
    SELECT x.names, relmap_internal.fitting_name(c.relname || '_' || array_to_string(x.names, '_'), '_key')
) AS n (names, key)
WHERE (k.one_to_one OR k.single_parent) AND k.key IS NOT NULL
  AND relmap_internal.unique_index(k.child, k.conkey) IS NULL;

-- what was so when it was declared, and is not any more
CREATE VIEW relmap_internal.replaced_columns AS
SELECT k.source, k.name, k.child, k.key_name, k.alter, k.on_replace, k.nsp, k.conkey,
       (SELECT array_agg(a.attnum)
        FROM pg_attribute a
        WHERE a.attrelid = k.child AND a.attnum = ANY (coalesce(f.confdelsetcols, k.conkey)) AND NOT a.attnotnull
          AND NOT EXISTS (SELECT FROM pg_partitioned_table t WHERE t.partrelid = k.child
                          AND a.attnum = ANY (t.partattrs::smallint[]))) AS columns
FROM relmap_internal.attribute_key k
JOIN pg_constraint f ON f.oid = k.key
WHERE k.one_to_one AND k.on_replace IN ('nullify', 'delete');
COMMENT ON VIEW relmap_internal.replaced_columns IS
    'the columns that a row which is replaced has set to NULL; null if there are none';

CREATE VIEW relmap_internal.rule_not_replaceable AS
SELECT r.source, r.name,
       format('no row of table "%s" can be replaced, as no column of foreign key "%s" can be NULL',
              relmap_internal.shown(r.child), r.key_name) AS problem, 'error' AS severity,
       format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', r.child, a.attname) AS statement,
       r.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.replaced_columns r
JOIN pg_attribute a ON a.attrelid = r.child AND a.attnum = r.conkey[cardinality(r.conkey)]
WHERE r.columns IS NULL AND r.on_replace = 'nullify';

CREATE VIEW relmap_internal.rule_check_forbids_null AS
SELECT r.source, r.name,
       format(CASE WHEN x.forbids
           THEN 'no row of table "%s" can be replaced, as constraint "%s" forbids that its key is NULL'
              ELSE 'rows of table "%s" may not be replaceable, as constraint "%s" may forbid that their key is NULL'
                  END,
              relmap_internal.shown(r.child), c.conname) AS problem,
       CASE WHEN x.forbids THEN 'error' ELSE 'warning' END AS severity,
       r.alter || ', on_replace => ''restrict'');' AS statement,
       r.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.replaced_columns r
JOIN pg_constraint c ON c.conrelid = r.child AND c.contype = 'c' AND c.conkey && r.columns
CROSS JOIN LATERAL relmap_internal.forbids_null(c.oid, r.columns) AS x (forbids)
WHERE x.forbids IS NOT false;

CREATE VIEW relmap_internal.rule_key_is_primary_key AS
SELECT r.source, r.name,
       format('the row of table "%s" that is replaced has the primary key of the new one: a client that inserts the '
              'new row and then deletes the old one, by its key, deletes the new one', relmap_internal.shown(r.child)) AS problem,
       'notice' AS severity, r.alter || ', on_replace => ''restrict'');' AS statement,
       r.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.replaced_columns r
JOIN pg_constraint p ON p.conrelid = r.child AND p.contype = 'p' AND p.conkey <@ r.conkey AND p.conkey @> r.conkey
WHERE r.on_replace = 'delete';

CREATE VIEW relmap_internal.rule_slot_not_unique AS
SELECT k.source, k.name,
       format('columns (%s) of table "%s" are not unique%s', s.columns, relmap_internal.shown(k.child), ' where ' || k.condition) AS problem,
       'error' AS severity,
       format('CREATE UNIQUE INDEX %sON %s (%s)%s;', CASE WHEN c.relkind = 'p' THEN '' ELSE 'CONCURRENTLY ' END,
              k.child, s.columns, ' WHERE ' || k.condition) AS statement,
       k.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute_key k
JOIN pg_class c ON c.oid = k.child
CROSS JOIN LATERAL (
    SELECT concat_ws(', ', relmap_internal.column_list(k.child, k.conkey), string_agg(quote_ident(u.c), ', '
        ORDER BY u.n))
    FROM unnest(k.keyed_by) WITH ORDINALITY AS u (c, n)) AS s (columns)
WHERE k.is_slot AND k.key IS NOT NULL AND relmap_internal.slot_index(k.source, k.name::name) IS NULL
  AND relmap_internal.renamed_column(k.source, k.name::name) IS NULL
  AND (k.condition IS NULL OR relmap_internal.text_problem(k.source, k.name::name, false) IS NULL);

-- what it names was renamed where no event trigger saw it, or dropped; names of
-- columns come first: rule_columns_renamed
CREATE VIEW relmap_internal.rule_text_unreadable AS
SELECT a.source, a.name, format('condition "%s" cannot be read: %s', a.condition, p.problem) AS problem,
       'error' AS severity,
       CASE WHEN i.condition IS NULL THEN format('SELECT relmap.drop_relationship(%L, %L);', a.source, a.name)
            ELSE a.alter || format(', condition => %L);', i.condition) END AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
CROSS JOIN LATERAL (SELECT relmap_internal.text_problem(a.source, a.name::name, false)) AS p (problem)
CROSS JOIN LATERAL (SELECT relmap_internal.index_condition(a.source, a.name::name)) AS i (condition)
WHERE a.condition IS NOT NULL AND p.problem IS NOT NULL
  AND relmap_internal.renamed_column(a.source, a.name::name) IS NULL
UNION ALL
SELECT a.source, a.name, format('on_replace "%s" cannot be read: %s', a.on_replace, p.problem),
       'error',
       a.alter || format(', on_replace => %L);',
                         CASE WHEN a.enforce AND (a.keyed_by IS NOT NULL OR NOT a.uselist)
                              THEN coalesce(relmap_internal.leaving_list(a.source, a.name::name), 'restrict')
                              ELSE '' END),
       a.nsp, NULL::oid, false
FROM relmap_internal.attribute a
CROSS JOIN LATERAL (SELECT relmap_internal.text_problem(a.source, a.name::name, true)) AS p (problem)
WHERE starts_with(a.on_replace, 'set ') AND p.problem IS NOT NULL
  AND relmap_internal.renamed_column(a.source, a.name::name) IS NULL;

CREATE VIEW relmap_internal.rule_trigger_missing AS
SELECT w.source, w.name, format('trigger of function %s is missing on table "%s"', w.function,
              relmap_internal.shown(w.relation)) AS problem,
       'error' AS severity, w.alter || ');' AS statement, w.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.wanted_trigger w
WHERE w.tgname IS NULL;

CREATE VIEW relmap_internal.rule_trigger_disabled AS
SELECT w.source, w.name, format('trigger "%s" is disabled', w.tgname) AS problem, 'error' AS severity,
       format('ALTER TABLE %s ENABLE TRIGGER %I;', w.relation, w.tgname) AS statement,
       w.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.wanted_trigger w
WHERE w.tgenabled IN ('D', 'R');

-- a row trigger (1) before (2) insert (4) or update (16); the one of ours gets its
-- place by its name, if it was renamed
CREATE VIEW relmap_internal.rule_trigger_not_last AS
SELECT w.source, w.name, format('trigger "%s" fires after "%s"', t.tgname, w.tgname) AS problem, 'error' AS severity,
       format('ALTER TRIGGER %I ON %s RENAME TO %I;', n.old_name, w.child,
              CASE WHEN EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = w.child AND o.tgname = n.new_name)
                   THEN relmap_internal.fitting_name(n.new_name, '_' || t.oid) ELSE n.new_name END) AS statement,
       w.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.wanted_trigger w
JOIN pg_trigger t ON t.tgrelid = w.child AND NOT t.tgisinternal
    AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0
    AND t.tgname::text COLLATE "C" > w.tgname::text COLLATE "C"
    AND t.tgfoid NOT IN ('relmap_internal.replace_nullify()'::regprocedure,
                         'relmap_internal.replace_delete()'::regprocedure,
                         'relmap_internal.replace_restrict()'::regprocedure,
                         'relmap_internal.slot_nullify()'::regprocedure,
                         'relmap_internal.slot_delete()'::regprocedure,
                         'relmap_internal.slot_restrict()'::regprocedure,
                         'relmap_internal.slot_set()'::regprocedure)
CROSS JOIN LATERAL (
    SELECT CASE WHEN starts_with(w.tgname, '~') THEN t.tgname ELSE w.tgname END AS old_name,
           CASE WHEN starts_with(w.tgname, '~')
                THEN relmap_internal.fitting_name('before_', ltrim(t.tgname, '~'))
                ELSE relmap_internal.fitting_name('~', w.tgname) END AS new_name) AS n
WHERE w.function NOT IN ('relmap_internal.delete_orphan()'::regprocedure,
                         'relmap_internal.moved_orphan()'::regprocedure,
                         'relmap_internal.cascade_delete()'::regprocedure,
                         'relmap_internal.required_child()'::regprocedure,
                         'relmap_internal.required_source()'::regprocedure,
                         'relmap_internal.delete_parent()'::regprocedure,
                         'relmap_internal.delete_orphan_parent()'::regprocedure);

CREATE VIEW relmap_internal.rule_cascade_late AS
SELECT w.source, w.name, format('trigger "%s" fires after the check of foreign key "%s"', w.tgname,
    w.key_name) AS problem,
       'error' AS severity,
       format('ALTER TRIGGER %I ON %s RENAME TO %I;', w.tgname, w.relation, left('!' || w.tgname, 63)) AS statement,
       w.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.wanted_trigger w
WHERE w.function IN ('relmap_internal.cascade_delete()'::regprocedure,
                     'relmap_internal.delete_parent()'::regprocedure)
  AND w.tgname::text COLLATE "C" > 'RI_ConstraintTrigger_a';

-- it acts as the owner of its table
CREATE VIEW relmap_internal.rule_may_not_delete AS
SELECT a.source, a.name,
       format('the owner of table "%s" may not delete rows of table "%s", as cascade "delete" does',
              relmap_internal.shown(a.source), relmap_internal.shown(a.target)) AS problem,
       'error' AS severity, format('GRANT SELECT, DELETE ON %s TO %s;', a.target, c.relowner::regrole) AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
JOIN pg_class c ON c.oid = a.source
JOIN pg_class t ON t.oid = a.target
WHERE a.single_parent AND 'delete' = ANY (string_to_array(a.cascade, ', '))
  AND NOT has_table_privilege(c.relowner, t.oid, 'DELETE');

CREATE VIEW relmap_internal.rule_accessor_missing AS
SELECT a.source, a.name, format('accessor "%s" of table "%s" is missing', a.name, relmap_internal.shown(a.source)) AS problem,
       'error' AS severity, a.alter || ', accessor => true);' AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
WHERE a.accessor AND a.reltype IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_proc p
                  WHERE p.proname = a.name::name AND p.proargtypes = a.reltype::text::oidvector
                    AND p.pronamespace = a.nsp AND starts_with(p.prosrc, '/* relmap */ SELECT '))
UNION ALL
SELECT a.source, a.name, format('accessor "%s_by_%s" of table "%s" is missing', a.name,
                                array_to_string(a.keyed_by, '_'), relmap_internal.shown(a.source)),
       'error', a.alter || ', accessor => true);', a.nsp, NULL::oid, false
FROM relmap_internal.attribute a
WHERE a.accessor AND a.reltype IS NOT NULL AND a.keyed_by IS NOT NULL
  AND relmap_internal.keyed_accessor(a.source, a.name::name) IS NULL;

CREATE VIEW relmap_internal.rule_accessor_stale AS
SELECT a.source, a.name, format('accessor "%s" of table "%s" has names that its tables no longer have', a.name,
              relmap_internal.shown(a.source)) AS problem,
       'error' AS severity, a.alter || ');' AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
WHERE a.accessor AND a.reltype IS NOT NULL AND NOT relmap_internal.accessor_has_its_body(a.source, a.name::name);

-- What distributes tables makes triggers only if it is told that they are safe.
CREATE VIEW relmap_internal.rule_triggers_refused AS
SELECT DISTINCT w.source, w.name,
       format('triggers of table "%s" can''t be made or dropped: it is distributed, and '
              'citus.enable_unsafe_triggers is off', relmap_internal.shown(w.relation)) AS problem,
       'warning' AS severity, 'ALTER SYSTEM SET citus.enable_unsafe_triggers = on;' AS statement,
       w.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.wanted_trigger w
WHERE current_setting('citus.enable_unsafe_triggers', true) = 'off'
  AND relmap_internal.is_elsewhere(w.relation);

-- Only who may see the settings is told.
CREATE VIEW relmap_internal.rule_library_late AS
SELECT a.source, a.name,
       format('attribute "%s" can''t be followed by the first query of a session: table "%s" is distributed, and '
              'relmap is not loaded before it is planned', a.name, relmap_internal.shown(a.source)) AS problem,
       'warning' AS severity, s.statement, a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
CROSS JOIN LATERAL (
    SELECT 'ALTER SYSTEM SET session_preload_libraries = '
           || concat_ws(', ', nullif(max(p.setting) FILTER (WHERE p.name = 'session_preload_libraries'), ''), 'relmap;')
               AS statement
    FROM pg_settings p
    WHERE p.name IN ('shared_preload_libraries', 'session_preload_libraries')
      AND relmap_internal.is_elsewhere(a.source)
    HAVING count(*) = 2 AND bool_and(p.setting !~ '\mrelmap\M')) AS s
WHERE a.accessor;

CREATE VIEW relmap_internal.rule_accessor_hidden AS
SELECT a.source, a.name, format('column "%s" of table "%s" hides the accessor', a.name, relmap_internal.shown(a.source)) AS problem,
       'error' AS severity, a.alter || format(', new_name => %L);', a.name || '_') AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
JOIN pg_attribute c ON c.attrelid = a.source AND c.attname = a.name::name AND NOT c.attisdropped
WHERE a.accessor;

CREATE VIEW relmap_internal.rule_other_side_missing AS
SELECT a.source, a.name,
       format('the other side, "%s" of table "%s", is not declared', a.back_populates,
              relmap_internal.shown(a.target)) AS problem,
       'notice' AS severity,
       format('SELECT relmap.relationship(%L, %L, %L, back_populates => %L, foreign_keys => %L);',
              a.target, a.back_populates, a.source, a.name, ARRAY[a.foreign_key]) AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
-- not an anti-join, which may compare all attributes of a table with one another
WHERE (SELECT true FROM relmap_internal.relationship o
       WHERE o.source = a.target AND o.name = a.back_populates::name) IS NULL
  AND a.back_populates IS NOT NULL AND a.foreign_key IS NOT NULL;

CREATE VIEW relmap_internal.rule_sides_disagree AS
SELECT a.source, a.name,
       format(CASE WHEN o.is_some THEN 'the other side, "%s" of table "%s", leads to some of the rows only'
              WHEN o.leads_back THEN 'the other side, "%s" of table "%s", does not name it'
              ELSE 'the other side, "%s" of table "%s", does not lead back' END, a.back_populates,
              relmap_internal.shown(a.target)) AS problem,
       'error' AS severity,
       a.alter || format(', back_populates => %L);',
                         CASE WHEN o.leads_back AND NOT o.is_some AND o.back_populates IS NULL THEN a.back_populates
                             ELSE '' END) AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
CROSS JOIN LATERAL (
    SELECT r.back_populates,
           r.target = a.source
           -- a key that was renamed unseen may still have its old name in one of them
           AND (r.foreign_key = coalesce(a.secondary_key, a.foreign_key)
                OR a.secondary_key IS NULL AND r.foreign_columns = a.foreign_columns)
           AND (r.direction = a.direction) = (a.direction = 'MANYTOMANY') AS leads_back,
           r.direction = 'ONETOMANY'
           AND (r.condition IS NOT NULL OR NOT r.uselist AND NOT r.enforce AND r.order_by IS NOT NULL) AS is_some
    FROM relmap_internal.relationship r
    WHERE r.source = a.target AND r.name = a.back_populates::name) AS o
-- of several attributes for one parent's children none need be named back
WHERE o.back_populates IS DISTINCT FROM a.name::name AND NOT a.is_one_way OR NOT o.leads_back OR o.is_some;

--
-- Comments and rights
--

COMMENT ON VIEW relmap_internal.rule_fk_not_valid IS
    'a foreign key that is not validated';
COMMENT ON VIEW relmap_internal.rule_fk_not_enforced IS
    'a foreign key that is NOT ENFORCED';
COMMENT ON VIEW relmap_internal.rule_fk_without_index IS
    'a foreign key without an index on its columns';
COMMENT ON VIEW relmap_internal.rule_unique_index_only IS
    'a foreign key that is unique by an index which is no constraint';
COMMENT ON VIEW relmap_internal.rule_redundant_index IS
    'an index with the columns of a one-to-one''s unique index';
COMMENT ON VIEW relmap_internal.rule_several_children IS
    'a one-to-one without a unique index, where parents have several children';
COMMENT ON VIEW relmap_internal.rule_children_missing IS
    'a required relationship, where rows have no child';
COMMENT ON VIEW relmap_internal.rule_cascade_contradicts_key IS
    'cascade "delete" on a foreign key with ON DELETE SET NULL or SET DEFAULT';
COMMENT ON VIEW relmap_internal.rule_key_deletes IS
    'ON DELETE CASCADE where the declared cascade has no "delete"';
COMMENT ON VIEW relmap_internal.rule_set_null_on_not_null IS
    'ON DELETE SET NULL on a column that is NOT NULL';
COMMENT ON VIEW relmap_internal.rule_never_null IS
    'a column of a foreign key that can be NULL but never is';
COMMENT ON VIEW relmap_internal.rule_redundant_check IS
    'a CHECK constraint, left by the steps to NOT NULL, that says what NOT NULL says';
COMMENT ON VIEW relmap_internal.rule_declaration_missing IS
    'a trigger or an accessor of relmap''s whose declaration is not there';
COMMENT ON VIEW relmap_internal.rule_table_missing IS
    'a declaration whose table is gone';
COMMENT ON VIEW relmap_internal.rule_fk_missing IS
    'a declaration whose foreign key is gone';
COMMENT ON VIEW relmap_internal.rule_columns_renamed IS
    'a foreign key whose columns have other names than the declaration knows';
COMMENT ON VIEW relmap_internal.rule_uniqueness_missing IS
    'an enforced one-to-one, or a many-to-one with single_parent, without a unique index';
COMMENT ON VIEW relmap_internal.rule_not_replaceable IS
    'a row that is replaced would have its foreign key set to NULL, and it can''t be';
COMMENT ON VIEW relmap_internal.rule_check_forbids_null IS
    'a CHECK constraint that a row which is replaced does not meet, or may not meet';
COMMENT ON VIEW relmap_internal.rule_key_is_primary_key IS
    'rows are deleted when they are replaced by a row with the same primary key';
COMMENT ON VIEW relmap_internal.rule_slot_not_unique IS
    'an enforced relationship with a condition or a key that has no unique index with them';
COMMENT ON VIEW relmap_internal.rule_text_unreadable IS
    'a condition, or a list of on_replace, that names what is not there';
COMMENT ON VIEW relmap_internal.rule_trigger_missing IS
    'a declaration without one of its triggers';
COMMENT ON VIEW relmap_internal.rule_trigger_disabled IS
    'a trigger of a declaration that is disabled, or enabled for replication only';
COMMENT ON VIEW relmap_internal.rule_trigger_not_last IS
    'a row trigger that fires after the one that replaces';
COMMENT ON VIEW relmap_internal.rule_cascade_late IS
    'a trigger that cascades after the foreign key was checked';
COMMENT ON VIEW relmap_internal.rule_may_not_delete IS
    'a many-to-one that cascades to rows which the owner of its table may not delete';
COMMENT ON VIEW relmap_internal.rule_triggers_refused IS
    'a distributed table whose triggers are refused';
COMMENT ON VIEW relmap_internal.rule_library_late IS
    'attributes of a distributed table, and the library is loaded too late for them';
COMMENT ON VIEW relmap_internal.rule_accessor_missing IS
    'an attribute without its accessor';
COMMENT ON VIEW relmap_internal.rule_accessor_hidden IS
    'an accessor that is hidden by a column';
COMMENT ON VIEW relmap_internal.rule_accessor_stale IS
    'an accessor whose text has old names: they were changed where no event trigger saw it';
COMMENT ON VIEW relmap_internal.rule_other_side_missing IS
    'back_populates that names what is not declared';
COMMENT ON VIEW relmap_internal.rule_sides_disagree IS
    'back_populates that names what is not the other side';

GRANT SELECT ON relmap_internal.any_table, relmap_internal.declared_key, relmap_internal.key,
    relmap_internal.key_column,
    relmap_internal.attribute, relmap_internal.attribute_key, relmap_internal.wanted_trigger,
    relmap_internal.undeclared_trigger, relmap_internal.undeclared_accessor,
    relmap_internal.replaced_columns TO PUBLIC;
GRANT SELECT ON relmap_internal.rule_fk_not_valid, relmap_internal.rule_fk_not_enforced,
    relmap_internal.rule_fk_without_index, relmap_internal.rule_unique_index_only,
    relmap_internal.rule_redundant_index,
    relmap_internal.rule_several_children, relmap_internal.rule_children_missing,
    relmap_internal.rule_cascade_contradicts_key,
    relmap_internal.rule_key_deletes, relmap_internal.rule_set_null_on_not_null,
    relmap_internal.rule_never_null, relmap_internal.rule_redundant_check,
    relmap_internal.rule_declaration_missing,
    relmap_internal.rule_table_missing, relmap_internal.rule_fk_missing, relmap_internal.rule_columns_renamed,
    relmap_internal.rule_uniqueness_missing, relmap_internal.rule_not_replaceable,
    relmap_internal.rule_check_forbids_null, relmap_internal.rule_key_is_primary_key,
    relmap_internal.rule_slot_not_unique, relmap_internal.rule_text_unreadable, relmap_internal.rule_trigger_missing,
    relmap_internal.rule_trigger_disabled, relmap_internal.rule_trigger_not_last,
    relmap_internal.rule_cascade_late, relmap_internal.rule_may_not_delete, relmap_internal.rule_triggers_refused,
    relmap_internal.rule_library_late, relmap_internal.rule_accessor_missing,
    relmap_internal.rule_accessor_hidden, relmap_internal.rule_accessor_stale, relmap_internal.rule_other_side_missing,
    relmap_internal.rule_sides_disagree
    TO PUBLIC;
