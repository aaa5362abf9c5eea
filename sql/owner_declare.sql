-- single_parent: what declares it, what it makes, and what it refuses
CREATE SCHEMA owner_declare;
SET search_path = owner_declare;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include
CREATE TABLE image (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, avatar_id int REFERENCES image);
CREATE VIEW seen AS
    SELECT source, name, direction, uselist, back_populates, cascade, unique_index, single_parent, suspended
    FROM relmap.relationships WHERE source IN ('image'::regclass, 'users'::regclass) ORDER BY source::text, name;
CREATE VIEW wrong AS SELECT source, name, problem, statement, rule FROM relmap.check('owner_declare')
    WHERE severity <> 'notice';

-- alone: uniqueness, and no trigger
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true);
TABLE seen;
TABLE made;
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true);
SELECT * FROM error($$SELECT relmap.relationship('users', 'avatar', 'image')$$);
-- with a cascade: a trigger for each of its two values
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all');
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all, delete-orphan');
TABLE seen;
TABLE made;
TABLE wrong;
SELECT relmap.declarations('owner_declare');
SELECT relmap.drop_relationship('users', 'avatar');
TABLE made;

-- the other side is scalar, whoever comes first
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, backref => 'owner');
TABLE seen;
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, backref => 'owner');
SELECT relmap.drop_relationship('users', 'avatar');
SELECT relmap.drop_relationship('image', 'owner');
SELECT relmap.relationship('image', 'owner', 'users',
                           backref => relmap.backref('avatar', single_parent => true, cascade => 'all, delete-orphan'));
TABLE seen;
SELECT relmap.drop_relationship('image', 'owner');
SELECT relmap.relationship('image', 'owner', 'users', back_populates => 'avatar');
SELECT relmap.relationship('image', 'owner', 'users', back_populates => 'avatar');
TABLE seen;
-- one that names it and is named by nobody, with another policy
SELECT relmap.drop_relationship('image', 'owner');
SELECT relmap.relationship('image', 'owner', 'users', back_populates => 'avatar', on_replace => 'restrict', cascade => 'all');
TABLE seen;
TABLE made;
-- the uniqueness is relmap's own as long as one of them needs it
SELECT relmap.drop_relationship('users', 'avatar');
TABLE made;
SELECT relmap.drop_relationship('image', 'owner');
TABLE made;
-- by convention: the uniqueness is the many-to-one's
SELECT relmap.relationship('image', 'owner', 'users', uselist => false, enforce => false, back_populates => 'avatar');
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, back_populates => 'owner');
TABLE seen;
TABLE made;
SELECT relmap.drop_relationship('users', 'avatar', keep_constraint => true);
TABLE made;
-- a constraint that is there is used as it is, and stays
SELECT relmap.drop_relationship('image', 'owner');
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, cascade => 'all');
SELECT relmap.drop_relationship('users', 'avatar');
TABLE made;
ALTER TABLE users DROP CONSTRAINT users_avatar_id_key;

-- a collection of one is none
SELECT relmap.relationship('image', 'owners', 'users');
SELECT * FROM error($$SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, back_populates => 'owners')$$);
SELECT * FROM error($$SELECT relmap.relationship('users', 'a', 'image', single_parent => true,
                          backref => relmap.backref('b', uselist => true))$$);
SELECT * FROM error($$SELECT relmap.relationship('image', 'b', 'users', uselist => true,
                          backref => relmap.backref('a', single_parent => true))$$);
SELECT relmap.relationship('users', 'avatar', 'image', back_populates => 'owners');
SELECT * FROM error($$SELECT relmap.alter_relationship('users', 'avatar', single_parent => true)$$);
SELECT relmap.alter_relationship('image', 'owners', new_name => 'owner', uselist => false);
SELECT relmap.alter_relationship('users', 'avatar', single_parent => true);
SELECT * FROM error($$SELECT relmap.alter_relationship('image', 'owner', uselist => true)$$);
-- a collection of those that meet a condition is another matter
ALTER TABLE users ADD active boolean;
SELECT relmap.relationship('image', 'active_owners', 'users', condition => 'active', back_populates => 'avatar');
SELECT uselist FROM relmap.relationships WHERE name = 'active_owners' AND source = 'image'::regclass;
SELECT relmap.drop_relationship('image', 'active_owners');
-- and so is a keyed one beside it, but not as the other side
SELECT * FROM error($$SELECT relmap.alter_relationship('image', 'owner', uselist => true, keyed_by => '{active}')$$);

