-- Who may declare what.

CREATE ROLE regress_relmap_parent_owner;
CREATE ROLE regress_relmap_child_owner;
CREATE ROLE regress_relmap_member IN ROLE regress_relmap_parent_owner;
CREATE SCHEMA privileges;
GRANT ALL ON SCHEMA privileges TO regress_relmap_parent_owner, regress_relmap_child_owner;
SET search_path = privileges;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include
GRANT ALL ON ALL TABLES IN SCHEMA privileges TO PUBLIC;

SET ROLE regress_relmap_parent_owner;
CREATE TABLE parent (id int PRIMARY KEY);
GRANT REFERENCES, SELECT ON parent TO regress_relmap_child_owner;
SET ROLE regress_relmap_child_owner;
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);

-- each declares for tables of their own
SELECT * FROM error($$SELECT relmap.relationship('parent', 'children', 'child')$$);
SELECT * FROM error($$SELECT relmap.relationship('child', 'parent', 'parent', backref => 'children')$$);
SELECT relmap.relationship('child', 'parent', 'parent', back_populates => 'children');
SET ROLE regress_relmap_member;
SELECT relmap.relationship('parent', 'children', 'child');
SELECT relmap.drop_relationship('parent', 'children');
SET ROLE regress_relmap_parent_owner;
SELECT relmap.relationship('parent', 'children', 'child');
SELECT * FROM error($$SELECT relmap.alter_relationship('child', 'parent', new_name => 'p')$$);
SELECT * FROM error($$SELECT relmap.drop_relationship('child', 'parent')$$);

-- a constraint and triggers are made by the child's owner only
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', uselist => false)$$);
SELECT * FROM error($$SELECT relmap.relationship('parent', 'child', 'child', uselist => false)$$);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', cascade => 'all, delete-orphan')$$);
TABLE declared;
TABLE made;
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, enforce => false);
-- unless they are there
SET ROLE regress_relmap_child_owner;
ALTER TABLE child ADD UNIQUE (parent_id);
CREATE TRIGGER replace BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION relmap_internal.replace_nullify('parent_id');
SET ROLE regress_relmap_parent_owner;
SELECT relmap.alter_relationship('parent', 'children', uselist => false);
SELECT * FROM error($$SELECT relmap.drop_relationship('parent', 'children')$$);
RESET ROLE;
SELECT relmap.drop_relationship('parent', 'children');
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;

-- the accessor needs CREATE on the schema
REVOKE CREATE ON SCHEMA privileges FROM regress_relmap_parent_owner;
SET ROLE regress_relmap_parent_owner;
SELECT * FROM error($$SELECT relmap.relationship('parent', 'children', 'child')$$);
SELECT relmap.relationship('parent', 'children', 'child', accessor => false);
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', accessor => true)$$);

-- keys are shown to those who may read them
SET ROLE regress_relmap_child_owner;
REVOKE ALL ON child FROM regress_relmap_child_owner;
RESET ROLE;
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (1, 1), (2, 1);
SET ROLE regress_relmap_child_owner;
CREATE VIEW dummy AS SELECT 1;
RESET ROLE;
ALTER TABLE parent OWNER TO regress_relmap_child_owner;
GRANT regress_relmap_parent_owner TO regress_relmap_child_owner;
SET ROLE regress_relmap_child_owner;
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', uselist => false)$$);
GRANT SELECT (parent_id) ON child TO regress_relmap_child_owner;
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', uselist => false)$$);
ALTER TABLE child ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT * FROM error($$SELECT relmap.alter_relationship('parent', 'children', uselist => false)$$);

-- rows that come by SQL, as from a restore, are accepted from the source's owner
RESET ROLE;
ALTER TABLE parent OWNER TO regress_relmap_parent_owner;
REVOKE regress_relmap_parent_owner FROM regress_relmap_child_owner;
CREATE TABLE saved AS SELECT * FROM relmap_internal.relationship ORDER BY source::regclass::text, name;
ALTER TABLE saved DROP COLUMN last_seen, DROP COLUMN watched;
GRANT SELECT ON saved TO PUBLIC;
DELETE FROM relmap_internal.relationship;
SET ROLE regress_relmap_child_owner;
SELECT * FROM error($$INSERT INTO relmap_internal.relationship SELECT * FROM saved WHERE source = 'parent'::regclass$$);
SELECT * FROM error($$UPDATE relmap_internal.relationship SET name = 'x'$$);
SELECT * FROM error($$DELETE FROM relmap_internal.relationship$$);
SELECT * FROM error($$TRUNCATE relmap_internal.relationship$$);
INSERT INTO relmap_internal.relationship SELECT * FROM saved WHERE source = 'child'::regclass;
SELECT name FROM declared;
RESET ROLE;
INSERT INTO relmap_internal.relationship SELECT * FROM saved WHERE source = 'parent'::regclass;
SELECT name FROM declared;
-- what a row says of a child is not believed of others
DELETE FROM relmap_internal.relationship;
ALTER TABLE child DISABLE ROW LEVEL SECURITY;
SET ROLE regress_relmap_parent_owner;
INSERT INTO relmap_internal.relationship VALUES ('parent', 'evil', 'child', 'ONETOMANY', false, NULL,
    'child_parent_id_fkey', '{parent_id}', NULL, NULL, 'none', 'nullify', NULL, false, 'child_pkey', false);
SELECT name, own FROM declared;
SELECT * FROM error($$INSERT INTO relmap_internal.relationship VALUES ('parent', 'evil2', 'child', 'ONETOMANY', false, NULL,
    'child_parent_id_fkey', '{parent_id}', NULL, NULL, 'none', NULL, NULL, true, NULL, false)$$);
SET ROLE regress_relmap_child_owner;
CREATE TABLE bait (id int PRIMARY KEY);
INSERT INTO relmap_internal.relationship VALUES ('bait', 'evil', 'child', 'ONETOMANY', false, NULL,
    'child_parent_id_fkey', '{parent_id}', NULL, NULL, 'none', 'restrict', NULL, true, NULL, false);
RESET ROLE;
DELETE FROM child;
SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
SELECT relmap.drop_relationship('bait', 'evil');
SELECT * FROM error($$INSERT INTO relmap_internal.relationship (source, name) VALUES (1, 'x')$$);
SELECT * FROM error($$INSERT INTO relmap_internal.relationship (name) VALUES ('x')$$);

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA privileges CASCADE;
DELETE FROM relmap_internal.relationship;
DROP ROLE regress_relmap_member, regress_relmap_parent_owner, regress_relmap_child_owner;
