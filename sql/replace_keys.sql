-- Keys of every kind: composite, equality that is not identity, self-reference, many columns
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
-- composite: tenant_id can't be NULL and stays
CREATE TABLE tp (tenant int, id int, PRIMARY KEY (tenant, id));
INSERT INTO tp SELECT a, b FROM generate_series(1, 2) a, generate_series(1, 5) b;
CREATE TABLE tc (
    id     int PRIMARY KEY,
    tenant int NOT NULL,
    pid    int,
    FOREIGN KEY (tenant, pid) REFERENCES tp,
    UNIQUE (tenant, pid)
);
SELECT one_to_one('tc', 'tenant,pid');
INSERT INTO tc VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, NULL);
INSERT INTO tc VALUES (5, 1, 1), (6, 2, 2);
SELECT * FROM tc ORDER BY id;
UPDATE tc SET pid = 3 - pid WHERE id IN (2, 5);
SELECT * FROM tc ORDER BY id;
UPDATE tc SET tenant = 3 - tenant;
SELECT * FROM tc ORDER BY id;
INSERT INTO tc VALUES (7, 2, 1) ON CONFLICT (tenant, pid) DO NOTHING;
INSERT INTO tc VALUES (7, 2, 1) ON CONFLICT (pid, tenant) DO NOTHING;
SELECT * FROM tc ORDER BY id;

-- ... a UNIQUE with its columns in another order than the key's
CREATE TABLE tr (
    id     int PRIMARY KEY,
    pid    int,
    tenant int NOT NULL,
    FOREIGN KEY (tenant, pid) REFERENCES tp,
    UNIQUE (pid, tenant)
);
SELECT one_to_one('tr', 'tenant,pid');
INSERT INTO tr VALUES (1, 2, 1), (2, 1, 2);
INSERT INTO tr VALUES (3, 2, 1);
INSERT INTO tr VALUES (4, 1, 2) ON CONFLICT (tenant, pid) DO NOTHING;
SELECT * FROM tr ORDER BY id;

-- ... both columns can be NULL: both are set
CREATE TABLE tb (id int PRIMARY KEY, tenant int, pid int, FOREIGN KEY (tenant, pid) REFERENCES tp, UNIQUE (tenant, pid));
SELECT one_to_one('tb', 'tenant,pid');
INSERT INTO tb VALUES (1, 1, 1), (2, 1, NULL), (3, NULL, 1);
INSERT INTO tb VALUES (4, 1, 1), (5, 1, NULL);
SELECT * FROM tb ORDER BY id;

-- ... ON DELETE SET NULL (columns) says which
CREATE TABLE ts (id int PRIMARY KEY, tenant int, pid int,
    FOREIGN KEY (tenant, pid) REFERENCES tp ON DELETE SET NULL (pid), UNIQUE (tenant, pid));
SELECT one_to_one('ts', 'tenant,pid');
INSERT INTO ts VALUES (1, 1, 1);
INSERT INTO ts VALUES (4, 1, 1);
SELECT * FROM ts ORDER BY id;

-- numeric: 1.0 and 1.00 are one key
CREATE TABLE np (id numeric PRIMARY KEY);
CREATE TABLE nc (id int PRIMARY KEY, pid numeric UNIQUE REFERENCES np);
SELECT one_to_one('nc', 'pid');
INSERT INTO np VALUES (1.0), (2);
INSERT INTO nc VALUES (1, 1.0), (2, 2);
INSERT INTO nc VALUES (3, 1.00);
UPDATE nc SET pid = 1.000 WHERE id = 3;
UPDATE nc SET pid = 3 - pid WHERE id IN (2, 3);
SELECT id, trim_scale(pid) FROM nc ORDER BY id;

-- the child's type is another one than the parent's
CREATE TABLE bc (id int PRIMARY KEY, parent_id bigint UNIQUE REFERENCES parent);
SELECT one_to_one('bc');
INSERT INTO bc VALUES (1, 1), (2, 2);
INSERT INTO bc VALUES (3, 1);
UPDATE bc SET parent_id = 3 - parent_id;
SELECT * FROM bc ORDER BY id;

-- text, long and toasted
CREATE TABLE xp (id text PRIMARY KEY);
CREATE TABLE xc (id int PRIMARY KEY, pid text UNIQUE REFERENCES xp);
SELECT one_to_one('xc', 'pid');
INSERT INTO xp VALUES ('x'), (repeat('y', 2500)), (repeat('z', 100000));
INSERT INTO xc VALUES (1, 'x'), (2, repeat('y', 2500)), (3, repeat('z', 100000));
INSERT INTO xc VALUES (4, 'x'), (5, repeat('y', 2500)), (6, repeat('z', 100000));
UPDATE xc SET pid = CASE id WHEN 4 THEN repeat('z', 100000) WHEN 6 THEN 'x' ELSE pid END WHERE id > 3;
SELECT id, left(pid, 1), length(pid) FROM xc ORDER BY id;

-- citext: the key's own equality
CREATE EXTENSION citext SCHEMA t;
CREATE TABLE cp (id citext PRIMARY KEY);
CREATE TABLE cc (id int PRIMARY KEY, pid citext UNIQUE REFERENCES cp);
SELECT one_to_one('cc', 'pid');
INSERT INTO cp VALUES ('Ann'), ('Bob');
INSERT INTO cc VALUES (1, 'ann'), (2, 'bob');
INSERT INTO cc VALUES (3, 'ANN');
UPDATE cc SET pid = 'AnN' WHERE id = 3;
INSERT INTO cc VALUES (4, 'BOB') ON CONFLICT (pid) DO NOTHING;
SELECT * FROM cc ORDER BY id;
SET search_path = pg_catalog;
INSERT INTO t.cc VALUES (5, 'anN');
SET search_path = t;
SELECT * FROM cc ORDER BY id;

