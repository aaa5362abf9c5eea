-- a music shop: every foreign key read from both sides, and every accessor
-- compared with the join that it stands for, row by row
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
CREATE SCHEMA chinook;
SET search_path = chinook, public;
SET client_min_messages = warning;
\set script `sed '1,/^.c chinook/d' "$CHINOOK"`
:script
SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'chinook'::regnamespace;

SELECT relmap.relationship('album', 'artist', 'artist', backref => 'albums');
SELECT relmap.relationship('customer', 'support_rep', 'employee', backref => 'customers');
SELECT relmap.relationship('employee', 'manager', 'employee', remote_side => '{employee_id}', backref => 'subordinates');
SELECT relmap.relationship('invoice', 'customer', 'customer', backref => 'invoices');
SELECT relmap.relationship('invoice_line', 'invoice', 'invoice', backref => 'lines');
SELECT relmap.relationship('invoice_line', 'track', 'track', backref => 'invoice_lines');
SELECT relmap.relationship('playlist_track', 'playlist', 'playlist', backref => 'entries');
SELECT relmap.relationship('playlist_track', 'track', 'track', backref => 'playlist_entries');
SELECT relmap.relationship('track', 'album', 'album', backref => 'tracks');
SELECT relmap.relationship('track', 'genre', 'genre', backref => 'tracks');
SELECT relmap.relationship('track', 'media_type', 'media_type', backref => 'tracks');
SELECT * FROM relmap.check('chinook');

-- how many pairs of rows the accessor gives, how many of the join's are
-- missing among them, and how many are surplus
CREATE FUNCTION compare(side relmap.relationships, OUT pairs bigint, OUT missing bigint, OUT surplus bigint)
LANGUAGE plpgsql AS $$
DECLARE
    accessor text := CASE WHEN side.uselist
        THEN format('SELECT s, t FROM %s s, %I(s) t', side.source, side.name)
        ELSE format('SELECT s, s.%I AS t FROM %s s WHERE s.%1$I IS DISTINCT FROM NULL', side.name, side.source)
    END;
    joined text := (
        SELECT format('SELECT s, t FROM %s s JOIN %s t ON ', side.source, side.target)
               || string_agg(format('s.%I = t.%I', l, r), ' AND ')
        FROM unnest(side.local_columns, side.remote_columns) AS k (l, r));
BEGIN
    EXECUTE format('SELECT (SELECT count(*) FROM (%1$s) x),
                           (SELECT count(*) FROM (%2$s EXCEPT ALL %1$s) x),
                           (SELECT count(*) FROM (%1$s EXCEPT ALL %2$s) x)', accessor, joined)
    INTO pairs, missing, surplus;
END $$;

SELECT r.source, r.name, r.direction, c.*
FROM relmap.relationships r
JOIN pg_class t ON t.oid = r.source AND t.relnamespace = 'chinook'::regnamespace,
     compare(r) c
ORDER BY t.relname COLLATE "C", r.name;

-- from hand to hand
SELECT DISTINCT (((((l.invoice).customer).support_rep).manager).manager).last_name
FROM invoice_line l WHERE (((l.track).album).artist).name = 'AC/DC';
SELECT a.name, count(*)
FROM artist a, albums(a) b, tracks(b) t, invoice_lines(t) l
GROUP BY a.artist_id ORDER BY count(*) DESC, a.name LIMIT 3;
SELECT e.last_name, (e.manager).last_name AS manager, (SELECT count(*) FROM subordinates(e)) AS below,
       (SELECT sum(i.total) FROM customers(e) c, invoices(c) i) AS sold
FROM employee e ORDER BY e.employee_id;

DROP SCHEMA chinook CASCADE;
