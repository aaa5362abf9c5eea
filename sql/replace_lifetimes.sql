-- What is remembered of a statement lives as long as the statement, no shorter and no longer
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include

SELECT one_to_one('child');

-- a session's first statement is one of many inside a DO block
SELECT fresh();
\c -
SET search_path = t;
DO $$
DECLARE replacing int[] := '{0,4,7,12,18,19,21,28,29}';
BEGIN
    FOR i IN 0..29 LOOP
        IF i = ANY (replacing) THEN
            INSERT INTO child VALUES (300 + i, 1);
        ELSE
            PERFORM count(*) FROM parent;
        END IF;
    END LOOP;
END $$;
SELECT id FROM child WHERE parent_id = 1;

-- a pending assignment that a nested statement has superseded is pending again when that is rolled back
SELECT fresh();
CREATE FUNCTION take_and_fail(p int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        INSERT INTO child VALUES (9, 1);
        RAISE EXCEPTION 'back';
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
    RETURN p;
END $$;
UPDATE child SET parent_id = CASE id WHEN 2 THEN 1 ELSE take_and_fail(parent_id) END WHERE id IN (2, 3);
SELECT state() AS "1:- 2:1 3:3 4:-";

-- ... and not when it stays
SELECT fresh();
CREATE FUNCTION take(p int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO child VALUES (9, 1);
    RETURN p;
END $$;
UPDATE child SET parent_id = CASE id WHEN 2 THEN 1 ELSE take(parent_id) END WHERE id IN (2, 3);
SELECT state() AS "1:- 2:- 3:3 4:- 9:1";

-- a row that is parked and then superseded is replaced, whatever other relationships its table has
CREATE TABLE two (id int PRIMARY KEY, a int REFERENCES parent, b int REFERENCES parent);
SELECT relmap.relationship('parent', 'two_a', 'two', foreign_keys => '{a}', uselist => false, on_replace => 'delete');
SELECT relmap.relationship('parent', 'two_b', 'two', foreign_keys => '{b}', uselist => false);
INSERT INTO two VALUES (1, 1), (2, 2), (3, 3);
CREATE FUNCTION take_a(p int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO two VALUES (9, 1);
    RETURN p;
END $$;
UPDATE two SET a = CASE id WHEN 2 THEN 1 ELSE take_a(a) END WHERE id IN (2, 3);
TABLE two ORDER BY id;

-- a savepoint's combo command ids don't make a row look like this statement's own
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (10, 5), (11, 6), (12, 7);
SAVEPOINT s;
DELETE FROM child WHERE id > 9;
ROLLBACK TO s;
INSERT INTO child VALUES (13, 5) RETURNING parent_id;
INSERT INTO child VALUES (14, 6) RETURNING parent_id;
INSERT INTO child VALUES (15, 7) RETURNING parent_id;
COMMIT;

-- a key of a type whose elements can't be hashed
CREATE TYPE odd AS (a int, b bit(4));
CREATE TABLE odd_parent (id odd PRIMARY KEY);
CREATE TABLE odd_child (id int PRIMARY KEY, odd odd REFERENCES odd_parent);
SELECT relmap.relationship('odd_parent', 'child', 'odd_child', uselist => false);
INSERT INTO odd_parent VALUES ('(1,1010)');
INSERT INTO odd_child VALUES (1, '(1,1010)');
INSERT INTO odd_child VALUES (2, '(1,1010)');
TABLE odd_child ORDER BY id;

-- COPY keeps its look open from row to row: through errors, subtransactions, what
-- is declared in between, and COPY inside of COPY
SELECT fresh();
CREATE FUNCTION copy_in(rows text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COPY t.child (id, parent_id) FROM PROGRAM %L (FORMAT csv)', 'printf "%s\n" ' || rows);
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END $$;
SELECT copy_in('10,1 11,1 12,2 13,1');
SELECT copy_in('20,1 21,2 21,3');
SELECT copy_in('20,1 x,2');
BEGIN;
SELECT copy_in('21,99');
SELECT copy_in('22,1');
SAVEPOINT s;
SELECT copy_in('23,2');
ROLLBACK TO s;
SELECT copy_in('24,3');
COMMIT;
SELECT id, parent_id FROM child WHERE id >= 10 ORDER BY id;
CREATE FUNCTION nested_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE '%: %', NEW.id, copy_in(format('%s,%s %s,x', NEW.id + 1, NEW.parent_id, NEW.id + 2));
    RAISE NOTICE '%: %', NEW.id, copy_in(format('%s,%s %s,%2$s', NEW.id + 3, NEW.parent_id, NEW.id + 4));
    COMMENT ON CONSTRAINT child_pkey ON child IS 'tells the relcache';
    CREATE TRIGGER another AFTER DELETE ON child FOR EACH ROW EXECUTE FUNCTION nested_copy();
    DROP TRIGGER another ON child;
    RETURN NEW;
END $$;
CREATE TRIGGER nested BEFORE INSERT ON child FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION nested_copy();
SELECT copy_in('30,1 40,1 50,2');
SELECT id, parent_id FROM child WHERE id >= 24 ORDER BY id;

-- a condition that needs more stack than there is: an error, and not a trigger that does nothing from then on
CREATE TABLE deep (id int PRIMARY KEY, parent_id int REFERENCES parent, n int);
SELECT format('n%s > 0', repeat(' + 1', 400)) AS condition \gset
SELECT relmap.relationship('parent', 'deep', 'deep', uselist => false, condition => :'condition', on_replace => 'set n = -1000');
INSERT INTO deep VALUES (1, 1, 1);
ALTER TABLE deep SET (fillfactor = 90);
SET max_stack_depth = '100kB';
INSERT INTO deep VALUES (2, 1, 1);
RESET max_stack_depth;
INSERT INTO deep VALUES (3, 1, 1);
SELECT * FROM deep ORDER BY id;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
