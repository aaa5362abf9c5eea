-- The session's first statement, before the library is loaded, is understood like any other
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child');
CREATE FUNCTION sql_nothing() RETURNS void LANGUAGE sql AS
    'INSERT INTO t.child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING';
CREATE FUNCTION sql_std() RETURNS void LANGUAGE sql BEGIN ATOMIC
    INSERT INTO t.child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING; END;
CREATE FUNCTION plpgsql_nothing() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO t.child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING; END $$;
CREATE FUNCTION plpgsql_take() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO t.child VALUES (5, 1); END $$;
CREATE FUNCTION plpgsql_swap() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN UPDATE t.child SET parent_id = 3 - parent_id WHERE id IN (1, 2); END $$;
CREATE FUNCTION sql_showing() RETURNS SETOF int LANGUAGE sql AS
    'INSERT INTO t.child VALUES (5, 1), (6, 1) RETURNING parent_id';
CREATE TABLE required (id int PRIMARY KEY, parent_id int NOT NULL UNIQUE REFERENCES parent);
SELECT one_to_one('required', policy => 'delete');
CREATE VIEW child_view AS SELECT id, parent_id FROM child;
CREATE TABLE log (id int);
CREATE FUNCTION relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO t.child VALUES (NEW.id, 1) ON CONFLICT (parent_id) DO NOTHING;
    RETURN NEW;
END $$;
CREATE TRIGGER relay AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION relay();

-- Each statement below is the first of its session: its trigger loads the
-- library when the statement is already running.
SELECT fresh();

-- INSERT: replaces
\c -
SET search_path = t;
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
SELECT fresh();

-- UPDATE: replaces
\c -
SET search_path = t;
UPDATE child SET parent_id = 2 WHERE id = 1;
SELECT state() AS "1:2 2:- 3:3 4:-";
SELECT fresh();

-- a swap in one statement
\c -
SET search_path = t;
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:-";
SELECT fresh();

-- rows that replace one another in a statement whose RETURNING list shows them: refused
\c -
SET search_path = t;
INSERT INTO child VALUES (5, 1), (6, 1) RETURNING id, parent_id;
\echo :SQLSTATE
SELECT state() AS "1:1 2:2 3:3 4:-";
\c -
SET search_path = t;
UPDATE child SET parent_id = 7 WHERE id IN (1, 2) RETURNING id, parent_id;
\echo :SQLSTATE
SELECT state() AS "1:1 2:2 3:3 4:-";
-- ... also in a function
\c -
SET search_path = t;
SELECT sql_showing();
\echo :SQLSTATE
SELECT state() AS "1:1 2:2 3:3 4:-";

-- a rotation in one upsert
\c -
SET search_path = t;
INSERT INTO child VALUES (1, 2), (2, 3), (3, 1) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:2 2:3 3:1 4:-";
SELECT fresh();

-- MERGE that swaps
\c -
SET search_path = t;
MERGE INTO child c USING (VALUES (1, 2), (2, 1)) w (id, p) ON c.id = w.id WHEN MATCHED THEN UPDATE SET parent_id = w.p;
SELECT state() AS "1:2 2:1 3:3 4:-";
SELECT fresh();

-- ON CONFLICT (the FK): the clause decides
\c -
SET search_path = t;
INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- ON CONFLICT without target
\c -
SET search_path = t;
INSERT INTO child VALUES (5, 1) ON CONFLICT DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- ON CONFLICT (another key) that conflicts
\c -
SET search_path = t;
INSERT INTO child VALUES (2, 1) ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- ON CONFLICT (another key) that does not
\c -
SET search_path = t;
INSERT INTO child VALUES (5, 1) ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
SELECT fresh();

-- through a view
\c -
SET search_path = t;
INSERT INTO child_view VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- in a CTE
\c -
SET search_path = t;
WITH i AS (INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING) SELECT 1 AS one;
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- two nodes in one statement: each has its clause
\c -
SET search_path = t;
WITH i AS (INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING) INSERT INTO child VALUES (6, 2);
SELECT state() AS "1:1 2:- 3:3 4:- 6:2";
SELECT fresh();
-- ... each can reach rows of its own
\c -
SET search_path = t;
WITH i AS (UPDATE child SET parent_id = 1 WHERE id = 9), j AS (UPDATE child SET parent_id = 1 WHERE id = 3) DELETE FROM child WHERE id = 12;
SELECT state() AS "1:- 2:2 3:1 4:-";
SELECT fresh();
\c -
SET search_path = t;
WITH i AS (UPDATE child SET parent_id = 3 - parent_id WHERE id < 3) SELECT 1 AS one;
SELECT state() AS "1:2 2:1 3:3 4:-";
SELECT fresh();

