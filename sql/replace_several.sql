-- Several one-to-ones on one table: each row that is written may take a parent
-- in every one of them.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA replace_several;
SET search_path = replace_several;

CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY);
INSERT INTO a SELECT generate_series(1, 5);
INSERT INTO b SELECT generate_series(1, 5);

-- a row that was not replaced is not deleted: it lost "a" by its own update,
-- while it replaced another row in "b"
CREATE TABLE ch (id int PRIMARY KEY, a_id int REFERENCES a, b_id int REFERENCES b);
SELECT relmap.relationship('a', 'ch', 'ch', uselist => false, on_replace => 'delete');
SELECT relmap.relationship('b', 'ch', 'ch', uselist => false);
INSERT INTO ch VALUES (1, 1, 1), (2, 2, 2);
UPDATE ch SET b_id = 2, a_id = NULL WHERE id = 1;
SELECT * FROM ch ORDER BY id;
-- nor when it is parked in "b"
INSERT INTO ch VALUES (3, 3, 3);
UPDATE ch SET b_id = 5 - b_id, a_id = CASE id WHEN 3 THEN NULL ELSE a_id END WHERE b_id IN (2, 3);
SELECT * FROM ch ORDER BY id;
-- the row that is replaced in "a" is
INSERT INTO ch VALUES (4, 2, 2);
SELECT * FROM ch ORDER BY id;
TRUNCATE ch;
-- nor is one that was parked, and has lost its parent by an update of its own
INSERT INTO ch VALUES (1, 1, 1), (2, 2, 2);
BEGIN;
UPDATE ch SET a_id = 3 - a_id;
UPDATE ch SET a_id = NULL WHERE id = 2;
COMMIT;
SELECT * FROM ch ORDER BY id;
-- but one that took a parent and was replaced in the same statement
UPDATE ch SET a_id = 5;
SELECT * FROM ch ORDER BY id;
-- one that was replaced has a parent again, and then loses it
BEGIN;
INSERT INTO ch VALUES (3, 5, NULL);
UPDATE ch SET a_id = 4 WHERE id = 2;
UPDATE ch SET a_id = NULL WHERE id = 2;
COMMIT;
SELECT * FROM ch ORDER BY id;
TRUNCATE ch;

-- two slots of one foreign key, of which one deletes: a row that leaves the other, by a list that
-- sets the key to NULL, stays
CREATE TABLE ways (id int PRIMARY KEY, a_id int REFERENCES a, f bool, g bool);
SELECT relmap.relationship('a', 'f', 'ways', uselist => false, accessor => false, condition => 'f', on_replace => 'delete');
SELECT relmap.relationship('a', 'g', 'ways', uselist => false, accessor => false, condition => 'g', on_replace => 'set a_id = NULL');
INSERT INTO ways VALUES (1, 1, false, true), (2, 2, true, false), (3, 3, true, true), (4, 4, true, true);
INSERT INTO ways VALUES (11, 1, false, true), (12, 2, true, false), (13, 3, false, true), (14, 4, true, false);
SELECT * FROM ways ORDER BY id;
-- ... but was parked in both, and would be deleted for that: an error
TRUNCATE ways;
INSERT INTO ways VALUES (1, 1, true, true), (2, 2, true, true);
WITH swap AS (UPDATE ways SET a_id = 3 - a_id RETURNING id)
INSERT INTO ways SELECT 3, 1, false, true FROM (SELECT count(*) FROM swap) x;
-- ... and is deleted where the other slot is taken
WITH swap AS (UPDATE ways SET a_id = 3 - a_id RETURNING id)
INSERT INTO ways SELECT 3, 1, true, false FROM (SELECT count(*) FROM swap) x;
SELECT * FROM ways ORDER BY id;
DROP TABLE ways;

-- a row that holds both parents that a newcomer takes is changed once
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING '% % -> %', lower(TG_OP), OLD, NEW;
	RETURN NULL;
