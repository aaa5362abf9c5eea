-- Hints: what relmap adds to the server's errors, and where it adds nothing
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA replace_hints;
SET search_path = replace_hints;
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p SELECT generate_series(1, 9);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, v int, code int UNIQUE, CONSTRAINT v_small CHECK (v < 100));
SELECT relmap.relationship('p', 'c', 'c', uselist => false);
INSERT INTO c VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3);

-- an error of another expression, after a replacement
INSERT INTO c SELECT n + 10, 1, (SELECT m FROM generate_series(1, n) m) FROM generate_series(1, 2) n;
-- a function of the user's that raises the same code
CREATE FUNCTION fail(code text) RETURNS int LANGUAGE plpgsql AS
	$$ BEGIN RAISE 'mine' USING ERRCODE = code, HINT = 'my hint', DETAIL = 'my detail'; END $$;
INSERT INTO c SELECT n + 10, 1, CASE n WHEN 2 THEN fail('27000') END FROM generate_series(1, 2) n;
INSERT INTO c SELECT n + 10, 1, CASE n WHEN 2 THEN fail('21000') END FROM generate_series(1, 2) n;
-- the statement's own lines name a row twice, after a replacement
INSERT INTO c VALUES (4, 1), (4, 5) ON CONFLICT (id) DO UPDATE SET v = 1;
INSERT INTO c VALUES (2, NULL), (4, 1), (2, 5) ON CONFLICT (id) DO UPDATE SET v = 1;
MERGE INTO c USING (VALUES (4, 1), (2, 5), (2, 6)) w (id, p_id) ON c.id = w.id
WHEN MATCHED THEN UPDATE SET p_id = w.p_id WHEN NOT MATCHED THEN INSERT VALUES (w.id, w.p_id);
-- or one that was replaced
INSERT INTO c VALUES (4, 1), (1, 5) ON CONFLICT (id) DO UPDATE SET v = 1;
MERGE INTO c USING (VALUES (4, 1), (1, 5)) w (id, p_id) ON c.id = w.id
WHEN MATCHED THEN UPDATE SET p_id = w.p_id WHEN NOT MATCHED THEN INSERT VALUES (w.id, w.p_id);
-- a constraint that has nothing to do with it, while a row is parked
UPDATE c SET p_id = 3 - p_id, v = CASE id WHEN 2 THEN 100 END WHERE id IN (1, 2);
UPDATE c SET p_id = 3 - p_id, code = 7 WHERE id IN (1, 2);
UPDATE c SET p_id = 3 - p_id, v = CASE id WHEN 2 THEN fail('23514') END WHERE id IN (1, 2);
-- and one that has: the row is parked without its parent
ALTER TABLE c ADD CONSTRAINT has_parent CHECK (p_id IS NOT NULL);
UPDATE c SET p_id = 3 - p_id WHERE id IN (1, 2);
-- or is replaced
INSERT INTO c VALUES (4, 1);
ALTER TABLE c DROP CONSTRAINT has_parent;
-- or can't be
ALTER TABLE c ALTER p_id SET NOT NULL;
INSERT INTO c VALUES (4, 1);
UPDATE c SET p_id = 1 WHERE id = 2;
INSERT INTO c VALUES (1, 5);
ALTER TABLE c ALTER p_id DROP NOT NULL;

-- the row that is replaced meets a trigger of the user's: its words stay
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN RAISE 'kept' USING ERRCODE = '23514', DETAIL = 'my detail'; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION keep();
GRANT USAGE ON SCHEMA replace_hints TO PUBLIC;
GRANT INSERT ON c TO PUBLIC;
CREATE ROLE regress_relmap_hints;
SET ROLE regress_relmap_hints;
INSERT INTO c VALUES (4, 1);
RESET ROLE;
DROP TRIGGER keep ON c;
-- but the row is not shown to one who may not read it
ALTER TABLE c ADD CONSTRAINT has_parent CHECK (p_id IS NOT NULL);
SET ROLE regress_relmap_hints;
INSERT INTO c VALUES (4, 1);
RESET ROLE;

-- an exclusive arc: what is replaced has neither
CREATE TABLE arc (id int PRIMARY KEY, p_id int REFERENCES p, q_id int REFERENCES p, CHECK (num_nonnulls(p_id, q_id) = 1));
SELECT relmap.relationship('p', 'arc', 'arc', uselist => false, foreign_keys => '{p_id}');
INSERT INTO arc VALUES (1, 1);
INSERT INTO arc VALUES (2, 1);
-- UNIQUE that takes NULLs for equal
CREATE TABLE one (id int PRIMARY KEY, p_id int REFERENCES p, q_id int, UNIQUE NULLS NOT DISTINCT (p_id, q_id));
SELECT relmap.relationship('p', 'one', 'one', uselist => false);
INSERT INTO one VALUES (1, 1), (2, NULL);
INSERT INTO one VALUES (3, 1);
DROP OWNED BY regress_relmap_hints;
DROP ROLE regress_relmap_hints;
DROP SCHEMA replace_hints CASCADE;
