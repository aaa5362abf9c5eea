-- required with partitions on either side, columns in another order
CREATE SCHEMA required_partitioned;
SET search_path = required_partitioned;
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE parent (tenant int, id int, note text, PRIMARY KEY (tenant, id)) PARTITION BY LIST (tenant);
CREATE TABLE parent_1 PARTITION OF parent FOR VALUES IN (1);
CREATE TABLE parent_2 (gone int, note text, id int NOT NULL, tenant int NOT NULL, PRIMARY KEY (tenant, id));
ALTER TABLE parent_2 DROP COLUMN gone;
ALTER TABLE parent ATTACH PARTITION parent_2 FOR VALUES IN (2);
CREATE TABLE child (id int, tenant int, parent_id int, is_on boolean DEFAULT true, FOREIGN KEY (tenant, parent_id) REFERENCES parent) PARTITION BY RANGE (id);
CREATE TABLE child_a PARTITION OF child FOR VALUES FROM (0) TO (100);
CREATE TABLE child_b (gone int, is_on boolean, parent_id int, tenant int, id int);
ALTER TABLE child_b DROP COLUMN gone;
ALTER TABLE child ATTACH PARTITION child_b FOR VALUES FROM (100) TO (200);
CREATE INDEX ON child (tenant, parent_id);
SELECT relmap.relationship('parent', 'children', 'child', condition => 'is_on', required => true);
SELECT tgrelid::regclass, tgname, encode(tgargs, 'escape') FROM pg_trigger WHERE tgname ~ 'relmap_required' ORDER BY 1;
INSERT INTO parent VALUES (1, 1);
INSERT INTO parent VALUES (2, 1);
INSERT INTO parent_2 (tenant, id) VALUES (2, 1);
BEGIN;
INSERT INTO parent VALUES (1, 1), (2, 1);
INSERT INTO child VALUES (1, 1, 1, true), (101, 2, 1, true);
COMMIT;
UPDATE child SET is_on = false WHERE id = 101;
DELETE FROM child_b WHERE id = 101;
INSERT INTO child VALUES (2, 2, 1, true);
UPDATE child SET is_on = false WHERE id = 101;
DELETE FROM child WHERE id = 2;
-- a child moves to another partition
UPDATE child SET id = 150 WHERE id = 2;
UPDATE child SET id = 151, is_on = false WHERE id = 150;
-- a parent does, with its child
BEGIN;
INSERT INTO parent VALUES (1, 2);
INSERT INTO child VALUES (3, 1, 2, true);
COMMIT;
\set VERBOSITY sqlstate
UPDATE parent SET id = 3 WHERE id = 2;
\set VERBOSITY default
BEGIN;
DELETE FROM child WHERE id = 3;
UPDATE parent SET tenant = 2 WHERE id = 2;
COMMIT;
BEGIN;
DELETE FROM child WHERE id = 3;
UPDATE parent SET tenant = 2 WHERE id = 2;
INSERT INTO child VALUES (4, 2, 2, true);
COMMIT;
SELECT tableoid::regclass, tenant, id FROM parent ORDER BY 2, 3;
SELECT tableoid::regclass, id, tenant, parent_id, is_on FROM child ORDER BY id;
-- a new partition has the triggers, too
CREATE TABLE parent_3 PARTITION OF parent FOR VALUES IN (3);
CREATE TABLE child_c PARTITION OF child FOR VALUES FROM (200) TO (300);
INSERT INTO parent VALUES (3, 1);
BEGIN;
INSERT INTO parent VALUES (3, 1);
INSERT INTO child VALUES (201, 3, 1, true);
COMMIT;
DELETE FROM child_c;
DROP TABLE child_c;
SELECT problem, rule FROM relmap.check('required_partitioned') WHERE rule = 'children_missing';
SELECT * FROM relmap.violations('parent', 'children');
-- renamed columns
ALTER TABLE child RENAME is_on TO active;
ALTER TABLE child RENAME parent_id TO pid;
UPDATE child SET active = false WHERE id = 150;
-- inheritance: rows of a table that inherits are not children
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p);
CREATE TABLE c_more () INHERITS (c);
SELECT relmap.relationship('p', 'cs', 'c', required => true);
BEGIN;
INSERT INTO p VALUES (1);
INSERT INTO c_more VALUES (1, 1);
COMMIT;
DROP SCHEMA required_partitioned CASCADE;
