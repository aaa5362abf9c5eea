-- Conditions of all kinds: the attribute, load() and violations() read the rows that a query reads.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA read_conditions;
SET search_path = read_conditions;
CREATE DOMAIN code AS varchar(10);
CREATE TYPE mood AS ENUM ('sad', 'fair', 'happy');
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, status varchar(10), n numeric, m mood, k code, ch char(3),
                f boolean, d date);
INSERT INTO p VALUES (1), (2);
INSERT INTO c VALUES (1, 1, 'a', 1, 'fair', 'x', 'yy', true, '2020-01-01'), (2, 1, 'b', 2, 'sad', 'y', 'zz', false, '2021-01-01'),
                     (3, 1, 'q', 3, 'happy', NULL, NULL, NULL, NULL);
-- what is read where: p 1 has one such row, p 2 gets two
CREATE FUNCTION reads(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    wanted text;
    loaded text;
    read text;
    violating text;
BEGIN
    EXECUTE format('SELECT string_agg(id::text, '','') FROM c WHERE %s', condition) INTO wanted;
    PERFORM relmap.relationship('p', 'x', 'c', uselist => false, condition => condition, on_replace => 'restrict');
    SELECT relmap.load(p, 'x') -> 'x' ->> 'id' INTO loaded FROM p WHERE id = 1;
    EXECUTE 'SELECT (p.x).id FROM p WHERE id = 1' INTO read;
    PERFORM relmap.drop_relationship('p', 'x');
    PERFORM relmap.relationship('p', 'x', 'c', uselist => false, condition => condition, enforce => false);
    INSERT INTO c SELECT id + more, 2, status, n, m, k, ch, f, d FROM c, generate_series(3, 4) more WHERE id = 1;
    SELECT string_agg(key ->> 'id' || '*' || children, ',') INTO violating FROM relmap.violations('p', 'x');
    DELETE FROM c WHERE p_id = 2;
    PERFORM relmap.drop_relationship('p', 'x');
    RETURN concat_ws(' ', wanted, loaded, read, violating);
END $$;
SELECT condition FROM unnest('{"status IN (''a'', ''x'')", "status NOT IN (''b'', ''q'')", "status = ANY (ARRAY[''a'', ''z''])", "n IN (1, 7)",
    "m IN (''fair'')", "m <> ALL (''{sad,happy}'')", "k IN (''x'', ''w'')", "k = ''x''", "ch IN (''yy'', ''aa'')", "ch = ''yy''", "f", "f IS TRUE",
    "f = true", "f IS NOT FALSE AND f IS NOT NULL", "NOT (status = ''b'' OR status IN (''q''))", "d IN (date ''2020-01-01'')", "d < ''2020-06-01''",
    "coalesce(n, 0) IN (1, 9)", "CASE WHEN f THEN n = 1 ELSE false END", "status::text || ''x'' = ''ax''", "lower(status) IN (''a'', ''A'')",
    "n::int IN (1, 5)", "(status, n) = (''a'', 1)", "status BETWEEN ''a'' AND ''az''", "status LIKE ''a%''", "status SIMILAR TO ''a''",
    "n IS DISTINCT FROM 2 AND n IS DISTINCT FROM 3", "NULLIF(n, 2) = 1 OR NULLIF(n, 2) IS NOT DISTINCT FROM 9", "d + 1 = date ''2020-01-02''",
    "ARRAY[n, 2] = ''{1,2}''", "num_nulls(k, d) = 0 AND f", "m > ''sad'' AND m < ''happy''", "greatest(n, 0) = 1", "status COLLATE \"C\" = ''a''",
    "extract(year FROM d) = 2020", "position(''a'' in status) > 0", "(n = 1) = f AND f", "(c.status, c.n) IS NOT NULL AND f"}'::text[]) condition
WHERE reads(condition) IS DISTINCT FROM '1 1 1 2*2';
DROP SCHEMA read_conditions CASCADE;
