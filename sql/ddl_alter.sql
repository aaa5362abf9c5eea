-- What tables live through: types, columns, partitions, rewrites, copies.

CREATE SCHEMA ddl_alter;
SET search_path = ddl_alter;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, note text);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, cascade => 'all, delete-orphan',
                           backref => relmap.backref('parent'));
SELECT relmap.relationship('parent', 'children', 'child', order_by => 'id');
INSERT INTO parent SELECT n, 'p' || n FROM generate_series(1, 3) n;
INSERT INTO child VALUES (11, 1), (12, 2);

-- Does everything work?  A new child takes parent 1, and what is read back by
-- each accessor, before all is undone.
CREATE FUNCTION works() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    replaced text;
    read     text;
    problem  text;
BEGIN
    INSERT INTO child (id, parent_id) VALUES (99, 1);
    SELECT string_agg(id || ':' || coalesce(parent_id::text, '-'), ' ' ORDER BY id) INTO replaced FROM child;
    SELECT string_agg(p.id || ':' || (p.child).id || ':' || c.id || ':' || ((p.child).parent).name, ' ' ORDER BY p.id)
    INTO read FROM parent p, children(p) c;
    SELECT string_agg(c.problem, ', ') INTO problem FROM relmap.check('ddl_alter') c WHERE severity = 'error';
    RAISE EXCEPTION USING ERRCODE = 'RM001', MESSAGE = concat_ws(', ', replaced, read, problem);
EXCEPTION WHEN SQLSTATE 'RM001' THEN
    RETURN SQLERRM;
END $$;
SELECT works();

-- the type of the key
ALTER TABLE child ALTER parent_id TYPE bigint;
SELECT works();
ALTER TABLE parent ALTER id TYPE bigint;
SELECT works();
ALTER TABLE parent ALTER id TYPE numeric;
SELECT works();
ALTER TABLE child ALTER parent_id TYPE numeric;
\set VERBOSITY terse
ALTER TABLE parent ALTER id TYPE int;
\set VERBOSITY default
ALTER TABLE child ALTER parent_id TYPE int, ALTER id TYPE bigint;
SELECT works();
TABLE made;

-- other columns
ALTER TABLE child ADD more text DEFAULT 'x', ADD dated timestamptz NOT NULL DEFAULT now();
ALTER TABLE parent ADD more text NOT NULL DEFAULT random()::text;
SELECT works();
ALTER TABLE child DROP note, ALTER more TYPE varchar(20);
ALTER TABLE parent DROP more;
SELECT works();
SELECT (p.child).more, (SELECT c.more FROM children(p) c) FROM parent p WHERE id = 1;

-- the table is written anew, and its indexes
ALTER TABLE child SET UNLOGGED;
ALTER TABLE child SET LOGGED;
CLUSTER child USING child_parent_id_key;
VACUUM FULL child;
VACUUM FULL parent;
REINDEX TABLE child;
REINDEX TABLE CONCURRENTLY child;
REINDEX INDEX CONCURRENTLY child_parent_id_key;
SELECT works();

-- the uniqueness becomes another: first the new one, then the old one goes
CREATE UNIQUE INDEX CONCURRENTLY child_u ON child (parent_id);
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
SELECT works();
ALTER TABLE child ADD CONSTRAINT child_parent_id_key UNIQUE USING INDEX child_u;
SELECT works();
TABLE made;
SELECT name, own FROM declared;

-- constraints on the key column; deferrable and not valid ones
ALTER TABLE child ALTER CONSTRAINT child_parent_id_fkey DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE child ADD CHECK (parent_id > 0);
SELECT works();

-- triggers off: PostgreSQL's own uniqueness is left, and check() tells
ALTER TABLE child DISABLE TRIGGER USER;
SELECT * FROM error('INSERT INTO child VALUES (13, 1)');
SELECT problem, severity FROM relmap.check('ddl_alter') WHERE severity <> 'info' ORDER BY 1;
ALTER TABLE child ENABLE TRIGGER USER;
SELECT works();

-- a copy has columns and indexes, no relationship
CREATE TABLE child_2 (LIKE child INCLUDING ALL);
INSERT INTO child_2 (id, parent_id) VALUES (1, 1);
SELECT * FROM error('INSERT INTO child_2 (id, parent_id) VALUES (2, 1)');
CREATE TABLE child_3 AS TABLE child;
DROP TABLE child_2, child_3;

-- an inheriting table is another table
CREATE TABLE heir () INHERITS (child);
ALTER TABLE child RENAME parent_id TO pid;
ALTER TABLE child RENAME pid TO parent_id;
INSERT INTO heir (id, parent_id) VALUES (21, 1), (22, 1);
SELECT c.id FROM parent p, children(p) c ORDER BY 1;
DROP TABLE heir;
SELECT works();

-- truncated
BEGIN;
TRUNCATE parent CASCADE;
INSERT INTO parent VALUES (1, 'p1');
INSERT INTO child VALUES (1, 1), (2, 1);
SELECT id, parent_id FROM child ORDER BY 1;
ROLLBACK;

