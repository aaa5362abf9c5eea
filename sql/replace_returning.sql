-- RETURNING never shows what is not final: a swap in one statement shows right rows or is refused
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child', by_hand => true);

-- plain columns that the swap does not touch: the swap works and shows them
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id, v = id WHERE id IN (1, 2) RETURNING id, code, v;
SELECT state() AS "1:2 2:1 3:3 4:-";

-- the FK: the parent that the row will have is shown, though it is written without
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING *;
SELECT state() AS "1:2 2:1 3:3 4:-";
UPDATE child SET parent_id = parent_id % 3 + 1 WHERE id < 4 RETURNING id, parent_id * 10 AS tenfold, greatest(v, parent_id), (SELECT name FROM parent p WHERE p.id = parent_id);
SELECT state() AS "1:3 2:2 3:1 4:-";
WITH u AS (UPDATE child SET parent_id = 3 - parent_id WHERE parent_id IN (1, 2) RETURNING id, parent_id)
SELECT * FROM u ORDER BY id;
SELECT state() AS "1:3 2:1 3:2 4:-";
-- ... compiled, too
SET jit_above_cost = 0;
UPDATE child SET parent_id = 3 - parent_id WHERE parent_id IN (1, 2) RETURNING id, parent_id, parent_id + 10 AS more;
RESET jit_above_cost;
-- ... row by row, and in a prepared statement
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN UPDATE child SET parent_id = 3 - parent_id WHERE parent_id IN (1, 2) RETURNING id, parent_id LOOP
        RAISE NOTICE '%', r;
    END LOOP;
END $$;
PREPARE swap AS UPDATE child SET parent_id = 3 - parent_id WHERE parent_id IN (1, 2) RETURNING id, parent_id;
EXECUTE swap;
EXECUTE swap;
DEALLOCATE swap;
-- ... in an upsert, beside a row that is not parked and one that is inserted
SELECT fresh();
INSERT INTO child VALUES (1, 2), (2, 1), (4, 9), (5, 8)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id RETURNING id, parent_id;
SELECT state() AS "1:2 2:1 3:3 4:9 5:8";
INSERT INTO child VALUES (1, 1), (2, 2)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id RETURNING id;
-- a later row would take the parent with which one was shown
SELECT fresh();
UPDATE child SET parent_id = CASE id WHEN 3 THEN 9 ELSE 3 END WHERE id < 4 RETURNING id, parent_id;
\echo :SQLSTATE is 27000
INSERT INTO child VALUES (1, 2), (2, 1), (9, 2)
    ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id RETURNING id, parent_id;
\echo :SQLSTATE is 27000
SELECT state() AS "1:1 2:2 3:3 4:-";
-- ... which took it without being parked
UPDATE child SET parent_id = CASE id WHEN 1 THEN 9 WHEN 2 THEN 3 ELSE 9 END WHERE id < 4 RETURNING id, parent_id;
\echo :SQLSTATE is 27000
UPDATE child SET parent_id = CASE id WHEN 1 THEN 9 WHEN 2 THEN 3 ELSE 9 END WHERE id < 4 RETURNING id;
SELECT state() AS "1:- 2:3 3:9 4:-";
-- ... or keeps it
SELECT fresh();
UPDATE child SET parent_id = 2 WHERE id < 3 RETURNING id, parent_id;
\echo :SQLSTATE is 27000
UPDATE child SET parent_id = 1 WHERE id < 3 RETURNING id, parent_id;
\echo :SQLSTATE is 27000
UPDATE child SET parent_id = 2 WHERE id < 3 RETURNING id;
SELECT state() AS "1:2 2:- 3:3 4:-";
SELECT fresh();

-- a whole row, system columns: refused with a HINT, nothing changed
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING child;
\echo :SQLSTATE is 27000
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING to_jsonb(child) ->> 'id';
\echo :SQLSTATE is 27000
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING id, ctid;
\echo :SQLSTATE is 27000
SELECT state() AS "1:1 2:2 3:3 4:-";

-- ... where no row of the statement is an incumbent of another, the FK is final and shown
SELECT fresh();
UPDATE child SET parent_id = parent_id + 4 WHERE id < 4 RETURNING id, parent_id;
UPDATE child SET parent_id = 9 - parent_id WHERE id = 1 RETURNING *;
SELECT state() AS "1:4 2:6 3:7 4:-";

-- a generated column over the FK
ALTER TABLE child ADD g int GENERATED ALWAYS AS (coalesce(parent_id, 0) * 10) STORED;
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING id, g;
\echo :SQLSTATE is 27000
SELECT state() AS "1:1 2:2 3:3 4:-";
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING id;
SELECT id, parent_id, g FROM child WHERE id IN (1, 2) ORDER BY id;
ALTER TABLE child DROP g;

-- what a list sets in a row while it is parked: shown as it will be
CREATE TABLE flagged (id int PRIMARY KEY, parent_id int REFERENCES parent, f bool, w int, note text DEFAULT 'as it was');
SELECT relmap.relationship('parent', 'flagged', 'flagged', uselist => false, accessor => false,
                           condition => 'f', on_replace => $$set f = false, w = 9, note = 'left'$$) \g (format=unaligned tuples_only)
INSERT INTO flagged VALUES (2, 1, false, 0), (1, 1, true, 0);
UPDATE flagged SET f = (id = 2), w = 5 RETURNING *;
TABLE flagged ORDER BY id;
UPDATE flagged SET f = (id = 1) RETURNING id, f, note;
TABLE flagged ORDER BY id;
DROP TABLE flagged;

-- a version column that a BEFORE trigger sets: what RETURNING shows is what the table has, or it is refused
CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.v := OLD.v + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER version BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION bump();
SELECT fresh();
CREATE TABLE shown (id int, v int);
WITH u AS (UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING id, v)
INSERT INTO shown SELECT * FROM u;
SELECT count(*) AS "0 wrong rows shown" FROM shown s JOIN child c USING (id) WHERE s.v <> c.v;
SELECT state() IN ('1:1 2:2 3:3 4:-', '1:2 2:1 3:3 4:-') AS right_or_refused;
-- ... without RETURNING it is not refused
SELECT fresh();
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:-";
-- ... and one row, replaced at once, shows its version
SELECT fresh();
UPDATE child SET parent_id = 2 WHERE id = 1 RETURNING *;
DROP TRIGGER version ON child;

-- what a row's RETURNING calls may look at the table: what is parked is seen parked
-- (no more is promised than that the end is right)
CREATE FUNCTION seen(int) RETURNS int LANGUAGE sql AS 'SELECT parent_id FROM t.child WHERE id = $1';
SELECT fresh();
WITH u AS (UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING seen(id))
SELECT count(*) FROM u;
SELECT state() IN ('1:1 2:2 3:3 4:-', '1:2 2:1 3:3 4:-') AS right_or_refused;

-- RETURNING of a view on the table
CREATE VIEW child_view AS SELECT id, parent_id FROM child;
SELECT fresh();
UPDATE child_view SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING *;
SELECT state() AS "1:2 2:1 3:3 4:-";
UPDATE child_view SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING id;
SELECT state() AS "1:1 2:2 3:3 4:-";

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
