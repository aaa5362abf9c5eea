-- An UPDATE of columns that no relationship depends on does not call relmap's
-- triggers: no row is locked before it is written, and no event is queued.
-- EXPLAIN ANALYZE shows which triggers have fired.
\set VERBOSITY terse
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, a_id int REFERENCES a, b_id int REFERENCES b, note text);
SELECT relmap.relationship('a', 'c', 'c', uselist => false, cascade => 'all, delete-orphan');
SELECT relmap.relationship('b', 'c', 'c', uselist => false);
INSERT INTO a VALUES (1), (2), (3);
INSERT INTO b VALUES (1), (2), (3);
INSERT INTO c VALUES (1, 1, 1), (2, 2, 2);

CREATE FUNCTION fired(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	SET CONSTRAINTS ALL IMMEDIATE;
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || statement LOOP
		IF line ~ '^Trigger .*relmap' THEN
			RETURN NEXT regexp_replace(line, ':.*calls=', ' ');
		END IF;
	END LOOP;
END $$;

-- no column of either: neither trigger
SELECT * FROM fired($$UPDATE c SET note = 'x'$$);
-- a column of one: all of relmap's stay, until the last has seen that it does
-- the work of all
SELECT * FROM fired('UPDATE c SET b_id = b_id');
-- WITH, whose nodes are judged one by one
SELECT * FROM fired($$WITH u AS (UPDATE c SET note = 'y' WHERE id = 1) UPDATE c SET b_id = 3 WHERE id = 2$$);
-- all arms of an upsert and of a MERGE
SELECT * FROM fired($$INSERT INTO c VALUES (1, 1, 1, 'z') ON CONFLICT (id) DO UPDATE SET note = excluded.note$$);
SELECT * FROM fired($$INSERT INTO c VALUES (1, 1, 1, 'z') ON CONFLICT (id) DO UPDATE SET a_id = excluded.a_id$$);
SELECT * FROM fired($$MERGE INTO c USING (VALUES (1)) v (id) ON c.id = v.id WHEN MATCHED THEN UPDATE SET note = 'm'$$);
SELECT * FROM fired($$MERGE INTO c USING (VALUES (1)) v (id) ON c.id = v.id
	WHEN MATCHED AND note = 'no' THEN UPDATE SET a_id = 3 WHEN MATCHED THEN UPDATE SET note = 'n'$$);
TABLE c ORDER BY id;

-- what is spared in one statement works in the next, cached plans included
PREPARE note (text) AS UPDATE c SET note = $1;
PREPARE swap AS UPDATE c SET a_id = 3 - a_id WHERE id IN (1, 2);
EXECUTE note ('p');
EXECUTE swap;
EXECUTE note ('q');
EXECUTE swap;
TABLE c ORDER BY id;

-- a referential action of the same statement, whose event is queued where the
-- trigger has been kept from firing: the orphan is deleted
CREATE TABLE d (id int PRIMARY KEY);
CREATE TABLE e (id int PRIMARY KEY, d_id int REFERENCES d ON DELETE SET NULL, note text);
SELECT relmap.relationship('d', 'e', 'e', uselist => false, cascade => 'all, delete-orphan');
INSERT INTO d VALUES (1), (2);
INSERT INTO e VALUES (1, 1), (2, 2);
WITH u AS (UPDATE e SET note = 'x' WHERE id = 2) DELETE FROM d WHERE id = 1;
TABLE e;

-- another BEFORE UPDATE trigger may set the key: then ours fires
CREATE FUNCTION takes_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.a_id := 1;
	RETURN NEW;
END $$;
CREATE TRIGGER takes_first BEFORE UPDATE ON c FOR EACH ROW WHEN (NEW.note = 'first') EXECUTE FUNCTION takes_first();
UPDATE c SET note = 'first' WHERE id = 2;
TABLE c ORDER BY id;
DROP TRIGGER takes_first ON c;

-- partitions, of another column order; a row that moves is inserted by the
-- same statement that sets no key
CREATE TABLE p (id int, kind int, PRIMARY KEY (id, kind));
CREATE TABLE q (kind int, p_id int, note text, FOREIGN KEY (p_id, kind) REFERENCES p (id, kind)) PARTITION BY LIST (kind);
CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1);
CREATE TABLE q2 (note text, p_id int, kind int);
ALTER TABLE q ATTACH PARTITION q2 FOR VALUES IN (2);
SELECT relmap.relationship('p', 'q', 'q', uselist => false);
INSERT INTO p VALUES (1, 1), (1, 2);
INSERT INTO q VALUES (1, 1, 'old'), (2, 1, 'held');
SELECT * FROM fired($$UPDATE q SET note = 'x'$$);
UPDATE q SET kind = 2, note = 'moved' WHERE kind = 1;
SELECT tableoid::regclass, * FROM q ORDER BY note;

-- required, on both tables, and single_parent: the same
CREATE TABLE f (id int PRIMARY KEY, note text);
CREATE TABLE g (id int PRIMARY KEY, f_id int REFERENCES f, live boolean, note text);
SELECT relmap.relationship('f', 'live', 'g', uselist => false, condition => 'live', on_replace => 'set live = false', required => true);
CREATE TABLE h (id int PRIMARY KEY, g_id int REFERENCES g, note text);
SELECT relmap.relationship('h', 'g', 'g', single_parent => true, cascade => 'all, delete-orphan');
BEGIN;
INSERT INTO f VALUES (1), (2);
INSERT INTO g VALUES (1, 1, true), (2, 2, true), (3, 2, false);
COMMIT;
INSERT INTO h VALUES (1, 1), (2, 2);
SELECT * FROM fired($$UPDATE f SET note = 'x'$$);
SELECT * FROM fired($$UPDATE g SET note = 'x'$$);
SELECT * FROM fired($$UPDATE h SET note = 'x'$$);
-- the key, the condition's column
SELECT * FROM fired('UPDATE f SET id = id');
SELECT * FROM fired('UPDATE g SET live = live');
SELECT * FROM fired('UPDATE h SET g_id = g_id');

DROP TABLE h, g, f, q, p, e, d, c, b, a;
DROP FUNCTION fired, takes_first;
