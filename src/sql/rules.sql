/* src/sql/rules.sql */

--
-- The rules of relmap.check() about declarations, a view for each.
--
-- A rule tells source and name of the attribute, what is wrong, how bad that
-- is and what fixes it; and in which schemas it is asked for: nsp, or
-- other_nsp.  One with by_name is not shown unless one of these is asked
-- for.  None of them plans or runs a query on a table of the user's, as that
-- would run functions of its owner with the rights of who asks.
--

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
COMMENT ON VIEW relmap_internal.rule_declaration_missing IS
    'a trigger or an accessor of relmap''s whose declaration is not there';

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
COMMENT ON VIEW relmap_internal.rule_table_missing IS
    'a declaration whose table is gone';

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
COMMENT ON VIEW relmap_internal.rule_fk_missing IS
    'a declaration whose foreign key is gone';

-- columns renamed where no event trigger saw it
CREATE VIEW relmap_internal.rule_columns_renamed AS
SELECT a.source, a.name, x.renamed AS problem, 'error' AS severity, a.alter || ');' AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
CROSS JOIN LATERAL relmap_internal.renamed_column(a.source, a.name::name) AS x (renamed)
WHERE x.renamed IS NOT NULL;
COMMENT ON VIEW relmap_internal.rule_columns_renamed IS
    'a foreign key whose columns have other names than the declaration knows';

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
COMMENT ON VIEW relmap_internal.rule_uniqueness_missing IS
    'an enforced one-to-one, or a many-to-one with single_parent, without a unique index';

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
COMMENT ON VIEW relmap_internal.rule_not_replaceable IS
    'a row that is replaced would have its foreign key set to NULL, and it can''t be';

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
COMMENT ON VIEW relmap_internal.rule_check_forbids_null IS
    'a CHECK constraint that a row which is replaced does not meet, or may not meet';

CREATE VIEW relmap_internal.rule_key_is_primary_key AS
SELECT r.source, r.name,
       format('the row of table "%s" that is replaced has the primary key of the new one: a client that inserts the '
              'new row and then deletes the old one, by its key, deletes the new one', relmap_internal.shown(r.child)) AS problem,
       'notice' AS severity, r.alter || ', on_replace => ''restrict'');' AS statement,
       r.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.replaced_columns r
JOIN pg_constraint p ON p.conrelid = r.child AND p.contype = 'p' AND p.conkey <@ r.conkey AND p.conkey @> r.conkey
WHERE r.on_replace = 'delete';
COMMENT ON VIEW relmap_internal.rule_key_is_primary_key IS
    'rows are deleted when they are replaced by a row with the same primary key';

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
COMMENT ON VIEW relmap_internal.rule_slot_not_unique IS
    'an enforced relationship with a condition or a key that has no unique index with them';

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
COMMENT ON VIEW relmap_internal.rule_text_unreadable IS
    'a condition, or a list of on_replace, that names what is not there';

CREATE VIEW relmap_internal.rule_trigger_missing AS
SELECT w.source, w.name, format('trigger of function %s is missing on table "%s"', w.function,
              relmap_internal.shown(w.relation)) AS problem,
       'error' AS severity, w.alter || ');' AS statement, w.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.wanted_trigger w
WHERE w.tgname IS NULL;
COMMENT ON VIEW relmap_internal.rule_trigger_missing IS
    'a declaration without one of its triggers';

CREATE VIEW relmap_internal.rule_trigger_disabled AS
SELECT w.source, w.name, format('trigger "%s" is disabled', w.tgname) AS problem, 'error' AS severity,
       format('ALTER TABLE %s ENABLE TRIGGER %I;', w.relation, w.tgname) AS statement,
       w.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.wanted_trigger w
WHERE w.tgenabled IN ('D', 'R');
COMMENT ON VIEW relmap_internal.rule_trigger_disabled IS
    'a trigger of a declaration that is disabled, or enabled for replication only';

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
COMMENT ON VIEW relmap_internal.rule_trigger_not_last IS
    'a row trigger that fires after the one that replaces';

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
COMMENT ON VIEW relmap_internal.rule_cascade_late IS
    'a trigger that cascades after the foreign key was checked';

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
COMMENT ON VIEW relmap_internal.rule_may_not_delete IS
    'a many-to-one that cascades to rows which the owner of its table may not delete';

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
COMMENT ON VIEW relmap_internal.rule_accessor_missing IS
    'an attribute without its accessor';

CREATE VIEW relmap_internal.rule_accessor_stale AS
SELECT a.source, a.name, format('accessor "%s" of table "%s" has names that its tables no longer have', a.name,
              relmap_internal.shown(a.source)) AS problem,
       'error' AS severity, a.alter || ');' AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
