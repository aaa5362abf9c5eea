-- Referential actions of both directions, met by replacement and by parking:
-- into the columns of a slot, and out of them where other tables reference them.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA replace_referential;
SET search_path = replace_referential;

-- ON UPDATE CASCADE of one key changes a slot that shares a column with it: the
-- inner query writes one row, the statement goes on to others
CREATE TABLE x (t int, id int, PRIMARY KEY (t, id));
CREATE TABLE y (t int, id int, PRIMARY KEY (t, id));
CREATE TABLE ch (id int PRIMARY KEY, t int NOT NULL, x int, y int,
	FOREIGN KEY (t, x) REFERENCES x ON UPDATE CASCADE, FOREIGN KEY (t, y) REFERENCES y);
SELECT relmap.relationship('x', 'ch', 'ch', uselist => false);
SELECT relmap.relationship('y', 'ch', 'ch', uselist => false);
INSERT INTO x VALUES (1, 1), (2, 2);
INSERT INTO y VALUES (1, 1), (2, 1), (3, 1);
INSERT INTO ch VALUES (1, 1, 1, 1), (2, 2, 2, 1);
UPDATE x SET t = t + 1;
SELECT * FROM ch ORDER BY id;
-- the same where the shared column can be NULL: it is not what parking empties
ALTER TABLE ch ALTER t DROP NOT NULL;
UPDATE x SET t = t - 1;
SELECT * FROM ch ORDER BY id;
-- and onto a row that the statement does not write
INSERT INTO x VALUES (3, 9);
UPDATE ch SET t = 3, x = 9 WHERE id = 2;
SELECT * FROM ch ORDER BY id;
UPDATE x SET t = t + 2 WHERE id = 1;
SELECT * FROM ch ORDER BY id;
DROP TABLE ch, x, y;

-- into the key of a slot: CASCADE, SET NULL, SET DEFAULT of the parent's key
CREATE TABLE p (id int PRIMARY KEY, grp int);
CREATE TABLE q (id int PRIMARY KEY);
INSERT INTO q SELECT generate_series(0, 5);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p ON UPDATE CASCADE ON DELETE SET NULL,
	q_id int DEFAULT 0 REFERENCES q ON UPDATE SET DEFAULT ON DELETE SET DEFAULT);
SELECT relmap.relationship('p', 'c', 'c', uselist => false);
SELECT relmap.relationship('q', 'c', 'c', uselist => false);
INSERT INTO p SELECT n, n / 2 FROM generate_series(1, 4) n;
INSERT INTO c VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3);
UPDATE p SET id = id + 10 WHERE id IN (1, 2);
SELECT * FROM c ORDER BY id;
DELETE FROM p WHERE id = 11;
SELECT * FROM c ORDER BY id;
-- several rows are set to one default: the last has it
DELETE FROM q WHERE id IN (1, 2);
SELECT * FROM c ORDER BY id;
UPDATE q SET id = 30 WHERE id = 3;
SELECT * FROM c ORDER BY id;
DROP TABLE c, p, q;

-- out of the key: rows of another table reference the child by its slot
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p SELECT generate_series(1, 9);
CREATE TABLE c (id int PRIMARY KEY, p_id int UNIQUE REFERENCES p, v int);
SELECT relmap.relationship('p', 'c', 'c', uselist => false);
CREATE TABLE g (id int PRIMARY KEY, c_p int CONSTRAINT g_key REFERENCES c (p_id));
INSERT INTO c VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO g VALUES (1, 1), (2, 2);
-- NO ACTION: the newcomer has the key when it is checked
UPDATE c SET p_id = 3 - p_id WHERE id IN (1, 2);
SELECT * FROM c ORDER BY id;
INSERT INTO c VALUES (4, 1);
SELECT * FROM c ORDER BY id;
SELECT * FROM g ORDER BY id;
-- ... or nobody has
UPDATE c SET p_id = p_id + 4 WHERE id IN (4, 1);
SELECT * FROM c ORDER BY id;
-- SET NULL: a key that changes is referenced no more, parked or not
ALTER TABLE g DROP CONSTRAINT g_key, ADD CONSTRAINT g_key FOREIGN KEY (c_p) REFERENCES c (p_id) ON UPDATE SET NULL;
TRUNCATE c, g;
INSERT INTO c VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO g VALUES (1, 1), (2, 2), (3, 3);
UPDATE c SET p_id = 3 - p_id WHERE id IN (1, 2);
SELECT * FROM c ORDER BY id;
SELECT * FROM g ORDER BY id;
-- CASCADE: a row that is parked would take its references along to NULL: refused
ALTER TABLE g DROP CONSTRAINT g_key, ADD CONSTRAINT g_key FOREIGN KEY (c_p) REFERENCES c (p_id) ON UPDATE CASCADE;
TRUNCATE c, g;
INSERT INTO c VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO g VALUES (1, 1), (2, 2), (3, 3);
\set VERBOSITY default
UPDATE c SET p_id = 3 - p_id WHERE id IN (1, 2);
\set VERBOSITY terse
SELECT * FROM g ORDER BY id;
-- one statement after the other does it; a row follows its own reference
UPDATE c SET p_id = 2 WHERE id = 1;
SELECT * FROM g ORDER BY id;
UPDATE c SET p_id = p_id + 5;
SELECT * FROM c ORDER BY id;
SELECT * FROM g ORDER BY id;
DROP SCHEMA replace_referential CASCADE;
