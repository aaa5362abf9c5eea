-- A row that conflicts on another unique index replaces nobody
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
CREATE EXTENSION IF NOT EXISTS btree_gist;
SELECT one_to_one('child', by_hand => true);

-- each index: the clause that names it and one without target, first a row
-- that conflicts there (nothing happens), then one that does not (replaces)

-- an expression index
CREATE UNIQUE INDEX other ON child (lower(code));
ALTER TABLE child DROP CONSTRAINT child_code_key;
SELECT fresh();
INSERT INTO child VALUES (5, 1, 'B') ON CONFLICT (lower(code)) DO NOTHING;
INSERT INTO child VALUES (5, 1, 'B', 7) ON CONFLICT (lower(code)) DO UPDATE SET v = excluded.v;
INSERT INTO child VALUES (5, 1, 'B') ON CONFLICT DO NOTHING;
SELECT state_v() AS "1:1 2:2 v7 3:3 4:-";
INSERT INTO child VALUES (5, 1, 'X') ON CONFLICT (lower(code)) DO NOTHING;
SELECT state_v() AS "1:- 2:2 v7 3:3 4:- 5:1";
DROP INDEX other;

-- a partial index
CREATE UNIQUE INDEX other ON child (code) WHERE v > 0;
SELECT fresh();
UPDATE child SET v = 1;
INSERT INTO child VALUES (5, 1, 'b', 1) ON CONFLICT (code) WHERE v > 0 DO NOTHING;
INSERT INTO child VALUES (5, 1, 'b', 1) ON CONFLICT DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
INSERT INTO child VALUES (5, 1, 'b', 0) ON CONFLICT (code) WHERE v > 0 DO NOTHING;
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
DROP INDEX other;

-- a stored generated column, which no BEFORE trigger sees computed
SELECT fresh();
ALTER TABLE child ADD lc text GENERATED ALWAYS AS (lower(code)) STORED UNIQUE;
INSERT INTO child VALUES (5, 1, 'B') ON CONFLICT (lc) DO NOTHING;
INSERT INTO child VALUES (5, 1, 'B', 7) ON CONFLICT (lc) DO UPDATE SET v = excluded.v;
INSERT INTO child VALUES (5, 1, 'B') ON CONFLICT DO NOTHING;
SELECT state_v() AS "1:1 2:2 v7 3:3 4:-";
INSERT INTO child VALUES (5, 1, 'X') ON CONFLICT (lc) DO NOTHING;
SELECT state_v() AS "1:- 2:2 v7 3:3 4:- 5:1";
ALTER TABLE child DROP lc;

-- an expression over a generated column
ALTER TABLE child ADD lc text GENERATED ALWAYS AS (lower(code)) STORED;
CREATE UNIQUE INDEX other ON child (md5(lc));
SELECT fresh();
INSERT INTO child VALUES (5, 1, 'B') ON CONFLICT (md5(lc)) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
DROP INDEX other;
ALTER TABLE child DROP lc;

-- an exclusion constraint
ALTER TABLE child ADD CONSTRAINT other EXCLUDE USING gist (code WITH =, v WITH =);
SELECT fresh();
INSERT INTO child VALUES (5, 1, 'b', 0) ON CONFLICT ON CONSTRAINT other DO NOTHING;
INSERT INTO child VALUES (5, 1, 'b', 0) ON CONFLICT DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
INSERT INTO child VALUES (5, 1, 'b', 1) ON CONFLICT ON CONSTRAINT other DO NOTHING;
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
ALTER TABLE child DROP CONSTRAINT other;

-- an exclusion constraint of ranges
ALTER TABLE child ADD during int4range, ADD CONSTRAINT other EXCLUDE USING gist (during WITH &&);
SELECT fresh();
UPDATE child SET during = '[1,5)' WHERE id = 2;
INSERT INTO child (id, parent_id, during) VALUES (5, 1, '[4,6)') ON CONFLICT ON CONSTRAINT other DO NOTHING;
INSERT INTO child (id, parent_id, during) VALUES (5, 1, '[4,6)') ON CONFLICT DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
INSERT INTO child (id, parent_id, during) VALUES (5, 1, '[5,6)') ON CONFLICT ON CONSTRAINT other DO NOTHING;
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
ALTER TABLE child DROP during;

