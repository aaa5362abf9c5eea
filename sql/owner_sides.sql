-- single_parent beside the other side: rows that replace one another, park, and
-- hand their parents over
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA owner_sides;
SET search_path = owner_sides;
CREATE TABLE image (id int PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY, avatar_id int REFERENCES image, v int);
CREATE PROCEDURE fresh() LANGUAGE sql AS $$
    TRUNCATE owner_sides.image, owner_sides.users CASCADE;
    INSERT INTO owner_sides.image SELECT generate_series(1, 5);
    INSERT INTO owner_sides.users VALUES (1, 1), (2, 2), (3, 3), (4, NULL);
$$;
CREATE FUNCTION state() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT coalesce((SELECT string_agg(id || ':' || coalesce(avatar_id::text, '-'), ' ' ORDER BY id)
                     FROM owner_sides.users), 'nobody') || ' of ' ||
           coalesce((SELECT string_agg(id::text, ' ' ORDER BY id) FROM owner_sides.image), 'none');
$$;
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, cascade => 'all, delete-orphan',
                           backref => 'owner');

-- who is replaced does not take the image along
CALL fresh();
INSERT INTO users VALUES (5, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1 of 1 2 3 4 5";
UPDATE users SET avatar_id = 1 WHERE id = 2;
SELECT state() AS "1:- 2:1 3:3 4:- 5:- of 1 3 4 5";
-- unset
DELETE FROM users WHERE id = 5;
UPDATE users SET avatar_id = NULL WHERE id = 2;
SELECT state() AS "1:- 2:- 3:3 4:- of 3 4 5";

-- a swap in one statement, a shift, a rotation; the same with checks at once
CREATE PROCEDURE moves() LANGUAGE plpgsql AS $$
BEGIN
    CALL owner_sides.fresh();
    UPDATE owner_sides.users SET avatar_id = 3 - avatar_id WHERE id IN (1, 2);
    ASSERT owner_sides.state() = '1:2 2:1 3:3 4:- of 1 2 3 4 5', owner_sides.state();
    UPDATE owner_sides.users SET avatar_id = avatar_id % 3 + 1;
    ASSERT owner_sides.state() = '1:3 2:2 3:1 4:- of 1 2 3 4 5', owner_sides.state();
    MERGE INTO owner_sides.users u USING (VALUES (1, 1), (3, 3)) AS n (id, avatar_id) ON n.id = u.id
        WHEN MATCHED THEN UPDATE SET avatar_id = n.avatar_id;
    ASSERT owner_sides.state() = '1:1 2:2 3:3 4:- of 1 2 3 4 5', owner_sides.state();
    INSERT INTO owner_sides.users VALUES (1, 2), (2, 1) ON CONFLICT (id) DO UPDATE SET avatar_id = excluded.avatar_id;
    ASSERT owner_sides.state() = '1:2 2:1 3:3 4:- of 1 2 3 4 5', owner_sides.state();
END $$;
CALL moves();
SELECT state() AS "1:2 2:1 3:3 4:- of 1 2 3 4 5";
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
CALL moves();
SELECT state() AS "1:2 2:1 3:3 4:- of 1 2 3 4 5";
-- in two statements the checks at once find the second image without owner
UPDATE users SET avatar_id = 1 WHERE id = 1;
SELECT state() AS "1:1 2:- 3:3 4:- of 1 3 4 5";
COMMIT;
-- in two statements
CALL fresh();
BEGIN;
UPDATE users SET avatar_id = 2 WHERE id = 1;
UPDATE users SET avatar_id = 1 WHERE id = 2;
COMMIT;
SELECT state() AS "1:2 2:1 3:3 4:- of 1 2 3 4 5";
-- a shift off the end: the last image has no owner any more
UPDATE users SET avatar_id = avatar_id + 1 WHERE id IN (1, 3);
SELECT state() AS "1:3 2:1 3:4 4:- of 1 3 4 5";

-- a trigger of the user's deletes a row while others are parked for its image
CREATE FUNCTION kill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.id = 2 THEN
        DELETE FROM owner_sides.users WHERE id = 3;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER kill AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION kill();
CALL fresh();
UPDATE users SET avatar_id = CASE id WHEN 1 THEN 2 WHEN 2 THEN 1 END WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 4:- of 1 2 4 5";
CREATE OR REPLACE FUNCTION kill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 2 THEN
        DELETE FROM owner_sides.users WHERE id = 3;
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER kill ON users;
CREATE TRIGGER kill BEFORE UPDATE OF v ON users FOR EACH ROW EXECUTE FUNCTION kill();
CALL fresh();
-- 1 is parked for 3, then 2's trigger deletes who has it
UPDATE users SET v = 1, avatar_id = CASE id WHEN 1 THEN 3 WHEN 2 THEN 1 END WHERE id IN (1, 2);
SELECT state() AS "1:3 2:1 4:- of 1 3 4 5";
DROP TRIGGER kill ON users;
-- an exception inside of the statement takes its checks back
CREATE OR REPLACE FUNCTION kill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 2 THEN
        BEGIN
            UPDATE owner_sides.users SET avatar_id = NULL WHERE id = 3;
            SET CONSTRAINTS ALL IMMEDIATE;
            RAISE division_by_zero;
        EXCEPTION WHEN division_by_zero THEN
            NULL;
        END;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER kill BEFORE UPDATE OF v ON users FOR EACH ROW EXECUTE FUNCTION kill();
CALL fresh();
UPDATE users SET v = 1, avatar_id = 3 - avatar_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:- of 1 2 3 4 5";
DROP TRIGGER kill ON users;

-- relmap.assign() and remove(), on both sides
CALL fresh();
SELECT relmap.assign(u, 'avatar', i) FROM users u, image i WHERE u.id = 1 AND i.id = 4;
SELECT state() AS "1:4 2:2 3:3 4:- of 2 3 4 5";
SELECT relmap.assign(u, 'avatar', NULL::image) FROM users u WHERE u.id = 2;
SELECT relmap.assign(i, 'owner', u) FROM image i, users u WHERE i.id = 3 AND u.id = 2;
SELECT state() AS "1:4 2:3 3:- 4:- of 3 4 5";
SELECT relmap.assign(i, 'owner', NULL::users) FROM image i WHERE i.id = 4;
SELECT state() AS "1:- 2:3 3:- 4:- of 3 5";

-- both sides cascade
SELECT relmap.alter_relationship('image', 'owner', cascade => 'all, delete-orphan');
CALL fresh();
DELETE FROM users WHERE id = 1;
DELETE FROM image WHERE id = 2;
SELECT state() AS "3:3 4:- of 3 4 5";
UPDATE users SET avatar_id = NULL WHERE id = 3;
SELECT state() AS "4:- of 4 5";
CALL fresh();
INSERT INTO users VALUES (5, 1);
SELECT state() AS "2:2 3:3 4:- 5:1 of 1 2 3 4 5";

-- a key that can't be NULL: who is replaced is deleted at once, and its image stays
SELECT relmap.drop_relationship('image', 'owner');
DELETE FROM users WHERE avatar_id IS NULL;
ALTER TABLE users ALTER avatar_id SET NOT NULL;
SELECT relmap.relationship('image', 'owner', 'users', on_replace => 'delete', back_populates => 'avatar');
TRUNCATE image, users;
INSERT INTO image SELECT generate_series(1, 5);
INSERT INTO users VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO users VALUES (5, 1);
SELECT state() AS "2:2 3:3 5:1 of 1 2 3 4 5";
UPDATE users SET avatar_id = 3 WHERE id = 2;
SELECT state() AS "2:3 5:1 of 1 3 4 5";
UPDATE users SET avatar_id = 4 WHERE id = 2;
SELECT state() AS "2:4 5:1 of 1 4 5";

-- without replacement: a plain UNIQUE, deferrable
SELECT relmap.drop_relationship('image', 'owner');
SELECT relmap.drop_relationship('users', 'avatar');
ALTER TABLE users ALTER avatar_id DROP NOT NULL, ADD UNIQUE (avatar_id) DEFERRABLE;
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, cascade => 'all, delete-orphan');
CALL fresh();
UPDATE users SET avatar_id = 3 - avatar_id WHERE id IN (1, 2);
SELECT state() AS "1:2 2:1 3:3 4:- of 1 2 3 4 5";
BEGIN;
SET CONSTRAINTS users_avatar_id_key DEFERRED;
UPDATE users SET avatar_id = 1 WHERE id = 1;
DELETE FROM users WHERE id = 2;
COMMIT;
SELECT state() AS "1:1 3:3 4:- of 1 3 4 5";

-- a BEFORE UPDATE trigger lets go in a statement that does not set the key
CREATE TABLE pictures (id int PRIMARY KEY);
CREATE TABLE authors (id int PRIMARY KEY, picture_id int REFERENCES pictures, v int);
SELECT relmap.relationship('authors', 'picture', 'pictures', single_parent => true, cascade => 'all, delete-orphan');
INSERT INTO pictures VALUES (1), (2);
INSERT INTO authors VALUES (1, 1), (2, 2);
CREATE FUNCTION lets_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.picture_id := NULL; RETURN NEW; END $$;
CREATE TRIGGER lets_go BEFORE UPDATE ON authors FOR EACH ROW EXECUTE FUNCTION lets_go();
UPDATE authors SET v = 1 WHERE id = 1;
SELECT string_agg(id::text, ' ') AS "2" FROM pictures;

DROP SCHEMA owner_sides CASCADE;
