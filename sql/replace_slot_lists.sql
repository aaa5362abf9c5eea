-- on_replace => 'set ...': what is computed, by whom, and what cannot be done.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA slot_lists;
SET search_path = slot_lists;
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p SELECT generate_series(1, 5);

-- all of a list, in one UPDATE: casts, DEFAULT, the row's own columns, the table's triggers
CREATE TABLE c (id int PRIMARY KEY, a int REFERENCES p, live boolean, version smallint DEFAULT 7, note varchar(3), since date,
                doubled int GENERATED ALWAYS AS (version * 2) STORED, total numeric(5, 1));
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log VALUES (format('%s: %s -> %s', OLD.id, OLD.version, NEW.version));
    RETURN NEW;
END $$;
SELECT relmap.relationship('p', 'c', 'c', uselist => false, condition => 'live',
                           on_replace => $$set live = false, version = version + 1, note = lower(note), total = 1.26, since = DEFAULT$$);
CREATE TRIGGER note BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO c VALUES (1, 1, true, 1, 'ABC', '2000-01-01');
INSERT INTO c VALUES (2, 1, true, 1, 'DEF', '2000-01-02');
INSERT INTO c VALUES (3, 1, true), (4, 1, true);
TABLE c ORDER BY id;
TABLE log;
-- a value that does not fit
UPDATE c SET version = 32767 WHERE id = 4;
INSERT INTO c VALUES (5, 1, true);
SELECT id, version FROM c WHERE live;
DROP TABLE c;

-- NULL in one column, a count in another; the row leaves by the foreign key
CREATE TABLE d (id int PRIMARY KEY, a int REFERENCES p, version int DEFAULT 1);
SELECT relmap.relationship('p', 'd', 'd', uselist => false, on_replace => 'set a = NULL, version = version + 1');
INSERT INTO d VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO d VALUES (4, 1);
UPDATE d SET a = 3 WHERE id = 2;
UPDATE d SET a = CASE a WHEN 3 THEN 1 ELSE 3 END WHERE a IS NOT NULL;
TABLE d ORDER BY id;

-- a list that does not let the row go this time, and a trigger that undoes it
CREATE TABLE f (id int PRIMARY KEY, a int REFERENCES p, n int);
SELECT relmap.relationship('p', 'f', 'f', uselist => false, condition => 'n > 0', on_replace => 'set n = n - 1');
INSERT INTO f VALUES (1, 1, 2);
INSERT INTO f VALUES (2, 1, 1);
TABLE f ORDER BY id;
UPDATE f SET n = 1;
INSERT INTO f VALUES (2, 1, 1);
TABLE f ORDER BY id;
CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n = 1; RETURN NEW; END';
CREATE TRIGGER undo BEFORE UPDATE ON f FOR EACH ROW EXECUTE FUNCTION undo();
INSERT INTO f VALUES (3, 1, 1);
TABLE f ORDER BY id;

-- a row that takes one slot as it leaves another does not wait for it as rows that the statement
-- moves do: the two replace it in turn, whether a query changes it or not
CREATE TABLE turn (id int PRIMARY KEY, a int REFERENCES p, k int, f boolean);
SELECT relmap.relationship('p', 'flagged', 'turn', uselist => false, condition => 'f', on_replace => 'set f = NULL, k = NULL');
SELECT relmap.relationship('p', 'without', 'turn', uselist => false, condition => 'k IS NULL', on_replace => 'nullify');
INSERT INTO turn VALUES (3, 3, NULL, true), (4, 4, NULL, NULL), (5, 5, 1, true), (6, 4, 3, true);
UPDATE turn SET f = id % 2 = 0, a = 1 + a % 5 WHERE id IN (3, 4, 6);
CREATE TRIGGER other BEFORE UPDATE ON turn FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
UPDATE turn SET f = id % 2 = 0, a = 1 + a % 5 WHERE id IN (3, 4, 6);
DROP TABLE turn;

