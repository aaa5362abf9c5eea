-- single_parent over several levels, in one table, and in circles
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA owner_chains;
SET search_path = owner_chains;

-- three levels, delete-orphan on each
CREATE TABLE body (id int PRIMARY KEY);
CREATE TABLE image (id int PRIMARY KEY, body_id int NOT NULL REFERENCES body);
CREATE TABLE profile (id int PRIMARY KEY, image_id int REFERENCES image);
CREATE TABLE users (id int PRIMARY KEY, profile_id int REFERENCES profile);
SELECT relmap.relationship('users', 'profile', 'profile', single_parent => true, cascade => 'all, delete-orphan');
SELECT relmap.relationship('profile', 'image', 'image', single_parent => true, cascade => 'all, delete-orphan');
SELECT relmap.relationship('image', 'body', 'body', single_parent => true, cascade => 'all, delete-orphan');
CREATE VIEW left_over AS
    SELECT (SELECT string_agg(id::text, ' ' ORDER BY id) FROM users) AS users,
           (SELECT string_agg(id::text, ' ' ORDER BY id) FROM profile) AS profiles,
           (SELECT string_agg(id::text, ' ' ORDER BY id) FROM image) AS images,
           (SELECT string_agg(id::text, ' ' ORDER BY id) FROM body) AS bodies;
INSERT INTO body SELECT generate_series(1, 6);
INSERT INTO image SELECT n, n FROM generate_series(1, 6) n;
INSERT INTO profile SELECT n, n FROM generate_series(1, 6) n;
INSERT INTO users SELECT n, n FROM generate_series(1, 6) n;
DELETE FROM users WHERE id = 1;
TABLE left_over;
UPDATE users SET profile_id = NULL WHERE id = 2;
TABLE left_over;
-- a link of the chain is saved by another row
BEGIN;
UPDATE profile SET image_id = NULL WHERE id = 4;
UPDATE users SET profile_id = NULL WHERE id = 3;
UPDATE profile SET image_id = NULL WHERE id = 3;
UPDATE profile SET image_id = 3 WHERE id = 4;
COMMIT;
TABLE left_over;
-- what refers to the end of the chain objects to the whole
CREATE TABLE guard (body_id int REFERENCES body);
INSERT INTO guard VALUES (5), (6);
DELETE FROM users WHERE id = 5;
UPDATE users SET profile_id = NULL WHERE id = 5;
TABLE left_over;
ALTER TABLE guard DROP CONSTRAINT guard_body_id_fkey,
    ADD CONSTRAINT guard_body_id_fkey FOREIGN KEY (body_id) REFERENCES body ON DELETE CASCADE;
DELETE FROM users WHERE id IN (5, 6);
TABLE left_over;
TABLE guard;
DROP TABLE guard;
TRUNCATE users;
TRUNCATE body CASCADE;

-- one table: a list; and a long one, which is a queue and no recursion
CREATE TABLE node (id int PRIMARY KEY, next_id int REFERENCES node);
SELECT relmap.relationship('node', 'next', 'node', remote_side => '{id}', single_parent => true,
                           cascade => 'all, delete-orphan');
INSERT INTO node SELECT n, n + 1 FROM generate_series(1, 9) n UNION ALL SELECT 10, NULL;
UPDATE node SET next_id = NULL WHERE id = 7;
SELECT array_agg(id ORDER BY id) AS "1 to 7" FROM node;
BEGIN;
UPDATE node SET next_id = NULL WHERE id = 4;
UPDATE node SET next_id = 5 WHERE id = 3;
COMMIT;
SELECT array_agg(id ORDER BY id) AS "1 2 3 5 6 7" FROM node;
DELETE FROM node WHERE id = 1;
SELECT count(*) AS "0" FROM node;
INSERT INTO node SELECT n, nullif(n + 1, 5001) FROM generate_series(1, 5000) n;
DELETE FROM node WHERE id = 1;
SELECT count(*) AS "0" FROM node;
-- the middle goes: 23503, as the one before points at it
INSERT INTO node VALUES (1, 2), (2, 3), (3, NULL);
DELETE FROM node WHERE id = 2;
-- taken out of the list: what follows stays, as it has an owner
BEGIN;
UPDATE node SET next_id = NULL WHERE id = 2;
UPDATE node SET next_id = 3 WHERE id = 1;
COMMIT;
SELECT array_agg((id, next_id) ORDER BY id) AS "1 to 3 to none" FROM node;
-- circles
TRUNCATE node;
INSERT INTO node VALUES (1, 2), (2, 3), (3, 1), (4, 4);
DELETE FROM node WHERE id = 2;
SELECT array_agg(id) AS "4" FROM node;
DELETE FROM node;
-- one is opened: who is let go, and all that it points at
INSERT INTO node VALUES (1, 2), (2, 3), (3, 1), (4, NULL);
UPDATE node SET next_id = 4 WHERE id = 3;
SELECT array_agg(id ORDER BY id) AS "none: 1 led to all" FROM node;

