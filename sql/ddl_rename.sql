-- Renames, other schemas, other owners: declarations, triggers and accessors follow.

CREATE SCHEMA ddl_rename;
SET search_path = ddl_rename;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, rank int);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, cascade => 'all, delete-orphan',
                           backref => relmap.backref('parent'));
SELECT relmap.relationship('parent', 'children', 'child', order_by => 'rank DESC, id');
INSERT INTO parent VALUES (1, 'p1'), (2, 'p2');
INSERT INTO child VALUES (11, 1, 1), (12, 2, 1);

CREATE VIEW accessors AS
    SELECT oid::regprocedure AS accessor, replace(proowner::regrole::text, session_user, 'me') AS owner, prosrc
    FROM pg_proc WHERE prosrc LIKE '/* relmap */%' ORDER BY proname;
CREATE VIEW stored AS
    SELECT name, foreign_key, columns, own, order_by FROM declared;

-- a key column, with what else the trigger has kept
ALTER TRIGGER "~relmap_replace_child_parent_id_fkey" ON child RENAME TO "~mine";
COMMENT ON TRIGGER "~mine" ON child IS 'mine';
ALTER TABLE child ENABLE ALWAYS TRIGGER "~mine";
ALTER TABLE child RENAME parent_id TO "Parent's \ ""key""";
TABLE made;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'child'::regclass AND NOT tgisinternal ORDER BY 1;
TABLE stored;
TABLE accessors;
INSERT INTO child VALUES (13, 1, 2);
SELECT id, "Parent's \ ""key""" FROM child ORDER BY id;
SELECT p.id, (p.child).id FROM parent p ORDER BY 1;
SELECT p.id, c.id FROM parent p, children(p) c ORDER BY 1;
ALTER TABLE child RENAME "Parent's \ ""key""" TO pid;

-- the key, its uniqueness by constraint and by index, a column of order_by, one that nothing needs
ALTER TABLE child RENAME CONSTRAINT child_parent_id_fkey TO "The Key";
ALTER TABLE child RENAME CONSTRAINT child_parent_id_key TO k1;
TABLE stored;
ALTER INDEX k1 RENAME TO k2;
TABLE stored;
ALTER TABLE k2 RENAME TO k3;
ALTER TABLE child RENAME rank TO "select";
ALTER TABLE parent RENAME name TO title;
TABLE stored;
-- what the key references
ALTER TABLE parent RENAME id TO no;
TABLE accessors;
SELECT p.no, c.id FROM parent p, children(p) c ORDER BY 1;

-- tables
ALTER TABLE child RENAME TO "Kid";
ALTER TABLE parent RENAME TO mother;
TABLE declared;
TABLE accessors;
INSERT INTO "Kid" VALUES (14, 1, 2);
SELECT p.no, (p.child).id FROM mother p ORDER BY 1;
SELECT c.id, (c.parent).title FROM "Kid" c ORDER BY 1;
SELECT p.no, c.id FROM mother p, children(p) c ORDER BY 1;

-- schemas: the source's accessors move along
CREATE SCHEMA ddl_rename_2;
ALTER TABLE "Kid" SET SCHEMA ddl_rename_2;
TABLE accessors;
SELECT p.no, (p.child).id FROM mother p ORDER BY 1;
SELECT p.no, c.id FROM mother p, children(p) c ORDER BY 1;
ALTER SCHEMA ddl_rename_2 RENAME TO ddl_rename_3;
TABLE accessors;
SELECT p.no, c.id FROM mother p, children(p) c ORDER BY 1;
-- a function that is in the way: the table moves, and we are told
CREATE FUNCTION ddl_rename.parent(ddl_rename_3."Kid") RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE ddl_rename_3."Kid" SET SCHEMA ddl_rename;
DROP FUNCTION parent("Kid");
ALTER TABLE "Kid" ADD COLUMN more int;
TABLE accessors;
-- the way a function, or DO, has it
DO $$ BEGIN EXECUTE 'ALTER TABLE "Kid" RENAME TO child'; END $$;
TABLE accessors;

