-- single_parent: what a row refers to goes with it, or when it lets go, unless
-- another row has taken it by then
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA owner_delete;
SET search_path = owner_delete;
CREATE TABLE image (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, avatar_id int REFERENCES image, v int);
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, cascade => 'all, delete-orphan');

-- users 1 to 3 have images 1 to 3; nobody has image 4
CREATE PROCEDURE fresh() LANGUAGE sql AS $$
    TRUNCATE owner_delete.image, owner_delete.users CASCADE;
    INSERT INTO owner_delete.image SELECT n, 'i' || n FROM generate_series(1, 5) n;
    INSERT INTO owner_delete.users VALUES (1, 1), (2, 2), (3, 3), (4, NULL);
$$;
CREATE FUNCTION state() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT coalesce((SELECT string_agg(id || ':' || coalesce(avatar_id::text, '-'), ' ' ORDER BY id)
                     FROM owner_delete.users), 'nobody') || ' of ' ||
           coalesce((SELECT string_agg(id::text, ' ' ORDER BY id) FROM owner_delete.image), 'none');
$$;

-- without another side it is a plain UNIQUE
CALL fresh();
INSERT INTO users VALUES (5, 1);
UPDATE users SET avatar_id = 1 WHERE id = 2;
SELECT state() AS "1:1 2:2 3:3 4:- of 1 2 3 4 5";

-- deleted, released, exchanged; one that nobody ever had stays
DELETE FROM users WHERE id = 1;
SELECT state() AS "2:2 3:3 4:- of 2 3 4 5";
UPDATE users SET avatar_id = NULL WHERE id = 2;
SELECT state() AS "2:- 3:3 4:- of 3 4 5";
UPDATE users SET avatar_id = 4 WHERE id = 3;
SELECT state() AS "2:- 3:4 4:- of 4 5";
UPDATE users SET v = 1;
UPDATE users SET avatar_id = avatar_id;
SELECT state() AS "2:- 3:4 4:- of 4 5";

-- deleted at once, released at COMMIT
CALL fresh();
BEGIN;
DELETE FROM users WHERE id = 1;
SELECT state() AS "2:2 3:3 4:- of 2 3 4 5";
UPDATE users SET avatar_id = NULL WHERE id = 2;
SELECT state() AS "2:- 3:3 4:- of 2 3 4 5";
SET CONSTRAINTS ALL IMMEDIATE;
SELECT state() AS "2:- 3:3 4:- of 3 4 5";
UPDATE users SET avatar_id = 4 WHERE id = 3;
SELECT state() AS "2:- 3:4 4:- of 4 5";
COMMIT;

-- handed over in one transaction, in either order; taken for a moment
CALL fresh();
BEGIN;
UPDATE users SET avatar_id = NULL WHERE id = 1;
UPDATE users SET avatar_id = 1 WHERE id = 4;
COMMIT;
SELECT state() AS "1:- 2:2 3:3 4:1 of 1 2 3 4 5";
BEGIN;
UPDATE users SET avatar_id = 5 WHERE id = 2;
UPDATE users SET avatar_id = 2 WHERE id = 2;
COMMIT;
SELECT state() AS "1:- 2:2 3:3 4:1 of 1 2 3 4";
BEGIN;
INSERT INTO users VALUES (5, 4);
UPDATE users SET avatar_id = NULL WHERE id = 5;
UPDATE users SET avatar_id = 4 WHERE id = 1;
DELETE FROM users WHERE id = 5;
COMMIT;
SELECT state() AS "1:4 2:2 3:3 4:1 of 1 2 3 4";

-- savepoints: what was rolled back did not happen
CALL fresh();
BEGIN;
SAVEPOINT a;
DELETE FROM users WHERE id = 1;
UPDATE users SET avatar_id = NULL WHERE id = 2;
ROLLBACK TO a;
UPDATE users SET avatar_id = NULL WHERE id = 3;
SAVEPOINT b;
UPDATE users SET avatar_id = 3 WHERE id = 4;
ROLLBACK TO b;
SAVEPOINT c;
UPDATE users SET v = 2 WHERE id = 3;
RELEASE c;
COMMIT;
SELECT state() AS "1:1 2:2 3:- 4:- of 1 2 4 5";
DO $$ BEGIN
    BEGIN
        DELETE FROM users WHERE id = 1;
        UPDATE users SET avatar_id = 4 WHERE id = 2;
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        UPDATE users SET avatar_id = 4 WHERE id = 1;
    END;
END $$;
SELECT state() AS "1:4 2:2 3:- 4:- of 2 4 5";

