-- required together with what replaces: exactly one child, exactly one default
CREATE SCHEMA required_slots;
SET search_path = required_slots;
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE profile (id int PRIMARY KEY, user_id int UNIQUE REFERENCES users, note text);
SELECT relmap.relationship('users', 'profile', 'profile', uselist => false, required => true);
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(id || ':' || coalesce(user_id::text, '-'), ' ' ORDER BY id) FROM profile
$$;
BEGIN;
INSERT INTO users VALUES (1), (2), (3);
INSERT INTO profile VALUES (1, 1), (2, 2), (3, 3), (4, NULL);
COMMIT;

-- replaced: the slot is held all the time
INSERT INTO profile VALUES (5, 1);
UPDATE profile SET user_id = 1 WHERE id = 4;
SELECT state() AS "1:- 2:2 3:3 4:1 5:-";

-- swapped in one statement, in two; rotated
UPDATE profile SET user_id = 3 - user_id WHERE user_id IN (1, 2);
SELECT state() AS "1:- 2:1 3:3 4:2 5:-";
BEGIN;
UPDATE profile SET user_id = 2 WHERE id = 2;
UPDATE profile SET user_id = 1 WHERE id = 4;
COMMIT;
UPDATE profile SET user_id = user_id % 3 + 1 WHERE user_id IS NOT NULL;
SELECT state() AS "1:- 2:3 3:1 4:2 5:-";

-- moved: the one that it left has none
UPDATE profile SET user_id = 2 WHERE id = 3;
UPDATE profile SET user_id = NULL WHERE id = 3;
DELETE FROM profile WHERE id = 3;
BEGIN;
DELETE FROM profile WHERE id = 3;
INSERT INTO profile VALUES (3, 1);
COMMIT;
BEGIN;
UPDATE profile SET user_id = 2 WHERE id = 3;
UPDATE profile SET user_id = 1 WHERE id = 5;
COMMIT;
SELECT state() AS "1:- 2:3 3:2 4:- 5:1";

-- immediate: a swap in one statement is judged when it is done
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE profile SET user_id = 3 - user_id WHERE user_id IN (1, 2);
UPDATE profile SET user_id = 1 WHERE id = 1;
COMMIT;
SELECT state() AS "1:1 2:3 3:- 4:- 5:2";

-- ... and what a nested statement removes meanwhile waits for the parked rows: the first has left its user then
CREATE FUNCTION nested() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.note = 'nested' AND NOT EXISTS (SELECT FROM profile WHERE user_id = NEW.user_id) THEN
        INSERT INTO profile VALUES (7, NEW.user_id);
        DELETE FROM profile WHERE id = 7;
        DELETE FROM profile WHERE id = 4;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nested BEFORE UPDATE ON profile FOR EACH ROW EXECUTE FUNCTION nested();
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE profile SET user_id = 3 - user_id, note = 'nested' WHERE user_id IN (1, 2);
COMMIT;
SELECT state() AS "1:2 2:3 3:- 5:1";
DROP TRIGGER nested ON profile;

-- delete-orphan deletes whom nobody has taken; the parent keeps the newcomer
SELECT relmap.alter_relationship('users', 'profile', cascade => 'all, delete-orphan');
INSERT INTO profile VALUES (6, 1);
SELECT state() AS "1:2 2:3 3:- 6:1";
UPDATE profile SET user_id = NULL WHERE id = 6;
BEGIN;
UPDATE profile SET user_id = NULL WHERE id = 6;
DELETE FROM users WHERE id = 1;
COMMIT;
SELECT state() AS "1:2 2:3 3:-";
DELETE FROM users WHERE id = 2;
SELECT state() AS "2:3 3:-";

-- keys that can't be NULL
CREATE TABLE car (id int PRIMARY KEY);
CREATE TABLE plate (id int PRIMARY KEY, car_id int NOT NULL REFERENCES car, UNIQUE (car_id));
SELECT relmap.relationship('car', 'plate', 'plate', uselist => false, required => true, cascade => 'all, delete-orphan');
BEGIN;
INSERT INTO car VALUES (1), (2);
INSERT INTO plate VALUES (1, 1), (2, 2);
COMMIT;
INSERT INTO plate VALUES (3, 1);
UPDATE plate SET car_id = 2 WHERE id = 3;
TABLE plate;
DELETE FROM car WHERE id = 2;
TABLE plate;

-- exactly one default
CREATE TABLE customer (id int PRIMARY KEY);
CREATE TABLE address (id int PRIMARY KEY, customer_id int REFERENCES customer, is_default boolean NOT NULL);
SELECT relmap.relationship('customer', 'default_address', 'address', uselist => false, condition => 'is_default',
                           on_replace => 'set is_default = false', required => true);
BEGIN;
INSERT INTO customer VALUES (1), (2);
INSERT INTO address VALUES (11, 1, true), (12, 1, false), (21, 2, true);
COMMIT;
UPDATE address SET is_default = false WHERE id = 11;
UPDATE address SET is_default = (id = 12) WHERE customer_id = 1;
UPDATE address SET is_default = true WHERE id = 11;
INSERT INTO address VALUES (13, 1, true);
DELETE FROM address WHERE id = 12;
DELETE FROM address WHERE id = 13;
UPDATE address SET customer_id = 2 WHERE id = 13;
BEGIN;
UPDATE address SET customer_id = 2 WHERE id = 13;
UPDATE address SET is_default = true WHERE id = 11;
COMMIT;
SELECT * FROM address ORDER BY id;

-- a keyed collection: any key will do, NULL too
CREATE TABLE product (id int PRIMARY KEY);
CREATE TABLE translation (id int PRIMARY KEY, product_id int REFERENCES product, lang text);
SELECT relmap.relationship('product', 'translations', 'translation', keyed_by => '{lang}', required => true, on_replace => 'nullify');
BEGIN;
INSERT INTO product VALUES (1);
INSERT INTO translation VALUES (1, 1, 'de');
COMMIT;
INSERT INTO translation VALUES (2, 1, 'de'), (3, 1, NULL);
DELETE FROM translation WHERE id = 2;
UPDATE translation SET lang = 'en' WHERE id = 3;
DELETE FROM translation WHERE id = 3;
UPDATE translation SET lang = 'fr' WHERE id = 3;
SELECT * FROM translation ORDER BY id;

-- two required attributes of one key, each with its own error
SELECT relmap.relationship('customer', 'addresses', 'address', required => true);
INSERT INTO customer VALUES (3);
BEGIN;
INSERT INTO customer VALUES (3);
INSERT INTO address VALUES (31, 3, false);
COMMIT;
SELECT problem FROM relmap.check('required_slots') WHERE severity = 'error';
DROP SCHEMA required_slots CASCADE;
