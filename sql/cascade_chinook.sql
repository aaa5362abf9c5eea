-- a music shop: playlists and tracks, many-to-many; what goes with an artist,
-- an employee, a playlist; assignment in a real schema
\set VERBOSITY terse
\getenv directory PG_ABS_SRCDIR
\setenv CHINOOK :directory/../shared/data/chinook/chinook.sql
\set there `test -r "$CHINOOK" && echo true || echo false`
\if :there
\else
\echo skipped: there is no ../shared/data/chinook/chinook.sql
\quit
\endif

-- the file goes on after it has made a data base and connected to it
CREATE SCHEMA shop;
SET search_path = shop, public;
SET client_min_messages = warning;
\set script `sed '1,/^.c chinook/d' "$CHINOOK"`
:script

SELECT relmap.relationship('playlist', 'tracks', 'track', secondary => 'playlist_track', order_by => 'milliseconds, track_id', cascade => 'all',
                           backref => relmap.backref('playlists', order_by => 'name, playlist_id', cascade => 'all'));
SELECT relmap.relationship('artist', 'albums', 'album', cascade => 'all', backref => 'artist');
SELECT relmap.relationship('album', 'tracks', 'track', cascade => 'all', backref => 'album');
SELECT relmap.relationship('track', 'invoice_lines', 'invoice_line', cascade => 'all', backref => 'track');
SELECT relmap.relationship('employee', 'subordinates', 'employee', cascade => 'all', backref => 'manager');
SELECT relmap.relationship('employee', 'customers', 'customer', cascade => 'all, delete-orphan', backref => 'support_rep');
SELECT relmap.relationship('customer', 'invoices', 'invoice', cascade => 'all', backref => 'customer');
SELECT relmap.relationship('invoice', 'lines', 'invoice_line', cascade => 'all, delete-orphan', backref => 'invoice');
SELECT * FROM relmap.check('shop') WHERE severity = 'error';
-- all indexes that are missing, by the statements that check() gives
SELECT statement FROM relmap.check('shop') WHERE problem LIKE '%no index' \gexec

CREATE VIEW shop AS
    SELECT (SELECT count(*) FROM artist) AS artists, (SELECT count(*) FROM album) AS albums,
           (SELECT count(*) FROM track) AS tracks, (SELECT count(*) FROM playlist_track) AS listed,
           (SELECT count(*) FROM employee) AS employees, (SELECT count(*) FROM customer) AS customers,
           (SELECT count(*) FROM invoice) AS invoices, (SELECT count(*) FROM invoice_line) AS lines;
TABLE shop;

-- both accessors are the join
SELECT count(*), count(DISTINCT (p.playlist_id, t.track_id)) FROM playlist p, tracks(p) t;
SELECT count(*) FROM (SELECT p.playlist_id, t.track_id FROM track t, playlists(t) p EXCEPT TABLE playlist_track) x;

-- a playlist, an artist
DELETE FROM playlist WHERE name = 'Grunge';
TABLE shop;
SELECT count(*) AS albums, (SELECT count(*) FROM track t WHERE ((t.album).artist).name = 'AC/DC') AS tracks
FROM album a WHERE (a.artist).name = 'AC/DC';
DELETE FROM artist WHERE name = 'AC/DC';
TABLE shop;
-- an employee with all below, their customers, what these bought
BEGIN;
DELETE FROM employee WHERE last_name = 'Edwards';
TABLE shop;
ROLLBACK;
BEGIN;
DELETE FROM employee WHERE (employee.manager).employee_id IS NULL;
TABLE shop;
ROLLBACK;
-- a representative hands over all customers, and loses one
BEGIN;
SELECT count(relmap.append(to_, 'customers', c))
FROM employee from_, employee to_, customers(from_) c
WHERE from_.last_name = 'Peacock' AND to_.last_name = 'Park';
SELECT relmap.assign(c, 'support_rep', NULL) FROM customer c WHERE c.customer_id = 1;
DELETE FROM employee WHERE last_name = 'Peacock';
COMMIT;
TABLE shop;
SELECT last_name, (SELECT count(*) FROM customers(e)) FROM employee e ORDER BY employee_id;
-- a new playlist
INSERT INTO playlist VALUES (100, 'Short');
SELECT count(relmap.append(p, 'tracks', t)) FROM playlist p, track t WHERE p.name = 'Short' AND t.milliseconds < 10000;
SELECT t.name, t.milliseconds, (SELECT string_agg(p.name, ', ') FROM playlists(t) p) FROM playlist p, tracks(p) t WHERE p.name = 'Short';
SELECT relmap.remove(p, 'tracks', t) FROM playlist p, tracks(p) t WHERE p.name = 'Short' AND t.name LIKE 'Now%';
SELECT count(*) FROM playlist p, tracks(p) WHERE p.name = 'Short';
DELETE FROM track;
TABLE shop;

DROP SCHEMA shop CASCADE;
DELETE FROM relmap_internal.relationship;
