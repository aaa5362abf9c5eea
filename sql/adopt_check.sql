-- faults, and the statements that fix them
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA checked;
SET search_path = checked, public;

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int CONSTRAINT child_parent REFERENCES parent);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => 'parent');
SELECT * FROM relmap.check('checked');
SELECT * FROM relmap.check('no such schema');

-- shows the faults, does what they say, and shows what is left
CREATE PROCEDURE mend() LANGUAGE plpgsql AS $$
DECLARE fault record;
BEGIN
    FOR fault IN SELECT * FROM relmap.check('checked') LOOP
        RAISE WARNING E'%.%: %: %\n  %', fault.source, fault.name, fault.severity, fault.problem, fault.statement;
    END LOOP;
    FOR i IN 1..3 LOOP
        FOR fault IN SELECT * FROM relmap.check('checked') LIMIT 1 LOOP
            EXECUTE replace(fault.statement, ' CONCURRENTLY', '');
        END LOOP;
    END LOOP;
    FOR fault IN SELECT * FROM relmap.check('checked') LOOP
        RAISE WARNING 'left: %', fault;
    END LOOP;
END $$;

-- triggers
ALTER TABLE child DISABLE TRIGGER "~relmap_replace_child_parent";
CALL mend();
ALTER TABLE child ENABLE REPLICA TRIGGER "~relmap_replace_child_parent";
CALL mend();
ALTER TABLE child ENABLE ALWAYS TRIGGER "~relmap_replace_child_parent";
CALL mend();
DROP TRIGGER "~relmap_replace_child_parent" ON child;
CALL mend();
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER "~zz top" BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER "~zz after" AFTER UPDATE ON child FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER "~zz statement" BEFORE UPDATE ON child FOR EACH STATEMENT EXECUTE FUNCTION nothing();
CREATE TRIGGER "~zz delete" BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER "Above all" BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION nothing();
CALL mend();

-- uniqueness, where no event trigger sees it go
SET session_replication_role = replica;
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
CALL mend();
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
CREATE UNIQUE INDEX child_index ON child (parent_id);
CALL mend();
RESET session_replication_role;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conindid = 'child_index'::regclass;

-- accessors
DROP FUNCTION child(parent);
CALL mend();
ALTER TABLE parent ADD COLUMN child int;
CALL mend();
SELECT name, back_populates FROM relmap.relationships WHERE source IN ('parent'::regclass, 'child'::regclass) ORDER BY 1;

-- the foreign key
CREATE TABLE pet (id int PRIMARY KEY, owner_id int, friend_id int);
ALTER TABLE pet ADD CONSTRAINT pet_owner FOREIGN KEY (owner_id) REFERENCES parent NOT VALID,
    ADD CONSTRAINT pet_friend FOREIGN KEY (friend_id) REFERENCES parent NOT VALID;
SELECT relmap.relationship('parent', 'pets', 'pet', foreign_keys => '{pet_owner}');
CALL mend();
SELECT relmap.relationship('pet', 'owner', 'parent', foreign_keys => '{pet_owner}', back_populates => 'pets');
SELECT relmap.relationship('pet', 'friend', 'parent', foreign_keys => '{pet_friend}', back_populates => 'friends');
SELECT * FROM relmap.check('checked');
CALL mend();

-- a misspelt name, where one attribute is the other side
SELECT relmap.alter_relationship('pet', 'owner', back_populates => 'petz');
SELECT name, problem, severity, statement FROM relmap.check('checked');
CALL mend();
SELECT name, back_populates FROM relmap.relationships WHERE 'pet'::regclass IN (source, target) ORDER BY name;

-- sides that disagree, and a key that is gone, as a restore of parts leaves them
UPDATE relmap_internal.relationship SET back_populates = NULL WHERE source = 'pet'::regclass AND name = 'owner';
CALL mend();
SELECT name, back_populates FROM relmap.relationships WHERE source = 'pet'::regclass ORDER BY name;
UPDATE relmap_internal.relationship SET back_populates = 'friends' WHERE source = 'pet'::regclass AND name = 'owner';
CALL mend();
SELECT name, back_populates FROM relmap.relationships WHERE source = 'pet'::regclass ORDER BY name;
UPDATE relmap_internal.relationship SET foreign_key = 'lost' WHERE source = 'pet'::regclass AND name = 'friend';
CALL mend();
SELECT name FROM relmap.relationships WHERE source = 'pet'::regclass ORDER BY name;

-- delete-orphan wants two triggers
CREATE TABLE toy (id int PRIMARY KEY, pet_id int CONSTRAINT toy_pet REFERENCES pet);
SELECT relmap.relationship('pet', 'toy', 'toy', uselist => false, cascade => 'all, delete-orphan');
ALTER TABLE toy DISABLE TRIGGER USER;
CALL mend();
DROP TRIGGER "~relmap_orphan_toy_pet" ON toy;
CALL mend();

-- everything, without a schema; and in the names that the caller sees
DROP FUNCTION toy(pet);
SELECT source, statement FROM relmap.check() WHERE source = 'pet'::regclass;
SET search_path = public;
SELECT source, statement FROM relmap.check() WHERE source = 'checked.pet'::regclass;


