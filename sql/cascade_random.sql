-- Random statements on two schemas: where relmap cascades and deletes orphans,
-- and where the foreign keys cascade and orphans are looked for.  They must
-- stay the same.
\set VERBOSITY terse
CREATE SCHEMA core_side;
CREATE SCHEMA relmap_side;
SET client_min_messages = warning;

CREATE PROCEDURE make(schema text, action text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', schema, false);
    EXECUTE replace($sql$
        CREATE TABLE parent (id int PRIMARY KEY, up int REFERENCES parent ACTION);
        CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent ACTION, favourite_of int REFERENCES parent ACTION);
        CREATE TABLE grandchild (id int PRIMARY KEY, child_id int REFERENCES child ACTION);
        ALTER TABLE parent ADD first_child int REFERENCES child ACTION;
        CREATE TABLE tag (id int PRIMARY KEY);
        CREATE TABLE child_tag (child_id int REFERENCES child ACTION, tag_id int REFERENCES tag ACTION, PRIMARY KEY (child_id, tag_id));
    $sql$, 'ACTION', action);
END $$;
CALL make('core_side', 'ON DELETE CASCADE');
CALL public.make('relmap_side', '');
SELECT relmap.relationship('parent', 'below', 'parent', cascade => 'all'),
       relmap.relationship('parent', 'children', 'child', foreign_keys => '{parent_id}', cascade => 'all, delete-orphan'),
       relmap.relationship('parent', 'favourites', 'child', foreign_keys => '{favourite_of}', cascade => 'all'),
       relmap.relationship('child', 'first_of', 'parent', foreign_keys => '{first_child}', cascade => 'all'),
       relmap.relationship('child', 'children', 'grandchild', cascade => 'all, delete-orphan'),
       relmap.relationship('child', 'tags', 'tag', secondary => 'child_tag', cascade => 'all',
                           backref => relmap.backref('children', cascade => 'all'));
SET search_path = public;

CREATE FUNCTION pick(highest int) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN random() < 0.15 THEN 'NULL' ELSE (1 + floor(random() * highest))::text END $$;
CREATE FUNCTION statement() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE floor(random() * 15)::int
        WHEN 0 THEN format('INSERT INTO parent SELECT g, nullif((g * 7) %% 12, 0) FROM generate_series(1, 11) g WHERE g %% 3 = %s %% 3 ON CONFLICT DO NOTHING', 1 + floor(random() * 9))
        WHEN 1 THEN format('INSERT INTO parent VALUES (%s, %s) ON CONFLICT DO NOTHING', 1 + floor(random() * 12), public.pick(12))
        WHEN 2 THEN format('INSERT INTO child VALUES (%s, %s, %s) ON CONFLICT DO NOTHING', 1 + floor(random() * 30), public.pick(12), public.pick(12))
        WHEN 3 THEN format('INSERT INTO child SELECT g, (SELECT min(id) FROM parent WHERE id >= g %% 12), NULL FROM generate_series(%s, 30) g ON CONFLICT DO NOTHING', 1 + floor(random() * 30))
        WHEN 4 THEN format('INSERT INTO grandchild SELECT g, (SELECT max(id) FROM child WHERE id <= g) FROM generate_series(%s, 40, 3) g ON CONFLICT DO NOTHING', 1 + floor(random() * 40))
        WHEN 5 THEN format('INSERT INTO tag SELECT generate_series(1, 5) ON CONFLICT DO NOTHING')
        WHEN 6 THEN format('INSERT INTO child_tag SELECT c.id, t.id FROM child c, tag t WHERE (c.id + t.id) %% 4 = %s ON CONFLICT DO NOTHING', floor(random() * 4))
        WHEN 7 THEN format('UPDATE parent SET up = %s, first_child = %s WHERE id = %s', public.pick(12), public.pick(30), 1 + floor(random() * 12))
        WHEN 8 THEN format('UPDATE child SET parent_id = %s WHERE id %% 5 = %s', public.pick(12), floor(random() * 5))
        WHEN 9 THEN format('UPDATE child SET favourite_of = %s WHERE id %% 5 = %s', public.pick(12), floor(random() * 5))
        WHEN 10 THEN format('DELETE FROM tag WHERE id = %s', public.pick(5))
        WHEN 11 THEN format('DELETE FROM child WHERE id %% 7 = %s', floor(random() * 7))
        WHEN 12 THEN format('UPDATE grandchild SET child_id = %s WHERE id %% 6 = %s', public.pick(30), floor(random() * 6))
        WHEN 13 THEN format('DELETE FROM parent WHERE id IN (%s, %s)', public.pick(12), public.pick(12))
        ELSE format('DELETE FROM parent WHERE id = %s', 1 + floor(random() * 12))
    END $$;
-- run it there, and see what is there then
CREATE FUNCTION run(schema text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n bigint := -1;
    state text := '00000';
    had_parent int[];
    had_child int[];
BEGIN
    PERFORM set_config('search_path', schema, false);
    had_parent := ARRAY(SELECT id FROM child WHERE parent_id IS NOT NULL);
    had_child := ARRAY(SELECT id FROM grandchild WHERE child_id IS NOT NULL);
    BEGIN
        EXECUTE statement;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF schema = 'core_side' THEN
            DELETE FROM child WHERE id = ANY (had_parent) AND parent_id IS NULL;
            DELETE FROM grandchild WHERE id = ANY (had_child) AND child_id IS NULL;
        ELSE
            SET CONSTRAINTS ALL IMMEDIATE;
            SET CONSTRAINTS ALL DEFERRED;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        state := SQLSTATE;
    END;
    RETURN concat_ws(' ', state, n,
        (SELECT string_agg(p::text, '' ORDER BY id) FROM parent p), (SELECT string_agg(c::text, '' ORDER BY id) FROM child c),
        (SELECT string_agg(g::text, '' ORDER BY id) FROM grandchild g), (SELECT string_agg(x::text, '' ORDER BY x) FROM child_tag x));
END $$;

CREATE TABLE tally (what text, n int);
DO $$
DECLARE
    s text;
    core text;
    ours text;
BEGIN
    PERFORM setseed(0.42);
    FOR i IN 1 .. 600 LOOP
        s := public.statement();
        core := public.run('core_side', s);
        ours := public.run('relmap_side', s);
        IF core <> ours THEN
            RAISE EXCEPTION 'differs after %', s USING DETAIL = format(E'core:   %s\nrelmap: %s', core, ours);
        END IF;
        INSERT INTO public.tally VALUES (left(s, 6) || ' ' || left(core, 5), 1);
    END LOOP;
END $$;
SET search_path = public;
-- each kind of statement has met each kind of answer
SELECT what, count(*) > 10 AS often FROM tally WHERE what <> 'UPDATE 23503' GROUP BY what ORDER BY what;

DROP SCHEMA core_side, relmap_side CASCADE;
DROP TABLE tally;
DROP PROCEDURE make;
DROP FUNCTION pick, statement, run;
DELETE FROM relmap_internal.relationship;
