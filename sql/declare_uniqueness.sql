-- The uniqueness under a one-to-one: used as it is, made, and dropped.

CREATE SCHEMA uniqueness;
SET search_path = uniqueness;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY);

-- a constraint that is there is used, and stays
CREATE TABLE c1 (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
SELECT relmap.relationship('parent', 'c1', 'c1', uselist => false);
SELECT relmap.drop_relationship('parent', 'c1');
-- so is a primary key, and a deferrable one
CREATE TABLE c2 (parent_id int PRIMARY KEY REFERENCES parent);
SELECT relmap.relationship('parent', 'c2', 'c2', uselist => false, on_replace => 'delete');
CREATE TABLE c3 (id int PRIMARY KEY, parent_id int UNIQUE DEFERRABLE REFERENCES parent);
SELECT relmap.relationship('parent', 'c3', 'c3', uselist => false);
-- a bare unique index is used, with the statement that makes it a constraint
CREATE TABLE c4 (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE UNIQUE INDEX "c4 by parent" ON c4 (parent_id) INCLUDE (id);
SELECT relmap.relationship('parent', 'c4', 'c4', uselist => false);
SELECT relmap.drop_relationship('parent', 'c4');
-- a constraint is preferred to an index
CREATE TABLE c5 (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE UNIQUE INDEX c5_index ON c5 (parent_id);
ALTER TABLE c5 ADD CONSTRAINT c5_constraint UNIQUE (parent_id);
SELECT relmap.relationship('parent', 'c5', 'c5', uselist => false);
-- what does not keep parents apart, or keeps more apart, is no use
CREATE TABLE c6 (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE UNIQUE INDEX ON c6 (parent_id) WHERE id > 0;
CREATE UNIQUE INDEX ON c6 ((parent_id + 0));
CREATE UNIQUE INDEX ON c6 (parent_id, id);
CREATE UNIQUE INDEX ON c6 (parent_id) NULLS NOT DISTINCT;
CREATE INDEX ON c6 (parent_id);
SELECT relmap.relationship('parent', 'c6', 'c6', uselist => false);
-- in any order of columns
CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE c7 (id int PRIMARY KEY, a int, b int, UNIQUE (b, a), FOREIGN KEY (a, b) REFERENCES pair);
SELECT relmap.relationship('pair', 'c7', 'c7', uselist => false);
-- not in a coarser collation
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE word (word text PRIMARY KEY);
CREATE TABLE c8 (id int PRIMARY KEY, word text REFERENCES word);
CREATE UNIQUE INDEX ON c8 (word COLLATE nocase);
SELECT relmap.relationship('word', 'c8', 'c8', uselist => false);
-- another operator class with the same equality does
CREATE TABLE c9 (id int PRIMARY KEY, word varchar(10) REFERENCES word);
CREATE UNIQUE INDEX c9_pattern ON c9 (word varchar_pattern_ops);
SELECT relmap.relationship('word', 'c9', 'c9', uselist => false);
TABLE made;

-- what relmap made goes with the last relationship that needs it
SELECT relmap.relationship('parent', 'one', 'c4', uselist => false);
CREATE TABLE d (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'd', 'd', uselist => false);
SELECT relmap.relationship('parent', 'd2', 'd', uselist => false);
SELECT name, own FROM declared WHERE target = 'd'::regclass;
SELECT relmap.drop_relationship('parent', 'd');
SELECT name, own FROM declared WHERE target = 'd'::regclass;
SELECT relmap.drop_relationship('parent', 'd2');
SELECT * FROM made WHERE "on" = 'd'::regclass;
-- unless it is to be kept
SELECT relmap.relationship('parent', 'd', 'd', uselist => false);
SELECT relmap.drop_relationship('parent', 'd', keep_constraint => true);
SELECT * FROM made WHERE "on" = 'd'::regclass;
-- and it is the user's from then on
SELECT relmap.relationship('parent', 'd', 'd', uselist => false);
SELECT relmap.drop_relationship('parent', 'd');
SELECT * FROM made WHERE "on" = 'd'::regclass;
-- what relmap has made is relmap's again after a restore without rows
ALTER TABLE d DROP CONSTRAINT d_parent_id_key;
SELECT relmap.relationship('parent', 'd', 'd', uselist => false);
DELETE FROM relmap_internal.relationship WHERE target = 'd'::regclass;
SELECT relmap.relationship('parent', 'd', 'd', uselist => false);
SELECT relmap.drop_relationship('parent', 'd');
SELECT * FROM made WHERE "on" = 'd'::regclass;
-- or something else needs it
SELECT relmap.relationship('parent', 'd', 'd', uselist => false);
CREATE TABLE grandchild (parent_id int REFERENCES d (parent_id));
SELECT relmap.drop_relationship('parent', 'd');
SELECT * FROM made WHERE "on" = 'd'::regclass;
-- a replica identity needs it, too
DROP TABLE grandchild;
ALTER TABLE d DROP CONSTRAINT d_parent_id_key, ALTER parent_id SET NOT NULL;
SELECT relmap.relationship('parent', 'd', 'd', uselist => false, on_replace => 'restrict');
ALTER TABLE d REPLICA IDENTITY USING INDEX d_parent_id_key;
SELECT relmap.alter_relationship('parent', 'd', uselist => true);

-- parents with several children now
CREATE TABLE e (id int PRIMARY KEY, parent_id int REFERENCES parent);
INSERT INTO parent SELECT generate_series(1, 9);
INSERT INTO e VALUES (1, 1), (2, 2), (3, 2), (4, NULL), (5, NULL), (6, 3), (7, 3), (8, 3);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'e', 'e', uselist => false)$$);
INSERT INTO e SELECT g, g / 2 - 6 FROM generate_series(20, 29) g;
SELECT * FROM error($$SELECT relmap.relationship('parent', 'e', 'e', uselist => false)$$);
SELECT relmap.relationship('parent', 'e', 'e', uselist => true);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'e', uselist => false)$$);
SELECT * FROM declared WHERE name = 'e';
-- the query of the hint
SELECT parent_id, count(*) FROM ONLY uniqueness.e WHERE parent_id IS NOT NULL GROUP BY parent_id HAVING count(*) > 1 ORDER BY count(*) DESC, parent_id;
-- composite
INSERT INTO pair VALUES (1, 1), (1, 2);
CREATE TABLE f ("A b" int, b int, FOREIGN KEY (b, "A b") REFERENCES pair);
INSERT INTO f VALUES (1, 1), (1, 1), (1, NULL), (1, NULL), (2, 1);
SELECT * FROM error($$SELECT relmap.relationship('pair', 'f', 'f', uselist => false)$$);
-- enforce => false does not mind
SELECT relmap.relationship('pair', 'f', 'f', uselist => false, enforce => false);
SELECT * FROM made WHERE "on" = 'f'::regclass;
DELETE FROM f;
SELECT relmap.alter_relationship('pair', 'f', enforce => true);
SELECT * FROM made WHERE "on" = 'f'::regclass;
SELECT relmap.alter_relationship('pair', 'f', enforce => false);
SELECT * FROM made WHERE "on" = 'f'::regclass;

