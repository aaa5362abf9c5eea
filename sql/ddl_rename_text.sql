-- Conditions and lists follow the renaming of what they name, and tell of what is gone.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA rename_text;
CREATE SCHEMA rename_text_2;
SET search_path = rename_text;
CREATE FUNCTION is_it(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 = 'it' $$;
CREATE FUNCTION next_note(text) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT coalesce($1, '') || 'x' $$;
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN word AS text;
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION pair_is(pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 IS NOT NULL';
CREATE COLLATION plain FROM "C";
CREATE SEQUENCE numbers;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, note text, m mood, p pair, n bigint, flag boolean)
    PARTITION BY HASH (id);
DROP TABLE child;
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, note text, m mood, p pair, n bigint, flag boolean);
SELECT relmap.relationship('parent', 'a', 'child', uselist => false, condition => 'is_it(note) AND note === ''it''', on_replace => 'set note = next_note(note)');
SELECT relmap.relationship('parent', 'b', 'child', uselist => false, condition => 'm = ''good''', on_replace => 'set m = ''bad'', n = nextval(''numbers'')');
SELECT relmap.relationship('parent', 'c', 'child', condition => 'note::word > ''a'' COLLATE plain AND (p).a = 1 AND pair_is(p)');
SELECT relmap.relationship('parent', 'd', 'child', keyed_by => '{n}', on_replace => 'set n = ''-1''::int - id');
-- a trigger without declaration, and one whose table has partitions
CREATE TABLE other (id int, parent_id int REFERENCES parent, note text, flag boolean) PARTITION BY LIST (parent_id);
CREATE TABLE other_1 PARTITION OF other FOR VALUES IN (1);
SELECT relmap.relationship('parent', 'e', 'other', uselist => false, condition => 'rename_text.is_it(note)', on_replace => 'set note = NULL');
CREATE TABLE third (id int, parent_id int REFERENCES parent, note text);
CREATE UNIQUE INDEX ON third (parent_id) WHERE is_it(note);
CREATE TRIGGER alone BEFORE INSERT OR UPDATE ON third FOR EACH ROW
    EXECUTE FUNCTION relmap_internal.slot_set('parent_id', '', 'rename_text.is_it(note)', 'note = rename_text.next_note(note)');

