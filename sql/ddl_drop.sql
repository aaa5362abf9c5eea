-- What a relationship stands on goes: the relationship goes with it, on every route.

CREATE SCHEMA ddl_drop;
SET search_path = ddl_drop;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, rank int, note text);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, cascade => 'all, delete-orphan',
                           backref => relmap.backref('parent'));
SELECT relmap.relationship('parent', 'children', 'child', order_by => 'rank DESC, id');
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (11, 1, 1);

CREATE VIEW accessors AS
    SELECT oid::regprocedure AS accessor FROM pg_proc WHERE prosrc LIKE '/* relmap */%' ORDER BY proname;
CREATE VIEW names AS SELECT name, back FROM declared;

-- the foreign key; its unique constraint stays, as others may rely on it
BEGIN;
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
TABLE names;
TABLE made;
TABLE accessors;
ROLLBACK;
-- a key column
BEGIN;
ALTER TABLE child DROP COLUMN parent_id;
TABLE names;
TABLE made;
ROLLBACK;
-- the uniqueness: what does not need it stays
BEGIN;
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
TABLE names;
TABLE made;
TABLE accessors;
ROLLBACK;
-- what is referenced: the primary key
BEGIN;
ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE;
TABLE names;
ROLLBACK;
-- DROP COLUMN of the referenced column
BEGIN;
ALTER TABLE parent DROP COLUMN id CASCADE;
TABLE names;
ROLLBACK;
-- a table of either side, without CASCADE where only an accessor is in the way
BEGIN;
DROP TABLE child;
TABLE names;
TABLE accessors;
ROLLBACK;
BEGIN;
SAVEPOINT s;
DROP TABLE parent;
ROLLBACK TO s;
DROP TABLE parent CASCADE;
TABLE names;
TABLE made;
TABLE accessors;
ROLLBACK;
BEGIN;
DROP TABLE parent, child;
TABLE names;
ROLLBACK;
-- in a function
DO $$ BEGIN
    ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
    RAISE EXCEPTION 'undo, % left', (SELECT count(*) FROM relmap_internal.relationship);
END $$;
TABLE names;

-- what does not matter
BEGIN;
ALTER TABLE child DROP COLUMN note, ADD CHECK (id > 0);
ALTER TABLE child DROP CONSTRAINT child_id_check, DROP CONSTRAINT child_pkey;
CREATE INDEX i ON child (rank);
DROP INDEX i;
CREATE TABLE other (id int PRIMARY KEY, parent_id int REFERENCES parent UNIQUE);
ALTER TABLE other DROP CONSTRAINT other_parent_id_fkey, DROP CONSTRAINT other_parent_id_key;
DROP TABLE other;
TABLE names;
ROLLBACK;
-- a column of order_by, and the last one
BEGIN;
ALTER TABLE child DROP COLUMN rank;
SELECT name, order_by FROM declared;
SELECT c.id FROM parent p, children(p) c;
ALTER TABLE child DROP COLUMN id;
SELECT name, order_by FROM declared;
ROLLBACK;
-- dropped and made anew in one command
BEGIN;
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey, DROP CONSTRAINT child_parent_id_key,
    ADD CONSTRAINT child_parent_id_key UNIQUE (parent_id),
    ADD CONSTRAINT child_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parent ON DELETE CASCADE;
TABLE names;
SELECT parent(c) FROM child c;
ROLLBACK;
-- the same name on other columns is another key
BEGIN;
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey,
    ADD CONSTRAINT child_parent_id_fkey FOREIGN KEY (rank) REFERENCES parent;
TABLE names;
TABLE made;
ROLLBACK;
-- a second key on the columns, made before the first goes
BEGIN;
ALTER TABLE child ADD CONSTRAINT fk2 FOREIGN KEY (parent_id) REFERENCES parent ON DELETE CASCADE NOT VALID;
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
SELECT name, foreign_key FROM declared;
INSERT INTO child VALUES (12, 1, 2);
SELECT id, parent_id FROM child ORDER BY id;
ROLLBACK;
-- the same with the uniqueness; that one is not relmap's own
BEGIN;
CREATE UNIQUE INDEX u2 ON child (parent_id);
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
SELECT name, own FROM declared;
DROP INDEX u2;
TABLE names;
ROLLBACK;
-- two keys on the columns, to two tables
BEGIN;
CREATE TABLE parent2 (id int PRIMARY KEY);
ALTER TABLE child ADD CONSTRAINT fk2 FOREIGN KEY (parent_id) REFERENCES parent2 NOT VALID;
SELECT relmap.relationship('parent2', 'child', 'child', uselist => false, cascade => 'all, delete-orphan');
DROP TABLE parent2 CASCADE;
TABLE names;
TABLE made;
DROP TABLE parent CASCADE;
TABLE made;
ROLLBACK;

