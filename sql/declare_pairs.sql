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

-- several attributes for the children of one key: one of them is the other side, the others lead back all the same
CREATE TABLE customer (id int PRIMARY KEY);
CREATE TABLE address (id int PRIMARY KEY, customer_id int REFERENCES customer, is_default boolean, live boolean);
CREATE VIEW attributes AS SELECT source, name, back FROM sides WHERE 'address'::regclass IN (source, target) ORDER BY source::text, name;
SELECT relmap.relationship('customer', 'addresses', 'address', back_populates => 'customer');
SELECT relmap.relationship('customer', 'default_address', 'address', uselist => false, condition => 'is_default',
                           on_replace => 'set is_default = false', back_populates => 'customer');
SELECT relmap.relationship('customer', 'latest', 'address', uselist => false, enforce => false, order_by => 'id DESC',
                           back_populates => 'customer');
SELECT relmap.relationship('address', 'customer', 'customer');
SELECT relmap.relationship('customer', 'live', 'address', condition => 'live', back_populates => 'customer');
TABLE attributes;
-- renamed along, also where the other side says it again
SELECT relmap.alter_relationship('address', 'customer', new_name => 'owner');
TABLE attributes;
SELECT relmap.relationship('customer', 'live', 'address', condition => 'live', back_populates => 'owner');
SELECT relmap.relationship('address', 'owner', 'customer', back_populates => 'addresses');
SELECT name, problem FROM relmap.check('pairs') WHERE rule IN ('other_side_missing', 'sides_disagree') AND name IN ('owner', 'live', 'latest', 'default_address');
-- the many-to-one does not name one of them
SELECT * FROM error($$SELECT relmap.alter_relationship('address', 'owner', back_populates => 'default_address')$$);
SELECT * FROM error($$SELECT relmap.relationship('address', 'other', 'customer', back_populates => 'latest')$$);
-- separated, they go on leading to it
SELECT relmap.alter_relationship('address', 'owner', back_populates => '');
TABLE attributes;
SELECT relmap.alter_relationship('address', 'owner', back_populates => 'addresses');
TABLE attributes;
-- the other side gets a condition, and loses it
SELECT relmap.alter_relationship('customer', 'addresses', condition => 'live');
TABLE attributes;
SELECT relmap.alter_relationship('customer', 'addresses', condition => '');
TABLE attributes;
SELECT * FROM error($$SELECT relmap.alter_relationship('customer', 'live', condition => '')$$);
SELECT relmap.alter_relationship('customer', 'live', condition => '', back_populates => '');
SELECT * FROM error($$SELECT relmap.alter_relationship('customer', 'latest', order_by => '', doc => 'no order')$$);
-- named before it was one of them
SELECT relmap.relationship('address', 'second', 'customer', back_populates => 'some');
SELECT relmap.relationship('customer', 'some', 'address', condition => 'id > 10');
TABLE attributes;
-- a backref to one that is paired, and one of them as a backref
SELECT relmap.relationship('customer', 'first', 'address', uselist => false, enforce => false, order_by => 'id', backref => 'owner');
TABLE attributes;
SELECT relmap.drop_relationship('customer', 'default_address');
SELECT relmap.relationship('address', 'third', 'customer',
    backref => relmap.backref('default_address', uselist => false, condition => 'is_default', on_replace => 'set is_default = false'));
TABLE attributes;
-- as a restore of parts leaves it
UPDATE relmap_internal.relationship SET back_populates = 'default_address' WHERE name = 'third';
SELECT name, problem, statement FROM relmap.check('pairs') WHERE rule = 'sides_disagree' AND name IN ('third', 'default_address');
SELECT statement FROM relmap.check('pairs') WHERE rule = 'sides_disagree' AND name = 'third' \gset
:statement
-- what they lead back to is dropped
SELECT relmap.drop_relationship('address', 'owner');
TABLE attributes;
DROP TABLE address, customer CASCADE;

-- a wrong name of the other side
CREATE TABLE den (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('den', 'user', 'parent', back_populates => 'denn');
SELECT relmap.relationship('parent', 'den', 'den', back_populates => 'user');
SELECT relmap.alter_relationship('pairs.den', 'user', back_populates => 'den');
SELECT relmap.relationship('parent', 'den', 'den', back_populates => 'user');
-- nothing to change
SELECT relmap.alter_relationship('den', 'user');
SELECT relmap.alter_relationship('den', 'user', on_replace => NULL);
SELECT relmap.alter_relationship('den', 'user', cascade => NULL, doc => '');
DROP FUNCTION "user"(den);
SELECT relmap.alter_relationship('den', 'user');
DROP TABLE den;

-- what else may be meant: a one-to-one, where no two rows have the same parent; the parent, of a table's own rows
CREATE TABLE cave (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent, part_of int REFERENCES cave);
SELECT relmap.relationship('parent', 'cave', 'cave', backref => 'owner');
SELECT relmap.relationship('parent', 'cave', 'cave', backref => 'owner');
SELECT relmap.relationship('parent', 'caves', 'cave', uselist => true);
SELECT relmap.relationship('parent', 'one_cave', 'cave', on_replace => 'delete');
SELECT relmap.relationship('cave', 'larger', 'cave');
SELECT relmap.relationship('cave', 'first_part', 'cave', uselist => false, enforce => false);
SELECT relmap.relationship('cave', 'whole', 'cave', remote_side => '{id}');
SELECT relmap.relationship('cave', 'parts', 'cave', back_populates => 'whole');
DROP TABLE cave;

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

-- a backref can have a key for each child; one of that name that has another target is told to differ
CREATE TABLE word (id int PRIMARY KEY, parent_id int REFERENCES parent, stranger_id int REFERENCES stranger, lang text);
SELECT relmap.relationship('word', 'owner', 'parent', backref => relmap.backref('words', keyed_by => '{lang}', on_replace => 'delete'));
SELECT keyed_by, on_replace FROM relmap.relationships WHERE name = 'words';
SELECT * FROM error($$SELECT relmap.relationship('word', 'owner', 'stranger')$$);

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA pairs CASCADE;
DELETE FROM relmap_internal.relationship;
