-- Every SQL-callable function called with all that does not fit: a clean error,
-- never an internal one (class XX), never a crash.  The generator finds the
-- functions by itself, so a new one is covered as soon as it is there.
\set VERBOSITY terse

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
CREATE FUNCTION try(statement text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO found SELECT s, o FROM (VALUES (statement, outcome(statement))) x (s, o)
    WHERE o ~ '^XX|cache lookup failed|relmap_(?!internal)|unexpected';
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

-- Trigger functions on every kind of trigger, with arguments that fit and that do not.
CREATE FUNCTION triggered() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    f      regproc;
    what   text;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'relmap_internal'::regnamespace AND p.prorettype = 'trigger'::regtype LOOP
        FOR what IN
            SELECT format('CREATE %sTRIGGER "~t" %s %s ON %s %s FOR EACH %s EXECUTE FUNCTION %s(%s); %s',
                          kind, moment, event, tab, more, level, f, args, statement)
            FROM (VALUES ('', ''), ('CONSTRAINT ', 'DEFERRABLE INITIALLY DEFERRED'), ('CONSTRAINT ', '')) k (kind, more),
                 (VALUES ('BEFORE'), ('AFTER'), ('INSTEAD OF')) m (moment),
                 (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('INSERT OR UPDATE OR DELETE'),
                         ('INSERT OR UPDATE'), ('UPDATE OF note')) e (event),
                 (VALUES ('misuse.child'), ('misuse.lone'), ('misuse.parts'), ('misuse.v')) t (tab),
                 (VALUES ('ROW'), ('STATEMENT')) l (level),
                 (VALUES (''), ('''parent_id'''), ('''nothing'''), ('''parent_id'', ''id'''), ('''parent_id'', ''parent_id'''),
                         ('''id'''), ('''ctid'''), ('''''')) a (args),
                 LATERAL (SELECT CASE tab
                     WHEN 'misuse.child' THEN 'INSERT INTO misuse.child VALUES (3, 1); UPDATE misuse.child SET parent_id = 1 WHERE id = 2;
                         UPDATE misuse.child SET parent_id = NULL; DELETE FROM misuse.child; SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE misuse.child'
                     WHEN 'misuse.lone' THEN 'INSERT INTO misuse.lone VALUES (1); UPDATE misuse.lone SET a = NULL; DELETE FROM misuse.lone; SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE misuse.lone'
                     WHEN 'misuse.parts' THEN 'INSERT INTO misuse.parts VALUES (1, 1), (1, 1); UPDATE misuse.parts SET parent_id = 2; SET CONSTRAINTS ALL IMMEDIATE'
                     ELSE 'INSERT INTO misuse.v VALUES (7, 7); UPDATE misuse.v SET id = 8 WHERE id = 7' END) s (statement)
            WHERE NOT (kind <> '' AND (moment <> 'AFTER' OR level <> 'ROW'))
        LOOP
            PERFORM try(what);
        END LOOP;
    END LOOP;
END $$;
SELECT triggered();
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

-- Declarations that came by SQL with nonsense, and what is done next.
CREATE FUNCTION one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT choices[ceil(random() * cardinality(choices))];
$$;
CREATE FUNCTION declared() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    tables text[] := ARRAY['''misuse.parent''', '''misuse.parent''', '''misuse.child''', '''misuse.child''',
        '''misuse.parts''', '''misuse.parts_1''', '''misuse.lone''', '''misuse.v''', '''pg_class''', '''child_pkey''', '0'];
BEGIN
    PERFORM setseed(0.25);
    FOR i IN 1 .. 400 LOOP
        PERFORM try(format($x$
            INSERT INTO relmap_internal.relationship SELECT source, 'odd', target, direction, uselist, 'child', fk, columns,
                CASE WHEN direction = 'MANYTOMANY' THEN secondary END, CASE WHEN direction = 'MANYTOMANY' THEN key END,
                cascade, CASE WHEN direction = 'ONETOMANY' AND NOT uselist THEN replace END, order_by, enforce, own, true
            FROM (SELECT (%s)::regclass, (%s)::regclass, %L, %L::bool, %L, %L::name[], (%s)::regclass, %L, %L, %L, %L, %L::bool, %L)
                AS x (source, target, direction, uselist, fk, columns, secondary, key, cascade, replace, order_by, enforce, own);
            SELECT * FROM relmap.relationships; SELECT * FROM relmap.check();
            SELECT relmap_internal.related(p, 'odd', NULL::misuse.child) FROM misuse.parent p$x$,
            one_of(VARIADIC tables || array_fill('''misuse.parent'''::text, ARRAY[20])), one_of(VARIADIC tables || array_fill('''misuse.child'''::text, ARRAY[10])), one_of('ONETOMANY', 'MANYTOONE', 'MANYTOMANY'), one_of('t', 'f'),
            one_of('child_parent_id_fkey', 'child_other_id_fkey', 'child_pkey', 'x', ''),
            one_of('{parent_id}', '{}', '{x}', '{id,parent_id}'), one_of(VARIADIC tables),
            one_of('child_parent_id_fkey', 'child_other_id_fkey', 'x'), one_of('none', 'all, delete-orphan', 'x', ''),
            one_of('nullify', 'delete', 'restrict'), one_of(NULL, 'id', 'id; x', ','), one_of('t', 'f'),
            one_of(NULL, 'child_parent_id_key', 'x'))
            || one_of('', $x$; SELECT relmap.alter_relationship('misuse.parent', 'odd', doc => 'x')$x$,
                      $x$; SELECT relmap.drop_relationship('misuse.parent', 'odd')$x$,
                      $x$; SELECT relmap.drop_relationship('misuse.parent', 'child')$x$,
                      $x$; SELECT relmap.alter_relationship('misuse.parent', 'child', uselist => true)$x$,
                      $x$; SELECT relmap.violations('misuse.parent', 'odd')$x$,
                      '; ALTER TABLE misuse.child RENAME parent_id TO p', '; ALTER TABLE misuse.child RENAME id TO no',
                      '; ALTER TABLE misuse.child DROP CONSTRAINT child_parent_id_fkey',
                      '; ALTER TABLE misuse.child DROP CONSTRAINT child_parent_id_key',
                      '; ALTER TABLE misuse.parent RENAME TO p', '; DROP TABLE misuse.child, misuse.parts_1',
                      '; ALTER TABLE misuse.child DROP COLUMN id'));
    END LOOP;
END $$;
SELECT declared();
SELECT * FROM found;
SELECT name FROM relmap_internal.relationship ORDER BY 1;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA misuse CASCADE;
