-- Every parameter of relationship(), given, changed, and taken away, on each
-- direction that has it.

CREATE SCHEMA parameters;
SET search_path = parameters;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE VIEW seen AS
    SELECT r.source, r.name, r.uselist, r.cascade, r.on_replace, r.enforced, r.order_by, r.doc, r.info,
           obj_description(r.accessor, 'pg_proc') AS comment
    FROM relmap.relationships r ORDER BY r.source::text COLLATE "C", r.name;

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, rank int);
CREATE TABLE tag (id int PRIMARY KEY, label text);
CREATE TABLE child_tag (child_id int REFERENCES child, tag_id int REFERENCES tag, PRIMARY KEY (child_id, tag_id));

SELECT relmap.relationship('parent', 'children', 'child', uselist => true, cascade => 'all', order_by => 'rank DESC, id',
                           doc => 'by rank', info => '{"a": [1]}',
                           backref => relmap.backref('parent', doc => 'the one', info => '"x"'));
SELECT relmap.relationship('child', 'tags', 'tag', secondary => 'child_tag', order_by => 'label', cascade => 'delete',
                           doc => 'what it is about', info => '{}',
                           backref => relmap.backref('children', order_by => 'rank', cascade => 'delete'));
TABLE seen;

-- each is changed alone
SELECT relmap.alter_relationship('parent', 'children', order_by => 'id');
SELECT relmap.alter_relationship('parent', 'children', doc => 'by id');
SELECT relmap.alter_relationship('parent', 'children', info => '{"b": 2}');
SELECT relmap.alter_relationship('parent', 'children', cascade => 'none');
SELECT relmap.alter_relationship('parent', 'children', accessor => false);
SELECT relmap.alter_relationship('child', 'parent', doc => 'father or mother');
SELECT relmap.alter_relationship('child', 'tags', order_by => 'label DESC');
SELECT relmap.alter_relationship('child', 'tags', cascade => 'save-update');
SELECT relmap.alter_relationship('child', 'tags', enforce => false);
TABLE seen;
-- nothing given: nothing changes
SELECT relmap.alter_relationship('child', 'tags');
-- and taken away
SELECT relmap.alter_relationship('parent', 'children', order_by => '', doc => '', info => 'null', accessor => true);
SELECT relmap.alter_relationship('child', 'tags', order_by => '', doc => '', info => 'null', enforce => true);
TABLE seen;
-- to one row, and back
SELECT relmap.alter_relationship('child', 'tags', new_name => 'tag', uselist => false);
SELECT relmap.alter_relationship('child', 'tag', on_replace => 'restrict', cascade => 'all');
SELECT * FROM error($$SELECT relmap.alter_relationship('child', 'tag', order_by => 'label')$$);
TABLE made;
SELECT relmap.alter_relationship('child', 'tag', new_name => 'tags', uselist => true, order_by => 'label');
TABLE seen;

-- an order follows its columns
ALTER TABLE tag RENAME label TO "the label";
ALTER TABLE child RENAME rank TO place;
SELECT source, name, order_by FROM relmap.relationships ORDER BY source::text COLLATE "C", name;
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (1, 1, 2), (2, 1, 1);
INSERT INTO tag VALUES (1, 'b'), (2, 'a');
INSERT INTO child_tag VALUES (1, 1), (1, 2), (2, 1);
SELECT t."the label" FROM child c, tags(c) t WHERE c.id = 1;
SELECT c.id FROM tag t, children(t) c WHERE t.id = 1;
ALTER TABLE child DROP place;
SELECT source, name, order_by FROM relmap.relationships ORDER BY source::text COLLATE "C", name;
SELECT c.id FROM tag t, children(t) c WHERE t.id = 1 ORDER BY 1;

-- contradictions
SELECT value FROM error($$SELECT relmap.alter_relationship('child', 'parent', enforce => false)$$);
SELECT value FROM error($$SELECT relmap.alter_relationship('child', 'parent', cascade => 'all')$$);
SELECT value FROM error($$SELECT relmap.alter_relationship('child', 'parent', order_by => 'id')$$);
SELECT value FROM error($$SELECT relmap.alter_relationship('child', 'parent', uselist => true)$$);
SELECT value FROM error($$SELECT relmap.alter_relationship('child', 'tags', on_replace => 'delete')$$);
SELECT value FROM error($$SELECT relmap.alter_relationship('child', 'tags', order_by => 'id; DROP TABLE tag')$$);
SELECT value FROM error($$SELECT relmap.alter_relationship('parent', 'children', on_replace => 'delete')$$);
SELECT value FROM error($$SELECT relmap.alter_relationship('parent', 'children', cascade => 'delete-orphan')$$);

-- two that write one key are told of, by convention they don't; both share the trigger
SELECT relmap.relationship('parent', 'kids', 'child', cascade => 'all');
SELECT relmap.relationship('parent', 'seen', 'child', enforce => false);
SELECT relmap.relationship('child', 'mother', 'parent');
SELECT relmap.relationship('child', 'labels', 'tag', secondary => 'child_tag');
SELECT relmap.relationship('child', 'child_tags', 'child_tag', backref => 'child');

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA parameters CASCADE;
DELETE FROM relmap_internal.relationship;
