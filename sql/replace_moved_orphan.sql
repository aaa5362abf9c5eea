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
DROP SCHEMA moved_orphan CASCADE;
