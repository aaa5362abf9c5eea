-- Every way of writing replaces: COPY, INSERT ... SELECT, MERGE, CTEs, views
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child');

-- COPY: one that replaces, two for one parent, one free
SELECT fresh();
COPY child (id, parent_id) FROM stdin;
5	1
6	5
7	5
8	\N
\.
SELECT state() AS "1:- 2:2 3:3 4:- 5:1 6:- 7:5 8:-";

-- COPY that fails in its last line: nothing changed
SELECT fresh();
COPY child (id, parent_id) FROM stdin;
5	1
6	99
\.
SELECT state() AS "1:1 2:2 3:3 4:-";

-- COPY with replacement off
SET relmap.replacement = off;
COPY child (id, parent_id) FROM stdin;
5	1
\.
RESET relmap.replacement;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- INSERT ... SELECT
INSERT INTO child (id, parent_id) SELECT n, n - 4 FROM generate_series(5, 8) n;
SELECT state() AS "1:- 2:- 3:- 4:- 5:1 6:2 7:3 8:4";

-- INSERT ... SELECT from the table itself
SELECT fresh();
INSERT INTO child (id, parent_id) SELECT id + 10, parent_id FROM child ORDER BY id;
SELECT state() AS "1:- 2:- 3:- 4:- 11:1 12:2 13:3 14:-";

-- MERGE that inserts
SELECT fresh();
MERGE INTO child c USING (VALUES (5, 1), (6, 2)) w (id, p) ON c.id = w.id
    WHEN NOT MATCHED THEN INSERT (id, parent_id) VALUES (w.id, w.p);
SELECT state() AS "1:- 2:- 3:3 4:- 5:1 6:2";

-- MERGE with all its actions on rows that do not meet
SELECT fresh();
MERGE INTO child c USING (VALUES (1, 6), (3, 0), (5, 7), (4, NULL)) w (id, p) ON c.id = w.id
    WHEN MATCHED AND w.p = 0 THEN DELETE
    WHEN MATCHED AND w.p IS NULL THEN DO NOTHING
    WHEN MATCHED THEN UPDATE SET parent_id = w.p
    WHEN NOT MATCHED THEN INSERT (id, parent_id) VALUES (w.id, w.p);
SELECT state() AS "1:6 2:2 4:- 5:7";

-- MERGE by parent: the application's own upsert edits in place
SELECT fresh();
MERGE INTO child c USING (VALUES (5, 1, 7), (6, 6, 7)) w (id, p, v) ON c.parent_id = w.p
    WHEN MATCHED THEN UPDATE SET v = w.v
    WHEN NOT MATCHED THEN INSERT (id, parent_id, v) VALUES (w.id, w.p, w.v);
SELECT state_v() AS "1:1 v7 2:2 3:3 4:- 6:6 v7";

-- writable CTEs
SELECT fresh();
WITH new AS (INSERT INTO child VALUES (5, 1), (6, 2) RETURNING id, parent_id)
SELECT * FROM new ORDER BY id;
SELECT state() AS "1:- 2:- 3:3 4:- 5:1 6:2";
WITH p AS (INSERT INTO parent VALUES (10) RETURNING id)
INSERT INTO child SELECT 7, id FROM p;
SELECT state() AS "1:- 2:- 3:3 4:- 5:1 6:2 7:10";
DELETE FROM child WHERE id = 7;
DELETE FROM parent WHERE id = 10;

-- two INSERTs of one statement for one parent: one of them has it, the other none
SELECT fresh();
WITH a AS (INSERT INTO child VALUES (5, 1))
INSERT INTO child VALUES (6, 1);
SELECT state() IN ('1:- 2:2 3:3 4:- 5:1 6:-', '1:- 2:2 3:3 4:- 5:- 6:1') AS one_holder;

-- UPDATE and INSERT in one statement for different parents
SELECT fresh();
WITH u AS (UPDATE child SET parent_id = 5 WHERE id = 4)
INSERT INTO child VALUES (6, 1);
SELECT state() AS "1:- 2:2 3:3 4:5 6:1";

-- through an updatable view, a view on a view, and one with CHECK OPTION
CREATE VIEW child_view AS SELECT id, parent_id, v FROM child;
CREATE VIEW checked_view AS SELECT * FROM child_view WHERE v < 5 WITH CHECK OPTION;
SELECT fresh();
INSERT INTO child_view VALUES (5, 1);
UPDATE child_view SET parent_id = 2 WHERE id = 3;
INSERT INTO checked_view VALUES (6, 2, 1);
SELECT state_v() AS "1:- 2:- 3:- 4:- 5:1 6:2 v1";

-- ... whose check fails: nothing changed
INSERT INTO checked_view VALUES (7, 1, 9);
UPDATE checked_view SET parent_id = 1, v = 9 WHERE id = 6;
SELECT state_v() AS "1:- 2:- 3:- 4:- 5:1 6:2 v1";

-- a check that the moment without parent could pass by or fail: never a row that the view forbids
CREATE VIEW parent_view AS SELECT id, parent_id FROM child
    WHERE parent_id IS NULL OR parent_id < 3 WITH CHECK OPTION;
