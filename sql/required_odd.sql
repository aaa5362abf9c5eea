-- required on odd ground: collations, domains, generated columns, partitions that come and go, two keys on one column, long names, temporary tables, DDL
CREATE SCHEMA required_odd;
SET search_path = required_odd;
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
\pset tuples_only on
\pset format unaligned

-- DDL while rows wait for their check; prepared transactions are checked when they are prepared
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, f boolean);
SELECT relmap.relationship('p', 'cs', 'c', required => true, condition => 'f');
BEGIN;
INSERT INTO p VALUES (2);
INSERT INTO c VALUES (2, 2, true);
ALTER TABLE p ADD COLUMN x int;
ROLLBACK;
BEGIN;
INSERT INTO p VALUES (2);
INSERT INTO c VALUES (2, 2, true);
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE p ADD COLUMN x int;
COMMIT;
BEGIN;
INSERT INTO p VALUES (3);
SELECT relmap.alter_relationship('p', 'cs', required => false);
COMMIT;
SELECT id FROM p ORDER BY id;

-- the condition's column goes, and with it all
DELETE FROM p WHERE id = 3;
SELECT relmap.alter_relationship('p', 'cs', required => true);
ALTER TABLE c DROP COLUMN f;
SELECT count(*) FROM pg_trigger WHERE tgname ~ 'relmap_required' AND tgrelid IN ('p'::regclass, 'c'::regclass);
INSERT INTO p VALUES (4);

-- keys that are equal and not the same; domains
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN word AS text COLLATE ci;
CREATE TABLE np (k word PRIMARY KEY);
CREATE TABLE nc (id int, k word REFERENCES np);
SELECT relmap.relationship('np', 'ncs', 'nc', required => true);
BEGIN;
INSERT INTO np VALUES ('abc');
INSERT INTO nc VALUES (1, 'ABC'), (2, 'aBc');
COMMIT;
DELETE FROM nc WHERE id = 1;
UPDATE nc SET k = 'ABC';
DELETE FROM nc WHERE id = 2;

-- a generated key
CREATE TABLE gp (id int PRIMARY KEY);
CREATE TABLE gc (id int PRIMARY KEY, a int, p_id int GENERATED ALWAYS AS (a + 1) STORED REFERENCES gp);
SELECT relmap.relationship('gp', 'gcs', 'gc', required => true);
BEGIN;
INSERT INTO gp VALUES (1), (2);
INSERT INTO gc VALUES (1, 0), (2, 1);
COMMIT;
UPDATE gc SET a = 1 WHERE id = 1;
UPDATE gc SET a = 1 - a;
SELECT * FROM gc ORDER BY id;

