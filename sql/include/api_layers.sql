-- What API layers make of a schema, from the catalogs alone, by the conditions
-- that PostgREST 16, pg_graphql 1.6 and Hasura 2 have in their sources and
-- documents, in our own words.  They look at the schemas of the search_path.
CREATE SCHEMA layers;

-- The foreign keys; a partition's own are its parent table's.
CREATE VIEW layers.keys AS
SELECT f.oid AS key, f.conname, f.conrelid::regclass AS child, f.confrelid::regclass AS parent, f.conkey, f.confkey,
       f.conparentid = 0 AS top, obj_description(f.oid, 'pg_constraint') AS comment
FROM pg_constraint f
WHERE f.contype = 'f' AND f.connamespace::regnamespace::name = ANY (current_schemas(false));

-- The functions that take a row of a table and nothing else.
CREATE VIEW layers.functions AS
SELECT c.oid::regclass AS source, p.proname::text AS name, r.oid::regclass AS target, r.reltype IS NULL AS scalar,
       p.proretset AS is_set, p.proretset AND p.prorows <> 1 AS many, p.provolatile <> 'v' AS reads,
       obj_description(p.oid, 'pg_proc') AS comment
FROM pg_proc p
JOIN pg_class c ON c.reltype = p.proargtypes[0] AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
LEFT JOIN pg_class r ON r.reltype = p.prorettype AND r.relkind IN ('r', 'v', 'm', 'f', 'p')
WHERE p.pronargs = 1 AND p.pronamespace::regnamespace::name = ANY (current_schemas(false));

-- PostgREST: a key is one-to-one if one UNIQUE or PRIMARY KEY *constraint* has
-- its columns, no more and no less, in any order.
CREATE VIEW layers.postgrest_keys AS
SELECT k.*, EXISTS (SELECT FROM pg_constraint u
                    WHERE u.conrelid = k.child AND u.contype IN ('p', 'u') AND u.conkey <@ k.conkey AND u.conkey @> k.conkey) AS one
FROM layers.keys k WHERE k.top;

-- PostgREST: what "/source?select=name(*)" leads to.  A function goes before
-- the keys to the table that it is named like.  One that has several rows here
-- for a name is refused as ambiguous.
CREATE VIEW layers.postgrest AS
WITH detected AS (
    SELECT child AS source, parent AS target, true AS one, conname::text AS by FROM layers.postgrest_keys WHERE child <> parent
    UNION ALL
    SELECT parent, child, one, conname FROM layers.postgrest_keys WHERE child <> parent
    UNION ALL
    SELECT child, child, false, conname FROM layers.postgrest_keys WHERE child = parent AND NOT one
    UNION ALL
    -- many-to-many: the columns of both keys are in the primary key
    SELECT a.parent, b.parent, false, a.child::text
    FROM layers.postgrest_keys a
    JOIN layers.postgrest_keys b ON b.child = a.child AND b.key <> a.key
    JOIN pg_constraint p ON p.conrelid = a.child AND p.contype = 'p' AND p.conkey @> (a.conkey || b.conkey)
    WHERE NOT a.one AND NOT b.one AND a.parent <> b.parent
)
SELECT d.source, c.relname::text AS name, d.target, d.one, d.by
FROM detected d JOIN pg_class c ON c.oid = d.target
WHERE NOT EXISTS (SELECT FROM layers.functions f WHERE f.source = d.source AND f.name = c.relname AND f.target IS NOT NULL)
UNION ALL
SELECT source, name, target, NOT many, 'function' FROM layers.functions WHERE target IS NOT NULL;

-- pg_graphql: what "@graphql({...})" in a comment says of a name.
CREATE FUNCTION layers.directive(comment text, name text) RETURNS text LANGUAGE sql
RETURN substring(comment FROM '@graphql\((.+)\)')::jsonb ->> name;

-- pg_graphql: a name as a field; with inflection, some_table is someTable.
CREATE FUNCTION layers.field(name text, inflect boolean) RETURNS text LANGUAGE sql
RETURN (SELECT lower(left(n, 1)) || substr(n, 2)
        FROM (SELECT CASE WHEN inflect THEN (SELECT string_agg(upper(left(w, 1)) || substr(w, 2), '') FROM string_to_table(name, '_') w)
                          ELSE name END) AS t (n));

-- pg_graphql: the fields that a key is, on its own table and on the other; one
-- object there if some unique index without predicate has no other column.
-- Partitioned tables it does not have.
CREATE FUNCTION layers.pg_graphql(inflect boolean DEFAULT false)
    RETURNS TABLE (source regclass, field text, target regclass, one boolean, by text) LANGUAGE sql AS $$
WITH key AS (
    SELECT k.*, c.relname AS child_name, p.relname AS parent_name, suffix,
           CASE WHEN cardinality(k.conkey) = 1 THEN (SELECT attname FROM pg_attribute WHERE attrelid = k.child AND attnum = k.conkey[1]) END AS near,
           CASE WHEN cardinality(k.conkey) = 1 THEN (SELECT attname FROM pg_attribute WHERE attrelid = k.parent AND attnum = k.confkey[1]) END AS far,
           EXISTS (SELECT FROM pg_index i
                   WHERE i.indrelid = k.child AND i.indisunique AND i.indpred IS NULL
                     AND NOT EXISTS (SELECT FROM unnest(i.indkey) n WHERE n > 0 AND n <> ALL (k.conkey))) AS one
    FROM layers.keys k
    JOIN pg_class c ON c.oid = k.child AND c.relkind = 'r'
    JOIN pg_class p ON p.oid = k.parent AND p.relkind = 'r'
    CROSS JOIN (VALUES (CASE WHEN inflect THEN '_id' ELSE 'Id' END)) AS s (suffix)
)
SELECT child, coalesce(layers.directive(comment, 'foreign_name'),
                       layers.field(CASE WHEN near LIKE '%_' || suffix THEN left(near, -length(suffix)) ELSE parent_name END, inflect)),
       parent, true, conname
FROM key
UNION ALL
SELECT parent, coalesce(layers.directive(comment, 'local_name'),
                        CASE WHEN one THEN layers.field(CASE WHEN far LIKE '%_' || suffix THEN left(far, -length(suffix)) ELSE child_name END, inflect)
                             ELSE layers.field(child_name, inflect) || 'Collection' END),
       child, one, conname
FROM key
UNION ALL
SELECT f.source, coalesce(layers.directive(f.comment, 'name'), layers.field(ltrim(f.name, '_'), inflect)), f.target, NOT f.many, 'function'
FROM layers.functions f
JOIN pg_class c ON c.oid = f.source AND c.relkind = 'r'
JOIN pg_class t ON t.oid = f.target AND t.relkind = 'r'
$$;

-- Hasura: a function can be a computed field if it does not write and returns
-- a set of rows, or a value that is no row.
CREATE VIEW layers.hasura AS
SELECT source, name, target FROM layers.functions WHERE reads AND (is_set OR scalar);
