-- What cannot be declared, and how it is said.

CREATE SCHEMA errors;
SET search_path = errors;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE VIEW a_view AS TABLE parent;
CREATE MATERIALIZED VIEW a_matview AS TABLE parent;
CREATE SEQUENCE a_sequence;
CREATE INDEX an_index ON child (parent_id);
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE a_foreign_table (id int) SERVER nowhere;
CREATE TYPE a_type AS (id int);

-- arguments that are missing
SELECT * FROM error($$SELECT relmap.relationship(NULL, 'children', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', NULL, 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'children', NULL)$$);
SELECT * FROM error($$SELECT relmap.alter_relationship(NULL, NULL)$$);
SELECT * FROM error($$SELECT relmap.drop_relationship('parent', NULL)$$);

-- what is no table
SELECT * FROM error($$SELECT relmap.relationship('a_view', 'children', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'children', 'a_matview')$$);
SELECT * FROM error($$SELECT relmap.relationship('a_sequence', 'children', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'children', 'an_index')$$);
SELECT * FROM error($$SELECT relmap.relationship('a_foreign_table', 'children', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('a_type', 'children', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('pg_class', 'children', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'children', 'pg_toast.pg_toast_1255')$$);
SELECT * FROM error($$SELECT relmap.relationship(1, 'children', 'child')$$);

-- names
SELECT * FROM error($$SELECT relmap.relationship('parent', 'name', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'ctid', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'tableoid', 'child', accessor => false)$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', '', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', repeat('x', 64), 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', repeat('ä', 32), 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'parent', 'parent', backref => 'name')$$);
SELECT relmap.relationship('parent', repeat('x', 63), 'child');
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', repeat('x', 63), new_name => 'id')$$);
-- a dropped column's name is free
DROP VIEW a_view;
DROP MATERIALIZED VIEW a_matview;
ALTER TABLE parent DROP COLUMN name;
SELECT relmap.relationship('parent', 'name', 'child');

-- declared before, differently
SELECT relmap.relationship('parent', 'children', 'child');
SELECT * FROM error($$SELECT relmap.relationship('parent', 'children', 'child', uselist => false, doc => 'x')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'children', 'child', order_by => 'id', info => '{}')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'name', new_name => 'children')$$);

-- no foreign key: which one might be meant
CREATE TABLE posts (id int PRIMARY KEY);
CREATE TABLE categories (id int PRIMARY KEY, post_id text);
CREATE TABLE post_categories (post_id int REFERENCES posts, category_id int REFERENCES categories);
CREATE TABLE "Also" (a int REFERENCES posts, b int REFERENCES categories);
CREATE TABLE follows (a int REFERENCES posts, b int REFERENCES posts);
CREATE TABLE app_user (uid int PRIMARY KEY);
CREATE TABLE picture (pid int PRIMARY KEY, "appuid" int, user_uid int, category_id int, categoryid int, post_id text);
SELECT * FROM error($$SELECT relmap.relationship('posts', 'categories', 'categories')$$);
SELECT * FROM error($$SELECT relmap.relationship('posts', 'followers', 'posts')$$);
SELECT * FROM error($$SELECT relmap.relationship('app_user', 'picture', 'picture')$$);
SELECT * FROM error($$SELECT relmap.relationship('picture', 'user', 'app_user')$$);
SELECT * FROM error($$SELECT relmap.relationship('categories', 'pictures', 'picture')$$);
SELECT * FROM error($$SELECT relmap.relationship('posts', 'pictures', 'picture')$$);
SELECT * FROM error($$SELECT relmap.relationship('app_user', 'self', 'app_user')$$);
SELECT * FROM error($$SELECT relmap.relationship('posts', 'users', 'app_user', secondary => 'post_categories')$$);
SELECT * FROM error($$SELECT relmap.relationship('posts', 'categories', 'categories', secondary => 'picture')$$);

-- uselist on the side that it says nothing of
SELECT * FROM error($$SELECT relmap.relationship('post_categories', 'post', 'posts', uselist => true)$$);
SELECT relmap.relationship('post_categories', 'post', 'posts', uselist => false);
SELECT relmap.relationship('posts', 'by_a', 'follows', foreign_keys => '{a}', backref => relmap.backref('of_a', uselist => false));
SELECT relmap.relationship('posts', 'by_b', 'follows', foreign_keys => '{b}', uselist => false, backref => relmap.backref('of_b', uselist => false));
SELECT relmap.relationship('post_categories', 'post', 'posts', uselist => false);

-- no such relationship
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'child', uselist => false)$$);
SELECT * FROM error($$SELECT relmap.drop_relationship('parent', 'child')$$);
SELECT * FROM error($$SELECT relmap.drop_relationship('child', 'parent')$$);
SELECT * FROM error($$SELECT relmap.drop_relationship('child', 'parent', missing_ok => NULL)$$);
-- which is none if it may be missing; what it is missing from may not be
SELECT relmap.drop_relationship('child', 'parent', missing_ok => true);
SELECT * FROM error($$SELECT relmap.drop_relationship('chidl', 'parent', missing_ok => true)$$);
SELECT * FROM error($$SELECT relmap.drop_relationship(0, 'parent', missing_ok => true)$$);
SELECT * FROM error($$SELECT relmap.drop_relationship('pg_class', 'parent', missing_ok => true)$$);

-- of many, the most similar are named
SET client_min_messages = warning;
SELECT count(*) FROM generate_series(1, 15) i, LATERAL (SELECT relmap.relationship('parent', 'list' || i, 'child')) r;
SELECT * FROM error($$SELECT relmap.drop_relationship('parent', 'lost12')$$);
SELECT count(*) FROM generate_series(1, 15) i, LATERAL (SELECT relmap.drop_relationship('parent', 'list' || i)) r;
RESET client_min_messages;

-- read-only transactions
BEGIN READ ONLY;
SELECT * FROM error($$SELECT relmap.relationship('parent', 'x', 'child')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'name', doc => 'x')$$);
SELECT * FROM error($$SELECT relmap.drop_relationship('parent', 'name')$$);
COMMIT;

