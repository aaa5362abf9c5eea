/* src/sql/keyrules.sql */

--
-- The rules of relmap.check() about foreign keys, declared or not, a view for each.
-- rules.sql says what a rule is.
--

CREATE VIEW relmap_internal.rule_fk_not_valid AS
SELECT k.source, k.name, format('foreign key "%s" is not valid', k.conname) AS problem, 'warning' AS severity,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', k.child, k.conname) AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key k
WHERE NOT k.convalidated AND NOT k.not_enforced;
COMMENT ON VIEW relmap_internal.rule_fk_not_valid IS
    'a foreign key that is not validated';

CREATE VIEW relmap_internal.rule_fk_not_enforced AS
SELECT k.source, k.name, format('foreign key "%s" is not enforced', k.conname) AS problem, 'warning' AS severity,
       format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED;', k.child, k.conname) AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key k
WHERE k.not_enforced;
COMMENT ON VIEW relmap_internal.rule_fk_not_enforced IS
    'a foreign key that is NOT ENFORCED';

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
COMMENT ON VIEW relmap_internal.rule_fk_without_index IS
    'a foreign key without an index on its columns';

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
COMMENT ON VIEW relmap_internal.rule_unique_index_only IS
    'a foreign key that is unique by an index which is no constraint';

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
COMMENT ON VIEW relmap_internal.rule_redundant_index IS
    'an index with the columns of a one-to-one''s unique index';

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
COMMENT ON VIEW relmap_internal.rule_several_children IS
    'a one-to-one without a unique index, where parents have several children';

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
COMMENT ON VIEW relmap_internal.rule_children_missing IS
    'a required relationship, where rows have no child';

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
COMMENT ON VIEW relmap_internal.rule_cascade_contradicts_key IS
    'cascade "delete" on a foreign key with ON DELETE SET NULL or SET DEFAULT';

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
COMMENT ON VIEW relmap_internal.rule_key_deletes IS
    'ON DELETE CASCADE where the declared cascade has no "delete"';

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
COMMENT ON VIEW relmap_internal.rule_set_null_on_not_null IS
    'ON DELETE SET NULL on a column that is NOT NULL';

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
COMMENT ON VIEW relmap_internal.rule_never_null IS
    'a column of a foreign key that can be NULL but never is';

CREATE VIEW relmap_internal.rule_redundant_check AS
SELECT DISTINCT k.source, k.name,
       format('constraint "%s" is redundant: column "%s" is NOT NULL', c.conname, k.attname) AS problem,
       'notice' AS severity, format('ALTER TABLE %s DROP CONSTRAINT %I;', k.child, c.conname) AS statement,
       k.nsp, k.other_nsp, k.by_name
FROM relmap_internal.key_column k
JOIN pg_constraint c ON c.conrelid = k.child AND c.contype = 'c' AND c.conname = k.check_name
    AND pg_get_expr(c.conbin, c.conrelid) = format('(%I IS NOT NULL)', k.attname)
WHERE k.attnotnull;
COMMENT ON VIEW relmap_internal.rule_redundant_check IS
    'a CHECK constraint, left by the steps to NOT NULL, that says what NOT NULL says';

GRANT SELECT ON relmap_internal.rule_fk_not_valid, relmap_internal.rule_fk_not_enforced,
    relmap_internal.rule_fk_without_index, relmap_internal.rule_unique_index_only,
    relmap_internal.rule_redundant_index, relmap_internal.rule_several_children,
    relmap_internal.rule_children_missing, relmap_internal.rule_cascade_contradicts_key,
    relmap_internal.rule_key_deletes, relmap_internal.rule_set_null_on_not_null,
    relmap_internal.rule_never_null, relmap_internal.rule_redundant_check
    TO PUBLIC;
