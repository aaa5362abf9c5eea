-- Every SQL-callable function called with all that does not fit: a clean error,
-- never an internal one (class XX), never a crash.  The generator finds the
-- functions by itself, so a new one is covered as soon as it is there.
\set VERBOSITY terse

-- Plans of relmap.check() that take less time to make.
SET from_collapse_limit = 1;
SET join_collapse_limit = 1;

CREATE SCHEMA misuse;
SET search_path = misuse;
SET client_min_messages = error;
\set SHOW_CONTEXT never

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, other_id int REFERENCES parent, note text);
CREATE TABLE parts (id int, parent_id int REFERENCES parent) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE lone (a text);
CREATE VIEW v AS TABLE parent;
CREATE MATERIALIZED VIEW mv AS TABLE parent;
CREATE SEQUENCE seq;
CREATE TYPE pair AS (a int, b int);
CREATE TEMPORARY TABLE temporary_one (id int PRIMARY KEY, parent_id int);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, foreign_keys => '{parent_id}',
                           backref => 'parent');
SELECT relmap.relationship('parent', 'others', 'child', foreign_keys => '{other_id}', enforce => false);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, 2);

-- What can be given for an argument of a type, as SQL.
CREATE TABLE odd (type regtype, value text);
INSERT INTO odd
SELECT 'regclass', v FROM unnest(ARRAY['NULL', '0', '4294967295', '''pg_class''', '''misuse.v''', '''mv''', '''seq''',
    '''pair''', '''child_pkey''', '''parts''', '''parts_1''', '''lone''', '''temporary_one''', '''relmap_internal.relationship''',
    '''relmap.relationships''', '''parent''', '''child''', '(SELECT reltoastrelid FROM pg_class WHERE oid = ''parent''::regclass)']) v
UNION ALL
SELECT t, v FROM (VALUES ('text'::regtype), ('name')) x (t), unnest(ARRAY['NULL', '''''', '''x''', '''child''',
    '''parent''', '''others''', '''ctid''', '''count''', '''id''', 'repeat(''ä'', 40)', 'E''%s %n\n\\"''''\u00e4;--''',
    '''{"name": 1}''', '''{"name": "y"''', '''{}''', '''[]''', '''all''', '''delete-orphan''', '''restrict''',
    '''id DESC''', '''id; DROP TABLE x''', '''1''', '''NULL''', '''$1''', '''(SELECT 1)''', '''id) --''', '''child.parent''', '''.''']) v
UNION ALL
SELECT 'text[]', v FROM unnest(ARRAY['NULL', '''{}''', '''{NULL}''', '''{parent_id}''', '''{parent_id,parent_id}''',
    '''{{parent_id,id},{id,x}}''', '''[5:5]={id}''', '''{child}''', '''{id}''', 'array_fill(''id''::text, ARRAY[100])']) v
UNION ALL
SELECT 'boolean', unnest(ARRAY['NULL', 'true', 'false'])
UNION ALL
SELECT 'jsonb', unnest(ARRAY['NULL', '''null''', '''1''', '''{}''', '''[[]]'''])
UNION ALL
SELECT 'record', unnest(ARRAY['NULL', 'ROW()', 'ROW(1)', 'ROW(1, NULL)::pair', 'NULL::parent', '(SELECT p FROM parent p LIMIT 1)',
    '(SELECT c FROM child c LIMIT 1)', '(SELECT v FROM v LIMIT 1)', '(SELECT c FROM pg_class c LIMIT 1)',
    '(SELECT x FROM (SELECT 1 AS a) x)', '(SELECT t FROM temporary_one t LIMIT 1)', 'ROW(1, ''x'')::parent'])
UNION ALL
SELECT t, v FROM (VALUES ('anyelement'::regtype), ('anynonarray'), ('anycompatible')) x (t),
    unnest(ARRAY['NULL', 'NULL::int', '1', '''x''', 'NULL::parent', 'NULL::child', 'NULL::pair', 'NULL::v',
    'ROW(1)', '(SELECT p FROM parent p LIMIT 1)', 'ARRAY[1]', 'NULL::lone']) v