-- a table that the search_path does not lead to is named with its schema
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.parent (id int PRIMARY KEY);
CREATE TABLE app.profile (id int PRIMARY KEY, parent_id int REFERENCES app.parent);
SELECT relmap.relationship('app.parent', 'profile', 'app.profile', uselist => false, backref => 'user');
SELECT relmap.relationship('app.parent', 'profile', 'app.profile', uselist => false);
SAVEPOINT a;
SELECT * FROM error($$SELECT relmap.relationship('app.parent', 'profile', 'app.profile', uselist => false, on_replace => 'restrict')$$);
SELECT * FROM error($$SELECT relmap.relationship('app.parent', 'x', 'parent')$$);
SELECT * FROM error($$SELECT relmap.drop_relationship('app.parent', 'x')$$);
CREATE TABLE app.card (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES app.parent);
SELECT * FROM error($$SELECT relmap.relationship('app.parent', 'card', 'app.card', uselist => false, on_replace => 'set parent_id = NULL')$$);
INSERT INTO app.parent VALUES (1);
INSERT INTO app.profile VALUES (1, 1);
SET LOCAL relmap.log_replacement = notice;
INSERT INTO app.profile VALUES (2, 1);
ALTER TABLE app.profile DROP CONSTRAINT profile_parent_id_fkey;
DROP TABLE app.profile;
ROLLBACK TO a;
SET LOCAL search_path = app;
SELECT relmap.drop_relationship('parent', 'profile');
ROLLBACK;

-- nothing of all that was left behind
SELECT name FROM declared;
TABLE made;

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA errors CASCADE;
DELETE FROM relmap_internal.relationship;
