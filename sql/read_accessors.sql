-- the functions that lead from row to row
SET client_min_messages = warning;
CREATE SCHEMA accessors;
SET search_path = accessors, public;

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, name text);
INSERT INTO parent VALUES (1, 'ann'), (2, 'ben'), (3, 'cleo');
INSERT INTO child VALUES (11, 1, 'dora'), (12, 2, 'emil'), (14, NULL, 'gus');

SELECT relmap.relationship('parent', 'children', 'child', back_populates => 'parent');
SELECT relmap.relationship('child', 'parent', 'parent', back_populates => 'children');
\df accessors.*
SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'accessors'::regnamespace ORDER BY proname;

-- to-many is a set; a row without children is left out, or kept by LEFT JOIN
SELECT p.name, c.name FROM parent p, children(p) c ORDER BY p.id;
SELECT p.name, c.name FROM parent p LEFT JOIN children(p) c ON true ORDER BY p.id;

-- to-one is the row or NULL
SELECT c.name, c.parent, (c.parent).name FROM child c ORDER BY c.id;

-- converted to one-to-one, and renamed: children goes, child comes
SELECT relmap.alter_relationship('parent', 'children', new_name => 'child', uselist => false);
SELECT p.name, p.child, (p.child).name FROM parent p ORDER BY p.id;
SELECT p.name, (((p.child).parent).child).name FROM parent p ORDER BY p.id;
SELECT count(*) FROM parent p WHERE p.child IS NULL;
\set VERBOSITY terse
SELECT p.* FROM parent p, children(p) c;
\set VERBOSITY default
\df accessors.*

-- the child is read anew in each statement
UPDATE child SET parent_id = 3 WHERE id = 12;
SELECT p.name, (p.child).name FROM parent p ORDER BY p.id;
DELETE FROM child WHERE id = 11;
SELECT p.name, (p.child).name FROM parent p ORDER BY p.id;

-- the tables change
ALTER TABLE parent ADD COLUMN born int DEFAULT 1970;
ALTER TABLE child ADD COLUMN age int NOT NULL DEFAULT 7, DROP COLUMN name;
ALTER TABLE child ADD COLUMN nick text DEFAULT 'x';
SELECT p.id, p.child, c.parent FROM parent p LEFT JOIN child c ON c.parent_id = p.id ORDER BY p.id;
ALTER TABLE child ALTER COLUMN parent_id TYPE bigint;
SELECT p.id, p.child FROM parent p ORDER BY p.id;
SELECT relmap.relationship('parent', 'others', 'child');
SELECT p.id, o FROM parent p, others(p) o ORDER BY p.id;
ALTER TABLE child DROP COLUMN age;
ALTER TABLE child ADD COLUMN size numeric DEFAULT 1.5;
SELECT p.id, o, p.child FROM parent p, others(p) o ORDER BY p.id;

-- owned by the table's owner, no member of the extension, commented
SELECT p.oid::regprocedure, obj_description(p.oid), p.proowner = c.relowner AS owned, p.provolatile, p.proparallel,
       (SELECT string_agg(d.deptype::text || ' ' || pg_describe_object(refclassid, refobjid, refobjsubid), ', '
                          ORDER BY d.deptype, pg_describe_object(refclassid, refobjid, refobjsubid))
        FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid) AS depends
FROM pg_proc p, pg_class c
WHERE p.pronamespace = 'accessors'::regnamespace AND c.reltype = p.proargtypes[0]
ORDER BY p.proname;
SELECT relmap.alter_relationship('parent', 'others', doc => 'children, one way or the other');
SELECT obj_description('others(parent)'::regprocedure);
COMMENT ON FUNCTION child(parent) IS 'my own words';
SELECT relmap.alter_relationship('parent', 'child');
SELECT obj_description('child(parent)'::regprocedure);

-- order_by
INSERT INTO child VALUES (21, NULL, 'b', 3), (22, NULL, 'a', 1);
CREATE TABLE toy (id int PRIMARY KEY, child_id int NOT NULL REFERENCES child, "Size" int, rank int);
INSERT INTO toy VALUES (1, 21, 5, 2), (2, 21, 7, 1), (3, 21, NULL, 3), (4, 22, 1, 1);
SELECT relmap.relationship('child', 'toys', 'toy', order_by => '"Size" DESC NULLS LAST, id');
SELECT prosrc FROM pg_proc WHERE oid = 'toys(child)'::regprocedure;
SELECT t.* FROM child c, LATERAL toys(c) WITH ORDINALITY t WHERE c.id = 21;

-- many rows away and back
CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node, label text);
INSERT INTO node VALUES (1, NULL, 'root'), (2, 1, 'left'), (3, 1, 'right'), (4, 2, 'leaf');
SELECT relmap.relationship('node', 'parent', 'node', remote_side => '{id}',
                           backref => relmap.backref('children', order_by => 'label DESC'));