-- prepared
\c -
SET search_path = t;
PREPARE q AS INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING;
EXECUTE q;
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- EXPLAIN ANALYZE
\c -
SET search_path = t;
\o /dev/null
EXPLAIN ANALYZE INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING;
\o
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- EXPLAIN ANALYZE EXECUTE
\c -
SET search_path = t;
PREPARE q AS INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING;
\o /dev/null
EXPLAIN ANALYZE EXECUTE q;
\o
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- a function in language sql
\c -
SET search_path = t;
SELECT sql_nothing();
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- ... with a standard body
\c -
SET search_path = t;
SELECT sql_std();
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- ... in other messages' language
\c -
SET search_path = t;
SET lc_messages = 'de_DE.UTF-8';
SELECT sql_nothing();
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- a function in plpgsql
\c -
SET search_path = t;
SELECT plpgsql_nothing();
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- ... that takes
\c -
SET search_path = t;
SELECT plpgsql_take();
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
SELECT fresh();

-- ... that swaps
\c -
SET search_path = t;
SELECT plpgsql_swap();
SELECT state() AS "1:2 2:1 3:3 4:-";
SELECT fresh();

-- ... that writes several rows of a table whose foreign key can't be NULL
\c -
SET search_path = t;
INSERT INTO required VALUES (1, 1), (2, 2), (3, 3), (4, 4);
\c -
SET search_path = t;
DO $$ BEGIN UPDATE required SET parent_id = parent_id + 2 WHERE id < 3; END $$;
SELECT string_agg(id || ':' || parent_id, ' ' ORDER BY id) AS "1:3 2:4" FROM required;
\c -
SET search_path = t;
DO $$ BEGIN UPDATE required SET parent_id = 7 - parent_id; END $$;
\echo :SQLSTATE
SELECT string_agg(id || ':' || parent_id, ' ' ORDER BY id) AS "1:3 2:4" FROM required;

-- DO
\c -
SET search_path = t;
DO $$ BEGIN INSERT INTO t.child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING; END $$;
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- a trigger of another table
\c -
SET search_path = t;
INSERT INTO log VALUES (5);
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT fresh();

-- COPY: replaces
\c -
SET search_path = t;
COPY child (id, parent_id) FROM stdin;
5	1
\.
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
SELECT fresh();

-- replacement = off set before the library is loaded
\c -
SET search_path = t;
SET relmap.replacement = off;
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:1 2:2 3:3 4:-";

-- two nodes that write the table, without a clause: replaces
SELECT fresh();
\c -
SET search_path = t;
WITH one AS (INSERT INTO child VALUES (5, 1)) INSERT INTO child VALUES (6, 2);
SELECT state() AS "1:- 2:- 3:3 4:- 5:1 6:2";
SELECT fresh();

-- it fails half way, and is told apart from those that follow
\c -
SET search_path = t;
DO $$ BEGIN
    BEGIN
        UPDATE t.child SET parent_id = 3 - parent_id, v = 1 / (id - 2) WHERE id IN (1, 2);
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
    UPDATE t.child SET parent_id = 3 WHERE id = 1;
    UPDATE t.child SET parent_id = 4 - parent_id WHERE id IN (1, 3);
END $$;
SELECT state() AS "1:1 2:2 3:- 4:-";
SELECT fresh();

-- COPY in a function
\c -
SET search_path = t;
DO $$ BEGIN COPY t.child (id, parent_id) FROM PROGRAM 'echo 5,1' (FORMAT csv); END $$;
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
SELECT fresh();

-- partitions: the clause decides, by the partition's own indexes; a swap stays where it is
CREATE TABLE plot (area int, id int, PRIMARY KEY (area, id));
INSERT INTO plot SELECT a, n FROM generate_series(1, 2) a, generate_series(1, 3) n;
CREATE TABLE house (area int NOT NULL, id int, plot_id int, PRIMARY KEY (area, id), UNIQUE (area, plot_id),
    FOREIGN KEY (area, plot_id) REFERENCES plot) PARTITION BY LIST (area);
CREATE TABLE house_1 PARTITION OF house FOR VALUES IN (1);
CREATE TABLE house_2 PARTITION OF house FOR VALUES IN (2);
SELECT one_to_one('house', 'area,plot_id');
INSERT INTO house VALUES (1, 1, 1), (1, 2, 2), (2, 1, 1);
\c -
SET search_path = t;
INSERT INTO house VALUES (1, 3, 1) ON CONFLICT (area, plot_id) DO NOTHING;
SELECT * FROM house ORDER BY area, id;
\c -
SET search_path = t;
INSERT INTO house VALUES (1, 3, 1) ON CONFLICT (area, id) DO NOTHING;
SELECT * FROM house ORDER BY area, id;
\c -
SET search_path = t;
INSERT INTO house VALUES (1, 3, 2) ON CONFLICT (area, id) DO UPDATE SET plot_id = 3;
SELECT * FROM house ORDER BY area, id;
\c -
SET search_path = t;
INSERT INTO house_2 VALUES (2, 2, 1) ON CONFLICT (area, plot_id) DO NOTHING;
SELECT * FROM house ORDER BY area, id;
\c -
SET search_path = t;
UPDATE house SET plot_id = 5 - plot_id WHERE area = 1 AND id > 1;
SELECT * FROM house ORDER BY area, id;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