-- a table becomes a partition of either side, or stops being one
CREATE TABLE pp (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE pp1 PARTITION OF pp FOR VALUES FROM (0) TO (10);
CREATE TABLE pc (id int, pp_id int REFERENCES pp) PARTITION BY RANGE (id);
CREATE TABLE pc1 PARTITION OF pc FOR VALUES FROM (0) TO (10);
SELECT relmap.relationship('pp', 'pcs', 'pc', required => true);
CREATE TABLE pp2 (id int PRIMARY KEY);
INSERT INTO pp2 VALUES (15);
ALTER TABLE pp ATTACH PARTITION pp2 FOR VALUES FROM (10) TO (20);
INSERT INTO pp VALUES (16);
INSERT INTO pc VALUES (1, 15);
DELETE FROM pc;
ALTER TABLE pp DETACH PARTITION pp1;
INSERT INTO pp1 VALUES (5);
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'pp1'::regclass AND NOT tgisinternal;
ALTER TABLE pp ATTACH PARTITION pp1 FOR VALUES FROM (0) TO (10);
INSERT INTO pp VALUES (6);
ALTER TABLE pp DETACH PARTITION pp1;
DELETE FROM pp1;
CREATE TABLE pc2 (id int, pp_id int REFERENCES pp);
INSERT INTO pc2 VALUES (11, 15);
SELECT relmap.relationship('pp', 'pc2s', 'pc2', required => true);
ALTER TABLE pc ATTACH PARTITION pc2 FOR VALUES FROM (10) TO (20);
SELECT tgrelid::regclass, tgname, encode(tgargs, 'escape') FROM pg_trigger
WHERE tgname ~ 'relmap_required' AND tgrelid IN ('pp'::regclass, 'pp1'::regclass, 'pp2'::regclass, 'pc'::regclass, 'pc1'::regclass, 'pc2'::regclass) ORDER BY 1, 2;
DELETE FROM pc WHERE id = 1;
DELETE FROM pc WHERE id = 11;
SELECT problem FROM relmap.check('required_odd') WHERE severity = 'error';

-- ... one with partitions of its own, under a cascade as well
CREATE TABLE pp3 PARTITION OF pp FOR VALUES FROM (30) TO (40) PARTITION BY LIST (id);
CREATE TABLE pp31 PARTITION OF pp3 FOR VALUES IN (31);
SELECT relmap.alter_relationship('pp', 'pcs', cascade => 'all');
ALTER TABLE pp DETACH PARTITION pp3;
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('pp3'::regclass, 'pp31'::regclass) AND NOT tgisinternal;
ALTER TABLE pp ATTACH PARTITION pp3 FOR VALUES FROM (30) TO (40);
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('pp3'::regclass, 'pp31'::regclass) AND NOT tgisinternal ORDER BY 1, 2;
INSERT INTO pp VALUES (31);

-- two keys on one column
CREATE TABLE x1 (id int PRIMARY KEY);
CREATE TABLE x2 (id int PRIMARY KEY);
CREATE TABLE xc (id int, k int REFERENCES x1, FOREIGN KEY (k) REFERENCES x2);
SELECT relmap.relationship('x1', 'xcs', 'xc', required => true), relmap.relationship('x2', 'xcs', 'xc');
INSERT INTO x2 VALUES (1);
INSERT INTO x1 VALUES (1);
BEGIN;
INSERT INTO x1 VALUES (1);
INSERT INTO xc VALUES (1, 1);
COMMIT;
SELECT relmap.alter_relationship('x2', 'xcs', required => true);
SELECT relmap.alter_relationship('x1', 'xcs', required => false);
DELETE FROM xc;
SELECT relmap.drop_relationship('x1', 'xcs');
SELECT tgrelid::regclass, encode(tgargs, 'escape') FROM pg_trigger WHERE tgname ~ 'required_x' ORDER BY 1;

-- another key that has the name of a dropped one for a while does not take its triggers along
CREATE TABLE w1 (id int PRIMARY KEY);
CREATE TABLE w2 (id int PRIMARY KEY);
CREATE TABLE wc (id int, a int CONSTRAINT k REFERENCES w1, b int CONSTRAINT other REFERENCES w2);
SELECT relmap.relationship('w1', 'wcs', 'wc', required => true, cascade => 'all');
ALTER TABLE wc DROP CONSTRAINT k;
ALTER TABLE wc RENAME CONSTRAINT other TO k;
INSERT INTO w2 VALUES (2);
INSERT INTO wc VALUES (2, NULL, 2);
DELETE FROM wc;
ALTER TABLE wc RENAME CONSTRAINT k TO other;
INSERT INTO w2 VALUES (1);
ALTER TABLE wc ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES w1;
INSERT INTO w1 VALUES (1);
SELECT tgrelid::regclass, tgname, encode(tgargs, 'escape') FROM pg_trigger WHERE tgname ~ 'relmap' AND tgrelid IN ('w1'::regclass, 'w2'::regclass, 'wc'::regclass) ORDER BY 1, 2;
SELECT problem FROM relmap.check('required_odd') WHERE severity = 'error';

-- names that are cut, and then are one
CREATE TABLE ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp (id int PRIMARY KEY);
CREATE TABLE lc (id int, k int REFERENCES ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp);
SELECT relmap.relationship('ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp', 'aaa', 'lc', required => true);
SELECT relmap.relationship('ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp', 'bbb', 'lc', required => true);
SELECT relname, tgname FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid WHERE tgname ~ 'required_ppp' ORDER BY 1, 2;

-- temporary tables
CREATE TEMPORARY TABLE tp (id int PRIMARY KEY) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE tc (id int, k int REFERENCES tp) ON COMMIT DELETE ROWS;
SELECT relmap.relationship('tp', 'tcs', 'tc', required => true);
INSERT INTO tp VALUES (1);
BEGIN;
INSERT INTO tp VALUES (1);
INSERT INTO tc VALUES (1, 1);
COMMIT;
DROP TABLE tp, tc;

DROP SCHEMA required_odd CASCADE;
