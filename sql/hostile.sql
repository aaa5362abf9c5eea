-- Hostile names, search_path, operators, functions, casts and rows change nothing.
\set VERBOSITY terse

\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset tuples_only on
\pset format unaligned

-- names: quotes, format specifiers, newlines, SQL
CREATE FUNCTION pg_temp.hostile(what text) RETURNS text LANGUAGE sql AS $$
    SELECT what || E'''"%s%n\n\\; DROP TABLE t; --$1{}';
$$;
SELECT quote_ident(pg_temp.hostile('s')) AS s, quote_ident(pg_temp.hostile('p')) AS p, quote_ident(pg_temp.hostile('c')) AS c,
       quote_ident(pg_temp.hostile('fk')) AS fk, quote_ident(pg_temp.hostile('col')) AS col, quote_ident(pg_temp.hostile('id')) AS id,
       quote_ident(pg_temp.hostile('name')) AS name, quote_ident(pg_temp.hostile('new')) AS new \gset
CREATE SCHEMA :s;
SET search_path = :s;
CREATE TABLE :p (:id int PRIMARY KEY);
CREATE TABLE :c (:id int PRIMARY KEY, :col int CONSTRAINT :fk REFERENCES :p);
SELECT relmap.relationship(:'p', pg_temp.hostile('name'), :'c', uselist => false, cascade => 'all, delete-orphan',
    foreign_keys => ARRAY[pg_temp.hostile('col')], backref => relmap.backref(pg_temp.hostile('up')),
    doc => pg_temp.hostile('doc'), info => to_jsonb(pg_temp.hostile('info')));
SELECT relmap.relationship(:'p', pg_temp.hostile('all'), :'c', foreign_keys => ARRAY[pg_temp.hostile('fk')],
    order_by => :'col' || ' DESC, ' || :'id');
SELECT relmap.relationship(:'p', 'loose', :'c', uselist => false, enforce => false, accessor => false);
INSERT INTO :p VALUES (1), (2);
INSERT INTO :c VALUES (11, 1), (12, 1), (13, 2);
SELECT * FROM :c ORDER BY 1;
SELECT (p.:name).:id FROM :p p ORDER BY 1;
SELECT pg_get_function_result(oid) = 'SETOF ' || :'c' AS returns FROM pg_proc WHERE proname = pg_temp.hostile('all');
SELECT count(*) FROM relmap.relationships WHERE doc = pg_temp.hostile('doc') AND local_columns = ARRAY[pg_temp.hostile('id')];
SELECT problem, severity FROM relmap.check(pg_temp.hostile('s'));
SELECT * FROM relmap.violations(:'p', 'loose');
SELECT relmap.alter_relationship(:'p', pg_temp.hostile('name'), new_name => pg_temp.hostile('other'));
ALTER TABLE :c RENAME :col TO :new;
ALTER TABLE :c RENAME CONSTRAINT :fk TO :new;
ALTER TABLE :c RENAME TO :new;
INSERT INTO :new VALUES (14, 1);
SELECT * FROM :new ORDER BY 1;
SELECT relmap.drop_relationship(:'p', pg_temp.hostile('all'));
ALTER TABLE :new DROP COLUMN :new;
SELECT count(*) FROM relmap_internal.relationship;
DROP SCHEMA :s CASCADE;

-- a search_path full of traps: whatever they catch raises an error
CREATE SCHEMA hostile;
CREATE SCHEMA trap;
SET search_path = hostile;
CREATE DOMAIN key AS int;
CREATE TABLE parent (id key PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id key REFERENCES parent, "At" date);
CREATE TABLE many (parent_id int REFERENCES parent, child_id int REFERENCES child ON DELETE CASCADE);
INSERT INTO parent VALUES (1), (2);
CREATE FUNCTION trap.sprung() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
DO $do$
DECLARE
    t text;
    o text;
    f record;
BEGIN
    FOREACH t IN ARRAY ARRAY['int', 'text', 'name', 'oid', 'bigint', 'regclass', 'smallint', 'hostile.key', '"char"', 'boolean', 'jsonb'] LOOP
        EXECUTE format('CREATE FUNCTION trap.op(%1$s, %1$s) RETURNS boolean LANGUAGE sql AS ''SELECT trap.sprung()''', t);
        FOREACH o IN ARRAY ARRAY['=', '<>', '>', '||', '@>', '->>'] LOOP
            EXECUTE format('CREATE OPERATOR trap.%2$s (leftarg = %1$s, rightarg = %1$s, function = trap.op)', t, o);
        END LOOP;
    END LOOP;
    EXECUTE 'CREATE FUNCTION trap.op(int, bigint) RETURNS boolean LANGUAGE sql AS ''SELECT trap.sprung()''';
    EXECUTE 'CREATE OPERATOR trap.= (leftarg = int, rightarg = bigint, function = trap.op)';
    EXECUTE 'CREATE FUNCTION trap.op(bigint, int) RETURNS boolean LANGUAGE sql AS ''SELECT trap.sprung()''';
    EXECUTE 'CREATE OPERATOR trap.> (leftarg = bigint, rightarg = int, function = trap.op)';
    -- functions of the names that relmap's own SQL calls
    FOR f IN SELECT DISTINCT proname, pg_get_function_identity_arguments(oid) AS args FROM pg_proc
             WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset
               AND proname IN ('format', 'starts_with', 'quote_ident', 'quote_literal', 'jsonb_build_object', 'to_jsonb',
                   'pg_get_triggerdef', 'array_to_string', 'coalesce', 'convert_to', 'getdatabaseencoding', 'int4', 'int4eq',
                   'has_table_privilege', 'pg_event_trigger_dropped_objects')
               AND pg_get_function_identity_arguments(oid) !~ 'VARIADIC "any"|internal' LOOP
        EXECUTE format('CREATE FUNCTION trap.%I(%s) RETURNS text LANGUAGE sql AS ''SELECT trap.sprung()::text''', f.proname, f.args);
    END LOOP;
    EXECUTE 'CREATE VIEW trap.pg_class AS SELECT trap.sprung() AS oid';
    EXECUTE 'CREATE VIEW trap.pg_proc AS SELECT trap.sprung() AS oid';
    EXECUTE 'CREATE VIEW trap.pg_constraint AS SELECT trap.sprung() AS oid';
    EXECUTE 'CREATE VIEW trap.relationship AS SELECT trap.sprung() AS source';
    EXECUTE 'CREATE DOMAIN trap.int4 AS int CHECK (trap.sprung())';
    EXECUTE 'CREATE DOMAIN trap.text AS text CHECK (trap.sprung())';
    EXECUTE 'CREATE FUNCTION trap.parent(hostile.child) RETURNS int LANGUAGE sql AS ''SELECT trap.sprung()::int''';