-- a list whose function changes the row itself
CREATE TABLE e (id int PRIMARY KEY, a int REFERENCES p, f boolean, n int DEFAULT 0);
CREATE FUNCTION count_up(int) RETURNS int LANGUAGE sql AS 'UPDATE slot_lists.e SET n = n + 1 WHERE id = $1 RETURNING n';
SELECT relmap.relationship('p', 'e', 'e', uselist => false, condition => 'f', on_replace => 'set f = false, n = slot_lists.count_up(id)');
INSERT INTO e VALUES (1, 1, true);
SET statement_timeout = '60s';
INSERT INTO e VALUES (2, 1, true);
RESET statement_timeout;
TABLE e ORDER BY id;

-- a list is evaluated once, though it is to be known first whether a row leaves another slot
CREATE SEQUENCE counter;
CREATE TABLE two (id int PRIMARY KEY, a int REFERENCES p, b int REFERENCES p, n int);
SELECT relmap.relationship('p', 'two_a', 'two', foreign_keys => '{a}', uselist => false, on_replace => $$set a = NULL, b = NULL, n = nextval('slot_lists.counter')$$);
SELECT relmap.relationship('p', 'two_b', 'two', foreign_keys => '{b}', uselist => false, on_replace => 'restrict');
INSERT INTO two VALUES (1, 1, 1);
INSERT INTO two VALUES (2, 1, 1);
TABLE two ORDER BY id;

-- two slots of one foreign key: rows parked in both get both
CREATE TABLE g (id int PRIMARY KEY, a int REFERENCES p, f boolean, g int);
SELECT relmap.relationship('p', 'g1', 'g', uselist => false, condition => 'f', on_replace => 'set f = false');
SELECT relmap.relationship('p', 'g2', 'g', uselist => false, condition => 'g IS NULL', on_replace => 'nullify');
INSERT INTO g VALUES (2, 2, true), (3, 3, true);
UPDATE g SET a = 3 WHERE id IN (2, 5);
TABLE g ORDER BY id;
TRUNCATE g;
INSERT INTO g VALUES (2, 2, true), (3, 3, true);
UPDATE g SET a = 5 - a;
TABLE g ORDER BY id;

-- ON CONFLICT with the partial index: the clause decides; without, the row is replaced
CREATE TABLE h (id int PRIMARY KEY, a int REFERENCES p, f boolean, n int DEFAULT 0);
SELECT relmap.relationship('p', 'h', 'h', uselist => false, condition => 'f', on_replace => 'set f = false');
INSERT INTO h VALUES (1, 1, true);
INSERT INTO h VALUES (2, 1, true) ON CONFLICT (a) WHERE f DO NOTHING;
INSERT INTO h VALUES (2, 1, true) ON CONFLICT (a) WHERE f DO UPDATE SET n = h.n + 1;
INSERT INTO h VALUES (2, 1, true) ON CONFLICT DO NOTHING;
INSERT INTO h VALUES (3, 1, false) ON CONFLICT (a) WHERE f DO NOTHING;
TABLE h ORDER BY id;
INSERT INTO h VALUES (2, 1, true) ON CONFLICT (id) DO NOTHING;
TABLE h ORDER BY id;

-- the settings of the session do not change what a text means; it is computed by the user who writes
CREATE TABLE i (id int PRIMARY KEY, a int REFERENCES p, gone text, who name);
SET DateStyle = 'German, DMY';
SELECT relmap.relationship('p', 'i', 'i', uselist => false, condition => 'gone IS NULL',
                           on_replace => $$set gone = '1.2.2000'::date || '', who = current_user$$);
SET DateStyle = 'ISO, MDY';
CREATE ROLE regress_slot_lists_writer;
GRANT USAGE ON SCHEMA slot_lists TO regress_slot_lists_writer;
GRANT SELECT, INSERT ON i, p TO regress_slot_lists_writer;
INSERT INTO i VALUES (1, 1);
SET ROLE regress_slot_lists_writer;
SET search_path = '';
INSERT INTO slot_lists.i VALUES (2, 1);
RESET ROLE;
SET search_path = slot_lists;
SELECT id, gone, who FROM i ORDER BY id;