-- a view on an accessor keeps it, dead
BEGIN;
CREATE VIEW v AS SELECT p.id, (p.child).rank FROM parent p;
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
TABLE accessors;
SAVEPOINT s;
TABLE v;
ROLLBACK TO s;
-- and comes to life again
ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent;
SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
TABLE v;
ROLLBACK;
BEGIN;
CREATE VIEW v AS SELECT p.id, (p.child).rank FROM parent p;
SAVEPOINT s;
DROP TABLE child;
ROLLBACK TO s;
DROP TABLE child CASCADE;
TABLE accessors;
ROLLBACK;

-- who drops the parent table need not own the child's
CREATE ROLE regress_relmap_ddl_drop_p;
CREATE ROLE regress_relmap_ddl_drop_c;
GRANT ALL ON SCHEMA ddl_drop TO regress_relmap_ddl_drop_p, regress_relmap_ddl_drop_c;
ALTER TABLE parent OWNER TO regress_relmap_ddl_drop_p;
ALTER TABLE child OWNER TO regress_relmap_ddl_drop_c;
BEGIN;
SET ROLE regress_relmap_ddl_drop_p;
DROP TABLE parent CASCADE;
RESET ROLE;
TABLE names;
TABLE made;
ROLLBACK;
-- DROP OWNED
BEGIN;
DROP OWNED BY regress_relmap_ddl_drop_c;
TABLE names;
TABLE accessors;
ROLLBACK;
BEGIN;
DROP OWNED BY regress_relmap_ddl_drop_p CASCADE;
TABLE names;
TABLE made;
ROLLBACK;
-- a declaration that came by SQL and stands on nothing drops nothing
SET ROLE regress_relmap_ddl_drop_p;
RESET ROLE;
GRANT REFERENCES ON child TO regress_relmap_ddl_drop_p;
SET ROLE regress_relmap_ddl_drop_p;
CREATE TABLE bait (id int PRIMARY KEY);
INSERT INTO relmap_internal.relationship VALUES ('bait', 'evil', 'child', 'ONETOMANY', false, NULL, 'child_parent_id_fkey',
    '{parent_id}', NULL, NULL, 'none', 'restrict', NULL, false, NULL, false);
DROP TABLE bait;
RESET ROLE;
TABLE names;
TABLE made;

-- accessors whose dependencies a restore or pg_upgrade has made ordinary ones
CREATE FUNCTION forget() RETURNS void LANGUAGE sql AS $$
    DELETE FROM pg_depend WHERE classid = 'pg_proc'::regclass AND deptype IN ('a', 'x')
        AND objid IN (SELECT accessor FROM accessors);
    INSERT INTO pg_depend SELECT 'pg_proc'::regclass, p.oid, 0, 'pg_type'::regclass, t, 0, 'n'
        FROM pg_proc p, LATERAL (VALUES (prorettype), (proargtypes[0])) AS x (t)
        WHERE p.oid IN (SELECT accessor FROM accessors);
$$;
BEGIN;
SELECT forget();
DROP TABLE child;
TABLE accessors;
ROLLBACK;
BEGIN;
SELECT forget();
DROP EXTENSION relmap CASCADE;
TABLE accessors;
\d child
SELECT count(*) FROM pg_event_trigger WHERE evtname LIKE 'relmap%';
SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'relmap%';
INSERT INTO child VALUES (15, 1);
ROLLBACK;
-- even of an attribute that is not declared
BEGIN;
SELECT forget();
DELETE FROM relmap_internal.relationship;
DROP EXTENSION relmap CASCADE;
TABLE accessors;
ROLLBACK;
-- and with the extension's owner
BEGIN;
SELECT forget();
CREATE ROLE regress_relmap_ddl_drop_x;
UPDATE pg_extension SET extowner = 'regress_relmap_ddl_drop_x'::regrole WHERE extname = 'relmap';
DELETE FROM pg_shdepend WHERE classid = 'pg_extension'::regclass
    AND objid = (SELECT oid FROM pg_extension WHERE extname = 'relmap');
