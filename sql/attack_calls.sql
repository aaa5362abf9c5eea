-- Every function that anybody may call, with odd values: an error at most.
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/attack.sql'
\i :include
SET ROLE regress_relmap_mallory;
CREATE TABLE m.p (id int PRIMARY KEY, "a""b" text);
CREATE TABLE m.c (id int PRIMARY KEY, pid int REFERENCES m.p, gone int, CHECK (pid > 0 OR id > 0));
ALTER TABLE m.c DROP COLUMN gone;
SELECT relmap.relationship('m.p', 'c', 'm.c', uselist => false, backref => 'p');
INSERT INTO m.p VALUES (1), (2);
INSERT INTO m.c VALUES (1, 1);
CREATE VIEW m.w AS SELECT * FROM m.c;
CREATE TYPE m.t AS (a int, b m.p);
\set VERBOSITY terse
SET statement_timeout = '120s';
DO $do$
DECLARE
    odd       jsonb := jsonb_build_object(
        'oid', '["NULL", "0", "1", "4294967295", "''m.p''::regclass", "''m.c''::regclass", "''m.w''::regclass", "''m.t''::regclass", "''pg_class''::regclass", "(SELECT max(oid) FROM pg_constraint)", "(SELECT oid FROM pg_constraint WHERE contype = ''c'' ORDER BY oid DESC LIMIT 1)"]'::jsonb,
        'smallint[]', '["NULL", "''{}''", "''{1}''", "''{2,2}''", "''{NULL}''", "''{-1,0}''", "''{3}''", "''{{1,2},{3,4}}''", "''[5:6]={1,2}''", "''{32767,-32768}''", "array_fill(1::smallint, ARRAY[100])"]'::jsonb,
        'text', '["NULL", "''''", "''c''", "''p''", "E''a\\\"b\\n%s%n\\\\''", "''x.y.z''", "''none''", "''m''", "repeat(''x'', 10000)", "''{\"a\": 1}''", "''sqlalchemy''", "''dot''"]'::jsonb,
        'text[]', '["NULL", "''{}''", "''{c}''", "''{NULL}''", "''{c.p,c.p.c,c}''", "''{{a,b},{c,d}}''", "''{pid}''", "array_fill(''c.p''::text, ARRAY[40])"]'::jsonb,
        'name', '["NULL", "''''", "''c''", "''p''", "''m''", "''pid''", "repeat(''x'', 100)"]'::jsonb,
        'boolean', '["NULL", "true", "false"]'::jsonb,
        'integer', '["NULL", "0", "-1", "1", "2147483647"]'::jsonb,
        'jsonb', '["NULL", "''{}''", "''[1]''", "''null''"]'::jsonb,
        'record', '["NULL", "ROW()", "ROW(1)", "ROW(1, NULL)::m.p", "(SELECT p FROM m.p LIMIT 1)", "(SELECT c FROM m.c LIMIT 1)", "(SELECT w FROM m.w LIMIT 1)", "ROW(1, NULL)::m.t"]'::jsonb,
        'anyelement', '["NULL::m.c", "NULL::m.p", "1", "NULL::m.t", "ROW(1, 2)", "ARRAY[1]"]'::jsonb);
    f         record;
    statement text;
    calls     int := 0;
BEGIN
    odd := odd || jsonb_build_object('regclass', odd -> 'oid');
    PERFORM setseed(0.5);
    FOR f IN
        SELECT p.oid::regproc AS name, p.proargtypes::regtype[] AS types, p.provariadic <> 0 AS variadic, p.pronargs, p.proargnames
        FROM pg_proc p WHERE p.pronamespace::regnamespace::text ~ '^relmap' AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
        ORDER BY p.oid::regprocedure::text COLLATE "C"
    LOOP
        FOR i IN 1 .. CASE WHEN f.pronargs = 0 THEN 1 WHEN f.name::text ~ 'automap|check$|models|diagram|sides|declarations|boxes|lines|mapped|left_out' THEN 2 ELSE 25 END LOOP
            SELECT format('SELECT %s(%s)', f.name, coalesce(string_agg(
                       CASE WHEN f.variadic AND n = f.pronargs THEN 'VARIADIC ' ELSE '' END
                       || coalesce(odd -> t::text ->> (floor(random() * jsonb_array_length(odd -> t::text)))::int, 'NULL')
                       || CASE WHEN t IN ('record'::regtype, 'anyelement'::regtype) THEN '' ELSE '::' || t::text END, ', ' ORDER BY n), ''))
            INTO statement
            FROM unnest(f.types) WITH ORDINALITY AS a (t, n);
            BEGIN
                EXECUTE statement;
            EXCEPTION WHEN OTHERS THEN
                IF SQLSTATE ~ '^(XX|57|58)' AND SQLERRM !~ '^cache lookup failed' THEN
                    RAISE WARNING '% %: %', SQLSTATE, SQLERRM, statement;
                END IF;
            END;
            calls := calls + 1;
        END LOOP;
    END LOOP;
    RAISE WARNING '%', CASE WHEN calls > 500 THEN 'called' ELSE 'not called' END;
END $do$;
\set include :srcdir '/sql/include/attack_end.sql'
\i :include