END $do$;
CREATE FUNCTION trap.cast_key(int) RETURNS text LANGUAGE sql AS 'SELECT trap.sprung()::text';
CREATE CAST (int AS text) WITH FUNCTION trap.cast_key(int) AS ASSIGNMENT;

-- the trap works
SET search_path = trap, pg_catalog;
SELECT 1 = 1;
-- everything is called
SELECT relmap.relationship('hostile.parent', 'child', 'hostile.child', uselist => false, cascade => 'all, delete-orphan',
    backref => relmap.backref('mother'));
SELECT relmap.relationship('hostile.parent', 'children', 'hostile.child', order_by => '"At" DESC');
SELECT relmap.relationship('hostile.parent', 'loose', 'hostile.child', uselist => false, enforce => false);
SELECT relmap.relationship('hostile.parent', 'friends', 'hostile.child', secondary => 'hostile.many');
INSERT INTO hostile.child VALUES (11, 1);
INSERT INTO hostile.child VALUES (12, 1), (13, 2);
UPDATE hostile.child SET parent_id = CASE WHEN parent_id OPERATOR(pg_catalog.=) 1 THEN 2 ELSE 1 END;
INSERT INTO hostile.many VALUES (1, 12);
SELECT id, parent_id FROM hostile.child ORDER BY 1;
SELECT hostile.child(p), hostile.loose(p) FROM hostile.parent p;
SELECT p.id, c.id FROM hostile.parent p, hostile.children(p) c ORDER BY 1;
SELECT p.id, c.id FROM hostile.parent p, hostile.friends(p) c ORDER BY 1;
SELECT (hostile.mother(c)).id FROM hostile.child c ORDER BY 1;
SELECT name, enforced FROM relmap.relationships ORDER BY 1;
SELECT name, problem FROM relmap.check('hostile') ORDER BY 1, 2;
SELECT * FROM relmap.violations('hostile.parent', 'loose');
SELECT name, kind FROM relmap.automap('hostile', true) ORDER BY 1;
SELECT name, kind FROM relmap.automap('hostile') ORDER BY 1;
SELECT relmap.load(p, 'children.mother', 'loose', 'friends', 'child') FROM hostile.parent p;
SELECT length(relmap.diagram('mermaid', 'hostile')) OPERATOR(pg_catalog.>) 0, length(relmap.diagram('dot', 'hostile')) OPERATOR(pg_catalog.>) 0,
       length(relmap.models('sqlalchemy', 'hostile')) OPERATOR(pg_catalog.>) 0;
