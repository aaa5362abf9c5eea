-- single_parent: the parent is deleted as the owner of the child, who needs the
-- privileges for that; row-level security applies
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_relmap_owner_people;
CREATE ROLE regress_relmap_owner_media;
CREATE ROLE regress_relmap_owner_writer;
CREATE SCHEMA owner_rights;
GRANT ALL ON SCHEMA owner_rights TO PUBLIC;
SET search_path = owner_rights;
SET SESSION AUTHORIZATION regress_relmap_owner_media;
CREATE TABLE image (id int PRIMARY KEY, secret boolean DEFAULT false);
INSERT INTO image SELECT generate_series(1, 9);
GRANT REFERENCES ON image TO regress_relmap_owner_people;
SET SESSION AUTHORIZATION regress_relmap_owner_people;
CREATE TABLE users (id int PRIMARY KEY, avatar_id int REFERENCES image);
INSERT INTO users SELECT n, n FROM generate_series(1, 9) n;
GRANT SELECT, UPDATE, DELETE ON users TO regress_relmap_owner_writer;

-- to refer to it is not to delete it
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true);
\set VERBOSITY default
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all');
\set VERBOSITY terse
RESET SESSION AUTHORIZATION;
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all');
GRANT DELETE ON image TO regress_relmap_owner_people;
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all');
GRANT SELECT (id) ON image TO regress_relmap_owner_people;
SET SESSION AUTHORIZATION regress_relmap_owner_people;
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all, delete-orphan');

-- the writer needs no right to the image
SET SESSION AUTHORIZATION regress_relmap_owner_writer;
DELETE FROM users WHERE id = 1;
UPDATE users SET avatar_id = NULL WHERE id = 2;
RESET SESSION AUTHORIZATION;
SELECT min(id) AS "3" FROM image;

-- a privilege that was taken away: at run time, and check() tells
REVOKE DELETE ON image FROM regress_relmap_owner_people;
SET SESSION AUTHORIZATION regress_relmap_owner_writer;
DELETE FROM users WHERE id = 3;
UPDATE users SET avatar_id = NULL WHERE id = 4;
RESET SESSION AUTHORIZATION;
SELECT source, name, problem, severity, statement FROM relmap.check('owner_rights') WHERE rule = 'may_not_delete';
GRANT DELETE ON image TO regress_relmap_owner_people;
SELECT count(*) AS "0" FROM relmap.check('owner_rights') WHERE rule = 'may_not_delete';
SELECT (SELECT min(id) FROM image) AS "3", (SELECT min(avatar_id) FROM users) AS "3 ";

-- row-level security: what the child's owner may not see, stays
ALTER TABLE image ENABLE ROW LEVEL SECURITY;
CREATE POLICY open ON image USING (NOT secret);
UPDATE image SET secret = true WHERE id IN (4, 6);
SET SESSION AUTHORIZATION regress_relmap_owner_writer;
DELETE FROM users WHERE id IN (3, 4);
UPDATE users SET avatar_id = NULL WHERE id IN (5, 6);
RESET SESSION AUTHORIZATION;
SELECT array_agg(id ORDER BY id) AS "4 6 7 8 9" FROM image;
-- it holds for the table's owner, too, if that is forced
ALTER TABLE image OWNER TO regress_relmap_owner_people;
ALTER TABLE image FORCE ROW LEVEL SECURITY;
UPDATE image SET secret = true WHERE id = 7;
SET SESSION AUTHORIZATION regress_relmap_owner_writer;
DELETE FROM users WHERE id IN (7, 8);
RESET SESSION AUTHORIZATION;
SELECT array_agg(id ORDER BY id) AS "4 6 7 9" FROM image;
-- of the child: those who refer to the image are seen all the same
ALTER TABLE image NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON users USING (id <> 10);
ALTER TABLE users DROP CONSTRAINT users_avatar_id_key;
INSERT INTO users VALUES (10, 9);
SET SESSION AUTHORIZATION regress_relmap_owner_writer;
DELETE FROM users WHERE id = 9;
RESET SESSION AUTHORIZATION;
SELECT array_agg(id ORDER BY id) AS "4 6 7 9, as it is suspended" FROM image;
INSERT INTO users VALUES (9, NULL);
ALTER TABLE users ADD UNIQUE (avatar_id);
BEGIN;
UPDATE users SET avatar_id = NULL WHERE id = 10;
UPDATE users SET avatar_id = 9 WHERE id = 9;
UPDATE users SET id = 11 WHERE id = 10;
UPDATE users SET id = 10 WHERE id = 9;
COMMIT;
SELECT array_agg(id ORDER BY id) AS "4 6 7 9" FROM image;
ALTER TABLE users NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;

