-- A condition or a list runs functions of its author's: never in the name of somebody else who declares, alters, restores or looks.
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/attack.sql'
\i :include
SET client_min_messages = error;
-- reading a constant is enough to run them: the CHECK of a domain in a row type
SET ROLE relmap_mallory;
CREATE FUNCTION m.look(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.run(); RETURN true; END $$;
CREATE DOMAIN m.evil AS int CHECK (m.look(VALUE));
CREATE TYPE m.comp AS (x m.evil);
CREATE FUNCTION m.yes(m.comp) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION m.value(m.comp) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION m.fold(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT attack.evil(1) = 1';
GRANT USAGE ON SCHEMA m TO PUBLIC;
CREATE TABLE m.p (id int PRIMARY KEY);
CREATE TABLE m.c (id int PRIMARY KEY, pid int REFERENCES m.p, n int, flag boolean);
INSERT INTO m.p VALUES (1);
INSERT INTO m.c VALUES (1, 1, 1, true), (2, 1, 1, false);
GRANT ALL ON m.p, m.c TO relmap_victor;
SET ROLE relmap_victor;
CREATE TABLE v.c (id int PRIMARY KEY, pid int REFERENCES m.p, n int, flag boolean);
INSERT INTO v.c VALUES (1, 1, 1, true), (2, 1, 1, false);
GRANT SELECT ON v.c TO relmap_mallory;
SET ROLE relmap_mallory;

-- on a table of her own
SELECT relmap.relationship('m.p', 'evils', 'm.c', condition => $$n > 0 AND m.yes('(5)'::m.comp) AND m.fold(1)$$);
SELECT relmap.relationship('m.p', 'evil', 'm.c', uselist => false, condition => $$flag AND m.yes('(5)'::m.comp) AND m.fold(1)$$,
    on_replace => $$set flag = false, n = m.value('(5)'::m.comp)$$);
-- and of victor's
SELECT relmap.relationship('m.p', 'theirs', 'v.c', condition => $$n > 0 AND m.yes('(5)'::m.comp) AND m.fold(1)$$, on_replace => $$set n = m.value('(5)'::m.comp)$$);
SELECT relmap.relationship('m.p', 'their', 'v.c', uselist => false, enforce => false, condition => $$n > 0 AND m.yes('(5)'::m.comp) AND m.fold(1)$$, on_replace => 'restrict');
RESET ROLE;
CREATE TABLE attack.saved AS SELECT * FROM :declarations;
ALTER TABLE attack.saved DROP COLUMN last_seen;
SELECT name, enforce FROM attack.saved ORDER BY name;
TRUNCATE attack.ran;

-- a superuser looks, alters, declares, draws and writes out
SELECT count(*) >= 0 FROM relmap.check();
SELECT count(*) FROM relmap.relationships;
SELECT length(relmap.models()) > 0, length(relmap.diagram('mermaid')) > 0;
SELECT count(*) >= 0 FROM relmap.automap(dry_run => true);
SELECT count(*) >= 0 FROM relmap.declarations();
SELECT who FROM attack.ran WHERE who <> 'relmap_mallory';
SELECT count(*) FROM relmap.violations('m.p', 'evil');
SELECT count(*) FROM relmap.violations('m.p', 'their');
SELECT who FROM attack.ran WHERE who <> 'relmap_mallory';
SELECT relmap.alter_relationship('m.p', 'evils', doc => 'evils');
SELECT relmap.alter_relationship('m.p', 'evil', doc => 'evil');
SELECT relmap.alter_relationship('m.p', 'theirs', doc => 'theirs');
SELECT relmap.alter_relationship('m.p', 'their', enforce => true);
SELECT relmap.alter_relationship('m.p', 'evil', enforce => false);
SELECT relmap.alter_relationship('m.p', 'evil', enforce => true);
SELECT relmap.relationship('m.p', 'plain', 'm.c', backref => 'p');
SELECT relmap.relationship('v.c', 'p', 'm.p');
SELECT who FROM attack.ran WHERE who <> 'relmap_mallory';
-- her tables are changed
ALTER TABLE m.c RENAME n TO number;
ALTER TABLE m.c ALTER number TYPE bigint;
ALTER TYPE m.comp RENAME TO compound;
ALTER SCHEMA m RENAME TO mm;
ALTER SCHEMA mm RENAME TO m;
ALTER TYPE m.compound RENAME TO comp;
DROP INDEX m.nope;
SELECT who FROM attack.ran WHERE who <> 'relmap_mallory';
-- victor changes his
SET ROLE relmap_victor;
SELECT relmap.relationship('v.c', 'q', 'm.p');
CREATE INDEX i ON v.c (n);
DROP INDEX v.i;
ALTER TABLE v.c RENAME n TO number;
ALTER TABLE v.c RENAME number TO n;
SELECT who FROM attack.ran WHERE who <> 'relmap_mallory';
-- a restore
RESET ROLE;
ALTER TABLE m.c RENAME number TO n;
DELETE FROM :declarations;
INSERT INTO :declarations SELECT * FROM attack.saved;
SELECT count(*) FROM :declarations;
SELECT who FROM attack.ran WHERE who <> 'relmap_mallory';
ALTER TABLE v.c DROP CONSTRAINT c_pid_fkey;
DROP TABLE v.c;
SELECT relmap.drop_relationship('m.p', 'evil');
DROP TABLE m.c, m.p CASCADE;
SELECT who FROM attack.ran WHERE who <> 'relmap_mallory';
\set include :srcdir '/sql/include/attack_end.sql'
\i :include
