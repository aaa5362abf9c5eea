-- assign(), append(), remove() where the relationship has a condition or a key.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA assign_slot;
SET search_path = assign_slot;
CREATE FUNCTION error(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text, OUT context text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        context = PG_EXCEPTION_CONTEXT;
    -- what is around it: this function
    context := substring(context FROM '^SQL statement "([^"]*)"');
END $$;

CREATE TABLE customer (id int PRIMARY KEY);
CREATE TABLE address (id int PRIMARY KEY, customer_id int REFERENCES customer, is_default boolean NOT NULL DEFAULT false,
                      kind varchar(10), gone date, old boolean DEFAULT false, rank smallint, note text);
INSERT INTO customer VALUES (1), (2);
INSERT INTO address VALUES (1, 1, true), (2, 1, false), (3, 2, false), (4, NULL, false);
CREATE FUNCTION c(int) RETURNS customer LANGUAGE sql STABLE AS 'SELECT * FROM customer WHERE id = $1';
CREATE FUNCTION a(int) RETURNS address LANGUAGE sql STABLE AS 'SELECT * FROM address WHERE id = $1';
CREATE VIEW addresses AS SELECT id, customer_id AS cust, is_default AS dft, kind, gone, old, rank FROM address ORDER BY id;

-- assigning sets the flag; the one that was is replaced
SELECT relmap.relationship('customer', 'default_address', 'address', uselist => false,
                           condition => 'is_default', on_replace => 'set is_default = false');
SELECT relmap.assign(c(1), 'default_address', a(2));
TABLE addresses;
SELECT relmap.assign(c(1), 'default_address', a(4)), relmap.assign(c(2), 'default_address', a(2));
TABLE addresses;
-- again is no change
SELECT relmap.assign(c(1), 'default_address', a(4));
-- NULL lets go as on_replace says: it stays the customer's
SELECT relmap.assign(c(1), 'default_address', NULL);
SELECT relmap.assign(c(1), 'default_address', NULL);
TABLE addresses;
SELECT relmap.drop_relationship('customer', 'default_address');

-- a conjunction: column, NOT column, column = constant, column IS NULL
UPDATE address SET customer_id = NULL, old = true, gone = '2026-01-01';
SELECT relmap.relationship('customer', 'home', 'address', uselist => false,
                           condition => $$is_default AND NOT old AND ('home' = kind AND gone IS NULL) AND rank = 5$$, on_replace => 'nullify');
SELECT relmap.assign(c(1), 'home', a(1));
TABLE addresses;
SELECT relmap.assign(c(1), 'home', a(2));
TABLE addresses;
SELECT relmap.assign(c(1), 'home', NULL);
TABLE addresses;
SELECT relmap.drop_relationship('customer', 'home');

-- a condition that does not say what is to be set: the row has to meet it
UPDATE address SET rank = id;
SELECT relmap.relationship('customer', 'first', 'address', uselist => false, condition => 'is_default AND rank < 3', on_replace => 'nullify');
SELECT * FROM error($$SELECT relmap.assign(c(1), 'first', a(3))$$);
SELECT relmap.assign(c(1), 'first', a(2));
SELECT * FROM error($$SELECT relmap.assign(c(1), 'first', ROW(99)::address)$$);
SELECT customer_id FROM address WHERE id IN (2, 3) ORDER BY id;
SELECT relmap.drop_relationship('customer', 'first');
-- one over the foreign key, and one over a generated column
ALTER TABLE address ADD level int GENERATED ALWAYS AS (rank + 1) STORED;
SELECT relmap.relationship('customer', 'of_two', 'address', uselist => false, condition => 'customer_id = 2', on_replace => 'nullify');
SELECT relmap.relationship('customer', 'by_level', 'address', uselist => false, condition => 'level = 3', on_replace => 'restrict');
SELECT * FROM error($$SELECT relmap.assign(c(1), 'of_two', a(3))$$);
SELECT relmap.assign(c(2), 'of_two', a(3));
SELECT * FROM error($$SELECT relmap.assign(c(1), 'by_level', a(3))$$);
SELECT relmap.drop_relationship('customer', 'of_two'), relmap.drop_relationship('customer', 'by_level');

-- by convention: the others go first, by the list, and the row itself is not one of them
UPDATE address SET customer_id = 1, is_default = id < 3, note = NULL;
SELECT relmap.relationship('customer', 'favourite', 'address', uselist => false, enforce => false,
                           condition => 'is_default', on_replace => 'set is_default = false, note = coalesce(note, '''') || ''was ''');
SELECT relmap.assign(c(1), 'favourite', a(2));
SELECT id, is_default, note FROM address ORDER BY id;
SELECT relmap.assign(c(1), 'favourite', a(3));
SELECT id, is_default, note FROM address ORDER BY id;
SELECT relmap.drop_relationship('customer', 'favourite');

-- collections: append sets, remove does what on_replace says, NULL if it says nothing
SELECT relmap.relationship('customer', 'defaults', 'address', condition => 'is_default');
SELECT relmap.relationship('customer', 'archive', 'address', condition => 'gone IS NOT NULL', on_replace => 'set gone = NULL');
SELECT relmap.append(c(2), 'defaults', a(4));
SELECT * FROM error($$SELECT relmap.append(c(2), 'archive', a(2))$$);
UPDATE address SET gone = '2026-01-01' WHERE id = 4;
SELECT relmap.append(c(2), 'archive', a(4));
TABLE addresses;
SELECT relmap.remove(c(2), 'archive', a(4));
SELECT * FROM error($$SELECT relmap.remove(c(2), 'archive', a(4))$$);
SELECT relmap.remove(c(2), 'defaults', a(4));
TABLE addresses;
-- a list that does not let a row go
SELECT relmap.alter_relationship('customer', 'archive', on_replace => 'set gone = gone - 1');
UPDATE address SET gone = '2026-01-01', customer_id = 2 WHERE id = 4;
SELECT * FROM error($$SELECT relmap.remove(c(2), 'archive', a(4))$$);
SELECT gone FROM address WHERE id = 4;
SELECT relmap.drop_relationship('customer', 'defaults'), relmap.drop_relationship('customer', 'archive');

-- keyed: append replaces the row with that key; by a list a row leaves its key, and remove takes it out of the collection, too
CREATE TABLE list (id int PRIMARY KEY);
CREATE TABLE item (id int PRIMARY KEY, list_id int REFERENCES list, pos int);
INSERT INTO list VALUES (1), (2);
INSERT INTO item VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1);
CREATE FUNCTION l(int) RETURNS list LANGUAGE sql STABLE AS 'SELECT * FROM list WHERE id = $1';
CREATE FUNCTION i(int) RETURNS item LANGUAGE sql STABLE AS 'SELECT * FROM item WHERE id = $1';
SELECT relmap.relationship('list', 'items', 'item', keyed_by => '{pos}', order_by => 'pos', on_replace => 'set pos = NULL');
SELECT relmap.append(l(1), 'items', i(3));
SELECT * FROM item ORDER BY id;
SELECT relmap.remove(l(1), 'items', i(3));
SELECT * FROM item ORDER BY id;
SELECT relmap.alter_relationship('list', 'items', on_replace => 'delete');
SELECT relmap.remove(l(1), 'items', i(2));
SELECT * FROM item ORDER BY id;
SELECT relmap.alter_relationship('list', 'items', on_replace => 'restrict');
SELECT relmap.remove(l(1), 'items', i(1));
SELECT * FROM item ORDER BY id;
SELECT relmap.alter_relationship('list', 'items', on_replace => 'delete', cascade => 'all, delete-orphan');
SELECT relmap.append(l(1), 'items', i(1));
BEGIN;
SELECT relmap.remove(l(1), 'items', i(1));
SELECT * FROM item ORDER BY id;
COMMIT;
SELECT * FROM item ORDER BY id;