UNION ALL
SELECT t, v FROM (VALUES ('oid'::regtype), ('integer'), ('bigint')) x (t),
    unnest(ARRAY['NULL', '0', '1259', '2147483647']) v
UNION ALL
SELECT 'smallint[]', unnest(ARRAY['NULL', '''{}''', '''{0}''', '''{NULL}''', '''{1,99}''', '''{{1},{2}}''']);

-- What happens: nothing stays.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RAISE EXCEPTION USING ERRCODE = 'RM000';
EXCEPTION
    WHEN SQLSTATE 'RM000' THEN RETURN NULL;
    WHEN OTHERS THEN RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

-- What is wrong, if anything.
CREATE TABLE found (statement text, outcome text);
CREATE FUNCTION is_wrong(outcome text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT outcome ~ '^XX|cache lookup failed|relmap_(?!internal)|unexpected';
$$;
CREATE FUNCTION try(statement text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO found SELECT s, o FROM (VALUES (statement, outcome(statement))) x (s, o)
    WHERE is_wrong(o);
$$;

CREATE FUNCTION tried() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    f      record;
    types  text[];
    given  text[];
    base   text[];
    value  text;
BEGIN
    PERFORM setseed(0.5);
    FOR f IN
        SELECT p.oid, format('%I.%I', p.pronamespace::regnamespace, p.proname) AS proname, p.pronargs, p.proretset, p.provariadic, p.prorettype,
               ARRAY(SELECT t::regtype FROM unnest(p.proargtypes) WITH ORDINALITY u (t, n) ORDER BY n) AS types
        FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass
            AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
        WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'relmap')
        ORDER BY p.proname, p.oid
    LOOP
        FOR way IN 0 .. 1 LOOP
            -- with nothing, and with something that could do
            SELECT array_agg(CASE WHEN way = 0 THEN 'NULL' WHEN t = 'regclass'::regtype
                                  THEN (ARRAY['''misuse.parent''', NULL, '''misuse.child'''])[n]
                                  WHEN t IN ('text'::regtype, 'name'::regtype) AND n = 2 THEN '''child'''
                                  WHEN t = 'record'::regtype THEN '(SELECT p FROM misuse.parent p WHERE id = 1)'
                                  WHEN t = 'anyelement'::regtype THEN 'NULL::misuse.child' ELSE 'NULL' END ORDER BY n)
            INTO base FROM unnest(f.types) WITH ORDINALITY u (t, n);
            PERFORM try(call(f.proname, f.types, base));
            FOR i IN 1 .. f.pronargs LOOP
                FOR value IN SELECT o.value FROM odd o WHERE o.type = f.types[i] LOOP
                    given := base;
                    given[i] := value;
                    PERFORM try(call(f.proname, f.types, given));
                END LOOP;
            END LOOP;
        END LOOP;
        -- and anything
        FOR n IN 1 .. CASE WHEN f.pronargs > 2 THEN 300 ELSE 0 END LOOP
            SELECT array_agg((SELECT o.value FROM odd o WHERE o.type = t AND u.n > 0 ORDER BY random() LIMIT 1) ORDER BY u.n)
            INTO given FROM unnest(f.types) WITH ORDINALITY u (t, n);
            PERFORM try(call(f.proname, f.types, given));
        END LOOP;
    END LOOP;
END $$;

-- A call; an argument of a type that is not among the odd ones is NULL.
CREATE FUNCTION call(name text, types regtype[], given text[]) RETURNS text LANGUAGE sql AS $$
    SELECT format('SELECT * FROM %s(%s) AS x', name,
                  (SELECT string_agg(CASE WHEN t::text LIKE 'any%' OR t = 'record'::regtype THEN coalesce(given[n], 'NULL')
                                          ELSE format('(%s)::%s', coalesce(given[n], 'NULL'), t) END, ', ' ORDER BY n)
                   FROM unnest(types) WITH ORDINALITY u (t, n)));
$$;
SELECT tried();
SELECT * FROM found;

-- Trigger functions on every kind of trigger that PostgreSQL makes, with arguments that fit and that do not.
CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE triggers (template text, statements text);
INSERT INTO triggers
SELECT format('CREATE %sTRIGGER "~t" %s %s ON %s %s FOR EACH %s EXECUTE FUNCTION', kind, moment, event, tab, more, level), statements
FROM (VALUES ('', ''), ('CONSTRAINT ', 'DEFERRABLE INITIALLY DEFERRED'), ('CONSTRAINT ', '')) k (kind, more),
     (VALUES ('BEFORE'), ('AFTER'), ('INSTEAD OF')) m (moment),
     (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('INSERT OR UPDATE OR DELETE'),
             ('INSERT OR UPDATE'), ('UPDATE OF note')) e (event),
     (VALUES ('misuse.child', 'INSERT INTO misuse.child VALUES (3, 1); UPDATE misuse.child SET parent_id = 1 WHERE id = 2;
                  UPDATE misuse.child SET parent_id = NULL; DELETE FROM misuse.child; SET CONSTRAINTS ALL IMMEDIATE;
                  TRUNCATE misuse.child'),
             ('misuse.lone', 'INSERT INTO misuse.lone VALUES (1); UPDATE misuse.lone SET a = NULL; DELETE FROM misuse.lone;
                  SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE misuse.lone'),
             ('misuse.parts', 'INSERT INTO misuse.parts VALUES (1, 1), (1, 1); UPDATE misuse.parts SET parent_id = 2;
                  SET CONSTRAINTS ALL IMMEDIATE'),
             ('misuse.v', 'INSERT INTO misuse.v VALUES (7, 7); UPDATE misuse.v SET id = 8 WHERE id = 7')) t (tab, statements),
     (VALUES ('ROW'), ('STATEMENT')) l (level);
DELETE FROM triggers WHERE outcome(template || ' misuse.quiet()') IS NOT NULL;
SELECT count(*) > 50 AS "kinds enough" FROM triggers;
SELECT count(format('%s', try(format('%s %s(%s); %s', template, f.oid::regproc, args, statements)))) > 1000 AS "tries enough"
FROM pg_proc f, triggers,
     (VALUES (''), ('''parent_id'''), ('''nothing'''), ('''parent_id'', ''id'''), ('''parent_id'', ''parent_id'''),
             ('''id'''), ('''ctid'''), ('''''')) a (args)
WHERE f.pronamespace = 'relmap_internal'::regnamespace AND f.prorettype = 'trigger'::regtype;
SELECT * FROM found;

-- Event trigger functions on every event.
CREATE FUNCTION evented() RETURNS void LANGUAGE sql AS $$
    SELECT try(format('CREATE EVENT TRIGGER t ON %s EXECUTE FUNCTION %s(); CREATE TABLE x (a int); ALTER TABLE x ALTER a TYPE bigint;
                       ALTER TABLE x RENAME a TO b; DROP TABLE x', e, f.oid::regproc))
    FROM pg_proc f, unnest(ARRAY['ddl_command_start', 'ddl_command_end', 'sql_drop', 'table_rewrite']) e
    WHERE f.pronamespace = 'relmap_internal'::regnamespace AND f.prorettype = 'event_trigger'::regtype;
$$;
SELECT evented();
-- As operator, aggregate, default, generated, index, and what else calls functions.
SELECT try(s) FROM unnest(ARRAY[
    'CREATE INDEX ON misuse.parent (relmap.backref(name))',
    'ALTER TABLE misuse.parent ADD b text DEFAULT relmap.backref(''x'')',
    'CREATE AGGREGATE misuse.agg (text) (sfunc = relmap.backref, stype = text)',
    'CREATE FUNCTION misuse.c(misuse.parent, name, int) RETURNS misuse.child LANGUAGE c AS ''$libdir/relmap'', ''relmap_related''; SELECT misuse.c(p, ''child'', 1) FROM misuse.parent p',
    'SELECT (relmap_internal.related(p, ''child'', NULL::misuse.child)).* FROM misuse.parent p GROUP BY p.id',
    'SELECT relmap_internal.related(p, NULL, NULL::misuse.child) FROM misuse.parent p',
    'COPY misuse.child FROM PROGRAM ''echo 7''',
    'DO $do$ BEGIN PERFORM relmap_internal.replacing(); END $do$',
    'SELECT relmap.relationship(c, ''x'', c) FROM (SELECT oid::regclass AS c FROM pg_class) x']) s;
SELECT * FROM found;

-- Declarations that came by SQL, with columns that do not fit, and what is done next.
CREATE TABLE links (parent_id int REFERENCES parent, child_id int REFERENCES child);
CREATE FUNCTION one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT choices[ceil(random() * cardinality(choices))];
$$;

-- What does not fit, for a column of the catalog.
CREATE FUNCTION misfit(name text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE
        WHEN name IN ('source', 'target', 'secondary') THEN one_of('misuse.parent', 'misuse.child', 'misuse.parts',
            'misuse.parts_1', 'misuse.lone', 'misuse.v', 'misuse.links', 'pg_class', 'misuse.child_pkey', '0', NULL)
        WHEN name IN ('foreign_key', 'secondary_key', 'own_constraint') THEN one_of('child_parent_id_fkey',
            'child_other_id_fkey', 'child_pkey', 'child_parent_id_key', 'links_child_id_fkey', 'x', '', NULL)
        WHEN name IN ('former_key', 'former_secondary_key') THEN one_of('child_parent_id_fkey', 'FOREIGN KEY', 'x', '')
        WHEN name ~ 'columns|referenced|keyed_by' THEN one_of('{parent_id}', '{child_id}', '{}', '{x}', '{id,parent_id}',
            '{id}', '{note}', NULL)
        WHEN name IN ('uselist', 'enforce', 'accessor', 'required', 'single_parent') THEN one_of('t', 'f')
        WHEN name = 'direction' THEN one_of('ONETOMANY', 'MANYTOONE', 'MANYTOMANY', 'x')
        WHEN name = 'cascade' THEN one_of('all', 'all, delete-orphan', 'delete-orphan', 'x', '')
        WHEN name = 'on_replace' THEN one_of('nullify', 'delete', 'restrict', 'set note = NULL', 'set x', NULL)
        WHEN name = 'condition' THEN one_of('note IS NULL', 'x', '1', 'id = (SELECT 1)', ')')
        WHEN name = 'info' THEN one_of('1', '[]')
        ELSE one_of('child', 'others', 'id', 'id; x', ',', 'count', '') END;
$$;

-- One row; says whether it was accepted.
CREATE TABLE declaration (LIKE relmap_internal.relationship);
ALTER TABLE declaration DROP COLUMN last_seen, DROP COLUMN watched;
CREATE FUNCTION forge(relationship jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO relmap_internal.relationship
    SELECT (jsonb_populate_record(NULL::declaration, relationship)).*;
    RETURN FOUND;
EXCEPTION WHEN OTHERS THEN
    INSERT INTO found SELECT relationship, SQLSTATE || ': ' || SQLERRM WHERE is_wrong(SQLSTATE || ': ' || SQLERRM);
    RETURN false;
END $$;

CREATE TABLE declared AS SELECT source, name FROM relmap_internal.relationship;

-- Ten rows at a time.
CREATE FUNCTION forged() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    relationship jsonb;
    name         text;
    accepted     bigint := 0;
    ddl          text[] := ARRAY[
        'SELECT relmap.drop_relationship(''misuse.parent'', ''child'')',
        'SELECT relmap.alter_relationship(''misuse.parent'', ''child'', uselist => true)',
        'ALTER TABLE misuse.child RENAME parent_id TO p', 'ALTER TABLE misuse.child RENAME id TO no',
        'ALTER TABLE misuse.child DROP CONSTRAINT child_parent_id_fkey',
        'ALTER TABLE misuse.child DROP CONSTRAINT child_parent_id_key',
        'ALTER TABLE misuse.parent RENAME TO p', 'DROP TABLE misuse.child, misuse.links, misuse.parts_1',
        'ALTER TABLE misuse.child DROP COLUMN id CASCADE'];
BEGIN
    PERFORM setseed(0.25);
    FOR batch IN 1 .. 40 LOOP
        FOR i IN 1 .. 10 LOOP
            relationship := '{"cascade": "none", "enforce": true, "accessor": true, "referenced_columns": "{id}"}'
                || jsonb_build_object('name', 'odd' || i)
                || one_of('{"source": "misuse.parent", "target": "misuse.child", "direction": "ONETOMANY", "uselist": false,
                            "foreign_key": "child_other_id_fkey", "foreign_columns": "{other_id}", "on_replace": "nullify"}',
                          '{"source": "misuse.parent", "target": "misuse.child", "direction": "ONETOMANY", "uselist": true,
                            "foreign_key": "child_parent_id_fkey", "foreign_columns": "{parent_id}"}',
                          '{"source": "misuse.child", "target": "misuse.parent", "direction": "MANYTOONE", "uselist": false,
                            "foreign_key": "child_parent_id_fkey", "foreign_columns": "{parent_id}"}',
                          '{"source": "misuse.parent", "target": "misuse.child", "direction": "MANYTOMANY", "uselist": true,
                            "foreign_key": "links_parent_id_fkey", "foreign_columns": "{parent_id}", "secondary": "misuse.links",
                            "secondary_key": "links_child_id_fkey"}')::jsonb;
            FOR n IN 1 .. i % 3 LOOP
                SELECT attname INTO name FROM pg_attribute
                WHERE attrelid = 'relmap_internal.relationship'::regclass AND attnum > 0 AND attgenerated = '' ORDER BY random() LIMIT 1;
                relationship := relationship || jsonb_build_object(name, misfit(name));
            END LOOP;
            accepted := accepted + forge(relationship)::int;
        END LOOP;
        PERFORM try('SELECT * FROM relmap.check()');
        FOR i IN 1 .. 10 LOOP
            PERFORM try(format(s, 'odd' || i)) FROM unnest(ARRAY[
                'SELECT relmap_internal.related(p, %L, NULL::misuse.child) FROM misuse.parent p',
                'SELECT relmap.load(p, %L) FROM misuse.parent p',
                'SELECT relmap.violations(''misuse.parent'', %L)',
                'SELECT relmap.alter_relationship(''misuse.parent'', %L, doc => ''x'')',
                'SELECT relmap.drop_relationship(''misuse.parent'', %L)']) s;
        END LOOP;
        PERFORM try(s || '; SELECT * FROM relmap.relationships; INSERT INTO misuse.child VALUES (3, 1, 1); SET CONSTRAINTS ALL IMMEDIATE')
        FROM unnest(ddl) s;
        PERFORM try(one_of(VARIADIC ddl) || '; SELECT * FROM relmap.check()');
        DELETE FROM relmap_internal.relationship r WHERE (r.source, r.name) NOT IN (SELECT d.source, d.name FROM declared d);
    END LOOP;
    RETURN accepted;
END $$;
SELECT forged() > 150 AS "enough were accepted";
SELECT * FROM found;
SELECT name FROM relmap_internal.relationship ORDER BY 1;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA misuse CASCADE;
