-- A partitioned child, and one with inheritance children
\set VERBOSITY terse
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
CREATE TABLE tp (tenant int, id int, PRIMARY KEY (tenant, id));
INSERT INTO tp SELECT a, b FROM generate_series(1, 3) a, generate_series(1, 5) b;
CREATE TABLE tc (
    id     int NOT NULL,
    tenant int NOT NULL,
    pid    int,
    v      int NOT NULL DEFAULT 0,
    FOREIGN KEY (tenant, pid) REFERENCES tp,
    UNIQUE (tenant, pid),
    PRIMARY KEY (tenant, id)
) PARTITION BY LIST (tenant);
CREATE TABLE tc1 PARTITION OF tc FOR VALUES IN (1);
-- a partition whose columns are in another order
CREATE TABLE tc2 (v int NOT NULL DEFAULT 0, gone int, pid int, tenant int NOT NULL, id int NOT NULL);
ALTER TABLE tc2 DROP gone;
ALTER TABLE tc ATTACH PARTITION tc2 FOR VALUES IN (2);
SELECT one_to_one('tc', 'tenant,pid');
CREATE TABLE tc3 PARTITION OF tc FOR VALUES IN (3);
CREATE FUNCTION tc_fresh() RETURNS void LANGUAGE sql AS $$
    TRUNCATE t.tc;
    INSERT INTO t.tc VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2), (5, 3, 1);
$$;
CREATE FUNCTION tc_state() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT string_agg(id || ':' || tenant || '.' || coalesce(pid::text, '-') ||
           CASE v WHEN 0 THEN '' ELSE ' v' || v END, ' ' ORDER BY id, tenant) FROM t.tc;
$$;

-- INSERT through the root and into the partition
SELECT tc_fresh();
INSERT INTO tc VALUES (6, 1, 1), (7, 2, 1);
INSERT INTO tc2 (id, tenant, pid) VALUES (8, 2, 2);
INSERT INTO tc3 VALUES (9, 3, 1);
SELECT tc_state() AS "1:1.- 2:1.2 3:2.- 4:2.- 5:3.- 6:1.1 7:2.1 8:2.2 9:3.1";

-- COPY through the root
SELECT tc_fresh();
COPY tc (id, tenant, pid) FROM stdin;
6	1	1
7	2	1
8	2	1
\.
SELECT tc_state() AS "1:1.- 2:1.2 3:2.- 4:2.2 5:3.1 6:1.1 7:2.- 8:2.1";

-- the clause names the root's key, the leaf has its own
SELECT tc_fresh();
INSERT INTO tc VALUES (6, 1, 1), (7, 2, 1) ON CONFLICT (tenant, pid) DO NOTHING;
INSERT INTO tc VALUES (6, 1, 2, 7), (7, 2, 2, 7) ON CONFLICT (tenant, pid) DO UPDATE SET v = excluded.v;
INSERT INTO tc VALUES (2, 1, 1), (4, 2, 1) ON CONFLICT (tenant, id) DO NOTHING;
INSERT INTO tc VALUES (6, 1, 1), (7, 2, 1) ON CONFLICT DO NOTHING;
INSERT INTO tc VALUES (6, 1, 1) ON CONFLICT ON CONSTRAINT tc_tenant_pid_key DO NOTHING;
INSERT INTO tc2 (id, tenant, pid) VALUES (6, 2, 1) ON CONFLICT (tenant, pid) DO NOTHING;
SELECT tc_state() AS "1:1.1 2:1.2 v7 3:2.1 4:2.2 v7 5:3.1";
INSERT INTO tc VALUES (6, 1, 1), (7, 2, 1) ON CONFLICT (tenant, id) DO NOTHING;
SELECT tc_state() AS "1:1.- 2:1.2 v7 3:2.- 4:2.2 v7 5:3.1 6:1.1 7:2.1";

-- swaps in one statement, in one leaf and in several
SELECT tc_fresh();
UPDATE tc SET pid = 3 - pid WHERE id < 5;
SELECT tc_state() AS "1:1.2 2:1.1 3:2.2 4:2.1 5:3.1";
INSERT INTO tc VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2)
    ON CONFLICT (tenant, id) DO UPDATE SET pid = excluded.pid;
SELECT tc_state() AS "1:1.1 2:1.2 3:2.1 4:2.2 5:3.1";

-- a row moves to another leaf onto a held parent
SELECT tc_fresh();
UPDATE tc SET tenant = 2 WHERE id = 1;
SELECT tc_state() AS "1:2.1 2:1.2 3:2.- 4:2.2 5:3.1";

