-- an accessor reads with the rights of its caller
\set VERBOSITY terse
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE regress_relmap_owner;
CREATE ROLE regress_relmap_reader;
CREATE ROLE regress_relmap_other;
CREATE SCHEMA rights;
GRANT USAGE, CREATE ON SCHEMA rights TO regress_relmap_owner;
GRANT USAGE ON SCHEMA rights TO regress_relmap_reader, regress_relmap_other;
SET search_path = rights, public;

SET ROLE regress_relmap_owner;
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, secret text);
INSERT INTO parent VALUES (1, 'ann'), (2, 'ben'), (3, 'cleo');
INSERT INTO child VALUES (11, 1, 'x'), (12, 2, 'y');
SELECT relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false));
SELECT relmap.relationship('parent', 'children', 'child');
SELECT relmap.relationship('parent', 'kid', 'child', uselist => false, enforce => false);
GRANT SELECT ON parent TO regress_relmap_reader, regress_relmap_other;

-- none
SET ROLE regress_relmap_reader;
SELECT p.child FROM parent p;
SELECT p.kid FROM parent p;
SELECT c FROM parent p, children(p) c;
SELECT relmap_internal.related(p, 'child', NULL::child) FROM parent p;
-- all columns but one
SET ROLE regress_relmap_owner;
GRANT SELECT (id, parent_id) ON child TO regress_relmap_reader;
SET ROLE regress_relmap_reader;
SELECT p.child FROM parent p;
SELECT p.kid FROM parent p;
SELECT c.id FROM parent p, children(p) c ORDER BY 1;
-- all columns, one by one
SET ROLE regress_relmap_owner;
GRANT SELECT (secret) ON child TO regress_relmap_reader;
SET ROLE regress_relmap_reader;
SELECT p.child, p.kid FROM parent p ORDER BY id;
-- the table
SET ROLE regress_relmap_owner;
REVOKE SELECT (id, parent_id, secret) ON child FROM regress_relmap_reader;
SET ROLE regress_relmap_reader;
SELECT p.child FROM parent p ORDER BY id;
SET ROLE regress_relmap_owner;
GRANT SELECT ON child TO regress_relmap_reader;
SET ROLE regress_relmap_reader;
SELECT p.child, p.kid FROM parent p ORDER BY id;

-- in a view the caller's rights count too, not its owner's
SET ROLE regress_relmap_owner;
CREATE VIEW family AS SELECT p.id, p.child FROM parent p;
CREATE FUNCTION family() RETURNS SETOF child LANGUAGE sql SECURITY DEFINER
    SET search_path = rights AS 'SELECT p.child FROM parent p ORDER BY id';
GRANT SELECT ON family TO regress_relmap_reader, regress_relmap_other;
SET ROLE regress_relmap_reader;
SELECT * FROM family ORDER BY id;
SET ROLE regress_relmap_other;
SELECT * FROM family ORDER BY id;
SELECT * FROM family();

-- the user changes while a query runs
RESET ROLE;
BEGIN;
SET LOCAL ROLE regress_relmap_owner;
DECLARE c CURSOR FOR SELECT p.id, p.child FROM parent p ORDER BY id;
FETCH 1 FROM c;
SET LOCAL ROLE regress_relmap_reader;
FETCH 1 FROM c;
SET LOCAL ROLE regress_relmap_other;
FETCH 1 FROM c;
ROLLBACK;

-- rights on the accessor itself
SET ROLE regress_relmap_owner;
REVOKE EXECUTE ON FUNCTION child(parent) FROM PUBLIC;
SET ROLE regress_relmap_reader;
SELECT p.child FROM parent p;
SET ROLE regress_relmap_owner;
SELECT relmap.alter_relationship('parent', 'child', doc => 'still');
SET ROLE regress_relmap_reader;
SELECT p.child FROM parent p;
SET ROLE regress_relmap_owner;
GRANT EXECUTE ON FUNCTION child(parent) TO PUBLIC;

-- row-level security
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON child USING (secret = current_setting('rights.secret', true));
SELECT p.id, p.child, p.kid FROM parent p ORDER BY id;
ALTER TABLE child FORCE ROW LEVEL SECURITY;
SELECT p.id, p.child, p.kid FROM parent p ORDER BY id;
ALTER TABLE child NO FORCE ROW LEVEL SECURITY;
SET ROLE regress_relmap_reader;
SELECT p.id, p.child, p.kid, c FROM parent p LEFT JOIN children(p) c ON true ORDER BY 1;
SET rights.secret = 'y';
SELECT p.id, p.child, p.kid, c FROM parent p LEFT JOIN children(p) c ON true ORDER BY 1;
SET row_security = off;
SELECT p.child FROM parent p;
RESET row_security;
-- of the parent's side
RESET ROLE;
ALTER TABLE parent ENABLE ROW LEVEL SECURITY;
CREATE POLICY first ON parent USING (id = 1);
SET ROLE regress_relmap_owner;
SELECT c.id, c.parent FROM child c ORDER BY id;
RESET ROLE;
ALTER TABLE child DISABLE ROW LEVEL SECURITY;
SET ROLE regress_relmap_reader;
SELECT c.id, c.parent FROM child c ORDER BY id;
-- a policy that uses an accessor, of the table that it leads back to
RESET ROLE;
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
DROP POLICY own ON child;
CREATE POLICY of_parent ON child USING ((child.parent).name = 'ann');
SET ROLE regress_relmap_reader;
SELECT c.id, c.parent FROM child c ORDER BY id;
SELECT p.id, p.child FROM parent p ORDER BY id;
RESET ROLE;
ALTER TABLE parent DISABLE ROW LEVEL SECURITY;
SET ROLE regress_relmap_reader;
SELECT p.id, p.child FROM parent p ORDER BY id;

-- who declares for another user gives that user the accessor
RESET ROLE;
CREATE TABLE pet (id int PRIMARY KEY, parent_id int REFERENCES parent);
ALTER TABLE pet OWNER TO regress_relmap_other;
REVOKE CREATE ON SCHEMA rights FROM regress_relmap_owner;
SELECT relmap.relationship('parent', 'pets', 'pet', backref => 'parent');
SELECT oid::regprocedure, proowner::regrole FROM pg_proc
WHERE pronamespace = 'rights'::regnamespace AND proname IN ('child', 'pets', 'parent') ORDER BY oid::regprocedure::text COLLATE "C";

-- not without the schema of the target
CREATE SCHEMA hidden;
CREATE TABLE hidden.toy (id int PRIMARY KEY, parent_id int REFERENCES parent);
INSERT INTO hidden.toy VALUES (1, 1);
SELECT relmap.relationship('parent', 'toy', 'hidden.toy', uselist => false);
GRANT SELECT ON hidden.toy TO regress_relmap_reader;
SET ROLE regress_relmap_reader;
SELECT p.toy FROM parent p;
RESET ROLE;
GRANT USAGE ON SCHEMA hidden TO regress_relmap_reader;
SET ROLE regress_relmap_reader;
SELECT p.toy FROM parent p ORDER BY p.id;

RESET ROLE;
DROP SCHEMA rights, hidden CASCADE;
DROP ROLE regress_relmap_owner, regress_relmap_reader, regress_relmap_other;
