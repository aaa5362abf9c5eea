-- Partitioned tables.

CREATE SCHEMA partitioned;
SET search_path = partitioned;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int, region int, PRIMARY KEY (id, region));
CREATE TABLE child (id int, parent_id int, region int,
    FOREIGN KEY (parent_id, region) REFERENCES parent) PARTITION BY LIST (region);
CREATE TABLE child_1 PARTITION OF child FOR VALUES IN (1);
CREATE TABLE child_2 PARTITION OF child FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE child_2a PARTITION OF child_2 FOR VALUES FROM (0) TO (1000);

-- the relationship is the partitioned table's
SELECT * FROM error($$SELECT relmap.relationship('parent', 'c', 'child_1')$$);
SELECT relmap.relationship('parent', 'children', 'child', backref => 'parent');
-- a unique constraint has to contain the partition keys, of partitions too
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', uselist => false)$$);
DROP TABLE child_2;
SELECT relmap.alter_relationship('parent', 'children', uselist => false);
TABLE made;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE '~relmap%' ORDER BY tgrelid::regclass::text;
CREATE TABLE child_3 PARTITION OF child FOR VALUES IN (3);
SELECT relmap.alter_relationship('parent', 'children', cascade => 'all, delete-orphan');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE '~relmap%' ORDER BY tgrelid::regclass::text, tgname;
SELECT relmap.drop_relationship('parent', 'children');
TABLE made;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE '~relmap%' ORDER BY tgrelid::regclass::text;

-- a column of the partition key, or one that a partition holds fast, can't be NULL
CREATE TABLE single (id int PRIMARY KEY);
CREATE TABLE by_parent (id int, parent_id int REFERENCES single) PARTITION BY HASH (parent_id);
SELECT * FROM error($$SELECT relmap.relationship('single', 'x', 'by_parent', uselist => false)$$);
CREATE TABLE strict (id int, parent_id int, region int,
    FOREIGN KEY (parent_id, region) REFERENCES parent) PARTITION BY LIST (region);
CREATE TABLE strict_1 PARTITION OF strict (parent_id NOT NULL) FOR VALUES IN (1);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'x', 'strict', uselist => false)$$);
CREATE TABLE expression (id int, parent_id int REFERENCES single) PARTITION BY RANGE ((parent_id + 1));
SELECT * FROM error($$SELECT relmap.relationship('single', 'x', 'expression', uselist => false, on_replace => 'restrict')$$);

-- a partition with a foreign key of its own
CREATE TABLE own (id int, parent_id int) PARTITION BY RANGE (id);
CREATE TABLE own_1 PARTITION OF own (FOREIGN KEY (parent_id) REFERENCES single) FOR VALUES FROM (0) TO (1000);
SELECT relmap.relationship('single', 'own', 'own_1', uselist => false);
SELECT * FROM made WHERE "on" = 'own_1'::regclass;
-- a partitioned parent
CREATE TABLE big (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE big_1 PARTITION OF big FOR VALUES FROM (0) TO (1000);
CREATE TABLE of_big (id int PRIMARY KEY, big_id int REFERENCES big);
SELECT relmap.relationship('big', 'child', 'of_big', uselist => false, backref => 'parent');
SELECT * FROM made WHERE "on" = 'of_big'::regclass;
SELECT * FROM declared WHERE source IN ('big'::regclass, 'of_big'::regclass);

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA partitioned CASCADE;
DELETE FROM relmap_internal.relationship;
