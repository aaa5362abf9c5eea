-- a suspended relationship: on which keys it resumes, and what ends it
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA suspend_keys;
SET search_path = suspend_keys;

-- columns in another order, each with its own
CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE child (id int PRIMARY KEY, x int, y int, note text,
    CONSTRAINT k FOREIGN KEY (x, y) REFERENCES parent (a, b));
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, cascade => 'all, delete-orphan', backref => 'parent');
SELECT relmap.relationship('parent', 'noted', 'child', keyed_by => '{note}', on_replace => 'delete');
INSERT INTO parent VALUES (1, 2), (2, 1);
INSERT INTO child VALUES (1, 1, 2);
CREATE VIEW state AS
SELECT r.source, r.name, r.local_columns, r.remote_columns, r.suspended FROM relmap.relationships r
JOIN pg_class c ON c.oid = r.source WHERE c.relnamespace = 'suspend_keys'::regnamespace ORDER BY r.source::text, r.name;
CREATE VIEW triggers AS
SELECT tgname, convert_from(tgargs, 'UTF8') FROM (SELECT tgname, decode(replace(encode(tgargs, 'hex'), '00', '2e'), 'hex') AS tgargs
    FROM pg_trigger WHERE tgrelid IN ('child'::regclass, 'parent'::regclass) AND NOT tgisinternal) t ORDER BY 1;
ALTER TABLE child DROP CONSTRAINT k;
ALTER TABLE child ADD CONSTRAINT crossed FOREIGN KEY (x, y) REFERENCES parent (b, a) NOT VALID;
TABLE state;
ALTER TABLE child DROP CONSTRAINT crossed, ADD CONSTRAINT turned FOREIGN KEY (y, x) REFERENCES parent (b, a);
TABLE state;
TABLE triggers;
SELECT problem FROM relmap.check('suspend_keys') WHERE severity = 'error';
INSERT INTO child VALUES (2, 1, 2);
SELECT * FROM child;
SELECT (p.child).id FROM parent p ORDER BY a;
-- without a stop
ALTER TABLE child ADD CONSTRAINT again FOREIGN KEY (x, y) REFERENCES parent (a, b), DROP CONSTRAINT turned;
TABLE state;
TABLE triggers;
SELECT problem FROM relmap.check('suspend_keys') WHERE severity = 'error';
INSERT INTO child VALUES (3, 1, 2);
SELECT * FROM child;

-- renamed and dropped where nothing sees it: check() tells which column it is
SET session_replication_role = replica;
ALTER TABLE child RENAME COLUMN x TO z;
ALTER TABLE child RENAME COLUMN y TO x;
ALTER TABLE parent RENAME COLUMN b TO c;
ALTER TABLE child DROP CONSTRAINT again;
RESET session_replication_role;
SELECT source, name, problem, statement FROM relmap.check('suspend_keys') WHERE severity = 'error';
SELECT relmap.alter_relationship('parent', 'child');
SELECT DISTINCT problem, split_part(statement, ' -- or', 1) FROM relmap.check('suspend_keys') WHERE severity = 'error';
ALTER TABLE child ADD CONSTRAINT again FOREIGN KEY (z, x) REFERENCES parent (a, c);
SELECT problem FROM relmap.check('suspend_keys') WHERE severity = 'error';
TABLE state;
TABLE triggers;
INSERT INTO child VALUES (4, 1, 2);
SELECT * FROM child;

-- partitions are attached and detached meanwhile
CREATE TABLE hub (id int PRIMARY KEY);
CREATE TABLE spoke (part int, hub_id int CONSTRAINT spoke_hub REFERENCES hub, UNIQUE (part, hub_id)) PARTITION BY LIST (part);
CREATE TABLE spoke_1 PARTITION OF spoke FOR VALUES IN (1);
CREATE TABLE spoke_2 (part int, hub_id int);
SELECT relmap.relationship('hub', 'spokes', 'spoke', backref => 'hub', cascade => 'all');
INSERT INTO hub VALUES (1), (2);
INSERT INTO spoke VALUES (1, 1);
INSERT INTO spoke_2 VALUES (2, 1);
ALTER TABLE spoke DROP CONSTRAINT spoke_hub;
ALTER TABLE spoke ATTACH PARTITION spoke_2 FOR VALUES IN (2);
SELECT name, suspended FROM relmap.relationships WHERE source IN ('hub'::regclass, 'spoke'::regclass) ORDER BY 1;
SELECT count(*) FROM hub h, spokes(h) s;
ALTER TABLE spoke DETACH PARTITION spoke_1;
SELECT count(*) FROM hub h, spokes(h) s;
ALTER TABLE spoke ATTACH PARTITION spoke_1 FOR VALUES IN (1);
ALTER TABLE spoke ADD CONSTRAINT spoke_hub_again FOREIGN KEY (hub_id) REFERENCES hub;
SELECT name, suspended FROM relmap.relationships WHERE source IN ('hub'::regclass, 'spoke'::regclass) ORDER BY 1;
DELETE FROM hub WHERE id = 1;
SELECT count(*) FROM spoke;
-- one of a partition's own stays as it is
CREATE TABLE spoke_3 (part int, hub_id int CONSTRAINT own REFERENCES hub);
SELECT relmap.relationship('spoke_3', 'owner', 'hub');
ALTER TABLE spoke_3 DROP CONSTRAINT own;
ALTER TABLE spoke ATTACH PARTITION spoke_3 FOR VALUES IN (3);
SELECT source, name, suspended FROM relmap.relationships WHERE source IN ('hub'::regclass, 'spoke'::regclass, 'spoke_3'::regclass) ORDER BY 1, 2;
SELECT problem FROM relmap.check('suspend_keys') WHERE severity = 'error';

