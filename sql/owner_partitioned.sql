-- single_parent with partitions: a row that moves is no deletion, but may let go
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA owner_partitioned;
SET search_path = owner_partitioned;
CREATE TABLE image (tenant int, id int, name text, PRIMARY KEY (tenant, id)) PARTITION BY LIST (id);
CREATE TABLE image_a PARTITION OF image FOR VALUES IN (1, 2, 3);
-- columns in another order
CREATE TABLE image_b (name text, gone int, id int NOT NULL, tenant int NOT NULL);
ALTER TABLE image_b DROP gone;
ALTER TABLE image ATTACH PARTITION image_b DEFAULT;
CREATE TABLE users (id int, tenant int NOT NULL, avatar_id int, v int, FOREIGN KEY (tenant, avatar_id) REFERENCES image)
    PARTITION BY LIST (tenant);
CREATE TABLE users_1 PARTITION OF users FOR VALUES IN (1);
-- one that has the key by another name
CREATE TABLE users_2 (v int, gone int, avatar_id int, tenant int NOT NULL, id int,
                      CONSTRAINT other_name FOREIGN KEY (tenant, avatar_id) REFERENCES image);
ALTER TABLE users_2 DROP gone;
ALTER TABLE users ATTACH PARTITION users_2 FOR VALUES IN (2);
SELECT relmap.relationship('users', 'avatar', 'image', single_parent => true, cascade => 'all, delete-orphan');
CREATE TABLE users_3 PARTITION OF users FOR VALUES IN (3);
SELECT tgrelid::regclass AS "on", tgname, tgparentid <> 0 AS of_the_root FROM pg_trigger
WHERE tgfoid::regproc::text ~ 'relmap_internal' AND tgrelid::regclass::text ~ '^users' ORDER BY 1, 2;
CREATE PROCEDURE fresh() LANGUAGE sql AS $$
    TRUNCATE owner_partitioned.image, owner_partitioned.users;
    INSERT INTO owner_partitioned.image SELECT t, i FROM generate_series(1, 3) t, generate_series(1, 5) i;
    INSERT INTO owner_partitioned.users VALUES (1, 1, 1), (2, 1, 4), (3, 2, 1), (4, 2, 4), (5, 3, 1), (6, 3, NULL);
$$;
CREATE FUNCTION gone() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT string_agg(t || '.' || i, ' ' ORDER BY t, i) FROM generate_series(1, 3) t, generate_series(1, 5) i
    WHERE NOT EXISTS (SELECT FROM owner_partitioned.image WHERE tenant = t AND id = i);
$$;

-- through the root and in the partition, whichever the image is in
CALL fresh();
DELETE FROM users WHERE id IN (1, 2);
DELETE FROM users_2 WHERE id = 3;
UPDATE users_2 SET avatar_id = NULL WHERE id = 4;
UPDATE users SET avatar_id = 2 WHERE id = 5;
SELECT gone() AS "1.1 1.4 2.1 2.4 3.1";

-- a row that moves takes its key along, or not
CALL fresh();
UPDATE users SET tenant = 3 WHERE id = 2;
UPDATE users SET tenant = 1, avatar_id = 2 WHERE id = 3;
UPDATE users SET tenant = 2, avatar_id = NULL WHERE id = 5;
SELECT gone() AS "1.4 2.1 3.1";
SELECT id, tableoid::regclass, avatar_id FROM users ORDER BY id;
-- there and back
CALL fresh();
BEGIN;
UPDATE users SET tenant = 2, avatar_id = 5 WHERE id = 1;
UPDATE users SET tenant = 1, avatar_id = 1 WHERE id = 1;
COMMIT;
SELECT gone() AS "2.5";
-- only "delete": a row that moves lets nothing go
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all');
CALL fresh();
UPDATE users SET tenant = 2, avatar_id = 5 WHERE id = 1;
UPDATE users SET tenant = 3 WHERE id = 2;
DELETE FROM users WHERE id IN (1, 2);
SELECT gone() AS "2.5 3.4";

-- the image moves
SELECT relmap.alter_relationship('users', 'avatar', cascade => 'all, delete-orphan');
ALTER TABLE users DROP CONSTRAINT users_tenant_avatar_id_fkey,
    ADD FOREIGN KEY (tenant, avatar_id) REFERENCES image ON UPDATE CASCADE;
CALL fresh();
DELETE FROM image WHERE id = 5;
UPDATE image SET id = 5 WHERE id = 1;
SELECT count(*) AS "15 - 3" FROM image;
DELETE FROM users WHERE avatar_id = 5;
SELECT gone() AS "all of 1 and 5";
-- moved after it was let go of: it can't be followed, and stays
CALL fresh();
BEGIN;
UPDATE users SET avatar_id = NULL WHERE id = 1;
UPDATE image SET id = 7 WHERE id = 1 AND tenant = 1;
COMMIT;
SELECT count(*) AS "1" FROM image WHERE id = 7;

-- a partition that leaves, and one that comes
CALL fresh();
ALTER TABLE users DETACH PARTITION users_1;
SELECT count(*) AS "0" FROM pg_trigger WHERE tgrelid = 'users_1'::regclass AND tgname ~ 'relmap';
DELETE FROM users_1 WHERE id = 1;
SELECT gone() AS "none";
ALTER TABLE users ATTACH PARTITION users_1 FOR VALUES IN (1);
DELETE FROM users WHERE id = 2;
SELECT gone() AS "1.4";

-- a table that inherits is none of the relationship
CREATE TABLE base (id int PRIMARY KEY);
CREATE TABLE derived () INHERITS (base);
CREATE TABLE owner (id int PRIMARY KEY, base_id int REFERENCES base);
CREATE TABLE heir () INHERITS (owner);
SELECT relmap.relationship('owner', 'base', 'base', single_parent => true, cascade => 'all, delete-orphan');
INSERT INTO base VALUES (1), (2);
INSERT INTO derived VALUES (1), (2);
INSERT INTO owner VALUES (1, 1), (2, 2);
INSERT INTO heir VALUES (3, 1);
DELETE FROM owner WHERE id = 1;
DELETE FROM owner WHERE id = 3;
SELECT tableoid::regclass, id FROM base ORDER BY 1, 2;

DROP SCHEMA owner_partitioned CASCADE;
