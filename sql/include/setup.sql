-- What the tests of the enforcement share: a schema of their own, parent and
-- child, fresh(), state() and one_to_one().  Read with \i, also after \c.
--
-- A test asks  SELECT state() AS "1:- 2:1";  the heading is what
-- doc/internals.md promises, the value below it is what came out: child 1 has no parent, child
-- 2 has parent 1.  A child that does not exist is not listed.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS t CASCADE;
CREATE SCHEMA t;
SET search_path = t;

-- The only place that knows how a one-to-one is declared; by_hand makes the
-- triggers alone, which no event trigger follows.
CREATE FUNCTION one_to_one(child regclass, fk text DEFAULT 'parent_id',
                           policy text DEFAULT 'nullify',
                           by_hand boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
    key     record;
    columns text[] := string_to_array(fk, ',');
    args    text;
    own     text;
BEGIN
    SELECT c.conname, c.confrelid::regclass AS parent INTO STRICT key
    FROM pg_constraint c
    WHERE c.conrelid = child AND c.contype = 'f' AND c.conparentid = 0 AND
          (SELECT array_agg(a.attname::text ORDER BY a.attname)
           FROM pg_attribute a
           WHERE a.attrelid = child AND a.attnum = ANY (c.conkey)) =
          (SELECT array_agg(u ORDER BY u) FROM unnest(columns) u);
    IF NOT by_hand AND EXISTS (SELECT FROM pg_event_trigger WHERE evtname LIKE 'relmap%') THEN
        own := replace(child::text, '.', '_');
        EXECUTE 'SELECT relmap.relationship($1, $2, $3, foreign_keys => $4,
                     accessor => false, backref => relmap.backref($5,
                         uselist => false, cascade => $6, accessor => false))'
        USING child, own || '_parent', key.parent, columns, own,
              CASE policy WHEN 'nullify' THEN 'save-update, merge'
                          ELSE 'all, delete-orphan' END;
        RETURN;
    END IF;
    SELECT string_agg(quote_literal(u), ', ') INTO args FROM unnest(columns) u;
    EXECUTE format('CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %s
                        FOR EACH ROW EXECUTE FUNCTION relmap_internal.%I(%s)',
                   '~relmap_replace_' || key.conname, child,
                   'replace_' || policy, args);
    IF policy = 'delete' THEN
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER UPDATE ON %s
                            DEFERRABLE INITIALLY DEFERRED
                            FOR EACH ROW EXECUTE FUNCTION relmap_internal.delete_orphan(%s)',
                       '~relmap_orphan_' || key.conname, child, args);
    END IF;
END $$;

CREATE TABLE parent (id int PRIMARY KEY, name text);
INSERT INTO parent SELECT n, 'p' || n FROM generate_series(1, 9) n;

CREATE TABLE child (
    id        int PRIMARY KEY,
    parent_id int UNIQUE REFERENCES parent,
    code      text UNIQUE,
    v         int NOT NULL DEFAULT 0
);

-- children 1 to 4; parents 1, 2 and 3 are held
CREATE FUNCTION fresh() RETURNS void LANGUAGE sql AS $$
    TRUNCATE t.child;
    INSERT INTO t.child
    VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (4, NULL, 'd');
$$;

CREATE FUNCTION state() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT string_agg(id || ':' || coalesce(parent_id::text, '-'), ' ' ORDER BY id)
    FROM t.child;
$$;

CREATE FUNCTION state_v() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT string_agg(id || ':' || coalesce(parent_id::text, '-') ||
                      CASE v WHEN 0 THEN '' ELSE ' v' || v END, ' ' ORDER BY id)
    FROM t.child;
$$;
RESET client_min_messages;
\set ECHO all
