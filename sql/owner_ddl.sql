-- single_parent: what DDL does to it
SET client_min_messages = warning;
CREATE SCHEMA owner_ddl;
SET search_path = owner_ddl;
CREATE TABLE image (id int PRIMARY KEY, other int UNIQUE);
CREATE TABLE users (id int PRIMARY KEY, avatar_id int REFERENCES image, banner_id int REFERENCES image);
CREATE PROCEDURE fresh() LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE image, users CASCADE;
    INSERT INTO image SELECT n, n FROM generate_series(1, 6) n;
    EXECUTE 'INSERT INTO users SELECT n, n, n + 3 FROM generate_series(1, 3) n';
END $$;
CREATE VIEW made AS
    SELECT tgname, regexp_replace(pg_get_triggerdef(oid), '.*EXECUTE FUNCTION relmap_internal.', '') AS calls FROM pg_trigger
    WHERE tgrelid::regclass::text ~ 'users|people' AND tgfoid::regproc::text ~ 'relmap_internal' ORDER BY tgname;
CREATE VIEW seen AS
    SELECT name, foreign_key, unique_index, suspended FROM relmap.relationships
    WHERE source::text ~ 'users|people' ORDER BY name;
CREATE FUNCTION images() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT string_agg(id::text, ' ' ORDER BY id) FROM image);
END $$;
SELECT relmap.relationship('users', 'avatar', 'image', foreign_keys => '{avatar_id}', single_parent => true,
                           cascade => 'all, delete-orphan');
RESET client_min_messages;

-- names follow, also inside of one transaction
BEGIN;
ALTER TABLE users RENAME avatar_id TO picture_id;
ALTER TABLE users RENAME CONSTRAINT users_avatar_id_fkey TO to_picture;
ALTER TABLE image RENAME id TO number;
ALTER TABLE users RENAME TO people;
TABLE made;
TABLE seen;
ROLLBACK;
CALL fresh();
DELETE FROM users WHERE id = 1;
BEGIN;
ALTER TABLE users RENAME avatar_id TO picture_id;
ALTER TABLE users RENAME CONSTRAINT users_avatar_id_fkey TO to_picture;
DELETE FROM users WHERE id = 2;
ALTER TABLE users RENAME CONSTRAINT to_picture TO users_avatar_id_fkey;
ALTER TABLE users RENAME picture_id TO avatar_id;
UPDATE users SET avatar_id = NULL WHERE id = 3;
COMMIT;
SELECT images() AS "4 5 6";
-- a schema
ALTER SCHEMA owner_ddl RENAME TO owner_ddl_2;
SET search_path = owner_ddl_2;
CALL fresh();
DELETE FROM users WHERE id = 1;
SELECT images() AS "2 3 4 5 6";
ALTER SCHEMA owner_ddl_2 RENAME TO owner_ddl;
SET search_path = owner_ddl;

-- without its key it is suspended: nothing is deleted
ALTER TABLE users DROP CONSTRAINT users_avatar_id_fkey;
TABLE made;
TABLE seen;
CALL fresh();
DELETE FROM users WHERE id = 1;
UPDATE users SET avatar_id = NULL WHERE id = 2;
SELECT images() AS "1 2 3 4 5 6";
SELECT problem, statement FROM relmap.check('owner_ddl') WHERE name = 'avatar';
-- another key takes the name: not this one's images
ALTER TABLE users RENAME CONSTRAINT users_banner_id_fkey TO users_avatar_id_fkey;
CALL fresh();
DELETE FROM users WHERE id = 1;
UPDATE users SET banner_id = NULL WHERE id = 2;
SELECT images() AS "1 2 3 4 5 6";
ALTER TABLE users RENAME CONSTRAINT users_avatar_id_fkey TO users_banner_id_fkey;
-- it comes back by another name
ALTER TABLE users ADD CONSTRAINT back FOREIGN KEY (avatar_id) REFERENCES image;
TABLE made;
TABLE seen;
CALL fresh();
DELETE FROM users WHERE id = 1;
UPDATE users SET avatar_id = NULL WHERE id = 2;
SELECT images() AS "3 4 5 6";
-- dropped and added by one command
ALTER TABLE users DROP CONSTRAINT back, ADD CONSTRAINT users_avatar_id_fkey FOREIGN KEY (avatar_id) REFERENCES image;
TABLE made;
-- one that references other columns is another key
ALTER TABLE users DROP CONSTRAINT users_avatar_id_fkey;
ALTER TABLE users ADD CONSTRAINT users_avatar_id_fkey FOREIGN KEY (avatar_id) REFERENCES image (other) NOT VALID;
TABLE seen;
ALTER TABLE users DROP CONSTRAINT users_avatar_id_fkey;
ALTER TABLE users ADD CONSTRAINT users_avatar_id_fkey FOREIGN KEY (avatar_id) REFERENCES image;

-- without its uniqueness, too
ALTER TABLE users DROP CONSTRAINT users_avatar_id_key;
TABLE seen;
CALL fresh();
INSERT INTO users VALUES (4, 1);
DELETE FROM users WHERE id IN (1, 4);
UPDATE users SET avatar_id = NULL WHERE id = 2;
SELECT images() AS "1 2 3 4 5 6";
SELECT problem, severity, statement FROM relmap.check('owner_ddl') WHERE name = 'avatar' AND severity = 'error';
ALTER TABLE users ADD UNIQUE (avatar_id);
CALL fresh();
DELETE FROM users WHERE id = 1;
SELECT images() AS "2 3 4 5 6";

-- what changed where no event trigger saw it
SET session_replication_role = replica;
ALTER TABLE users RENAME avatar_id TO picture_id;
ALTER TABLE users RENAME CONSTRAINT users_avatar_id_fkey TO to_picture;
RESET session_replication_role;
CALL fresh();
DELETE FROM users WHERE id = 1;
SELECT images() AS "1 2 3 4 5 6";
SELECT problem, severity, statement FROM relmap.check('owner_ddl') WHERE name = 'avatar' AND severity = 'error';
SELECT relmap.alter_relationship('users', 'avatar');
TABLE made;
TABLE seen;
CALL fresh();
DELETE FROM users WHERE id = 1;
SELECT images() AS "2 3 4 5 6";
ALTER TABLE users RENAME picture_id TO avatar_id;

-- its triggers are missing, and made again
DROP TRIGGER "~relmap_parent_to_picture" ON users;
DROP TRIGGER "!relmap_parent_to_picture" ON users;
SELECT problem FROM relmap.check('owner_ddl') WHERE rule = 'trigger_missing' ORDER BY 1;
SELECT relmap.alter_relationship('users', 'avatar');
TABLE made;
-- one by a name that sorts after the foreign keys' own
ALTER TRIGGER "!relmap_parent_to_picture" ON users RENAME TO zz;
SELECT problem, statement FROM relmap.check('owner_ddl') WHERE rule = 'cascade_late';
ALTER TRIGGER zz ON users RENAME TO "!relmap_parent_to_picture";

-- a column of the key goes, and it with that; the table that it leads to
SELECT relmap.relationship('users', 'banner', 'image', foreign_keys => '{banner_id}', single_parent => true,
                           cascade => 'all, delete-orphan');
ALTER TABLE users DROP avatar_id;
TABLE made;
TABLE seen;
\set VERBOSITY terse
DROP TABLE image CASCADE;
TABLE made;
TABLE seen;

SET client_min_messages = warning;
DROP SCHEMA owner_ddl CASCADE;
