-- Triggers are known by function and arguments, not by name.

CREATE SCHEMA trigger_names;
SET search_path = trigger_names;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int CONSTRAINT fk REFERENCES parent);

-- a name that is taken
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER "~relmap_replace_fk" BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION nothing();
SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
-- renamed by the user, it is dropped all the same
ALTER TRIGGER "~relmap_replace_fk1" ON child RENAME TO mine;
SELECT relmap.drop_relationship('parent', 'child');
-- made by hand, or by a restore, it is found
CREATE TRIGGER yours BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION relmap_internal.replace_nullify('parent_id');
CREATE TRIGGER double BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION relmap_internal.replace_nullify('parent_id');
CREATE TRIGGER other BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION relmap_internal.replace_nullify('id');
ALTER TABLE child ADD UNIQUE (parent_id);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
TABLE made;
SELECT relmap.drop_relationship('parent', 'child');
TABLE made;
DROP TRIGGER other ON child;
-- altering nothing makes what is missing
SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
DROP TRIGGER "~relmap_replace_fk1" ON child;
SET session_replication_role = replica;
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
RESET session_replication_role;
SELECT relmap.alter_relationship('parent', 'child');
TABLE made;

-- where the foreign key went unseen, dropping takes the rest along
SET session_replication_role = replica;
ALTER TABLE child DROP CONSTRAINT fk;
RESET session_replication_role;
SELECT relmap.drop_relationship('parent', 'child');
TABLE made;

-- so it does where the table went unseen
CREATE TABLE short (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'short', 'short', uselist => false, accessor => false);
SET session_replication_role = replica;
DROP TABLE short;
RESET session_replication_role;
SELECT relmap.drop_relationship('parent', 'short');

-- long names are cut, between characters
CREATE TABLE long (id int PRIMARY KEY,
    a int CONSTRAINT "ääääääääääääääääääääääääääääää1" REFERENCES parent,
    b int CONSTRAINT "ääääääääääääääääääääääääääääää2" REFERENCES parent);
SELECT relmap.relationship('parent', 'long1', 'long', uselist => false, foreign_keys => '{a}', cascade => 'all, delete-orphan');
SELECT relmap.relationship('parent', 'long2', 'long', uselist => false, foreign_keys => '{b}', cascade => 'all, delete-orphan');
SELECT * FROM made WHERE "on" = 'long'::regclass;

-- one with a condition of the user's own is not relmap's
CREATE TABLE picky (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
CREATE TRIGGER picky BEFORE INSERT OR UPDATE ON picky FOR EACH ROW
    WHEN (NEW.id > 10) EXECUTE FUNCTION relmap_internal.replace_nullify('parent_id');
SELECT relmap.relationship('parent', 'picky', 'picky', uselist => false, accessor => false);
SELECT * FROM made WHERE "on" = 'picky'::regclass;
SELECT relmap.drop_relationship('parent', 'picky');
SELECT * FROM made WHERE "on" = 'picky'::regclass;

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA trigger_names CASCADE;
DELETE FROM relmap_internal.relationship;
