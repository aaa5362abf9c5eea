-- The seed example: one-to-many, one-to-one, both sides.

CREATE SCHEMA declare;
SET search_path = declare;

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child  (id int PRIMARY KEY, parent_id int REFERENCES parent);

\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

-- one-to-many and many-to-one, declared side by side
SELECT relmap.relationship('parent', 'children', 'child',  back_populates => 'parent');
SELECT relmap.relationship('child',  'parent',   'parent', back_populates => 'children');
TABLE declared;
TABLE made;

-- converted to one-to-one: "uselist=False", renaming children to child for clarity
SELECT relmap.alter_relationship('parent', 'children', new_name => 'child', uselist => false);
TABLE declared;
TABLE made;

-- and back again
SELECT relmap.alter_relationship('parent', 'child', new_name => 'children', uselist => true);
TABLE declared;
TABLE made;

SELECT relmap.drop_relationship('parent', 'children');
SELECT relmap.drop_relationship('child', 'parent');
TABLE declared;

-- or one-to-one from the start, both sides at once, from the child's side
SELECT relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false));
TABLE declared;
TABLE made;

-- declared again: nothing changes
SELECT relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false));
SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, back_populates => 'parent');

-- one-to-one from the parent's side
SELECT relmap.drop_relationship('child', 'parent');
SELECT relmap.drop_relationship('parent', 'child');
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => 'parent');
TABLE declared;
TABLE made;

-- a rolled back declaration leaves nothing
SELECT relmap.drop_relationship('parent', 'child');
BEGIN;
SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
TABLE made;
ROLLBACK;
TABLE declared;
TABLE made;

-- names that need quotes, everywhere
CREATE TABLE "Par ent" ("I d" int PRIMARY KEY);
CREATE TABLE "Chi'ld\" (id int PRIMARY KEY, "Par'ent, id\" int REFERENCES "Par ent");
SELECT relmap.relationship('"Par ent"', 'The "Child"', '"Chi''ld\"', uselist => false, cascade => 'all, delete-orphan', backref => 'The Parent');
TABLE declared;
TABLE made;
SELECT relmap.drop_relationship('"Par ent"', 'The "Child"');
TABLE made;

-- a table in no search_path
SET search_path = pg_catalog;
SELECT relmap.relationship('declare.parent', 'child', 'declare.child', uselist => false);
SELECT relmap.drop_relationship('declare.parent', 'child');

SET client_min_messages = warning;
DROP SCHEMA declare CASCADE;
DELETE FROM relmap_internal.relationship;