-- partitions come and go
CREATE TABLE p2 (id int PRIMARY KEY);
INSERT INTO p2 SELECT generate_series(1, 200);
CREATE TABLE parts (id int, p2_id int REFERENCES p2) PARTITION BY RANGE (p2_id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (100);
SELECT relmap.relationship('p2', 'part', 'parts', uselist => false, on_replace => 'delete',
                           backref => relmap.backref('p2'));
CREATE TABLE parts_2 (id int, p2_id int REFERENCES p2);
INSERT INTO parts_2 VALUES (1, 100), (2, 101);
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (100) TO (201);
INSERT INTO parts VALUES (3, 1), (4, 1), (5, 100);
SELECT tableoid::regclass, * FROM parts ORDER BY 3;
SELECT p.id, (p.part).id FROM p2 p WHERE (p.part).id > 0 ORDER BY 1;
-- detached, it is a table with a unique constraint, and has no relationship
ALTER TABLE parts DETACH PARTITION parts_2;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'parts_2'::regclass AND NOT tgisinternal;
SELECT * FROM error('INSERT INTO parts_2 VALUES (6, 100)');
-- declared on its own
SELECT relmap.relationship('p2', 'part_2', 'parts_2', uselist => false, on_replace => 'delete');
INSERT INTO parts_2 VALUES (6, 100);
-- attached again it has those of the partitioned table
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (100) TO (201);
INSERT INTO parts VALUES (7, 100);
SELECT tgname, tgparentid <> 0 AS clone FROM pg_trigger WHERE tgrelid = 'parts_2'::regclass AND NOT tgisinternal;
SELECT source, name FROM declared WHERE source = 'p2'::regclass;
DROP TABLE parts_1;
CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM (1) TO (100);
ALTER TABLE parts DETACH PARTITION parts_3 CONCURRENTLY;
DROP TABLE parts;
SELECT source, name FROM declared WHERE source = 'p2'::regclass;
DROP TABLE parts_3, p2;

-- event triggers of the user's see nothing strange, and may do what they like
CREATE FUNCTION log_drops() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'dropped: %', (SELECT string_agg(object_identity, ', ' ORDER BY object_identity)
                                FROM pg_event_trigger_dropped_objects() WHERE original OR object_type = 'function');
END $$;
CREATE EVENT TRIGGER a_log ON sql_drop EXECUTE FUNCTION log_drops();
CREATE EVENT TRIGGER z_log ON sql_drop EXECUTE FUNCTION log_drops();
BEGIN;
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
ROLLBACK;
DROP EVENT TRIGGER a_log;
DROP EVENT TRIGGER z_log;

-- where one of them forbids what following takes, the command is done and a
-- warning says so; a cancel ends the command
CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = current_setting('forbid.errcode'), MESSAGE = 'no trigger is dropped here';
END $$;
CREATE EVENT TRIGGER forbid ON ddl_command_start WHEN TAG IN ('DROP TRIGGER') EXECUTE FUNCTION forbid();
SET forbid.errcode = 'raise_exception';
BEGIN;
ALTER TABLE child DROP COLUMN parent_id;
SELECT source, name, problem FROM relmap.check() WHERE source = 'parent'::regclass AND name = 'child';
ROLLBACK;
SET forbid.errcode = 'query_canceled';
ALTER TABLE child DROP COLUMN parent_id;
SELECT count(*) FROM pg_constraint WHERE conrelid = 'child'::regclass AND conname = 'child_parent_id_fkey';
DROP EVENT TRIGGER forbid;

-- without the declarations DDL goes on as ever, and declaring says what is missing
BEGIN;
ALTER TABLE relmap_internal.relationship RENAME TO elsewhere;
ALTER TABLE child RENAME COLUMN parent_id TO father_id;
SELECT * FROM error($$SELECT relmap.relationship('child', 'x', 'parent')$$);
DROP TABLE child;
ROLLBACK;

-- one more that is not told which commands: what has no object of its own passes
CREATE EVENT TRIGGER whatever ON ddl_command_end EXECUTE FUNCTION relmap_internal.after_command();
GRANT SELECT ON child TO PUBLIC;
REVOKE SELECT ON child FROM PUBLIC;
DROP EVENT TRIGGER whatever;

-- the event triggers are the extension's own
SELECT evtname, evtevent, obj_description(oid, 'pg_event_trigger') FROM pg_event_trigger ORDER BY 1;
SELECT * FROM error('DROP EVENT TRIGGER relmap_after_drop');
SELECT * FROM error('CREATE EVENT TRIGGER wrong ON ddl_command_start EXECUTE FUNCTION relmap_internal.after_drop()');
SELECT * FROM error('CREATE TABLE x ()');
DROP EVENT TRIGGER wrong;

-- after all this
SELECT works();
SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA ddl_alter CASCADE;
SELECT count(*) FROM relmap_internal.relationship;
