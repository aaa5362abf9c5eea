-- object graphs: a row with what paths lead to
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset tuples_only on
\pset format unaligned
CREATE SCHEMA graph;
SET search_path = graph, public;

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, born date);
CREATE TABLE toy (id int PRIMARY KEY, child_id int UNIQUE REFERENCES child);
CREATE TABLE tag (id int PRIMARY KEY, word text);
CREATE TABLE child_tag (child_id int REFERENCES child, tag_id int REFERENCES tag,
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
SELECT count(*) FROM relmap.automap('graph');
INSERT INTO parent VALUES (1, 'Ann'), (2, 'Bob'), (3, NULL);
INSERT INTO child VALUES (12, 1, '2020-02-02'), (11, 1, '2021-01-01'), (13, 2, NULL), (14, NULL, NULL);
INSERT INTO toy VALUES (101, 11), (102, 13), (103, NULL);
INSERT INTO tag VALUES (1, 'loud'), (2, 'kind');
INSERT INTO child_tag VALUES (11, 2), (11, 1), (13, 1);

-- the row alone; objects, nulls and arrays
SELECT relmap.load(p) FROM parent p ORDER BY id;
SELECT relmap.load(p, 'children') FROM parent p ORDER BY id;
SELECT relmap.load(p, 'children.toy') FROM parent p ORDER BY id;
SELECT relmap.load(t, 'child.parent') FROM toy t ORDER BY id;
SELECT relmap.load(c, 'tags', 'parent') FROM child c ORDER BY id;
-- paths share their beginnings, and may go in circles, in any order
SELECT relmap.load(p, 'children.tags', 'children', 'children.toy.child') FROM parent p WHERE id = 2;
SELECT relmap.load(p, VARIADIC ARRAY['children.toy', 'children.tags']) = relmap.load(p, 'children.tags', 'children.toy') FROM parent p WHERE id = 1;
SELECT relmap.load(p, VARIADIC '{}') = to_jsonb(p) FROM parent p WHERE id = 1;
SELECT relmap.load(p, VARIADIC NULL) = to_jsonb(p) FROM parent p WHERE id = 1;
SELECT relmap.load(NULL::parent, 'children') IS NULL;
-- order_by, also through an association table that has such a column
SELECT relmap.alter_relationship('parent', 'children', order_by => 'born DESC NULLS LAST');
SELECT relmap.alter_relationship('child', 'tags', order_by => 'id DESC');
SELECT relmap.load(p, 'children.tags') FROM parent p WHERE id = 1;
-- what the statement itself sees
SELECT relmap.load(p, 'children') FROM (VALUES (7, 'not there'), (2, 'there')) v (id, name), LATERAL (SELECT (v.*)::parent) p (p);
WITH new AS (INSERT INTO child VALUES (15, 3) RETURNING *) SELECT relmap.load(ROW(n.*)::child, 'parent') FROM new n;
SELECT relmap.load(p, 'children') FROM parent p WHERE id = 3;

-- the convention: the first, and a warning
CREATE TABLE note (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'note', 'note', uselist => false, enforce => false);
INSERT INTO note VALUES (2, 1), (1, 1), (3, 2);
SELECT relmap.load(p, 'note') FROM parent p ORDER BY id;
SELECT relmap.load(c, 'parent.note') FROM child c ORDER BY id;

-- changes: of rows, declarations, tables, schemas
CREATE FUNCTION show(parent_id int, path text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE p parent;
BEGIN
    SELECT * INTO p FROM parent WHERE id = parent_id;
    RETURN relmap.load(p, path);
END $$;
SELECT show(2, 'children');
UPDATE child SET parent_id = 2 WHERE id = 14;
SELECT show(2, 'children');
SELECT relmap.alter_relationship('parent', 'children', order_by => 'id DESC');
SELECT show(2, 'children');
ALTER TABLE child ADD COLUMN size int DEFAULT 5, DROP COLUMN born;
SELECT show(2, 'children');
ALTER TABLE child RENAME TO kid;
SELECT show(2, 'children');
ALTER SCHEMA graph RENAME TO graphs;
SET search_path = graphs, public;
SELECT show(2, 'children.toy');
ALTER SCHEMA graphs RENAME TO graph;
SET search_path = graph, public;
ALTER TABLE kid RENAME TO child;
SELECT relmap.alter_relationship('parent', 'children', new_name => 'kids');
SELECT show(2, 'children');
SELECT show(2, 'kids');
-- more trees than are kept; trees within trees
SELECT count(relmap.load(p, VARIADIC array_fill('kids'::text, ARRAY[n]))) FROM parent p, generate_series(1, 40) n;
CREATE FUNCTION deep(child) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT relmap.load($1, 'parent') $$;
ALTER TABLE toy ENABLE ROW LEVEL SECURITY;
SELECT relmap.load(c, 'parent') = deep(c) FROM child c WHERE id = 13;
-- an error leaves nothing behind
CREATE VIEW trouble AS SELECT 1 / (id - 2) FROM parent;
SELECT relmap.load(p, 'kids'), 1 / (id - 1) FROM parent p ORDER BY id;
SELECT relmap.load(p, 'kids') FROM parent p WHERE id = 1;

-- privileges and row-level security, on every level
CREATE ROLE regress_relmap_loader;
GRANT USAGE ON SCHEMA graph TO regress_relmap_loader;
GRANT SELECT ON parent, child TO regress_relmap_loader;
SET ROLE regress_relmap_loader;
SELECT relmap.load(p, 'kids') FROM parent p WHERE id = 1;
SELECT relmap.load(p, 'kids.toy') FROM parent p WHERE id = 1;
SELECT relmap.load(p, 'kids.tags') FROM parent p WHERE id = 1;
RESET ROLE;
GRANT SELECT ON toy TO regress_relmap_loader;
GRANT SELECT (id) ON tag, child_tag TO regress_relmap_loader;
SET ROLE regress_relmap_loader;
SELECT relmap.load(p, 'kids.toy') FROM parent p WHERE id = 1;
SELECT relmap.load(p, 'kids.tags') FROM parent p WHERE id = 1;
RESET ROLE;
CREATE POLICY visible ON toy USING (id > 101);
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY old ON child USING (id < 14);
SELECT relmap.load(p, 'kids.toy') FROM parent p WHERE id IN (1, 2) ORDER BY id;
SET ROLE regress_relmap_loader;
SELECT relmap.load(p, 'kids.toy') FROM parent p WHERE id IN (1, 2) ORDER BY id;
RESET ROLE;

-- misuse
\set sqlstate '\\echo :LAST_ERROR_SQLSTATE'
SELECT relmap.load(p, 'kid') FROM parent p;
:sqlstate
SELECT relmap.load(p, 'kids.parent.toys') FROM parent p;
SELECT relmap.load(t, 'anything') FROM child_tag t;
SELECT relmap.load(p, 'kids.') FROM parent p;
:sqlstate
SELECT relmap.load(p, '') FROM parent p;
SELECT relmap.load(p, '.kids') FROM parent p;
SELECT relmap.load(p, 'kids..toy') FROM parent p;
SELECT relmap.load(p, '"kids') FROM parent p;
SELECT relmap.load(p, '"') FROM parent p;
SELECT relmap.load(p, '""') FROM parent p;
SELECT relmap.load(p, '"kids"x') FROM parent p;
SELECT relmap.load(p, 'ki"ds') FROM parent p;
SELECT relmap.load(p, repeat('x', 63)) FROM parent p;
SELECT relmap.load(p, repeat('x', 64)) FROM parent p;
SELECT relmap.load(p, 'kids', NULL) FROM parent p;
:sqlstate
SELECT relmap.load(ROW(1, 2), 'kids');
:sqlstate
SELECT relmap.load(ROW(1, 2));
SELECT relmap.load(v, 'kids') FROM (SELECT 1 AS id) v;
CREATE VIEW parents AS SELECT * FROM parent;
SELECT relmap.load(v) FROM parents v WHERE id = 1;
SELECT relmap.load(v, 'kids') FROM parents v;
SELECT relmap.load(ROW(v.*)::parent, '"kids"."toy"') FROM parents v WHERE id = 1;
\set VERBOSITY terse
SELECT relmap.load(1, 'kids');
\set VERBOSITY default

-- composite keys, many attributes, hostile names
CREATE TABLE "Tenant's \ ""one""" (tenant int, id int, "größe" text, PRIMARY KEY (id, tenant));
CREATE TABLE owned (tenant int, owner int, "select" int PRIMARY KEY, FOREIGN KEY (tenant, owner) REFERENCES "Tenant's \ ""one""" (tenant, id));
SELECT relmap.relationship('owned', E'a.b''"\\\n%s', '"Tenant''s \ ""one"""', backref => '$1');
INSERT INTO "Tenant's \ ""one""" VALUES (1, 2, 'größer');
INSERT INTO owned VALUES (1, 2, 3), (NULL, 2, 4);
SELECT relmap.load(o, E'"a.b''""\\\n%s".$1') FROM owned o ORDER BY 1;
DO $$
BEGIN
    FOR i IN 1..120 LOOP
        PERFORM relmap.relationship('child', 'p' || i, 'parent', accessor => false);
    END LOOP;
END $$;
SELECT count(*) FROM child c, jsonb_each(relmap.load(c, VARIADIC (SELECT array_agg('p' || i) FROM generate_series(1, 120) i))) e
WHERE c.id = 11 AND e.value ->> 'name' = 'Ann';

DROP SCHEMA graph CASCADE;
DROP ROLE regress_relmap_loader;
