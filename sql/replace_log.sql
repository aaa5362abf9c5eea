-- relmap.log_replacement: a message for each row that is replaced
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE profile (id int PRIMARY KEY, user_id int REFERENCES users, team_id int REFERENCES users, secret text);
CREATE TABLE seat (user_id int NOT NULL REFERENCES users, id text, PRIMARY KEY (id)) PARTITION BY LIST (id);
\set VERBOSITY terse
SELECT relmap.relationship('users', 'profile', 'profile', uselist => false, foreign_keys => '{user_id}');
SELECT relmap.relationship('users', 'team', 'profile', uselist => false, foreign_keys => '{team_id}');
DROP TABLE seat;
CREATE TABLE seat (user_id int NOT NULL REFERENCES users, id int, PRIMARY KEY (user_id, id)) PARTITION BY LIST (user_id);
CREATE TABLE seat_1 PARTITION OF seat FOR VALUES IN (1);
SELECT relmap.relationship('users', 'seat', 'seat', uselist => false, cascade => 'all, delete-orphan');
\set VERBOSITY default
INSERT INTO users VALUES (1), (2), (3);

-- off, which is the default
INSERT INTO profile VALUES (1, 1, 2), (2, 1, 3);
SHOW relmap.log_replacement;
SET relmap.log_replacement = notice;
-- one relationship
INSERT INTO profile VALUES (3, 1);
-- a row that holds two slots
UPDATE profile SET user_id = 2 WHERE id = 1;
INSERT INTO profile VALUES (4, 2, 2);
-- a free parent, a refused row
INSERT INTO profile VALUES (5, 3);
INSERT INTO profile VALUES (6, 3) ON CONFLICT (user_id) DO NOTHING;
-- a row that is deleted, on a partition
INSERT INTO seat VALUES (1, 1);
INSERT INTO seat VALUES (1, 2);

-- slots with a condition, a key, a list: each by its own name, and what was done
CREATE TABLE address (id int PRIMARY KEY, user_id int REFERENCES users, "default" boolean, kind text, lives_with int REFERENCES users);
SET client_min_messages = warning;
SELECT relmap.relationship('users', 'default_address', 'address', foreign_keys => '{user_id}', uselist => false, condition => '"default"', on_replace => 'set "default" = false'),
       relmap.relationship('users', 'by_kind', 'address', foreign_keys => '{user_id}', keyed_by => '{kind}', on_replace => 'nullify'),
       relmap.relationship('users', 'lodger', 'address', foreign_keys => '{lives_with}', uselist => false);
RESET client_min_messages;
INSERT INTO address VALUES (1, 1, true, 'home', 1);
INSERT INTO address VALUES (2, 1, true, 'work');
INSERT INTO address VALUES (3, 1, false, 'home');
INSERT INTO address VALUES (4, 1, true, 'office', 1), (5, 1, true, 'hut', 1);
DROP TABLE address;
-- a row that is deleted at COMMIT, unless it has a parent again by then
\set VERBOSITY terse
CREATE TABLE badge (id int PRIMARY KEY, user_id int REFERENCES users);
SELECT relmap.relationship('users', 'badge', 'badge', uselist => false, on_replace => 'delete');
CREATE TABLE ticket (id int PRIMARY KEY, user_id int REFERENCES users);
SELECT relmap.relationship('users', 'ticket', 'ticket', uselist => false, cascade => 'all, delete-orphan');
\set VERBOSITY default
INSERT INTO badge VALUES (1, 1);
INSERT INTO badge VALUES (2, 1);
INSERT INTO ticket VALUES (1, 1);
INSERT INTO ticket VALUES (2, 1);
SELECT (SELECT count(*) FROM badge) AS badges, (SELECT count(*) FROM ticket) AS tickets;
-- a flag that a list takes, in one with that, and of an orphan that keeps its parent
\set VERBOSITY terse
ALTER TABLE badge ADD seat int REFERENCES users, ADD team int REFERENCES users, ADD first bool;
SELECT relmap.relationship('users', 'first_badge', 'badge', uselist => false, foreign_keys => '{seat}', condition => 'first', on_replace => 'set first = null');
SELECT relmap.relationship('users', 'team_badges', 'badge', foreign_keys => '{team}', cascade => 'all, delete-orphan');
SELECT relmap.relationship('users', 'team_badge', 'badge', uselist => false, foreign_keys => '{team}', condition => 'first', on_replace => 'set first = null');
\set VERBOSITY default
INSERT INTO badge VALUES (3, 3, 1, NULL, true);
INSERT INTO badge VALUES (4, 3, 1, NULL, true);
INSERT INTO badge VALUES (5, NULL, NULL, 1, true);
INSERT INTO badge VALUES (6, NULL, NULL, 1, true);
SELECT * FROM badge ORDER BY id;
DROP TABLE badge, ticket;

-- who may not see the keys gets none
CREATE ROLE regress_relmap_writer;
GRANT INSERT ON profile TO regress_relmap_writer;
SET ROLE regress_relmap_writer;
INSERT INTO profile VALUES (7, 3);
-- and may not choose
SET relmap.log_replacement = off;
RESET ROLE;
SET relmap.log_replacement = loud;
RESET relmap.log_replacement;

DROP TABLE seat, profile, users;
DROP ROLE regress_relmap_writer;
