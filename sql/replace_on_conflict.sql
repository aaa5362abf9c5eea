-- ON CONFLICT: a clause that meets a conflict decides; otherwise replacement
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child');

-- ON CONFLICT (the FK) DO NOTHING on a held parent: the incumbent stays
SELECT fresh();
INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- ... on a free parent: inserted
INSERT INTO child VALUES (5, 5) ON CONFLICT (parent_id) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:- 5:5";

-- ON CONFLICT (the FK) DO UPDATE: the incumbent is edited in place
SELECT fresh();
INSERT INTO child VALUES (5, 1, 'x', 7)
    ON CONFLICT (parent_id) DO UPDATE SET v = excluded.v RETURNING id, parent_id, code, v;
SELECT state_v() AS "1:1 v7 2:2 3:3 4:-";

-- ... with the FK written as it is
SELECT fresh();
INSERT INTO child VALUES (5, 1, 'x', 7)
    ON CONFLICT (parent_id) DO UPDATE SET parent_id = excluded.parent_id, v = excluded.v;
SELECT state_v() AS "1:1 v7 2:2 3:3 4:-";

-- ... that moves the incumbent onto another held parent: replaces there
SELECT fresh();
INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO UPDATE SET parent_id = 2;
SELECT state() AS "1:2 2:- 3:3 4:-";

-- ... whose WHERE is false: nothing happens
SELECT fresh();
INSERT INTO child VALUES (5, 1, 'x', 7)
    ON CONFLICT (parent_id) DO UPDATE SET v = excluded.v WHERE child.v > 0;
SELECT state_v() AS "1:1 2:2 3:3 4:-";

-- by the constraint's name
SELECT fresh();
INSERT INTO child VALUES (5, 1) ON CONFLICT ON CONSTRAINT child_parent_id_key DO NOTHING;
INSERT INTO child VALUES (5, 2) ON CONFLICT ON CONSTRAINT child_parent_id_key DO UPDATE SET v = 7;
SELECT state_v() AS "1:1 2:2 v7 3:3 4:-";

-- (the FK), another key conflicts: that key's 23505, no row is released
SELECT fresh();
INSERT INTO child VALUES (2, 5) ON CONFLICT (parent_id) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- (the FK), both conflict: the clause decides
INSERT INTO child VALUES (2, 1) ON CONFLICT (parent_id) DO NOTHING;
INSERT INTO child VALUES (2, 1) ON CONFLICT (parent_id) DO UPDATE SET v = 7;
SELECT state_v() AS "1:1 v7 2:2 3:3 4:-";

-- without target: any conflict, nothing happens
SELECT fresh();
INSERT INTO child VALUES (5, 1) ON CONFLICT DO NOTHING;
INSERT INTO child VALUES (2, 1) ON CONFLICT DO NOTHING;
INSERT INTO child VALUES (2, 5) ON CONFLICT DO NOTHING;
INSERT INTO child VALUES (5, 3, 'b') ON CONFLICT DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- without target and without conflict: inserted
INSERT INTO child VALUES (5, 5), (6, 5), (6, 6) ON CONFLICT DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:- 5:5 6:6";

-- (another key) conflicts, DO NOTHING: the incumbent is not touched
SELECT fresh();
INSERT INTO child VALUES (2, 1) ON CONFLICT (id) DO NOTHING;
INSERT INTO child VALUES (5, 1, 'b') ON CONFLICT (code) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- (another key) conflicts, DO UPDATE without the FK: the incumbent is not touched
INSERT INTO child VALUES (2, 1, 'x', 7) ON CONFLICT (id) DO UPDATE SET v = excluded.v;
SELECT state_v() AS "1:1 2:2 v7 3:3 4:-";

-- (another key) conflicts, DO UPDATE ... WHERE false: nothing
SELECT fresh();
INSERT INTO child VALUES (2, 1) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id WHERE false;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- (another key) conflicts, DO UPDATE takes the parent: replaces
INSERT INTO child VALUES (2, 1) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:- 2:1 3:3 4:-";

-- (another key), no conflict there: replaces
SELECT fresh();
INSERT INTO child VALUES (5, 1) ON CONFLICT (id) DO NOTHING;
INSERT INTO child VALUES (6, 2, 'x') ON CONFLICT (code) DO UPDATE SET v = 7;
SELECT state_v() AS "1:- 2:- 3:3 4:- 5:1 6:2";

-- (another key), no conflict there, but on a third one: its 23505, no row is released
SELECT fresh();
INSERT INTO child VALUES (2, 1, 'x') ON CONFLICT (code) DO NOTHING;
INSERT INTO child VALUES (5, 1, 'b') ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- several rows, (another key) DO NOTHING: each by itself
INSERT INTO child VALUES (2, 1), (5, 1), (5, 2), (6, 1) ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:- 2:2 3:3 4:- 5:- 6:1";

-- upsert of existing rows in one statement: a swap
SELECT fresh();
INSERT INTO child VALUES (1, 2), (2, 1)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:2 2:1 3:3 4:-";

