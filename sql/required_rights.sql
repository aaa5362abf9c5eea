-- required: as whom it is checked, and to whom keys are shown
CREATE SCHEMA required_rights;
SET search_path = required_rights;
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_required_owner;
CREATE ROLE regress_required_other;
CREATE ROLE regress_required_writer;
GRANT ALL ON SCHEMA required_rights TO regress_required_owner, regress_required_other;
GRANT USAGE ON SCHEMA required_rights TO regress_required_writer;
SET ROLE regress_required_owner;
CREATE TABLE parent (id int PRIMARY KEY, secret text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, is_on boolean DEFAULT true);
CREATE INDEX ON child (parent_id);
CREATE FUNCTION on_of(c boolean) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE NOTICE 'as %, path %', current_user, current_setting('search_path');
    RETURN c;
END $$;
SELECT relmap.relationship('parent', 'children', 'child', required => true);
INSERT INTO parent VALUES (1);
BEGIN;
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, 2);
COMMIT;

-- a writer who may read nothing: no key in the error, and no other one
GRANT INSERT ON parent, child TO regress_required_writer;
GRANT DELETE, UPDATE ON child TO regress_required_writer;
GRANT SELECT (id) ON child TO regress_required_writer;
SET ROLE regress_required_writer;
INSERT INTO parent VALUES (3);
BEGIN;
INSERT INTO parent VALUES (3);
INSERT INTO child VALUES (3, 3);
COMMIT;
DELETE FROM child WHERE id = 3;
UPDATE child SET parent_id = NULL WHERE id = 3;
SELECT * FROM relmap.violations('parent', 'children');
SELECT problem FROM relmap.check('required_rights') WHERE rule = 'children_missing';

-- ... who may read the key
SET ROLE regress_required_owner;
GRANT SELECT (id) ON parent TO regress_required_writer;
SET ROLE regress_required_writer;
DELETE FROM child WHERE id = 3;

-- row-level security hides the children from the writer, and from a forced owner, not from the check
SET ROLE regress_required_owner;
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
ALTER TABLE child FORCE ROW LEVEL SECURITY;
ALTER TABLE parent ENABLE ROW LEVEL SECURITY;
ALTER TABLE parent FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON child USING (id < 2) WITH CHECK (true);
CREATE POLICY mine ON parent USING (id < 2) WITH CHECK (true);
SET ROLE regress_required_writer;
BEGIN;
INSERT INTO child VALUES (0, 1), (4, 1);
DELETE FROM child WHERE id IN (0, 1);
COMMIT;
INSERT INTO parent VALUES (9);
SET ROLE regress_required_owner;
ALTER TABLE child DISABLE ROW LEVEL SECURITY;
ALTER TABLE parent DISABLE ROW LEVEL SECURITY;
SELECT id, parent_id FROM child ORDER BY id;

-- the condition is evaluated as the writer, and in the check as the owner, with a safe path
SELECT relmap.alter_relationship('parent', 'children', required => false);
SET client_min_messages = error;
SELECT relmap.relationship('parent', 'on_children', 'child', condition => 'required_rights.on_of(is_on)', required => true);
GRANT EXECUTE ON FUNCTION on_of TO PUBLIC;
SET ROLE regress_required_writer;
SET client_min_messages = notice;
BEGIN;
INSERT INTO child VALUES (5, 1);
DELETE FROM child WHERE id = 5;
COMMIT;
SET client_min_messages = warning;