SELECT fresh();
UPDATE parent_view SET parent_id = parent_id + 1;
SELECT state() AS "1:1 2:2 3:3 4:-";
UPDATE parent_view SET parent_id = 4 WHERE id = 1;
SELECT state() AS "1:1 2:2 3:3 4:-";
UPDATE parent_view SET parent_id = 3 - parent_id;
\echo :SQLSTATE is 00000 or one of 27000, 44000
SELECT state() IN ('1:1 2:2 3:3 4:-', '1:2 2:1 3:3 4:-') AS right_or_refused;

-- through an INSTEAD OF trigger
CREATE VIEW joined AS SELECT c.id, p.name FROM child c JOIN parent p ON p.id = c.parent_id;
CREATE FUNCTION joined_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO t.child SELECT NEW.id, p.id FROM t.parent p WHERE p.name = NEW.name;
    RETURN NEW;
END $$;
CREATE TRIGGER i INSTEAD OF INSERT ON joined FOR EACH ROW EXECUTE FUNCTION joined_insert();
SELECT fresh();
INSERT INTO joined VALUES (5, 'p1'), (6, 'p2');
SELECT state() AS "1:- 2:- 3:3 4:- 5:1 6:2";

-- through a rule
CREATE TABLE inbox (id int, parent_id int);
CREATE RULE r AS ON INSERT TO inbox DO INSTEAD INSERT INTO child VALUES (NEW.id, NEW.parent_id);
SELECT fresh();
INSERT INTO inbox VALUES (5, 1), (6, 2);
SELECT state() AS "1:- 2:- 3:3 4:- 5:1 6:2";

-- from a trigger of another table
CREATE FUNCTION relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO t.child VALUES (NEW.id + 100, NEW.id);
    RETURN NEW;
END $$;
CREATE TRIGGER relay AFTER UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION relay();
SELECT fresh();
UPDATE parent SET name = name WHERE id < 3;
SELECT state() AS "1:- 2:- 3:3 4:- 101:1 102:2";
DROP TRIGGER relay ON parent;

-- a cursor's WHERE CURRENT OF
SELECT fresh();
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM child WHERE id = 1 FOR UPDATE;
FETCH c;
UPDATE child SET parent_id = 2 WHERE CURRENT OF c;
COMMIT;
SELECT state() AS "1:2 2:- 3:3 4:-";

-- COPY in a function that a query calls: replaces
CREATE FUNCTION copy_5() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN COPY t.child (id, parent_id) FROM PROGRAM 'echo 5,1' (FORMAT csv); END $$;
SELECT fresh();
SELECT copy_5();
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
SELECT fresh();
INSERT INTO child SELECT 6, 1 FROM copy_5() x WHERE x IS NOT NULL;
SELECT state() AS "1:- 2:2 3:3 4:- 5:- 6:1";

-- a rule, and COPY in a trigger, write another table while a row that was parked
-- gets its parent
CREATE TABLE note (id int GENERATED ALWAYS AS IDENTITY, what text, parent_id int UNIQUE REFERENCES parent);
SELECT one_to_one('note');
CREATE RULE noted AS ON UPDATE TO child DO ALSO INSERT INTO note (parent_id) VALUES (4);
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id < 3;
SELECT state() AS "1:2 2:1 3:3 4:-";
SELECT max(id) = min(id) FILTER (WHERE parent_id = 4) AS last_has_it, count(*) > 2 AS several FROM note;
DROP RULE noted ON child;
CREATE FUNCTION copy_note() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN COPY t.note (parent_id) FROM PROGRAM 'echo 4' (FORMAT csv); RETURN NEW; END $$;
CREATE TRIGGER copy_note BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION copy_note();
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id < 3;
SELECT state() AS "1:2 2:1 3:3 4:-";
SELECT max(id) = min(id) FILTER (WHERE parent_id = 4) AS last_has_it, count(*) > 7 AS several FROM note;
DROP TABLE note;
DROP TRIGGER copy_note ON child;

-- what is known of the table gets out of date between two rows
CREATE FUNCTION analyzed(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN ANALYZE t.child; RETURN n; END $$;
SELECT fresh();
INSERT INTO child SELECT 4 + n, analyzed(n) FROM generate_series(1, 3) n;
SELECT state() AS "1:- 2:- 3:- 4:- 5:1 6:2 7:3";

-- the parent's key changes and cascades: no newcomer, no row is released
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey,
    ADD CONSTRAINT child_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parent
    ON UPDATE CASCADE ON DELETE SET DEFAULT,
    ALTER parent_id SET DEFAULT 9;
SELECT fresh();
UPDATE parent SET id = id + 20;
SELECT state() AS "1:21 2:22 3:23 4:-";
UPDATE parent SET id = id - 20;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- ON DELETE SET DEFAULT of two parents onto a held third: one child has it
INSERT INTO child VALUES (5, 9);
DELETE FROM parent WHERE id IN (1, 2);
SELECT state() IN ('1:9 2:- 3:3 4:- 5:-', '1:- 2:9 3:3 4:- 5:-') AS one_holder;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