-- ... a rotation, and the row without parent takes part
SELECT fresh();
INSERT INTO child VALUES (1, 2), (2, 3), (3, NULL), (4, 1)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:2 2:3 3:- 4:1";

-- ... several for one parent: the last row written wins
SELECT fresh();
INSERT INTO child VALUES (1, 2), (3, 2), (4, 2)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:- 2:- 3:- 4:2";

-- ... a new row behind them included
SELECT fresh();
INSERT INTO child VALUES (1, 2), (7, 2)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:- 2:- 3:3 4:- 7:2";

-- ... beside new rows for free parents, and for a parent that nobody here moves
SELECT fresh();
INSERT INTO child VALUES (1, 2), (5, 5), (2, 1), (6, 3)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:2 2:1 3:- 4:- 5:5 6:3";

-- a new row takes the parent of a row that a later line moves: refused, nothing changed
SELECT fresh();
INSERT INTO child VALUES (5, 1), (1, 5)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
\echo :SQLSTATE is one of 21000, 27000
SELECT state() AS "1:1 2:2 3:3 4:-";

-- a line that the clause turns away takes nothing from a line before it that waits for its parent
SELECT fresh();
UPDATE child SET v = 1 WHERE id = 2;
INSERT INTO child VALUES (4, 1), (1, 3), (2, 1)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id WHERE child.v = 0;
SELECT state() AS "1:3 2:2 3:- 4:1";
SELECT fresh();
INSERT INTO child VALUES (4, 1), (1, 3), (2, 1)
    ON CONFLICT (id) DO UPDATE SET parent_id = CASE excluded.id WHEN 2 THEN child.parent_id ELSE excluded.parent_id END;
SELECT state() AS "1:3 2:2 3:- 4:1";

-- the same row twice in one upsert: PostgreSQL's 21000
SELECT fresh();
INSERT INTO child VALUES (1, 2), (1, 3)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- prepared: custom and generic plans
SELECT fresh();
PREPARE ups(int, int) AS INSERT INTO child VALUES ($1, $2) ON CONFLICT (parent_id) DO NOTHING;
PREPARE rep(int, int) AS INSERT INTO child VALUES ($1, $2) ON CONFLICT (id) DO NOTHING;
PREPARE ins(int, int) AS INSERT INTO child VALUES ($1, $2);
SET plan_cache_mode = force_generic_plan;
EXECUTE ups(5, 1);
EXECUTE rep(2, 1);
SELECT state() AS "1:1 2:2 3:3 4:-";
EXECUTE rep(5, 1);
EXECUTE ins(6, 2);
SELECT state() AS "1:- 2:- 3:3 4:- 5:1 6:2";
SET plan_cache_mode = force_custom_plan;
EXECUTE ups(7, 1);
EXECUTE rep(5, 3);
SELECT state() AS "1:- 2:- 3:3 4:- 5:1 6:2";
RESET plan_cache_mode;
DEALLOCATE ALL;

-- inside functions of all languages
CREATE FUNCTION sql_ups(int, int) RETURNS void LANGUAGE sql AS
    'INSERT INTO t.child VALUES ($1, $2) ON CONFLICT (parent_id) DO NOTHING';
CREATE FUNCTION sql_std(int, int) RETURNS void LANGUAGE sql BEGIN ATOMIC
    INSERT INTO t.child VALUES ($1, $2) ON CONFLICT (parent_id) DO NOTHING; END;
CREATE FUNCTION sql_two(int, int) RETURNS void LANGUAGE sql AS
    'INSERT INTO t.child VALUES ($1, $2) ON CONFLICT (id) DO NOTHING;
     INSERT INTO t.child VALUES ($1 + 10, $2) ON CONFLICT (parent_id) DO NOTHING';
