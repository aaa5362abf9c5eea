-- required: how it is declared, seen, changed and taken away
CREATE SCHEMA required_declare;
SET search_path = required_declare;
\set SHOW_CONTEXT never
CREATE TABLE customer (id int PRIMARY KEY, name text);
CREATE TABLE address (id int PRIMARY KEY, customer_id int REFERENCES customer, is_default boolean NOT NULL DEFAULT false);
CREATE INDEX ON address (customer_id);
CREATE TABLE tag (id int PRIMARY KEY);
CREATE TABLE customer_tag (customer_id int REFERENCES customer, tag_id int REFERENCES tag, PRIMARY KEY (customer_id, tag_id));
INSERT INTO customer SELECT generate_series(1, 6);
INSERT INTO address VALUES (1, 1, true), (2, 2, false);

-- what is there must meet it; the query that the hint has can be run
SELECT relmap.relationship('customer', 'addresses', 'address', required => true);
SELECT p.id FROM ONLY required_declare.customer p WHERE p.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ONLY required_declare.address c WHERE p.id OPERATOR(pg_catalog.=) c.customer_id) ORDER BY p.id;
DELETE FROM customer WHERE id > 3;
SELECT relmap.relationship('customer', 'tags', 'tag', secondary => 'customer_tag', required => true);
INSERT INTO address VALUES (3, 3, true);
SELECT relmap.relationship('customer', 'default_address', 'address', uselist => false, condition => 'is_default',
                           on_replace => 'set is_default = false', required => true);
UPDATE address SET is_default = true;
SELECT relmap.relationship('customer', 'default_address', 'address', uselist => false, condition => 'is_default',
                           on_replace => 'set is_default = false', required => true);
SELECT relmap.relationship('customer', 'addresses', 'address', required => true, backref => relmap.backref('customer'));
\d customer
\d address
SELECT name, required, single_parent FROM relmap.relationships WHERE source = 'customer'::regclass OR source = 'address'::regclass ORDER BY source::text COLLATE "C", name;
SELECT obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgname = '~relmap_required_customer_addresses' ORDER BY tgrelid;
SELECT * FROM relmap.declarations('required_declare');

-- in pictures and models
INSERT INTO tag VALUES (1);
INSERT INTO customer_tag SELECT id, 1 FROM customer;
SELECT relmap.relationship('customer', 'tags', 'tag', secondary => 'customer_tag', required => true, backref => relmap.backref('customers'));
SELECT line FROM string_to_table(relmap.diagram('mermaid', 'required_declare'), E'\n') AS d (line) WHERE line ~ ' : ' ORDER BY line COLLATE "C";
SELECT line FROM string_to_table(relmap.diagram('dot', 'required_declare'), E'\n') AS d (line) WHERE line ~ 'arrowhead' ORDER BY line COLLATE "C";
SELECT line FROM string_to_table(relmap.models('sqlalchemy', 'required_declare'), E'\n') AS m (line) WHERE line ~ 'relationship\(' ORDER BY line COLLATE "C";
SELECT relmap.drop_relationship('customer', 'tags');
SELECT relmap.drop_relationship('tag', 'customers');
DROP TABLE customer_tag, tag;

-- declared again
SELECT relmap.relationship('customer', 'addresses', 'address', required => true, back_populates => 'customer');
SELECT relmap.relationship('customer', 'addresses', 'address');

-- errors
SELECT relmap.relationship('address', 'owner', 'customer', required => true);
SELECT relmap.relationship('customer', 'other', 'address', required => true, enforce => false);
SELECT relmap.alter_relationship('customer', 'addresses', enforce => false);
SELECT relmap.relationship('customer', 'recent', 'address', required => true, condition => 'id > extract(epoch FROM now())');
SELECT relmap.relationship('customer', 'other', 'address', backref => relmap.backref('owner', required => true));
SELECT relmap.relationship('address', 'owner', 'customer', backref => relmap.backref('other', required => true));
SELECT relmap.drop_relationship('address', 'owner');
SELECT relmap.drop_relationship('customer', 'other');

-- a key of several columns, quoted names
CREATE TABLE "Tenant's" ("a b" int, "c" int, PRIMARY KEY ("a b", "c"));
CREATE TABLE "Row" (id int PRIMARY KEY, "c" int, "x y" int, "is on" boolean, FOREIGN KEY ("x y", "c") REFERENCES "Tenant's");
INSERT INTO "Tenant's" VALUES (1, 1), (1, 2);
SELECT relmap.relationship('"Tenant''s"', 'rows', '"Row"', required => true, condition => '"is on"');
INSERT INTO "Row" VALUES (1, 1, 1, true), (2, 2, 1, true);
SELECT relmap.relationship('"Tenant''s"', 'rows', '"Row"', required => true, condition => '"is on"');
SELECT tgrelid::regclass, encode(tgargs, 'escape') FROM pg_trigger WHERE tgname ~ 'required_Tenant' ORDER BY 1;
INSERT INTO "Tenant's" VALUES (2, 3);
UPDATE "Row" SET "is on" = NULL WHERE id = 2;
BEGIN;
UPDATE "Row" SET "is on" = NULL WHERE id = 2;
INSERT INTO "Row" VALUES (3, 2, 1, true);
COMMIT;

