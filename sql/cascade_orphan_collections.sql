-- delete-orphan in collections: a row that is taken out of its parent's
-- collection is deleted at COMMIT, unless another parent has taken it.
\set VERBOSITY terse

CREATE SCHEMA orphans;
SET search_path = orphans;
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE TABLE grandchild (id int PRIMARY KEY, child_id int REFERENCES child);
CREATE INDEX ON child (parent_id);
CREATE INDEX ON grandchild (child_id);
SELECT relmap.relationship('parent', 'children', 'child', cascade => 'all, delete-orphan');
SELECT relmap.relationship('child', 'children', 'grandchild', cascade => 'all, delete-orphan');
CREATE PROCEDURE fill(n int) LANGUAGE sql AS $$
    TRUNCATE parent, child, grandchild;
    INSERT INTO parent SELECT generate_series(1, n);
    INSERT INTO child SELECT g, (g + 1) / 2 FROM generate_series(1, 2 * n) g;
    INSERT INTO grandchild SELECT g, (g + 1) / 2 FROM generate_series(1, 4 * n) g;
$$;
CREATE VIEW there AS
    SELECT (SELECT string_agg(concat_ws('>', parent_id, id), ' ' ORDER BY id) FROM child) AS children,
           (SELECT string_agg(concat_ws('>', child_id, id), ' ' ORDER BY id) FROM grandchild) AS grandchildren;

-- several levels: the orphan's own children go with it
CALL fill(2);
BEGIN;
UPDATE child SET parent_id = NULL WHERE id = 1;
TABLE there;
COMMIT;
TABLE there;
-- a child that moves is no orphan, at once or in the end
UPDATE child SET parent_id = 2 WHERE id = 2;
BEGIN;
UPDATE child SET parent_id = NULL WHERE id = 3;
UPDATE child SET parent_id = 1 WHERE id = 3;
COMMIT;
TABLE there;
-- one that never had a parent is none; its parent deleted, it goes
INSERT INTO child VALUES (9, NULL);
INSERT INTO grandchild VALUES (99, 9);
UPDATE child SET id = id WHERE id = 9;
TABLE there;
DELETE FROM parent WHERE id = 2;
TABLE there;
-- orphans on both levels
CALL fill(2);
BEGIN;
UPDATE grandchild SET child_id = NULL WHERE id IN (1, 8);
UPDATE child SET parent_id = NULL WHERE id = 2;
COMMIT;
TABLE there;

-- savepoints
CALL fill(1);
BEGIN;
SAVEPOINT s;
UPDATE child SET parent_id = NULL;
ROLLBACK TO s;
UPDATE child SET parent_id = NULL WHERE id = 2;
SAVEPOINT t;
UPDATE child SET parent_id = 1 WHERE id = 2;
ROLLBACK TO t;
COMMIT;
TABLE there;
CALL fill(1);
BEGIN;
UPDATE child SET parent_id = NULL WHERE id = 2;
SAVEPOINT t;
UPDATE child SET parent_id = 1 WHERE id = 2;
RELEASE t;
COMMIT;
TABLE there;

-- SET CONSTRAINTS
CALL fill(2);
BEGIN;
UPDATE child SET parent_id = NULL WHERE id = 1;
TABLE there;
SET CONSTRAINTS ALL IMMEDIATE;
TABLE there;
UPDATE child SET parent_id = NULL WHERE id = 2;
TABLE there;
SET CONSTRAINTS ALL DEFERRED;
UPDATE child SET parent_id = NULL WHERE id = 3;
TABLE there;
UPDATE child SET parent_id = 1 WHERE id = 3;
COMMIT;
TABLE there;

-- many at one COMMIT, and when the parents go
TRUNCATE parent, child, grandchild;
INSERT INTO parent VALUES (1);
INSERT INTO child SELECT g, 1 FROM generate_series(1, 100000) g;
INSERT INTO grandchild VALUES (1, 100000);
BEGIN;
UPDATE child SET parent_id = NULL;
SELECT count(*), count(parent_id) FROM child;
UPDATE child SET parent_id = 1 WHERE id <= 10;
COMMIT;
SELECT count(*), count(parent_id) FROM child;
TABLE grandchild;
DELETE FROM parent;
SELECT count(*) FROM child;

-- ON DELETE SET NULL makes no orphans of what the cascade has deleted
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey,
    ADD CONSTRAINT child_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parent ON DELETE SET NULL;
CALL fill(2);
BEGIN;
DELETE FROM parent WHERE id = 1;
TABLE there;
COMMIT;
TABLE there;

RESET search_path;
DROP SCHEMA orphans CASCADE;
DELETE FROM relmap_internal.relationship;