INSERT INTO pg_shdepend SELECT d.oid, 'pg_extension'::regclass, e.oid, 0, 'pg_authid'::regclass, e.extowner, 'o'
    FROM pg_extension e, pg_database d WHERE extname = 'relmap' AND datname = current_database();
DROP OWNED BY regress_relmap_ddl_drop_x CASCADE;
TABLE accessors;
ROLLBACK;
-- the same without the event triggers: they do not fire for a replica
BEGIN;
SET LOCAL session_replication_role = replica;
DROP TABLE child;
RESET session_replication_role;
SELECT source::regclass::text, name, target = 0 OR NOT EXISTS (SELECT FROM pg_class WHERE oid = target) AS target_gone
FROM relmap_internal.relationship WHERE source = 'parent'::regclass ORDER BY name;
-- the drop of another table leaves that alone
CREATE TABLE x ();
DROP TABLE x;
SELECT count(*) FROM relmap_internal.relationship;
ROLLBACK;

-- key and uniqueness in one command
CREATE TABLE twice (id int PRIMARY KEY, parent_id int CONSTRAINT twice_fk REFERENCES parent CONSTRAINT twice_key UNIQUE);
SELECT relmap.relationship('parent', 'twice', 'twice', uselist => false);
ALTER TABLE twice DROP CONSTRAINT twice_fk, DROP CONSTRAINT twice_key;
SELECT * FROM declared WHERE name = 'twice';
SELECT * FROM made WHERE "on" = 'twice'::regclass;
DROP TABLE twice;

-- of two keys on one column one goes: the other's relationship stays, and still replaces
CREATE TABLE other_parent (id int PRIMARY KEY);
CREATE TABLE shared (id int PRIMARY KEY, parent_id int CONSTRAINT first REFERENCES parent CONSTRAINT second REFERENCES other_parent);
SELECT relmap.relationship('parent', 'shared', 'shared', uselist => false);
SELECT relmap.relationship('other_parent', 'shared', 'shared', uselist => false);
ALTER TABLE shared DROP CONSTRAINT first;
SELECT * FROM declared WHERE name = 'shared';
SELECT * FROM made WHERE "on" = 'shared'::regclass;
INSERT INTO other_parent VALUES (1);
INSERT INTO shared VALUES (1, 1), (2, 1);
TABLE shared;
DROP TABLE shared, other_parent;

-- a row that has lost its key is not followed; dropping it finds what stands on its columns
CREATE TABLE other_parent (id int PRIMARY KEY);
CREATE TABLE adrift (id int PRIMARY KEY, parent_id int UNIQUE CONSTRAINT first REFERENCES parent CONSTRAINT second REFERENCES other_parent);
SELECT relmap.relationship('parent', 'adrift', 'adrift', uselist => false);
SELECT relmap.relationship('other_parent', 'adrift', 'adrift', uselist => false);
UPDATE relmap_internal.relationship SET foreign_key = 'lost' WHERE source = 'parent'::regclass AND name = 'adrift';
ALTER TABLE adrift DROP CONSTRAINT adrift_parent_id_key;
SELECT * FROM declared WHERE name = 'adrift';
ALTER TABLE parent RENAME TO renamed;
SELECT proname, prosrc FROM pg_proc WHERE proname = 'adrift';
ALTER TABLE renamed RENAME TO parent;
ALTER TABLE adrift ADD UNIQUE (parent_id);
SELECT relmap.relationship('other_parent', 'adrift', 'adrift', uselist => false);
SELECT relmap.drop_relationship('parent', 'adrift');
SELECT * FROM made WHERE "on" = 'adrift'::regclass;

-- ... also where the columns went unseen
SET session_replication_role = replica;
ALTER TABLE adrift DROP COLUMN parent_id;
RESET session_replication_role;
SELECT relmap.drop_relationship('other_parent', 'adrift');
SELECT * FROM declared WHERE name = 'adrift';
DROP TABLE adrift, other_parent;

