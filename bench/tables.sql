-- The tables of one way to keep a one-to-one, in a schema of that name:
--   plain        FOREIGN KEY and UNIQUE, nothing else
--   deferrable   the same, UNIQUE being DEFERRABLE
--   relmap       declared
--   plpgsql      with the trigger that people write by hand
-- Variables: way, scale (how many rows there will be).
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS relmap;
SELECT 'with_' || :'way' AS schema, :'way' = 'deferrable' AS deferrable, :'way' = 'relmap' AS declared,
    :'way' = 'plpgsql' AS written \gset
CREATE SCHEMA :"schema";
SET search_path = :"schema";

CREATE TABLE parent (id int PRIMARY KEY, name text);
INSERT INTO parent SELECT i, 'parent ' || i FROM generate_series(1, :scale + 1) i;
-- a row's first lock costs more than those that follow
SELECT count(*) AS parents FROM (SELECT FROM parent FOR KEY SHARE) locked \gset

CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, v int, name text);
\if :deferrable
    ALTER TABLE child ADD UNIQUE (parent_id) DEFERRABLE;
\else
    ALTER TABLE child ADD UNIQUE (parent_id);
\endif
\if :declared
    SELECT relmap.relationship('child', 'parent', 'parent',
        backref => relmap.backref('child', uselist => false)) AS declared \gset
\endif
\if :written
    \ir trigger.sql
\endif

-- the rows that replace
CREATE TABLE arrival (LIKE child);
INSERT INTO arrival SELECT :scale + i, i, 0, 'child ' || i FROM generate_series(1, :scale) i;
