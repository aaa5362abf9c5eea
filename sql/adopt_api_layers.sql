-- what API layers find in the catalogs: a one-to-one, and no field twice
\set VERBOSITY terse
SET client_min_messages = warning;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/api_layers.sql'
\set ECHO none
\i :include
\set ECHO all
CREATE SCHEMA api;
SET search_path = api;

CREATE TABLE parent (id int PRIMARY KEY, name text);
-- both sides, named like the tables
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
DO $$ BEGIN PERFORM relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false)); END $$;
-- one side only; the primary key is the foreign key
CREATE TABLE biography (parent_id int PRIMARY KEY REFERENCES parent);
DO $$ BEGIN PERFORM relmap.relationship('parent', 'biography', 'biography', uselist => false, cascade => 'all, delete-orphan'); END $$;
-- a composite key, in another order than the constraint that is there
CREATE TABLE place (town int, number int, PRIMARY KEY (town, number));
CREATE TABLE sign (id int PRIMARY KEY, number int, town int, UNIQUE (number, town), FOREIGN KEY (town, number) REFERENCES place);
DO $$ BEGIN PERFORM relmap.relationship('place', 'sign', 'sign', uselist => false, backref => 'place'); END $$;
-- a table related to itself
CREATE TABLE step (id int PRIMARY KEY, next_id int REFERENCES step);
DO $$ BEGIN PERFORM relmap.relationship('step', 'next', 'step', remote_side => '{id}', backref => relmap.backref('previous', uselist => false)); END $$;
-- two keys to one table
CREATE TABLE letter (id int PRIMARY KEY, sender_id int REFERENCES parent, receiver_id int REFERENCES parent);
DO $$ BEGIN
    PERFORM relmap.relationship('letter', 'sender', 'parent', foreign_keys => '{sender_id}', backref => relmap.backref('sent', uselist => false));
    PERFORM relmap.relationship('letter', 'receiver', 'parent', foreign_keys => '{receiver_id}', backref => 'received');
