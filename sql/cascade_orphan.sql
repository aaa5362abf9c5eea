-- delete-orphan: a released child has no parent at once, and is deleted at COMMIT if it has none then
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child', policy => 'delete');

-- replaced by INSERT: without parent at once, gone at COMMIT
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
COMMIT;
SELECT state() AS "2:2 3:3 4:- 5:1";

-- a child that never had a parent is no orphan
UPDATE child SET v = 1 WHERE id = 4;
SELECT state() AS "2:2 3:3 4:- 5:1";

-- replaced by UPDATE; the child that moves is no orphan
SELECT fresh();
UPDATE child SET parent_id = 2 WHERE id = 1;
SELECT state() AS "1:2 3:3 4:-";

-- its FK set to NULL by hand: released
SELECT fresh();
UPDATE child SET parent_id = NULL WHERE id = 1;
SELECT state() AS "2:2 3:3 4:-";

-- a swap in two statements of one transaction loses nobody
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = 2 WHERE id = 1;
UPDATE child SET parent_id = 1 WHERE id = 2;
COMMIT;
SELECT state() AS "1:2 2:1 3:3 4:-";

-- ... one that releases first
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = NULL WHERE id = 1;
UPDATE child SET parent_id = 1 WHERE id = 2;
UPDATE child SET parent_id = 2 WHERE id = 1;
COMMIT;
SELECT state() AS "1:2 2:1 3:3 4:-";

-- a swap in one statement: a parked row is no orphan
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:-";
INSERT INTO child VALUES (1, 1), (2, 2) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- a shift onto a child outside of the statement: that one is the orphan
UPDATE child SET parent_id = parent_id + 1 WHERE id IN (1, 2);
SELECT state() AS "1:2 2:3 4:-";

-- an ORM that deletes the old row itself finds it
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
DELETE FROM child WHERE id = 1 RETURNING id;
COMMIT;
SELECT state() AS "2:2 3:3 4:- 5:1";

-- an orphan that is updated again before COMMIT is still one
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
UPDATE child SET v = 1 WHERE id = 1;
UPDATE child SET code = 'z', v = 2 WHERE id = 1;
COMMIT;
SELECT state() AS "2:2 3:3 4:- 5:1";

-- ... and one that got another parent is none
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
UPDATE child SET v = 1 WHERE id = 1;
UPDATE child SET parent_id = 6 WHERE id = 1;
UPDATE child SET v = 2 WHERE id = 1;
COMMIT;
SELECT state() AS "1:6 2:2 3:3 4:- 5:1";

-- released, taken, released again: two events for one row
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 6 WHERE id = 1;
INSERT INTO child VALUES (6, 6);
UPDATE child SET id = 10 WHERE id = 1;
COMMIT;
SELECT state() AS "2:2 3:3 4:- 5:1 6:6";

-- inserted and replaced in one transaction
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1), (6, 1);
INSERT INTO child VALUES (7, 1);
COMMIT;
SELECT state() AS "2:2 3:3 4:- 7:1";

-- SET CONSTRAINTS ... IMMEDIATE: deleted then
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT state() AS "2:2 3:3 4:- 5:1";
INSERT INTO child VALUES (6, 2);
SELECT state() AS "3:3 4:- 5:1 6:2";
COMMIT;
SELECT state() AS "3:3 4:- 5:1 6:2";

-- under SET CONSTRAINTS ALL IMMEDIATE a parked row is judged when it has its parent back
SELECT fresh();
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:-";
UPDATE child SET parent_id = parent_id % 3 + 1 WHERE id < 4;
SELECT state() AS "1:3 2:2 3:1 4:-";
INSERT INTO child VALUES (1, 1), (3, 3) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:1 2:2 3:3 4:-";
COMMIT;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- ROLLBACK TO undoes the release and the orphan with it
SELECT fresh();
BEGIN;
SAVEPOINT s;
INSERT INTO child VALUES (5, 1);
ROLLBACK TO s;
INSERT INTO child VALUES (6, 2);
COMMIT;
SELECT state() AS "1:1 3:3 4:- 6:2";

-- RELEASE keeps both
SELECT fresh();
BEGIN;
SAVEPOINT s;
INSERT INTO child VALUES (5, 1);
RELEASE s;
COMMIT;
SELECT state() AS "2:2 3:3 4:- 5:1";

