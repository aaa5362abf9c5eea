-- Nine ORMs: whatever order they write in, the database ends as their objects say
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
DROP TABLE child CASCADE;
CREATE TABLE child (
    id        serial PRIMARY KEY,
    name      text,
    parent_id bigint UNIQUE REFERENCES parent
);
CREATE OR REPLACE FUNCTION fresh() RETURNS void LANGUAGE sql AS $$
    TRUNCATE t.child RESTART IDENTITY;
    INSERT INTO t.child (name, parent_id) VALUES ('a', 1), ('b', 2);
$$;
\set orms :abs_srcdir '/sql/include/orms.sql'
-- row counts count: an ORM checks those of its own DELETE and UPDATE
\set QUIET 0

-- nullify: the replaced child stays, without parent
SELECT one_to_one('child');
\set replaced '1:- 2:2 3:1'
\set deleted '2:2 3:1'
\set swapped '1:2 2:1'
\set moved '1:2 2:-'
\set stale '1:1 2:2 3:-'
\i :orms

-- delete-orphan: the replaced child is gone at COMMIT, an ORM that deletes it itself finds it before
DROP TABLE child CASCADE;
CREATE TABLE child (
    id        serial PRIMARY KEY,
    name      text,
    parent_id bigint UNIQUE REFERENCES parent
);
SELECT one_to_one('child', policy => 'delete');
\set replaced '2:2 3:1'
\set moved '1:2'
\set stale '2:2 3:1'
\i :orms
\set QUIET 1

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
