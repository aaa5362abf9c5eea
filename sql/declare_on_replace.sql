-- What happens to the child that is replaced or released: cascade and on_replace.

CREATE SCHEMA policies;
SET search_path = policies;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE TABLE owned (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parent);

-- the policies, one after the other
SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
SELECT relmap.alter_relationship('parent', 'child', on_replace => 'delete');
TABLE made;
SELECT relmap.alter_relationship('parent', 'child', cascade => 'all, delete-orphan');
TABLE made;
SELECT relmap.alter_relationship('parent', 'child', on_replace => 'restrict');
TABLE made;
SELECT relmap.alter_relationship('parent', 'child', cascade => 'save-update, merge');
TABLE made;
SELECT relmap.alter_relationship('parent', 'child', on_replace => 'nullify');
TABLE made;
-- what was a default follows the cascade
SELECT relmap.alter_relationship('parent', 'child', cascade => 'delete-orphan,delete');
SELECT cascade, on_replace FROM declared;
SELECT relmap.alter_relationship('parent', 'child', cascade => 'none');
SELECT cascade, on_replace FROM declared;
SELECT relmap.alter_relationship('parent', 'child', uselist => true, cascade => ' all ,delete-orphan, merge');
SELECT cascade, on_replace FROM declared;
TABLE made;
SELECT relmap.drop_relationship('parent', 'child');
TABLE made;

-- where no column can be NULL
SELECT * FROM error($$SELECT relmap.relationship('parent', 'owned', 'owned', uselist => false)$$);
SELECT relmap.relationship('parent', 'owned', 'owned', uselist => false, cascade => 'all, delete-orphan');
TABLE made;
SELECT relmap.alter_relationship('parent', 'owned', on_replace => 'restrict');
TABLE made;
SELECT relmap.drop_relationship('parent', 'owned');
-- NOT NULL domains, over domains; primary keys; generated columns
CREATE DOMAIN key AS int NOT NULL;
CREATE DOMAIN key2 AS key;
CREATE TABLE in_domain (id int, parent_id key2 REFERENCES parent);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'x', 'in_domain', uselist => false)$$);
CREATE TABLE in_primary (parent_id int PRIMARY KEY REFERENCES parent);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'x', 'in_primary', uselist => false)$$);
CREATE TABLE generated (id int, parent_id int GENERATED ALWAYS AS (id * 2) STORED REFERENCES parent);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'x', 'generated', uselist => false)$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'x', 'generated', uselist => false, on_replace => 'delete')$$);
SELECT relmap.relationship('parent', 'x', 'generated', uselist => false, on_replace => 'restrict');
-- MATCH FULL
CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE part_full (a int NOT NULL, b int, FOREIGN KEY (a, b) REFERENCES pair MATCH FULL);
SELECT * FROM error($$SELECT relmap.relationship('pair', 'x', 'part_full', uselist => false)$$);
CREATE TABLE all_full (a int, b int, FOREIGN KEY (a, b) REFERENCES pair MATCH FULL);
SELECT relmap.relationship('pair', 'y', 'all_full', uselist => false);
-- the list of ON DELETE SET NULL (columns) decides
CREATE TABLE listed (a int, b int, FOREIGN KEY (a, b) REFERENCES pair ON DELETE SET NULL (b));
SELECT relmap.relationship('pair', 'z', 'listed', uselist => false);
SELECT relmap.drop_relationship('pair', 'z');
ALTER TABLE listed ALTER b SET NOT NULL;
SELECT * FROM error($$SELECT relmap.relationship('pair', 'z', 'listed', uselist => false)$$);

-- a column that another foreign key has as well: a replaced row would lose that parent, too
CREATE TABLE shares (id int PRIMARY KEY, a int, b int, c int, FOREIGN KEY (a, b) REFERENCES pair,
    CONSTRAINT other_key FOREIGN KEY (a, c) REFERENCES pair);
SELECT relmap.relationship('pair', 'share', 'shares', uselist => false, foreign_keys => '{a,b}');
SELECT relmap.drop_relationship('pair', 'share');
SELECT relmap.relationship('pair', 'share', 'shares', uselist => false, foreign_keys => '{a,b}', on_replace => 'set b = NULL');
DROP TABLE shares;

-- two relationships on one key have to agree
SELECT relmap.relationship('parent', 'one', 'child', uselist => false, on_replace => 'restrict');
SELECT * FROM error($$SELECT relmap.relationship('parent', 'two', 'child', uselist => false)$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'two', 'child', uselist => false, on_replace => 'delete')$$);
SELECT relmap.relationship('parent', 'two', 'child', uselist => false, on_replace => 'restrict');
SELECT relmap.relationship('parent', 'many', 'child', cascade => 'all, delete-orphan');
SELECT relmap.relationship('parent', 'loose', 'child', uselist => false, enforce => false);
SELECT name, uselist, on_replace, enforce, own FROM declared WHERE target = 'child'::regclass;
SELECT * FROM made WHERE "on" = 'child'::regclass;
SELECT relmap.drop_relationship('parent', 'one');
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'two', on_replace => 'nullify')$$);
SELECT relmap.drop_relationship('parent', 'many');
SELECT relmap.alter_relationship('parent', 'two', on_replace => 'nullify');
SELECT * FROM made WHERE "on" = 'child'::regclass;

-- what does not fit
SELECT relmap.drop_relationship('parent', 'two');
SELECT relmap.drop_relationship('parent', 'loose');
SELECT * FROM error($$SELECT relmap.relationship('parent', 'c', 'child', cascade => 'merge, explode')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'c', 'child', cascade => 'delete-orphan')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'c', 'child', uselist => false, on_replace => 'explode')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'c', 'child', uselist => false, on_replace => 'nullify', cascade => 'all, delete-orphan')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'c', 'child', on_replace => 'nullify')$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'p', 'parent', on_replace => 'nullify')$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'p', 'parent', cascade => 'all')$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'p', 'parent', cascade => 'all, delete-orphan')$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'p', 'parent', enforce => true)$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'p', 'parent', uselist => true)$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'p', 'parent', backref => relmap.backref('c', on_replace => 'delete'))$$);
SELECT * FROM declared WHERE target = 'child'::regclass;

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA policies CASCADE;
DELETE FROM relmap_internal.relationship;
