-- Two slots on one foreign key: a row that is parked in one may lose the other
-- by that, and others may take it meanwhile.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA shared_key;
SET search_path = shared_key;
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p SELECT generate_series(1, 9);

-- one by a key, one by a condition
CREATE TABLE k (id int PRIMARY KEY, a int REFERENCES p, ka int, gone int, v int NOT NULL DEFAULT 0);
SELECT relmap.relationship('p', 'keyed', 'k', keyed_by => '{ka}', on_replace => 'delete', accessor => false);
SELECT relmap.relationship('p', 'live', 'k', uselist => false, condition => 'gone IS NULL', on_replace => 'set gone = v', accessor => false);

-- a row leaves the one while it is parked in the other: the list's column is as the statement has it
INSERT INTO k VALUES (1, 1, 1, NULL, 0), (2, 2, 1, NULL, 0), (3, 3, 1, NULL, 0), (5, 4, 1, 1, 47);
BEGIN;
UPDATE k SET gone = CASE WHEN id = 2 THEN 1 END, a = 4 WHERE id IN (1, 2, 5);
TABLE k ORDER BY id;
COMMIT;
TABLE k ORDER BY id;
TRUNCATE k;

-- a row that is parked by a column of its key, and loses that to a row that is
-- inserted, is replaced
INSERT INTO k VALUES (1, 1, 1, 0), (2, 2, 1, 0);
BEGIN;
MERGE INTO k USING (VALUES (1, 2, 1), (3, 2, 1)) w (id, a, ka) ON k.id = w.id
	WHEN MATCHED THEN UPDATE SET a = w.a
	WHEN NOT MATCHED THEN INSERT VALUES (w.id, w.a, w.ka, 0);
TABLE k ORDER BY id;
COMMIT;
TABLE k ORDER BY id;

-- one by a flag, one by a key: an upsert moves the flag
CREATE TABLE f (id int PRIMARY KEY, t int NOT NULL DEFAULT 1, a int REFERENCES p, flag bool, kb int);
SELECT relmap.relationship('p', 'flag', 'f', uselist => false, condition => 'flag', on_replace => 'set flag = false', accessor => false);
SELECT relmap.relationship('p', 'kb', 'f', keyed_by => '{kb}', on_replace => 'nullify', accessor => false);
INSERT INTO f VALUES (1, 1, 1, true, 1), (2, 1, 4, true, 3), (4, 1, 4, false, 2);
INSERT INTO f VALUES (2, 1, 4, true, 2), (4, 1, 4, true, 3)
	ON CONFLICT (id) DO UPDATE SET kb = excluded.kb, flag = excluded.flag;
TABLE f ORDER BY id;

-- a row that keeps its flag loses it to a row before it, which is parked for it
UPDATE f SET flag = true WHERE id IN (2, 4);
TABLE f ORDER BY id;

-- an upsert whose clause looks at a slot that one of its rows is parked for
CREATE TABLE u (id int PRIMARY KEY, a int REFERENCES p, flag bool, gone int);
SELECT relmap.relationship('p', 'flagged', 'u', uselist => false, condition => 'flag', on_replace => 'set flag = false', accessor => false);
SELECT relmap.relationship('p', 'here', 'u', uselist => false, condition => 'gone IS NULL', on_replace => 'nullify', accessor => false);
INSERT INTO u VALUES (1, 1, false, NULL), (4, 1, true, 6);
INSERT INTO u VALUES (5, 1, true, NULL), (6, 1, true, 9)
	ON CONFLICT (a) WHERE flag DO UPDATE SET gone = excluded.gone;
INSERT INTO u VALUES (5, 1, true, NULL)
	ON CONFLICT (a) WHERE flag DO UPDATE SET gone = excluded.gone;
TABLE u ORDER BY id;

-- a newcomer is refused by a key that a parked row waits for
CREATE TABLE r (id int PRIMARY KEY, a int REFERENCES p, pos int);
SELECT relmap.relationship('p', 'r', 'r', keyed_by => '{pos}', accessor => false);
INSERT INTO r VALUES (1, 1, 1), (2, 1, 2);
MERGE INTO r USING (VALUES (1, 2), (2, 3), (3, 2)) w (id, pos) ON r.id = w.id
	WHEN MATCHED THEN UPDATE SET pos = w.pos
	WHEN NOT MATCHED THEN INSERT VALUES (w.id, 1, w.pos);
TABLE r ORDER BY id;

-- what a list sets beside is not set in a row that is only parked, and a row
-- does not take another slot by that
CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL REFERENCES p, first bool, second bool, n int NOT NULL DEFAULT 0);
SELECT relmap.relationship('p', 'first', 'c', uselist => false, condition => 'first', on_replace => 'set first = false, second = true, n = n + 1', accessor => false);
SELECT relmap.relationship('p', 'second', 'c', uselist => false, condition => 'second', on_replace => 'restrict', accessor => false);
INSERT INTO c VALUES (1, 1, false, false), (2, 1, true, false), (3, 2, false, true);
UPDATE c SET first = (id = 1) WHERE a = 1;
TABLE c ORDER BY id;

-- a row that is parked in one, and takes from a row that RETURNING has shown with
-- the other, is refused (27000)
CREATE TABLE s (id int PRIMARY KEY, a int REFERENCES p, flag bool, pos int);
SELECT relmap.relationship('p', 's', 's', uselist => false, condition => 'flag', on_replace => 'delete', accessor => false);
SELECT relmap.relationship('p', 'places', 's', keyed_by => '{pos}', on_replace => 'set pos = NULL', accessor => false);
INSERT INTO s VALUES (1, 1, false, 1), (2, 2, false, 1), (3, 3, true, 3);
UPDATE s SET a = 3, flag = (id = 2), pos = CASE id WHEN 3 THEN 4 ELSE 2 END RETURNING *;
UPDATE s SET a = 3, flag = (id = 2), pos = CASE id WHEN 3 THEN 4 ELSE 2 END;
TABLE s ORDER BY id;

-- ... and a row parks behind others when the slot's trigger was compiled anew meanwhile
CREATE FUNCTION four(boolean) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF $1 THEN GRANT SELECT ON k TO PUBLIC; END IF; RETURN 4; END $$;
TRUNCATE k;
SELECT relmap.alter_relationship('p', 'keyed', on_replace => 'nullify');
INSERT INTO k VALUES (1, 1, 1, NULL, 0), (2, 2, 1, NULL, 0), (3, 3, 1, NULL, 0), (5, 4, 1, 1, 47);
BEGIN;
UPDATE k SET gone = CASE WHEN id = 2 THEN 1 END, a = four(false) WHERE id IN (1, 2, 5);
TABLE k ORDER BY id;
ROLLBACK;
UPDATE k SET gone = CASE WHEN id = 2 THEN 1 END, a = four(id > 1) WHERE id IN (1, 2, 5);
TABLE k ORDER BY id;

SET search_path = public;
DROP SCHEMA shared_key CASCADE;