-- a list that moves the row to the next place: it pushes the one that is there, and so on
CREATE TABLE item (id int PRIMARY KEY, p_id int REFERENCES p, pos int, note text);
SELECT relmap.relationship('p', 'items', 'item', keyed_by => '{pos}', on_replace => 'set pos = pos + 1');
INSERT INTO item SELECT n, 1, n FROM generate_series(1, 6) n;
INSERT INTO item VALUES (7, 1, 2);
SELECT string_agg(id::text, ' ' ORDER BY pos) FROM item;
-- ... shifts, swaps and reversals need no place to wait at
UPDATE item SET pos = pos + 1 WHERE pos >= 3;
SELECT string_agg(id || ':' || pos, ' ' ORDER BY pos) FROM item;
UPDATE item SET pos = 9 - pos;
SELECT string_agg(id || ':' || pos, ' ' ORDER BY pos) FROM item;
-- ... one row that moves up pushes the others, as far as to where it was
UPDATE item SET pos = 3 WHERE id = 2;
SELECT string_agg(id || ':' || pos, ' ' ORDER BY pos) FROM item;
UPDATE item SET pos = 5 WHERE id = 2 RETURNING id, pos;
SELECT string_agg(id || ':' || pos, ' ' ORDER BY pos) FROM item;
-- ... the context of an error is told once
ALTER TABLE item ADD CONSTRAINT eight CHECK (pos <= 8);
\set VERBOSITY default
\set SHOW_CONTEXT always
INSERT INTO item VALUES (10, 1, 4);
\set VERBOSITY terse
ALTER TABLE item DROP CONSTRAINT eight;
-- ... the rows that a statement moves come after those that they push
UPDATE item SET pos = CASE id WHEN 1 THEN 4 ELSE 5 END WHERE id IN (1, 6);
SELECT string_agg(id || ':' || pos, ' ' ORDER BY pos) FROM item;
-- ... and the last of them pushes the others
UPDATE item SET pos = 1 WHERE id IN (2, 3, 4);
SELECT string_agg(id || ':' || pos, ' ' ORDER BY pos) FROM item;
-- ... but not a row that RETURNING has shown at its place, whether it waited for it or not
UPDATE item SET pos = CASE id WHEN 6 THEN 3 ELSE 2 END WHERE id IN (5, 6) RETURNING id, pos;
UPDATE item SET pos = CASE id WHEN 6 THEN 3 ELSE 2 END WHERE id IN (5, 6) RETURNING id;
INSERT INTO item VALUES (8, 1, 3), (9, 1, 1) RETURNING id, pos;
WITH a AS (INSERT INTO item VALUES (8, 1, 3) RETURNING *), b AS (INSERT INTO item VALUES (9, 1, 1)) SELECT id, pos FROM a;
INSERT INTO item VALUES (8, 1, 3), (9, 1, 1) RETURNING id;
SELECT string_agg(id || ':' || pos, ' ' ORDER BY pos) FROM item;
-- ... where no column can be NULL the row has to wait at the next place
ALTER TABLE item ALTER p_id SET NOT NULL, ALTER pos SET NOT NULL;
TRUNCATE item;
INSERT INTO item VALUES (1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 1, 11), (5, 1, 13), (6, 1, 21), (7, 1, 22);
\set VERBOSITY default
UPDATE item SET pos = 3 - pos WHERE pos IN (1, 2);
UPDATE item SET pos = 1 WHERE id = 3;
\set VERBOSITY terse
UPDATE item SET pos = 24 - pos WHERE pos IN (11, 13);
UPDATE item SET pos = 43 - pos WHERE pos IN (21, 22);
SELECT string_agg(id || ':' || pos, ' ' ORDER BY pos) FROM item;
-- the columns that it leaves by are those of another slot, too
DROP TABLE item;
CREATE TABLE item (id int PRIMARY KEY, p_id int NOT NULL REFERENCES p, pos int, q_id int REFERENCES p);
SELECT relmap.relationship('p', 'items', 'item', foreign_keys => '{p_id}', keyed_by => '{pos}', on_replace => 'set pos = pos + 1');
SELECT relmap.relationship('p', 'places', 'item', foreign_keys => '{q_id}', keyed_by => '{pos}', on_replace => 'nullify');
INSERT INTO item SELECT n, 1, n, 2 FROM generate_series(1, 4) n;
UPDATE item SET pos = 5 - pos;
TABLE item ORDER BY id;
INSERT INTO item VALUES (5, 1, 2, 2);
TABLE item ORDER BY id;
DROP TABLE item;

SET search_path = public;
DROP SCHEMA slot_lists CASCADE;
DROP ROLE regress_slot_lists_writer;
