-- Replaced rows are changed through the statement's writer, or by a query
-- where more is asked for; nobody must be able to tell.
CREATE SCHEMA writer;
SET search_path = writer;
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT generate_series(0, 9);
-- a row with all that a row can have
CREATE TABLE child (
    gone text,
    id int PRIMARY KEY,
    big text,
    parent_id int REFERENCES parent UNIQUE,
    has_parent bool GENERATED ALWAYS AS (parent_id IS NOT NULL) STORED,
    friend int REFERENCES parent UNIQUE,
    CHECK (id <> 13 OR parent_id IS NOT NULL));
ALTER TABLE child ALTER big SET STORAGE EXTERNAL;
CREATE INDEX child_expression ON child ((coalesce(parent_id, -1)));
SELECT relmap.relationship('parent', 'child', 'child', foreign_keys => '{parent_id}', uselist => false);
SELECT relmap.relationship('parent', 'friend', 'child', foreign_keys => '{friend}', uselist => false);
INSERT INTO child (gone, id, big, parent_id, friend) SELECT 'gone', g, repeat(g::text, 10000), g, g FROM generate_series(1, 5) g;
ALTER TABLE child DROP gone, ADD later int DEFAULT 7;
INSERT INTO child (id, parent_id, friend) SELECT g + 20, g, g FROM generate_series(1, 5) g;
SELECT id, length(big), parent_id, has_parent, friend, later FROM child ORDER BY id;
SET enable_seqscan = off;
SELECT count(*) FROM child WHERE coalesce(parent_id, -1) = -1;
SELECT count(*) FROM child WHERE coalesce(parent_id, -1) = 3;
RESET enable_seqscan;
-- swaps go through it, too
UPDATE child SET parent_id = 6 - parent_id, friend = friend % 5 + 1 WHERE id > 20;
SELECT id, parent_id, friend FROM child WHERE id > 20 ORDER BY id;
-- an error in it tells what it was about, and changes nothing
UPDATE child SET id = 13 WHERE parent_id = 5;
INSERT INTO child VALUES (30, NULL, 5);
UPDATE child SET id = 21 WHERE id = 13;
INSERT INTO child VALUES (30, NULL, 5);
SELECT id, parent_id FROM child WHERE id IN (21, 30) ORDER BY id;
-- triggers of the foreign key's columns fire, those of other columns don't
CREATE TABLE note (n serial, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO note (what) VALUES (format('%s %s %s: %s > %s', TG_NAME, TG_WHEN, TG_OP, OLD, NEW)); RETURN NEW; END $$;
ALTER TABLE child DROP big, DROP has_parent, DROP later;
CREATE TRIGGER of_key AFTER UPDATE OF parent_id ON child FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER of_other AFTER UPDATE OF friend ON child FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER last_one AFTER UPDATE ON child FOR EACH ROW WHEN (NEW.parent_id IS NULL) EXECUTE FUNCTION note();
INSERT INTO child VALUES (31, 5), (32, 4);
SELECT what FROM note ORDER BY n;
-- what a writer has not: other BEFORE triggers, statement triggers, transition tables, rules
TRUNCATE note;
CREATE TRIGGER before BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO child VALUES (33, 5);
SELECT what FROM note ORDER BY n;
DROP TRIGGER before ON child;
DROP TRIGGER of_key ON child;
DROP TRIGGER of_other ON child;
DROP TRIGGER last_one ON child;
TRUNCATE note;
CREATE FUNCTION note_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO note (what) SELECT format('%s > %s', o, n) FROM o JOIN n USING (id); RETURN NULL; END $$;
CREATE TRIGGER whole AFTER UPDATE ON child REFERENCING OLD TABLE o NEW TABLE n FOR EACH STATEMENT EXECUTE FUNCTION note_all();
INSERT INTO child VALUES (34, 5);
SELECT what FROM note ORDER BY n;
DROP TRIGGER whole ON child;
CREATE RULE quiet AS ON UPDATE TO child DO INSTEAD NOTHING;
INSERT INTO child VALUES (35, 5);
DROP RULE quiet ON child;
-- the owner's own rights count
CREATE ROLE regress_writer_owner;
GRANT ALL ON SCHEMA writer TO regress_writer_owner;
GRANT ALL ON parent TO regress_writer_owner;
ALTER TABLE child OWNER TO regress_writer_owner;
REVOKE UPDATE ON child FROM regress_writer_owner;
INSERT INTO child VALUES (36, 5);
GRANT UPDATE ON child TO regress_writer_owner;
REVOKE USAGE ON SCHEMA writer FROM regress_writer_owner;
INSERT INTO child VALUES (36, 5);
GRANT USAGE ON SCHEMA writer TO regress_writer_owner;
INSERT INTO child VALUES (36, 5);
SELECT id, parent_id FROM child WHERE id >= 34 ORDER BY id;
-- and the publication's
CREATE TABLE bare (parent_id int REFERENCES parent UNIQUE);
SELECT relmap.relationship('parent', 'bare', 'bare', uselist => false);
SET client_min_messages = error; -- whatever the wal_level
CREATE PUBLICATION bare FOR TABLE bare;
SET client_min_messages = warning;
INSERT INTO bare VALUES (1);
INSERT INTO bare VALUES (1);
DROP PUBLICATION bare;
INSERT INTO bare VALUES (1);
SELECT * FROM bare ORDER BY 1;
-- rows that are removed
CREATE TABLE passport (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parent UNIQUE);
SELECT relmap.relationship('parent', 'passport', 'passport', uselist => false, cascade => 'all, delete-orphan');
CREATE FUNCTION note_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO note (what) VALUES (format('%s %s', TG_WHEN, OLD)); RETURN OLD; END $$;
CREATE TRIGGER deleted AFTER DELETE ON passport FOR EACH ROW EXECUTE FUNCTION note_delete();
TRUNCATE note;
INSERT INTO passport SELECT g, g FROM generate_series(1, 4) g;
INSERT INTO passport SELECT g + 10, g FROM generate_series(1, 3) g;
CREATE TRIGGER deleting BEFORE DELETE ON passport FOR EACH ROW EXECUTE FUNCTION note_delete();
INSERT INTO passport VALUES (14, 4);
TABLE passport ORDER BY id;
SELECT what FROM note ORDER BY n;
-- a domain that has no NULL, and who asks for the table
CREATE DOMAIN required AS int CHECK (VALUE IS NOT NULL);
CREATE TABLE strict (id int PRIMARY KEY, parent_id required REFERENCES parent UNIQUE);
SELECT relmap.relationship('parent', 'strict', 'strict', uselist => false);
INSERT INTO strict VALUES (1, 1);
INSERT INTO strict VALUES (2, 1);
TABLE strict;
CREATE TABLE self (id int PRIMARY KEY, parent_id int REFERENCES parent UNIQUE,
    written oid GENERATED ALWAYS AS (tableoid) STORED CHECK (tableoid = written));
SELECT relmap.relationship('parent', 'self', 'self', uselist => false);
INSERT INTO self VALUES (1, 1);
INSERT INTO self VALUES (2, 1);
UPDATE self SET parent_id = 3 - id;
SELECT id, parent_id, written::regclass FROM self ORDER BY id;
-- who takes a parent in an UPDATE that does not set it, as a trigger of the user's does
CREATE FUNCTION set_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.parent_id := NEW.friend; RETURN NEW; END $$;
CREATE TRIGGER set_parent BEFORE UPDATE OF friend ON child FOR EACH ROW EXECUTE FUNCTION set_parent();
BEGIN;
UPDATE child SET friend = 5 WHERE id = 34;
SELECT id, parent_id FROM child WHERE id >= 34 ORDER BY id;
ROLLBACK;
DROP TRIGGER set_parent ON child;
-- a transaction-wide snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO child VALUES (37, 5), (38, 5);
SELECT id, parent_id FROM child WHERE id >= 36 ORDER BY id;
ROLLBACK;
-- more rows than one, and a subtransaction in between
CREATE FUNCTION in_between() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        INSERT INTO child VALUES (NEW.id + 100, NEW.parent_id), (NEW.id + 200, NEW.parent_id);
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        INSERT INTO note (what) VALUES ('rolled back');
    END;
    RETURN NEW;
END $$;
CREATE TRIGGER a BEFORE INSERT ON child FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION in_between();
INSERT INTO child SELECT g, g % 3 + 1 FROM generate_series(50, 56) g;
SELECT id, parent_id FROM child WHERE id >= 50 ORDER BY id;
DROP SCHEMA writer CASCADE;
DROP ROLE regress_writer_owner;
