/* src/sql/check.sql */

--
-- relmap.check(): what is wrong, and the statement that mends it.
--

CREATE FUNCTION relmap_internal.index_statement(relation oid, attnums smallint[], is_unique boolean)
    RETURNS text LANGUAGE sql STABLE STRICT
RETURN (
    -- a partitioned table has its partitions' indexes made first, one by one
    SELECT format('CREATE %sINDEX %sON %s (%s);', CASE WHEN is_unique THEN 'UNIQUE ' ELSE '' END,
                  CASE WHEN c.relkind = 'p' THEN '' ELSE 'CONCURRENTLY ' END, c.oid::regclass,
                  (SELECT string_agg(quote_ident(n.name), ', ' ORDER BY n.n)
                   FROM unnest(relmap_internal.column_names(relation, attnums)) WITH ORDINALITY AS n (name, n)))
    FROM pg_class c
    LEFT JOIN pg_partition_tree(relation) t ON t.relid = c.oid
    CROSS JOIN LATERAL (
        SELECT array_agg(a.attnum ORDER BY n.n) AS attnums
        FROM unnest(relmap_internal.column_names(relation, attnums)) WITH ORDINALITY AS n (name, n)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = n.name) AS k
    WHERE c.oid = relation OR t.isleaf AND c.relkind = 'r' AND NOT relmap_internal.has_index(c.oid, k.attnums, is_unique)
    ORDER BY c.oid = relation, c.oid LIMIT 1);
COMMENT ON FUNCTION relmap_internal.index_statement(oid, smallint[], boolean) IS
    'the statement that makes an index on columns of a table without a long lock, or the next of several';

CREATE FUNCTION relmap_internal.key_statement(key oid, on_delete text)
    RETURNS text LANGUAGE sql STABLE STRICT
RETURN (
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I FOREIGN KEY (%s) REFERENCES %s (%s)',
                  f.conrelid::regclass, f.conname,
                  (SELECT string_agg(quote_ident(n.name), ', ' ORDER BY n.n)
                   FROM unnest(relmap_internal.column_names(f.conrelid, f.conkey)) WITH ORDINALITY AS n (name, n)),
                  f.confrelid::regclass,
                  (SELECT string_agg(quote_ident(n.name), ', ' ORDER BY n.n)
                   FROM unnest(relmap_internal.column_names(f.confrelid, f.confkey)) WITH ORDINALITY AS n (name, n)))
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
    'the statement that gives a foreign key another ON DELETE, to be validated later';

-- Reads the table, if it has no index on the column.
CREATE FUNCTION relmap_internal.never_null(relation regclass, column_name name)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'relmap_never_null' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION relmap_internal.never_null(regclass, name) IS
    'are there rows, and in none of them a NULL in this column? False if the caller may not see them all';

CREATE FUNCTION relmap_internal.audit(schema text)
    RETURNS TABLE (source regclass, name text, problem text, severity text, statement text)
    LANGUAGE sql STABLE SET jit = off
