-- delete-orphan, and rows that move to another partition
\set VERBOSITY default
SET client_min_messages = warning;
CREATE SCHEMA moved_orphan;
SET search_path = moved_orphan;
CREATE TABLE p (t int, id int, PRIMARY KEY (t, id));
INSERT INTO p SELECT t, id FROM generate_series(1, 2) t, generate_series(1, 3) id;
CREATE TABLE c (t int NOT NULL, id int, p_id int, v int, PRIMARY KEY (t, id), FOREIGN KEY (t, p_id) REFERENCES p)
    PARTITION BY LIST (t);
CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1);
CREATE TABLE c2 PARTITION OF c FOR VALUES IN (2);
SELECT relmap.relationship('p', 'c', 'c', uselist => false, cascade => 'all, delete-orphan');
INSERT INTO c VALUES (1, 1, 1), (1, 2, 2), (1, 3, 3);
-- it loses its parent and moves: nobody would find it at COMMIT
UPDATE c SET t = 2, p_id = NULL WHERE id = 1;
INSERT INTO c VALUES (1, 1, NULL) ON CONFLICT (t, id) DO UPDATE SET t = 2, p_id = NULL;
SELECT * FROM c ORDER BY id;
-- it moves with its parent, or to another one
UPDATE c SET t = 2 WHERE id = 1;
UPDATE c SET t = 2, p_id = 3 WHERE id = 3;
SELECT * FROM c ORDER BY id;
-- it loses its parent, and stays
UPDATE c SET p_id = NULL WHERE id = 2;
SELECT * FROM c ORDER BY id;
-- one that had none moves
INSERT INTO c VALUES (1, 4, NULL);
UPDATE c SET t = 2 WHERE id = 4;
SELECT * FROM c ORDER BY id;
-- without delete-orphan nobody minds
SELECT relmap.alter_relationship('p', 'c', cascade => 'all', on_replace => 'nullify');
UPDATE c SET t = 1, p_id = NULL WHERE id = 1;
SELECT * FROM c ORDER BY id;
-- it moves later in the transaction
SELECT relmap.alter_relationship('p', 'c', cascade => 'all, delete-orphan', on_replace => 'delete');
INSERT INTO c VALUES (1, 7, 2);
BEGIN;
UPDATE c SET p_id = NULL WHERE id = 7;
UPDATE c SET t = 2 WHERE id = 7;
ROLLBACK;
-- ... with another parent; or it was replaced
BEGIN;
UPDATE c SET p_id = NULL WHERE id = 7;
UPDATE c SET t = 2, p_id = 1 WHERE id = 7;
COMMIT;
BEGIN;
INSERT INTO c VALUES (2, 8, 1);
UPDATE c SET t = 1 WHERE id = 7;
ROLLBACK;
SELECT * FROM c ORDER BY id;

-- a collection, and a partition key that is no part of the foreign key
CREATE TABLE q (id int PRIMARY KEY);
INSERT INTO q SELECT generate_series(1, 3);
CREATE TABLE m (region text, id int, q_id int REFERENCES q, v int DEFAULT 0, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE m_a PARTITION OF m FOR VALUES IN ('a');
CREATE TABLE m_other PARTITION OF m DEFAULT;
SELECT relmap.relationship('q', 'ms', 'm', cascade => 'all, delete-orphan');
SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE tgrelid IN ('m'::regclass, 'm_a'::regclass) AND tgname ~ 'moved' ORDER BY 2, 1;
INSERT INTO m VALUES ('a', 1, 1), ('a', 2, 2), ('a', 3, NULL);
UPDATE m SET region = 'b', q_id = NULL WHERE id = 1;
BEGIN;
UPDATE m SET q_id = NULL WHERE id = 1;
UPDATE m SET region = 'b' WHERE id = 1;
ROLLBACK;
UPDATE m SET region = 'b' WHERE id = 1;
UPDATE m SET region = 'b' WHERE id = 3;
UPDATE m SET q_id = NULL WHERE id = 2;
SELECT * FROM m ORDER BY id;
SELECT relmap.alter_relationship('q', 'ms', cascade => 'all');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'm'::regclass AND tgname ~ 'relmap' ORDER BY 1;
SELECT relmap.drop_relationship('q', 'ms');
UPDATE m SET region = 'a', q_id = NULL WHERE id = 1;
SELECT problem FROM relmap.check('moved_orphan');
DROP SCHEMA moved_orphan CASCADE;
