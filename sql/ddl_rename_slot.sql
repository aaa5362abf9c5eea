-- Conditions, keys and lists follow renames of the columns that they have.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA rename_slot;
SET search_path = rename_slot;

CREATE TABLE customer (id int PRIMARY KEY);
CREATE TABLE address (id int PRIMARY KEY, customer_id int REFERENCES customer, is_default boolean, kind text, changed int DEFAULT 0);
SELECT relmap.relationship('customer', 'billing', 'address', uselist => false, keyed_by => NULL,
                           condition => $$is_default AND kind = 'is_default'$$,
                           on_replace => 'set is_default = NULL, changed = changed + 1');
SELECT relmap.relationship('customer', 'kinds', 'address', keyed_by => '{kind}', condition => 'changed >= 0', on_replace => 'nullify');

CREATE VIEW slot_triggers AS
SELECT tgrelid::regclass, tgname, pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgname LIKE '~relmap%' ORDER BY 1, 2;
CREATE VIEW declared AS
SELECT name, condition, keyed_by, on_replace, unique_index, suspended FROM relmap.relationships
WHERE source = 'customer'::regclass ORDER BY 1;

ALTER TABLE address RENAME is_default TO "Is the default";
ALTER TABLE address RENAME changed TO version;
ALTER TABLE address RENAME kind TO "order";
ALTER TABLE address RENAME customer_id TO owner;
TABLE declared;
SELECT definition FROM slot_triggers;
SELECT name, problem FROM relmap.check('rename_slot') WHERE severity IN ('error', 'warning');

INSERT INTO customer VALUES (1);
INSERT INTO address VALUES (1, 1, true, 'is_default'), (2, 1, NULL, 'x');
SELECT (c.billing).id FROM customer c;
INSERT INTO address VALUES (3, 1, true, 'y');
UPDATE address SET "order" = 'is_default' WHERE id = 3;
TABLE address ORDER BY id;
SELECT (c.billing).id, (SELECT array_agg(k.id ORDER BY k.id) FROM kinds(c) k) FROM customer c;

-- swapped names, in two steps; and a name in another one
ALTER TABLE address RENAME version TO ver;
ALTER TABLE address RENAME "order" TO version;
ALTER TABLE address RENAME ver TO "order";
TABLE declared;
SELECT definition FROM slot_triggers;

