-- pictures of a schema, for mermaid and Graphviz
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset tuples_only on
\pset format unaligned
CREATE SCHEMA drawn;
SET search_path = drawn, public;
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, words text[], born timestamptz);
CREATE TABLE toy (child_id int PRIMARY KEY REFERENCES child, price numeric(8,2) UNIQUE);
CREATE TABLE tag (id int PRIMARY KEY);
CREATE TABLE child_tag (child_id int REFERENCES child, tag_id int NOT NULL REFERENCES tag);
CREATE TABLE alone ();
CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE VIEW seen AS SELECT 1;

-- before anything is declared: the foreign keys
SELECT relmap.diagram(schema => 'drawn');
-- one side, several attributes on one key, scalars by convention
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, enforce => false);
SELECT relmap.relationship('parent', 'children', 'child');
SELECT relmap.relationship('tag', 'tagged', 'child', secondary => 'child_tag');
SELECT relmap.diagram('mermaid', 'drawn') AS picture \gset
SELECT line FROM string_to_table(:'picture', E'\n') AS line WHERE line ~ '[-.]{2}';
-- all of it
SELECT count(*) FROM relmap.automap('drawn');
SELECT relmap.diagram('mermaid', 'drawn');
SELECT relmap.diagram('dot', 'drawn');

-- lines that lead out of the schema
CREATE SCHEMA other;
CREATE TABLE other.guest (id int PRIMARY KEY, host int UNIQUE REFERENCES parent);
SELECT relmap.diagram('mermaid', 'other');
SELECT relmap.diagram('dot', 'other');
SELECT line FROM string_to_table(relmap.diagram(), E'\n') AS line WHERE line ~ 'parent"';

-- hostile names; the parsers of t/pictures.pl take them too
\getenv directory PG_ABS_SRCDIR
\set names :directory '/sql/include/hostile_names.sql'
\i :names
SELECT count(*) FROM relmap.automap('s''"%s\;#x');
SELECT relmap.diagram('mermaid', 's''"%s\;#x');
SELECT relmap.diagram('dot', 's''"%s\;#x');

-- misuse, and nothing to draw
SELECT relmap.diagram('svg');
SELECT relmap.diagram(NULL);
SELECT relmap.diagram('dot', 'no such schema');
CREATE SCHEMA empty;
SELECT relmap.diagram(schema => 'empty');
SELECT relmap.diagram('dot', 'empty');
SELECT relmap.diagram(schema => 'pg_catalog');

DROP SCHEMA drawn, other, empty, "s'""%s\;#x" CASCADE;

-- some tables, with their neighbours; keys that only the partitions have
CREATE SCHEMA part;
SET search_path = part;
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
CREATE TABLE c (id int PRIMARY KEY, b int REFERENCES b);
CREATE TABLE d (id int, b int, a int) PARTITION BY RANGE (id);
CREATE TABLE d_1 PARTITION OF d FOR VALUES FROM (0) TO (10);
CREATE TABLE d_2 PARTITION OF d FOR VALUES FROM (10) TO (20);
ALTER TABLE d_1 ADD FOREIGN KEY (b) REFERENCES b;
ALTER TABLE d_2 ADD FOREIGN KEY (b) REFERENCES b;
SELECT relmap.diagram(tables => '{b}');
SELECT relmap.diagram(schema => 'part', tables => '{a,c}');
SELECT relmap.diagram(schema => 'part');
SELECT relmap.diagram('dot', 'part', '{}');

-- a label takes what its length takes
SELECT length(relmap_internal.encoded(repeat('direction TB "', 5000), 'mermaid'));
DROP SCHEMA part CASCADE;
