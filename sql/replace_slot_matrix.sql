\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA slot_matrix;
SET search_path = slot_matrix;

-- What replacement does, for slots with a condition (f), with a key (k), and
-- with both (b); each state is told as id:parent/key/flag of the rows.

CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p VALUES (1), (2), (3);
CREATE TABLE f (id int PRIMARY KEY, p int REFERENCES p, k int, flag boolean, v int DEFAULT 0);
CREATE TABLE k (id int PRIMARY KEY, p int REFERENCES p, k int, flag boolean, v int DEFAULT 0);
CREATE TABLE b (id int PRIMARY KEY, p int REFERENCES p, k int, flag boolean, v int DEFAULT 0);
SELECT relmap.relationship('p', 'f', 'f', uselist => false, condition => 'flag', on_replace => 'set flag = false');
SELECT relmap.relationship('p', 'k', 'k', keyed_by => '{k}', on_replace => 'set k = NULL');
SELECT relmap.relationship('p', 'b', 'b', keyed_by => '{k}', condition => 'flag', on_replace => 'set flag = NULL, v = v + 1');

CREATE FUNCTION state(t regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format($f$SELECT string_agg(concat(id, ':', coalesce(p::text, '-'), '/', coalesce(k::text, '-'), '/',
        coalesce(left(flag::text, 1), '-')), ' ' ORDER BY id) FROM %s$f$, t) INTO result;
    RETURN result;
END
$$;
-- each statement in each table, from the same rows
CREATE PROCEDURE try(statement text) LANGUAGE plpgsql AS $$
DECLARE
    t text;
    error text;
BEGIN
    RAISE WARNING '%', statement;
    FOREACH t IN ARRAY ARRAY['f', 'k', 'b'] LOOP
        EXECUTE format('TRUNCATE %I', t);
        EXECUTE format('INSERT INTO %I VALUES (1, 1, 1, true), (2, 1, 2, false), (3, 2, 1, true), (4, 2, 2, NULL), (5, NULL, 1, true)', t);
        error := '';
        BEGIN
            EXECUTE replace(statement, '@', t);
        EXCEPTION WHEN OTHERS THEN
            error := '  ' || SQLSTATE || ' ' || SQLERRM;
        END;
        RAISE WARNING '  % %', t, concat(state(t::regclass), error);
    END LOOP;
END
$$;

CALL try('INSERT INTO @ VALUES (6, 1, 1, true)');
CALL try('INSERT INTO @ VALUES (6, 1, 1, false)');
CALL try('INSERT INTO @ VALUES (6, 1, NULL, true), (7, NULL, 1, true)');
CALL try('UPDATE @ SET p = 1 WHERE id = 3');
CALL try('UPDATE @ SET p = 1 WHERE id = 5');
CALL try('UPDATE @ SET flag = true WHERE id = 2');
CALL try('UPDATE @ SET k = 1 WHERE id = 2');
CALL try('UPDATE @ SET k = 1, flag = true WHERE id = 2');
CALL try('UPDATE @ SET flag = false WHERE id = 1');
CALL try('UPDATE @ SET v = 1');
-- several rows for one slot: the last one written wins
CALL try('INSERT INTO @ VALUES (6, 1, 1, true), (7, 1, 1, true), (8, 1, 1, true)');
CALL try('UPDATE @ SET p = 1, k = 1, flag = true');
-- swaps, shifts, rotations
CALL try('UPDATE @ SET flag = NOT coalesce(flag, false) WHERE p IS NOT NULL');
CALL try('UPDATE @ SET flag = (id = 2) WHERE p = 1');
CALL try('UPDATE @ SET k = 3 - k WHERE p IS NOT NULL');
CALL try('UPDATE @ SET p = 3 - p WHERE p IS NOT NULL');
CALL try('UPDATE @ SET p = 3 - p, k = 3 - k, flag = true WHERE p IS NOT NULL');
CALL try('UPDATE @ SET k = k + 1 WHERE p = 1');
CALL try('UPDATE @ SET k = CASE k WHEN 1 THEN 2 ELSE 1 END, flag = true');
-- MERGE, CTEs, INSERT ... SELECT, a view
CALL try('MERGE INTO @ USING (VALUES (2), (9)) s (i) ON @.id = s.i WHEN MATCHED THEN UPDATE SET k = 1, flag = true WHEN NOT MATCHED THEN INSERT VALUES (9, 2, 1, true)');
CALL try('WITH i AS (INSERT INTO @ VALUES (6, 1, 1, true)) INSERT INTO @ VALUES (7, 2, 1, true)');
CALL try('INSERT INTO @ SELECT id + 10, p, k, true FROM @');
-- ON CONFLICT
CALL try('INSERT INTO @ VALUES (6, 1, 1, true) ON CONFLICT DO NOTHING');
CALL try('INSERT INTO @ VALUES (1, 2, 1, true) ON CONFLICT (id) DO NOTHING');
CALL try('INSERT INTO @ VALUES (6, 2, 1, true) ON CONFLICT (id) DO NOTHING');
CALL try('INSERT INTO @ VALUES (2, 1, 1, true) ON CONFLICT (id) DO UPDATE SET k = 1, flag = true');
CALL try('INSERT INTO @ VALUES (1, 2, 1, true), (3, 1, 1, true) ON CONFLICT (id) DO UPDATE SET p = excluded.p');
INSERT INTO f VALUES (6, 1, 1, true) ON CONFLICT (p) WHERE flag DO UPDATE SET v = 100 RETURNING id, v;
INSERT INTO b VALUES (6, 1, 1, true) ON CONFLICT (p, k) WHERE flag DO NOTHING;
SELECT state('f'), state('b');
-- RETURNING
CALL try('UPDATE @ SET k = 3 - k, flag = NOT coalesce(flag, false) WHERE p = 1 RETURNING k, flag');
CALL try('UPDATE @ SET k = 3 - k, flag = NOT coalesce(flag, false) WHERE p = 1 RETURNING id');
-- ... which columns are in the way
\set VERBOSITY default
INSERT INTO f VALUES (62, 1, 1, true), (63, 1, 1, true) RETURNING id, flag;
INSERT INTO b VALUES (62, 1, 1, true), (63, 1, 1, true) RETURNING id, v;
INSERT INTO f VALUES (62, 1, 1, true), (63, 1, 1, true) RETURNING id, k;
CREATE TABLE d (id int PRIMARY KEY, p int NOT NULL REFERENCES p, o int NOT NULL REFERENCES p);
SELECT relmap.relationship('p', 'of_p', 'd', uselist => false, foreign_keys => '{p}', on_replace => 'delete'),
       relmap.relationship('p', 'of_o', 'd', uselist => false, foreign_keys => '{o}', on_replace => 'delete');
INSERT INTO d VALUES (1, 1, 1), (2, 1, 2) RETURNING o;
INSERT INTO d VALUES (1, 1, 1), (2, 1, 2) RETURNING id;
\set VERBOSITY terse
-- replacement off
SET relmap.replacement = off;
CALL try('INSERT INTO @ VALUES (6, 1, 1, true)');
RESET relmap.replacement;

-- COPY
CALL try('DELETE FROM @ WHERE id > 2');
COPY f FROM stdin;
8	1	9	t	0
9	1	9	t	0
\.
COPY k FROM stdin;
8	1	1	t	0
9	1	1	t	0
\.
COPY b FROM stdin;
8	1	1	t	0
9	1	1	t	0
\.
SELECT state('f'), state('k'), state('b');

-- a savepoint that is rolled back
BEGIN;
SAVEPOINT s;
INSERT INTO f VALUES (10, 1, 1, true);
ROLLBACK TO s;
SELECT state('f');
COMMIT;

-- REPEATABLE READ
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO f VALUES (10, 1, 1, true);
UPDATE f SET flag = (id = 8) WHERE p = 1;
INSERT INTO k VALUES (10, 1, 1, true);
UPDATE k SET k = 3 - k WHERE k < 3;
COMMIT;
SELECT state('f'), state('k');

-- any order of the rows
DO $$
DECLARE
    orders text[] := ARRAY['1,2,3', '1,3,2', '2,1,3', '2,3,1', '3,1,2', '3,2,1'];
    o text;
BEGIN
    FOREACH o IN ARRAY orders LOOP
        FOR was IN 1 .. 3 LOOP
            FOR becomes IN 1 .. 3 LOOP
                TRUNCATE f;
                INSERT INTO f SELECT i::int, 1, 1, i::int = was FROM unnest(string_to_array(o, ',')) i;
                UPDATE f SET flag = (id = becomes) WHERE p = 1;
                IF (SELECT array_agg(id) FROM f WHERE flag) <> ARRAY[becomes] THEN
                    RAISE EXCEPTION 'order %, from % to %: %', o, was, becomes, state('f');
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;

-- triggers see the changes, as the user's own
CREATE TABLE log (n serial, what text);
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log (what) VALUES (format('%s %s: %s -> %s', TG_WHEN, OLD.id, OLD.flag, NEW.flag));
    RETURN NEW;
END
$$;
CREATE TRIGGER log BEFORE UPDATE ON f FOR EACH ROW EXECUTE FUNCTION log();
CREATE TRIGGER log_after AFTER UPDATE ON f FOR EACH ROW EXECUTE FUNCTION log();
TRUNCATE f;
INSERT INTO f VALUES (1, 1, 1, true), (2, 1, 1, false);
INSERT INTO f VALUES (3, 1, 1, true);
SELECT what FROM log ORDER BY n;
TRUNCATE log;
UPDATE f SET flag = (id = 2);
SELECT what FROM log ORDER BY n;
DROP TRIGGER log ON f;
DROP TRIGGER log_after ON f;

-- composite keys, partitions, generated columns
CREATE TABLE tp (t int, id int, PRIMARY KEY (t, id));
INSERT INTO tp VALUES (1, 1), (1, 2), (2, 1);
CREATE TABLE part (t int, id int, p int, state text, live boolean GENERATED ALWAYS AS (state = 'on') STORED,
                   PRIMARY KEY (t, id), FOREIGN KEY (t, p) REFERENCES tp) PARTITION BY LIST (t);
CREATE TABLE part2 (state text, p int, x int, t int NOT NULL, id int NOT NULL, live boolean GENERATED ALWAYS AS (state = 'on') STORED);
ALTER TABLE part2 DROP COLUMN x;
SELECT relmap.relationship('tp', 'live', 'part', uselist => false, condition => 'live', on_replace => 'set state = ''off''');
CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1);
ALTER TABLE part ATTACH PARTITION part2 FOR VALUES IN (2);
INSERT INTO part (t, id, p, state) VALUES (1, 1, 1, 'on'), (1, 2, 1, 'off'), (2, 1, 1, 'on'), (2, 2, 1, 'off');
INSERT INTO part (t, id, p, state) VALUES (1, 3, 1, 'on');
UPDATE part SET state = CASE state WHEN 'on' THEN 'off' ELSE 'on' END WHERE t = 2;
UPDATE part SET state = 'on' WHERE id = 2;
SELECT tableoid::regclass, t, id, p, state, live FROM part ORDER BY t, id;
SELECT tp.*, (tp.live).id FROM tp ORDER BY 1, 2;
SELECT * FROM relmap.check('slot_matrix') WHERE severity = 'error';

DROP SCHEMA slot_matrix CASCADE;
