-- cascade "delete" where tables refer to themselves or to each other.
\set VERBOSITY terse

CREATE SCHEMA cycles;
SET search_path = cycles;
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

-- a tree, a chain of many levels, a ring, a row that refers to itself
CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node ON DELETE RESTRICT);
CREATE INDEX ON node (up);
SELECT relmap.relationship('node', 'down', 'node', cascade => 'all, delete-orphan', backref => 'parent');
INSERT INTO node SELECT g, nullif(g / 2, 0) FROM generate_series(1, 1000) g;
DELETE FROM node WHERE id = 2;
SELECT count(*), min(id), max(id) FROM node WHERE id > 1;
DELETE FROM node WHERE id IN (3, 6, 7, 1);
TABLE node;
INSERT INTO node SELECT g, nullif(g - 1, 0) FROM generate_series(1, 5000) g;
DELETE FROM node WHERE id = 2500;
SELECT count(*), max(id) FROM node;
DELETE FROM node WHERE id = 1;
INSERT INTO node SELECT g, g % 10 + 1 FROM generate_series(1, 10) g;
DELETE FROM node WHERE id = 4;
TABLE node;
INSERT INTO node VALUES (1, 1), (2, 1), (3, NULL);
DELETE FROM node WHERE id = 1;
TABLE node;

-- two tables in a circle, one-to-one and collection
CREATE TABLE team (id int PRIMARY KEY);
CREATE TABLE player (id int PRIMARY KEY, team_id int NOT NULL REFERENCES team);
ALTER TABLE team ADD captain int REFERENCES player;
SELECT relmap.relationship('team', 'players', 'player', foreign_keys => '{team_id}', cascade => 'all');
SELECT relmap.relationship('player', 'captain_of', 'team', foreign_keys => '{captain}', uselist => false, cascade => 'all');
INSERT INTO team SELECT generate_series(1, 100);
INSERT INTO player SELECT g, 1 + g % 100 FROM generate_series(1, 1000) g;
-- each team's captain plays for the next one
UPDATE team SET captain = id WHERE id < 50;
SELECT id, (SELECT team_id FROM player p WHERE p.id = captain) FROM team WHERE id = 1;
DELETE FROM team WHERE id = 60;
SELECT count(*), (SELECT count(*) FROM player) FROM team;
DELETE FROM player WHERE id = 40;
SELECT count(*), (SELECT count(*) FROM player), min(id) FROM team;
DELETE FROM team WHERE id = 2;
SELECT count(*), (SELECT count(*) FROM player), min(id) FROM team;
UPDATE team SET captain = (SELECT min(p.id) FROM player p WHERE p.team_id = team.id);
DELETE FROM player WHERE id = (SELECT captain FROM team WHERE id = 70);
SELECT count(*), (SELECT count(*) FROM player) FROM team;
DELETE FROM team;
SELECT count(*) FROM player;

-- a diamond, and a way round: whoever comes first, each row goes once
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);
CREATE TABLE c (id int PRIMARY KEY, a_id int REFERENCES a);
CREATE TABLE d (id int PRIMARY KEY, b_id int REFERENCES b, c_id int REFERENCES c);
CREATE TABLE gone (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO gone VALUES (TG_TABLE_NAME || OLD.id); RETURN NULL; END $$;
CREATE TRIGGER note AFTER DELETE ON b FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER DELETE ON c FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER DELETE ON d FOR EACH ROW EXECUTE FUNCTION note();
SELECT relmap.relationship('a', 'bs', 'b', cascade => 'all'), relmap.relationship('a', 'cs', 'c', cascade => 'all'),
       relmap.relationship('b', 'ds', 'd', cascade => 'all'), relmap.relationship('c', 'ds', 'd', cascade => 'all');
INSERT INTO a VALUES (1), (2);
INSERT INTO b VALUES (1, 1), (2, 2);
INSERT INTO c VALUES (1, 1), (2, 2);
INSERT INTO d VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2);
DELETE FROM a WHERE id = 1;
TABLE d;
SELECT what, count(*) FROM gone GROUP BY what ORDER BY what;

-- a user's trigger that deletes in the middle of it, and one that deletes the parent
CREATE FUNCTION delete_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN DELETE FROM a WHERE id = OLD.a_id; RETURN OLD; END $$;
CREATE TRIGGER up BEFORE DELETE ON b FOR EACH ROW EXECUTE FUNCTION delete_parent();
DELETE FROM a;
SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM c), (SELECT count(*) FROM d);
DROP TRIGGER up ON b;
CREATE TRIGGER up AFTER DELETE ON b FOR EACH ROW EXECUTE FUNCTION delete_parent();
INSERT INTO a VALUES (1), (2);
INSERT INTO b VALUES (1, 1), (2, 1), (3, 1);
INSERT INTO c VALUES (1, 1);
DELETE FROM b WHERE id = 2;
TABLE a;
SELECT (SELECT count(*) FROM b), (SELECT count(*) FROM c);

RESET search_path;
DROP SCHEMA cycles CASCADE;
DELETE FROM relmap_internal.relationship;
