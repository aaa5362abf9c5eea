-- assign(), append(), remove(): parent.child = x, in SQL.
\set VERBOSITY terse

CREATE SCHEMA assign;
SET search_path = assign;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE FUNCTION p(int) RETURNS parent LANGUAGE sql STABLE AS 'SELECT * FROM parent WHERE id = $1';
CREATE FUNCTION c(int) RETURNS child LANGUAGE sql STABLE AS 'SELECT * FROM child WHERE id = $1';
CREATE VIEW pairs AS SELECT string_agg(concat_ws('>', parent_id, id), ' ' ORDER BY id) FROM child;

-- a one-to-one, from both sides
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => 'parent');
INSERT INTO parent SELECT generate_series(1, 3);
INSERT INTO child VALUES (1, 1), (2, 2), (3, NULL);
SELECT relmap.assign(p(1), 'child', c(2));
TABLE pairs;
SELECT relmap.assign(c(3), 'parent', p(1));
TABLE pairs;
SELECT relmap.assign(c(3), 'parent', p(1));
TABLE pairs;
SELECT relmap.assign(p(2), 'child', c(1)), relmap.assign(p(3), 'child', c(2));
TABLE pairs;
SELECT relmap.assign(p(2), 'child', NULL);
SELECT relmap.assign(p(2), 'child', NULL);
SELECT relmap.assign(c(2), 'parent', NULL);
TABLE pairs;
-- no row at all, or nothing but nulls, is null too
SELECT relmap.assign(p(1), 'child', c(99));
SELECT relmap.assign(p(1), 'child', c) FROM (SELECT NULL::child AS c) x;
SELECT relmap.assign(p(1), 'child', ROW(NULL, NULL)::child);
TABLE pairs;
-- for every row of a query
SELECT count(relmap.assign(c, 'parent', p)) FROM child c JOIN parent p USING (id);
TABLE pairs;
-- a variable, plain and expanded, of an old row: but for its key it does not count
DO $$
DECLARE
    x parent; y child; z child;
BEGIN
    SELECT * INTO x FROM parent WHERE id = 1;
    SELECT * INTO y FROM child WHERE id = 2;
    SELECT * INTO z FROM child WHERE id = 3;
    y.parent_id := 77;
    PERFORM relmap.assign(x, 'child', y);
    PERFORM relmap.assign(z, 'parent', x);
END $$;
TABLE pairs;
-- by name of a variable, as a prepared statement does
PREPARE take(int, text, int) AS SELECT relmap.assign(p($1), $2, c($3));
EXECUTE take(2, 'child', 2);
EXECUTE take(3, 'child', 3);
TABLE pairs;

-- what does not fit
SELECT * FROM error($$SELECT relmap.assign(p(1), 'kid', c(1))$$);
SELECT * FROM error($$SELECT relmap.assign(p(1), 'child', p(1))$$);
SELECT * FROM error($$SELECT relmap.assign(p(1), 'child', ROW(1, 2))$$);
SELECT * FROM error($$SELECT relmap.assign(ROW(1), 'child', c(1))$$);
SELECT * FROM error($$SELECT relmap.append(p(1), 'child', c(1))$$);
SELECT * FROM error($$SELECT relmap.remove(p(1), 'child', c(1))$$);
SELECT * FROM error($$SELECT relmap.assign(NULL::parent, 'child', c(1))$$);
SELECT * FROM error($$SELECT relmap.assign(NULL, 'child', c(1))$$);
SELECT * FROM error($$SELECT relmap.assign(p(1), NULL, c(1))$$);
SELECT * FROM error($$SELECT relmap.assign(ROW(99, 1)::child, 'parent', p(1))$$);
SELECT * FROM error($$SELECT relmap.assign(ROW(99, 1)::child, 'parent', NULL)$$);
SELECT * FROM error($$SELECT relmap.assign(p(1), 'child', ROW(99, 1)::child)$$);
SELECT * FROM error($$SELECT relmap.assign(c(1), 'parent', ROW(99)::parent)$$);
BEGIN READ ONLY;
SELECT relmap.assign(p(1), 'child', c(1));
ROLLBACK;
TABLE pairs;

-- a collection
SELECT relmap.alter_relationship('parent', 'child', new_name => 'children', uselist => true);
SELECT relmap.append(p(1), 'children', c) FROM child c;
TABLE pairs;
SELECT relmap.append(p(2), 'children', c(2));
SELECT relmap.remove(p(1), 'children', c(3));
TABLE pairs;
SELECT relmap.assign(c(3), 'parent', p(2));
TABLE pairs;
SELECT * FROM error($$SELECT relmap.remove(p(1), 'children', c(2))$$);
SELECT * FROM error($$SELECT relmap.remove(p(1), 'children', ROW(99, 1)::child)$$);
SELECT * FROM error($$SELECT relmap.append(p(1), 'children', NULL)$$);
SELECT * FROM error($$SELECT relmap.remove(p(1), 'children', c(99))$$);
SELECT * FROM error($$SELECT relmap.append(p(1), 'children', p(1))$$);
SELECT * FROM error($$SELECT relmap.assign(p(1), 'children', c(1))$$);
SELECT * FROM error($$SELECT relmap.append(p(1), 'children', ROW(99, 1)::child)$$);
-- of which orphans are deleted, at COMMIT
SELECT relmap.alter_relationship('parent', 'children', cascade => 'all, delete-orphan');
BEGIN;
SELECT relmap.remove(p(1), 'children', c(1)), relmap.remove(p(2), 'children', c(2));
SELECT relmap.append(p(3), 'children', c(2));
TABLE pairs;
COMMIT;
TABLE pairs;
-- or at once, where the key can't be NULL
ALTER TABLE child ALTER parent_id SET NOT NULL;
SELECT relmap.remove(p(3), 'children', c(2));
TABLE pairs;
SELECT relmap.alter_relationship('parent', 'children', cascade => 'save-update');
SELECT * FROM error($$SELECT relmap.remove(p(2), 'children', c(3))$$);
SELECT * FROM error($$SELECT relmap.assign(c(3), 'parent', NULL)$$);
ALTER TABLE child ALTER parent_id DROP NOT NULL;