-- of a partitioned table, and its partitions
CREATE TABLE part (id int, customer_id int REFERENCES customer, live boolean, region int, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE part_2 (live boolean, gone int, region int NOT NULL, customer_id int, id int NOT NULL);
ALTER TABLE part_2 DROP gone;
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES IN (2);
SELECT relmap.relationship('customer', 'regions', 'part', keyed_by => '{region}', condition => 'live', on_replace => 'set live = false');
ALTER TABLE part RENAME live TO alive;
ALTER TABLE part RENAME region TO area;
SELECT * FROM declared WHERE name = 'regions';
SELECT tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE '~relmap%part%' ORDER BY 1;
INSERT INTO part VALUES (1, 1, true, 2), (2, 1, true, 1), (3, 1, true, 2);
TABLE part ORDER BY id;
SELECT array_agg(r.id ORDER BY r.id) FROM customer c, regions(c) r;

-- a column whose name is a part of another one in the condition
CREATE TABLE draft (id int PRIMARY KEY, customer_id int REFERENCES customer, live boolean, live_on date);
SELECT relmap.relationship('customer', 'draft', 'draft', uselist => false, condition => 'live_on IS NULL', on_replace => 'delete');
ALTER TABLE draft RENAME live TO is_live;
SELECT problem FROM relmap.check('rename_slot') WHERE severity = 'error';

-- an extension moves, with the types, operators and functions of a condition, a list and a key
CREATE SCHEMA rename_slot_2;
CREATE EXTENSION citext SCHEMA rename_slot;
CREATE TABLE mail (id int PRIMARY KEY, customer_id int REFERENCES customer, kind citext);
SELECT relmap.relationship('customer', 'main', 'mail', uselist => false, condition => $$kind = 'main'$$,
                           on_replace => $$set kind = 'old'::citext$$);
SELECT relmap.relationship('customer', 'mails', 'mail', keyed_by => '{kind}', enforce => false);
PREPARE add_mail(int) AS INSERT INTO mail VALUES ($1, 1, 'MAIN');
EXECUTE add_mail(1);
ALTER EXTENSION citext SET SCHEMA rename_slot_2;
SELECT name, condition, on_replace, keyed_accessor FROM relmap.relationships WHERE name IN ('main', 'mails') ORDER BY 1;
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE '~relmap%mail%';
SELECT problem FROM relmap.check('rename_slot') WHERE severity = 'error';
EXECUTE add_mail(2);
SELECT m.id, m.kind, main(c) FROM mail m, customer c WHERE c.id = 1 ORDER BY m.id;
BEGIN;
ALTER EXTENSION citext SET SCHEMA rename_slot;
ROLLBACK;
EXECUTE add_mail(3);
SELECT * FROM mail ORDER BY id;
DROP EXTENSION citext CASCADE;
SELECT name FROM relmap.relationships WHERE name IN ('main', 'mails');
DROP SCHEMA rename_slot_2;

-- quotes around all names in one session: what is stored has them where they are needed
CREATE TABLE slide (id int PRIMARY KEY, customer_id int REFERENCES customer, pos int, tone text, live boolean);
SELECT relmap.relationship('customer', 'slides', 'slide', keyed_by => '{pos}', on_replace => 'delete', order_by => 'tone');
SET quote_all_identifiers = on;
SELECT relmap.relationship('customer', 'slide', 'slide', uselist => false, condition => 'live', on_replace => 'set live = false',
                           order_by => '');
SELECT relmap.alter_relationship('customer', 'slides');
SELECT problem FROM relmap.check('rename_slot') WHERE severity = 'error';
ALTER TABLE slide RENAME pos TO place;
ALTER TABLE slide RENAME customer_id TO owner_id;
ALTER TABLE slide RENAME tone TO colour;
SET client_min_messages = notice;
SET relmap.log_replacement = notice;
INSERT INTO slide VALUES (1, 1, 1, 'a', true), (2, 1, 2, 'b', true), (3, 1, 2, 'c', false);
RESET relmap.log_replacement;
SET client_min_messages = warning;
CREATE TABLE saved AS SELECT * FROM relmap_internal.relationship WHERE name = 'slides';
ALTER TABLE saved DROP last_seen, DROP watched;
DELETE FROM relmap_internal.relationship WHERE name = 'slides';
INSERT INTO relmap_internal.relationship SELECT * FROM saved;
RESET quote_all_identifiers;
SELECT name, keyed_by, order_by FROM relmap.relationships WHERE name LIKE 'slide%' ORDER BY 1;
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'slide'::regclass AND tgname LIKE '~relmap%' ORDER BY 1;
SELECT problem FROM relmap.check('rename_slot') WHERE severity = 'error';
TABLE slide ORDER BY id;

-- renamed where no event trigger fires: alter_relationship() changes condition, list and order, too ...
CREATE TABLE note (id int PRIMARY KEY, customer_id int REFERENCES customer, main boolean, moved int DEFAULT 0);
SELECT relmap.relationship('customer', 'note', 'note', uselist => false, condition => 'main AND customer_id > 0',
                           on_replace => 'set main = false, moved = moved + customer_id');
SELECT relmap.relationship('customer', 'notes', 'note', order_by => 'customer_id, moved DESC');
INSERT INTO note VALUES (1, 1, true);
SET session_replication_role = replica;
ALTER TABLE note RENAME customer_id TO owner_id;
ALTER TABLE note RENAME main TO is_main;
ALTER TABLE note RENAME moved TO times;
RESET session_replication_role;
SELECT name, problem, statement FROM relmap.check('rename_slot') WHERE severity = 'error' ORDER BY 1, 2;
SELECT relmap.alter_relationship('customer', 'note'), relmap.alter_relationship('customer', 'notes');
SELECT name, condition, on_replace, order_by FROM relmap.relationships WHERE name LIKE 'note_' OR name = 'note' ORDER BY 1;
INSERT INTO note VALUES (2, 1, true);
TABLE note ORDER BY id;
-- ... and so does the next rename that is seen
SET session_replication_role = replica;
ALTER TABLE note RENAME owner_id TO customer_id;
ALTER TABLE note RENAME is_main TO "Main";
RESET session_replication_role;
ALTER TABLE note RENAME times TO moved;
SELECT name, condition, on_replace, order_by FROM relmap.relationships WHERE name LIKE 'note_' OR name = 'note' ORDER BY 1;
INSERT INTO note VALUES (3, 1, true);
TABLE note ORDER BY id;
SELECT name, problem FROM relmap.check('rename_slot') WHERE severity = 'error';

DROP SCHEMA rename_slot CASCADE;
