-- Savepoints and errors: what is rolled back is as if it had never been
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child');

-- ROLLBACK TO gives the incumbent its parent back
SELECT fresh();
BEGIN;
SAVEPOINT s;
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 3 WHERE id = 2;
ROLLBACK TO s;
SELECT state() AS "1:1 2:2 3:3 4:-";
INSERT INTO child VALUES (5, 2);
COMMIT;
SELECT state() AS "1:1 2:- 3:3 4:- 5:2";

-- ROLLBACK does
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 5 - parent_id WHERE id IN (2, 3);
SELECT state() AS "1:- 2:3 3:2 4:- 5:1";
ROLLBACK;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- the same key again after ROLLBACK TO, and again
BEGIN;
SAVEPOINT s;
INSERT INTO child VALUES (5, 1);
ROLLBACK TO s;
INSERT INTO child VALUES (5, 1);
ROLLBACK TO s;
INSERT INTO child VALUES (5, 1);
RELEASE s;
INSERT INTO child VALUES (6, 1);
COMMIT;
SELECT state() AS "1:- 2:2 3:3 4:- 5:- 6:1";

-- an error in a plpgsql block, before and after parking, then the next statement
SELECT fresh();
DO $$
BEGIN
    FOR n IN 1 .. 3 LOOP
        BEGIN
            UPDATE t.child SET parent_id = 3 - parent_id, v = 1 / (id - n) WHERE id IN (1, 2);
        EXCEPTION WHEN division_by_zero THEN
            UPDATE t.child SET v = v + 10 WHERE id = 3;
        END;
    END LOOP;
END $$;
SELECT state_v() AS "1:2 2:1 v-1 3:3 v20 4:-";

-- an error caught while the outer statement has parked rows: the outer goes on
CREATE FUNCTION fail_inside(i int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        UPDATE t.child SET parent_id = 13 - parent_id, v = 1 / (id - 7) WHERE id IN (6, 7);
    EXCEPTION WHEN division_by_zero THEN
        NULL;
    END;
    RETURN i;
END $$;
SELECT fresh();
INSERT INTO child VALUES (6, 6), (7, 7);
UPDATE child SET parent_id = 3 - parent_id, v = fail_inside(id) WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:- 6:6 7:7";

-- an AFTER trigger that fails in a block of its own, with parked rows outside
CREATE FUNCTION try() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        INSERT INTO t.child VALUES (NEW.id + 100, 3);
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        NULL;
    END;
    RETURN NULL;
END $$;
CREATE TRIGGER try AFTER UPDATE ON child FOR EACH ROW WHEN (NEW.id < 3) EXECUTE FUNCTION try();
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:-";
DROP TRIGGER try ON child;

-- a portal that is left half-way: a CTE's rows are written by then, or the error says so
SELECT fresh();
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM child ORDER BY id FOR UPDATE;
FETCH 1 FROM c;
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
CLOSE c;
COMMIT;
SELECT state() AS "1:2 2:1 3:3 4:-";

-- an error at COMMIT (a deferred foreign key) undoes all
ALTER TABLE child ALTER CONSTRAINT child_parent_id_fkey DEFERRABLE INITIALLY DEFERRED;
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1), (6, 99);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1 6:99";
COMMIT;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- no lock is left behind after a statement
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1), (6, 7);
INSERT INTO child VALUES (6, 2) ON CONFLICT DO NOTHING;
SAVEPOINT s;
INSERT INTO child VALUES (7, 3);
ROLLBACK TO s;
SELECT locktype, count(*) FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype NOT IN ('relation', 'virtualxid', 'transactionid')
GROUP BY 1 ORDER BY 1;
COMMIT;

-- ... nor after a query whose function has copied rows
SELECT fresh();
CREATE FUNCTION copies() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN COPY t.child (id, parent_id) FROM PROGRAM 'echo 8,5' (FORMAT csv); END $$;
BEGIN;
SELECT copies();
SELECT locktype FROM pg_locks WHERE locktype = 'advisory';
COMMIT;
SELECT state() AS "1:1 2:2 3:3 4:- 8:5";

-- a row is held while the next one is computed, in subtransactions that end well and not
SELECT fresh();
CREATE FUNCTION try(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        UPDATE t.child SET v = v + 1 WHERE id = 4;
        IF n = 2 THEN RAISE division_by_zero; END IF;
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
    RETURN n;
END $$;
INSERT INTO child SELECT 4 + n, try(n) FROM generate_series(1, 3) n;
SELECT state_v() AS "1:- 2:- 3:- 4:- v2 5:1 6:2 7:3";

-- a parked row loses its parent to one that a function of the statement writes;
-- a subtransaction of that function that fails later does not give it back
SELECT fresh();
CREATE FUNCTION intrude(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    IF n = 3 THEN
        INSERT INTO t.child VALUES (9, 2);
        BEGIN
            RAISE division_by_zero;
        EXCEPTION WHEN division_by_zero THEN NULL;
        END;
    END IF;
    RETURN n % 3 + 1;
END $$;
UPDATE child SET parent_id = intrude(parent_id) WHERE id < 4;
SELECT state() AS "1:- 2:3 3:1 4:- 9:2";

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