-- a key that can't be NULL: our own words, and no statement of ours
CREATE TABLE part (id int PRIMARY KEY, list_id int NOT NULL REFERENCES list, pos int);
CREATE FUNCTION part(int) RETURNS part LANGUAGE sql STABLE AS 'SELECT * FROM part WHERE id = $1';
INSERT INTO part VALUES (1, 1, 1), (2, 2, 1);
SELECT relmap.relationship('list', 'parts', 'part', backref => 'list');
SELECT * FROM error($$SELECT relmap.remove(l(1), 'parts', part(1))$$);
SELECT * FROM error($$SELECT relmap.remove(l(1), 'parts', part(2))$$);
SELECT * FROM error($$SELECT relmap.assign(part(1), 'list', NULL)$$);
SELECT relmap.alter_relationship('list', 'parts', keyed_by => '{pos}', on_replace => 'set pos = NULL');
SELECT * FROM error($$SELECT relmap.remove(l(1), 'parts', part(1))$$);
SELECT relmap.alter_relationship('list', 'parts', on_replace => 'delete');
SELECT relmap.remove(l(1), 'parts', part(1));
SELECT * FROM part;

-- a plain one-to-one with a list
CREATE TABLE cover (id int PRIMARY KEY, list_id int REFERENCES list, version int DEFAULT 1);
CREATE FUNCTION cover(int) RETURNS cover LANGUAGE sql STABLE AS 'SELECT * FROM cover WHERE id = $1';
SELECT relmap.relationship('list', 'cover', 'cover', uselist => false, on_replace => 'set list_id = NULL, version = version + 1', accessor => false);
INSERT INTO cover VALUES (1, 1), (2, NULL);
SELECT relmap.assign(l(1), 'cover', cover(2));
SELECT relmap.assign(l(1), 'cover', NULL);
SELECT * FROM cover ORDER BY id;