-- a nondeterministic collation
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE kp (id text COLLATE ci PRIMARY KEY);
CREATE TABLE kc (id int PRIMARY KEY, pid text COLLATE ci UNIQUE REFERENCES kp);
SELECT one_to_one('kc', 'pid');
INSERT INTO kp VALUES ('Ann'), ('Bob');
INSERT INTO kc VALUES (1, 'ann'), (2, 'bob');
INSERT INTO kc VALUES (3, 'ANN'), (4, 'aNN');
UPDATE kc SET pid = 'anN' WHERE id = 4;
SELECT * FROM kc ORDER BY id;

-- a domain; one that can't be NULL is not set to NULL
CREATE DOMAIN pkey AS int CHECK (VALUE > 0);
CREATE DOMAIN pkey_not_null AS int NOT NULL;
CREATE TABLE dc (id int PRIMARY KEY, pid pkey UNIQUE REFERENCES parent);
SELECT one_to_one('dc', 'pid');
INSERT INTO dc VALUES (1, 1);
INSERT INTO dc VALUES (2, 1);
SELECT * FROM dc ORDER BY id;
CREATE TABLE dn (id int PRIMARY KEY, pid pkey_not_null UNIQUE REFERENCES parent);
SELECT one_to_one('dn', 'pid', 'delete');
INSERT INTO dn VALUES (1, 1), (2, 2);
INSERT INTO dn VALUES (3, 1);
SELECT * FROM dn ORDER BY id;
UPDATE dn SET pid = 3 - pid;
\echo :SQLSTATE is one of 23502, 27000
SELECT * FROM dn ORDER BY id;

-- self-reference: everyone has at most one successor
CREATE TABLE node (id int PRIMARY KEY, prev int UNIQUE REFERENCES node);
SELECT one_to_one('node', 'prev', by_hand => true);
INSERT INTO node VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO node VALUES (4, 1);
SELECT * FROM node ORDER BY id;
UPDATE node SET prev = id WHERE id = 1;
SELECT * FROM node ORDER BY id;
UPDATE node SET prev = CASE id WHEN 3 THEN 1 WHEN 1 THEN 2 END WHERE id IN (1, 3);
SELECT * FROM node ORDER BY id;

-- a table without primary key
CREATE TABLE bare (parent_id int UNIQUE REFERENCES parent, v int);
SELECT one_to_one('bare');
INSERT INTO bare VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO bare VALUES (1, 4);
UPDATE bare SET parent_id = 5 - parent_id WHERE parent_id IN (2, 3);
SELECT * FROM bare ORDER BY v;

-- dropped columns before the key
ALTER TABLE child DROP v, DROP code;
ALTER TABLE child DROP parent_id, ADD parent_id int UNIQUE REFERENCES parent;
SELECT one_to_one('child', by_hand => true);
INSERT INTO child VALUES (1, 1), (2, 2);
INSERT INTO child VALUES (3, 1);
UPDATE child SET parent_id = 3 - parent_id WHERE id > 1;
SELECT state() AS "1:- 2:1 3:2";

-- a column renamed to a name that must be quoted, under a hand-made trigger made anew
CREATE TABLE "Odd ""Table" ("the id" int PRIMARY KEY, "Parent'Id" int UNIQUE REFERENCES parent);
CREATE TRIGGER "~odd" BEFORE INSERT OR UPDATE ON "Odd ""Table" FOR EACH ROW
    EXECUTE FUNCTION relmap_internal.replace_nullify('Parent''Id');
INSERT INTO "Odd ""Table" VALUES (1, 1), (2, 2);
INSERT INTO "Odd ""Table" VALUES (3, 1);
UPDATE "Odd ""Table" SET "Parent'Id" = 3 - "Parent'Id";
SELECT * FROM "Odd ""Table" ORDER BY 1;

-- a table with many relationships: a row takes all its parents, and is released by each on its own
SET client_min_messages = warning;
CREATE TABLE many (id int PRIMARY KEY);
SELECT format('ALTER TABLE many ADD p%s int UNIQUE REFERENCES parent', n) FROM generate_series(1, 20) n \gexec
SELECT count(relmap.relationship('parent', 'many' || n, 'many', uselist => false, foreign_keys => ARRAY['p' || n], accessor => false)::text)
    FROM generate_series(1, 20) n;
RESET client_min_messages;
INSERT INTO many SELECT 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2;
INSERT INTO many SELECT 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 3;
SELECT * FROM many ORDER BY id;
SELECT locktype FROM pg_locks WHERE locktype = 'advisory';

-- ... a key that is no plain number, under a clause that does not apply
CREATE TABLE tag (name text PRIMARY KEY);
INSERT INTO tag VALUES ('a'), ('b');
CREATE TABLE badge (id int PRIMARY KEY, tag text UNIQUE REFERENCES tag);
SELECT one_to_one('badge', 'tag');
INSERT INTO badge VALUES (1, 'a'), (2, 'b');
INSERT INTO badge VALUES (3, 'b'), (4, 'a') ON CONFLICT (id) DO NOTHING;
SELECT * FROM badge ORDER BY id;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
