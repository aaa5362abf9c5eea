\echo '\n-- Two tables, as in any schema.\n'
CREATE EXTENSION relmap;
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child  (id int PRIMARY KEY, name text, parent_id int REFERENCES parent);
INSERT INTO parent VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO child  VALUES (1, 'first', 1), (2, 'second', 2);

\echo '\n-- One to one, both sides declared in one call.\n'
SELECT relmap.relationship('child', 'parent', 'parent',
                           backref => relmap.backref('child', uselist => false));

\echo '\n-- A new child for Ann. The one that she had lets go.\n'
INSERT INTO child VALUES (3, 'third', 1);
TABLE child ORDER BY id;

\echo '-- A swap, in one statement.\n'
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (2, 3);
TABLE child ORDER BY id;

\echo '-- Attributes lead from row to row, both ways.\n'
SELECT p.name, (p.child).name AS child FROM parent p ORDER BY p.id;
SELECT c.name, (c.parent).name AS parent FROM child c ORDER BY c.id;

\echo '-- What is declared, and what it stands on.\n'
SELECT source, name, target, direction, uselist, back_populates, on_replace
FROM relmap.relationships ORDER BY source::text;
\d child

\echo '\n-- A schema that was there before relmap: a music shop.\n'
CREATE SCHEMA shop;
SET search_path = shop;
CREATE TABLE artist (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE biography (artist_id int PRIMARY KEY REFERENCES artist, text text);
CREATE TABLE album (id int PRIMARY KEY, title text, artist_id int NOT NULL REFERENCES artist);
CREATE TABLE genre (id int PRIMARY KEY, name text);
CREATE TABLE track (id int PRIMARY KEY, title text, album_id int REFERENCES album, genre_id int REFERENCES genre);
CREATE TABLE playlist (id int PRIMARY KEY, name text);
CREATE TABLE playlist_track (playlist_id int REFERENCES playlist, track_id int REFERENCES track, PRIMARY KEY (playlist_id, track_id));
INSERT INTO artist VALUES (1, 'Can'), (2, 'Nina Simone');
INSERT INTO album VALUES (1, 'Tago Mago', 1), (2, 'Pastel Blues', 2);
INSERT INTO genre VALUES (1, 'Krautrock'), (2, 'Jazz');
INSERT INTO track VALUES (1, 'Halleluhwah', 1, 1), (2, 'Sinnerman', 2, 2), (3, 'Strange Fruit', 2, NULL);
INSERT INTO playlist VALUES (1, 'Long ones');
INSERT INTO playlist_track VALUES (1, 1), (1, 2);

\echo '-- All of it declared in one call; statement is how one would go on.\n'
SELECT * FROM relmap.automap('shop');

\echo '-- What an audit finds, with the statement that mends it.\n'
SELECT source, name, severity, statement FROM relmap.check('shop');

\echo '-- An object graph in one call.\n'
SELECT jsonb_pretty(relmap.load(a, 'biography', 'albums.tracks.genre')) AS graph FROM artist a WHERE id = 2;

\echo '-- A picture.\n'
SELECT relmap.diagram('mermaid', 'shop');
