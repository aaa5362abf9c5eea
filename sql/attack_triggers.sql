-- Who may make a trigger on a table, and is not its owner, makes none of relmap's, which act as its owner.
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/attack.sql'
\i :include
SELECT p.pronamespace::regnamespace AS relmap FROM pg_proc p
WHERE p.proname = 'replace_delete' AND p.pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^relmap') \gset
SET ROLE regress_relmap_victor;
CREATE TABLE v.p (id int PRIMARY KEY);
CREATE TABLE v.c (id int PRIMARY KEY, pid int NOT NULL UNIQUE REFERENCES v.p);
CREATE TABLE v.part (pid int NOT NULL REFERENCES v.p) PARTITION BY LIST (pid);
INSERT INTO v.p VALUES (1), (2);
INSERT INTO v.c VALUES (11, 1);
GRANT SELECT, INSERT, TRIGGER, REFERENCES ON v.p, v.c, v.part TO regress_relmap_mallory;
SET ROLE regress_relmap_mallory;
CREATE TRIGGER t BEFORE INSERT ON v.c FOR EACH ROW EXECUTE FUNCTION :relmap.replace_delete('pid');
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON v.c FOR EACH ROW EXECUTE FUNCTION :relmap.replace_nullify('pid');
CREATE TRIGGER t BEFORE INSERT ON v.c FOR EACH ROW EXECUTE FUNCTION :relmap.replace_restrict('pid');
CREATE TRIGGER t BEFORE INSERT ON v.part FOR EACH ROW EXECUTE FUNCTION :relmap.replace_delete('pid');
CREATE TRIGGER t BEFORE INSERT ON v.c FOR EACH ROW EXECUTE FUNCTION :relmap.slot_set('pid', '', 'id > 0', 'pid = NULL');
CREATE TRIGGER t BEFORE INSERT ON v.c FOR EACH ROW EXECUTE FUNCTION :relmap.slot_delete('pid', 'id', '', '');
CREATE TRIGGER t BEFORE INSERT ON v.part FOR EACH ROW EXECUTE FUNCTION :relmap.slot_nullify('pid', '', '', '');
CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON v.c DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION :relmap.delete_orphan('pid');
CREATE CONSTRAINT TRIGGER "!t" AFTER DELETE ON v.p FROM v.c FOR EACH ROW EXECUTE FUNCTION :relmap.cascade_delete('c_pid_fkey');
-- nor from a table of her own, in a function, by a member of a schema that is made
CREATE TABLE m.p (id int PRIMARY KEY);
CREATE CONSTRAINT TRIGGER "!t" AFTER DELETE ON m.p FROM v.c FOR EACH ROW EXECUTE FUNCTION :relmap.cascade_delete('c_pid_fkey');
SELECT set_config('attack.relmap', :'relmap', false);
DO $$
BEGIN
    EXECUTE format('CREATE TRIGGER t BEFORE INSERT ON v.c FOR EACH ROW EXECUTE FUNCTION %s.replace_delete(''pid'')', current_setting('attack.relmap'));
END $$;
RESET ROLE;
DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_relmap_mallory', current_database()); END$$;
SET ROLE regress_relmap_mallory;
CREATE SCHEMA made
    CREATE TABLE p (id int PRIMARY KEY)
    CREATE CONSTRAINT TRIGGER "!t" AFTER DELETE ON p FROM v.c FOR EACH ROW EXECUTE FUNCTION :relmap.cascade_delete('c_pid_fkey');
INSERT INTO v.c VALUES (12, 1);
SELECT * FROM v.c;
SELECT tgname FROM pg_trigger WHERE tgrelid IN ('v.p'::regclass, 'v.c'::regclass, 'm.p'::regclass) AND NOT tgisinternal;
-- one of another's is fine, and so is relmap's on a table of her own
CREATE TRIGGER t BEFORE UPDATE ON v.c FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TABLE m.c (id int PRIMARY KEY, pid int UNIQUE REFERENCES v.p);
CREATE TRIGGER t BEFORE INSERT ON m.c FOR EACH ROW EXECUTE FUNCTION :relmap.replace_delete('pid');
-- who has the owner's rights
RESET ROLE;
CREATE ROLE regress_relmap_friend IN ROLE regress_relmap_victor;
SET ROLE regress_relmap_friend;
CREATE TRIGGER t2 BEFORE INSERT ON v.c FOR EACH ROW EXECUTE FUNCTION :relmap.replace_delete('pid');
CREATE CONSTRAINT TRIGGER "!t" AFTER DELETE ON v.p FROM v.c FOR EACH ROW EXECUTE FUNCTION :relmap.cascade_delete('c_pid_fkey');
DROP TRIGGER t2 ON v.c;
DROP TRIGGER "!t" ON v.p;

-- a trigger acts only where a foreign key and its uniqueness make it a referential action
RESET ROLE;
CREATE TABLE v.bare (id int PRIMARY KEY, a int UNIQUE, b int REFERENCES v.p);
CREATE TRIGGER a BEFORE INSERT OR UPDATE ON v.bare FOR EACH ROW EXECUTE FUNCTION :relmap.replace_delete('a');
CREATE TRIGGER b BEFORE INSERT OR UPDATE ON v.bare FOR EACH ROW EXECUTE FUNCTION :relmap.replace_delete('b');
CREATE CONSTRAINT TRIGGER c AFTER UPDATE ON v.bare FOR EACH ROW EXECUTE FUNCTION :relmap.delete_orphan('a');
INSERT INTO v.bare VALUES (1, 1, 1), (2, 2, 1);
UPDATE v.bare SET a = NULL;
INSERT INTO v.bare VALUES (3, 2, 1), (4, 2, 2);
SELECT * FROM v.bare ORDER BY 1;
DROP SCHEMA IF EXISTS made CASCADE;
DO $$BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM regress_relmap_mallory', current_database()); END$$;
DROP ROLE regress_relmap_friend;
\set include :srcdir '/sql/include/attack_end.sql'
\i :include
