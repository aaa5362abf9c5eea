-- Replacement: what one row does that takes a held parent
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child', by_hand => true);

-- INSERT onto a held parent: the incumbent is released
SELECT fresh();
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";

-- INSERT onto a free parent: no row is released
INSERT INTO child VALUES (6, 6);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1 6:6";

-- UPDATE onto a held parent
SELECT fresh();
UPDATE child SET parent_id = 2 WHERE id = 1;
SELECT state() AS "1:2 2:- 3:3 4:-";

-- UPDATE of a child without parent onto a held one
SELECT fresh();
UPDATE child SET parent_id = 3 WHERE id = 4;
SELECT state() AS "1:1 2:2 3:- 4:3";

-- the row counts are those of the statement: one row
SELECT fresh();
\set QUIET 0
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 2 WHERE id = 4;
\set QUIET 1

-- RETURNING shows what was written
INSERT INTO child VALUES (6, 3) RETURNING *;
UPDATE child SET parent_id = 5 WHERE id = 6 RETURNING id, parent_id;

-- several rows for one parent in one statement: the last row written wins
SELECT fresh();
INSERT INTO child VALUES (5, 1), (6, 1), (7, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:- 6:- 7:1";

-- several rows for one free parent: the last row written wins
SELECT fresh();
INSERT INTO child VALUES (5, 7), (6, 7), (7, 8), (8, 7);
SELECT state() AS "1:1 2:2 3:3 4:- 5:- 6:- 7:8 8:7";

-- UPDATE that leaves the FK as it is: nothing happens
SELECT fresh();
UPDATE child SET parent_id = parent_id, v = v + 1;
UPDATE child SET parent_id = 1 WHERE id = 1;
UPDATE child SET v = v + 1 WHERE id = 2;
SELECT state_v() AS "1:1 v1 2:2 v2 3:3 v1 4:- v1";

-- a row that has its parent keeps it when only its primary key changes
SELECT fresh();
UPDATE child SET id = 10 WHERE id = 1;
SELECT state() AS "2:2 3:3 4:- 10:1";

-- FK NULL: takes no parent, replaces nobody, any number of them
SELECT fresh();
INSERT INTO child VALUES (5, NULL), (6, NULL);
UPDATE child SET parent_id = NULL WHERE id = 1;
SELECT state() AS "1:- 2:2 3:3 4:- 5:- 6:-";

-- the statement fails later on its foreign key: the incumbent keeps its parent
SELECT fresh();
INSERT INTO child VALUES (5, 1), (6, 99);
SELECT state() AS "1:1 2:2 3:3 4:-";

-- ... on a key of its own
INSERT INTO child VALUES (2, 1);
INSERT INTO child VALUES (5, 1, 'b');
UPDATE child SET parent_id = 1, code = 'b' WHERE id = 3;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- ... on an expression
INSERT INTO child SELECT n, 1, NULL, 1 / (6 - n) FROM generate_series(5, 6) n;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- an FK without a parent is the foreign key's error, and releases nobody
INSERT INTO child VALUES (5, 99);
UPDATE child SET parent_id = 99 WHERE id = 1;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- relmap.replacement = off: plain UNIQUE
SELECT fresh();
SET relmap.replacement = off;
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 2 WHERE id = 1;
RESET relmap.replacement;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- ... for one transaction
BEGIN;
SET LOCAL relmap.replacement = off;
INSERT INTO child VALUES (5, 1);
ROLLBACK;
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";

-- a replica does not replace: the publisher's row changes arrive by themselves
SELECT fresh();
SET session_replication_role = replica;
INSERT INTO child VALUES (5, 1);
RESET session_replication_role;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- a trigger whose uniqueness is gone does nothing
BEGIN;
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:1 2:2 3:3 4:- 5:1";
ROLLBACK;

-- ... and one whose foreign key is gone
BEGIN;
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
INSERT INTO child VALUES (5, 6);
SELECT state() AS "1:1 2:2 3:3 4:- 5:6";
ROLLBACK;

-- the answer follows the table: a key changed in mid-session is seen
BEGIN;
INSERT INTO child VALUES (5, 1);
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
ALTER TABLE child ADD CONSTRAINT again UNIQUE (parent_id);
INSERT INTO child VALUES (6, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:- 6:1";
ROLLBACK;

-- over a DEFERRABLE constraint
BEGIN;
ALTER TABLE child DROP CONSTRAINT child_parent_id_key,
                  ADD UNIQUE (parent_id) DEFERRABLE INITIALLY DEFERRED;
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 5 - parent_id WHERE id IN (2, 3);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT state() AS "1:- 2:3 3:2 4:- 5:1";
ROLLBACK;

-- over a bare unique index
BEGIN;
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
CREATE UNIQUE INDEX ON child (parent_id);
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 5 - parent_id WHERE id IN (2, 3);
SELECT state() AS "1:- 2:3 3:2 4:- 5:1";
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