SELECT relmap.alter_relationship('hostile.parent', 'child', on_replace => 'restrict');
SELECT relmap.alter_relationship('hostile.parent', 'child', uselist => true);
SELECT relmap.alter_relationship('hostile.parent', 'child', uselist => false);
INSERT INTO hostile.child VALUES (14, 1);
ALTER TABLE hostile.child RENAME parent_id TO mother_id;
ALTER TABLE hostile.child ALTER mother_id TYPE bigint;
SELECT p.id, c.id FROM hostile.parent p, hostile.children(p) c ORDER BY 1;
ALTER TABLE hostile.child DROP COLUMN "At";
DELETE FROM hostile.child;
SELECT relmap.drop_relationship('hostile.parent', 'children');
ALTER TABLE hostile.child DROP CONSTRAINT child_parent_id_fkey;
SELECT name FROM relmap.relationships ORDER BY 1;
RESET search_path;
DROP CAST (int AS text);
DROP SCHEMA trap CASCADE;

-- rows of the catalog that an owner makes up become part of nobody's query
\set VERBOSITY default
CREATE ROLE regress_relmap_attacker;
GRANT ALL ON SCHEMA hostile TO regress_relmap_attacker;
ALTER TABLE hostile.parent OWNER TO regress_relmap_attacker;
GRANT REFERENCES ON hostile.child TO regress_relmap_attacker;
SET ROLE regress_relmap_attacker;
INSERT INTO relmap_internal.relationship VALUES ('hostile.parent', 'x', 'hostile.child', 'ONETOMANY', false, NULL, 'fk', '{mother_id}',
    NULL, NULL, 'none', 'nullify', '(SELECT hostile.sprung())', false, NULL, true);
INSERT INTO relmap_internal.relationship VALUES ('hostile.parent', 'x', 'hostile.child', 'ONETOMANY', false, NULL, 'fk', '{mother_id}',
    NULL, NULL, 'none', 'nullify', 'id; DROP TABLE hostile.child', false, NULL, true);
INSERT INTO relmap_internal.relationship VALUES ('hostile.parent', 'x', 'hostile.child', 'ONETOMANY', false, NULL, 'fk', '{mother_id}',
    NULL, NULL, 'none', 'nullify', 'id  desc', false, NULL, true);
INSERT INTO relmap_internal.relationship VALUES ('hostile.child', 'x', 'hostile.parent', 'MANYTOONE', false, NULL, 'fk', '{mother_id}',
    NULL, NULL, 'none', NULL, NULL, true, NULL, true);
INSERT INTO relmap_internal.relationship VALUES ('hostile.parent', 'x', 'pg_class', 'ONETOMANY', true, NULL, 'fk', '{oid}',
    NULL, NULL, 'none', NULL, NULL, true, NULL, true);
-- nor one that asks for something on another's table
INSERT INTO relmap_internal.relationship VALUES ('hostile.parent', 'x', 'hostile.child', 'ONETOMANY', false, NULL, 'fk', '{mother_id}',
    NULL, NULL, 'none', 'delete', NULL, true, NULL, true);
SELECT relmap.alter_relationship('hostile.parent', 'x', on_replace => 'nullify');
RESET ROLE;
ALTER TABLE hostile.child RENAME mother_id TO parent_id;
ALTER TABLE hostile.child DROP COLUMN parent_id;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'hostile.child'::regclass AND NOT tgisinternal;

DROP SCHEMA hostile CASCADE;
DROP ROLE regress_relmap_attacker;
SELECT count(*) FROM relmap_internal.relationship;