END $$;
CREATE TRIGGER tell AFTER UPDATE OR DELETE ON ch FOR EACH ROW EXECUTE FUNCTION tell();
INSERT INTO ch VALUES (1, 1, 1), (2, 2, 2);
\set VERBOSITY terse
INSERT INTO ch VALUES (3, 1, 1);
SELECT * FROM ch ORDER BY id;
-- one that is parked in both is given both at once
UPDATE ch SET a_id = 3 - a_id, b_id = 3 - b_id;
SELECT * FROM ch ORDER BY id;
\set VERBOSITY default
DROP TRIGGER tell ON ch;

-- two slots of one foreign key: a row is parked in both, by a column of each, and
-- is given both
CREATE TABLE two (id int PRIMARY KEY, a_id int REFERENCES a, f bool, g int);
SELECT relmap.relationship('a', 'd', 'two', uselist => false, accessor => false, condition => 'f', on_replace => 'set f = false');
SELECT relmap.relationship('a', 'l', 'two', uselist => false, accessor => false, condition => 'g IS NULL', on_replace => 'nullify');
INSERT INTO two VALUES (2, 2, true), (3, 3, true);
UPDATE two SET a_id = 3 WHERE id IN (2, 5);
SELECT * FROM two ORDER BY id;
TRUNCATE two;
INSERT INTO two VALUES (2, 2, true), (3, 3, true);
UPDATE two SET a_id = 5 - a_id;
SELECT * FROM two ORDER BY id;
-- ... by a query, where a trigger keeps the statement from changing rows without one
CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER pass BEFORE UPDATE ON two FOR EACH ROW EXECUTE FUNCTION pass();
UPDATE two SET a_id = 5 - a_id;
SELECT * FROM two ORDER BY id;
-- ... one of which another row takes: the row has none of that key, and the flag
-- that it was to have
TRUNCATE two;
INSERT INTO two VALUES (1, 1, true), (4, 4, true);
MERGE INTO two USING (VALUES (1, 4, true), (4, 5, true), (12, 4, NULL)) w (id, a_id, f) ON two.id = w.id
WHEN MATCHED THEN UPDATE SET a_id = w.a_id, f = w.f WHEN NOT MATCHED THEN INSERT VALUES (w.id, w.a_id, w.f);
SELECT * FROM two ORDER BY id;
DROP TABLE two;
-- a row is parked in one slot by a column that the other one does not have
CREATE TABLE two (id int PRIMARY KEY, a_id int REFERENCES a, k int, f bool);
SELECT relmap.relationship('a', 'd', 'two', uselist => false, accessor => false, condition => 'f', on_replace => 'nullify');
SELECT relmap.relationship('a', 'ks', 'two', keyed_by => '{k}', accessor => false, on_replace => 'restrict');
INSERT INTO two VALUES (3, 5, 2, true), (5, 2, 3, true);
MERGE INTO two USING (VALUES (3, 3, 3), (5, 2, 2), (12, 2, 3)) w (id, a_id, k) ON two.id = w.id
WHEN MATCHED THEN UPDATE SET a_id = w.a_id, k = w.k WHEN NOT MATCHED THEN INSERT VALUES (w.id, w.a_id, w.k, true);
SELECT * FROM two ORDER BY id;
DROP TABLE two;

-- a trigger that keeps a parked row from being given its parent: no parent vanishes
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p SELECT generate_series(1, 5);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, v int NOT NULL DEFAULT 0);
SELECT relmap.relationship('p', 'c', 'c', uselist => false);
CREATE FUNCTION unless_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.v = OLD.v THEN
		RETURN NULL;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER unless_changed BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION unless_changed();
INSERT INTO c VALUES (1, 1), (2, 2);
UPDATE c SET p_id = 3 - p_id, v = v + 1;
SELECT * FROM c ORDER BY id;
-- one that sets it to NULL
CREATE OR REPLACE FUNCTION unless_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.v = OLD.v THEN
		NEW.p_id := NULL;
	END IF;
	RETURN NEW;
END $$;
UPDATE c SET p_id = 3 - p_id, v = v + 1;
SELECT * FROM c ORDER BY id;
DROP TRIGGER unless_changed ON c;
TRUNCATE c;