-- a column renamed unseen beside a many-to-one: no trigger of the old name is left
SET search_path = checked, public;
CREATE TABLE leash (id int PRIMARY KEY, pet_id int CONSTRAINT leash_pet REFERENCES pet);
CREATE INDEX ON leash (pet_id);
SELECT relmap.relationship('pet', 'leashes', 'leash', cascade => 'all, delete-orphan', backref => 'pet');
SET session_replication_role = replica;
ALTER TABLE leash RENAME COLUMN pet_id TO pid;
ALTER TABLE leash DISABLE TRIGGER USER;
RESET session_replication_role;
SELECT statement FROM relmap.check('checked') WHERE source IN ('pet'::regclass, 'leash'::regclass) AND name IN ('leashes', 'pet') AND rule = 'columns_renamed' \gexec
SELECT tgname, tgargs, tgenabled FROM pg_trigger WHERE tgrelid = 'leash'::regclass AND NOT tgisinternal;
SELECT problem FROM relmap.check('checked') WHERE name IN ('leashes', 'pet') AND severity = 'error';

-- an index that the relationship's own has made useless, and some that are of use
CREATE TABLE collar (id int PRIMARY KEY, pet_id int CONSTRAINT collar_pet REFERENCES pet, n int);
CREATE INDEX collar_useless ON collar (pet_id);
CREATE INDEX ON collar (pet_id, n);
CREATE INDEX ON collar (pet_id) INCLUDE (n);
CREATE INDEX ON collar (pet_id) WHERE n > 0;
CREATE INDEX ON collar (pet_id DESC);
CREATE INDEX ON collar USING hash (pet_id);
CREATE INDEX ON collar ((pet_id + 0));
SELECT problem FROM relmap.check('checked') WHERE rule = 'redundant_index';
SELECT relmap.relationship('pet', 'collar', 'collar', uselist => false);
SELECT source, name, severity, problem FROM relmap.check('checked') WHERE rule = 'redundant_index';
SELECT statement FROM relmap.check('checked') WHERE rule = 'redundant_index' \gexec
SELECT problem FROM relmap.check('checked') WHERE rule = 'redundant_index';
DROP TABLE collar;

-- triggers and accessors without declaration, as a dump without rows leaves them;
-- no rule gives advice that their declaration would contradict
CREATE TABLE den (id int PRIMARY KEY, parent_id int CONSTRAINT den_parent REFERENCES parent, lang text);
INSERT INTO parent VALUES (1);
INSERT INTO den VALUES (1, 1, 'de');
SELECT relmap.relationship('parent', 'den', 'den', uselist => false, cascade => 'all, delete-orphan', backref => 'parent');
SELECT relmap.relationship('parent', 'dens', 'den', keyed_by => '{lang}', on_replace => 'delete');
SELECT relmap.relationship('den', 'only', 'parent', single_parent => true, cascade => 'all, delete-orphan');
CREATE TABLE saved AS SELECT d FROM relmap.declarations('checked') d WHERE d LIKE '%checked.den%';
SELECT rule, problem FROM relmap.check('checked') WHERE source = 'den'::regclass OR name ~ '^dens?';
DELETE FROM relmap_internal.relationship WHERE 'den'::regclass IN (source, target);
\a
SELECT * FROM relmap.check('checked') WHERE source = 'den'::regclass OR rule = 'declaration_missing';
\a
SELECT (p.den).id FROM parent p;
\set VERBOSITY default
SELECT relmap.drop_relationship('den', 'only');
SET client_min_messages = notice;
SELECT relmap.drop_relationship('den', 'only', missing_ok => true);
SET client_min_messages = warning;
SELECT relmap.drop_relationship('den', 'unknown');
\set VERBOSITY terse
SELECT d FROM saved \gexec
SELECT rule, problem FROM relmap.check('checked') WHERE source = 'den'::regclass OR rule = 'declaration_missing';
SELECT (p.den).id FROM parent p;
-- a suspended one is declared
ALTER TABLE den DROP CONSTRAINT den_parent;
ALTER TABLE den RENAME parent_id TO pid;
SELECT problem FROM relmap.check('checked') WHERE rule = 'declaration_missing';
DROP TABLE den, saved;

-- names in capitals, between one pair of quotes
CREATE TABLE "Den" ("parentId" int REFERENCES parent);
SELECT problem FROM relmap.check('checked') WHERE source = '"Den"'::regclass;
SET search_path = public;
SELECT problem FROM relmap.check('checked') WHERE source = 'checked."Den"'::regclass;
SET search_path = checked, public;
DROP TABLE "Den";
-- a line break in a name does not end the comment in a statement
CREATE TABLE "a
; SELECT 'run' --" (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'broken', (SELECT oid FROM pg_class WHERE relname ~ '^a\n' AND relkind = 'r'), uselist => false);
SET session_replication_role = replica;
ALTER TABLE "a
; SELECT 'run' --" DROP CONSTRAINT "a
; SELECT 'run' --_parent_id_key";
RESET session_replication_role;
SELECT regexp_replace(statement, '^.*; -- ', '') ~ E'\n' FROM relmap.check('checked') WHERE name = 'broken' AND rule = 'uniqueness_missing';
DELETE FROM relmap_internal.relationship WHERE name = 'broken';
SELECT statement ~ E'\n' FROM relmap.check('checked') WHERE rule = 'declaration_missing' AND problem ~ E'\n';
DROP TABLE "a
; SELECT 'run' --";

-- by rule; tables of tools only by their schema
SET search_path = checked, public;
CREATE TABLE django_migrations (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE SCHEMA _cluster;
CREATE TABLE _cluster.sl_node (no_id int PRIMARY KEY);
CREATE TABLE _cluster.sl_path (pa_server int REFERENCES _cluster.sl_node);
SELECT source, rule FROM relmap.check() WHERE rule = 'fk_without_index' AND source::text ~ 'cluster|django';
SELECT source, rule FROM relmap.check('checked') WHERE rule = 'fk_without_index';
SELECT source, rule FROM relmap.check('_cluster');

DROP SCHEMA checked, _cluster CASCADE;
