-- required: what satisfies it at COMMIT, and what does not
CREATE SCHEMA required_rows;
SET search_path = required_rows;
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE parent (id int PRIMARY KEY, code int UNIQUE, note text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent ON UPDATE CASCADE, note text);
CREATE INDEX ON child (parent_id);
SELECT relmap.relationship('parent', 'children', 'child', required => true);
\set VERBOSITY terse
CREATE FUNCTION fresh() RETURNS void LANGUAGE sql AS $$
    TRUNCATE parent, child;
    INSERT INTO parent SELECT i, i * 10 FROM generate_series(1, 3) i;
    INSERT INTO child VALUES (11, 1), (12, 1), (21, 2), (31, 3);
$$;
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(p.id || ':' || c.ids, ' ' ORDER BY p.id)
    FROM parent p, LATERAL (SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '-') AS ids FROM child WHERE parent_id = p.id) c
$$;
SELECT fresh();

-- a parent without child
INSERT INTO parent VALUES (4);
INSERT INTO parent SELECT generate_series(4, 6);

-- parent first, child first (with a key that waits), in one statement, by COPY
BEGIN;
INSERT INTO parent VALUES (4);
INSERT INTO child VALUES (41, 4);
COMMIT;
ALTER TABLE child ALTER CONSTRAINT child_parent_id_fkey DEFERRABLE;
BEGIN;
SET CONSTRAINTS child_parent_id_fkey DEFERRED;
INSERT INTO child VALUES (51, 5);
INSERT INTO parent VALUES (5);
COMMIT;
WITH p AS (INSERT INTO parent VALUES (6) RETURNING id) INSERT INTO child SELECT 61, id FROM p;
BEGIN;
COPY parent (id) FROM stdin;
7
8
\.
COPY child (id, parent_id) FROM stdin;
71	7
81	8
\.
COMMIT;
\set VERBOSITY default
COPY parent (id) FROM stdin;
9
\.
\set VERBOSITY terse
SELECT state() AS "1:11,12 2:21 3:31 4:41 5:51 6:61 7:71 8:81";

-- the last child is deleted, moved, unset; not the last
SELECT fresh();
DELETE FROM child WHERE id = 21;
DELETE FROM child WHERE parent_id = 1;
UPDATE child SET parent_id = 1 WHERE id = 21;
UPDATE child SET parent_id = NULL WHERE id = 21;
DELETE FROM child WHERE id = 11;
UPDATE child SET parent_id = 2 WHERE id = 12;
UPDATE child SET note = 'x', parent_id = parent_id;
SELECT state() AS "1:12 2:21 3:31";

-- replaced by another in one transaction; two change places
BEGIN;
DELETE FROM child WHERE id = 21;
INSERT INTO child VALUES (22, 2);
COMMIT;
BEGIN;
UPDATE child SET parent_id = 3 WHERE id = 22;
UPDATE child SET parent_id = 2 WHERE id = 31;
COMMIT;
UPDATE child SET parent_id = 5 - parent_id WHERE parent_id IN (2, 3);
SELECT state() AS "1:12 2:22 3:31";

-- parent and child go together, in either order
BEGIN;
DELETE FROM child WHERE parent_id = 2;
DELETE FROM parent WHERE id = 2;
COMMIT;
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey, ADD FOREIGN KEY (parent_id) REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE;
DELETE FROM parent WHERE id = 3;
SELECT state() AS "1:12";

-- the parent's key changes: its children follow; or it has another one
SELECT fresh();
UPDATE parent SET id = id + 10;
SELECT state() AS "11:11,12 12:21 13:31";
UPDATE parent SET note = 'x', code = code + 1;

-- in a subtransaction that is rolled back, or released
BEGIN;
INSERT INTO parent VALUES (1);
SAVEPOINT a;
INSERT INTO child VALUES (1, 1);
ROLLBACK TO a;
COMMIT;
BEGIN;
SAVEPOINT a;
DELETE FROM child WHERE id = 21;
ROLLBACK TO a;
COMMIT;
BEGIN;
SAVEPOINT a;
INSERT INTO parent VALUES (1);
RELEASE a;
SAVEPOINT b;
INSERT INTO child VALUES (1, 1);
RELEASE b;
COMMIT;
SELECT state() AS "1:1 11:11,12 12:21 13:31";

-- SET CONSTRAINTS IMMEDIATE: now, by the trigger's name or for all
SELECT fresh();
BEGIN;
DELETE FROM child WHERE id = 21;
SET CONSTRAINTS "~relmap_required_parent_children" IMMEDIATE;
ROLLBACK;
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO parent VALUES (4);
ROLLBACK;
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
DELETE FROM child WHERE id = 11;
DELETE FROM child WHERE id = 12;
ROLLBACK;

-- ... what was checked in a subtransaction is checked again
BEGIN;
DELETE FROM child WHERE id = 21;
SAVEPOINT a;
INSERT INTO child VALUES (22, 2);
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK TO a;
COMMIT;
BEGIN;
DELETE FROM child WHERE id = 11;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
DELETE FROM child WHERE id = 12;
COMMIT;
SELECT state() AS "1:11,12 2:21 3:31";

