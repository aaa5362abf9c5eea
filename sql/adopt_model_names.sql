-- models: classes of one name in several schemas, names that meet, arrays of domains
\set VERBOSITY terse
SET client_min_messages = warning;
\pset tuples_only on
\pset format unaligned
CREATE SCHEMA person;
CREATE SCHEMA sales;
SET search_path = person;
CREATE TABLE person.address (id int PRIMARY KEY, "a b" int, a_b int, "a.b" int, "class" int, "größe" int);
CREATE TABLE sales.address (id int PRIMARY KEY, other int REFERENCES person.address);
CREATE TABLE sales.note (address int REFERENCES sales.address);
CREATE DOMAIN sales.tags AS text[];
CREATE DOMAIN sales.tag AS text;
CREATE TABLE sales.tagged (id int PRIMARY KEY, a sales.tags[], b sales.tags, c sales.tag[], d text[]);
SELECT count(*) FROM relmap.automap() WHERE source::text ~ 'address|note';
SELECT relmap.models();
SELECT relmap.models(schema => 'nosuch');
SELECT relmap.models('php');
SELECT relmap.diagram('php');

-- many attributes on one key
CREATE TABLE sales.hub (id int PRIMARY KEY);
CREATE TABLE sales.spoke (id int PRIMARY KEY, hub int REFERENCES sales.hub);
SELECT count(*) FROM generate_series(1, 100) i,
    LATERAL (SELECT relmap.relationship('sales.hub', 'spokes' || i, 'sales.spoke', accessor => false)) r;
SELECT count(*), max(length(m)) < 3000 FROM regexp_split_to_table(relmap.models(schema => 'sales'), '\n') m WHERE m ~ 'spokes\d+ =';
DROP SCHEMA person, sales CASCADE;