-- owners
CREATE ROLE regress_relmap_ddl_owner;
GRANT ALL ON SCHEMA ddl_rename TO regress_relmap_ddl_owner;
ALTER TABLE mother OWNER TO regress_relmap_ddl_owner;
SELECT accessor, owner FROM accessors;
REVOKE CREATE ON SCHEMA ddl_rename FROM regress_relmap_ddl_owner;
-- who may not create functions there can rename all the same
SET ROLE regress_relmap_ddl_owner;
ALTER TABLE mother RENAME no TO id;
RESET ROLE;
SELECT prosrc FROM accessors;
SELECT p.id, c.id FROM mother p, children(p) c ORDER BY 1;
ALTER ROLE regress_relmap_ddl_owner RENAME TO relmap_ddl_owner_2;
SELECT owner FROM accessors ORDER BY 1;
REASSIGN OWNED BY relmap_ddl_owner_2 TO CURRENT_USER;
SELECT owner FROM accessors;
-- a function of somebody else's is no accessor, whatever its text begins with
CREATE FUNCTION trap(mother) RETURNS child LANGUAGE sql SECURITY DEFINER AS '/* relmap */ SELECT NULL::child';
INSERT INTO relmap_internal.relationship SELECT source, 'trap', target, direction, uselist, back_populates, foreign_key,
    foreign_columns, secondary, secondary_key, cascade, on_replace, order_by, enforce, NULL, true
    FROM relmap_internal.relationship WHERE name = 'child';
ALTER TABLE mother OWNER TO relmap_ddl_owner_2;
SELECT proname, proowner = 'relmap_ddl_owner_2'::regrole AS given, prosecdef FROM pg_proc
WHERE pronamespace = 'ddl_rename'::regnamespace AND proname IN ('trap', 'child') ORDER BY 1;
DELETE FROM relmap_internal.relationship WHERE name = 'trap';

-- the type of typed tables
CREATE TYPE pair AS (id int, parent_id int);
CREATE TABLE typed OF pair (PRIMARY KEY (id), FOREIGN KEY (parent_id) REFERENCES mother);
SELECT relmap.relationship('mother', 'typed', 'typed', uselist => false);
ALTER TYPE pair RENAME ATTRIBUTE parent_id TO mother_id CASCADE;
SELECT what FROM made WHERE "on" = 'typed'::regclass;
SELECT name, columns FROM declared WHERE name = 'typed';
ALTER TYPE pair ADD ATTRIBUTE kind text CASCADE;
SELECT relmap.relationship('mother', 'by', 'typed', keyed_by => '{kind}', order_by => 'kind');
ALTER TYPE pair RENAME ATTRIBUTE kind TO sort CASCADE;
ALTER TYPE pair ALTER ATTRIBUTE sort TYPE varchar CASCADE;
SELECT proname, pg_get_function_arguments(oid) AS arguments, prosrc LIKE '%ORDER BY sort' AS follows FROM pg_proc
WHERE pronamespace = 'ddl_rename'::regnamespace AND proname ~ '^by' ORDER BY 1;
ALTER TYPE pair DROP ATTRIBUTE sort CASCADE;
ALTER TYPE pair DROP ATTRIBUTE mother_id CASCADE;
SELECT name FROM declared WHERE name IN ('typed', 'by');

-- partitions
CREATE TABLE parts (id int, mother_id int REFERENCES mother) PARTITION BY LIST (mother_id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts_x PARTITION OF parts DEFAULT;
SELECT relmap.relationship('mother', 'part', 'parts', uselist => false, on_replace => 'delete');
ALTER TABLE parts RENAME mother_id TO m;
SELECT tgrelid::regclass, tgname, pg_get_triggerdef(oid) ~ $$\('m'\)$$ AS follows, tgparentid <> 0 AS clone
FROM pg_trigger WHERE tgname LIKE '~relmap%' AND tgrelid::regclass::text LIKE 'parts%' ORDER BY 1, 2;
INSERT INTO parts VALUES (1, 1), (2, 1);
TABLE parts;
DROP TABLE parts;

-- an association table
CREATE TABLE tag (id int PRIMARY KEY);
CREATE TABLE mother_tag (mother_id int REFERENCES mother, tag_id int REFERENCES tag, PRIMARY KEY (mother_id, tag_id));
SELECT relmap.relationship('mother', 'tags', 'tag', secondary => 'mother_tag', order_by => 'id');
INSERT INTO tag VALUES (7);
INSERT INTO mother_tag VALUES (1, 7);
ALTER TABLE mother_tag RENAME tag_id TO t;
ALTER TABLE mother_tag RENAME CONSTRAINT mother_tag_tag_id_fkey TO far;
ALTER TABLE mother_tag RENAME CONSTRAINT mother_tag_mother_id_fkey TO near;
ALTER TABLE mother_tag RENAME mother_id TO m;
ALTER TABLE mother_tag RENAME TO link;
ALTER TABLE tag RENAME id TO no;
SELECT m.id, t.* FROM mother m, tags(m) t;
SELECT foreign_key, foreign_columns, secondary_key, order_by FROM relmap_internal.relationship WHERE name = 'tags';

-- a session that has done it all sees nothing wrong
SELECT * FROM relmap.check('ddl_rename') WHERE severity = 'error';

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA ddl_rename, ddl_rename_3 CASCADE;
DROP ROLE relmap_ddl_owner_2;
SELECT count(*) FROM relmap_internal.relationship;
