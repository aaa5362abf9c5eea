-- Who looks at others' tables by check(), violations(), automap(), models() or diagram() runs none of their functions with other rights.
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/attack.sql'
\i :include
SET ROLE regress_relmap_mallory;
CREATE TABLE m.p (id int PRIMARY KEY);
CREATE TABLE m.c (id int PRIMARY KEY, pid int NOT NULL REFERENCES m.p, qid int REFERENCES m.p);
CREATE TABLE m.part (id int, pid int REFERENCES m.p) PARTITION BY RANGE ((pid + attack.evil(1)));
CREATE TABLE m.part_1 PARTITION OF m.part FOR VALUES FROM (0) TO (10);
INSERT INTO m.p VALUES (1), (2);
INSERT INTO m.c VALUES (11, 1, 1), (12, 2, 1), (13, 2, 1);
INSERT INTO m.part VALUES (1, 1);
SELECT relmap.relationship('m.p', 'one', 'm.c', foreign_keys => '{pid}', uselist => false, enforce => false);
CREATE INDEX ON m.c (pid) WHERE attack.evil(1) = 1;
CREATE INDEX ON m.c (qid) WHERE attack.evil(1) = 1;
CREATE INDEX ON m.c ((pid + attack.evil(1)));
CREATE STATISTICS m.s ON (pid + attack.evil(1)), id FROM m.c;
RESET ROLE;
TRUNCATE attack.ran;

-- a superuser looks
SELECT source, name, rule FROM relmap.check('m');
SELECT count(*) > 0 FROM relmap.check();
SELECT * FROM relmap.violations('m.p', 'one');
SELECT count(*) FROM relmap.automap('m', dry_run => true);
SELECT count(*) FROM relmap.automap('m');
SELECT length(relmap.models(schema => 'm')) > 0, length(relmap.diagram(schema => 'm')) > 0;
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';

-- what fails when it is read is left out, not an error of check()
SET ROLE regress_relmap_mallory;
CREATE TABLE m.d (id int PRIMARY KEY, pid int NOT NULL REFERENCES m.p);
INSERT INTO m.d VALUES (1, 1), (2, 1);
SELECT relmap.relationship('m.p', 'd', 'm.d', uselist => false, enforce => false);
CREATE OR REPLACE FUNCTION m.ok(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
CREATE INDEX ON m.d (pid) WHERE m.ok(1) = 1;
CREATE OR REPLACE FUNCTION m.ok(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'stop'; END $$;
RESET ROLE;
SELECT source, name, rule FROM relmap.check('m') WHERE name IN ('one', 'd');

-- who may not read a table is told nothing of its rows
CREATE ROLE regress_relmap_guest;
GRANT USAGE ON SCHEMA m TO regress_relmap_guest;
SET ROLE regress_relmap_guest;
SELECT source, name, rule FROM relmap.check('m') WHERE rule IN ('several_children', 'never_null');
SELECT * FROM relmap.violations('m.p', 'one');
RESET ROLE;
GRANT SELECT ON m.c TO regress_relmap_guest;
SET ROLE regress_relmap_guest;
SELECT source, name, rule FROM relmap.check('m') WHERE rule IN ('several_children', 'never_null');
SELECT * FROM relmap.violations('m.p', 'one');
RESET ROLE;
ALTER TABLE m.c ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON m.c USING (id > 12);
SET ROLE regress_relmap_guest;
SELECT source, name, rule FROM relmap.check('m') WHERE rule IN ('several_children', 'never_null');
SELECT * FROM relmap.violations('m.p', 'one');
RESET ROLE;
DROP OWNED BY regress_relmap_guest;
DROP ROLE regress_relmap_guest;
\set include :srcdir '/sql/include/attack_end.sql'
\i :include