-- triggers of the image's owner run as the child's owner
CREATE TABLE log (n int GENERATED ALWAYS AS IDENTITY, who name, what text);
GRANT INSERT ON log TO PUBLIC;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO owner_rights.log (who, what) VALUES (current_user, TG_WHEN);
    RETURN OLD;
END $$;
CREATE TRIGGER note BEFORE DELETE ON image FOR EACH ROW EXECUTE FUNCTION note();
SET SESSION AUTHORIZATION regress_relmap_owner_writer;
DELETE FROM users WHERE id = 10;
RESET SESSION AUTHORIZATION;
SELECT who, what FROM log ORDER BY n;

-- what refers to the image objects
CREATE TABLE page (image_id int REFERENCES image);
INSERT INTO page VALUES (7);
INSERT INTO users VALUES (12, 7);
SET SESSION AUTHORIZATION regress_relmap_owner_writer;
DELETE FROM users WHERE id = 12;

-- who may make triggers on the child, but is not its owner, can't have one of these
RESET SESSION AUTHORIZATION;
GRANT TRIGGER ON users TO regress_relmap_owner_writer;
SET SESSION AUTHORIZATION regress_relmap_owner_writer;
CREATE TRIGGER mine AFTER DELETE ON users FOR EACH ROW
    EXECUTE FUNCTION relmap_internal.delete_parent('users_avatar_id_fkey', 'avatar_id');
-- and an owner's trigger has no more rights than the owner
CREATE TABLE own (id int PRIMARY KEY, users_id int);
RESET SESSION AUTHORIZATION;
GRANT REFERENCES ON users TO regress_relmap_owner_writer;
REVOKE DELETE ON users FROM regress_relmap_owner_writer;
SET SESSION AUTHORIZATION regress_relmap_owner_writer;
ALTER TABLE own ADD FOREIGN KEY (users_id) REFERENCES users, ADD UNIQUE (users_id);
CREATE TRIGGER mine AFTER DELETE ON own FOR EACH ROW
    EXECUTE FUNCTION relmap_internal.delete_parent('own_users_id_fkey', 'users_id');
INSERT INTO own VALUES (1, 12);
DELETE FROM own;
RESET SESSION AUTHORIZATION;
SELECT count(*) AS "1" FROM users WHERE id = 12;

-- an attribute of another's that names it, to obstruct
RESET SESSION AUTHORIZATION;
ALTER TABLE image OWNER TO regress_relmap_owner_media;
GRANT SELECT, REFERENCES, DELETE ON image TO regress_relmap_owner_people;
SELECT relmap.drop_relationship('users', 'avatar');
SET SESSION AUTHORIZATION regress_relmap_owner_media;
SELECT relmap.relationship('image', 'owners', 'users', back_populates => 'avatar');
SET SESSION AUTHORIZATION regress_relmap_owner_people;
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, cascade => 'all');
RESET SESSION AUTHORIZATION;
SELECT source, name, uselist, back_populates, single_parent FROM relmap.relationships
WHERE source IN ('users'::regclass, 'image'::regclass) ORDER BY name;

DROP SCHEMA owner_rights CASCADE;
DROP ROLE regress_relmap_owner_people, regress_relmap_owner_media, regress_relmap_owner_writer;
