-- a music shop, declared in one call: the names, the audit, and object graphs
-- that are compared with the queries one would write by hand
\set VERBOSITY terse
\getenv directory PG_ABS_SRCDIR
\setenv CHINOOK :directory/../shared/data/chinook/chinook.sql
\set there `test -r "$CHINOOK" && echo true || echo false`
\if :there
\else
\echo skipped: there is no ../shared/data/chinook/chinook.sql
\quit
\endif
CREATE SCHEMA chinook;
SET search_path = chinook, public;
\set script `sed '1,/^.c chinook/d' "$CHINOOK"`
:script
SET client_min_messages = warning;
SELECT source, name, target, kind FROM relmap.automap('chinook');
SELECT * FROM relmap.automap('chinook');
SELECT * FROM relmap.check('chinook');
SELECT count(*), bool_and(relmap.load(a, 'albums.tracks.genre') =
    to_jsonb(a) || jsonb_build_object('albums', (
        SELECT coalesce(jsonb_agg(to_jsonb(b) || jsonb_build_object('tracks', (
            SELECT coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object('genre', (
                SELECT to_jsonb(g) FROM genre g WHERE g.genre_id = t.genre_id)) ORDER BY t.track_id), '[]')
            FROM track t WHERE t.album_id = b.album_id)) ORDER BY b.album_id), '[]')
        FROM album b WHERE b.artist_id = a.artist_id)))
FROM artist a;
SELECT count(*), bool_and(relmap.load(e, 'reports_to_employee', 'employees_by_reports_to.customers') =
    to_jsonb(e) || jsonb_build_object('reports_to_employee', to_jsonb(e.reports_to_employee),
        'employees_by_reports_to', (SELECT coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object('customers', (
            SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.customer_id), '[]') FROM customers(s) c)) ORDER BY s.employee_id), '[]')
            FROM employees_by_reports_to(e) s)))
FROM employee e;
DROP SCHEMA chinook CASCADE;