-- renamed: the attribute, the key, columns, tables, the schema; the error has the new names
SELECT relmap.alter_relationship('customer', 'addresses', new_name => 'homes');
INSERT INTO customer VALUES (7);
ALTER TABLE address RENAME CONSTRAINT address_customer_id_fkey TO lives_at;
ALTER TABLE address RENAME customer_id TO who;
ALTER TABLE address RENAME is_default TO homes;
ALTER TABLE customer RENAME id TO number;
ALTER TABLE customer RENAME TO client;
ALTER SCHEMA required_declare RENAME TO required_declared;
SET search_path = required_declared;
SELECT tgrelid::regclass, tgname, encode(tgargs, 'escape') FROM pg_trigger WHERE tgname ~ '^~relmap_required_customer' ORDER BY 1, 2;
INSERT INTO client VALUES (7);
DELETE FROM address WHERE who = 1;
SELECT * FROM relmap.check('required_declared');

-- a trigger that is missing, one that is disabled; it is made again
DROP TRIGGER "~relmap_required_customer_homes" ON address;
ALTER TABLE client DISABLE TRIGGER "~relmap_required_customer_homes";
SELECT problem, severity, statement FROM relmap.check('required_declared');
SELECT relmap.alter_relationship('client', 'homes');
ALTER TABLE client ENABLE TRIGGER "~relmap_required_customer_homes";
SELECT problem, severity, statement FROM relmap.check('required_declared');

-- rows that came past it: told by check() and violations()
TRUNCATE address;
SELECT problem, severity, statement, rule FROM relmap.check('required_declared') ORDER BY problem;
SELECT * FROM relmap.violations('client', 'homes');
SELECT * FROM relmap.violations('client', 'default_address');
INSERT INTO address VALUES (11, 1, false), (12, 1, false), (21, 2, true);
SELECT * FROM relmap.violations('client', 'homes');
SELECT * FROM relmap.violations('client', 'default_address');
SELECT problem FROM relmap.check('required_declared') ORDER BY problem;
DROP TRIGGER "~relmap_required_client_homes" ON address;
SELECT relmap.alter_relationship('client', 'homes');
INSERT INTO address VALUES (31, 3, true);
SELECT relmap.alter_relationship('client', 'homes');
UPDATE address SET homes = true WHERE id = 11;

-- the foreign key is dropped: suspended, nothing is checked; and resumed
ALTER TABLE address DROP CONSTRAINT lives_at;
INSERT INTO client VALUES (8);
DELETE FROM address WHERE who = 2;
SELECT problem FROM relmap.check('required_declared') ORDER BY problem;
ALTER TABLE address ADD CONSTRAINT lives_there FOREIGN KEY (who) REFERENCES client;
SELECT tgrelid::regclass, tgname, encode(tgargs, 'escape') FROM pg_trigger WHERE tgname ~ '^~relmap_required_customer' ORDER BY 1, 2;
DELETE FROM client WHERE number IN (2, 8);
DELETE FROM address WHERE who = 3;

-- so is the uniqueness: that attribute is not checked any more
DROP INDEX address_customer_id_idx1;
UPDATE address SET homes = false WHERE who = 3;
SELECT problem FROM relmap.check('required_declared') ORDER BY problem;
UPDATE address SET homes = true WHERE who = 3;
CREATE UNIQUE INDEX ON address (who) WHERE homes;
UPDATE address SET homes = false WHERE who = 3;

-- taken away
SELECT relmap.alter_relationship('client', 'default_address', required => false);
UPDATE address SET homes = false WHERE who = 3;
SELECT relmap.drop_relationship('client', 'homes');
INSERT INTO client VALUES (9);
SELECT relmap.drop_relationship('client', 'default_address');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname ~ '^~relmap_' AND tgrelid IN ('client'::regclass, 'address'::regclass);

-- a condition that becomes another one
DROP INDEX address_who_idx;
INSERT INTO address VALUES (91, 9, true);
SELECT relmap.relationship('client', 'homes', 'address', required => true);
SELECT relmap.alter_relationship('client', 'homes', condition => 'homes');
UPDATE address SET homes = true;
SELECT relmap.alter_relationship('client', 'homes', condition => 'homes');

-- tables are dropped: the triggers go with them, and their other halves
SELECT relmap.relationship('"Tenant''s"', 'all_rows', '"Row"', required => true);
DROP TABLE "Row";
SELECT tgname FROM pg_trigger WHERE tgrelid = '"Tenant''s"'::regclass AND tgname ~ '^~relmap_';
INSERT INTO "Tenant's" VALUES (9, 9);
ALTER TABLE address DROP CONSTRAINT lives_there CASCADE;
DROP TABLE client CASCADE;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'address'::regclass AND tgname ~ '^~relmap_';
DROP SCHEMA required_declared CASCADE;
