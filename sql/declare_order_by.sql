-- The order of a collection.

CREATE SCHEMA order_by;
SET search_path = order_by;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, "Na me" text, born date);

SELECT relmap.relationship('parent', 'children', 'child', order_by => 'BORN desc nulls last , "Na me" asc, id nulls first');
SELECT order_by FROM declared;
SELECT relmap.alter_relationship('parent', 'children', order_by => 'id');
SELECT order_by FROM declared;
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', uselist => false)$$);
SELECT relmap.alter_relationship('parent', 'children', uselist => false, order_by => '');
SELECT order_by FROM declared;
-- the convention reads the first of several
SELECT relmap.alter_relationship('parent', 'children', enforce => false, order_by => 'born DESC');
SELECT order_by FROM declared;
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', enforce => true)$$);

SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => 'nowhere')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => 'ctid')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => '1')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => 'id + 1')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => 'child.id')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => 'id USING >')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => 'id LIMIT 1')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => 'id FOR UPDATE')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => 'id; DROP TABLE child')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', order_by => 'id,')$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'parent', 'parent', order_by => 'id')$$);

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA order_by CASCADE;
DELETE FROM relmap_internal.relationship;