-- a cascade needs it
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all, delete-orphan');
SELECT * FROM error($$SELECT relmap.alter_relationship('users', 'avatar', single_parent => false)$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('users', 'avatar', single_parent => false, cascade => 'all')$$);
TABLE seen;
SELECT relmap.alter_relationship('users', 'avatar', single_parent => false, cascade => 'save-update, merge');
TABLE seen;
SELECT * FROM error($$SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all, delete-orphan')$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('users', 'avatar', single_parent => true, cascade => 'delete-orphan')$$);
-- not of the other kinds
SELECT * FROM error($$SELECT relmap.alter_relationship('image', 'owner', single_parent => true)$$);
SELECT * FROM error($$SELECT relmap.relationship('users', 'images', 'image', secondary => 'album', single_parent => true)$$);
CREATE TABLE album (users_id int REFERENCES users, image_id int REFERENCES image, PRIMARY KEY (users_id, image_id));
SELECT * FROM error($$SELECT relmap.relationship('users', 'images', 'image', secondary => 'album', single_parent => true)$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('users', 'avatar', single_parent => true, enforce => false)$$);

-- rows that share a parent
SELECT relmap.drop_relationship('image', 'owner');
SELECT relmap.drop_relationship('users', 'avatar');
INSERT INTO image VALUES (1), (2);
INSERT INTO users VALUES (1, 1), (2, 1), (3, 2);
SELECT * FROM error($$SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true)$$);
DELETE FROM users WHERE id = 2;
-- partitioned by another column
CREATE TABLE parts (id int, image_id int REFERENCES image) PARTITION BY LIST (id);
SELECT * FROM error($$SELECT relmap.relationship('parts', 'image', 'image', single_parent => true)$$);

-- two keys with the same columns: each cascades to its own parent
CREATE TABLE photo (id int PRIMARY KEY);
ALTER TABLE users ADD CONSTRAINT to_photo FOREIGN KEY (avatar_id) REFERENCES photo NOT VALID;
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, cascade => 'all', accessor => false);
SELECT relmap.relationship('users', 'photo', 'photo', single_parent => true, cascade => 'all, delete-orphan', accessor => false);
TABLE made;
INSERT INTO image VALUES (7), (8);
INSERT INTO photo VALUES (7), (8);
INSERT INTO users VALUES (7, 7), (8, 8);
UPDATE users SET avatar_id = NULL WHERE id = 7;
DELETE FROM users WHERE id = 8;
SELECT (SELECT array_agg(id ORDER BY id) FROM image) AS "images 1, 2, 7", (SELECT count(*) FROM photo) AS "photos 0";
SELECT relmap.drop_relationship('users', 'avatar');
TABLE made;

-- a key whose name is that of a column
ALTER TABLE users RENAME CONSTRAINT to_photo TO avatar_id;
ALTER TABLE users RENAME avatar_id TO picture_id;
TABLE made;
ALTER TABLE users RENAME CONSTRAINT avatar_id TO picture_id;
ALTER TABLE users RENAME picture_id TO avatar_id;
TABLE made;
TABLE wrong;

-- claims that are inserted are checked, too
CREATE PROCEDURE claim(cascade text, direction text, single_parent boolean) LANGUAGE sql AS $$
    INSERT INTO relmap_internal.relationship (source, name, target, direction, uselist, foreign_key, foreign_columns,
                                              cascade, enforce, accessor, single_parent)
    VALUES ('owner_declare.users', 'claimed', 'owner_declare.image', direction, false, 'users_avatar_id_fkey', '{avatar_id}',
            cascade, true, false, single_parent);
$$;
CALL claim('save-update, merge, delete', 'MANYTOONE', NULL);
CALL claim('save-update, merge, delete', 'MANYTOONE', true);
SELECT name, single_parent FROM relmap_internal.relationship WHERE name = 'claimed';
-- an altered one makes what is missing
TABLE wrong;
SELECT relmap.alter_relationship('users', 'claimed');
TABLE wrong;
SELECT relmap.drop_relationship('users', 'claimed');
SELECT relmap.drop_relationship('users', 'photo');
TABLE made;
\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA owner_declare CASCADE;
