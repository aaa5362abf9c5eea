-- Rows written one by one, by remembered ctid, as postgres_fdw sends what it can't
-- push down: nothing tells a swap from a replacement followed by nothing
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA replace_by_tid;
SET search_path = replace_by_tid;
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p SELECT generate_series(1, 3);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p);
SELECT relmap.relationship('p', 'c', 'c', uselist => false);
INSERT INTO c VALUES (1, 1), (2, 2);
SELECT ctid AS first FROM c WHERE id = 1 \gset
SELECT ctid AS second FROM c WHERE id = 2 \gset
UPDATE c SET p_id = 2 WHERE ctid = :'first' RETURNING id;
UPDATE c SET p_id = 1 WHERE ctid = :'second' RETURNING id;
SELECT * FROM c ORDER BY id;
-- by primary key it is a swap in two statements
TRUNCATE c;
INSERT INTO c VALUES (1, 1), (2, 2);
UPDATE c SET p_id = 2 WHERE id = 1;
UPDATE c SET p_id = 1 WHERE id = 2;
SELECT * FROM c ORDER BY id;
-- the key is the primary key: the row that replaced is the one that is deleted then
CREATE TABLE offer (book_id int PRIMARY KEY REFERENCES p, price int);
SELECT relmap.relationship('p', 'offer', 'offer', uselist => false, cascade => 'all, delete-orphan');
INSERT INTO offer VALUES (1, 10);
INSERT INTO offer VALUES (1, 20);
DELETE FROM offer WHERE book_id = 1;
SELECT * FROM offer;
DROP SCHEMA replace_by_tid CASCADE;
