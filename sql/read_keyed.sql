-- The accessor of a keyed collection that takes a key: name_by_columns(row, key ...).
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA keyed;
SET search_path = keyed, public;

-- the example
CREATE TABLE product (id int PRIMARY KEY, name text);
CREATE TABLE translation (product_id int REFERENCES product, lang text, title text, PRIMARY KEY (product_id, lang));
SELECT relmap.relationship('product', 'translations', 'translation', keyed_by => '{lang}', on_replace => 'delete', cascade => 'all, delete-orphan');
INSERT INTO product VALUES (1, 'desk'), (2, 'chair');
INSERT INTO translation VALUES (1, 'de', 'Tisch'), (1, 'en', 'desk'), (2, 'en', 'chair');
SELECT p.name, (translations_by_lang(p, 'de')).title FROM product p ORDER BY id;
SELECT p.name, translations_by_lang(p, lang => NULL) IS NULL FROM product p ORDER BY id;
SELECT translations_by_lang(NULL, 'de'), (SELECT translations_by_lang(p, 'de') FROM product p WHERE false);
SELECT accessor, keyed_accessor FROM relmap.relationships;
SELECT obj_description(keyed_accessor, 'pg_proc'), pg_get_function_arguments(keyed_accessor), prosrc
FROM relmap.relationships JOIN pg_proc p ON p.oid = keyed_accessor;

-- it becomes part of the query that calls it, and reads by the unique index
EXPLAIN (VERBOSE, COSTS OFF) SELECT (translations_by_lang(p, 'de')).title FROM product p;
CREATE FUNCTION scans(index regclass) RETURNS bigint LANGUAGE sql AS 'SELECT pg_stat_get_xact_numscans(index)';
BEGIN;
SELECT scans('translation_pkey') AS before \gset
SELECT (translations_by_lang(p, 'en')).title FROM product p ORDER BY id;
SELECT scans('translation_pkey') - :before AS scans;
COMMIT;
-- in PL/pgSQL, again and again; from a variable
DO $$
DECLARE
    p product;
    t text;
BEGIN
    FOR i IN 1..3 LOOP
        FOR p IN SELECT * FROM product ORDER BY id LOOP
            t := (translations_by_lang(p, 'en')).title;
            RAISE WARNING '% %', p.name, t;
        END LOOP;
    END LOOP;
END $$;

-- types: smallint taken as integer, a domain as its base, two columns, a collation of its own, an enum, numeric that is equal
CREATE DOMAIN code AS varchar(10) COLLATE "C" CHECK (VALUE <> '');
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE slot (id int PRIMARY KEY, product_id int REFERENCES product, n smallint, c code, m mood, x numeric, t text COLLATE nocase, f char(5), b bigint);
SELECT relmap.relationship('product', 'by_n', 'slot', keyed_by => '{n}', on_replace => 'set n = NULL');
SELECT relmap.relationship('product', 'by_code', 'slot', keyed_by => '{c,m}', on_replace => 'set c = NULL');
SELECT relmap.relationship('product', 'numbers', 'slot', keyed_by => '{x}', on_replace => 'set x = NULL');
SELECT relmap.relationship('product', 'words', 'slot', keyed_by => '{t}', on_replace => 'set t = NULL');
SELECT relmap.relationship('product', 'fixed', 'slot', keyed_by => '{f,b}', on_replace => 'set b = NULL');
INSERT INTO slot VALUES (1, 1, 3, 'x', 'good', 1.0, 'Straw', 'ab', 9), (2, 1, 4, 'X', 'good', 2, 'other', 'ab', 8);
SELECT keyed_accessor FROM relmap.relationships WHERE target = 'slot'::regclass ORDER BY name;
SELECT (by_n_by_n(p, 3)).id AS n, (by_n_by_n(p, 70000)).id AS too_large, (by_code_by_c_m(p, 'x', 'good')).id AS two,
       (numbers_by_x(p, 1)).id AS one, (words_by_t(p, 'STRAW')).id AS word, (fixed_by_f_b(p, 'ab   ', 8)).id AS fixed
FROM product p WHERE id = 1;

