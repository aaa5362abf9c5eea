-- Swaps in one statement and in two: nobody else loses a parent
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child');

-- a swap in two statements: the one in the middle is without parent for a moment
SELECT fresh();
UPDATE child SET parent_id = 2 WHERE id = 1;
UPDATE child SET parent_id = 1 WHERE id = 2;
SELECT state() AS "1:2 2:1 3:3 4:-";

-- a swap in one statement
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:-";
UPDATE child SET parent_id = CASE id WHEN 1 THEN 1 ELSE 2 END WHERE id IN (1, 2);
SELECT state() AS "1:1 2:2 3:3 4:-";

-- a rotation
UPDATE child SET parent_id = parent_id % 3 + 1 WHERE parent_id IS NOT NULL;
SELECT state() AS "1:2 2:3 3:1 4:-";

-- a shift up and down
SELECT fresh();
UPDATE child SET parent_id = parent_id + 1;
SELECT state() AS "1:2 2:3 3:4 4:-";
UPDATE child SET parent_id = parent_id - 1;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- a shift onto a child that the statement does not write
UPDATE child SET parent_id = parent_id + 1 WHERE id IN (1, 2);
SELECT state() AS "1:2 2:3 3:- 4:-";

-- merge onto one parent: the last row written wins
SELECT fresh();
UPDATE child SET parent_id = 6;
SELECT state() AS "1:- 2:- 3:- 4:6";

-- merge onto a parent that one of them holds and leaves: the last row written wins
SELECT fresh();
UPDATE child SET parent_id = CASE id WHEN 2 THEN 5 ELSE 2 END;
SELECT state() AS "1:- 2:5 3:- 4:2";

-- one that leaves its FK as it is takes nothing; those that take it do, in order
SELECT fresh();
UPDATE child SET parent_id = 1 WHERE id < 4;
SELECT state() AS "1:- 2:- 3:1 4:-";

-- the order holds: 1 wants the parent of 2, which leaves; 3 wants it too and is later
SELECT fresh();
UPDATE child SET parent_id = CASE id WHEN 1 THEN 2 WHEN 2 THEN NULL ELSE 2 END WHERE id < 4;
SELECT state() AS "1:- 2:- 3:2 4:-";

-- what a parked row leaves is free for the rows behind it
SELECT fresh();
UPDATE child SET parent_id = CASE id WHEN 1 THEN 2 WHEN 2 THEN 5 WHEN 3 THEN 1 ELSE 3 END;
SELECT state() AS "1:2 2:5 3:1 4:3";

-- other columns of a parked row are kept
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id, v = id * 10, code = code || code WHERE id IN (1, 2);
SELECT id, parent_id, code, v FROM child WHERE id IN (1, 2) ORDER BY id;

-- the row count is that of the statement
SELECT fresh();
\set QUIET 0
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
\set QUIET 1

-- UPDATE ... FROM
SELECT fresh();
UPDATE child c SET parent_id = w.p FROM (VALUES (1, 2), (2, 3), (3, 1)) w (id, p) WHERE c.id = w.id;
SELECT state() AS "1:2 2:3 3:1 4:-";

-- MERGE
SELECT fresh();
MERGE INTO child c USING (VALUES (1, 2), (2, 1)) w (id, p) ON c.id = w.id
    WHEN MATCHED THEN UPDATE SET parent_id = w.p;
SELECT state() AS "1:2 2:1 3:3 4:-";

-- through a view, in a function, in a CTE, prepared
CREATE VIEW child_view AS SELECT id, parent_id FROM child;
CREATE FUNCTION sql_swap() RETURNS void LANGUAGE sql AS
    'UPDATE t.child SET parent_id = 3 - parent_id WHERE id IN (1, 2)';
CREATE FUNCTION plpgsql_swap() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN UPDATE t.child SET parent_id = 3 - parent_id WHERE id IN (1, 2); END $$;
PREPARE swap AS UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT fresh();
UPDATE child_view SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:-";
SELECT sql_swap();
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT plpgsql_swap();
SELECT state() AS "1:2 2:1 3:3 4:-";
WITH u AS (UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING id)
SELECT id FROM u ORDER BY id;
SELECT state() AS "1:1 2:2 3:3 4:-";
EXECUTE swap;
SELECT state() AS "1:2 2:1 3:3 4:-";
DEALLOCATE swap;

-- two statements of one function: the parked rows of the first are back for the second
CREATE FUNCTION twice() RETURNS text LANGUAGE plpgsql AS $$
DECLARE between text;
BEGIN
    UPDATE t.child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
    between := t.state();
    UPDATE t.child SET parent_id = 5 - parent_id WHERE parent_id IN (2, 3);
    RETURN between;
END $$;
SELECT fresh();
SELECT twice() AS "1:2 2:1 3:3 4:-";
SELECT state() AS "1:3 2:1 3:2 4:-";

-- a statement that swaps inside one that swaps (a function in SET), on other rows
CREATE FUNCTION inner_swap() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    UPDATE t.child SET parent_id = 13 - parent_id WHERE id IN (6, 7);
    RETURN 0;
END $$;
SELECT fresh();
INSERT INTO child VALUES (6, 6), (7, 7);
UPDATE child SET parent_id = 3 - parent_id, v = (SELECT inner_swap()) WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:- 6:7 7:6";