-- ... in the middle of a statement that goes on
CREATE FUNCTION now_then(i int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN i;
END $$;
BEGIN;
DELETE FROM child WHERE parent_id = 1 AND now_then(id) > 0;
COMMIT;
BEGIN;
DELETE FROM child WHERE id = 11;
DELETE FROM child WHERE id = 12 AND now_then(id) > 0;
COMMIT;
SELECT state() AS "1:11,12 2:21 3:31";

-- another deferred trigger removes it, or makes it good
CREATE FUNCTION deletes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM child WHERE parent_id = NEW.id; RETURN NULL; END $$;
CREATE FUNCTION inserts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO child VALUES (NEW.id + 100, NEW.id); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER zz AFTER INSERT ON parent DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deletes();
BEGIN;
INSERT INTO parent VALUES (4);
INSERT INTO child VALUES (41, 4);
COMMIT;
DROP TRIGGER zz ON parent;
CREATE TRIGGER zz AFTER INSERT ON parent FOR EACH ROW EXECUTE FUNCTION inserts();
INSERT INTO parent VALUES (4);
DROP TRIGGER zz ON parent;

-- a user's BEFORE trigger moves the row, whatever columns are set
CREATE FUNCTION moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.parent_id = 1; RETURN NEW; END $$;
CREATE TRIGGER moves BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION moves();
UPDATE child SET note = 'moved' WHERE id = 21;
DROP TRIGGER moves ON child;
SELECT state() AS "1:11,12 2:21 3:31 4:104";

-- replica role: nothing is checked; TRUNCATE fires nothing
SET session_replication_role = replica;
INSERT INTO parent VALUES (5);
DELETE FROM child WHERE id = 21;
RESET session_replication_role;
SELECT * FROM relmap.violations('parent', 'children');
TRUNCATE child;
SELECT count(*) FROM relmap.violations('parent', 'children');
DELETE FROM parent;

-- many children of one parent: one look, not one for each
BEGIN;
INSERT INTO parent VALUES (1), (2);
INSERT INTO child SELECT i, 1 FROM generate_series(1, 20000) i;
INSERT INTO child VALUES (0, 1), (-1, 2);
COMMIT;
SET statement_timeout = '20s';
DELETE FROM child WHERE id > 0;
BEGIN;
INSERT INTO child SELECT i, 1 FROM generate_series(1, 20000) i;
SET CONSTRAINTS ALL IMMEDIATE;
DELETE FROM child WHERE id > 0;
COMMIT;
RESET statement_timeout;
SELECT state() AS "1:0 2:-1";

-- a key that is NULL has no child, and needs none
CREATE TABLE mentor (id int PRIMARY KEY, badge text UNIQUE);
CREATE TABLE pupil (id int PRIMARY KEY, badge text REFERENCES mentor (badge) ON UPDATE CASCADE);
SELECT relmap.relationship('mentor', 'pupils', 'pupil', required => true, foreign_keys => '{badge}');
INSERT INTO mentor VALUES (1, NULL);
INSERT INTO mentor VALUES (2, 'x');
UPDATE mentor SET badge = 'x';
BEGIN;
UPDATE mentor SET badge = 'x';
INSERT INTO pupil VALUES (1, 'x');
COMMIT;
UPDATE mentor SET badge = 'y';
BEGIN;
DELETE FROM pupil;
UPDATE mentor SET badge = NULL;
COMMIT;
TABLE mentor;

-- of other types than its key; to itself
CREATE TABLE big (id numeric PRIMARY KEY);
CREATE TABLE small (id int PRIMARY KEY, big_id int REFERENCES big);
SELECT relmap.relationship('big', 'smalls', 'small', required => true);
INSERT INTO big VALUES (1.00);
BEGIN;
INSERT INTO big VALUES (1.00);
INSERT INTO small VALUES (1, 1), (2, 1);
COMMIT;
DELETE FROM small WHERE id = 1;
DELETE FROM small WHERE id = 2;
CREATE TABLE node (id int PRIMARY KEY, next_id int REFERENCES node);
SELECT relmap.relationship('node', 'before', 'node', uselist => false, required => true);
INSERT INTO node VALUES (1);
INSERT INTO node VALUES (1, 1);
BEGIN;
INSERT INTO node VALUES (2, 1);
UPDATE node SET next_id = 2 WHERE id = 1;
COMMIT;
TABLE node;
INSERT INTO node VALUES (3, 2);

-- a row of an association table
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY);
CREATE TABLE ab (a_id int REFERENCES a ON DELETE CASCADE, b_id int REFERENCES b ON DELETE SET NULL);
SELECT relmap.relationship('a', 'bs', 'b', secondary => 'ab', required => true, backref => relmap.backref('as', required => true));
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (1);
BEGIN;
INSERT INTO a VALUES (1), (2);
INSERT INTO b VALUES (1), (2);
INSERT INTO ab VALUES (1, 1), (2, 1), (2, 2);
COMMIT;
DELETE FROM ab WHERE a_id = 1;
DELETE FROM ab WHERE a_id = 2 AND b_id = 2;
DELETE FROM ab WHERE a_id = 2 AND b_id = 1;
UPDATE ab SET a_id = 2 WHERE a_id = 1;
DELETE FROM b WHERE id = 1;
DELETE FROM b WHERE id = 2;
BEGIN;
INSERT INTO ab VALUES (1, 2);
DELETE FROM b WHERE id = 1;
DELETE FROM b WHERE id = 2;
ROLLBACK;
BEGIN;
INSERT INTO ab VALUES (1, 2);
DELETE FROM b WHERE id = 1;
COMMIT;
TABLE ab;
SELECT problem FROM relmap.check('required_rows') WHERE severity = 'error';
DROP SCHEMA required_rows CASCADE;