-- with a condition: among its rows only, by the partial index
CREATE TABLE price (id int PRIMARY KEY, product_id int REFERENCES product, country text, amount int, valid_to date);
SELECT relmap.relationship('product', 'prices', 'price', keyed_by => '{country}', condition => 'valid_to IS NULL', on_replace => 'set valid_to = ''2026-01-01''');
INSERT INTO price VALUES (1, 1, 'de', 10, NULL), (2, 1, 'de', 12, NULL), (3, 1, 'fr', 9, NULL);
SELECT id, amount, valid_to FROM price ORDER BY id;
BEGIN;
SELECT unique_index AS index, scans(unique_index) AS before FROM relmap.relationships WHERE name = 'prices' \gset
SELECT (prices_by_country(p, 'de')).amount FROM product p WHERE id = 1;
SELECT scans(:'index') - :before AS scans;
COMMIT;

-- one child with a condition: by its partial index, too, and not by one that is wider
CREATE INDEX ON price (product_id);
SELECT relmap.relationship('product', 'german_price', 'price', uselist => false, condition => $$valid_to IS NULL AND country = 'de'$$, on_replace => 'restrict');
BEGIN;
SELECT unique_index AS index, scans(unique_index) AS before FROM relmap.relationships WHERE name = 'german_price' \gset
SELECT (p.german_price).amount FROM product p ORDER BY id;
SELECT scans(:'index') - :before AS scans, scans('price_product_id_idx') AS other_scans;
COMMIT;
SELECT relmap.drop_relationship('product', 'german_price');