CREATE FUNCTION rename_text_2.texts() RETURNS TABLE (name text, condition text, list text, triggers text) LANGUAGE sql AS $$
    SELECT r.name, r.condition, r.on_replace,
           (SELECT string_agg(DISTINCT t.x, '; ') FROM pg_trigger, LATERAL (SELECT substring(pg_get_triggerdef(oid) FROM 'slot_.*')) t (x)
            WHERE tgrelid IN (r.target, to_regclass('rename_text.other_1')) AND tgrelid::regclass::text ~ right(split_part(r.target::text, '.', -1), 4)
              AND strpos(t.x, replace(coalesce(r.condition, substr(r.on_replace, 5)), '''', '''''')) > 0) IS NOT NULL
    FROM relmap.relationships r WHERE r.source::regclass::text ~ 'parent$' ORDER BY 1 $$;
CREATE FUNCTION rename_text_2.wrong() RETURNS SETOF text LANGUAGE sql AS
    $$ SELECT concat_ws(' | ', name, problem) FROM relmap.check() WHERE severity = 'error' AND rule <> 'declaration_missing' $$;
SET search_path = rename_text, rename_text_2;
SELECT * FROM texts();
SELECT prosrc FROM pg_proc WHERE prosrc LIKE '/* relmap */%c.*%note%';

-- each kind
ALTER FUNCTION is_it(text) RENAME TO "is That";
ALTER ROUTINE next_note(text) RENAME TO other_note;
ALTER OPERATOR === (text, text) SET SCHEMA rename_text_2;
ALTER TYPE mood RENAME VALUE 'good' TO 'well';
ALTER TYPE mood RENAME TO temper;
ALTER DOMAIN word RENAME TO letters;
ALTER TYPE pair RENAME ATTRIBUTE a TO first;
ALTER FUNCTION pair_is(pair) SET SCHEMA rename_text_2;
ALTER COLLATION plain RENAME TO simple;
ALTER SEQUENCE numbers RENAME TO figures;
SELECT * FROM texts();
SELECT prosrc FROM pg_proc WHERE prosrc LIKE '/* relmap */%c.*%note%';
SELECT * FROM wrong();
ALTER TABLE figures SET SCHEMA rename_text_2;
ALTER SCHEMA rename_text_2 RENAME TO rename_text_3;
ALTER SCHEMA rename_text RENAME TO rename_text_4;
SET search_path = rename_text_4, rename_text_3;
ALTER TABLE child RENAME note TO "Note";
ALTER TABLE child RENAME TO kid;
ALTER TABLE kid RENAME TO child;
SELECT name, condition, on_replace FROM relmap.relationships ORDER BY name;
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'alone';
SELECT * FROM wrong();
-- all of them work
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (1, 1, 'it', 'well', '(1,2)', 5), (2, 1, 'it', 'well', '(1,2)', 6), (3, 1, 'z', NULL, '(1,2)', 6);
SELECT * FROM child ORDER BY id;
SELECT c.id FROM parent p, c(p) c ORDER BY id;
INSERT INTO other VALUES (1, 1, 'it'), (2, 1, 'it');
SELECT id, note FROM other ORDER BY id;
INSERT INTO third VALUES (1, 1, 'it'), (2, 1, 'it');
SELECT id, note FROM third ORDER BY id;
-- rolled back, also in part
BEGIN;
SAVEPOINT s;
ALTER FUNCTION "is That"(text) RENAME TO x;
ROLLBACK TO s;
ALTER FUNCTION "is That"(text) RENAME TO y;
SELECT condition FROM relmap.relationships WHERE name = 'e';
ALTER FUNCTION missing(text) RENAME TO z;
ROLLBACK;
SELECT condition FROM relmap.relationships WHERE name = 'e';
-- an extension, and a rename inside of a function
CREATE FUNCTION rename_it() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER FUNCTION "is That"(text) RENAME TO is_it; END $$;
SELECT rename_it();
SELECT condition FROM relmap.relationships WHERE name = 'e';

-- where nobody saw it: nothing is replaced, check() takes it from the index
SET session_replication_role = replica;
ALTER FUNCTION is_it(text) RENAME TO was_it;
RESET session_replication_role;
SELECT name, suspended FROM relmap.relationships WHERE suspended IS NOT NULL ORDER BY 1;
INSERT INTO child VALUES (5, 1, 'it', NULL, NULL, NULL);
INSERT INTO child VALUES (6, 1, 'it', NULL, NULL, NULL);
SELECT c.name, c.problem, c.statement FROM relmap.check() c WHERE severity = 'error' AND rule <> 'declaration_missing' ORDER BY 1;
-- the siblings are not hurt by it
SELECT relmap.alter_relationship('parent', 'b', doc => 'b');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'child'::regclass AND NOT tgisinternal;
SELECT name, own_constraint FROM relmap_internal.relationship ORDER BY name;
SELECT statement FROM relmap.check() WHERE severity = 'error' AND rule <> 'declaration_missing' ORDER BY name \gexec
SELECT * FROM wrong();
SELECT name, condition, suspended, unique_index FROM relmap.relationships WHERE name IN ('a', 'e') ORDER BY name;
SELECT name, own_constraint FROM relmap_internal.relationship ORDER BY name;
INSERT INTO child VALUES (7, 1, 'it', NULL, NULL, NULL);
SELECT id, "Note" FROM child WHERE id > 4 ORDER BY id;
-- without an argument, too; and a declaration is dropped with all that is its own
SET session_replication_role = replica;
ALTER FUNCTION was_it(text) RENAME TO is_it;
RESET session_replication_role;
SELECT relmap.alter_relationship('parent', 'a');
SELECT condition, suspended FROM relmap.relationships WHERE name = 'a';
SELECT relmap.drop_relationship('parent', 'e');
SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'other'::regclass;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'other'::regclass AND NOT tgisinternal;

-- dropped: what only a list needs suspends it, and says so; the index of a condition goes with what it needs
SET client_min_messages = notice;
\set VERBOSITY default
DROP FUNCTION other_note(text);
SELECT name, suspended FROM relmap.relationships WHERE suspended IS NOT NULL ORDER BY 1;
SELECT name, problem, statement FROM relmap.check() WHERE severity = 'error' AND rule <> 'declaration_missing';
SELECT statement FROM relmap.check() WHERE severity = 'error' AND rule <> 'declaration_missing' \gset
:statement
SELECT name, problem, statement FROM relmap.check() WHERE severity = 'error' AND rule <> 'declaration_missing';
DROP SEQUENCE figures;
DROP FUNCTION is_it(text) CASCADE;
SELECT name, suspended FROM relmap.relationships WHERE suspended IS NOT NULL ORDER BY 1;
SELECT name, problem, statement FROM relmap.check() WHERE severity = 'error' AND rule <> 'declaration_missing';
SELECT relmap.alter_relationship('parent', 'a', condition => 'flag', on_replace => 'set flag = false');
SELECT name, suspended FROM relmap.relationships WHERE suspended IS NOT NULL ORDER BY 1;
-- a column that only a list has suspends, one of the condition ends it
SELECT relmap.alter_relationship('parent', 'a', on_replace => 'set flag = false, p = NULL');
ALTER TABLE child DROP p CASCADE;
SELECT name, suspended FROM relmap.relationships ORDER BY 1;
ALTER TABLE child DROP flag;
SELECT name, suspended FROM relmap.relationships ORDER BY 1;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'child'::regclass AND NOT tgisinternal;
SET client_min_messages = warning;
DROP SCHEMA rename_text_4, rename_text_3 CASCADE;