-- what a function of the statement itself has replaced is reached: refused, nothing changed
CREATE FUNCTION take(i int, p int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO t.child VALUES (i, p);
    RETURN 0;
END $$;
SELECT fresh();
UPDATE child SET v = CASE id WHEN 1 THEN take(5, 2) ELSE 1 END WHERE id IN (1, 2);
\echo :SQLSTATE is 27000
SELECT state_v() AS "1:1 2:2 3:3 4:-";

-- a WITH query and the main query that both write: the parent's last taker has it
SELECT fresh();
WITH u AS (UPDATE child SET parent_id = 5 WHERE id = 1)
UPDATE child SET parent_id = 1 WHERE id = 3;
SELECT state() AS "1:5 2:2 3:1 4:-";

-- one statement that writes the incumbent and inserts the newcomer: right, or refused with nothing changed
SELECT fresh();
WITH d AS (DELETE FROM child WHERE id = 1)
INSERT INTO child VALUES (5, 1);
SELECT state() IN ('1:1 2:2 3:3 4:-', '2:2 3:3 4:- 5:1') AS right_or_refused;
SELECT fresh();
WITH u AS (UPDATE child SET parent_id = 5 WHERE id = 1)
INSERT INTO child VALUES (5, 1);
SELECT state() IN ('1:1 2:2 3:3 4:-', '1:5 2:2 3:3 4:- 5:1') AS right_or_refused;
SELECT fresh();
MERGE INTO child c USING (VALUES (5, 1), (1, 5)) w (id, p) ON c.id = w.id
    WHEN MATCHED THEN UPDATE SET parent_id = w.p
    WHEN NOT MATCHED THEN INSERT (id, parent_id) VALUES (w.id, w.p);
SELECT state() IN ('1:1 2:2 3:3 4:-', '1:5 2:2 3:3 4:- 5:1') AS right_or_refused;

-- a statement that pins its row by another key replaces at once: RETURNING the FK is right
SELECT fresh();
UPDATE child SET parent_id = 2 WHERE id = 1 RETURNING *;
UPDATE child SET parent_id = 3 WHERE code = 'a' RETURNING parent_id;
SELECT state() AS "1:3 2:- 3:- 4:-";
UPDATE child SET parent_id = 2 WHERE ctid = (SELECT ctid FROM child WHERE id = 4) RETURNING parent_id;
SELECT state() AS "1:3 2:- 3:- 4:2";

-- WHERE on the FK itself does not pin a row of another key
SELECT fresh();
UPDATE child SET parent_id = 2 WHERE parent_id = 1;
SELECT state() AS "1:2 2:- 3:3 4:-";

-- pinned by parameter: custom and generic plan
PREPARE move(int, int) AS UPDATE child SET parent_id = $2 WHERE id = $1 RETURNING id, parent_id;
SELECT fresh();
EXECUTE move(1, 2);
SET plan_cache_mode = force_generic_plan;
EXECUTE move(2, 3);
RESET plan_cache_mode;
SELECT state() AS "1:2 2:3 3:- 4:-";
DEALLOCATE ALL;

-- any plan, the same result
SELECT fresh();
SET enable_seqscan = off;
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SET enable_indexscan = off;
UPDATE child SET parent_id = 5 - parent_id WHERE id IN (1, 3) AND parent_id IN (2, 3);
RESET enable_seqscan;
RESET enable_indexscan;
SELECT state() AS "1:3 2:1 3:2 4:-";

-- a larger table: everyone one up, one down, and turned around
TRUNCATE child;
INSERT INTO parent SELECT n FROM generate_series(10, 1000) n;
INSERT INTO child SELECT n, n FROM generate_series(1, 999) n;
UPDATE child SET parent_id = parent_id + 1;
SELECT count(*), count(parent_id), bool_and(parent_id = id + 1) FROM child;
UPDATE child SET parent_id = parent_id - 1;
SELECT count(*), count(parent_id), bool_and(parent_id = id) FROM child;
UPDATE child SET parent_id = 1001 - parent_id;
SELECT count(*), count(parent_id), bool_and(parent_id = 1001 - id) FROM child;

-- an error after some rows were parked leaves nothing behind, in the session neither
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id, v = 1 / (id - 2) WHERE id IN (1, 2);
SELECT state() AS "1:1 2:2 3:3 4:-";
UPDATE child SET v = 1;
SELECT state_v() AS "1:1 v1 2:2 v1 3:3 v1 4:- v1";
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:-";

-- an error when the parked row gets its parent (there is none): nothing is changed
SELECT fresh();
UPDATE child SET parent_id = CASE id WHEN 1 THEN 2 ELSE 9999 END WHERE id IN (1, 2);
SELECT state() AS "1:1 2:2 3:3 4:-";

-- an FK that can't be NULL through a CHECK: the swap is refused with a HINT, nothing changed
BEGIN;
DELETE FROM child WHERE id = 4;
ALTER TABLE child ADD CHECK (parent_id IS NOT NULL);
SAVEPOINT s;
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
\echo :SQLSTATE is 23514
ROLLBACK TO s;
INSERT INTO child VALUES (5, 1);
\echo :SQLSTATE is 23514
ROLLBACK TO s;
UPDATE child SET parent_id = parent_id + 1 WHERE id = 3;
SELECT state() AS "1:1 2:2 3:4";
ROLLBACK;

-- NOT NULL: nullify can't be, refused and nothing changed
BEGIN;
DELETE FROM child WHERE id = 4;
ALTER TABLE child ALTER parent_id SET NOT NULL;
SAVEPOINT s;
INSERT INTO child VALUES (5, 1);
\echo :SQLSTATE is one of 23502, 23505
ROLLBACK TO s;
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
\echo :SQLSTATE is one of 23502, 23505, 27000
ROLLBACK TO s;
SELECT state() AS "1:1 2:2 3:3";
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
