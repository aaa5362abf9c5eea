-- uselist => false that is not enforced
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA convention;
SET search_path = convention, public;

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int, parent_id int REFERENCES parent, name text, rank int);
INSERT INTO parent VALUES (1, 'ann'), (2, 'ben'), (3, 'cleo');
INSERT INTO child VALUES (12, 1, 'b', 1), (11, 1, 'c', 2), (13, 1, 'a', NULL), (14, 2, 'd', 1);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, enforce => false, backref => 'parent');

-- nothing was made, nothing replaces
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'child'::regclass AND NOT tgisinternal;
SELECT count(*) FROM pg_index WHERE indrelid = 'child'::regclass;
INSERT INTO child VALUES (15, 2, 'e', 0);

-- the first by the primary key; without one, any
SELECT p.name, (p.child) IS NOT NULL FROM parent p ORDER BY p.id;
ALTER TABLE child ADD PRIMARY KEY (id);
SELECT p.name, p.child FROM parent p ORDER BY p.id;
ALTER TABLE child DROP CONSTRAINT child_pkey;
ALTER TABLE child ADD PRIMARY KEY (name, id);
SELECT p.name, (p.child).name FROM parent p ORDER BY p.id;

-- or by order_by
SELECT relmap.alter_relationship('parent', 'child', order_by => 'rank DESC NULLS LAST');
SELECT p.name, p.child FROM parent p ORDER BY p.id;
ALTER TABLE child RENAME COLUMN name TO relmap_row;
SELECT relmap.alter_relationship('parent', 'child', order_by => 'relmap_row');
SELECT p.name, p.child FROM parent p WHERE id < 3 ORDER BY p.id;

-- the other side is as always
SELECT c.id, (c.parent).name FROM child c ORDER BY c.id;

-- a unique index that is there by chance changes nothing
DELETE FROM child WHERE id IN (12, 13, 15);
CREATE UNIQUE INDEX ON child (parent_id);
SELECT p.name, p.child FROM parent p ORDER BY p.id;

-- a warning, not an error
SELECT relmap.alter_relationship('parent', 'child', order_by => '');
DROP INDEX child_parent_id_idx;
INSERT INTO child VALUES (16, 1, 'f', 9);
\set VERBOSITY sqlstate
SELECT p.child FROM parent p WHERE id = 1;
\set VERBOSITY terse

-- enforced in the end
DELETE FROM child WHERE id = 16;
SELECT relmap.alter_relationship('parent', 'child', enforce => true);
SELECT p.name, p.child FROM parent p ORDER BY p.id;

DROP SCHEMA convention CASCADE;
