-- What newer majors have: a statement of one of them has the outcome that is
-- expected of it where there is such a server, and is not tried elsewhere.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on

CREATE SCHEMA majors;
SET search_path = majors;
SET client_min_messages = warning;

CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT generate_series(1, 4);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, v int NOT NULL DEFAULT 0);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => relmap.backref('parent'));

-- the rows that a statement returns, the error that it ends in, and the table afterwards
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text := '';
    line record;
BEGIN
    TRUNCATE child;
    INSERT INTO child VALUES (1, 1), (2, 2), (3, 3), (4, NULL);
    BEGIN
        FOR line IN EXECUTE statement LOOP
            result := result || line::text || ' ';
        END LOOP;
    EXCEPTION WHEN OTHERS THEN
        result := SQLSTATE || ' ';
    END;
    RETURN result || (SELECT string_agg(id || ':' || coalesce(parent_id::text, '-'), ' ' ORDER BY id) FROM child);
END $$;
CREATE FUNCTION is_so(major int, statement text, expected text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN current_setting('server_version_num')::int / 10000 < major THEN 'as expected'
                ELSE coalesce(nullif(outcome(statement), expected), 'as expected') END;
$$;

-- 17: MERGE RETURNING, NOT MATCHED BY SOURCE
SELECT is_so(17, 'MERGE INTO child c USING (VALUES (4, 1)) w (id, p) ON c.id = w.id
    WHEN MATCHED THEN UPDATE SET parent_id = w.p RETURNING merge_action(), c.id, c.parent_id', '(UPDATE,4,1) 1:- 2:2 3:3 4:1');
SELECT is_so(17, 'MERGE INTO child c USING (VALUES (1, 2), (2, 1)) w (id, p) ON c.id = w.id
    WHEN MATCHED THEN UPDATE SET parent_id = w.p RETURNING c.id', '(1) (2) 1:2 2:1 3:3 4:-');
SELECT is_so(17, 'MERGE INTO child c USING (VALUES (1, 2), (2, 1)) w (id, p) ON c.id = w.id
    WHEN MATCHED THEN UPDATE SET parent_id = w.p RETURNING c.parent_id', '(2) (1) 1:2 2:1 3:3 4:-');
SELECT is_so(17, 'MERGE INTO child c USING (VALUES (5, 4)) w (id, p) ON c.id = w.id
    WHEN NOT MATCHED THEN INSERT VALUES (w.id, w.p)
    WHEN NOT MATCHED BY SOURCE AND c.id < 3 THEN UPDATE SET parent_id = 3 - parent_id
    WHEN NOT MATCHED BY SOURCE AND c.id = 3 THEN DELETE RETURNING merge_action()',
    '(UPDATE) (UPDATE) (DELETE) (INSERT) 1:2 2:1 4:- 5:4');

-- 18: RETURNING OLD, NEW: what was there is shown, what is not final is refused
SELECT is_so(18, 'UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING id, old.parent_id, old.*, old',
    '(1,1,1,1,0,"(1,1,0)") (2,2,2,2,0,"(2,2,0)") 1:2 2:1 3:3 4:-');
SELECT is_so(18, 'UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING old.parent_id, new.parent_id', '(1,2) (2,1) 1:2 2:1 3:3 4:-');
SELECT is_so(18, 'UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING new', '27000 1:1 2:2 3:3 4:-');
SELECT is_so(18, 'UPDATE child SET parent_id = 1 WHERE id = 4 RETURNING old.parent_id, new.parent_id', '(,1) 1:- 2:2 3:3 4:1');
SELECT is_so(18, 'INSERT INTO child VALUES (1, 2), (2, 1) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id RETURNING old.parent_id',
    '(1) (2) 1:2 2:1 3:3 4:-');

-- 18: the library tells its name and version
SELECT is_so(18, 'SELECT module_name, version = extversion FROM pg_get_loaded_modules(), pg_extension WHERE file_name ~ ''^relmap'' AND extname = ''relmap''',
    '(relmap,t) 1:1 2:2 3:3 4:-');

-- 18: virtual columns, keys that are NOT ENFORCED
DO $$ BEGIN IF current_setting('server_version_num')::int >= 180000 THEN EXECUTE $x$
    ALTER TABLE child ADD g int GENERATED ALWAYS AS (parent_id + 10) VIRTUAL;
    ALTER TABLE child ALTER CONSTRAINT child_parent_id_fkey NOT ENFORCED;
$x$; END IF; END $$;
SELECT is_so(18, 'UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2) RETURNING g', '(12) (11) 1:2 2:1 3:3 4:-');
SELECT is_so(18, 'UPDATE child SET parent_id = 1 WHERE id = 4 RETURNING g', '(11) 1:- 2:2 3:3 4:1');
SELECT is_so(18, 'INSERT INTO child VALUES (5, 9), (6, 9) RETURNING id', '(5) (6) 1:1 2:2 3:3 4:- 5:- 6:9');
SELECT is_so(18, 'SELECT DISTINCT problem FROM relmap.check(''majors'') WHERE severity <> ''info''', '("foreign key ""child_parent_id_fkey"" is not enforced") 1:1 2:2 3:3 4:-');

-- 18: keys WITHOUT OVERLAPS, of which a condition can find several rows, and with PERIOD
DO $$ BEGIN IF current_setting('server_version_num')::int >= 180000 THEN EXECUTE $x$
    ALTER TABLE child ADD r int4range DEFAULT '[1,5)', ADD s int4range GENERATED ALWAYS AS (int4range(id, id + 1)) STORED,
        ADD UNIQUE (r, s WITHOUT OVERLAPS);
    CREATE TABLE span (r int4range, s int4range, PRIMARY KEY (r, s WITHOUT OVERLAPS));
    CREATE TABLE part (r int4range, s int4range, FOREIGN KEY (r, PERIOD s) REFERENCES span (r, PERIOD s));
$x$; END IF; END $$;
SELECT is_so(18, 'UPDATE child SET parent_id = 3 - parent_id WHERE r && ''[1,9)'' AND s && ''[1,3)'' RETURNING id', '(1) (2) 1:2 2:1 3:3 4:-');
SELECT is_so(18, 'SELECT relmap.relationship(''span'', ''part'', ''part'', uselist => false)', '0A000 1:1 2:2 3:3 4:-');
SELECT is_so(18, 'SELECT relmap.relationship(''part'', ''span'', ''span'')', '0A000 1:1 2:2 3:3 4:-');

-- 19: ON CONFLICT DO SELECT: the clause decides
SELECT is_so(19, 'INSERT INTO child (id, parent_id) VALUES (5, 1) ON CONFLICT (parent_id) DO SELECT RETURNING id, parent_id', '(1,1) 1:1 2:2 3:3 4:-');
SELECT is_so(19, 'INSERT INTO child (id, parent_id) VALUES (4, 1) ON CONFLICT (id) DO SELECT FOR UPDATE RETURNING id, parent_id', '(4,) 1:1 2:2 3:3 4:-');
SELECT is_so(19, 'INSERT INTO child (id, parent_id) VALUES (5, 1) ON CONFLICT (id) DO SELECT RETURNING id, parent_id', '(5,1) 1:- 2:2 3:3 4:- 5:1');
SELECT is_so(19, 'INSERT INTO child (id, parent_id) VALUES (5, 4), (6, 4) ON CONFLICT (parent_id) DO SELECT RETURNING id', '(5) (5) 1:1 2:2 3:3 4:- 5:4');

DROP SCHEMA majors CASCADE;
