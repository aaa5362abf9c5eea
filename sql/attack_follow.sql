-- Following DDL: rows that are made up keep no one's relationships from following, and nobody acts for somebody else.
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/attack.sql'
\i :include
SET client_min_messages = error;
SET ROLE regress_relmap_victor;
CREATE TABLE v.p (id int PRIMARY KEY);
CREATE TABLE v.c (id int PRIMARY KEY, pid int REFERENCES v.p);
GRANT SELECT, REFERENCES ON v.p, v.c TO regress_relmap_mallory;
SELECT relmap.relationship('v.p', 'c', 'v.c', uselist => false, cascade => 'all, delete-orphan', backref => 'p');
SELECT relmap.relationship('v.p', 'all', 'v.c', order_by => 'pid, id');
INSERT INTO v.p VALUES (1), (2);
INSERT INTO v.c VALUES (11, 1), (12, 2);
CREATE TYPE v.t AS ENUM ('a');

-- rows that name victor's keys, with functions that look like accessors
SET ROLE regress_relmap_mallory;
CREATE TABLE m.a (id int PRIMARY KEY, "all" int);
SELECT attack.forge('m.a', 'x' || n, 'v.c', 'c_pid_fkey', '{pid}', '{"accessor": true}') FROM generate_series(1, 5) n;
SELECT attack.forge('m.a', 'y', 'v.p', 'c_pid_fkey', '{pid}', '{"accessor": true, "uselist": false, "direction": "MANYTOONE"}');
SELECT attack.forge('m.a', 'z', 'v.p', 'c_pid_fkey', '{pid}', '{"accessor": true, "direction": "MANYTOMANY", "secondary": "v.c", "secondary_key": "c_pid_fkey"}');
DO $$
BEGIN
    FOR n IN 1 .. 5 LOOP
        EXECUTE format($f$ CREATE FUNCTION m.x%s(m.a) RETURNS SETOF v.c LANGUAGE sql AS '/* relmap */ SELECT * FROM v.c' $f$, n);
    END LOOP;
    CREATE FUNCTION m.y(m.a) RETURNS v.p LANGUAGE sql AS '/* relmap */ SELECT NULL::v.p';
    CREATE FUNCTION m.z(m.a) RETURNS SETOF v.p LANGUAGE sql AS '/* relmap */ SELECT * FROM v.p';
END $$;

-- victor renames
SET client_min_messages = warning;
SET ROLE regress_relmap_victor;
ALTER TABLE v.c RENAME pid TO parent_id;
ALTER TABLE v.c RENAME CONSTRAINT c_pid_fkey TO key;
ALTER TABLE v.c RENAME CONSTRAINT c_pid_key TO one;
ALTER TABLE v.p RENAME TO parents;
ALTER TABLE v.parents RENAME TO p;
SELECT name, foreign_key, foreign_columns, order_by, own_constraint FROM :declarations WHERE source IN ('v.p'::regclass, 'v.c'::regclass) ORDER BY name;
SELECT tgname, encode(tgargs, 'escape') FROM pg_trigger WHERE tgrelid IN ('v.p'::regclass, 'v.c'::regclass) AND NOT tgisinternal ORDER BY 1;
INSERT INTO v.c VALUES (13, 1);
SELECT * FROM v.c ORDER BY 1;
SELECT c.id FROM v.p p, v."all"(p) c ORDER BY 1;
DELETE FROM v.p WHERE id = 1;
SELECT * FROM v.c ORDER BY 1;
-- what mallory has made up is as it was
SET ROLE regress_relmap_mallory;
SELECT count(*) FROM :declarations WHERE source = 'm.a'::regclass AND foreign_key = 'c_pid_fkey' AND foreign_columns = '{pid}';
SELECT count(*) FROM pg_proc WHERE pronamespace = 'm'::regnamespace AND proowner = 'regress_relmap_mallory'::regrole;

-- nor is it dropped with what it never depended on, or drops what victor has
SELECT attack.forge('m.a', 'drop', 'v.c', 'chk', '{parent_id}'), attack.forge('m.a', 'drop_key', 'v.c', 'other', '{parent_id}');
SET ROLE regress_relmap_victor;
CREATE TABLE v.other (id int PRIMARY KEY);
ALTER TABLE v.c ADD CONSTRAINT chk CHECK (id > 0), ADD CONSTRAINT other FOREIGN KEY (parent_id) REFERENCES v.other NOT VALID;
ALTER TABLE v.c DROP CONSTRAINT other;
ALTER TABLE v.c DROP CONSTRAINT chk;
SELECT tgname FROM pg_trigger WHERE tgrelid IN ('v.p'::regclass, 'v.c'::regclass) AND NOT tgisinternal ORDER BY 1;

-- a command of a superuser's on something else moves no function into a schema of somebody else's
RESET ROLE;
CREATE TABLE v.mt (id int PRIMARY KEY);
ALTER TABLE v.mt OWNER TO regress_relmap_mallory;
SET ROLE regress_relmap_mallory;
CREATE TABLE m.c (id int PRIMARY KEY, pid int REFERENCES v.mt);
CREATE FUNCTION m.f(v.mt) RETURNS SETOF m.c LANGUAGE sql AS '/* relmap */ SELECT * FROM m.c';
SELECT attack.forge('v.mt', 'f', 'm.c', 'c_pid_fkey', '{pid}', '{"accessor": true}');
CREATE FUNCTION m.g(m.c) RETURNS v.mt LANGUAGE sql AS '/* relmap */ SELECT NULL::v.mt';
SELECT attack.forge('m.c', 'g', 'v.mt', 'c_pid_fkey', '{pid}', '{"accessor": true, "direction": "MANYTOONE", "uselist": false}');
RESET ROLE;
ALTER TYPE v.t RENAME VALUE 'a' TO 'b';
ALTER TYPE v.t RENAME TO u;
ALTER SCHEMA attack OWNER TO CURRENT_USER;
SELECT oid::regprocedure FROM pg_proc WHERE proname IN ('f', 'g') AND pronamespace::regnamespace::text IN ('m', 'v') ORDER BY 1;

-- one warning for a command, however many rows can't follow
SET ROLE regress_relmap_mallory;
SELECT count(attack.forge('v.mt', 'w' || n, 'm.c', 'c_pid_fkey', '{pid}', '{"accessor": true}')) FROM generate_series(1, 300) n;
DO $$
BEGIN
    FOR n IN 1 .. 300 LOOP
        EXECUTE format($f$ CREATE FUNCTION m.w%s(v.mt) RETURNS SETOF m.c LANGUAGE sql AS '/* relmap */ SELECT * FROM m.c' $f$, n);
    END LOOP;
END $$;
\set VERBOSITY terse
ALTER TABLE v.mt ADD COLUMN note text;
\set VERBOSITY default
\set include :srcdir '/sql/include/attack_end.sql'
\i :include
