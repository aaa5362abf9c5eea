-- Four one-to-ones on one table, with four policies: the last trigger does the work of all.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA replace_four;
SET search_path = replace_four;

CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY);
CREATE TABLE d (id int PRIMARY KEY);
INSERT INTO a SELECT generate_series(1, 9);
INSERT INTO b SELECT generate_series(1, 9);
INSERT INTO c SELECT generate_series(1, 9);
INSERT INTO d SELECT generate_series(1, 9);
CREATE TABLE ch (id int PRIMARY KEY,
				 a_id int REFERENCES a, b_id int REFERENCES b, c_id int REFERENCES c, d_id int REFERENCES d,
				 n int DEFAULT 0,
				 sum int GENERATED ALWAYS AS (coalesce(a_id, 0) + 10 * coalesce(b_id, 0)) STORED);
SELECT relmap.relationship('a', 'ch', 'ch', uselist => false);
SELECT relmap.relationship('b', 'ch', 'ch', uselist => false, on_replace => 'delete');
SELECT relmap.relationship('c', 'ch', 'ch', uselist => false, on_replace => 'set c_id = NULL, n = n + 1');
SELECT relmap.relationship('d', 'ch', 'ch', uselist => false);
CREATE PROCEDURE four() LANGUAGE sql AS $$
	TRUNCATE ch;
	INSERT INTO ch SELECT i, i, i, i, i FROM generate_series(1, 4) i;
$$;

-- a row loses all four to one newcomer, and is changed once; it goes at COMMIT
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING '% % -> %', lower(TG_OP), OLD, NEW;
	RETURN NULL;
END $$;
CREATE TRIGGER tell AFTER UPDATE OR DELETE ON ch FOR EACH ROW EXECUTE FUNCTION tell();
CALL four();
\set VERBOSITY terse
INSERT INTO ch VALUES (5, 1, 1, 1, 1);
-- four rows lose one each
INSERT INTO ch VALUES (6, 2, 3, 4, 1);
\set VERBOSITY default
DROP TRIGGER tell ON ch;
SELECT * FROM ch ORDER BY id;

-- rotations in one statement, in other directions
CALL four();
UPDATE ch SET a_id = a_id % 4 + 1, b_id = (b_id + 2) % 4 + 1, c_id = 5 - c_id, d_id = (d_id + 1) % 4 + 1;
SELECT * FROM ch ORDER BY id;
MERGE INTO ch USING (VALUES (1, 1, NULL, 3), (2, 2, NULL, 4), (9, 3, 4, 1)) w (id, a_id, b_id, c_id) ON ch.id = w.id
WHEN MATCHED THEN UPDATE SET a_id = w.a_id, b_id = w.b_id, c_id = w.c_id
WHEN NOT MATCHED THEN INSERT (id, a_id, b_id, c_id) VALUES (w.id, w.a_id, w.b_id, w.c_id);
SELECT * FROM ch ORDER BY id;

-- ON CONFLICT decides by its own key only
CALL four();
INSERT INTO ch VALUES (10, 1, 2, 3, 4) ON CONFLICT (b_id) DO NOTHING;
INSERT INTO ch VALUES (10, 1, 2, 3, 4) ON CONFLICT DO NOTHING;
INSERT INTO ch VALUES (10, 1, 2, 3, 4) ON CONFLICT (d_id) DO UPDATE SET n = 100 WHERE false;
SELECT * FROM ch ORDER BY id;
INSERT INTO ch VALUES (10, 1, 2, 3, 4) ON CONFLICT (d_id) DO UPDATE SET a_id = excluded.a_id, b_id = excluded.b_id, c_id = excluded.c_id;
SELECT * FROM ch ORDER BY id;

-- a trigger that is disabled or enabled for other roles leaves the work to the others
CALL four();
ALTER TABLE ch DISABLE TRIGGER "~relmap_replace_ch_d_id_fkey";
INSERT INTO ch VALUES (5, 1, 2, 3);
INSERT INTO ch VALUES (6, NULL, NULL, NULL, 4);
SELECT * FROM ch ORDER BY id;
CALL four();
ALTER TABLE ch ENABLE ALWAYS TRIGGER "~relmap_replace_ch_d_id_fkey";
ALTER TABLE ch ENABLE REPLICA TRIGGER "~relmap_replace_ch_a_id_fkey";
INSERT INTO ch VALUES (5, NULL, 2, 3, 4);
INSERT INTO ch VALUES (6, 1);
SET session_replication_role = replica;
INSERT INTO ch VALUES (6, 1, NULL, NULL, 1);
UPDATE ch SET a_id = 3 - a_id, d_id = 5 - d_id WHERE a_id < 3;
INSERT INTO ch VALUES (7, NULL, 2);
SELECT * FROM ch ORDER BY id;
RESET session_replication_role;
ALTER TABLE ch ENABLE TRIGGER "~relmap_replace_ch_d_id_fkey";
ALTER TABLE ch ENABLE TRIGGER "~relmap_replace_ch_a_id_fkey";

-- so does one that has nothing to do as its foreign key, or its uniqueness, is gone
CALL four();
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE ch DROP CONSTRAINT ch_d_id_fkey;
INSERT INTO ch VALUES (5, 1, 2, 3);
UPDATE ch SET a_id = 5 - a_id WHERE id IN (4, 5);
SELECT * FROM ch ORDER BY id;
ALTER TABLE ch ADD CONSTRAINT again FOREIGN KEY (d_id) REFERENCES d;
INSERT INTO ch VALUES (6, NULL, NULL, NULL, 3);
SELECT * FROM ch ORDER BY id;
SAVEPOINT unique_gone;
ALTER TABLE ch DROP CONSTRAINT ch_d_id_key;
INSERT INTO ch VALUES (7, 3, 3, 2, 3);
SELECT * FROM ch ORDER BY id;
ROLLBACK TO unique_gone;
INSERT INTO ch VALUES (7, 3, 3, 2, 3);
SELECT * FROM ch ORDER BY id;
ROLLBACK;

-- user's triggers: transition tables have what the statement, and relmap, has written
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		RAISE WARNING 'inserted: %', (SELECT string_agg(r::text, ' ' ORDER BY r.id) FROM r);
	ELSE
		RAISE WARNING 'updated: %', (SELECT string_agg(r::text, ' ' ORDER BY r.id, r::text) FROM r);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER i AFTER INSERT ON ch REFERENCING NEW TABLE AS r FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
CREATE TRIGGER u AFTER UPDATE ON ch REFERENCING NEW TABLE AS r FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
\set VERBOSITY terse
CALL four();
INSERT INTO ch VALUES (5, 2, NULL, 3, 4);
UPDATE ch SET a_id = 4 - a_id WHERE a_id IN (1, 3);
\set VERBOSITY default
DROP TRIGGER i ON ch;
DROP TRIGGER u ON ch;
-- ... one that fires for one column, between relmap's by its name
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.n := NEW.n + 100;
	RETURN NEW;
END $$;
CREATE TRIGGER "~relmap_replace_ch_b_id_fkey_stamp" BEFORE UPDATE OF a_id ON ch
	FOR EACH ROW WHEN (OLD.a_id IS DISTINCT FROM NEW.a_id) EXECUTE FUNCTION stamp();
CALL four();
UPDATE ch SET a_id = 5 - a_id, d_id = 5 - d_id;
INSERT INTO ch VALUES (5, 1, 2, 3, 4);
UPDATE ch SET d_id = 2 WHERE id = 5;
SELECT * FROM ch ORDER BY id;

DROP SCHEMA replace_four CASCADE;