-- as the caller, and the meaning does not depend on the caller's settings
CREATE ROLE regress_assign_slot_user;
GRANT USAGE ON SCHEMA assign_slot TO regress_assign_slot_user;
GRANT SELECT ON ALL TABLES IN SCHEMA assign_slot TO regress_assign_slot_user;
GRANT UPDATE (customer_id) ON address TO regress_assign_slot_user;
SELECT relmap.relationship('customer', 'early', 'address', uselist => false, condition => $$gone = '2026-02-01'$$, on_replace => 'set gone = ''2026-03-04''');
SET ROLE regress_assign_slot_user;
SELECT error($$SELECT relmap.assign(c(1), 'early', a(1))$$);
RESET ROLE;
GRANT UPDATE (gone) ON address TO regress_assign_slot_user;
SET ROLE regress_assign_slot_user;
CREATE TEMP TABLE x (y int);
CREATE FUNCTION pg_temp.eq(date, date) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR pg_temp.= (LEFTARG = date, RIGHTARG = date, FUNCTION = pg_temp.eq);
SET search_path = pg_temp, assign_slot, pg_catalog;
SET DateStyle = 'SQL, DMY';
SELECT relmap.assign(c(1), 'early', a(1));
SELECT gone FROM address WHERE id = 1;
SELECT relmap.assign(c(1), 'early', NULL);
SELECT gone FROM address WHERE id = 1;
RESET ROLE;
SET search_path = assign_slot;
RESET DateStyle;

-- a condition that a column is false
CREATE TABLE note (id int PRIMARY KEY, customer_id int REFERENCES customer, done boolean);
SELECT relmap.relationship('customer', 'open', 'note', uselist => false, condition => 'done IS FALSE', on_replace => 'set done = true');
INSERT INTO note VALUES (1, NULL, true), (2, NULL, NULL);
SELECT relmap.assign(c, 'open', n) FROM customer c, note n WHERE c.id = 1 AND n.id = 1;
SELECT relmap.assign(c, 'open', n) FROM customer c, note n WHERE c.id = 1 AND n.id = 2;
TABLE note ORDER BY id;
DROP SCHEMA assign_slot CASCADE;
DROP OWNED BY regress_assign_slot_user;
DROP ROLE regress_assign_slot_user;