END $$;
-- many-to-many, and one with a single row on one side
CREATE TABLE tag (id int PRIMARY KEY);
CREATE TABLE parent_tag (parent_id int REFERENCES parent, tag_id int REFERENCES tag, PRIMARY KEY (parent_id, tag_id));
DO $$ BEGIN PERFORM relmap.relationship('parent', 'tags', 'tag', secondary => 'parent_tag', backref => 'parents'); END $$;
CREATE TABLE locker (id int PRIMARY KEY);
CREATE TABLE uses (parent_id int REFERENCES parent, locker_id int REFERENCES locker, PRIMARY KEY (parent_id, locker_id));
DO $$ BEGIN PERFORM relmap.relationship('parent', 'locker', 'locker', secondary => 'uses', uselist => false); END $$;
-- a partitioned table
CREATE TABLE seat (parent_id int REFERENCES parent) PARTITION BY LIST (parent_id);
CREATE TABLE seat_1 PARTITION OF seat FOR VALUES IN (1);
DO $$ BEGIN PERFORM relmap.relationship('parent', 'seat', 'seat', uselist => false, on_replace => 'restrict'); END $$;
-- a bare unique index; a deferrable constraint; none at all; without accessor
CREATE TABLE badge (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE UNIQUE INDEX badge_parent_id ON badge (parent_id);
CREATE TABLE medal (id int PRIMARY KEY, parent_id int UNIQUE DEFERRABLE REFERENCES parent);
CREATE TABLE crown (id int PRIMARY KEY, parent_id int REFERENCES parent);
CREATE TABLE plain (id int PRIMARY KEY, parent_id int REFERENCES parent);
DO $$ BEGIN
    PERFORM relmap.relationship('parent', 'badge', 'badge', uselist => false);
    PERFORM relmap.relationship('parent', 'medal', 'medal', uselist => false);
    PERFORM relmap.relationship('parent', 'crown', 'crown', uselist => false, enforce => false);
    PERFORM relmap.relationship('parent', 'plain', 'plain', uselist => false, accessor => false);
END $$;
-- an attribute named like another table that is related too
CREATE TABLE ring (id int PRIMARY KEY, parent_id int REFERENCES parent);
DO $$ BEGIN PERFORM relmap.relationship('parent', 'place', 'ring', uselist => false); END $$;
CREATE TABLE visit (parent_id int REFERENCES parent, town int, number int, PRIMARY KEY (parent_id, town, number),
    FOREIGN KEY (town, number) REFERENCES place);

-- a one-to-one that is enforced has the constraint that PostgREST asks for, but
-- for the bare index
SELECT r.source, r.name, r.enforced, k.one AS detected
FROM relmap.relationships r
JOIN layers.postgrest_keys k ON k.conname = r.foreign_key AND k.child = coalesce(r.secondary, r.target)
WHERE r.direction <> 'MANYTOONE' AND NOT r.uselist
ORDER BY r.source::text, r.name;
-- check() has the statement that makes it a constraint
SELECT statement FROM relmap.check('api') WHERE problem ~ 'not a constraint' \gset
:statement
SELECT one FROM layers.postgrest_keys WHERE child = 'badge'::regclass;

-- an accessor is one object or several as its attribute is, to PostgREST and
-- pg_graphql, and reads only; none is taken for something else
SELECT r.source, r.name FROM relmap.relationships r
WHERE r.accessor IS NOT NULL AND NOT EXISTS (
    SELECT FROM layers.functions f
    WHERE f.source = r.source AND f.name = r.name AND f.target = r.target AND f.many = r.uselist AND f.reads AND NOT f.scalar);
SELECT f.source, f.name FROM layers.functions f
WHERE NOT EXISTS (SELECT FROM relmap.relationships r WHERE r.source = f.source AND r.name = f.name);
-- no function of relmap's own is a field of a table
SET search_path = relmap, layers;
SELECT source, name FROM functions;
SET search_path = api;

-- PostgREST: where each name leads, and that it leads to one place.  "place"
-- is the attribute, and hides the many-to-many to table "place" by "visit".
SELECT * FROM layers.postgrest ORDER BY source::text, name, by;
SELECT source, name, count(*) FROM layers.postgrest GROUP BY source, name HAVING count(*) > 1 ORDER BY source::text, name;
-- each attribute leads where it says
SELECT r.source, r.name, p.target, p.one FROM relmap.relationships r
LEFT JOIN layers.postgrest p ON p.source = r.source AND p.name = r.name
WHERE p.target IS DISTINCT FROM r.target OR p.one = r.uselist;

-- pg_graphql: one-to-ones are objects
SELECT source, field, target, one FROM layers.pg_graphql() WHERE by <> 'function' ORDER BY source::text, field, target::text;
-- but an accessor that has the name of a key's field defines it twice
SELECT source, field, count(*) FROM layers.pg_graphql() GROUP BY source, field HAVING count(*) > 1 ORDER BY source::text, field;
SELECT source, field, count(*) FROM layers.pg_graphql(true) GROUP BY source, field HAVING count(*) > 1 ORDER BY source::text, field;

-- Hasura: collections can be computed fields; to-one is found by the key
SELECT * FROM layers.hasura ORDER BY source::text, name;

-- a keyed collection has an accessor with a key, by a name of its own: a field with an
-- argument to PostGraphile, none to the others
CREATE TABLE label (id int PRIMARY KEY, parent_id int REFERENCES parent, lang text);
DO $$ BEGIN PERFORM relmap.relationship('parent', 'labels', 'label', keyed_by => '{lang}', on_replace => 'set lang = NULL'); END $$;
SELECT proname, count(*) FROM pg_proc WHERE pronamespace = 'api'::regnamespace AND proargtypes[0] = 'parent'::regtype GROUP BY 1 HAVING count(*) > 1;
SELECT name, target FROM layers.functions WHERE target = 'label'::regclass;
DO $$ BEGIN PERFORM relmap.drop_relationship('parent', 'labels'); END $$;
DROP TABLE label;

-- what doc/api-layers.md says to do: accessors for the many-to-many only, and the
-- attributes' names for the keys
DO $$ BEGIN
    PERFORM relmap.alter_relationship(source, name, accessor => false)
    FROM relmap.relationships WHERE accessor IS NOT NULL AND direction <> 'MANYTOMANY';
END $$;
SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L', foreign_key, child, '@graphql(' || json_object_agg(side, name ORDER BY side) || ')')
FROM relmap.relationships,
     LATERAL (SELECT CASE direction WHEN 'MANYTOONE' THEN source ELSE target END AS child,
                     CASE direction WHEN 'MANYTOONE' THEN 'foreign_name' ELSE 'local_name' END AS side) AS c
WHERE direction <> 'MANYTOMANY'
GROUP BY child, foreign_key ORDER BY child::text, foreign_key \gexec
SELECT f.* FROM layers.pg_graphql() f JOIN relmap.relationships r ON r.source = f.source AND r.name = f.field ORDER BY f.source::text, f.field;
SELECT source, field, count(*) FROM layers.pg_graphql() GROUP BY source, field HAVING count(*) > 1 ORDER BY source::text, field;
SELECT source, field, count(*) FROM layers.pg_graphql(true) GROUP BY source, field HAVING count(*) > 1 ORDER BY source::text, field;

-- without accessors PostgREST wants a hint where several keys lead to a table,
-- and has no way from a row to itself
SELECT source, name, count(*) FROM layers.postgrest GROUP BY source, name HAVING count(*) > 1 ORDER BY source::text, name;
SELECT * FROM layers.postgrest WHERE source = 'step'::regclass;
DROP SCHEMA api, layers CASCADE;
