-- automap(), diagram(), models(), declarations() over partial unique indexes and wide UNIQUEs
SET client_min_messages = warning;
CREATE SCHEMA adopt_slots;
SET search_path = adopt_slots;
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE addresses (id int PRIMARY KEY, customer_id int REFERENCES customers, is_default boolean NOT NULL, deleted_at timestamptz);
CREATE UNIQUE INDEX ON addresses (customer_id) WHERE is_default;
CREATE TABLE profiles (id int PRIMARY KEY, customer_id int REFERENCES customers, deleted_at timestamptz, archived boolean);
CREATE UNIQUE INDEX ON profiles (customer_id) WHERE deleted_at IS NULL;
CREATE TABLE subscriptions (id int PRIMARY KEY, customer_id int REFERENCES customers, status text, ends_at timestamptz, closed_at timestamptz);
CREATE UNIQUE INDEX ON subscriptions (customer_id) WHERE status = 'active';
CREATE UNIQUE INDEX ON subscriptions (customer_id) WHERE ends_at > '2026-01-01';
CREATE TABLE products (id int PRIMARY KEY);
CREATE TABLE prices (id int PRIMARY KEY, product_id int REFERENCES products, country text, amount int, valid_to date, primary_flag boolean, deleted_at timestamptz);
CREATE UNIQUE INDEX ON prices (product_id) WHERE valid_to IS NULL;
CREATE UNIQUE INDEX ON prices (product_id) WHERE primary_flag AND deleted_at IS NULL;
CREATE UNIQUE INDEX ON prices (product_id, country) WHERE valid_to IS NULL;
CREATE TABLE translations (product_id int REFERENCES products, lang text, title text, PRIMARY KEY (product_id, lang));
CREATE TABLE notes (id int PRIMARY KEY, product_id int REFERENCES products, UNIQUE (product_id, id));
CREATE TABLE flights (id int PRIMARY KEY, from_id int REFERENCES products, to_id int REFERENCES products, main boolean);
CREATE UNIQUE INDEX ON flights (from_id) WHERE main;
CREATE TABLE "Person" (id int PRIMARY KEY);
CREATE TABLE "EmailAddress" (id int PRIMARY KEY, "personId" int REFERENCES "Person", "isPrimary" boolean, "deletedAt" timestamp);
CREATE UNIQUE INDEX ON "EmailAddress" ("personId") WHERE "isPrimary" AND "deletedAt" IS NULL;
CREATE TABLE badges (id int PRIMARY KEY, customer_id int REFERENCES customers, is_shown boolean);
CREATE UNIQUE INDEX ON badges (customer_id) WHERE is_shown;
SELECT relmap.relationship('customers', 'shown_badge', 'badges', uselist => false, condition => 'is_shown', on_replace => 'set is_shown = false');
-- as they are found in public schemas
CREATE TABLE customer_address (id int PRIMARY KEY, customer_id int REFERENCES customers, is_default_billing boolean, is_active boolean, is_default boolean, gone_at date);
CREATE UNIQUE INDEX ON customer_address (customer_id) WHERE (is_default_billing = true);
CREATE UNIQUE INDEX ON customer_address (customer_id) WHERE (is_default IS TRUE AND is_active);
CREATE TABLE integration_accounts (id int PRIMARY KEY, customer_id int REFERENCES customers, category text, code text, is_default_in_category boolean, deleted_at timestamptz);
CREATE UNIQUE INDEX ON integration_accounts (customer_id, category) WHERE is_default_in_category AND category IS NOT NULL;
CREATE UNIQUE INDEX ON integration_accounts (code, customer_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX ON integration_accounts (customer_id, is_default_in_category) WHERE is_default_in_category AND deleted_at IS NULL;
CREATE TABLE rates (id int PRIMARY KEY, override_of int REFERENCES products, deleted_at timestamptz);
CREATE UNIQUE INDEX ON rates (override_of) WHERE override_of IS NOT NULL AND deleted_at IS NULL;
INSERT INTO customers VALUES (1);
INSERT INTO products VALUES (1);

SELECT source, name, kind, statement FROM relmap.automap('adopt_slots', dry_run => true);
SELECT source, name, kind, statement FROM relmap.automap('adopt_slots');
SELECT source, name, kind FROM relmap.automap('adopt_slots') WHERE kind <> 'skipped';
-- the statements that enforce run
SELECT relmap.alter_relationship('customers', 'default_address', on_replace => 'set is_default = false', enforce => true),
       relmap.alter_relationship('customers', 'profile', on_replace => 'set deleted_at = now()', enforce => true),
       relmap.alter_relationship('customers', 'active_subscription', on_replace => 'restrict', enforce => true),
       relmap.alter_relationship('products', 'current_price', on_replace => 'set valid_to = now()', enforce => true),
       relmap.alter_relationship('products', 'translations', enforce => true),
       relmap.alter_relationship('products', 'rate', on_replace => 'set deleted_at = now()', enforce => true),
       relmap.alter_relationship('customers', 'default_integration_accounts', on_replace => 'set is_default_in_category = false', enforce => true);
INSERT INTO integration_accounts VALUES (1, 1, 'a', 'x', true, '2000-01-01'), (2, 1, 'b', 'y', true, '2000-01-01'), (3, 1, 'a', 'z', true, '2000-01-01');
SELECT id, category, is_default_in_category FROM integration_accounts ORDER BY id;
INSERT INTO addresses VALUES (1, 1, true), (2, 1, true);
SELECT * FROM addresses ORDER BY id;
SELECT name, enforced, unique_index, condition, keyed_by, keyed_accessor FROM relmap.relationships WHERE condition IS NOT NULL OR keyed_by IS NOT NULL ORDER BY name;
SELECT name, problem FROM relmap.check('adopt_slots') WHERE severity = 'error';

SELECT line FROM string_to_table(relmap.diagram('mermaid', 'adopt_slots'), E'\n') AS line WHERE line ~ ' where |\[lang';
SELECT line FROM string_to_table(relmap.diagram('dot', 'adopt_slots'), E'\n') AS line WHERE line ~ ' where |\[lang';
SELECT line FROM string_to_table(relmap.models('sqlalchemy', 'adopt_slots'), E'\n') AS line WHERE line ~ 'viewonly|keyed';
SELECT d FROM relmap.declarations('adopt_slots') d WHERE d ~ 'condition|keyed_by';
DROP SCHEMA adopt_slots CASCADE;
