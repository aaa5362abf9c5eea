-- Many-to-many: read, written, deleted through the association table; and
-- with one row on a side.

CREATE SCHEMA many;
SET search_path = many;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE post (id int PRIMARY KEY);
CREATE TABLE tag (id int PRIMARY KEY);
CREATE TABLE post_tag (post_id int REFERENCES post, tag_id int REFERENCES tag ON DELETE RESTRICT, PRIMARY KEY (post_id, tag_id));
CREATE PROCEDURE fill() LANGUAGE sql AS $$
    TRUNCATE post, tag, post_tag;
    INSERT INTO post SELECT generate_series(1, 3);
    INSERT INTO tag SELECT generate_series(1, 3);
    INSERT INTO post_tag SELECT p, t FROM generate_series(1, 3) p, generate_series(1, 3) t WHERE p <> t;
$$;
CREATE VIEW links AS SELECT string_agg(post_id || '-' || tag_id, ' ' ORDER BY post_id, tag_id) FROM post_tag;

-- without a cascade, the foreign keys decide
SELECT relmap.relationship('post', 'tags', 'tag', secondary => 'post_tag', order_by => 'id DESC', backref => 'posts');
CALL fill();
SELECT * FROM error('DELETE FROM post');
-- cascade "delete": the association rows go, from the side that has it
SELECT relmap.alter_relationship('post', 'tags', cascade => 'all');
TABLE made;
DELETE FROM post WHERE id = 1;
TABLE links;
SELECT * FROM error('DELETE FROM tag WHERE id = 1') WHERE field IN ('table', 'constraint');
SELECT relmap.alter_relationship('tag', 'posts', cascade => 'delete');
DELETE FROM tag WHERE id = 1;
TABLE links;
SELECT (SELECT count(*) FROM post), (SELECT count(*) FROM tag);
DELETE FROM post;
DELETE FROM tag;
TABLE links;
SELECT relmap.alter_relationship('post', 'tags', enforce => false);
CALL fill();
SELECT * FROM error('DELETE FROM post');
SELECT relmap.alter_relationship('post', 'tags', enforce => true);
SELECT * FROM error($$SELECT relmap.alter_relationship('post', 'tags', cascade => 'all, delete-orphan')$$);
SELECT relmap.drop_relationship('post', 'tags');
SELECT relmap.drop_relationship('tag', 'posts');
TABLE made;

-- uselist => false on one side: a post has one tag, a tag many posts
DELETE FROM post_tag;
SELECT relmap.relationship('post', 'tag', 'tag', secondary => 'post_tag', uselist => false, backref => 'posts');
TABLE made;
SELECT * FROM declared;
SELECT source, name, direction, uselist, enforced, unique_index, on_replace FROM relmap.relationships ORDER BY name;
INSERT INTO post_tag VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO post_tag VALUES (1, 2);
TABLE links;
UPDATE post_tag SET tag_id = 3 WHERE post_id = 1;
UPDATE post_tag SET post_id = 2 WHERE post_id = 1;
TABLE links;
INSERT INTO post_tag VALUES (3, 1), (3, 3);
TABLE links;
INSERT INTO post_tag VALUES (3, 1) ON CONFLICT (post_id) DO NOTHING;
INSERT INTO post_tag VALUES (3, 3) ON CONFLICT DO NOTHING;
INSERT INTO post_tag VALUES (3, 1) ON CONFLICT (post_id) DO UPDATE SET tag_id = excluded.tag_id;
TABLE links;
SELECT p.id, (p.tag).id FROM post p ORDER BY 1;
SELECT t.id, p.id FROM tag t, posts(t) p ORDER BY 1, 2;
SELECT relmap.assign(p, 'tag', t) FROM post p, tag t WHERE p.id = 1 AND t.id = 3;
SELECT relmap.assign(p, 'tag', t) FROM post p, tag t WHERE p.id = 1 AND t.id = 3;
SELECT relmap.append(t, 'posts', p) FROM post p, tag t WHERE p.id = 2 AND t.id = 1;
TABLE links;
SELECT relmap.assign(p, 'tag', NULL) FROM post p WHERE p.id = 3;
TABLE links;
SELECT * FROM relmap.check('many') WHERE severity = 'error';
-- restrict
SELECT relmap.alter_relationship('post', 'tag', on_replace => 'restrict');
SELECT * FROM error('INSERT INTO post_tag VALUES (1, 1)');
SELECT * FROM error($$SELECT relmap.alter_relationship('post', 'tag', on_replace => 'nullify')$$);
-- by convention: the first, and a warning
SELECT relmap.alter_relationship('post', 'tag', enforce => false, on_replace => 'delete');
INSERT INTO post_tag VALUES (1, 1), (1, 2);
SELECT (p.tag).id FROM post p WHERE p.id = 1;
SELECT * FROM relmap.violations('post', 'tag');
SELECT * FROM error($$SELECT relmap.alter_relationship('post', 'tag', enforce => true)$$);
SELECT relmap.assign(p, 'tag', t) FROM post p, tag t WHERE p.id = 1 AND t.id = 3;
TABLE links;
SELECT relmap.alter_relationship('post', 'tag', enforce => true);
-- the uniqueness goes, and the relationship with it
ALTER TABLE post_tag DROP CONSTRAINT post_tag_post_id_key;
TABLE declared;
TABLE made;
DROP TABLE post_tag CASCADE;
TABLE declared;

