-- What the tests of attacks share: mallory, who may do no more than work in a
-- schema of her own, m; victor, with tables in his, v; and forge(), which makes
-- a row of the declarations up.  Read with \i; attack_end.sql clears away.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset tuples_only on
\pset format unaligned
CREATE ROLE regress_relmap_mallory;
CREATE ROLE regress_relmap_victor;
CREATE SCHEMA m AUTHORIZATION regress_relmap_mallory;
CREATE SCHEMA v AUTHORIZATION regress_relmap_victor;
GRANT USAGE ON SCHEMA v TO regress_relmap_mallory;
GRANT USAGE ON SCHEMA m TO regress_relmap_victor;
SELECT c.oid::regclass AS declarations FROM pg_class c
WHERE c.relname = 'relationship' AND c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^relmap') \gset

-- A row as relationship() would write it, with what is given over it.  Says
-- what became of it.
CREATE SCHEMA attack;
GRANT USAGE ON SCHEMA attack TO PUBLIC;
CREATE TABLE attack.declaration (LIKE :declarations);
ALTER TABLE attack.declaration DROP COLUMN last_seen, DROP COLUMN watched;
SELECT format($f$
CREATE FUNCTION attack.forge(source regclass, name text, target regclass, key text, columns text[], more jsonb DEFAULT '{}')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    made int;
BEGIN
    INSERT INTO %1$s SELECT r.* FROM jsonb_populate_record(NULL::attack.declaration, jsonb_build_object(
        'source', source::oid::text, 'name', name, 'target', target::oid::text, 'direction', 'ONETOMANY', 'uselist', true,
        'foreign_key', key, 'foreign_columns', columns, 'cascade', 'save-update, merge', 'enforce', true,
        'accessor', false) || more) r;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN CASE made WHEN 0 THEN 'not accepted' ELSE 'accepted' END;
EXCEPTION WHEN OTHERS THEN
    RETURN 'not accepted';
END $$ $f$, :'declarations') \gexec

-- Whom did a function of mallory's run as?  Has a setting of it outlived it?
CREATE TABLE attack.ran (who name PRIMARY KEY);
GRANT SELECT, INSERT ON attack.ran TO PUBLIC;
\set settings_left 'SELECT who FROM current_setting($$attack.by$$, true) who WHERE who <> $$$$'
CREATE FUNCTION attack.run() RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO attack.ran VALUES (current_user) ON CONFLICT DO NOTHING;
    PERFORM set_config('attack.by', current_user, false);
    RETURN 1;
END $$;
-- a planner folds what is immutable
CREATE FUNCTION attack.evil(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN attack.run();
END $$;