BEGIN ATOMIC
WITH side AS MATERIALIZED (
    -- the declared sides of each key, and the table that has it
    SELECT r.source, r.name::text, r.target, r.direction, r.uselist, r.enforce, r.cascade, r.on_replace,
           CASE r.direction WHEN 'ONETOMANY' THEN r.target WHEN 'MANYTOONE' THEN r.source
                ELSE r.secondary END AS child, k.key_name, k.near
    FROM relmap_internal.relationship r
    CROSS JOIN LATERAL (VALUES (r.foreign_key, true), (r.secondary_key, false)) AS k (key_name, near)
    WHERE k.key_name IS NOT NULL
), key AS MATERIALIZED (
    -- the foreign keys, and the attribute that they are told of: the parent's if there is one
    SELECT f.oid, f.conname, f.conrelid::regclass AS child, f.confrelid::regclass AS parent, f.conkey, f.convalidated,
           f.confdeltype, f.confupdtype, coalesce(f.confdelsetcols, f.conkey) AS set_columns, c.relname, c.relkind,
           coalesce(d.source, f.conrelid::regclass) AS source, d.name,
           array_to_string(relmap_internal.column_names(f.conrelid, f.conkey), ', ') AS columns,
           relmap_internal.unique_index(f.conrelid, f.conkey) AS unique_index,
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
      AND (d.name IS NOT NULL OR f.conrelid IN (SELECT t FROM relmap_internal.tables(NULL) t))
      AND (schema IS NULL OR n.nspname = schema
           OR EXISTS (SELECT FROM pg_class p, pg_namespace m
                      WHERE p.oid = d.source AND m.oid = p.relnamespace AND m.nspname = schema))
), key_column AS (
    SELECT k.*, a.attname, a.attnotnull, a.attnum,
           relmap_internal.fitting_name(k.relname || '_' || a.attname, '_not_null') AS check_name
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
       'warning', relmap_internal.index_statement(k.child, k.conkey, false)
FROM key k
WHERE NOT relmap_internal.has_index(k.child, k.conkey, false)
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
       'warning', relmap_internal.key_statement(k.oid, 'CASCADE')
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
            THEN relmap_internal.key_statement(k.oid, 'NO ACTION')
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
  AND relmap_internal.never_null(k.child, k.attname)
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
COMMENT ON FUNCTION relmap_internal.audit(text) IS
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
    JOIN relmap_internal.relationship r ON r.source = v.source AND r.name = v.name
    JOIN pg_class c ON c.oid = v.source
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE schema IS NULL OR n.nspname = schema
), key AS (
    -- the foreign keys under them; a many-to-many has two
    SELECT a.*, k.child, k.key_name, k.near AND a.scalar AS one_to_one,
           k.near AND a.direction <> 'MANYTOONE' AND a.enforce AS cascades, f.oid AS key, f.conkey,
           relmap_internal.column_names(f.conrelid, f.conkey) AS columns
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
        VALUES ('relmap_internal.replace_nullify()'::regprocedure, k.child, 0, k.columns,
                k.one_to_one AND k.on_replace = 'nullify'),
               ('relmap_internal.replace_delete()'::regprocedure, k.child, 0, k.columns,
                k.one_to_one AND k.on_replace = 'delete'),
               ('relmap_internal.replace_restrict()'::regprocedure, k.child, 0, k.columns,
                k.one_to_one AND k.on_replace = 'restrict'),
               ('relmap_internal.delete_orphan()'::regprocedure, k.child, 0, k.columns,
                (k.one_to_one AND k.on_replace = 'delete'
                 OR k.cascades AND 'delete-orphan' = ANY (string_to_array(k.cascade, ', ')))
                AND EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = k.child
                            AND c.attnum = ANY (k.conkey) AND NOT c.attnotnull
                            AND NOT EXISTS (SELECT FROM pg_partitioned_table t WHERE t.partrelid = k.child
                                            AND c.attnum = ANY (t.partattrs::smallint[])))),
               ('relmap_internal.cascade_delete()'::regprocedure, k.source, k.child, ARRAY[k.key_name],
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
           'error', relmap_internal.index_statement(k.child, k.conkey, true)
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
        AND t.tgfoid NOT IN ('relmap_internal.replace_nullify()'::regprocedure,
                             'relmap_internal.replace_delete()'::regprocedure,
                             'relmap_internal.replace_restrict()'::regprocedure)
    WHERE f.function NOT IN ('relmap_internal.delete_orphan()'::regprocedure,
                             'relmap_internal.cascade_delete()'::regprocedure)

    UNION ALL
    SELECT f.source, f.name, format('trigger "%s" fires after the check of foreign key "%s"', f.tgname, f.key_name),
           'error', format('ALTER TRIGGER %I ON %s RENAME TO %I;', f.tgname, f.relation, left('!' || f.tgname, 63))
    FROM firing f
    WHERE f.function = 'relmap_internal.cascade_delete()'::regprocedure
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
    WHERE NOT EXISTS (SELECT FROM relmap_internal.relationship o
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
        FROM relmap_internal.relationship r
        WHERE r.source = a.target AND r.name = a.back_populates) AS o
        ON o.back_populates IS DISTINCT FROM a.name OR NOT o.leads_back

    UNION ALL
    SELECT a.source, a.name, a.problem, a.severity, a.statement
    FROM relmap_internal.audit(schema) a
)
SELECT f.source, f.name, f.problem, f.severity, f.statement
FROM fault f
ORDER BY f.source::text COLLATE "C", f.name,
         array_position(ARRAY['error', 'warning', 'notice'], f.severity), f.problem COLLATE "C";
END;
COMMENT ON FUNCTION relmap.check(text) IS
    'what is wrong with the relationships and the foreign keys of a schema, or of all, declared or not, with the statement that mends it, or does the next step, without a long lock; reads tables where the answer is in their rows';