SELECT n.label, (n.parent).label, ((n.parent).parent).label,
       ARRAY(SELECT c.label FROM children(n) c) FROM node n ORDER BY n.id;

-- through an association table
CREATE TABLE tag (id int PRIMARY KEY, label text);
CREATE TABLE node_tag (id int, tag_id int REFERENCES tag, node_id int REFERENCES node, PRIMARY KEY (node_id, tag_id));
INSERT INTO tag VALUES (1, 'red'), (2, 'green'), (3, 'blue');
INSERT INTO node_tag VALUES (7, 1, 1), (8, 2, 1), (9, 2, 4);
SELECT relmap.relationship('node', 'tags', 'tag', secondary => 'node_tag',
                           backref => relmap.backref('nodes', order_by => 'id DESC'));
SELECT prosrc FROM pg_proc WHERE oid IN ('tags(node)'::regprocedure, 'nodes(tag)'::regprocedure) ORDER BY 1;
SELECT n.label, t FROM node n, tags(n) t ORDER BY n.id, t.id;
SELECT t.label, ARRAY(SELECT n.id FROM nodes(t) n) FROM tag t ORDER BY t.id;
SELECT obj_description('tags(node)'::regprocedure);

-- no accessor, and an accessor after all
CREATE TABLE pet (id int PRIMARY KEY, owner_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'pets', 'pet', accessor => false);
SELECT p.pets FROM parent p;
SELECT relmap_internal.related(p, 'pets', NULL::pet) FROM parent p;
SELECT relmap.alter_relationship('parent', 'pets', accessor => true);
SELECT count(*) FROM parent p, pets(p);
SELECT relmap.drop_relationship('parent', 'pets');
\set VERBOSITY terse
SELECT count(*) FROM parent p, pets(p);
\set VERBOSITY default

-- a function that is not relmap's stays as it is
CREATE FUNCTION pets(parent) RETURNS int LANGUAGE sql AS 'SELECT 42';
DO $$ BEGIN
    PERFORM relmap.relationship('parent', 'pets', 'pet');
EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM;
END $$;
SELECT relmap.relationship('parent', 'pets', 'pet');
SELECT relmap.relationship('parent', 'pets', 'pet', accessor => false);
SELECT relmap.drop_relationship('parent', 'pets');
SELECT pets(p) FROM parent p WHERE id = 1;
-- of another argument, or in another schema: no conflict
CREATE FUNCTION animals(child) RETURNS int LANGUAGE sql AS 'SELECT 42';
CREATE FUNCTION public.animals(parent) RETURNS int LANGUAGE sql AS 'SELECT 42';
SELECT relmap.relationship('parent', 'animals', 'pet');
SELECT relmap.drop_relationship('parent', 'animals');
SELECT public.animals(p) FROM parent p WHERE id = 1;
DROP FUNCTION public.animals(parent);
-- one that a user has written over is the user's
SELECT relmap.relationship('parent', 'animals', 'pet');
CREATE OR REPLACE FUNCTION animals(parent) RETURNS SETOF pet LANGUAGE sql AS 'SELECT * FROM pet';
SELECT relmap.alter_relationship('parent', 'animals', doc => 'x');
SET client_min_messages = notice;
SELECT relmap.drop_relationship('parent', 'animals');
SET client_min_messages = warning;
SELECT animals(p) FROM parent p;

-- nor are functions of pg_catalog hidden that take a row
SELECT relmap.relationship('parent', 'count', 'pet');
SELECT relmap.relationship('parent', 'to_json', 'pet');
SELECT relmap.relationship('parent', 'count', 'pet', accessor => false);
SELECT relmap.drop_relationship('parent', 'count');
-- this one is called with a text, not with a row
SELECT relmap.relationship('parent', 'length', 'pet');
SELECT count(*) FROM parent p, length(p);
SELECT length('abc');

-- a view that uses an accessor keeps it
CREATE VIEW family AS SELECT p.id, (p.child).nick FROM parent p;
SELECT * FROM family ORDER BY id;
SELECT relmap.alter_relationship('parent', 'child', doc => 'the one');
SELECT relmap.drop_relationship('parent', 'child');
SELECT * FROM family ORDER BY id;

-- an accessor that a restore without the declaration has left is made anew
-- where it is of another shape, kept where it fits
SELECT relmap.relationship('parent', 'beasts', 'pet', backref => 'keeper');
DELETE FROM relmap_internal.relationship WHERE name IN ('beasts', 'keeper');
SELECT relmap.relationship('parent', 'beasts', 'pet', uselist => false, enforce => false, back_populates => 'keeper');
SELECT relmap.relationship('pet', 'keeper', 'parent', back_populates => 'beasts');
SELECT proname, proretset, prorettype::regtype FROM pg_proc
    WHERE pronamespace = 'accessors'::regnamespace AND proname IN ('beasts', 'keeper') ORDER BY proname;

DROP SCHEMA accessors CASCADE;
