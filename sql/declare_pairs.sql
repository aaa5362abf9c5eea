-- The two sides of a relationship.

CREATE SCHEMA pairs;
SET search_path = pairs;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, other_id int);
CREATE TABLE stranger (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE VIEW sides AS SELECT source, name, target, direction, back, foreign_key FROM declared;

-- the other side may be declared later, and need not name the first
SELECT relmap.relationship('parent', 'children', 'child', back_populates => 'parent');
SELECT relmap.relationship('child', 'parent', 'parent');
TABLE sides;
-- declared again, it is the same
SELECT relmap.relationship('child', 'parent', 'parent');
-- a side that names nobody is adopted by the one that names it
SELECT relmap.drop_relationship('parent', 'children');
TABLE sides;
SELECT relmap.relationship('parent', 'children', 'child', back_populates => 'parent');
TABLE sides;
-- names follow
SELECT relmap.alter_relationship('child', 'parent', new_name => 'owner');
TABLE sides;
-- separated, and paired with another
SELECT relmap.alter_relationship('child', 'owner', back_populates => '');
TABLE sides;
SELECT relmap.relationship('parent', 'kids', 'child');
SELECT relmap.alter_relationship('child', 'owner', back_populates => 'kids');
TABLE sides;
SELECT relmap.alter_relationship('child', 'owner', back_populates => 'children');
TABLE sides;

-- what is not the other side
SELECT * FROM error($$SELECT relmap.relationship('parent', 'more', 'child', back_populates => 'owner')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'kids', back_populates => 'owner')$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'more', 'child', back_populates => 'owner', backref => 'x')$$);
ALTER TABLE child ADD FOREIGN KEY (other_id) REFERENCES parent;
SELECT * FROM error($$SELECT relmap.relationship('parent', 'others', 'child', foreign_keys => '{other_id}', back_populates => 'owner')$$);
SELECT relmap.relationship('stranger', 'parent', 'parent', back_populates => 'friends');
SELECT * FROM error($$SELECT relmap.relationship('parent', 'friends', 'stranger', back_populates => 'other')$$);
SELECT relmap.relationship('parent', 'friends', 'stranger');
SELECT * FROM error($$SELECT relmap.relationship('stranger', 'again', 'parent', back_populates => 'friends')$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'again', 'parent', foreign_keys => '{other_id}', back_populates => 'friends')$$);
SELECT relmap.relationship('child', 'late', 'parent', foreign_keys => '{other_id}', back_populates => 'lates');
SELECT * FROM error($$SELECT relmap.relationship('parent', 'lates', 'child', foreign_keys => '{parent_id}')$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'x', 'parent', foreign_keys => '{parent_id}', back_populates => repeat('x', 64))$$);
TABLE sides;

-- of two that name it, it is paired with the one that it names
CREATE TABLE toy (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'old_toys', 'toy', back_populates => 'parent');
SELECT relmap.relationship('parent', 'toys', 'toy', back_populates => 'parent');
SELECT relmap.relationship('toy', 'parent', 'parent', back_populates => 'toys');
SELECT * FROM sides WHERE name IN ('old_toys', 'toys', 'parent') AND 'toy'::regclass IN (source, target);
SELECT relmap.drop_relationship('toy', 'parent');
SELECT * FROM sides WHERE name IN ('old_toys', 'toys', 'parent') AND 'toy'::regclass IN (source, target);
DROP TABLE toy;

-- backref
SELECT relmap.backref('child');
SELECT relmap.backref('ch"ild', uselist => false, cascade => 'all', on_replace => 'delete', order_by => 'id',
                      enforce => true, accessor => false, doc => 'a "doc"', info => '{"a": [1]}');
SELECT * FROM error($$SELECT relmap.backref(NULL)$$);
CREATE TABLE pet (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('pet', 'owner', 'parent', doc => 'whose', info => '{"b": 2}',
    backref => relmap.backref('pet', uselist => false, cascade => 'all, delete-orphan', accessor => false, doc => 'the pet', info => '{"a": [1]}'));
SELECT source, name, direction, uselist, back_populates, cascade, on_replace, enforce, accessor, doc, info
    FROM relmap_internal.relationship WHERE 'pet'::regclass IN (source, target) ORDER BY name;
SELECT relmap.alter_relationship('parent', 'pet', doc => '', info => 'null', accessor => true);
SELECT name, accessor, doc, info FROM relmap_internal.relationship WHERE name = 'pet';
SELECT * FROM error($$SELECT relmap.relationship('pet', 'owner', 'parent', backref => relmap.backref('pet', uselist => true))$$);
SELECT * FROM error($$SELECT relmap.relationship('pet', 'owner2', 'parent', backref => '{"x": 1}')$$);
SELECT * FROM error($$SELECT relmap.relationship('pet', 'owner2', 'parent', backref => '')$$);

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA pairs CASCADE;
DELETE FROM relmap_internal.relationship;