CREATE FUNCTION plpgsql_ups(int, int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN INSERT INTO t.child VALUES ($1, $2) ON CONFLICT (parent_id) DO NOTHING; END $$;
CREATE FUNCTION plpgsql_dyn(int, int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'INSERT INTO t.child VALUES ($1, $2) ON CONFLICT (parent_id) DO NOTHING' USING $1, $2; END $$;
SELECT fresh();
SELECT sql_ups(5, 1);
SELECT sql_std(5, 1);
SELECT plpgsql_ups(5, 1);
SELECT plpgsql_dyn(5, 1);
DO $$ BEGIN INSERT INTO t.child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING; END $$;
SELECT state() AS "1:1 2:2 3:3 4:-";
SELECT sql_two(5, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";

-- several clauses on one table in one statement: each node has its own
SELECT fresh();
WITH a AS (INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING RETURNING id),
     b AS (INSERT INTO child VALUES (6, 2) ON CONFLICT (id) DO NOTHING RETURNING id)
INSERT INTO child VALUES (7, 3);
SELECT state() AS "1:1 2:- 3:- 4:- 6:2 7:3";
SELECT fresh();
WITH a AS (INSERT INTO child VALUES (5, 1)),
     b AS (INSERT INTO child VALUES (6, 2) ON CONFLICT (parent_id) DO UPDATE SET v = 7)
INSERT INTO child VALUES (7, 3) ON CONFLICT DO NOTHING;
SELECT state_v() AS "1:- 2:2 v7 3:3 4:- 5:1";

-- a clause in an outer statement does not rule the INSERT of a function it calls
CREATE FUNCTION ins(i int, p int) RETURNS int LANGUAGE sql AS
    'INSERT INTO t.child VALUES ($1, $2) RETURNING id';
SELECT fresh();
INSERT INTO child VALUES (ins(5, 1), 1) ON CONFLICT (parent_id) DO NOTHING;
INSERT INTO child VALUES (6, 2, (plpgsql_ups(7, 3))::text) ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:- 2:- 3:3 4:- 5:1 6:2";

-- through an updatable view
CREATE VIEW child_view AS SELECT id, parent_id, v FROM child;
SELECT fresh();
INSERT INTO child_view VALUES (5, 1, 7) ON CONFLICT (parent_id) DO NOTHING;
INSERT INTO child_view VALUES (5, 2, 7) ON CONFLICT (parent_id) DO UPDATE SET v = excluded.v;
SELECT state_v() AS "1:1 2:2 v7 3:3 4:-";
INSERT INTO child_view VALUES (5, 1) ON CONFLICT (id) DO NOTHING;
SELECT state_v() AS "1:- 2:2 v7 3:3 4:- 5:1";

-- inside EXPLAIN ANALYZE
SELECT fresh();
DO $$ BEGIN EXECUTE 'EXPLAIN ANALYZE INSERT INTO t.child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING'; END $$;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- two unique indexes on the one key: the clause names both
CREATE UNIQUE INDEX child_parent_id_twin ON child (parent_id);
SELECT fresh();
INSERT INTO child VALUES (5, 1) ON CONFLICT (parent_id) DO NOTHING;
INSERT INTO child VALUES (5, 2) ON CONFLICT ON CONSTRAINT child_parent_id_key DO UPDATE SET v = 7;
SELECT state_v() AS "1:1 2:2 v7 3:3 4:-";
INSERT INTO child VALUES (5, 1) ON CONFLICT (id) DO NOTHING;
SELECT state_v() AS "1:- 2:2 v7 3:3 4:- 5:1";
-- ... any of them, or one on more columns, would find a row that is parked for that parent, if
-- that had it already
ALTER TABLE child ADD CONSTRAINT child_twin UNIQUE USING INDEX child_parent_id_twin,
    ADD CONSTRAINT child_wider UNIQUE (v, parent_id);
SELECT fresh();
WITH swap AS (UPDATE child SET parent_id = 3 - parent_id WHERE id < 3 RETURNING id)
INSERT INTO child SELECT 5, 1 FROM (SELECT count(*) FROM swap) x ON CONFLICT ON CONSTRAINT child_twin DO NOTHING;
\echo :SQLSTATE is 21000
WITH swap AS (UPDATE child SET parent_id = 3 - parent_id WHERE id < 3 RETURNING id)
INSERT INTO child SELECT 5, 1 FROM (SELECT count(*) FROM swap) x ON CONFLICT (parent_id, v) DO NOTHING;
\echo :SQLSTATE is 21000
SELECT state() AS "1:1 2:2 3:3 4:-";
-- ... unless the row differs in the further columns
WITH swap AS (UPDATE child SET parent_id = 3 - parent_id WHERE id < 3 RETURNING id)
INSERT INTO child (id, parent_id, v) SELECT 5, 1, 8 FROM (SELECT count(*) FROM swap) x ON CONFLICT (parent_id, v) DO NOTHING;
SELECT state() AS "1:2 2:- 3:3 4:- 5:1";
SELECT fresh();
WITH swap AS (UPDATE child SET parent_id = 3 - parent_id WHERE id < 3 RETURNING id)
INSERT INTO child SELECT 5, 1 FROM (SELECT count(*) FROM swap) x ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:2 2:- 3:3 4:- 5:1";
ALTER TABLE child DROP CONSTRAINT child_twin, DROP CONSTRAINT child_wider;

-- the index has another OID than when the statement was planned
PREPARE nothing(int, int) AS INSERT INTO child VALUES ($1, $2) ON CONFLICT (parent_id) DO NOTHING;
SELECT fresh();
EXECUTE nothing(5, 1);
REINDEX INDEX CONCURRENTLY child_parent_id_key;
EXECUTE nothing(5, 1);
SELECT state() AS "1:1 2:2 3:3 4:-";

-- under replacement off the clause still decides
SET relmap.replacement = off;
EXECUTE nothing(5, 1);
INSERT INTO child VALUES (5, 1) ON CONFLICT (id) DO NOTHING;
RESET relmap.replacement;
SELECT state() AS "1:1 2:2 3:3 4:-";

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
