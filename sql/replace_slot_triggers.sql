-- Slots with conditions and lists beside the user's own triggers, generated columns, and one another.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA slot_triggers;
SET search_path = slot_triggers;
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/problem.sql'
\set ECHO none
\i :include
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p VALUES (1), (2), (3);

-- a BEFORE trigger that fires before relmap's decides what the row is
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p, f boolean, k int);
SELECT relmap.relationship('p', 'c', 'c', uselist => false, condition => 'f', on_replace => 'set f = false');
SELECT relmap.relationship('p', 'cs', 'c', keyed_by => '{k}', on_replace => 'set k = NULL');
CREATE FUNCTION clear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 9 THEN NEW.f = false; NEW.k = NULL; END IF; RETURN NEW; END $$;
CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 9 THEN NEW.f = true; NEW.k = 1; END IF; RETURN NEW; END $$;
INSERT INTO c VALUES (1, 1, true, 1), (2, 2, true, 1);
CREATE TRIGGER clear BEFORE INSERT OR UPDATE ON c FOR EACH ROW EXECUTE FUNCTION clear();
INSERT INTO c VALUES (9, 1, true, 1);
TABLE c ORDER BY id;
DROP TRIGGER clear ON c;
CREATE TRIGGER put BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION put();
UPDATE c SET p = 2 WHERE id = 9;
TABLE c ORDER BY id;
DROP TRIGGER put ON c;

-- one that fires after it and clears what the row has taken a slot by: an error; one that sets it: the index's own
DELETE FROM c WHERE id = 9;
UPDATE c SET f = true, k = 1 WHERE id = 2;
CREATE TRIGGER "~~clear" BEFORE INSERT OR UPDATE ON c FOR EACH ROW EXECUTE FUNCTION clear();
SELECT problem('INSERT INTO c VALUES (9, 1, true, NULL)');
SELECT problem('INSERT INTO c VALUES (9, 1, NULL, 1)');
DROP TRIGGER "~~clear" ON c;
CREATE TRIGGER "~~put" BEFORE INSERT OR UPDATE ON c FOR EACH ROW EXECUTE FUNCTION put();
SELECT problem('INSERT INTO c VALUES (9, 1, false, 3)');
SELECT problem('UPDATE c SET id = 9, k = 5 WHERE id = 1');
SET relmap.replacement = off;
SELECT problem('INSERT INTO c VALUES (9, 1, false, 3)');
RESET relmap.replacement;
TABLE c ORDER BY id;
SELECT name, problem, statement FROM relmap.check('slot_triggers') WHERE rule = 'trigger_not_last' ORDER BY name;
DROP TRIGGER "~~put" ON c;

-- a list is computed once for each row that is replaced, in the order of the rows
CREATE SEQUENCE counter;
CREATE TABLE s (id int PRIMARY KEY, p int REFERENCES p, f boolean, n bigint, at timestamptz);
SELECT relmap.relationship('p', 's', 's', uselist => false, condition => 'f', on_replace => $$set f = false, n = nextval('counter'), at = 'now'$$);
INSERT INTO s VALUES (1, 1, true), (2, 2, true);
INSERT INTO s VALUES (3, 1, true), (4, 2, true), (5, 1, true);
UPDATE s SET f = (id = 1) WHERE p = 1;
UPDATE s SET f = true WHERE id = 2;
SELECT id, p, f, n, at < now() AS frozen FROM s ORDER BY id;
SELECT last_value FROM counter;
DROP TABLE s;

-- conditions over generated columns, in both kinds of triggers' order, and a base that a trigger sets
CREATE TABLE g (id int PRIMARY KEY, p int REFERENCES p, state text, live boolean GENERATED ALWAYS AS (state IS NOT NULL AND lower(state) = 'on') STORED,
                size int GENERATED ALWAYS AS (length(state) + 1) STORED);
SELECT relmap.relationship('p', 'g', 'g', uselist => false, condition => 'live AND size = 3', on_replace => 'set state = NULL');
CREATE FUNCTION upcase() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state = upper(NEW.state); RETURN NEW; END $$;
CREATE TRIGGER upcase BEFORE INSERT OR UPDATE ON g FOR EACH ROW EXECUTE FUNCTION upcase();
INSERT INTO g VALUES (1, 1, 'on'), (2, 1, 'off'), (3, 2, NULL);
INSERT INTO g VALUES (4, 1, 'On');
UPDATE g SET state = 'on' WHERE id = 2;
UPDATE g SET state = CASE WHEN state IS NULL THEN 'on' END WHERE p = 1 AND id > 1;
UPDATE g SET p = 1 WHERE id = 2;
TABLE g ORDER BY id;