-- two tables that own each other
CREATE TABLE a (id int PRIMARY KEY, b_id int);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b DEFERRABLE;
SELECT relmap.relationship('a', 'mine', 'b', foreign_keys => '{b_id}', single_parent => true, cascade => 'all, delete-orphan');
SELECT relmap.relationship('b', 'mine', 'a', foreign_keys => '{a_id}', single_parent => true, cascade => 'all, delete-orphan');
INSERT INTO a VALUES (1), (2);
INSERT INTO b VALUES (1, 1), (2, 2);
UPDATE a SET b_id = id;
DELETE FROM a WHERE id = 1;
SELECT (SELECT array_agg(id) FROM a) AS "2", (SELECT array_agg(id) FROM b) AS "2 ";
DELETE FROM b WHERE id = 2;
SELECT count(*) AS "0" FROM a, b;

-- a statement of the user's own in a trigger has had its cascade when it ends
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM owner_chains.a WHERE id = 2;
    ASSERT NOT EXISTS (SELECT FROM owner_chains.b WHERE id = 2);
    BEGIN
        DELETE FROM owner_chains.a WHERE id = 3;
        ASSERT NOT EXISTS (SELECT FROM owner_chains.b WHERE id = 3);
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        NULL;
    END;
    RETURN NULL;
END $$;
CREATE TRIGGER look AFTER DELETE ON b FOR EACH ROW WHEN (OLD.id = 1) EXECUTE FUNCTION look();
INSERT INTO a VALUES (1), (2), (3);
INSERT INTO b VALUES (1, NULL), (2, NULL), (3, NULL);
UPDATE a SET b_id = id;
DELETE FROM a WHERE id = 1;
SELECT (SELECT array_agg(id) FROM a) AS "3", (SELECT array_agg(id) FROM b) AS "3 ";
-- the child's children, and the parent's
CREATE TABLE doc (id int PRIMARY KEY);
CREATE TABLE line (id int PRIMARY KEY, doc_id int REFERENCES doc);
CREATE TABLE cover (id int PRIMARY KEY, doc_id int REFERENCES doc);
CREATE TABLE sticker (id int PRIMARY KEY, cover_id int REFERENCES cover);
SELECT relmap.relationship('cover', 'doc', 'doc', single_parent => true, cascade => 'all');
SELECT relmap.relationship('cover', 'stickers', 'sticker', cascade => 'all');
SELECT relmap.relationship('doc', 'lines', 'line', cascade => 'all');
INSERT INTO doc VALUES (1), (2);
INSERT INTO line VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO cover VALUES (1, 1), (2, 2);
INSERT INTO sticker VALUES (1, 1), (2, 2);
DELETE FROM cover WHERE id = 1;
SELECT (SELECT count(*) FROM doc) AS "1", (SELECT count(*) FROM line) AS "1 ", (SELECT count(*) FROM sticker) AS "1  ";

-- composite keys, of other types than the parent's
CREATE TABLE place (tenant bigint, code varchar(9), name text, PRIMARY KEY (code, tenant));
CREATE TABLE shop (id int PRIMARY KEY, tenant int NOT NULL, place_code text, FOREIGN KEY (tenant, place_code)
    REFERENCES place (tenant, code));
SELECT relmap.relationship('shop', 'place', 'place', single_parent => true, cascade => 'all, delete-orphan');
INSERT INTO place SELECT t, c FROM generate_series(1, 2) t, unnest('{a,b,c}'::text[]) c;
INSERT INTO shop VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'a'), (4, 2, NULL);
UPDATE shop SET place_code = NULL WHERE id = 1;
DELETE FROM shop WHERE id = 2;
UPDATE shop SET tenant = 1 WHERE id = 4;
UPDATE shop SET tenant = 2, place_code = 'c' WHERE id = 3;
SELECT array_agg(tenant || code ORDER BY tenant, code) AS "1c 2b 2c" FROM place;

DROP SCHEMA owner_chains CASCADE;
