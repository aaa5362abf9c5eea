-- A condition or a list runs functions of its author's: never in the name of somebody else who declares, alters, restores or looks.
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/attack.sql'
\i :include
SET client_min_messages = error;
-- reading a constant is enough to run them: the CHECK of a domain in a row type
SET ROLE regress_relmap_mallory;
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
GRANT ALL ON m.p, m.c TO regress_relmap_victor;
SET ROLE regress_relmap_victor;
CREATE TABLE v.c (id int PRIMARY KEY, pid int REFERENCES m.p, n int, flag boolean);
INSERT INTO v.c VALUES (1, 1, 1, true), (2, 1, 1, false);
GRANT SELECT ON v.c TO regress_relmap_mallory;
SET ROLE regress_relmap_mallory;

-- on a table of her own
SELECT relmap.relationship('m.p', 'evils', 'm.c', condition => $$n > 0 AND m.yes('(5)'::m.comp) AND m.fold(1)$$);
SELECT relmap.relationship('m.p', 'evil', 'm.c', uselist => false, condition => $$flag AND m.yes('(5)'::m.comp) AND m.fold(1)$$,
    on_replace => $$set flag = false, n = m.value('(5)'::m.comp)$$);
-- and of victor's
SELECT relmap.relationship('m.p', 'theirs', 'v.c', condition => $$n > 0 AND m.yes('(5)'::m.comp) AND m.fold(1)$$, on_replace => $$set n = m.value('(5)'::m.comp)$$);
SELECT relmap.relationship('m.p', 'their', 'v.c', uselist => false, enforce => false, condition => $$n > 0 AND m.yes('(5)'::m.comp) AND m.fold(1)$$, on_replace => 'restrict');
RESET ROLE;
CREATE TABLE attack.saved AS SELECT * FROM :declarations;
ALTER TABLE attack.saved DROP COLUMN last_seen, DROP COLUMN watched;
SELECT name, enforce FROM attack.saved ORDER BY name;
TRUNCATE attack.ran;
RESET attack.by;

-- a superuser looks, alters, declares, draws and writes out
SELECT count(*) >= 0 FROM relmap.check();
SELECT count(*) FROM relmap.relationships;
SELECT length(relmap.models()) > 0, length(relmap.diagram('mermaid')) > 0;
SELECT count(*) >= 0 FROM relmap.automap(dry_run => true);
SELECT count(*) >= 0 FROM relmap.declarations();
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
:settings_left;
SELECT count(*) FROM relmap.violations('m.p', 'evil');
SELECT count(*) FROM relmap.violations('m.p', 'their');
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
SELECT relmap.alter_relationship('m.p', 'evils', doc => 'evils');
SELECT relmap.alter_relationship('m.p', 'evil', doc => 'evil');
SELECT relmap.alter_relationship('m.p', 'theirs', doc => 'theirs');
SELECT relmap.alter_relationship('m.p', 'their', enforce => true);
SELECT relmap.alter_relationship('m.p', 'evil', enforce => false);
SELECT relmap.alter_relationship('m.p', 'evil', enforce => true);
SELECT relmap.relationship('m.p', 'plain', 'm.c', backref => 'p');
SELECT relmap.relationship('v.c', 'p', 'm.p');
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
:settings_left;
-- her tables are changed
ALTER TABLE m.c RENAME n TO number;
ALTER TABLE m.c ALTER number TYPE bigint;
ALTER TYPE m.comp RENAME TO compound;
ALTER SCHEMA m RENAME TO mm;
ALTER SCHEMA mm RENAME TO m;
ALTER TYPE m.compound RENAME TO comp;
DROP INDEX m.nope;
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
:settings_left;
-- victor changes his
SET ROLE regress_relmap_victor;
SELECT relmap.relationship('v.c', 'q', 'm.p');
CREATE INDEX i ON v.c (n);
DROP INDEX v.i;
ALTER TABLE v.c RENAME n TO number;
ALTER TABLE v.c RENAME number TO n;
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
-- renames and drops of anybody's read all texts, as their authors
CREATE FUNCTION v.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION v.f() RENAME TO g;
DROP FUNCTION v.g();
CREATE SEQUENCE v.s;
ALTER SEQUENCE v.s RENAME TO t;
DROP SEQUENCE v.t;
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
:settings_left;
RESET ROLE;
SET session_replication_role = replica;
ALTER FUNCTION m.fold(int) RENAME TO folded;
RESET session_replication_role;
SELECT name, left(suspended, 40) FROM relmap.relationships WHERE suspended IS NOT NULL ORDER BY name;
SELECT count(*) > 0 FROM relmap.check() WHERE rule = 'text_unreadable';
SELECT relmap.alter_relationship('m.p', 'evil', doc => 'again');
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
ALTER FUNCTION m.folded(int) RENAME TO fold;
-- what is written into a table is evaluated as the writer, as a CHECK is: not as who owns the other table
SET ROLE regress_relmap_mallory;
SELECT relmap.assign(p, 'evil', c) FROM m.p p, m.c c WHERE c.id = 2;
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';

