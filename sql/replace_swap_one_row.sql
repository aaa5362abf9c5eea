-- A statement that looks as if it could touch one row only, and touches more, still swaps
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child', by_hand => true);

-- one row indeed: replaced at once, RETURNING the FK is right
SELECT fresh();
UPDATE child SET parent_id = 2 WHERE id = 1 RETURNING id, parent_id;
UPDATE child SET parent_id = 3 WHERE id = 1 AND v = 0 RETURNING id, parent_id;
UPDATE child SET parent_id = 2 WHERE id = 1::bigint RETURNING id, parent_id;
UPDATE child c SET parent_id = 3 FROM parent p WHERE c.id = 1 AND p.id = c.id RETURNING c.id, parent_id;
SELECT state() AS "1:3 2:- 3:- 4:-";

-- by an expression with parts left out
SELECT fresh();
UPDATE child SET parent_id = 2 WHERE id = CASE WHEN now() > '2000-01-01' THEN 1 ELSE 2 END RETURNING id, parent_id;
SELECT state() AS "1:2 2:- 3:3 4:-";

-- by the row's place: one, and several
SELECT fresh();
SET enable_seqscan = off;
UPDATE child SET parent_id = 2 WHERE ctid = (SELECT ctid FROM child WHERE id = 1) RETURNING id, parent_id;
SELECT state() AS "1:2 2:- 3:3 4:-";
SELECT fresh();
EXPLAIN (COSTS OFF) UPDATE child SET parent_id = 3 - parent_id WHERE ctid = ANY ('{"(0,1)","(0,2)"}');
SELECT array_agg(ctid) AS places FROM child WHERE id < 3 \gset
UPDATE child SET parent_id = 3 - parent_id WHERE ctid = ANY (:'places'::tid[]);
SELECT state() AS "1:2 2:1 3:3 4:-";
SELECT fresh();
SELECT ctid AS place FROM child WHERE id = 1 \gset
UPDATE child SET parent_id = 3 - parent_id WHERE ctid = :'place' OR ctid = (SELECT ctid FROM child WHERE id = 2);
SELECT state() AS "1:2 2:1 3:3 4:-";
RESET enable_seqscan;

-- an IN list, an array, OR
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
UPDATE child SET parent_id = 3 - parent_id WHERE id = ANY ('{1,2}');
UPDATE child SET parent_id = 3 - parent_id WHERE id = 1 OR id = 2;
SELECT state() AS "1:2 2:1 3:3 4:-";
UPDATE child SET parent_id = 3 - parent_id WHERE ctid IN (SELECT ctid FROM child WHERE id < 3);
SELECT state() AS "1:1 2:2 3:3 4:-";

-- the key compared with another column of the row
UPDATE child SET parent_id = 4 - parent_id WHERE id = parent_id;
SELECT state() AS "1:3 2:2 3:1 4:-";
UPDATE child SET v = id;
UPDATE child SET parent_id = 4 - parent_id WHERE v = id;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- ... with a function that is volatile, so another one for every row
CREATE SEQUENCE s;
CREATE FUNCTION next_id() RETURNS int VOLATILE LANGUAGE sql AS $$ SELECT nextval('t.s')::int $$;
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id = next_id() AND parent_id < 3;
SELECT state() AS "1:2 2:1 3:3 4:-";

-- a unique index that is partial
ALTER TABLE child DROP CONSTRAINT child_code_key;
CREATE UNIQUE INDEX other ON child (code) WHERE v > 0;
SELECT fresh();
UPDATE child SET code = 'x' WHERE id < 3;
UPDATE child SET parent_id = 3 - parent_id WHERE code = 'x';
SELECT state() AS "1:2 2:1 3:3 4:-";
DROP INDEX other;

-- ... deferrable: not unique yet
SELECT fresh();
ALTER TABLE child ADD CONSTRAINT other UNIQUE (code) DEFERRABLE INITIALLY DEFERRED;
SELECT fresh();
BEGIN;
UPDATE child SET code = 'x' WHERE id < 3;
UPDATE child SET parent_id = 3 - parent_id WHERE code = 'x';
SELECT state() AS "1:2 2:1 3:3 4:-";
ROLLBACK;
ALTER TABLE child DROP CONSTRAINT other;

-- ... compared by another equality than the index's own
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT fresh();
ALTER TABLE child ADD CONSTRAINT other UNIQUE (code);
UPDATE child SET code = 'B' WHERE id = 1;
UPDATE child SET parent_id = 3 - parent_id WHERE code = 'b' COLLATE ci;
SELECT state() AS "1:2 2:1 3:3 4:-";
ALTER TABLE child DROP CONSTRAINT other;

-- ... of several columns, of which one is given
ALTER TABLE child ADD CONSTRAINT other UNIQUE (code, v);
SELECT fresh();
UPDATE child SET code = 'x', v = id WHERE id < 3;
UPDATE child SET parent_id = 3 - parent_id WHERE code = 'x';
SELECT state() AS "1:2 2:1 3:3 4:-";
ALTER TABLE child DROP CONSTRAINT other;

-- ... whose NULLs are many
SELECT fresh();
ALTER TABLE child ADD CONSTRAINT other UNIQUE (code);
UPDATE child SET code = NULL WHERE id < 3;
UPDATE child SET parent_id = 3 - parent_id WHERE code IS NULL;
UPDATE child SET parent_id = 3 - parent_id WHERE code IS NOT DISTINCT FROM NULL;
UPDATE child SET parent_id = 3 - parent_id WHERE code IS NULL AND id < 3;
SELECT state() AS "1:2 2:1 3:3 4:-";

-- the primary key itself moves in the same statement
SELECT fresh();
UPDATE child SET id = id + 10, parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "3:3 4:- 11:2 12:1";

-- one row of the table with the trigger, and more of its inheritance children
CREATE TABLE heir () INHERITS (child);
SELECT fresh();
INSERT INTO heir VALUES (1, 1), (1, 2);
UPDATE child SET parent_id = 2 WHERE id = 1;
SELECT state() AS "1:2 1:2 1:2 2:- 3:3 4:-";
DROP TABLE heir;

-- one line of VALUES, one row of a SELECT, many of a SELECT
SELECT fresh();
INSERT INTO child VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id RETURNING parent_id;
INSERT INTO child SELECT 1, 3 ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id RETURNING parent_id;
INSERT INTO child SELECT id, 4 - parent_id FROM child WHERE id IN (1, 3)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:1 2:- 3:- 4:-";
SELECT fresh();
INSERT INTO child SELECT id, 4 - parent_id FROM child WHERE id IN (1, 3)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:3 2:2 3:1 4:-";
INSERT INTO child SELECT generate_series(1, 3, 2), unnest('{1,3}'::int[])
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:1 2:2 3:3 4:-";
INSERT INTO child SELECT v.* FROM (VALUES (1, 3), (3, 1)) v
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:3 2:2 3:1 4:-";

-- MERGE of one source row and of more
SELECT fresh();
MERGE INTO child c USING (SELECT 1 AS id, 2 AS p) w ON c.id = w.id WHEN MATCHED THEN UPDATE SET parent_id = w.p;
SELECT state() AS "1:2 2:- 3:3 4:-";
SELECT fresh();
MERGE INTO child c USING (SELECT 1) w ON c.id < 3 WHEN MATCHED THEN UPDATE SET parent_id = 3 - c.parent_id;
SELECT state() AS "1:2 2:1 3:3 4:-";

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
