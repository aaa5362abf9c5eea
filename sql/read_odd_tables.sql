-- tables that are out of the ordinary
\set VERBOSITY terse
SET client_min_messages = warning;

-- names: quoted, mixed case, of 63 bytes, reserved; schemas off the search_path
CREATE SCHEMA "Odd one";
CREATE SCHEMA "select";
CREATE TABLE "Odd one"."Parent's ""table""" ("the.Id" int PRIMARY KEY, "c" int, "$1" text);
CREATE TABLE "select"."table" ("user" int PRIMARY KEY, "Parent\Id" int REFERENCES "Odd one"."Parent's ""table""", c text);
INSERT INTO "Odd one"."Parent's ""table""" VALUES (1, 10, 'one'), (2, 20, 'two');
INSERT INTO "select"."table" VALUES (11, 1, 'x'), (12, NULL, 'y');
SELECT relmap.relationship('"select"."table"', 'the "one", it''s', '"Odd one"."Parent''s ""table"""',
    backref => relmap.backref('name_of_63_bytes_7890123456789012345678901234567890123456789012X', uselist => false));
SELECT relmap.relationship('"Odd one"."Parent''s ""table"""', 'order', '"select"."table"', order_by => 'c desc');
SELECT prosrc FROM pg_proc WHERE pronamespace IN ('"Odd one"'::regnamespace, '"select"'::regnamespace) ORDER BY proname COLLATE "C";
SELECT p."$1", "Odd one"."name_of_63_bytes_7890123456789012345678901234567890123456789012X"(p), o
FROM "Odd one"."Parent's ""table""" p LEFT JOIN "Odd one"."order"(p) o ON true ORDER BY 1;
SET search_path = "select";
SELECT t."user", t."the ""one"", it's" FROM "table" t ORDER BY 1;
SELECT * FROM relmap.violations('"Odd one"."Parent''s ""table"""', 'order');
SELECT * FROM relmap.check('select');
SELECT source, accessor FROM relmap.relationships WHERE source = '"table"'::regclass;
RESET search_path;
DROP TABLE "select"."table";
DROP SCHEMA "Odd one" CASCADE;
DROP SCHEMA "select";

CREATE SCHEMA odd;
SET search_path = odd, public;

-- dropped columns before, between and behind the key
CREATE TABLE parent (a int, id int PRIMARY KEY, b text, name text);
CREATE TABLE child (x int, parent_id int REFERENCES parent, y text, id int, z text);
ALTER TABLE parent DROP COLUMN a, DROP COLUMN b;
ALTER TABLE child DROP COLUMN x, DROP COLUMN z, ADD COLUMN w text DEFAULT 'w';
INSERT INTO parent VALUES (1, 'one'), (2, 'two');
INSERT INTO child VALUES (1, 'y', 11, 'w');
SELECT relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false));
SELECT relmap.relationship('parent', 'children', 'child');
SELECT relmap.relationship('parent', 'kid', 'child', uselist => false, enforce => false);
SELECT p.*, p.child, p.kid, c FROM parent p LEFT JOIN children(p) c ON true ORDER BY p.id;
SELECT (c.parent).* FROM child c;
ALTER TABLE child DROP COLUMN y;
SELECT p.*, p.child, p.kid, c FROM parent p LEFT JOIN children(p) c ON true ORDER BY p.id;
-- what was read does not depend on what a column is when it is not there
ALTER TABLE child ADD COLUMN late text DEFAULT 'late';
CREATE TABLE kept AS SELECT p.child AS c FROM parent p WHERE id = 1;
VACUUM FULL child;
SELECT c, (c).late FROM kept;
DROP TABLE kept;

-- generated columns
CREATE TABLE box (w int, h int, area int GENERATED ALWAYS AS (w * h) STORED PRIMARY KEY);
CREATE TABLE lid (id int PRIMARY KEY, box_area int REFERENCES box, twice int GENERATED ALWAYS AS (box_area * 2) STORED);
CREATE TABLE tag (a int, sum int GENERATED ALWAYS AS (a + 1) STORED UNIQUE REFERENCES box);
INSERT INTO box VALUES (2, 3), (4, 5);
INSERT INTO lid VALUES (1, 6), (2, 20);
INSERT INTO tag VALUES (5);
SELECT relmap.relationship('lid', 'box', 'box', backref => relmap.backref('lid', uselist => false));
SELECT relmap.relationship('box', 'tag', 'tag', uselist => false, on_replace => 'restrict', backref => 'box');
SELECT b.area, b.lid, b.tag FROM box b ORDER BY b.area;
SELECT l.id, l.box FROM lid l ORDER BY l.id;
SELECT t, t.box FROM tag t;

-- values in TOAST, in the key and beside it
CREATE TABLE doc (title text PRIMARY KEY, body text);
CREATE TABLE draft (id int PRIMARY KEY, title text REFERENCES doc, body text);
ALTER TABLE doc ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE draft ALTER COLUMN title SET STORAGE MAIN, ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO doc SELECT repeat('long title ' || g, 150), repeat('body ', 10000 * g) FROM generate_series(1, 3) g;
INSERT INTO draft SELECT row_number() OVER (ORDER BY title), title, repeat('draft ', 9000) FROM doc;
SELECT relmap.relationship('draft', 'doc', 'doc', backref => relmap.backref('draft', uselist => false));
SELECT relmap.relationship('doc', 'drafts', 'draft');
SELECT length(d.title), length(d.body), (d.draft).id, length((d.draft).body), length(f.body)
FROM doc d, drafts(d) f ORDER BY 2;
CREATE TABLE kept AS SELECT f.doc AS d FROM draft f;
TRUNCATE doc, draft;
SELECT length((d).title), length((d).body) FROM kept ORDER BY 2;
DROP TABLE kept;

-- a wide table, of more columns than its rows have
CREATE UNLOGGED TABLE wide (id int PRIMARY KEY REFERENCES parent);
INSERT INTO wide VALUES (1);
DO $$ BEGIN
    EXECUTE (SELECT 'ALTER TABLE wide ' || string_agg(format('ADD COLUMN c%s int DEFAULT %1$s', g), ', ')
             FROM generate_series(1, 500) g);
END $$;
SELECT relmap.relationship('parent', 'wide', 'wide', uselist => false, on_replace => 'restrict', backref => 'parent');
INSERT INTO wide VALUES (2);
SELECT (p.wide).c500, (p.wide).c1 FROM parent p ORDER BY p.id;

-- temporary tables: their functions are called by their schema's name
CREATE TEMP TABLE t_parent (id int PRIMARY KEY);
CREATE TEMP TABLE t_child (id int PRIMARY KEY, parent_id int REFERENCES t_parent);
INSERT INTO t_parent VALUES (1), (2);
INSERT INTO t_child VALUES (11, 1);
SELECT relmap.relationship('t_child', 'parent', 't_parent', backref => relmap.backref('child', uselist => false));
SELECT p.id, pg_temp.child(p) FROM t_parent p ORDER BY p.id;
SELECT c.id, pg_temp.parent(c) FROM t_child c;
DROP TABLE t_child;

DROP SCHEMA odd CASCADE;
