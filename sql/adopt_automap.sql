-- a schema that was there before: names, both sides, what is left out
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE SCHEMA mapped;
SET search_path = mapped, public;

CREATE TABLE users (id int PRIMARY KEY, name text, invited_by int REFERENCES users);
CREATE TABLE profile (user_id int PRIMARY KEY REFERENCES users ON DELETE CASCADE, bio text);
CREATE TABLE badge (id int PRIMARY KEY, "userId" int REFERENCES users);
CREATE UNIQUE INDEX badge_user ON badge ("userId");
CREATE TABLE message (id int PRIMARY KEY, sender_id int NOT NULL REFERENCES users, recipient_id int NOT NULL REFERENCES users);
CREATE TABLE category (id int PRIMARY KEY, parent_id int REFERENCES category);
CREATE TABLE country (code text PRIMARY KEY);
CREATE TABLE city (id int PRIMARY KEY, country_code text REFERENCES country, twin int REFERENCES city, country int);
CREATE TABLE person (id int PRIMARY KEY, country text REFERENCES country, city int REFERENCES city, best_city_id int REFERENCES city);
CREATE TABLE follow (follower_id int REFERENCES users, followee_id int REFERENCES users, PRIMARY KEY (follower_id, followee_id));
CREATE TABLE tag (id int PRIMARY KEY);
CREATE TABLE message_tag (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message_id int REFERENCES message, tag_id int REFERENCES tag);
CREATE TABLE rated_tag (message_id int REFERENCES message, tag_id int REFERENCES tag, stars int);
CREATE TABLE tenant (id int PRIMARY KEY);
CREATE TABLE customer (tenant_id int REFERENCES tenant, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE address (tenant_id int REFERENCES tenant, customer_id int, FOREIGN KEY (tenant_id, customer_id) REFERENCES customer);
CREATE TABLE event (id int, tenant_id int REFERENCES tenant, PRIMARY KEY (id, tenant_id)) PARTITION BY LIST (tenant_id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (1);
CREATE TABLE alone (id int PRIMARY KEY);
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE far_away (id int) SERVER nowhere;
CREATE VIEW looked_at AS SELECT * FROM users;

SELECT * FROM relmap.automap('mapped', dry_run => true);
SELECT count(*) FROM relmap_internal.relationship;

-- what a dry run prints declares what automap() does
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE TABLE public.automap_result AS
    SELECT source, name, target, kind FROM relmap.automap('mapped', true) WHERE kind <> 'skipped';
CREATE TABLE public.automap_declared AS TABLE relmap_internal.relationship WITH NO DATA;
DO $$
DECLARE statement text;
BEGIN
    FOR statement IN SELECT a.statement FROM relmap.automap('mapped', true) a WHERE kind <> 'skipped' ORDER BY a.statement DESC LOOP
        EXECUTE statement;
    END LOOP;
    INSERT INTO public.automap_declared TABLE relmap_internal.relationship;
    PERFORM relmap.drop_relationship(source, name) FROM relmap_internal.relationship;
END $$;
SELECT source, name, kind FROM relmap.automap('mapped') WHERE kind <> 'skipped'
EXCEPT SELECT source, name, kind FROM public.automap_result;
SELECT count(*) FROM (
    (TABLE relmap_internal.relationship EXCEPT TABLE public.automap_declared)
    UNION ALL (TABLE public.automap_declared EXCEPT TABLE relmap_internal.relationship)) d;
ROLLBACK;

-- no constraint, no trigger: accessors, and what to do next
CREATE FUNCTION made(OUT constraints bigint, OUT triggers bigint, OUT indexes bigint) LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM pg_constraint WHERE connamespace = 'mapped'::regnamespace),
           (SELECT count(*) FROM pg_trigger t, pg_class c WHERE c.oid = tgrelid AND relnamespace = 'mapped'::regnamespace),
           (SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'mapped'::regnamespace);
$$;
SELECT * FROM made() \gset before_
SELECT * FROM relmap.automap('mapped');
SELECT constraints = :before_constraints AS constraints, triggers = :before_triggers AS triggers,
       indexes = :before_indexes AS indexes FROM made();
SELECT source, name, uselist, back_populates, on_replace, enforced, accessor IS NOT NULL AS accessor
FROM relmap.relationships ORDER BY source::text COLLATE "C", name COLLATE "C";
INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO profile VALUES (1, 'first');
INSERT INTO follow VALUES (2, 1);
SELECT u.name, (u.profile).bio, (SELECT string_agg(f.name, ', ') FROM followers(u) f) AS followers FROM users u ORDER BY id;
INSERT INTO badge VALUES (1, 1);
INSERT INTO badge VALUES (2, 1);
SELECT statement FROM relmap.automap('mapped') WHERE name = 'badge';
SELECT relmap.alter_relationship('users', 'badge', enforce => true);
INSERT INTO badge VALUES (2, 1);
SELECT * FROM badge ORDER BY id;

-- again: what is declared stays as it is; what is new, or was dropped, is added
SELECT * FROM relmap.automap('mapped');
CREATE TABLE badge_note (badge_id int REFERENCES badge, note text);
SELECT relmap.drop_relationship('message', 'sender');
SELECT relmap.alter_relationship('users', 'messages_by_sender', new_name => 'sent');
SELECT * FROM relmap.automap('mapped') WHERE kind <> 'skipped';
SELECT name, back_populates FROM relmap.relationships WHERE source = 'message'::regclass ORDER BY name;

-- a name that the other side asks for is taken
SELECT relmap.drop_relationship('tag', 'messages');
SELECT relmap.drop_relationship('message', 'tags');
SELECT relmap.relationship('message', 'tags', 'tag', secondary => 'message_tag', back_populates => 'texts');
SELECT * FROM relmap.automap('mapped') WHERE kind <> 'skipped';

-- names that are taken: by columns, functions of the user and of the system, attributes
CREATE SCHEMA full_names;
SET search_path = full_names, public;
CREATE TABLE parent (id int PRIMARY KEY, things int, count text);
CREATE TABLE thing (id int PRIMARY KEY, parent_id int REFERENCES parent, parent int, parent_row int);
CREATE TABLE count (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
CREATE TABLE boxes (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE FUNCTION boxes(parent) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE row_to_json (id int PRIMARY KEY REFERENCES parent);
CREATE TABLE ctid (id int PRIMARY KEY REFERENCES parent);
CREATE TABLE twice (a int, b int, parent_id int REFERENCES parent, FOREIGN KEY (parent_id) REFERENCES parent);
SELECT source, name, target, kind FROM relmap.automap('full_names');
SELECT count(*) FROM relmap.automap('full_names');

-- two schemas: each table's attributes come with its own schema
CREATE SCHEMA other;
CREATE TABLE other.thing (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT source, name, target, kind FROM relmap.automap('other');
SELECT source, name, target, kind FROM relmap.automap('full_names');
SELECT name, back_populates FROM relmap.relationships WHERE source = 'other.thing'::regclass OR target = 'other.thing'::regclass;

-- privileges: what is another's is told, and left
CREATE ROLE regress_relmap_mapper;
CREATE SCHEMA mixed AUTHORIZATION regress_relmap_mapper;
CREATE TABLE mixed.theirs (id int PRIMARY KEY);
GRANT REFERENCES ON mixed.theirs TO regress_relmap_mapper;
SET ROLE regress_relmap_mapper;
CREATE TABLE mixed.mine (id int PRIMARY KEY, theirs_id int UNIQUE REFERENCES mixed.theirs);
SELECT * FROM relmap.automap('mixed');
RESET ROLE;
REVOKE CREATE ON SCHEMA mixed FROM regress_relmap_mapper;
ALTER SCHEMA mixed OWNER TO CURRENT_USER;
SET ROLE regress_relmap_mapper;
SELECT * FROM relmap.automap('mixed');
RESET ROLE;
SELECT source, name, kind, statement FROM relmap.automap('mixed');

-- without accessors
CREATE SCHEMA bare;
CREATE TABLE bare.parent (id int PRIMARY KEY);
CREATE TABLE bare.child (id int PRIMARY KEY, parent_id int NOT NULL UNIQUE REFERENCES bare.parent);
SELECT statement FROM relmap.automap('bare', dry_run => true, accessor => false);
SELECT statement FROM relmap.automap('bare', accessor => false) WHERE statement IS NOT NULL \gset
\echo :statement
:statement
SELECT name, on_replace, enforced, accessor FROM relmap.relationships WHERE source::text ~ '^bare' ORDER BY name;
SELECT count(*) FROM pg_proc WHERE pronamespace = 'bare'::regnamespace;
DROP SCHEMA bare CASCADE;

-- misuse
SELECT * FROM relmap.automap('no such schema');
SELECT * FROM relmap.automap('pg_catalog');
SELECT count(*) FROM relmap.automap('mapped', NULL) WHERE kind <> 'skipped';

-- hostile names, of 63 bytes, and cut where they are too long
CREATE FUNCTION pg_temp.hostile(what text) RETURNS text LANGUAGE sql AS $$
    SELECT what || E'''"%s%n\n\\; DROP TABLE t; --$1{},[]#&<>';
$$;
SELECT quote_ident(pg_temp.hostile('s')) AS s, quote_ident(pg_temp.hostile('p')) AS p, quote_ident(pg_temp.hostile('c')) AS c,
       quote_ident(pg_temp.hostile('fk')) AS fk, quote_ident(pg_temp.hostile('id')) AS id,
       quote_ident(repeat('ä', 30) || '_id') AS long, quote_ident('größe') AS umlaut \gset
CREATE SCHEMA :s;
SET search_path = :s;
CREATE TABLE :p (:id int PRIMARY KEY);
CREATE TABLE :c (:id int PRIMARY KEY, :fk int REFERENCES :p, :long int UNIQUE REFERENCES :p, "select" int REFERENCES :p);
CREATE TABLE :umlaut (:id int PRIMARY KEY, "order" int REFERENCES :c);
CREATE TABLE "select" (:fk int REFERENCES :p, "order" int REFERENCES :c, PRIMARY KEY (:fk, "order"));
SET client_min_messages = warning;
SELECT source, name, octet_length(name::text), kind FROM relmap.automap(pg_temp.hostile('s'), true);
DO $$
DECLARE statement text;
BEGIN
    FOR statement IN SELECT a.statement FROM relmap.automap(pg_temp.hostile('s'), true) a LOOP
        EXECUTE statement;
    END LOOP;
END $$;
SELECT count(*) FROM relmap.automap(pg_temp.hostile('s'));
SELECT problem FROM relmap.check(pg_temp.hostile('s'));

-- many tables: seconds, and a word now and then
CREATE SCHEMA wide;
SET search_path = wide;
SET client_min_messages = warning;
DO $$
BEGIN
    CREATE TABLE t0 (id int PRIMARY KEY);
    FOR i IN 1..100 LOOP
        EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, up_id int REFERENCES t%s)', i, i / 2);
    END LOOP;
END $$;
RESET client_min_messages;
SELECT count(*) FROM relmap.automap('wide');

SET client_min_messages = warning;
DROP SCHEMA mapped, full_names, other, mixed, :s, wide CASCADE;
DROP ROLE regress_relmap_mapper;
DROP FOREIGN DATA WRAPPER nowhere CASCADE;