-- by convention: what was there goes first
SELECT relmap.alter_relationship('parent', 'children', new_name => 'child', uselist => false, enforce => false);
INSERT INTO child VALUES (1, 1), (2, 1);
SELECT relmap.assign(p(1), 'child', c(3));
TABLE pairs;
-- restrict: the server refuses
UPDATE child SET parent_id = id;
SELECT relmap.alter_relationship('parent', 'child', enforce => true, on_replace => 'restrict');
SELECT relmap.assign(p(1), 'child', c(1));
SELECT value FROM error($$SELECT relmap.assign(p(1), 'child', c(2))$$) WHERE field IN ('sqlstate', 'constraint');

-- many-to-many
CREATE TABLE tag (name text PRIMARY KEY);
CREATE TABLE child_tag (child_id int REFERENCES child, tag text REFERENCES tag, note text DEFAULT 'x', PRIMARY KEY (child_id, tag));
SELECT relmap.relationship('child', 'tags', 'tag', secondary => 'child_tag', backref => 'children');
INSERT INTO tag VALUES ('a'), ('b');
SELECT relmap.append(c(1), 'tags', t) FROM tag t;
SELECT relmap.append(t, 'children', c(2)) FROM tag t WHERE name = 'b';
TABLE child_tag;
SELECT relmap.remove(c(1), 'tags', t) FROM tag t WHERE name = 'a';
TABLE child_tag;
SELECT * FROM error($$SELECT relmap.append(c(1), 'tags', ROW('b')::tag)$$);
SELECT * FROM error($$SELECT relmap.remove(c(1), 'tags', ROW('a')::tag)$$);

-- a table related to itself; keys of several columns, of another type; odd names
CREATE TABLE "no de" ("a b" bigint, b text, "mo m" int, m2 varchar, PRIMARY KEY ("a b", b), FOREIGN KEY ("mo m", m2) REFERENCES "no de");
SELECT relmap.relationship('"no de"', 'kids', '"no de"', cascade => 'all', backref => 'mom');
INSERT INTO "no de" VALUES (1, 'x'), (2, 'y'), (3, 'z');
SELECT relmap.append(m, 'kids', k) FROM "no de" m, "no de" k WHERE m.b = 'x' AND k.b <> 'x';
TABLE "no de";
SELECT relmap.assign(k, 'mom', m) FROM "no de" m, "no de" k WHERE m.b = 'y' AND k.b = 'z';
SELECT relmap.remove(m, 'kids', k) FROM "no de" m, "no de" k WHERE m.b = 'x' AND k.b = 'y';
TABLE "no de";

-- partitioned, and without a primary key
CREATE TABLE part (id int PRIMARY KEY, parent_id int REFERENCES parent) PARTITION BY LIST (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1);
SELECT relmap.relationship('parent', 'parts', 'part');
INSERT INTO part VALUES (1);
SELECT relmap.append(p(1), 'parts', t) FROM part t;
TABLE part;
CREATE TABLE bare (parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'bares', 'bare', backref => 'parent');
INSERT INTO bare VALUES (1);
SELECT * FROM error($$SELECT relmap.append(p(1), 'bares', b) FROM bare b$$);
SELECT * FROM error($$SELECT relmap.assign(b, 'parent', p(2)) FROM bare b$$);

-- the caller's rights, row-level security included
CREATE ROLE regress_assign_user;
GRANT USAGE ON SCHEMA assign TO regress_assign_user;
GRANT SELECT ON ALL TABLES IN SCHEMA assign TO regress_assign_user;
SET ROLE regress_assign_user;
SELECT * FROM error($$SELECT relmap.assign(c(1), 'parent', NULL)$$);
SELECT * FROM error($$SELECT relmap.append(c(3), 'tags', t) FROM tag t WHERE name = 'a'$$);
RESET ROLE;
GRANT UPDATE (parent_id) ON child TO regress_assign_user;
GRANT INSERT ON child_tag TO regress_assign_user;
SET ROLE regress_assign_user;
SELECT relmap.assign(c(1), 'parent', NULL);
SELECT relmap.append(c(3), 'tags', t) FROM tag t WHERE name = 'a';
SELECT * FROM error($$SELECT relmap.remove(c(3), 'tags', t) FROM tag t WHERE name = 'a'$$);
RESET ROLE;
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON child TO regress_assign_user USING (id <> 2);
SET ROLE regress_assign_user;
SELECT * FROM error($$SELECT relmap.assign(ROW(2, NULL)::child, 'parent', NULL)$$);
SELECT relmap.assign(c(3), 'parent', NULL);
RESET ROLE;
TABLE pairs;
-- whatever the search_path
SET search_path = pg_catalog;
SELECT relmap.assign(c, 'parent', p) FROM assign.child c, assign.parent p WHERE c.id = 3 AND p.id = 3;
SET search_path = assign;
TABLE pairs;

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA assign CASCADE;
DROP ROLE regress_assign_user;
DELETE FROM relmap_internal.relationship;