-- what one node of a statement shows, no other may replace
WITH i AS (INSERT INTO c VALUES (10, 1) RETURNING *), j AS (INSERT INTO c VALUES (11, 1)) SELECT * FROM i;
WITH i AS (INSERT INTO c VALUES (10, 1) RETURNING id), j AS (INSERT INTO c VALUES (11, 1)) SELECT * FROM i;
INSERT INTO c VALUES (12, 2);
WITH i AS (INSERT INTO c VALUES (13, 3) RETURNING *), j AS (UPDATE c SET p_id = 3 WHERE p_id = 2) SELECT * FROM i;
SELECT * FROM c ORDER BY id;
-- ... not even one that is not changed by the node that shows it
WITH i AS (UPDATE c SET v = 1 WHERE id = 12 RETURNING *), j AS (INSERT INTO c VALUES (14, 2)) SELECT * FROM i;
WITH i AS (UPDATE c SET v = 1 WHERE id = 12 RETURNING v), j AS (INSERT INTO c VALUES (14, 2)) SELECT * FROM i;
WITH i AS (INSERT INTO c VALUES (15, 3), (16, 4) RETURNING *), j AS (INSERT INTO c VALUES (17, 5), (18, 5)) SELECT * FROM i;
SELECT * FROM c ORDER BY id;
-- nor one that another slot has given a new version meanwhile
INSERT INTO ch VALUES (7, 4, 4), (8, 4, 5), (9, 5, 4) RETURNING id, b_id;
INSERT INTO ch VALUES (7, 4, 4), (8, 4, 5), (9, 5, 3) RETURNING id, b_id;
SELECT * FROM ch ORDER BY id;

-- a row that was replaced in one slot, and has replaced another in the other
-- slot before: nobody has that key, and nobody lost it in secret
CREATE TABLE must (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a, b_id int REFERENCES b, code int UNIQUE);
SELECT relmap.relationship('a', 'must', 'must', uselist => false, on_replace => 'delete');
SELECT relmap.relationship('b', 'must', 'must', uselist => false);
INSERT INTO must VALUES (1, 1, 1), (4, 4, 4);
INSERT INTO must VALUES (5, 2, 4), (14, 4, 4), (3, 4, NULL) ON CONFLICT (code) DO NOTHING;
SELECT * FROM must ORDER BY id;
-- deleted in one slot, though another refuses to let it go
CREATE TABLE either (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a, b_id int REFERENCES b);
SELECT relmap.relationship('b', 'either', 'either', uselist => false, on_replace => 'restrict');
SELECT relmap.relationship('a', 'either', 'either', uselist => false, on_replace => 'delete');
INSERT INTO either VALUES (1, 1, 1), (2, 2, 2);
INSERT INTO either VALUES (3, 1, 2);
INSERT INTO either VALUES (3, 1, 1);
SELECT * FROM either ORDER BY id;

-- rows of an association table whose keys share a column
CREATE TABLE post (tid int, id int, PRIMARY KEY (tid, id));
CREATE TABLE tag (tid int, id int, PRIMARY KEY (tid, id));
CREATE TABLE pt (tid int, post_id int, tag_id int, PRIMARY KEY (tid, post_id, tag_id),
	FOREIGN KEY (tid, post_id) REFERENCES post, FOREIGN KEY (tid, tag_id) REFERENCES tag);
INSERT INTO post VALUES (1, 1), (2, 1);
INSERT INTO tag VALUES (1, 1), (1, 2), (2, 1);
SELECT relmap.relationship('post', 'tags', 'tag', secondary => 'pt');
SELECT relmap.append(post, 'tags', tag) FROM post, tag WHERE post.tid = 1 AND tag.tid = 1;
SELECT * FROM pt ORDER BY 1, 2, 3;
SELECT relmap.append(post, 'tags', tag) FROM post, tag WHERE post.tid = 1 AND tag.tid = 2;
SELECT relmap.relationship('post', 'main_tag', 'tag', secondary => 'pt', uselist => false, enforce => false);
SELECT relmap.assign(post, 'main_tag', tag) FROM post, tag WHERE post.tid = 1 AND tag.tid = 1 AND tag.id = 2;
SELECT relmap.assign(post, 'main_tag', tag) FROM post, tag WHERE post.tid = 1 AND tag.tid = 2;
SELECT * FROM pt ORDER BY 1, 2, 3;

DROP SCHEMA replace_several CASCADE;
