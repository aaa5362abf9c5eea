-- What test.js stands on: each kind of relationship.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS relmap;
DROP SCHEMA IF EXISTS app CASCADE;
CREATE SCHEMA app;
SET search_path = app;

-- both sides, and the tables' own names
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, name text, parent_id int REFERENCES parent);
SELECT relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false));

-- one side only, and the primary key is the foreign key
CREATE TABLE biography (parent_id int PRIMARY KEY REFERENCES parent, text text);
SELECT relmap.relationship('parent', 'biography', 'biography', uselist => false,
                           cascade => 'all, delete-orphan');

-- a composite key, in another order
CREATE TABLE place (town int, number int, PRIMARY KEY (town, number));
CREATE TABLE sign (id int PRIMARY KEY, number int, town int, FOREIGN KEY (town, number) REFERENCES place);
SELECT relmap.relationship('place', 'sign', 'sign', uselist => false);

-- a table related to itself
CREATE TABLE step (id int PRIMARY KEY, next_id int REFERENCES step);
SELECT relmap.relationship('step', 'next', 'step', remote_side => '{id}', backref => relmap.backref('previous', uselist => false));

-- two keys to one table
CREATE TABLE letter (id int PRIMARY KEY, sender_id int REFERENCES parent, receiver_id int REFERENCES parent);
CREATE INDEX ON letter (receiver_id);
SELECT relmap.relationship('parent', 'sent', 'letter', uselist => false, foreign_keys => '{sender_id}');
SELECT relmap.relationship('parent', 'received', 'letter', foreign_keys => '{receiver_id}');

-- many-to-many
CREATE TABLE tag (id int PRIMARY KEY, name text);
CREATE TABLE parent_tag (parent_id int REFERENCES parent, tag_id int REFERENCES tag, PRIMARY KEY (parent_id, tag_id));
SELECT relmap.relationship('parent', 'tags', 'tag', secondary => 'parent_tag', backref => relmap.backref('parents', order_by => 'id'));

-- and another whose attribute has the same name
CREATE TABLE photo (id int PRIMARY KEY);
CREATE TABLE photo_tag (photo_id int REFERENCES photo, tag_id int REFERENCES tag, PRIMARY KEY (photo_id, tag_id));
SELECT relmap.relationship('photo', 'tags', 'tag', secondary => 'photo_tag');

-- a partitioned table
CREATE TABLE seat (parent_id int REFERENCES parent, row text) PARTITION BY LIST (parent_id);
CREATE TABLE seat_1 PARTITION OF seat FOR VALUES IN (1);
CREATE TABLE seat_2 PARTITION OF seat DEFAULT;
SELECT relmap.relationship('parent', 'seat', 'seat', uselist => false, on_replace => 'restrict');

INSERT INTO parent VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cem');
INSERT INTO child VALUES (1, 'first', 1), (2, 'second', 2);
INSERT INTO biography VALUES (1, 'long');
INSERT INTO place VALUES (1, 10), (2, 10);
INSERT INTO sign VALUES (1, 10, 1);
INSERT INTO step VALUES (1, NULL), (2, 1);
INSERT INTO letter VALUES (1, 1, 2);
INSERT INTO tag VALUES (1, 'old'), (2, 'new');
INSERT INTO parent_tag VALUES (1, 1), (2, 1);
INSERT INTO seat VALUES (1, 'A');
