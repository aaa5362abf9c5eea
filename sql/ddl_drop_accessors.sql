-- tables can be dropped as if there were no accessors
SET client_min_messages = warning;
CREATE SCHEMA drop_tables;
SET search_path = drop_tables, public;

CREATE FUNCTION accessors() RETURNS text LANGUAGE sql AS
    $$SELECT string_agg(oid::regprocedure::text, ', ' ORDER BY oid::regprocedure::text COLLATE "C")
      FROM pg_proc WHERE pronamespace = 'drop_tables'::regnamespace AND prosrc LIKE '/* relmap */%'$$;
CREATE PROCEDURE make() LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS child, parent;
    CREATE TABLE parent (id int PRIMARY KEY);
    CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
    PERFORM relmap.relationship('child', 'parent', 'parent', backref => 'children');
    PERFORM relmap.relationship('parent', 'child', 'child', uselist => false);
END $$;

CALL make();
SELECT accessors();
DROP TABLE child;
SELECT accessors();
DROP TABLE parent;

-- both at once
CALL make();
DROP TABLE child, parent;
SELECT accessors();

-- the parent needs CASCADE because of the foreign key, and of nothing else
CALL make();
DROP TABLE parent;
DROP TABLE parent CASCADE;
SELECT accessors();
DROP TABLE child;

-- what uses an accessor does stand in the way
CALL make();
CREATE VIEW family AS SELECT p.id, p.child FROM parent p;
DROP TABLE child;
DROP VIEW family;
DROP TABLE child;
SELECT accessors();

-- a self-reference
CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node);
SELECT relmap.relationship('node', 'parent', 'node', remote_side => '{id}', backref => 'children');
SELECT accessors();
DROP TABLE node;
SELECT accessors();

-- the extension takes them along; not in a transaction of the others' tests
CALL make();
BEGIN;
DROP EXTENSION relmap CASCADE;
SELECT accessors();
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'child'::regclass AND NOT tgisinternal;
SELECT count(*) FROM pg_constraint WHERE conrelid = 'child'::regclass AND contype = 'u';
DROP TABLE child, parent;
ROLLBACK;
SELECT accessors();

-- what was cached of the old extension's declarations is void
SELECT p.child FROM parent p;
BEGIN;
DROP EXTENSION relmap CASCADE;
CREATE EXTENSION relmap;
SELECT relmap_internal.related(p, 'child', NULL::child) FROM parent p;
SELECT relmap_internal.related(ROW(1)::parent, 'child', NULL::child);
ROLLBACK;

DROP SCHEMA drop_tables CASCADE;
