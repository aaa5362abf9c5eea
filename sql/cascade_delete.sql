-- cascade "delete": the children go with their parent, before the foreign
-- key can object.
\set VERBOSITY terse

CREATE SCHEMA cascade;
SET search_path = cascade;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE TABLE grandchild (id int PRIMARY KEY, child_id int NOT NULL REFERENCES child ON DELETE RESTRICT);
CREATE INDEX ON child (parent_id);
CREATE INDEX ON grandchild (child_id);
CREATE VIEW left_over AS
    SELECT (SELECT count(*) FROM parent) AS parents, (SELECT count(*) FROM child) AS children,
           (SELECT count(*) FROM grandchild) AS grandchildren;
CREATE PROCEDURE fill(parents int) LANGUAGE sql AS $$
    TRUNCATE parent, child, grandchild;
    INSERT INTO parent SELECT generate_series(1, parents);
    INSERT INTO child SELECT g, (g + 2) / 3 FROM generate_series(1, 3 * parents) g;
    INSERT INTO child VALUES (0, NULL);
    INSERT INTO grandchild SELECT g, (g + 1) / 2 FROM generate_series(1, 6 * parents) g;
$$;

SELECT relmap.relationship('parent', 'children', 'child', cascade => 'all');
SELECT relmap.relationship('child', 'children', 'grandchild', cascade => 'all');
TABLE made;

-- several levels, whatever ON DELETE says
CALL fill(4);
DELETE FROM parent WHERE id = 1;
TABLE left_over;
DELETE FROM parent WHERE id IN (2, 3) RETURNING id;
TABLE left_over;
SELECT min(parent_id), max(parent_id) FROM child;
-- a cascade is no replacement
SET relmap.replacement = off;
DELETE FROM parent;
RESET relmap.replacement;
TABLE left_over;
TABLE child;
-- each of the ON DELETE actions
CREATE FUNCTION with_action(text) RETURNS TABLE (action text, parents bigint, children bigint, grandchildren bigint)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey, ADD CONSTRAINT child_parent_id_fkey
             FOREIGN KEY (parent_id) REFERENCES parent ON DELETE ' || $1;
    CALL fill(2);
    DELETE FROM parent WHERE id = 1;
    RETURN QUERY SELECT $1, * FROM left_over;
END $$;
SELECT w.* FROM unnest('{CASCADE, SET NULL, SET DEFAULT, RESTRICT, NO ACTION DEFERRABLE INITIALLY DEFERRED}'::text[]) a,
     with_action(a) w;
SELECT * FROM with_action('NO ACTION');
-- a key that is dropped and made anew by one command is the same
SELECT source, name, foreign_key FROM declared;

-- many at once, and by other ways to delete
TRUNCATE parent, child, grandchild;
INSERT INTO parent SELECT generate_series(1, 100000);
INSERT INTO child SELECT g, g FROM generate_series(1, 100000) g;
DELETE FROM parent;
TABLE left_over;
CALL fill(4);
WITH gone AS (DELETE FROM parent WHERE id = 1 RETURNING id) SELECT * FROM gone;
MERGE INTO parent p USING (VALUES (2)) v (id) ON p.id = v.id WHEN MATCHED THEN DELETE;
CREATE VIEW parents AS SELECT * FROM parent;
DELETE FROM parents WHERE id = 3;
TABLE left_over;
-- the savepoint is rolled back
BEGIN;
SAVEPOINT s;
DELETE FROM parent;
TABLE left_over;
ROLLBACK TO s;
COMMIT;
TABLE left_over;
-- an error further down takes everything back
CREATE TABLE pin (grandchild_id int REFERENCES grandchild);
INSERT INTO pin VALUES (19);
SELECT * FROM error('DELETE FROM parent');
TABLE left_over;
DROP TABLE pin;
-- the replica role
SET session_replication_role = replica;
DELETE FROM parent;
RESET session_replication_role;
TABLE left_over;