-- released outside, taken inside a savepoint that is rolled back: an orphan
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
SAVEPOINT s;
UPDATE child SET parent_id = 6 WHERE id = 1;
ROLLBACK TO s;
COMMIT;
SELECT state() AS "2:2 3:3 4:- 5:1";

-- SET CONSTRAINTS inside a savepoint that is rolled back: the orphan comes back, and goes at COMMIT
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
SAVEPOINT s;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT state() AS "2:2 3:3 4:- 5:1";
ROLLBACK TO s;
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
COMMIT;
SELECT state() AS "2:2 3:3 4:- 5:1";

-- the FK's own ON UPDATE SET NULL releases too; a deleted parent takes its child along, as delete-orphan has delete
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey,
    ADD CONSTRAINT child_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parent
        ON DELETE SET NULL ON UPDATE SET NULL;
SELECT fresh();
BEGIN;
UPDATE parent SET id = 11 WHERE id = 1;
SELECT state() AS "1:- 2:2 3:3 4:-";
UPDATE child SET parent_id = 5 WHERE id = 1;
UPDATE parent SET id = 12 WHERE id = 2;
SELECT state() AS "1:5 2:- 3:3 4:-";
DELETE FROM parent WHERE id = 3;
SELECT state() AS "1:5 2:- 4:-";
COMMIT;
SELECT state() AS "1:5 4:-";
INSERT INTO parent VALUES (1), (2), (3);

-- an orphan with a row of its own that refers to it: the foreign key's error, at COMMIT
CREATE TABLE grandchild (id int, child_id int REFERENCES child);
TRUNCATE child, grandchild;
INSERT INTO child VALUES (3, 3);
INSERT INTO grandchild VALUES (1, 3);
INSERT INTO child VALUES (5, 3);
SELECT state() AS "3:3";
-- ... which ON DELETE CASCADE follows
ALTER TABLE grandchild DROP CONSTRAINT grandchild_child_id_fkey,
    ADD FOREIGN KEY (child_id) REFERENCES child ON DELETE CASCADE;
INSERT INTO child VALUES (5, 3);
SELECT state() AS "5:3", (SELECT count(*) FROM grandchild) AS "0";
DROP TABLE grandchild;

-- the user's DELETE triggers fire on the orphan; one that keeps the row keeps it
CREATE TABLE log (n serial, what text);
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO t.log (what) VALUES (TG_WHEN || ' ' || TG_OP || ' ' || OLD.id);
    RETURN OLD;
END $$;
CREATE TRIGGER a BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION log();
CREATE TRIGGER b AFTER DELETE ON child FOR EACH ROW EXECUTE FUNCTION log();
TRUNCATE child;
INSERT INTO child VALUES (3, 3);
INSERT INTO child VALUES (5, 3);
SELECT what FROM log ORDER BY n;
DROP TABLE child CASCADE;

-- where no FK column can be NULL the replaced child is deleted at once
CREATE TABLE child (
    id        int PRIMARY KEY,
    parent_id int NOT NULL UNIQUE REFERENCES parent,
    v         int NOT NULL DEFAULT 0
);
SELECT one_to_one('child', policy => 'delete');
INSERT INTO child VALUES (3, 3), (4, 4);
BEGIN;
INSERT INTO child VALUES (5, 3);
SELECT state() AS "4:4 5:3";
UPDATE child SET parent_id = 4 WHERE id = 5;
SELECT state() AS "5:4";
ROLLBACK;
SELECT state() AS "3:3 4:4";

-- ... several for one parent: the last row written wins
INSERT INTO child VALUES (5, 5), (6, 5), (7, 5);
SELECT state() AS "3:3 4:4 7:5";

-- ... several rows onto parents of rows that the statement does not write
UPDATE child SET parent_id = parent_id + 2 WHERE id IN (3, 4);
SELECT state() AS "3:5 4:6";

-- ... a swap in one statement is refused with a HINT, nothing changed
UPDATE child SET parent_id = 11 - parent_id;
\echo :SQLSTATE is one of 23502, 27000
SELECT state() AS "3:5 4:6";

-- ... a shift in the order that frees first needs no such moment
UPDATE child SET parent_id = parent_id + 1 WHERE id = 4;
UPDATE child SET parent_id = parent_id + 1 WHERE id = 3;
SELECT state() AS "3:6 4:7";