-- a unique index in another deterministic collation keeps the same keys apart, and is used
CREATE TABLE named (name text COLLATE "en-x-icu" PRIMARY KEY);
CREATE TABLE g (name text COLLATE "en-x-icu" REFERENCES named);
CREATE UNIQUE INDEX g_c ON g (name COLLATE "C");
SELECT relmap.relationship('named', 'g', 'g', uselist => false);
SELECT * FROM made WHERE "on" = 'g'::regclass;
SELECT unique_index FROM relmap.relationships WHERE name = 'g';

-- one by which more values are equal is not: 1 and -1 are two parents
CREATE FUNCTION absolute_equal(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT abs($1) = abs($2)';
CREATE FUNCTION absolute_less(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT abs($1) < abs($2)';
CREATE FUNCTION absolute_cmp(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT btint4cmp(abs($1), abs($2))';
CREATE OPERATOR |=| (FUNCTION = absolute_equal, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR |<| (FUNCTION = absolute_less, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR CLASS absolute_ops FOR TYPE int USING btree AS
    OPERATOR 1 |<|, OPERATOR 3 |=|, FUNCTION 1 absolute_cmp(int, int);
INSERT INTO parent VALUES (-1);
CREATE TABLE h (id int, parent_id int REFERENCES parent);
CREATE UNIQUE INDEX h_absolute ON h (parent_id absolute_ops);
SELECT relmap.relationship('parent', 'h', 'h', uselist => false);
SELECT * FROM made WHERE "on" = 'h'::regclass;
SELECT unique_index FROM relmap.relationships WHERE name = 'h';

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA uniqueness CASCADE;
DELETE FROM relmap_internal.relationship;