-- the row that had the key when it was released, not one that got it later
CALL fresh();
BEGIN;
UPDATE users SET avatar_id = NULL WHERE id IN (1, 2, 3);
DELETE FROM image WHERE id = 1;
INSERT INTO image VALUES (1, 'another');
UPDATE image SET name = 'another one' WHERE id = 1;
UPDATE image SET id = 22 WHERE id = 2;
INSERT INTO image VALUES (2, 'another');
UPDATE image SET name = 'changed' WHERE id = 3;
COMMIT;
SELECT state() AS "1:- 2:- 3:- 4:- of 1 2 4 5 22";
-- one that was made in the transaction, too
BEGIN;
INSERT INTO image VALUES (6);
UPDATE users SET avatar_id = 6 WHERE id = 1;
UPDATE image SET name = 'x' WHERE id = 6;
UPDATE users SET avatar_id = NULL WHERE id = 1;
UPDATE image SET name = 'y' WHERE id = 6;
COMMIT;
SELECT state() AS "1:- 2:- 3:- 4:- of 1 2 4 5 22";

-- many at once; by USING, a CTE, MERGE, a cursor, a function's statement
CALL fresh();
DELETE FROM users WHERE id IN (1, 3) RETURNING id;
SELECT state() AS "2:2 4:- of 2 4 5";
CALL fresh();
WITH d AS (DELETE FROM users WHERE id = 1 RETURNING avatar_id)
INSERT INTO users SELECT 9, 4 FROM d;
SELECT state() AS "2:2 3:3 4:- 9:4 of 2 3 4 5";
CALL fresh();
MERGE INTO users u USING image i ON u.avatar_id = i.id
    WHEN MATCHED AND i.id = 1 THEN DELETE
    WHEN MATCHED AND i.id = 2 THEN UPDATE SET avatar_id = NULL
    WHEN NOT MATCHED AND i.id = 4 THEN INSERT VALUES (9, i.id);
SELECT state() AS "2:- 3:3 4:- 9:4 of 3 4 5";
CALL fresh();
INSERT INTO users VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET avatar_id = excluded.avatar_id;
SELECT state() AS "1:5 2:2 3:3 4:- of 2 3 4 5";
-- both in one statement
CALL fresh();
WITH d AS (DELETE FROM image WHERE id = 1) DELETE FROM users WHERE id = 1;
SELECT state() AS "2:2 3:3 4:- of 2 3 4 5";

-- what else refers to the image objects, and nothing is changed
CREATE TABLE page (id int, image_id int REFERENCES image);
CALL fresh();
INSERT INTO page VALUES (1, 1), (2, 2);
DELETE FROM users WHERE id = 1;
UPDATE users SET avatar_id = NULL WHERE id = 2;
SELECT state() AS "1:1 2:2 3:3 4:- of 1 2 3 4 5";
ALTER TABLE page DROP CONSTRAINT page_image_id_fkey,
    ADD CONSTRAINT page_image_id_fkey FOREIGN KEY (image_id) REFERENCES image ON DELETE CASCADE;
DELETE FROM users WHERE id = 1;
ALTER TABLE page DROP CONSTRAINT page_image_id_fkey,
    ADD CONSTRAINT page_image_id_fkey FOREIGN KEY (image_id) REFERENCES image ON DELETE SET NULL;
UPDATE users SET avatar_id = NULL WHERE id = 2;
SELECT state() AS "2:- 3:3 4:- of 3 4 5";
TABLE page;
DROP TABLE page;

-- the image goes first: nothing is left to do
ALTER TABLE users DROP CONSTRAINT users_avatar_id_fkey,
    ADD CONSTRAINT users_avatar_id_fkey FOREIGN KEY (avatar_id) REFERENCES image ON DELETE SET NULL ON UPDATE CASCADE;
CALL fresh();
DELETE FROM image WHERE id = 1;
UPDATE image SET id = 22 WHERE id = 2;
SELECT state() AS "1:- 2:22 3:3 4:- of 3 4 5 22";
-- renumbered
DROP TABLE users;
CREATE TABLE users (id int PRIMARY KEY, avatar_id int REFERENCES image ON UPDATE CASCADE ON DELETE CASCADE, v int);
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, cascade => 'all, delete-orphan');
CALL fresh();
UPDATE image SET id = id + 10;
SELECT state() AS "1:11 2:12 3:13 4:- of 11 12 13 14 15";
-- renumbered so that another image gets the number of one that has an owner
TRUNCATE image, users;
INSERT INTO image VALUES (2), (1);
INSERT INTO users VALUES (1, 2);
UPDATE image SET id = id + 1;
SELECT state() AS "1:3 of 2 3";
BEGIN;
UPDATE image SET id = id + 1;
UPDATE users SET v = 1;
UPDATE image SET id = id + 1;
UPDATE users SET avatar_id = NULL;
COMMIT;
SELECT state() AS "1:- of 4";
CALL fresh();
UPDATE image SET id = id + 10;
-- ON DELETE CASCADE never takes the row along that has taken the image over
BEGIN;
UPDATE users SET avatar_id = NULL WHERE id = 1;
UPDATE users SET avatar_id = 11 WHERE id = 4;
UPDATE users SET avatar_id = NULL WHERE id = 2;
COMMIT;
SELECT state() AS "1:- 2:- 3:13 4:11 of 11 13 14 15";
DELETE FROM image WHERE id = 11;
SELECT state() AS "1:- 2:- 3:13 of 13 14 15";

