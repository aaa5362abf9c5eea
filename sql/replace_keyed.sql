-- Keyed collections: restrict unless told otherwise, what a row is parked by, statements of one row by the slot's own key.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA replace_keyed;
SET search_path = replace_keyed;
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/problem.sql'
\set ECHO none
\i :include
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p VALUES (1), (2), (3);

-- restrict, also under delete-orphan: an ORM that swaps two keys in two statements writes the key only
CREATE TABLE r (id int PRIMARY KEY, p int REFERENCES p, k int);
SELECT relmap.relationship('p', 'rs', 'r', keyed_by => '{k}', cascade => 'all, delete-orphan');
SELECT on_replace, cascade FROM relmap.relationships WHERE name = 'rs';
CREATE FUNCTION r() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(concat(id, ':', coalesce(p::text, '-'), '/', coalesce(k::text, '-')), ' ' ORDER BY id) FROM r $$;
INSERT INTO r VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 3);
SELECT problem('INSERT INTO r VALUES (5, 1, 1)');
SELECT problem('UPDATE r SET k = 2 WHERE id = 1');
SELECT problem('UPDATE r SET p = 1 WHERE id = 3');
SELECT r();
-- in one statement they change places
UPDATE r SET k = 3 - k WHERE p = 1;
SELECT r();
UPDATE r SET k = k + 1;
SELECT r();
UPDATE r SET p = 3 - p;
SELECT r();
UPDATE r SET k = k - 1, p = 3 - p;
SELECT r();
-- but not with a row that the statement does not move
SELECT problem('UPDATE r SET k = k + 2 WHERE k < 3 AND p = 2');
SELECT problem('UPDATE r SET k = 2 WHERE p = 1');
SELECT r();

-- where the foreign key can't be NULL, by the key; where a key column can't, by the foreign key, or another key column
CREATE TABLE s (id int PRIMARY KEY, p int NOT NULL REFERENCES p, k int, l int NOT NULL DEFAULT 0);
SELECT relmap.relationship('p', 'ss', 's', keyed_by => '{l,k}');
INSERT INTO s VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1);
UPDATE s SET k = 3 - k WHERE p = 1;
UPDATE s SET p = 3 - p;
SELECT string_agg(concat(id, ':', p, '/', k), ' ' ORDER BY id) FROM s;
CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p, k int NOT NULL);
SELECT relmap.relationship('p', 'ts', 't', keyed_by => '{k}');
INSERT INTO t VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1);
UPDATE t SET k = 3 - k WHERE p = 1;
SELECT string_agg(concat(id, ':', p, '/', k), ' ' ORDER BY id) FROM t;
-- where none can
CREATE TABLE u (p int REFERENCES p, k int, v text, PRIMARY KEY (p, k));
SELECT relmap.relationship('p', 'us', 'u', keyed_by => '{k}');
INSERT INTO u VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 2, 'c');
SELECT problem('UPDATE u SET k = 3 - k WHERE p = 1');
SELECT relmap.alter_relationship('p', 'us', on_replace => 'delete');
SELECT problem('UPDATE u SET k = 3 - k WHERE p = 1');
SELECT problem('UPDATE u SET k = 2');
TABLE u ORDER BY v;

-- the slot's own key in WHERE: one row
UPDATE u SET k = 2, v = v || '!' WHERE p = 1 AND k = 1 RETURNING p, k, v;
UPDATE u SET p = 2 WHERE k = 2 AND 1 = p RETURNING p, k, v;
TABLE u ORDER BY v;
-- not a part of it, not by another value for each row, not several values
INSERT INTO u VALUES (1, 1, 'd'), (1, 2, 'e'), (3, 1, 'f');
SELECT problem('UPDATE u SET k = 3 - k WHERE p = 1');
SELECT problem('UPDATE u SET k = 3 - k WHERE p = 1 AND k IN (1, 2)');
SELECT problem('UPDATE u SET k = 3 - k WHERE p = 1 AND k = (random() * 0)::int + k');
SELECT problem('UPDATE u SET k = 3 - u.k FROM (VALUES (1), (2)) w (k) WHERE u.p = 1 AND u.k = w.k');
SELECT problem('UPDATE u SET k = 3 - k WHERE (p = 1 AND k = 1) OR (p = 1 AND k = 2)');
TABLE u ORDER BY v;

-- with a condition: its index counts where WHERE says that the row meets it
CREATE TABLE c (id int PRIMARY KEY, p int NOT NULL REFERENCES p, n int, gone date, v text);
SELECT relmap.relationship('p', 'c', 'c', uselist => false, condition => 'gone IS NULL AND n > 0', on_replace => 'delete');
INSERT INTO c VALUES (1, 1, 1, NULL, 'a'), (2, 2, 1, NULL, 'b'), (3, 1, 1, '2000-01-01', 'c'), (4, 2, 0, NULL, 'd');
UPDATE c SET p = 2 WHERE p = 1 AND gone IS NULL AND n = 1 RETURNING id, p;
SELECT id, p, n, gone FROM c ORDER BY id;
CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '% % -> %', OLD.id, OLD.p, NEW.p; RETURN NULL; END $$;
CREATE TABLE d (id int PRIMARY KEY, p int REFERENCES p, n int, gone date);
SELECT relmap.relationship('p', 'd', 'd', uselist => false, condition => 'gone IS NULL AND n > 0', on_replace => 'nullify');
CREATE TRIGGER loud AFTER UPDATE ON d FOR EACH ROW EXECUTE FUNCTION loud();
INSERT INTO d VALUES (1, 1, 1, NULL), (2, 2, 1, NULL), (3, 3, 1, NULL), (4, 1, 0, NULL), (5, 3, 2, '2000-01-01'), (6, 2, 2, '2000-01-01');
UPDATE d SET p = 2 WHERE p = 1 AND gone IS NULL AND n > 0;
SELECT id, p FROM d ORDER BY id;
-- ... not where WHERE says less: a row that is parked is written twice
UPDATE d SET p = 3 WHERE p = 2 AND gone IS NULL;
UPDATE d SET p = 5 - p, gone = NULL WHERE p IN (2, 3) AND n > 0;
SELECT id, p, gone FROM d ORDER BY id;

-- on_replace where it is said: nullify leaves the key, delete deletes at COMMIT where it can be NULL
CREATE TABLE n (id int PRIMARY KEY, p int REFERENCES p, k int);
SELECT relmap.relationship('p', 'ns', 'n', keyed_by => '{k}', on_replace => 'nullify');
INSERT INTO n VALUES (1, 1, 7), (2, 1, 8);
INSERT INTO n VALUES (3, 1, 7);
SELECT * FROM n ORDER BY id;
SELECT relmap.alter_relationship('p', 'ns', on_replace => 'delete');
BEGIN;
INSERT INTO n VALUES (4, 1, 7);
SELECT * FROM n ORDER BY id;
COMMIT;
SELECT * FROM n ORDER BY id;
-- ON CONFLICT on the slot's key decides
INSERT INTO n VALUES (5, 1, 7) ON CONFLICT (p, k) DO NOTHING;
INSERT INTO n VALUES (5, 1, 7) ON CONFLICT (k, p) DO UPDATE SET k = 9;
SELECT * FROM n ORDER BY id;

DROP SCHEMA replace_keyed CASCADE;