-- NULLS NOT DISTINCT
CREATE UNIQUE INDEX other ON child (code) NULLS NOT DISTINCT;
SELECT fresh();
UPDATE child SET code = NULL WHERE id = 2;
INSERT INTO child VALUES (5, 1, NULL) ON CONFLICT (code) DO NOTHING;
INSERT INTO child VALUES (5, 1, NULL) ON CONFLICT DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
INSERT INTO child VALUES (5, 1, 'x') ON CONFLICT (code) DO NOTHING;
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
DROP INDEX other;

-- (another key) does not conflict, a third one does: 23505, no row is released
CREATE UNIQUE INDEX other ON child (lower(code));
SELECT fresh();
INSERT INTO child VALUES (5, 1, 'B') ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:1 2:2 3:3 4:-";
DROP INDEX other;

-- a second unique index that contains the FK
ALTER TABLE child ADD kind text DEFAULT 'k', ADD CONSTRAINT other UNIQUE (parent_id, kind);
SELECT fresh();
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 2 WHERE id = 3;
SELECT state() AS "1:- 2:- 3:2 4:- 5:1";
INSERT INTO child VALUES (6, 1) ON CONFLICT (id) DO NOTHING;
SELECT state() AS "1:- 2:- 3:2 4:- 5:- 6:1";
-- ... as the clause's own key: the conflict is with the incumbent, the clause decides
INSERT INTO child VALUES (7, 1) ON CONFLICT (parent_id, kind) DO NOTHING;
INSERT INTO child (id, parent_id, v) VALUES (7, 1, 7) ON CONFLICT (parent_id, kind) DO UPDATE SET v = excluded.v;
SELECT state_v() AS "1:- 2:- 3:2 4:- 5:- 6:1 v7";
-- ... of another kind: no conflict there, replaces
INSERT INTO child (id, parent_id, kind) VALUES (7, 1, 'l') ON CONFLICT (parent_id, kind) DO NOTHING;
SELECT state() AS "1:- 2:- 3:2 4:- 5:- 6:- 7:1";
ALTER TABLE child DROP kind;

-- ... NULLS NOT DISTINCT over it: a second row without parent is 23505, nothing changed
TRUNCATE child;
CREATE UNIQUE INDEX other ON child (parent_id) NULLS NOT DISTINCT;
INSERT INTO child VALUES (1, 1), (2, NULL);
INSERT INTO child VALUES (5, 1);
\echo :SQLSTATE is 23505
SELECT state() AS "1:1 2:-";
DROP INDEX other;

-- a deferred constraint can't conflict before COMMIT
TRUNCATE child;
ALTER TABLE child ADD CONSTRAINT other UNIQUE (v) DEFERRABLE INITIALLY DEFERRED;
INSERT INTO child VALUES (1, 1, 'a', 1), (2, 2, 'b', 2);
BEGIN;
INSERT INTO child VALUES (3, 1, 'c', 2);
UPDATE child SET v = 3 WHERE id = 2;
COMMIT;
SELECT state_v() AS "1:- v1 2:2 v3 3:1 v2";
ALTER TABLE child DROP CONSTRAINT other;

-- an index that is invalid, as a failed CREATE INDEX CONCURRENTLY leaves it, is not looked at
TRUNCATE child;
INSERT INTO child VALUES (1, 1, 'a', 1), (2, 2, 'b', 1);
CREATE UNIQUE INDEX CONCURRENTLY other ON child (v);
INSERT INTO child VALUES (3, 1, 'c', 3);
INSERT INTO child VALUES (4, 2, 'd', 4) ON CONFLICT DO NOTHING;
SELECT state() AS "1:- 2:2 3:1";

SET client_min_messages = warning;
DROP EXTENSION btree_gist CASCADE;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
