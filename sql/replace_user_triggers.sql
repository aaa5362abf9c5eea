-- The user's own triggers: they fire on the row that is released, and none of them loses a row
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child', by_hand => true);
CREATE TABLE log (n serial, what text);
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO t.log (what)
    SELECT concat_ws(' ', TG_NAME, TG_OP,
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.id || ':' || coalesce(OLD.parent_id::text, '-') END, '>',
        CASE WHEN TG_OP <> 'DELETE' THEN NEW.id || ':' || coalesce(NEW.parent_id::text, '-') END);
    RETURN NEW;
END $$;
CREATE TRIGGER after AFTER INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION log();

-- replaced: an UPDATE of the incumbent, then the newcomer
SELECT fresh();
TRUNCATE log;
INSERT INTO child VALUES (5, 1);
SELECT what FROM log ORDER BY n;

-- UPDATE that leaves the FK: one event, none of another row
TRUNCATE log;
UPDATE child SET v = 1 WHERE id = 5;
SELECT what FROM log ORDER BY n;

-- a swap in one statement: a parked row is two updates, the last one tells what is
SELECT fresh();
TRUNCATE log;
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT split_part(what, '> ', 2) AS last FROM log WHERE n IN
    (SELECT max(n) FROM log GROUP BY split_part(split_part(what, '> ', 2), ':', 1)) ORDER BY 1;
DROP TRIGGER after ON child;

-- updated_at and version triggers work on all rows, in a swap too
CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.v := OLD.v + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER version BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION bump();
SELECT fresh();
INSERT INTO child VALUES (5, 1);
SELECT state_v() AS "1:- v1 2:2 3:3 4:- 5:1";
UPDATE child SET parent_id = 5 - parent_id WHERE id IN (2, 3);
SELECT state() AS "1:- 2:3 3:2 4:- 5:1";
SELECT bool_and(v > 0) AS versions_moved FROM child WHERE id IN (2, 3);
DROP TRIGGER version ON child;

-- a BEFORE trigger of the user that sorts first may set the FK: relmap sees what is written
CREATE FUNCTION redirect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.parent_id = 8 THEN NEW.parent_id := 1; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER redirect BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION redirect();
SELECT fresh();
INSERT INTO child VALUES (5, 8);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
DROP TRIGGER redirect ON child;

-- ... or drop the row: no row is released
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 5 THEN RETURN NULL; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER skip BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION skip();
SELECT fresh();
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:1 2:2 3:3 4:-";
DROP TRIGGER skip ON child;

-- a BEFORE trigger that sorts after relmap's and drops the row: an error, never a
-- parent that has lost its child to nobody
CREATE TRIGGER "~~skip" BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION skip();
SELECT fresh();
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:1 2:2 3:3 4:-";
INSERT INTO child VALUES (5, 1) ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
UPDATE child SET id = 5, parent_id = 2 WHERE id = 4;
SELECT state() AS "1:1 2:2 3:3 4:-";
DROP TRIGGER "~~skip" ON child;

-- ... that drops a parked row: it gets no parent afterwards
CREATE TRIGGER "~~skip" BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION skip();
SELECT fresh();
UPDATE child SET id = CASE id WHEN 4 THEN 5 ELSE id END,
                 parent_id = CASE id WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE 3 END WHERE id <> 3;
SELECT state() AS "1:2 2:1 3:3 4:-";
DROP TRIGGER "~~skip" ON child;

-- ... or changes the FK
CREATE TRIGGER "~~redirect" BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION redirect();
CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.parent_id := 7;
    RETURN NEW;
END $$;
DROP TRIGGER "~~redirect" ON child;
CREATE TRIGGER "~~away" BEFORE INSERT ON child FOR EACH ROW WHEN (NEW.id = 5) EXECUTE FUNCTION away();
SELECT fresh();
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:1 2:2 3:3 4:-";
DROP TRIGGER "~~away" ON child;

-- a trigger that deletes the newcomer before the statement's next row: it was written, so
-- this is no error
CREATE FUNCTION only_last() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM t.child WHERE id > 4;
    RETURN NEW;
END $$;
CREATE TRIGGER only_last BEFORE INSERT ON child FOR EACH ROW WHEN (NEW.id > 4) EXECUTE FUNCTION only_last();
SELECT fresh();
INSERT INTO child VALUES (5, 1), (6, 2) ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:- 2:- 3:3 4:- 6:2";
DROP TRIGGER only_last ON child;