-- nothing under the replica role, or where the trigger is disabled
CALL fresh();
SET session_replication_role = replica;
DELETE FROM users WHERE id = 1;
UPDATE users SET avatar_id = NULL WHERE id = 2;
RESET session_replication_role;
ALTER TABLE users DISABLE TRIGGER "!relmap_parent_users_avatar_id_fkey";
DELETE FROM users WHERE id = 3;
SELECT state() AS "2:- 4:- of 1 2 3 4 5";
SELECT problem, statement FROM relmap.check('owner_delete') WHERE rule = 'trigger_disabled';
ALTER TABLE users ENABLE TRIGGER ALL;

-- only "delete": a row that lets go leaves the image as it is
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all');
CALL fresh();
UPDATE users SET avatar_id = NULL WHERE id = 1;
DELETE FROM users WHERE id IN (1, 2);
SELECT state() AS "3:3 4:- of 1 3 4 5";

-- beside the user's own triggers
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all, delete-orphan');
CREATE TABLE log (n int GENERATED ALWAYS AS IDENTITY, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log (what) VALUES (lower(TG_OP) || ' ' || TG_TABLE_NAME || ' ' || OLD.id || ' ' || TG_WHEN);
    RETURN OLD;
END $$;
CREATE TRIGGER note BEFORE DELETE ON image FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note_after AFTER DELETE ON image FOR EACH ROW EXECUTE FUNCTION note();
CALL fresh();
DELETE FROM users WHERE id = 1;
UPDATE users SET avatar_id = 4 WHERE id = 2;
SELECT what FROM log ORDER BY n;
-- one that keeps the image
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE DELETE ON image FOR EACH ROW EXECUTE FUNCTION keep();
DELETE FROM users WHERE id = 2;
SELECT state() AS "3:3 4:- of 3 4 5";
DROP TRIGGER keep ON image;
-- one that hands the image over when its row goes
CREATE FUNCTION inherit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE owner_delete.users SET avatar_id = OLD.avatar_id WHERE id = 4;
    RETURN NULL;
END $$;
CREATE TRIGGER " inherit" AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION inherit();
DELETE FROM users WHERE id = 3;
SELECT state() AS "4:3 of 3 4 5";
DROP TRIGGER " inherit" ON users;
-- a rule that makes another statement of it
CREATE RULE instead AS ON DELETE TO image DO INSTEAD NOTHING;
\set VERBOSITY default
DELETE FROM users WHERE id = 4;
\set VERBOSITY terse
DROP RULE instead ON image;

-- a trigger of somebody who does not know how
CREATE TRIGGER wrong BEFORE DELETE ON users FOR EACH ROW
    EXECUTE FUNCTION relmap_internal.delete_parent('users_avatar_id_fkey', 'avatar_id');
DELETE FROM users;
DROP TRIGGER wrong ON users;
CREATE CONSTRAINT TRIGGER wrong AFTER DELETE ON users DEFERRABLE FOR EACH ROW
    EXECUTE FUNCTION relmap_internal.delete_parent('users_avatar_id_fkey', 'avatar_id');
DELETE FROM users;
DROP TRIGGER wrong ON users;
CREATE TRIGGER wrong AFTER INSERT ON users FOR EACH ROW
    EXECUTE FUNCTION relmap_internal.delete_orphan_parent('users_avatar_id_fkey', 'avatar_id');
INSERT INTO users VALUES (99);
DROP TRIGGER wrong ON users;
-- no such key, or with other columns: it does nothing
SELECT relmap.drop_relationship('users', 'avatar');
CREATE TRIGGER wrong AFTER DELETE ON users FOR EACH ROW
    EXECUTE FUNCTION relmap_internal.delete_parent('users_avatar_id_fkey', 'v');
CREATE TRIGGER wrong_too AFTER DELETE ON users FOR EACH ROW
    EXECUTE FUNCTION relmap_internal.delete_parent('avatar_id');
CREATE TRIGGER wrong_as_well AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION relmap_internal.delete_parent();
CALL fresh();
DELETE FROM users;
SELECT state() AS "nobody of 1 2 3 4 5";

DROP SCHEMA owner_delete CASCADE;
