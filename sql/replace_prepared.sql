-- Prepared transactions: what is prepared has released and deleted, and holds parents and no locks of relmap's
\set VERBOSITY terse
SELECT current_setting('max_prepared_transactions')::int > 0 AS prepared \gset
\if :prepared
\else
\echo skipped: max_prepared_transactions is 0
\quit
\endif
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/setup.sql'
\set ECHO none
\i :include
SELECT one_to_one('child');

-- right after a replacement; ROLLBACK PREPARED gives the parent back
SELECT fresh();
BEGIN;
INSERT INTO child VALUES (5, 1);
UPDATE child SET parent_id = 5 - parent_id WHERE id IN (2, 3);
PREPARE TRANSACTION 'p1';
SELECT state() AS "1:1 2:2 3:3 4:-";
ROLLBACK PREPARED 'p1';
INSERT INTO child VALUES (5, 1);
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";
BEGIN;
INSERT INTO child VALUES (6, 1);
PREPARE TRANSACTION 'p1';
COMMIT PREPARED 'p1';
SELECT state() AS "1:- 2:2 3:3 4:- 5:- 6:1";

-- no lock is left behind by COPY in a transaction that is prepared
SELECT fresh();
BEGIN;
COPY child (id, parent_id) FROM stdin;
5	1
\.
PREPARE TRANSACTION 'p1';
SELECT locktype FROM pg_locks WHERE locktype = 'advisory';
COMMIT PREPARED 'p1';
SELECT state() AS "1:- 2:2 3:3 4:- 5:1";

-- delete-orphan: deleted by PREPARE TRANSACTION
CREATE TABLE pet (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
SELECT one_to_one('pet', policy => 'delete');
INSERT INTO pet VALUES (1, 1);
BEGIN;
INSERT INTO pet VALUES (2, 1);
PREPARE TRANSACTION 'p1';
TABLE pet;
COMMIT PREPARED 'p1';
TABLE pet;

-- ... in a collection, too
CREATE TABLE toy (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'toys', 'toy', cascade => 'all, delete-orphan', accessor => false);
INSERT INTO toy VALUES (1, 1), (2, 1);
BEGIN;
UPDATE toy SET parent_id = NULL WHERE id = 1;
PREPARE TRANSACTION 'p1';
TABLE toy ORDER BY id;
COMMIT PREPARED 'p1';
TABLE toy ORDER BY id;

SET client_min_messages = warning;
DROP SCHEMA t CASCADE;