-- ... ON CONFLICT decides as ever
INSERT INTO child VALUES (5, 6) ON CONFLICT (parent_id) DO NOTHING;
INSERT INTO child VALUES (5, 7) ON CONFLICT (parent_id) DO UPDATE SET v = 1;
INSERT INTO child VALUES (3, 7) ON CONFLICT (id) DO NOTHING;
INSERT INTO child VALUES (5, 6) ON CONFLICT DO NOTHING;
SELECT state_v() AS "3:6 4:7 v1";

-- ... the primary key is the foreign key
CREATE TABLE detail (parent_id int PRIMARY KEY REFERENCES parent, v int);
SELECT one_to_one('detail', policy => 'delete');
INSERT INTO detail VALUES (4, 1), (5, 2);
INSERT INTO detail VALUES (4, 3);
INSERT INTO detail VALUES (5, 4) ON CONFLICT (parent_id) DO UPDATE SET v = 5;
INSERT INTO detail VALUES (5, 6) ON CONFLICT DO NOTHING;
SELECT * FROM detail ORDER BY parent_id;

-- ... a swap in one upsert is refused: a later line would insert the deleted child anew, without all that it had
TRUNCATE child;
INSERT INTO child VALUES (3, 5, 33), (4, 6, 44);
INSERT INTO child VALUES (3, 6), (4, 5) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
\echo :SQLSTATE
SELECT state_v() AS "3:5 v33 4:6 v44";
-- ... also where the line that replaces is new; several lines that replace nobody, and one line, are not
INSERT INTO child VALUES (5, 6), (4, 7) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
\echo :SQLSTATE
SELECT state_v() AS "3:5 v33 4:6 v44";
INSERT INTO child VALUES (3, 7), (4, 8), (5, 9) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state_v() AS "3:7 v33 4:8 v44 5:9";
INSERT INTO child VALUES (3, 8) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state_v() AS "3:8 v33 5:9";

-- judged at once, while a statement around it has parked rows: not before they have their parents
CREATE TABLE kin (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
SELECT one_to_one('kin', policy => 'delete');
INSERT INTO kin VALUES (1, 1), (2, 2), (3, 3), (4, 4);
CREATE FUNCTION leave_4() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 2 AND NEW.parent_id IS NULL THEN
        UPDATE t.kin SET parent_id = NULL WHERE id = 4;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leave_4 AFTER UPDATE ON kin FOR EACH ROW EXECUTE FUNCTION leave_4();
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE kin SET parent_id = parent_id % 3 + 1 WHERE id < 4;
SELECT * FROM kin ORDER BY id;
COMMIT;
-- ... and so is a row that a function of that statement releases
CREATE FUNCTION turn(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    IF n = 3 THEN
        UPDATE t.kin SET parent_id = NULL WHERE id = 5;
    END IF;
    RETURN n % 3 + 1;
END $$;
INSERT INTO kin VALUES (5, 5);
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE kin SET parent_id = turn(parent_id) WHERE id < 4;
SELECT * FROM kin ORDER BY id;
COMMIT;

-- an orphan that is rolled back while rows are parked: whatever is written where
-- it was is no orphan
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int, a_id int REFERENCES a, note text);
SELECT relmap.relationship('a', 'bs', 'b', cascade => 'all, delete-orphan', accessor => false);
INSERT INTO a VALUES (1);
INSERT INTO b SELECT i, 1, repeat('x', 300) FROM generate_series(3, 22) i;
UPDATE b SET note = note WHERE id = 4; -- so that the page is pruned
CREATE TABLE x (id int PRIMARY KEY);
CREATE TABLE y (id int PRIMARY KEY, x_id int REFERENCES x, v int);
SELECT relmap.relationship('x', 'y', 'y', uselist => false, accessor => false);
INSERT INTO x VALUES (1), (2);
INSERT INTO y VALUES (1, 1), (2, 2);
CREATE FUNCTION orphan_rolled_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.id = 2 THEN
		BEGIN
			UPDATE b SET a_id = NULL WHERE id = 3;
			SET CONSTRAINTS ALL IMMEDIATE;
			RAISE division_by_zero;
		EXCEPTION WHEN division_by_zero THEN NULL;
		END;
		PERFORM count(*) FROM b;
		INSERT INTO b SELECT i, NULL, 'never had a parent' FROM generate_series(100, 103) i;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER orphan_rolled_back BEFORE UPDATE OF v ON y FOR EACH ROW EXECUTE FUNCTION orphan_rolled_back();
UPDATE y SET v = 1, x_id = 3 - x_id;
SELECT count(*) AS "24" FROM b;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