WHERE a.accessor AND a.reltype IS NOT NULL AND NOT relmap_internal.accessor_has_its_body(a.source, a.name::name);
COMMENT ON VIEW relmap_internal.rule_accessor_stale IS
    'an accessor whose text has old names: they were changed where no event trigger saw it';

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
COMMENT ON VIEW relmap_internal.rule_triggers_refused IS
    'a distributed table whose triggers are refused';

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
    HAVING count(*) = 2 AND bool_and(p.setting !~ E'\\mrelmap\\M')) AS s
WHERE a.accessor;
COMMENT ON VIEW relmap_internal.rule_library_late IS
    'attributes of a distributed table, and the library is loaded too late for them';

CREATE VIEW relmap_internal.rule_accessor_hidden AS
SELECT a.source, a.name, format('column "%s" of table "%s" hides the accessor', a.name, relmap_internal.shown(a.source)) AS problem,
       'error' AS severity, a.alter || format(', new_name => %L);', a.name || '_') AS statement,
       a.nsp, NULL::oid AS other_nsp, false AS by_name
FROM relmap_internal.attribute a
JOIN pg_attribute c ON c.attrelid = a.source AND c.attname = a.name::name AND NOT c.attisdropped
WHERE a.accessor;
COMMENT ON VIEW relmap_internal.rule_accessor_hidden IS
    'an accessor that is hidden by a column';

CREATE VIEW relmap_internal.rule_other_side_missing AS
SELECT m.source, m.name,
       format('the other side, "%s" of table "%s", is not declared', m.back_populates, relmap_internal.shown(m.target))
           || coalesce(', but "' || m.present || '" is', '') AS problem,
       'notice' AS severity,
       CASE WHEN m.present IS NOT NULL THEN m.alter || format(', back_populates => %L);', m.present)
            ELSE format('SELECT relmap.relationship(%L, %L, %L, back_populates => %L, foreign_keys => %L);',
                        m.target, m.back_populates, m.source, m.name, ARRAY[m.foreign_key]) END AS statement,
       m.nsp, NULL::oid AS other_nsp, false AS by_name
FROM (
    SELECT a.*,
           -- the one attribute that could be meant, if the name is misspelt
           (SELECT CASE WHEN count(*) = 1 THEN min(r.name::text) END
            FROM relmap_internal.relationship r
            WHERE r.source = a.target AND r.target = a.source
              AND (r.foreign_key = coalesce(a.secondary_key, a.foreign_key)
                   OR a.secondary_key IS NULL AND r.foreign_columns = a.foreign_columns)
              AND (r.direction = a.direction) = (a.direction = 'MANYTOMANY')
              AND r.condition IS NULL AND (r.source, r.name) IS DISTINCT FROM (a.source, a.name::name)
              AND coalesce(r.back_populates, a.name::name) = a.name::name) AS present
    FROM relmap_internal.attribute a
    -- not an anti-join, which may compare all attributes of a table with one another
    WHERE (SELECT true FROM relmap_internal.relationship o
           WHERE o.source = a.target AND o.name = a.back_populates::name) IS NULL
      AND a.back_populates IS NOT NULL AND a.foreign_key IS NOT NULL
) AS m;
COMMENT ON VIEW relmap_internal.rule_other_side_missing IS
    'back_populates that names what is not declared';

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
COMMENT ON VIEW relmap_internal.rule_sides_disagree IS
    'back_populates that names what is not the other side';

GRANT SELECT ON relmap_internal.rule_declaration_missing, relmap_internal.rule_table_missing,
    relmap_internal.rule_fk_missing, relmap_internal.rule_columns_renamed,
    relmap_internal.rule_uniqueness_missing, relmap_internal.replaced_columns,
    relmap_internal.rule_not_replaceable, relmap_internal.rule_check_forbids_null,
    relmap_internal.rule_key_is_primary_key, relmap_internal.rule_slot_not_unique,
    relmap_internal.rule_text_unreadable, relmap_internal.rule_trigger_missing,
    relmap_internal.rule_trigger_disabled, relmap_internal.rule_trigger_not_last,
    relmap_internal.rule_cascade_late, relmap_internal.rule_may_not_delete,
    relmap_internal.rule_accessor_missing, relmap_internal.rule_accessor_stale,
    relmap_internal.rule_triggers_refused, relmap_internal.rule_library_late,
    relmap_internal.rule_accessor_hidden, relmap_internal.rule_other_side_missing,
    relmap_internal.rule_sides_disagree
    TO PUBLIC;