-- an AFTER trigger that updates the parked row before its turn: it has its parent all the same
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE t.child SET v = v + 1 WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER touch AFTER UPDATE OF parent_id ON child FOR EACH ROW
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION touch();
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:-";
DROP TRIGGER touch ON child;

-- ... that deletes it: it stays deleted
CREATE FUNCTION erase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM t.child WHERE id = 2;
    RETURN NULL;
END $$;
CREATE TRIGGER erase AFTER UPDATE ON child FOR EACH ROW WHEN (NEW.id = 2) EXECUTE FUNCTION erase();
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 3:3 4:-";
DROP TRIGGER erase ON child;

-- ... that gives it another parent: it keeps that
CREATE FUNCTION elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE t.child SET parent_id = 7 WHERE id = 2;
    RETURN NULL;
END $$;
CREATE TRIGGER elsewhere AFTER UPDATE ON child FOR EACH ROW
    WHEN (NEW.id = 2 AND NEW.parent_id IS NULL) EXECUTE FUNCTION elsewhere();
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:7 3:3 4:-";
DROP TRIGGER elsewhere ON child;

-- an AFTER STATEMENT trigger that swaps again
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() = 1 THEN
        UPDATE t.child SET parent_id = 13 - parent_id WHERE id IN (6, 7);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER again AFTER UPDATE ON child FOR EACH STATEMENT EXECUTE FUNCTION again();
SELECT fresh();
INSERT INTO child VALUES (6, 6), (7, 7);
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:- 6:7 7:6";
DROP TRIGGER again ON child;

-- a BEFORE trigger on the incumbent that refuses the release: an error, never two holders nor a lost row
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.id = 1 THEN RETURN NULL; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hold BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION hold();
SELECT fresh();
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:1 2:2 3:3 4:-";
DROP TRIGGER hold ON child;

-- a nested write to a second table with a one-to-one of its own
CREATE TABLE second (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
SELECT one_to_one('second', by_hand => true);
CREATE FUNCTION nest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO t.second VALUES (NEW.id, NEW.parent_id);
    RETURN NEW;
END $$;
CREATE TRIGGER nested BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION nest();
SELECT fresh();
INSERT INTO child VALUES (5, 1), (6, 1), (7, 2);
SELECT state() AS "1:- 2:- 3:3 4:- 5:- 6:1 7:2";
SELECT * FROM second WHERE id > 4 ORDER BY id;

-- a trigger that puts the parent back: the unique constraint has the last word
CREATE TABLE stubborn (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
SELECT one_to_one('stubborn', by_hand => true);
CREATE FUNCTION put_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.parent_id := OLD.parent_id;
    RETURN NEW;
END $$;
CREATE TRIGGER put_back BEFORE UPDATE ON stubborn FOR EACH ROW EXECUTE FUNCTION put_back();
INSERT INTO stubborn VALUES (1, 1);
INSERT INTO stubborn VALUES (2, 1);
\echo :SQLSTATE
TABLE stubborn;

-- two one-to-ones on one table
CREATE TABLE twofold (
    id int PRIMARY KEY,
    a  int UNIQUE CONSTRAINT fa REFERENCES parent,
    b  int UNIQUE CONSTRAINT fb REFERENCES parent
);
SELECT one_to_one('twofold', 'a', by_hand => true), one_to_one('twofold', 'b', by_hand => true);
INSERT INTO twofold VALUES (1, 1, 2), (2, 3, 4);
INSERT INTO twofold VALUES (3, 1, 4);
SELECT * FROM twofold ORDER BY id;
-- one row that takes both parents of another, and a swap of both at once
INSERT INTO twofold VALUES (4, 1, 4);
SELECT * FROM twofold ORDER BY id;
TRUNCATE twofold;
INSERT INTO twofold VALUES (1, 1, 2), (2, 3, 4);
UPDATE twofold SET a = 4 - a, b = 6 - b;
SELECT * FROM twofold ORDER BY id;
-- a clause on one of them leaves the other's incumbent where it is, if it conflicts
INSERT INTO twofold VALUES (5, 1, 5) ON CONFLICT (a) DO NOTHING;
INSERT INTO twofold VALUES (5, 5, 2) ON CONFLICT (a) DO NOTHING;
SELECT * FROM twofold ORDER BY id;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