-- all rows move on: right, or refused with nothing changed
SELECT tc_fresh();
UPDATE tc SET tenant = tenant % 3 + 1;
SELECT tc_state() IN ('1:1.1 2:1.2 3:2.1 4:2.2 5:3.1', '1:2.1 2:2.2 3:3.1 4:3.2 5:1.1') AS right_or_refused;

-- two leaves exchange their rows: right, or refused with nothing changed
SELECT tc_fresh();
UPDATE tc SET tenant = 3 - tenant WHERE tenant < 3;
SELECT tc_state() IN ('1:1.1 2:1.2 3:2.1 4:2.2 5:3.1', '1:2.1 2:2.2 3:1.1 4:1.2 5:3.1') AS right_or_refused;

-- a detached partition is on its own; attached again it is in again
SELECT tc_fresh();
ALTER TABLE tc DETACH PARTITION tc3;
ALTER TABLE tc ATTACH PARTITION tc3 FOR VALUES IN (3);
INSERT INTO tc VALUES (6, 3, 1);
SELECT tc_state() AS "1:1.1 2:1.2 3:2.1 4:2.2 5:3.- 6:3.1";

-- delete-orphan, the limit: an orphan can't be followed to another leaf; before COMMIT it has to stay where it is
CREATE TABLE op (region int, id int, PRIMARY KEY (region, id));
INSERT INTO op SELECT a, b FROM generate_series(1, 2) a, generate_series(1, 5) b;
CREATE TABLE oc (id int, region int NOT NULL, pid int,
    UNIQUE (region, pid), FOREIGN KEY (region, pid) REFERENCES op) PARTITION BY LIST (region);
CREATE TABLE oc1 PARTITION OF oc FOR VALUES IN (1);
CREATE TABLE oc2 PARTITION OF oc FOR VALUES IN (2);
SELECT one_to_one('oc', 'region,pid', 'delete');
INSERT INTO oc VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1);
BEGIN;
INSERT INTO oc VALUES (4, 1, 1);
SELECT * FROM oc ORDER BY id;
SAVEPOINT s;
UPDATE oc SET region = 2 WHERE id = 1;
\echo :SQLSTATE is 27000
ROLLBACK TO s;
COMMIT;
SELECT string_agg(id || ':' || region, ' ' ORDER BY id) AS "2:1 3:2 4:1" FROM oc;
-- ... one that is released and moves in one statement is refused, as no AFTER UPDATE trigger fires for it
INSERT INTO oc VALUES (5, 1, 5);
UPDATE oc SET region = 2, pid = NULL WHERE id = 5;
\echo :SQLSTATE is 27000
SELECT string_agg(id || ':' || region, ' ' ORDER BY id) AS "2:1 3:2 4:1 5:1" FROM oc;
DELETE FROM oc WHERE pid IS NULL OR id = 5;
-- ... a child that moves to another leaf with its parent is none
UPDATE oc SET region = 2 WHERE id = 2;
SELECT * FROM oc ORDER BY id;
-- ... and a swap in one statement loses nobody
UPDATE oc SET pid = 3 - pid WHERE region = 2;
SELECT * FROM oc ORDER BY id;

-- the FK is the partition key: it can't be NULL, the replaced child is deleted at once
CREATE TABLE kc (parent_id int UNIQUE REFERENCES parent, v int) PARTITION BY LIST (parent_id);
CREATE TABLE kc1 PARTITION OF kc FOR VALUES IN (1, 2);
CREATE TABLE kc3 PARTITION OF kc FOR VALUES IN (3, 4);
SELECT one_to_one('kc', policy => 'delete');
INSERT INTO kc VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO kc VALUES (1, 4);
SELECT * FROM kc ORDER BY v;
UPDATE kc SET parent_id = 3 WHERE parent_id = 1;
SELECT * FROM kc ORDER BY v;
-- ... swaps in one statement, in a leaf and over leaves: refused, nothing changed
UPDATE kc SET parent_id = 5 - parent_id;
SELECT * FROM kc ORDER BY v;
INSERT INTO kc VALUES (1, 5);
UPDATE kc SET parent_id = 3 - parent_id WHERE parent_id < 3;
SELECT * FROM kc ORDER BY v;

-- inheritance: a child table's rows are not under the parent table's trigger nor key
SELECT one_to_one('child');
CREATE TABLE heir () INHERITS (child);
SELECT fresh();
INSERT INTO heir VALUES (11, 1), (12, 1);
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1 11:1 12:1";
UPDATE child SET parent_id = 5 - parent_id WHERE parent_id IN (2, 3);
SELECT state() AS "1:- 2:3 3:2 4:- 5:1 11:1 12:1";

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