-- injection through either text
SET ROLE regress_relmap_victor;
CREATE TABLE v.p (id int PRIMARY KEY);
CREATE TABLE v.k (id int PRIMARY KEY, pid int REFERENCES v.p, note text, f boolean);
CREATE FUNCTION v.code(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT t, v.code(format('SELECT relmap.relationship(''v.p'', ''x'', ''v.k'', uselist => false, on_replace => ''nullify'', condition => %L)', t)),
       v.code(format('SELECT relmap.relationship(''v.p'', ''x'', ''v.k'', uselist => false, condition => ''f'', on_replace => %L)', 'set ' || t))
FROM (VALUES ('f); DROP TABLE v.k; --'), ('f; DROP TABLE v.k'), ('f -- '), ('f /* '), ('f) OR (true'), ('f AND (SELECT true)'), ('f = false, (SELECT 1)'),
    ('f = false WHERE true'), ('f = false RETURNING id'), ('f = false FROM v.p'), ('f = (SELECT false)'), ('f = false; --'), ('f = false, note = $1'),
    ('note = $$x$$) --'), ('f, note'), (''), (' '), ('f; COMMIT'), ('TRUE) UNION SELECT (true'), ('f ORDER BY 1'), ('f = CASE WHEN EXISTS (SELECT) THEN false END'),
    ('1'), ('v.k.f = false'), ('"f = false"'), ('f = pg_sleep(0)'), ('f COLLATE "x'), ('(f, note) = (SELECT false, 1)')) AS x (t);
SELECT count(*) FROM v.k;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'v.k'::regclass AND NOT tgisinternal;
-- quotes, dollars, backslashes and comments in constants stay what they are
SELECT relmap.relationship('v.p', 'odd', 'v.k', uselist => false, condition => $x$note <> E'it''s \\ "q" $$ -- \n*/ ;' AND f$x$,
    on_replace => $x$set note = E'a''b\\c''''); DROP TABLE v.k; --$$/*', f = NULL$x$);
INSERT INTO v.p VALUES (1);
INSERT INTO v.k VALUES (1, 1, 'n', true), (3, 1, E'it''s \\ "q" $$ -- \n*/ ;', true);
UPDATE v.k SET note = 'x' WHERE id = 3;
SELECT id, note FROM v.k ORDER BY id;
SELECT (v.odd(p)).id FROM v.p p;
ALTER TABLE v.k RENAME note TO "no; te";
SELECT condition, on_replace FROM relmap.relationships WHERE name = 'odd';
-- also where the session reads constants otherwise, as it could until 18
SELECT :SERVER_VERSION_NUM < 190000 AS has_old_strings \gset
\if :has_old_strings
SET standard_conforming_strings = off;
SET escape_string_warning = off;
\endif
SELECT (v.odd(p)).id FROM v.p p;
SELECT relmap.assign(p, 'odd', NULL::v.k) FROM v.p p;
ALTER TABLE v.k ADD other int;
ALTER TABLE v.k DROP other;
RESET standard_conforming_strings;
SELECT id, pid, "no; te" FROM v.k ORDER BY id;
SELECT condition, on_replace FROM relmap.relationships WHERE name = 'odd';
-- in rows that are made up, as a restore copies them
SELECT t, attack.forge('v.p', 'y', 'v.k', 'k_pid_fkey', '{pid}', jsonb_build_object('condition', t)) AS condition,
       attack.forge('v.p', 'z', 'v.k', 'k_pid_fkey', '{pid}', jsonb_build_object('uselist', false, 'on_replace', 'set ' || t)) AS list
FROM (VALUES ('f); DROP TABLE v.k; --'), ('f; SELECT 1'), ('f AND EXISTS (SELECT)'), ('f = false WHERE true'), ('f = (SELECT false)'), ('f /*'), ('f, f')) AS x (t);
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
DROP TABLE v.k, v.p;
DROP FUNCTION v.code;

-- a restore
RESET ROLE;
ALTER TABLE m.c RENAME number TO n;
DELETE FROM :declarations;
INSERT INTO :declarations SELECT * FROM attack.saved;
SELECT count(*) FROM :declarations;
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
ALTER TABLE v.c DROP CONSTRAINT c_pid_fkey;
DROP TABLE v.c;
SELECT relmap.drop_relationship('m.p', 'evil');
DROP TABLE m.c, m.p CASCADE;
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
\set include :srcdir '/sql/include/attack_end.sql'
\i :include
