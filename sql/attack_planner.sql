-- Who declares or alters a relationship of somebody's runs none of that user's functions with other rights: not what a planner folds.
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/attack.sql'
\i :include
SET ROLE regress_relmap_mallory;
CREATE TABLE m.p (id int PRIMARY KEY);
CREATE TABLE m.c (id int PRIMARY KEY, pid int REFERENCES m.p);
CREATE TABLE m.u (id int PRIMARY KEY, pid int REFERENCES m.p);
SELECT relmap.relationship('m.p', 'cs', 'm.c', backref => 'p');
SELECT relmap.relationship('m.p', 'one', 'm.c', uselist => false, enforce => false);
INSERT INTO m.p VALUES (1), (2);
INSERT INTO m.c VALUES (11, 1), (12, 2);
INSERT INTO m.u VALUES (11, 1), (12, 2);
CREATE INDEX ON m.c (pid) WHERE attack.evil(1) = 1;
CREATE INDEX ON m.c ((pid + attack.evil(1)));
CREATE STATISTICS m.s ON (pid + attack.evil(1)), id FROM m.c;
CREATE INDEX ON m.u (pid) WHERE attack.evil(1) = 1;
-- partition keys and bounds
CREATE TABLE m.part (id int, pid int REFERENCES m.p) PARTITION BY RANGE ((pid + attack.evil(1)));
CREATE TABLE m.part_1 PARTITION OF m.part FOR VALUES FROM (0) TO (10);
INSERT INTO m.part VALUES (1, 1);
CREATE TABLE m.list (id int, pid int REFERENCES m.p) PARTITION BY LIST (pid);
CREATE TABLE m.list_1 PARTITION OF m.list FOR VALUES IN (1) PARTITION BY RANGE ((id + attack.evil(1)));
RESET ROLE;
TRUNCATE attack.ran;

-- a superuser repairs it
SELECT relmap.alter_relationship('m.p', 'cs', uselist => false);
SELECT relmap.alter_relationship('m.p', 'one', doc => 'one', enforce => true);
SELECT relmap.relationship('m.p', 'u', 'm.u', uselist => false, backref => 'up');
SELECT relmap.relationship('m.p', 'part', 'm.part', uselist => false, on_replace => 'restrict');
SELECT relmap.relationship('m.p', 'list', 'm.list', uselist => false, on_replace => 'restrict');
SELECT relmap.drop_relationship('m.p', 'u');
SELECT relmap.drop_relationship('m.p', 'cs');
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';

-- duplicates are told all the same
SET ROLE regress_relmap_mallory;
INSERT INTO m.u VALUES (13, 1);
RESET ROLE;
SELECT relmap.relationship('m.p', 'again', 'm.u');
SELECT relmap.alter_relationship('m.p', 'again', uselist => false);
-- and by who may not look
CREATE ROLE regress_relmap_guest IN ROLE regress_relmap_mallory;
SET ROLE regress_relmap_guest;
SELECT relmap.alter_relationship('m.p', 'again', uselist => false);
RESET ROLE;
DROP ROLE regress_relmap_guest;
SELECT who FROM attack.ran WHERE who <> 'regress_relmap_mallory';
\set include :srcdir '/sql/include/attack_end.sql'
\i :include