-- the user's triggers see every row, and have a say
CREATE TABLE log (n serial, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log (what) SELECT concat_ws(' ', TG_WHEN, TG_LEVEL, TG_TABLE_NAME, OLD.id);
    RETURN OLD;
END $$;
CREATE FUNCTION spare() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CALL fill(1);
DELETE FROM grandchild WHERE id > 4;
CREATE TRIGGER a AFTER DELETE ON parent FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER a BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER b AFTER DELETE ON child FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER b AFTER DELETE ON grandchild FOR EACH ROW EXECUTE FUNCTION note();
DELETE FROM parent;
SELECT what FROM log ORDER BY n;
CALL fill(1);
CREATE TRIGGER spare BEFORE DELETE ON grandchild FOR EACH ROW WHEN (OLD.id = 2) EXECUTE FUNCTION spare();
SELECT * FROM error('DELETE FROM parent') WHERE field IN ('table', 'constraint');
TABLE left_over;
DROP TRIGGER spare ON grandchild;
DROP FUNCTION note CASCADE;

-- a key with several columns in another order, of another type, with NULLs, of domains
CREATE DOMAIN code AS varchar(10);
CREATE TABLE pair (a bigint, b code, c text COLLATE "C", UNIQUE (a, b, c));
CREATE TABLE of_pair (x text, y int, z varchar, FOREIGN KEY (x, y, z) REFERENCES pair (c, a, b));
SELECT relmap.relationship('pair', 'refs', 'of_pair', cascade => 'all');
INSERT INTO pair VALUES (1, 'x', 'y'), (1, 'x', 'z'), (1, NULL, 'y'), (2, 'x', 'y');
INSERT INTO of_pair VALUES ('y', 1, 'x'), ('z', 1, 'x'), ('y', 2, 'x'), ('y', 1, NULL);
DELETE FROM pair WHERE a = 1 AND c = 'y';
TABLE of_pair;

-- two foreign keys, even on the same columns: each has its own trigger
CREATE TABLE twin (id int PRIMARY KEY, other int UNIQUE);
CREATE TABLE of_twin (x int, CONSTRAINT by_id FOREIGN KEY (x) REFERENCES twin (id), CONSTRAINT by_other FOREIGN KEY (x) REFERENCES twin (other));
SELECT relmap.relationship('twin', 'by_id', 'of_twin', foreign_keys => '{by_id}', cascade => 'all');
INSERT INTO twin VALUES (1, 2), (2, 1);
INSERT INTO of_twin VALUES (1), (2);
-- (2) refers to the deleted row by the key that does not cascade
SELECT * FROM error('DELETE FROM twin WHERE id = 1');
SELECT relmap.relationship('twin', 'by_other', 'of_twin', foreign_keys => '{by_other}', cascade => 'all');
SELECT what FROM made WHERE "on" = 'twin'::regclass;
DELETE FROM twin WHERE id = 1;
TABLE of_twin;
SELECT relmap.drop_relationship('twin', 'by_id');
SELECT what FROM made WHERE "on" = 'twin'::regclass;

-- partitions on both sides
CREATE TABLE pp (id int, area int, note text, PRIMARY KEY (id, area)) PARTITION BY LIST (area);
CREATE TABLE pp1 PARTITION OF pp FOR VALUES IN (1);
CREATE TABLE pp2 (note text, extra int, area int NOT NULL, id int NOT NULL);
ALTER TABLE pp2 DROP extra;
CREATE TABLE pc (id int, area int, parent_id int, FOREIGN KEY (parent_id, area) REFERENCES pp ON UPDATE CASCADE) PARTITION BY LIST (area);
CREATE TABLE pc1 PARTITION OF pc FOR VALUES IN (1);
CREATE TABLE pc23 PARTITION OF pc FOR VALUES IN (2, 3);
SELECT relmap.relationship('pp', 'children', 'pc', cascade => 'all');
ALTER TABLE pp ATTACH PARTITION pp2 FOR VALUES IN (2);
CREATE TABLE pp3 PARTITION OF pp FOR VALUES IN (3);
INSERT INTO pp SELECT g, a FROM generate_series(1, 3) g, generate_series(1, 3) a;
INSERT INTO pc SELECT 100 * id + area, area, id FROM pp;
DELETE FROM pp WHERE id = 1;
DELETE FROM pp2 WHERE id = 2;
SELECT tableoid::regclass, * FROM pc ORDER BY 2;
-- a parent that moves to another partition takes its children along
UPDATE pp SET area = 2 WHERE id = 2 AND area = 1;
SELECT tableoid::regclass, * FROM pc ORDER BY 2, 3;
-- a key with another name, a partition that is detached
ALTER TABLE pc RENAME CONSTRAINT pc_parent_id_area_fkey TO pc_parent;
DELETE FROM pp WHERE id = 3 AND area = 3;
SELECT tableoid::regclass, * FROM pc ORDER BY 2, 3;
DELETE FROM pc WHERE area = 3;
ALTER TABLE pp DETACH PARTITION pp3;
DELETE FROM pp3;
SELECT relmap.drop_relationship('pp', 'children');
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'relmap_internal.cascade_delete()'::regprocedure AND tgrelid = ANY ('{pp, pp1, pp2, pp3}'::regclass[]);

-- inheritance: neither rows of tables that inherit, nor theirs
CALL fill(2);
CREATE TABLE heir () INHERITS (parent);
CREATE TABLE heirs_child () INHERITS (child);
INSERT INTO heir VALUES (1);
INSERT INTO heirs_child VALUES (77, 2);
DELETE FROM heir;
DELETE FROM ONLY parent WHERE id = 2;
TABLE heirs_child;
TABLE left_over;
DROP TABLE heir, heirs_child;

-- by convention, nothing cascades
SELECT relmap.alter_relationship('parent', 'children', enforce => false);
CALL fill(1);
SELECT * FROM error('DELETE FROM parent');
SELECT relmap.alter_relationship('parent', 'children', enforce => true);
SELECT relmap.alter_relationship('parent', 'children', cascade => 'save-update');
DELETE FROM child;
SELECT relmap.alter_relationship('parent', 'children', cascade => 'all', uselist => false);
DELETE FROM parent;
TABLE left_over;
SELECT relmap.alter_relationship('parent', 'children', uselist => true);
CALL fill(1);

-- check() tells where the trigger is gone, disabled, or late
ALTER TRIGGER "!relmap_cascade_child_parent_id_fkey" ON parent RENAME TO late;
SELECT name, problem, statement FROM relmap.check('cascade') WHERE severity = 'error';
ALTER TABLE parent DISABLE TRIGGER late;
SELECT name, problem, statement FROM relmap.check('cascade') WHERE severity = 'error' AND problem LIKE '%disabled';
DROP TRIGGER late ON parent;
SELECT name, problem, statement FROM relmap.check('cascade') WHERE severity = 'error';
SELECT relmap.alter_relationship('parent', 'children');

-- two relationships on one key share the trigger
SELECT relmap.relationship('parent', 'kids', 'child', cascade => 'delete');
SELECT relmap.drop_relationship('parent', 'children');
SELECT what FROM made WHERE "on" = 'parent'::regclass;
SELECT relmap.drop_relationship('parent', 'kids');
SELECT what FROM made WHERE "on" = 'parent'::regclass;

-- it goes with what it stands on, and follows renames
SELECT relmap.relationship('parent', 'kids', 'child', cascade => 'delete');
ALTER TABLE child RENAME TO kid;
ALTER TABLE kid RENAME parent_id TO mother_id;
ALTER TABLE kid RENAME CONSTRAINT child_parent_id_fkey TO mother;
ALTER TABLE parent RENAME id TO key;
-- columns and keys of one name are two things
ALTER TABLE kid RENAME CONSTRAINT mother TO key;
ALTER TABLE parent RENAME key TO k;
ALTER TABLE kid RENAME CONSTRAINT key TO mother;
ALTER TABLE parent RENAME k TO key;
ALTER SCHEMA cascade RENAME TO cascade2;
SET search_path = cascade2;
SELECT what FROM made WHERE "on" = 'parent'::regclass;
DELETE FROM parent;
SELECT count(*) FROM kid;
ALTER TABLE kid ADD FOREIGN KEY (mother_id) REFERENCES parent;
ALTER TABLE kid DROP CONSTRAINT mother;
SELECT what FROM made WHERE "on" = 'parent'::regclass;
INSERT INTO parent VALUES (1);
INSERT INTO kid VALUES (1, 1);
DELETE FROM parent;
SELECT count(*) FROM kid;
ALTER TABLE kid DROP CONSTRAINT kid_mother_id_fkey;
SELECT what FROM made WHERE "on" = 'parent'::regclass;
ALTER TABLE kid ADD FOREIGN KEY (mother_id) REFERENCES parent;
SELECT relmap.relationship('parent', 'kids', 'kid', cascade => 'delete');
DROP TABLE kid CASCADE;
SELECT what FROM made WHERE "on" = 'parent'::regclass;

-- whose rows are deleted by it must agree: with a trigger of one's own, too
CREATE ROLE regress_cascade_parent;
CREATE ROLE regress_cascade_child;
GRANT ALL ON SCHEMA cascade2 TO regress_cascade_parent, regress_cascade_child;
CREATE TABLE theirs (id int PRIMARY KEY);
CREATE TABLE ours (id int PRIMARY KEY, their_id int REFERENCES theirs);
INSERT INTO theirs VALUES (1), (2);
INSERT INTO ours VALUES (1, 1), (2, 2);
ALTER TABLE theirs OWNER TO regress_cascade_parent;
ALTER TABLE ours OWNER TO regress_cascade_child;
SET ROLE regress_cascade_parent;
SELECT * FROM error($$SELECT relmap.relationship('theirs', 'x', 'ours', cascade => 'all')$$);
SELECT * FROM error($$CREATE CONSTRAINT TRIGGER x AFTER DELETE ON theirs FROM ours FOR EACH ROW EXECUTE FUNCTION relmap_internal.cascade_delete('ours_their_id_fkey')$$);
-- without FROM, without a key, and before: nothing is deleted
CREATE TRIGGER "!x" AFTER DELETE ON theirs FOR EACH ROW EXECUTE FUNCTION relmap_internal.cascade_delete('ours_their_id_fkey');
SELECT * FROM error('DELETE FROM theirs');
DROP TRIGGER "!x" ON theirs;
CREATE TRIGGER x BEFORE DELETE ON theirs FOR EACH ROW EXECUTE FUNCTION relmap_internal.cascade_delete('ours_their_id_fkey');
SELECT * FROM error('DELETE FROM theirs');
DROP TRIGGER x ON theirs;
CREATE TRIGGER x AFTER INSERT ON theirs FOR EACH ROW EXECUTE FUNCTION relmap_internal.cascade_delete('ours_their_id_fkey');
SELECT * FROM error('INSERT INTO theirs VALUES (3)');
DROP TRIGGER x ON theirs;
SELECT * FROM error('SELECT relmap_internal.cascade_delete()');
RESET ROLE;
CREATE CONSTRAINT TRIGGER "!x" AFTER DELETE ON theirs FROM ours DEFERRABLE
    FOR EACH ROW EXECUTE FUNCTION relmap_internal.cascade_delete('ours_their_id_fkey');
SELECT * FROM error('DELETE FROM theirs');
DROP TRIGGER "!x" ON theirs;
CREATE TABLE unrelated (id int PRIMARY KEY);
INSERT INTO unrelated VALUES (1);
CREATE CONSTRAINT TRIGGER x AFTER DELETE ON unrelated FROM ours FOR EACH ROW EXECUTE FUNCTION relmap_internal.cascade_delete('ours_their_id_fkey');
CREATE CONSTRAINT TRIGGER y AFTER DELETE ON unrelated FROM ours FOR EACH ROW EXECUTE FUNCTION relmap_internal.cascade_delete('nothing');
CREATE CONSTRAINT TRIGGER z AFTER DELETE ON unrelated FROM ours FOR EACH ROW EXECUTE FUNCTION relmap_internal.cascade_delete();
DELETE FROM unrelated;
TABLE ours;
-- it runs as the child's owner, past row-level security; who deletes the parent needs no right to the child
SELECT relmap.relationship('theirs', 'ours', 'ours', cascade => 'all');
ALTER TABLE ours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION whoami() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE NOTICE 'row % deleted by %', OLD.id, current_user; RETURN OLD; END $$;
CREATE TRIGGER whoami BEFORE DELETE ON ours FOR EACH ROW EXECUTE FUNCTION whoami();
SET ROLE regress_cascade_parent;
DELETE FROM theirs WHERE id = 1;
RESET ROLE;
TABLE ours;

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA cascade2 CASCADE;
DROP ROLE regress_cascade_parent, regress_cascade_child;
DELETE FROM relmap_internal.relationship;
