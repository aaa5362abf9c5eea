-- Rights: replacement runs as the child table's owner, past row-level security; checks of the newcomer hold
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_relmap_owner, regress_relmap_writer;
RESET client_min_messages;
CREATE ROLE regress_relmap_owner;
CREATE ROLE regress_relmap_writer;
SELECT one_to_one('child');
GRANT USAGE ON SCHEMA t TO regress_relmap_owner, regress_relmap_writer;
GRANT REFERENCES, SELECT ON parent TO regress_relmap_owner;
ALTER TABLE child OWNER TO regress_relmap_owner;
GRANT INSERT ON child TO regress_relmap_writer;

-- the writer needs no UPDATE, DELETE or SELECT privilege on the child
SELECT fresh();
SET ROLE regress_relmap_writer;
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 2;
RESET ROLE;
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";

-- the user's triggers fire with the owner's rights on the incumbent, and the writer's are back afterwards
CREATE TABLE log (n serial, op text, id int, who name);
GRANT INSERT ON log TO PUBLIC;
GRANT USAGE ON SEQUENCE log_n_seq TO PUBLIC;
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO t.log (op, id, who) VALUES (TG_OP, NEW.id, current_user);
    RETURN NEW;
END $$;
CREATE TRIGGER a BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION log();
SELECT fresh();
TRUNCATE log;
SET ROLE regress_relmap_writer;
INSERT INTO child VALUES (5, 1);
SELECT current_user;
RESET ROLE;
SELECT op, id, who FROM log ORDER BY n;
DROP TRIGGER a ON child;

-- an incumbent that the writer can't see is replaced all the same
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON child TO regress_relmap_writer USING (v = 1) WITH CHECK (v = 1);
GRANT SELECT, INSERT, UPDATE, DELETE ON child TO regress_relmap_writer;
SELECT fresh();
SET ROLE regress_relmap_writer;
INSERT INTO child VALUES (5, 1, 'x', 1);
SELECT count(*) AS "sees 1" FROM child;
UPDATE child SET parent_id = 2;
RESET ROLE;
SELECT state() AS "1:- 2:- 3:3 4:- 5:2";

-- ... past FORCE too
ALTER TABLE child FORCE ROW LEVEL SECURITY;
SELECT fresh();
SET ROLE regress_relmap_writer;
INSERT INTO child VALUES (5, 1, 'x', 1);
RESET ROLE;
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";

-- a newcomer that WITH CHECK refuses replaces nobody
SELECT fresh();
SET ROLE regress_relmap_writer;
INSERT INTO child VALUES (5, 1, 'x', 2);
RESET ROLE;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- a WITH CHECK on the FK is not passed by through a parked row
DROP POLICY own ON child;
CREATE POLICY low ON child TO regress_relmap_writer USING (true) WITH CHECK (parent_id IS NULL OR parent_id < 3);
SELECT fresh();
SET ROLE regress_relmap_writer;
UPDATE child SET parent_id = parent_id + 1;
SELECT state() AS "1:1 2:2 3:3 4:-";
INSERT INTO child VALUES (1, 2), (2, 3) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
SELECT state() AS "1:1 2:2 3:3 4:-";
UPDATE child SET parent_id = 2 WHERE id = 1;
SELECT state() AS "1:2 2:- 3:3 4:-";
RESET ROLE;
-- ... and one that the moment without parent would fail: right, or refused with nothing changed
DROP POLICY low ON child;
CREATE POLICY present ON child TO regress_relmap_writer USING (true) WITH CHECK (parent_id IS NOT NULL);
SELECT fresh();
SET ROLE regress_relmap_writer;
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2);
SELECT state() IN ('1:1 2:2 3:3 4:-', '1:2 2:1 3:3 4:-') AS right_or_refused;
INSERT INTO child VALUES (5, 3);
SELECT state() LIKE '%3:- 4:- 5:3' AS replaced;
RESET ROLE;

-- a row-level security that hides rows in the statement's own look: upserts are the policy's error
DROP POLICY present ON child;
CREATE POLICY own ON child TO regress_relmap_writer USING (v = 1) WITH CHECK (v = 1);
SELECT fresh();
SET ROLE regress_relmap_writer;
INSERT INTO child VALUES (5, 1, 'x', 1) ON CONFLICT (parent_id) DO NOTHING;
INSERT INTO child VALUES (5, 1, 'x', 1) ON CONFLICT (parent_id) DO UPDATE SET v = 1;
RESET ROLE;
SELECT state() AS "1:1 2:2 3:3 4:-";

-- messages show key values only to those who may read them
REVOKE ALL ON child FROM regress_relmap_writer;
GRANT INSERT ON child TO regress_relmap_writer;
ALTER TABLE child DISABLE ROW LEVEL SECURITY;
ALTER TABLE child ADD CONSTRAINT held CHECK (parent_id IS NOT NULL OR id > 3);
SELECT fresh();
SET ROLE regress_relmap_writer;
DO $$
DECLARE message text;
BEGIN
    INSERT INTO t.child VALUES (5, 1, 'x');
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS message = PG_EXCEPTION_DETAIL;
    RAISE NOTICE 'the incumbent''s row is shown: %', message LIKE '%(1, null, a%';
END $$;
RESET ROLE;
SELECT state() AS "1:1 2:2 3:3 4:-";

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
DROP OWNED BY regress_relmap_owner, regress_relmap_writer;
DROP ROLE regress_relmap_owner, regress_relmap_writer;