-- NULL is false, in the condition before and after
CREATE TABLE n (id int PRIMARY KEY, p int REFERENCES p, f boolean, t text);
SELECT relmap.relationship('p', 'n', 'n', uselist => false, condition => $$f OR t = 'x'$$, on_replace => $$set f = NULL, t = NULL$$);
INSERT INTO n VALUES (1, 1, NULL, NULL), (2, 1, NULL, 'y'), (3, 1, false, NULL), (4, 1, NULL, 'x'), (5, 1, true, NULL);
TABLE n ORDER BY id;
UPDATE n SET f = NULL WHERE id = 5;
UPDATE n SET t = 'x' WHERE id IN (2, 3);
TABLE n ORDER BY id;

-- a row that leaves a slot by its list takes another, where it is a newcomer itself
CREATE TABLE l (id int PRIMARY KEY, p int REFERENCES p, f boolean, n int DEFAULT 0);
SELECT relmap.relationship('p', 'front', 'l', uselist => false, condition => 'f', on_replace => 'set f = false');
SELECT relmap.relationship('p', 'back', 'l', uselist => false, condition => 'NOT f', on_replace => 'set p = NULL, n = n + 1');
INSERT INTO l VALUES (1, 1, true);
INSERT INTO l VALUES (2, 1, true);
INSERT INTO l VALUES (3, 1, true);
INSERT INTO l VALUES (4, 1, true), (5, 1, true);
TABLE l ORDER BY id;
-- in a circle: refused, and nothing is changed
SELECT relmap.alter_relationship('p', 'back', enforce => false);
SELECT relmap.alter_relationship('p', 'front', on_replace => 'set f = NOT f');
SELECT relmap.alter_relationship('p', 'back', on_replace => 'set f = NOT f', enforce => true);
SELECT problem('INSERT INTO l VALUES (6, 1, true)');
SELECT problem('INSERT INTO l VALUES (6, 1, false)');
SELECT problem('UPDATE l SET p = 1 WHERE id = 1');
TABLE l ORDER BY id;
-- nor can two rows change places then
SELECT problem('UPDATE l SET f = NOT f WHERE p = 1');
INSERT INTO l VALUES (7, 2, true);
INSERT INTO l VALUES (8, 2, true);
SELECT problem('INSERT INTO l VALUES (9, 2, true)');
TABLE l ORDER BY id;

-- a row that loses several slots to one newcomer is changed by one UPDATE; where one deletes, it is deleted
CREATE TABLE m (id int PRIMARY KEY, p int REFERENCES p, f boolean, k int, n int DEFAULT 0);
CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '% % -> %', TG_OP, OLD, NEW; RETURN NULL; END $$;
CREATE TRIGGER loud AFTER UPDATE OR DELETE ON m FOR EACH ROW EXECUTE FUNCTION loud();
SELECT relmap.relationship('p', 'm', 'm', uselist => false, condition => 'f', on_replace => 'set f = false, n = n + 1');
SELECT relmap.relationship('p', 'ms', 'm', keyed_by => '{k}', on_replace => 'set k = NULL, n = n + 1');
INSERT INTO m VALUES (1, 1, true, 1), (2, 1, false, 2);
INSERT INTO m VALUES (3, 1, true, 1);
INSERT INTO m VALUES (4, 1, true, 2);
TABLE m ORDER BY id;
SELECT relmap.alter_relationship('p', 'ms', on_replace => 'delete');
INSERT INTO m VALUES (5, 1, true, 2);
TABLE m ORDER BY id;

-- a trigger on the row that is replaced writes another one for its key: refused, by the relationship's name
CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p, f boolean);
SELECT relmap.relationship('p', 't', 't', uselist => false, condition => 'f', on_replace => 'set f = false');
INSERT INTO t VALUES (1, 1, true);
CREATE FUNCTION another() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO slot_triggers.t VALUES (9, 1, true); RETURN NEW; END $$;
CREATE TRIGGER another BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION another();
SELECT problem('INSERT INTO t VALUES (2, 1, true)');
TABLE t ORDER BY id;
DROP SCHEMA slot_triggers CASCADE;