-- temporary tables go with the session
CREATE TEMPORARY TABLE tp (id int PRIMARY KEY) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE tc (id int PRIMARY KEY, p int REFERENCES tp) ON COMMIT DELETE ROWS;
SELECT relmap.relationship('tp', 'tc', 'tc', uselist => false);
\c
SET client_min_messages = warning;
SET search_path = ddl_drop;
DO $$ BEGIN
    WHILE EXISTS (SELECT FROM pg_class WHERE relname = 'tp') LOOP PERFORM pg_sleep(0.01); END LOOP;
END $$;
\pset format unaligned
\pset tuples_only on
CREATE TABLE x ();
DROP TABLE x;
SELECT name FROM relmap_internal.relationship ORDER BY 1;
-- the next session that declares a temporary table's clears what is left
CREATE TEMPORARY TABLE tp (id int PRIMARY KEY);
CREATE TEMPORARY TABLE other (id int PRIMARY KEY, p int REFERENCES tp);
SELECT relmap.relationship('tp', 'others', 'other');
SELECT name FROM relmap_internal.relationship ORDER BY 1;
DROP TABLE other, tp;
RESET client_min_messages;

-- an accessor that a view needs stays
CREATE TABLE p4 (id int PRIMARY KEY);
CREATE TABLE c4 (id int PRIMARY KEY, p4_id int REFERENCES p4);
SELECT relmap.relationship('p4', 'child', 'c4', uselist => false);
CREATE VIEW v4 AS SELECT (p4.child).id FROM p4;
ALTER TABLE c4 DROP COLUMN p4_id;
SELECT problem FROM relmap.check() WHERE source = 'p4'::regclass;
DROP VIEW v4;
DROP TABLE c4, p4;

-- an index's table is known before it is dropped, and not only its schema
CREATE TABLE p2 (id int PRIMARY KEY);
CREATE TABLE c2 (id int PRIMARY KEY, p2_id int REFERENCES p2);
CREATE UNIQUE INDEX c2_p2 ON c2 (p2_id);
CREATE UNIQUE INDEX c2_id ON c2 (id);
SELECT relmap.relationship('p2', 'c2', 'c2', uselist => false);
DROP INDEX c2_id;
DROP INDEX c2_p2;
CREATE UNIQUE INDEX c2_p2 ON c2 (p2_id);
BEGIN;
SAVEPOINT s;
DROP INDEX c2_p2;
ROLLBACK TO s;
CREATE UNIQUE INDEX c2_more ON c2 (id);
DROP INDEX c2_more, c2_p2;
ROLLBACK;
DROP INDEX CONCURRENTLY c2_p2;
SELECT name, suspended FROM relmap.relationships WHERE source = 'p2'::regclass;
DROP TABLE c2, p2;

-- a table that went unseen: check() has the statement that removes what was left
CREATE TABLE p3 (id int PRIMARY KEY);
CREATE TABLE c3 (id int PRIMARY KEY, p3_id int REFERENCES p3);
SELECT relmap.relationship('p3', 'child', 'c3', uselist => false, backref => 'parent');
SET session_replication_role = replica;
DROP TABLE c3;
RESET session_replication_role;
\set ECHO none
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT statement FROM relmap.check() WHERE rule = 'table_missing' \gexec
RESET client_min_messages;
\set ECHO all
\set VERBOSITY default
SELECT rule FROM relmap.check('ddl_drop') WHERE severity = 'error';
DROP TABLE p3;
SELECT relmap.drop_relationship(0, 'child');

-- the unique index under a condition stays, as a constraint does
CREATE TABLE p4 (id int PRIMARY KEY);
CREATE TABLE c4 (id int PRIMARY KEY, p4_id int REFERENCES p4, live boolean);
SELECT relmap.relationship('p4', 'child', 'c4', uselist => false, condition => 'live', on_replace => 'set live = false');
DROP TABLE p4 CASCADE;
DROP TABLE c4;

-- with the schema
SELECT relmap.drop_relationship('parent', 'children');
DROP SCHEMA ddl_drop CASCADE;
SELECT count(*) FROM relmap_internal.relationship;
DROP ROLE regress_relmap_ddl_drop_p, regress_relmap_ddl_drop_c;
