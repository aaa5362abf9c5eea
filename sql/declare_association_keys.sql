-- Many-to-many: the two foreign keys of an association table.

CREATE SCHEMA secondary;
SET search_path = secondary;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE VIEW many AS
    SELECT source, name, target, direction, uselist, back_populates, foreign_key, foreign_columns,
           secondary, secondary_key, cascade, order_by
    FROM relmap_internal.relationship ORDER BY source::text COLLATE "C", name;

CREATE TABLE post (id int PRIMARY KEY);
CREATE TABLE tag (id int PRIMARY KEY, name text);
CREATE TABLE post_tag (post_id int REFERENCES post, tag_id int REFERENCES tag, PRIMARY KEY (post_id, tag_id));

SELECT relmap.relationship('post', 'tags', 'tag', secondary => 'post_tag', order_by => 'name', backref => 'posts');
TABLE many;
TABLE made;
SELECT relmap.relationship('tag', 'posts', 'post', secondary => 'post_tag', back_populates => 'tags');
SELECT relmap.alter_relationship('tag', 'posts', new_name => 'articles');
SELECT relmap.drop_relationship('post', 'tags');
TABLE many;
SELECT relmap.relationship('post', 'tags', 'tag', secondary => 'post_tag', back_populates => 'articles');
TABLE many;

-- the association table as an object of its own, beside
SELECT relmap.relationship('post', 'post_tags', 'post_tag', cascade => 'all, delete-orphan', backref => 'post');
SELECT * FROM error($$SELECT relmap.relationship('post_tag', 'x', 'post', back_populates => 'tags')$$);

-- what does not fit
SELECT * FROM error($$SELECT relmap.relationship('post', 'x', 'tag', secondary => 'tag')$$);
SELECT * FROM error($$SELECT relmap.relationship('post', 'x', 'tag', secondary => 'post_tag', foreign_keys => '{tag_id}')$$);
SELECT * FROM error($$SELECT relmap.relationship('post', 'x', 'tag', secondary => 'post_tag', uselist => false, on_replace => 'nullify')$$);
SELECT * FROM error($$SELECT relmap.relationship('post', 'x', 'tag', secondary => 'post_tag', on_replace => 'delete')$$);
SELECT * FROM error($$SELECT relmap.relationship('post', 'x', 'tag', secondary => 'post_tag', cascade => 'all, delete-orphan')$$);
SELECT * FROM error($$SELECT relmap.relationship('post', 'x', 'tag', secondary => 'many')$$);

-- several keys, and a table related to itself
CREATE TABLE person (id int PRIMARY KEY);
CREATE TABLE follows (follower int REFERENCES person, followed int REFERENCES person);
SELECT * FROM error($$SELECT relmap.relationship('person', 'following', 'person', secondary => 'follows')$$);
SELECT * FROM error($$SELECT relmap.relationship('person', 'following', 'person', secondary => 'follows', foreign_keys => '{follower}', remote_side => '{follower}')$$);
SELECT relmap.relationship('person', 'following', 'person', secondary => 'follows', foreign_keys => '{follower}', backref => 'followers');
SELECT * FROM many WHERE source = 'person'::regclass;
SELECT relmap.relationship('person', 'followers', 'person', secondary => 'follows', remote_side => '{follower}');

-- a key chosen by its name
CREATE TABLE likes (fan int CONSTRAINT fan REFERENCES person, liked int CONSTRAINT liked_key REFERENCES person);
SELECT relmap.relationship('person', 'idols', 'person', secondary => 'likes', foreign_keys => '{fan}', remote_side => '{liked_key}', backref => 'fans');
SELECT * FROM many WHERE name IN ('idols', 'fans');

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA secondary CASCADE;
DELETE FROM relmap_internal.relationship;
