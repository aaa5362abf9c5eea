-- keys of every type: accessors and the join that they stand for agree
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA key_types;
SET search_path = key_types, public;

-- Makes parent and child with keys of these types, from these lists of
-- values; tells how many rows each accessor finds, how many of them the join
-- of the foreign key does not, and the other way round.
CREATE FUNCTION try(parent_type text, child_type text, parent_values text, child_values text,
                    condition text DEFAULT 'c.parent_id = p.id',
                    OUT child bigint, OUT children bigint, OUT parent bigint, OUT differ bigint)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE parent (id %s PRIMARY KEY, name text)', parent_type);
    EXECUTE format('CREATE TABLE child (id serial PRIMARY KEY, parent_id %s REFERENCES parent)', child_type);
    EXECUTE format('INSERT INTO parent (id) SELECT unnest(ARRAY[%s]::text[])::%s', parent_values,
                   split_part(parent_type, ' COLLATE', 1));
    EXECUTE format('INSERT INTO child (parent_id) SELECT unnest(ARRAY[%s, NULL]::text[])::%s', child_values,
                   split_part(child_type, ' COLLATE', 1));
    PERFORM relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false));
    PERFORM relmap.relationship('parent', 'children', 'child');
    EXECUTE format($q$
        WITH joined AS (SELECT p, c FROM parent p JOIN child c ON %s),
             one AS (SELECT p, p.child AS c FROM parent p WHERE (p.child).id IS NOT NULL),
             many AS (SELECT p, c FROM parent p, children(p) c),
             back AS (SELECT c.parent AS p, c FROM child c WHERE (c.parent).id IS NOT NULL),
             differ AS ((TABLE joined EXCEPT TABLE one) UNION ALL (TABLE one EXCEPT TABLE joined) UNION ALL
                        (TABLE joined EXCEPT TABLE many) UNION ALL (TABLE many EXCEPT TABLE joined) UNION ALL
                        (TABLE joined EXCEPT TABLE back) UNION ALL (TABLE back EXCEPT TABLE joined))
        SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM many),
               (SELECT count(*) FROM back), (SELECT count(*) FROM differ) $q$, condition)
    INTO child, children, parent, differ;
    PERFORM relmap.drop_relationship('child', 'parent'), relmap.drop_relationship('parent', 'child'),
            relmap.drop_relationship('parent', 'children');
    DROP TABLE child, parent;
END $$;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN label AS varchar(10);
CREATE TYPE pair AS (a int, b text);
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

SELECT * FROM try('int', 'int', '1, 2, 3', '1, 3');
SELECT * FROM try('bigint', 'int', '1, 2, 3', '1, 3');
SELECT * FROM try('int', 'bigint', '1, 2, 3', '1, 3');
SELECT * FROM try('smallint', 'bigint', '1, 2, 3', '1, 3');
SELECT * FROM try('uuid', 'uuid', $$'00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'$$,
                  $$'00000000-0000-0000-0000-000000000001'$$);
SELECT * FROM try('text', 'text', $$'a', 'A', ''$$, $$'a', ''$$);
SELECT * FROM try('text', 'varchar(3)', $$'a', 'A', 'b'$$, $$'a', 'b'$$);
SELECT * FROM try('varchar', 'text', $$'a', 'A', 'b'$$, $$'a', 'b'$$);
SELECT * FROM try('char(3)', 'char(5)', $$'a', 'A', 'b'$$, $$'a', 'b'$$);
SELECT * FROM try('text', 'char(3)', $$'a', 'A', 'b'$$, $$'a', 'b'$$);
SELECT * FROM try('name', 'name', $$'a', 'A', 'b'$$, $$'a', 'b'$$);
SELECT * FROM try('numeric', 'numeric', '1.0, 2.50, 3', '1.000, 2.5');
SELECT * FROM try('numeric', 'int', '1.0, 2.50, 3', '1, 3');
SELECT * FROM try('numeric(5,1)', 'bigint', '1.0, 2.5, 3', '1, 3');
SELECT * FROM try('float8', 'float4', '1.5, 0, 3', '1.5, -0');
SELECT * FROM try('date', 'date', $$'2020-02-29', 'infinity', '2020-03-01'$$, $$'2020-02-29', 'infinity'$$);
SELECT * FROM try('timestamptz', 'timestamptz', $$'2020-02-29 00:00+00', '2020-02-29 01:00+00'$$, $$'2020-02-29 01:00+01'$$);
SELECT * FROM try('timestamptz', 'date', $$'2020-02-29', '2020-03-01'$$, $$'2020-02-29'$$);
SELECT * FROM try('interval', 'interval', $$'1 day', '25 hours'$$, $$'24 hours'$$);
SELECT * FROM try('mood', 'mood', $$'sad', 'happy'$$, $$'happy'$$);
SELECT * FROM try('positive', 'int', '1, 2, 3', '1, 3');
SELECT * FROM try('int', 'positive', '1, 2, 3', '1, 3');
SELECT * FROM try('label', 'text', $$'a', 'A', 'b'$$, $$'a', 'b'$$);
SELECT * FROM try('bytea', 'bytea', $$'\x00', '\x0001'$$, $$'\x0001'$$);
SELECT * FROM try('inet', 'inet', $$'10.0.0.1', '::1'$$, $$'::1'$$);
SELECT * FROM try('int[]', 'int[]', $$'{1,2}', '{}', '{NULL}'$$, $$'{1,2}', '{NULL}'$$);
SELECT * FROM try('int4range', 'int4range', $$'[1,3)', 'empty'$$, $$'[1,2]'$$);
SELECT * FROM try('pair', 'pair', $$'(1,a)', '(2,)'$$, $$'(1,a)'$$);
SELECT * FROM try('text COLLATE nocase', 'text COLLATE nocase', $$'anna', 'BEN', 'Cleo'$$, $$'ANNA', 'ben'$$);
SELECT * FROM try('text COLLATE "C"', 'text COLLATE "POSIX"', $$'anna', 'BEN', 'Cleo'$$, $$'anna', 'BEN'$$,
                  'c.parent_id = p.id COLLATE "C"');
SELECT * FROM try('text COLLATE "POSIX"', 'varchar', $$'anna', 'BEN', 'Cleo'$$, $$'anna', 'BEN'$$);

-- a type whose operators are in a schema of their own
CREATE EXTENSION citext SCHEMA key_types;
SET search_path = pg_temp;
CREATE TABLE key_types.parent (id key_types.citext PRIMARY KEY);
CREATE TABLE key_types.child (id int PRIMARY KEY, parent_id key_types.citext REFERENCES key_types.parent);
INSERT INTO key_types.parent VALUES ('anna'), ('ben');
INSERT INTO key_types.child VALUES (1, 'ANNA');
SELECT relmap.relationship('key_types.child', 'parent', 'key_types.parent', backref => relmap.backref('child', uselist => false));
SELECT relmap.relationship('key_types.parent', 'children', 'key_types.child');
SELECT p.id, key_types.child(p), c FROM key_types.parent p LEFT JOIN key_types.children(p) c ON true ORDER BY 1;
SELECT key_types.parent(c) FROM key_types.child c;

DROP SCHEMA key_types CASCADE;