-- partitioned, and with row-level security: by a query
CREATE TABLE part (id int, product_id int REFERENCES product, k smallint, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
CREATE TABLE part_2 PARTITION OF part FOR VALUES IN (2);
SELECT relmap.relationship('product', 'parts', 'part', keyed_by => '{k}', on_replace => 'delete');
INSERT INTO part VALUES (1, 1, 1), (2, 1, 2);
SELECT (parts_by_k(p, 2)).id FROM product p ORDER BY p.id;
CREATE ROLE regress_keyed_reader;
GRANT USAGE ON SCHEMA keyed TO regress_keyed_reader;
GRANT SELECT ON product TO regress_keyed_reader;
SET ROLE regress_keyed_reader;
SELECT translations_by_lang(p, 'de') FROM product p;
RESET ROLE;
GRANT SELECT ON translation TO regress_keyed_reader;
ALTER TABLE translation ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_english ON translation FOR SELECT USING (lang = 'en');
SET ROLE regress_keyed_reader;
SELECT (translations_by_lang(p, 'de')).title AS de, (translations_by_lang(p, 'en')).title AS en FROM product p ORDER BY id;
RESET ROLE;
ALTER TABLE translation DISABLE ROW LEVEL SECURITY;

-- a convention: no index, several rows
CREATE TABLE note (id int PRIMARY KEY, product_id int REFERENCES product, k int);
SELECT relmap.relationship('product', 'notes', 'note', keyed_by => '{k}', enforce => false);
INSERT INTO note VALUES (1, 1, 7), (2, 1, 7), (3, 1, 8);
SELECT (notes_by_k(p, 7)).id, (notes_by_k(p, 8)).id FROM product p WHERE id = 1;

-- names
\set VERBOSITY default
SELECT relmap.relationship('product', 'a', 'note', keyed_by => '{k}', enforce => false, accessor => false);
SELECT keyed_accessor FROM relmap.relationships WHERE name = 'a';
CREATE FUNCTION b_by_k(product, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT relmap.relationship('product', 'b', 'note', keyed_by => '{k}', enforce => false);
DROP FUNCTION b_by_k;
ALTER TABLE product ADD b_by_k int;
SELECT relmap.relationship('product', 'b', 'note', keyed_by => '{k}', enforce => false);
ALTER TABLE product DROP b_by_k;
SELECT relmap.relationship('product', repeat('b', 60), 'note', keyed_by => '{k}', enforce => false);
SELECT relmap.relationship('product', repeat('b', 60), 'note', keyed_by => '{k}', enforce => false, accessor => false);
-- no two accessors of a table have one name
SELECT relmap.relationship('product', 'notes_by_k', 'note');
SELECT relmap.relationship('product', 'c_by_k', 'note');
SELECT relmap.relationship('product', 'c', 'note', keyed_by => '{k}', enforce => false);

-- it follows: the attribute's name, the columns, their types, tables and schemas
SET client_min_messages = notice;
SELECT relmap.alter_relationship('product', 'notes', new_name => 'remarks');
SELECT relmap.alter_relationship('product', 'remarks', accessor => false);
SELECT relmap.alter_relationship('product', 'remarks', accessor => true);
SELECT relmap.alter_relationship('product', 'remarks', keyed_by => '{}');
SELECT proname FROM pg_proc WHERE proname ~ '^remarks';
SELECT relmap.alter_relationship('product', 'remarks', keyed_by => '{k}');
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE VIEW german AS SELECT p.id, (translations_by_lang(p, 'de')).title FROM product p;
ALTER TABLE translation RENAME lang TO language;
SELECT keyed_accessor, pg_get_function_arguments(keyed_accessor) FROM relmap.relationships WHERE name = 'translations';
SELECT * FROM german ORDER BY id;
ALTER TABLE translation RENAME TO words;
ALTER TABLE note ALTER k TYPE bigint;
SELECT keyed_accessor, (remarks_by_k(p, 8::bigint)).id FROM relmap.relationships r, product p WHERE r.name = 'remarks' AND p.id = 1;
CREATE SCHEMA keyed_2;
ALTER TABLE product SET SCHEMA keyed_2;
SELECT name, keyed_accessor FROM relmap.relationships WHERE keyed_accessor IS NOT NULL ORDER BY name;
ALTER SCHEMA keyed_2 RENAME TO keyed_3;
SELECT title FROM german ORDER BY id;
ALTER TABLE keyed_3.product SET SCHEMA keyed;
-- a name that the new one would be in the way of: it keeps the old one, and check() tells
CREATE FUNCTION translations_by_word(product, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE words RENAME language TO word;
SELECT name, problem, statement FROM relmap.check('keyed') WHERE severity = 'error';
DROP FUNCTION translations_by_word;
SELECT statement FROM relmap.check('keyed') WHERE severity = 'error' LIMIT 1 \gset
:statement
SELECT name, keyed_accessor FROM relmap.relationships WHERE name = 'translations';
SELECT name, problem, statement FROM relmap.check('keyed') WHERE severity = 'error';
-- missing
DROP VIEW german;
DROP FUNCTION translations_by_word(product, text);
SELECT problem, statement FROM relmap.check('keyed') WHERE severity = 'error';
SELECT statement FROM relmap.check('keyed') WHERE severity = 'error' \gset
:statement
SELECT (translations_by_word(p, 'de')).title FROM product p WHERE id = 1;
-- changed where nobody saw it
SET session_replication_role = replica;
ALTER TABLE note ALTER k TYPE int;
RESET session_replication_role;
SELECT remarks_by_k(p, 8) FROM product p WHERE id = 1;
SELECT problem, statement FROM relmap.check('keyed') WHERE severity = 'error';
SELECT statement FROM relmap.check('keyed') WHERE severity = 'error' LIMIT 1 \gset
:statement
SELECT (remarks_by_k(p, 8)).id FROM product p WHERE id = 1;
SELECT count(*) FROM relmap.check('keyed') WHERE severity = 'error';
-- suspended: reads on
ALTER TABLE words DROP CONSTRAINT translation_product_id_fkey;
SELECT suspended FROM relmap.relationships WHERE name = 'translations';
SELECT (translations_by_word(p, 'de')).title FROM product p WHERE id = 1;
ALTER TABLE words ADD CONSTRAINT translation_product_id_fkey FOREIGN KEY (product_id) REFERENCES product;
ALTER TABLE words DROP CONSTRAINT translation_pkey;
SELECT suspended FROM relmap.relationships WHERE name = 'translations';
SELECT (translations_by_word(p, 'de')).title FROM product p WHERE id = 1;

-- called by hand, as nobody should
SELECT relmap_internal.related_by(p, 'translations', NULL::words, 1) FROM product p;
SELECT relmap_internal.related_by(p, 'translations', NULL::words, 'a'::text, 'b'::text) FROM product p;
SELECT relmap_internal.related_by(p, 'translations', NULL::words, VARIADIC '{de}'::text[]) FROM product p;
SELECT relmap_internal.related_by(p, 'by_code', NULL::words, 'de'::text) FROM product p;
SELECT relmap_internal.related(p, 'translations', NULL::words) FROM product p;

-- it goes with its tables, its column, its declaration
SELECT relmap.drop_relationship('product', 'numbers');
ALTER TABLE slot DROP n;
DROP TABLE words;
SELECT oid::regprocedure FROM pg_proc WHERE prosrc LIKE '/* relmap */%' AND pronargs > 1 ORDER BY oid::regprocedure::text;
DROP SCHEMA keyed, keyed_3 CASCADE;
SELECT count(*) FROM pg_proc WHERE prosrc LIKE '/* relmap */%';
DROP ROLE regress_keyed_reader;
