-- models for SQLAlchemy; t/models.pl imports them
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset tuples_only on
\pset format unaligned
CREATE SCHEMA modelled;
SET search_path = modelled, public;
\getenv directory PG_ABS_SRCDIR
\set tables :directory '/sql/include/modelled.sql'
\i :tables
SELECT relmap.models('sqlalchemy', 'modelled');
SELECT relmap.models('sqlalchemy', 'other');
SELECT relmap.models() = relmap.models('sqlalchemy', NULL);

-- hostile names
\set names :directory '/sql/include/hostile_names.sql'
\i :names
SELECT count(*) FROM relmap.automap('s''"%s\;#x');
SELECT relmap.models('sqlalchemy', 's''"%s\;#x');

-- misuse, and nothing to model
SELECT relmap.models('django');
SELECT relmap.models(NULL);
SELECT relmap.models('sqlalchemy', 'no such schema');
SELECT relmap.models(schema => 'pg_catalog');

DROP SCHEMA modelled, other, "s'""%s\;#x" CASCADE;

-- in a database without Unicode, whose sessions warn of backslashes in constants
\set unicode :DBNAME
CREATE DATABASE relmap_models TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';
-- (that could be had until 18)
SELECT :SERVER_VERSION_NUM < 190000 AS has_old_strings \gset
\if :has_old_strings
ALTER DATABASE relmap_models SET standard_conforming_strings = off;
\endif
\c relmap_models
-- nor does it matter how tables are stored
CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler;
SET default_table_access_method = other;
CREATE EXTENSION relmap;
SELECT DISTINCT a.amname FROM pg_class c JOIN pg_am a ON a.oid = c.relam
WHERE c.relnamespace = 'relmap_internal'::regnamespace AND c.relkind = 'r';
CREATE TABLE "a name" (id int PRIMARY KEY);
SELECT relmap.models();
CREATE TABLE child (id int PRIMARY KEY, "a.name_id" int REFERENCES "a name", is_main boolean, tags text[]);
CREATE UNIQUE INDEX ON child ("a.name_id") WHERE is_main;
SELECT source, name, kind FROM relmap.automap();
SELECT relmap.models();
SELECT relmap.diagram(), relmap.diagram('dot');
SELECT count(*) FROM relmap.check() WHERE severity = 'error';
\c :unicode
DROP DATABASE relmap_models;