-- DROP OWNED takes tables along, and what is declared on them
SET client_min_messages = warning;
CREATE ROLE regress_relmap_suspend_owner;
GRANT ALL ON SCHEMA suspend_keys TO regress_relmap_suspend_owner;
RESET client_min_messages;
CREATE TABLE kept (id int PRIMARY KEY, gone_id int);
CREATE TABLE gone (id int PRIMARY KEY);
ALTER TABLE kept ADD FOREIGN KEY (gone_id) REFERENCES gone;
ALTER TABLE gone OWNER TO regress_relmap_suspend_owner;
SELECT relmap.relationship('kept', 'gone', 'gone');
ALTER TABLE kept DROP CONSTRAINT kept_gone_id_fkey;
DROP OWNED BY regress_relmap_suspend_owner CASCADE;
SELECT source, name FROM relmap.relationships WHERE source = 'kept'::regclass;
DROP ROLE regress_relmap_suspend_owner;

-- what goes with a column takes nothing along that another one on the key has, suspended or not
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE TABLE owner (id int PRIMARY KEY);
CREATE VIEW things_triggers AS SELECT tgrelid::regclass, tgname FROM pg_trigger
    WHERE tgname ~ 'relmap' AND tgrelid IN (to_regclass('owner'), to_regclass('thing')) ORDER BY 1, 2;
CREATE PROCEDURE things() LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS thing;
    CREATE TABLE thing (id int PRIMARY KEY, owner_id int REFERENCES owner, flag boolean, n int);
    PERFORM relmap.relationship('owner', 'few', 'thing', condition => 'n > 3');
END $$;
-- replaced rows go on being deleted at COMMIT
CALL things();
SELECT relmap.relationship('owner', 'one', 'thing', uselist => false, condition => 'flag', on_replace => 'delete');
ALTER TABLE thing DROP n;
TABLE things_triggers;
INSERT INTO owner VALUES (1);
INSERT INTO thing VALUES (1, 1, true), (2, 1, true);
SELECT * FROM thing ORDER BY id;
-- without the key
CALL things();
SELECT relmap.relationship('owner', 'one', 'thing', uselist => false, cascade => 'all, delete-orphan');
ALTER TABLE thing DROP CONSTRAINT thing_owner_id_fkey;
ALTER TABLE thing DROP n;
ALTER TABLE thing ADD FOREIGN KEY (owner_id) REFERENCES owner;
TABLE things_triggers;
-- without the uniqueness, which is asked for by the relationship itself only
CALL things();
SELECT relmap.relationship('owner', 'one', 'thing', uselist => false);
ALTER TABLE thing DROP CONSTRAINT thing_owner_id_key;
INSERT INTO thing VALUES (1, 1), (2, 1);
SELECT relmap.relationship('owner', 'things', 'thing');
SELECT relmap.alter_relationship('owner', 'things', doc => 'all of them');
SELECT relmap.drop_relationship('owner', 'things');
ALTER TABLE thing DROP n;
DELETE FROM thing WHERE id = 1;
ALTER TABLE thing ADD UNIQUE (owner_id);
TABLE things_triggers;
SELECT problem FROM relmap.check('suspend_keys') WHERE severity = 'error' AND source = 'owner'::regclass;

-- an association table's other key: another one takes its place, or it waits for one
CREATE TABLE tag (id int PRIMARY KEY);
CREATE TABLE owner_tag (owner_id int REFERENCES owner, tag_id int REFERENCES tag, PRIMARY KEY (owner_id, tag_id));
SELECT relmap.relationship('owner', 'tags', 'tag', secondary => 'owner_tag');
ALTER TABLE owner_tag ADD CONSTRAINT second FOREIGN KEY (tag_id) REFERENCES tag;
ALTER TABLE owner_tag DROP CONSTRAINT owner_tag_tag_id_fkey;
SELECT suspended FROM relmap.relationships WHERE name = 'tags';
ALTER TABLE owner_tag DROP CONSTRAINT second;
SELECT suspended FROM relmap.relationships WHERE name = 'tags';
SELECT relmap.relationship('owner', 'tags', 'tag', secondary => 'owner_tag');
ALTER TABLE owner_tag ADD CONSTRAINT third FOREIGN KEY (tag_id) REFERENCES tag;
SELECT suspended FROM relmap.relationships WHERE name = 'tags';
SELECT problem FROM relmap.check('suspend_keys') WHERE severity = 'error' AND name = 'tags';

DROP SCHEMA suspend_keys CASCADE;
SELECT count(*) FROM relmap_internal.relationship r WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.source);