-- operators of the user's on the path are not used
SET ROLE regress_required_owner;
SELECT relmap.drop_relationship('parent', 'on_children');
SELECT relmap.alter_relationship('parent', 'children', required => true);
CREATE FUNCTION never(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR = (LEFTARG = int, RIGHTARG = int, FUNCTION = never);
SET search_path = required_rights, pg_catalog;
BEGIN;
INSERT INTO parent VALUES (6);
INSERT INTO child VALUES (6, 6);
COMMIT;
SET search_path = required_rights;
DROP OPERATOR required_rights.= (int, int);

-- the owner of the source alone can't require what concerns another's table
SET ROLE regress_required_other;
CREATE TABLE theirs (id int PRIMARY KEY, parent_id int);
SET ROLE regress_required_owner;
GRANT REFERENCES, SELECT ON parent TO regress_required_other;
SET ROLE regress_required_other;
ALTER TABLE theirs ADD FOREIGN KEY (parent_id) REFERENCES parent;
GRANT SELECT, TRIGGER ON theirs TO regress_required_owner;
SET ROLE regress_required_owner;
SELECT relmap.relationship('parent', 'theirs', 'theirs', required => true);
CREATE CONSTRAINT TRIGGER r AFTER INSERT ON parent FROM theirs DEFERRABLE FOR EACH ROW EXECUTE FUNCTION relmap_internal.required_source('theirs_parent_id_fkey', 'theirs');
CREATE CONSTRAINT TRIGGER r AFTER DELETE ON theirs FOR EACH ROW EXECUTE FUNCTION relmap_internal.required_child('theirs_parent_id_fkey', '', '', 'theirs');

-- a row of the catalog that is made up requires nothing, and breaks nothing
SET ROLE regress_required_other;
INSERT INTO relmap_internal.relationship (source, name, target, direction, uselist, foreign_key, foreign_columns, cascade, enforce, accessor, required)
VALUES ('theirs', 'x', 'parent', 'MANYTOONE', false, 'theirs_parent_id_fkey', '{parent_id}', 'none', true, false, true);
INSERT INTO relmap_internal.relationship (source, name, target, direction, uselist, foreign_key, foreign_columns, cascade, enforce, accessor, required)
VALUES ('parent', 'x', 'theirs', 'ONETOMANY', true, 'theirs_parent_id_fkey', '{parent_id}', 'none', true, false, true);
INSERT INTO relmap_internal.relationship (source, name, target, direction, uselist, foreign_key, foreign_columns, cascade, enforce, accessor, required)
VALUES ('theirs', 'x', 'child', 'ONETOMANY', true, 'child_parent_id_fkey', '{parent_id}', 'none', true, false, true);
INSERT INTO relmap_internal.relationship (source, name, target, direction, uselist, foreign_key, foreign_columns, cascade, enforce, accessor, required)
VALUES ('theirs', 'y', 'theirs', 'ONETOMANY', true, 'child_parent_id_fkey', '{parent_id}', 'none', false, false, true);
INSERT INTO relmap_internal.relationship (source, name, target, direction, uselist, foreign_key, foreign_columns, cascade, enforce, accessor, single_parent)
VALUES ('theirs', 'z', 'theirs', 'ONETOMANY', true, 'theirs_parent_id_fkey', '{parent_id}', 'none', true, false, true);
SELECT name FROM relmap_internal.relationship WHERE source = 'theirs'::regclass;

-- a trigger made by hand with arguments that say nothing does nothing
RESET ROLE;
CREATE CONSTRAINT TRIGGER r1 AFTER INSERT ON parent FROM child DEFERRABLE FOR EACH ROW EXECUTE FUNCTION relmap_internal.required_source();
CREATE CONSTRAINT TRIGGER r2 AFTER INSERT ON parent FROM child DEFERRABLE FOR EACH ROW EXECUTE FUNCTION relmap_internal.required_source('x', 'y');
CREATE CONSTRAINT TRIGGER r3 AFTER INSERT ON parent DEFERRABLE FOR EACH ROW EXECUTE FUNCTION relmap_internal.required_source('child_parent_id_fkey', 'children');
CREATE CONSTRAINT TRIGGER r4 AFTER DELETE ON child DEFERRABLE FOR EACH ROW EXECUTE FUNCTION relmap_internal.required_child('child_parent_id_fkey', 'y', '', '');
CREATE CONSTRAINT TRIGGER r5 AFTER DELETE ON child DEFERRABLE FOR EACH ROW EXECUTE FUNCTION relmap_internal.required_child('child_parent_id_fkey', '', 'nonsense (', '');
CREATE CONSTRAINT TRIGGER r6 AFTER INSERT ON child DEFERRABLE FOR EACH ROW EXECUTE FUNCTION relmap_internal.required_source('child_parent_id_fkey', '');
CREATE TRIGGER r7 BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION relmap_internal.required_source('child_parent_id_fkey', 'children');
BEGIN;
INSERT INTO parent VALUES (7);
ROLLBACK;
DROP TRIGGER r7 ON parent;
BEGIN;
INSERT INTO parent VALUES (7);
INSERT INTO child VALUES (7, 7), (8, 7);
DELETE FROM child WHERE id = 7;
COMMIT;
SELECT relmap_internal.required_child();

DROP SCHEMA required_rights CASCADE;
DROP ROLE regress_required_owner, regress_required_other, regress_required_writer;