-- an association table whose keys can be NULL, one row on either side
CREATE TABLE person (id int PRIMARY KEY);
CREATE TABLE desk (id int PRIMARY KEY);
CREATE TABLE sits (person_id int REFERENCES person, desk_id int REFERENCES desk, since int);
SELECT relmap.relationship('person', 'desk', 'desk', secondary => 'sits', uselist => false, backref => relmap.backref('person', uselist => false));
TABLE made;
INSERT INTO person SELECT generate_series(1, 3);
INSERT INTO desk SELECT generate_series(1, 3);
INSERT INTO sits VALUES (1, 1, 1), (2, 2, 2);
INSERT INTO sits VALUES (1, 2, 3);
TABLE sits;
INSERT INTO sits VALUES (3, 1, 4);
UPDATE sits SET person_id = 4 - person_id;
TABLE sits;
SELECT relmap.assign(d, 'person', p) FROM desk d, person p WHERE d.id = 1 AND p.id = 2;
SELECT p.id, (p.desk).id, ((p.desk).person).id FROM person p ORDER BY 1;

-- several association tables between two tables; composite keys; a table related to itself
CREATE TABLE city (country text, name text, PRIMARY KEY (country, name));
CREATE TABLE born (who int REFERENCES person, c text, n text, FOREIGN KEY (c, n) REFERENCES city);
CREATE TABLE lived (who int REFERENCES person, n text, c text, FOREIGN KEY (c, n) REFERENCES city, PRIMARY KEY (who, c, n));
SELECT relmap.relationship('person', 'birthplace', 'city', secondary => 'born', uselist => false, cascade => 'all',
                           backref => relmap.backref('natives', cascade => 'all', order_by => 'id'));
SELECT relmap.relationship('person', 'homes', 'city', secondary => 'lived', order_by => 'country, name', cascade => 'all',
                           backref => relmap.backref('inhabitants', cascade => 'all'));
INSERT INTO city VALUES ('fr', 'nice'), ('us', 'nice'), ('de', 'kiel');
INSERT INTO born VALUES (1, 'fr', 'nice'), (2, 'de', 'kiel'), (1, 'us', 'nice');
INSERT INTO lived VALUES (1, 'nice', 'fr'), (1, 'kiel', 'de'), (2, 'nice', 'us');
SELECT p.id, p.birthplace, array_agg(h) FROM person p LEFT JOIN LATERAL homes(p) h ON true GROUP BY p.id ORDER BY 1;
DELETE FROM city WHERE country = 'us';
TABLE born;
TABLE lived;
DELETE FROM person WHERE id = 1;
CREATE TABLE follows (follower int REFERENCES person, followed int REFERENCES person, PRIMARY KEY (follower, followed));
SELECT relmap.relationship('person', 'following', 'person', secondary => 'follows', foreign_keys => '{follower}', cascade => 'all',
                           backref => relmap.backref('followers', cascade => 'all'));
INSERT INTO person SELECT generate_series(10, 12);
SELECT relmap.append(a, 'following', b) FROM person a, person b WHERE a.id >= 10 AND b.id >= 10;
SELECT relmap.remove(a, 'followers', b) FROM person a, person b WHERE a.id = 10 AND b.id = 12;
TABLE follows;
DELETE FROM person WHERE id = 11;
TABLE follows;
-- it goes with one of its keys
ALTER TABLE follows RENAME CONSTRAINT follows_followed_fkey TO renamed;
ALTER TABLE follows RENAME followed TO whom;
DELETE FROM person WHERE id = 12;
TABLE follows;
ALTER TABLE follows DROP CONSTRAINT renamed;
SELECT "on", what FROM made WHERE what LIKE '%follow%';

-- who owns one of the tables can ask for nothing on the association table,
-- by SQL neither
CREATE ROLE regress_many_user;
GRANT ALL ON SCHEMA many TO regress_many_user;
CREATE TABLE theirs (id int PRIMARY KEY);
CREATE TABLE ours (their_id int REFERENCES theirs, tag_id int REFERENCES tag);
ALTER TABLE theirs OWNER TO regress_many_user;
SET ROLE regress_many_user;
SELECT * FROM error($$SELECT relmap.relationship('theirs', 'x', 'tag', secondary => 'ours', uselist => false)$$);
SELECT * FROM error($$SELECT relmap.relationship('theirs', 'x', 'tag', secondary => 'ours', cascade => 'delete')$$);
SELECT * FROM error($$INSERT INTO relmap_internal.relationship VALUES ('theirs', 'x', 'tag', 'MANYTOMANY', false, NULL, 'ours_their_id_fkey',
    '{their_id}', 'ours', 'ours_tag_id_fkey', 'none', 'delete', NULL, true, NULL, false)$$);
SELECT * FROM error($$INSERT INTO relmap_internal.relationship VALUES ('theirs', 'x', 'tag', 'MANYTOMANY', true, NULL, 'ours_their_id_fkey',
    '{their_id}', 'ours', 'ours_tag_id_fkey', 'delete', NULL, NULL, true, NULL, false)$$);
RESET ROLE;
SELECT relmap.relationship('ours', 'owner', 'theirs');
SELECT "on", what FROM made WHERE what LIKE '%ours%';

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA many CASCADE;
DROP ROLE regress_many_user;
DELETE FROM relmap_internal.relationship;
