-- a relationship whose foreign key or uniqueness is dropped is suspended, and
-- resumes when it is there again
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA suspend;
SET search_path = suspend;
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, cascade => 'all', back_populates => 'parent');
SELECT relmap.relationship('child', 'parent', 'parent');
INSERT INTO parent VALUES (1, 'one'), (2, 'two');
INSERT INTO child VALUES (1, 1);
CREATE VIEW state AS SELECT source, name, foreign_key, local_columns, remote_columns, suspended FROM relmap.relationships
    WHERE source IN ('parent'::regclass, 'child'::regclass) ORDER BY 1, 2;

-- what Django, Rails, Sequelize and TypeORM do
ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
TABLE state;
-- nothing is replaced; a second child is refused
INSERT INTO child VALUES (2, 1);
-- attributes go on by the columns
SELECT (p.child).id, (SELECT (c.parent).name FROM child c) FROM parent p WHERE p.id = 1;
SELECT relmap.load(p, 'child') FROM parent p WHERE p.id = 1;
ALTER TABLE child RENAME COLUMN parent_id TO owner_id;
ALTER TABLE parent RENAME COLUMN id TO no;
TABLE state;
SELECT (p.child).id, (SELECT (c.parent).name FROM child c) FROM parent p WHERE p.no = 1;
ALTER TABLE parent ALTER COLUMN no TYPE bigint;
ALTER TABLE child ALTER COLUMN owner_id TYPE bigint;
ALTER TABLE child ADD CONSTRAINT again FOREIGN KEY (owner_id) REFERENCES parent NOT VALID;
TABLE state;
INSERT INTO child VALUES (2, 1);
SELECT * FROM child ORDER BY id;
SELECT (p.child).id FROM parent p ORDER BY no;
DELETE FROM parent WHERE no = 1;
SELECT * FROM child ORDER BY id;
SELECT name, problem FROM relmap.check('suspend') WHERE severity = 'error';

-- another one of its columns takes over without a stop
INSERT INTO parent VALUES (1, 'one');
ALTER TABLE child ADD CONSTRAINT third FOREIGN KEY (owner_id) REFERENCES parent, DROP CONSTRAINT again;
TABLE state;
-- of several the one that has the name
ALTER TABLE child DROP CONSTRAINT third;
ALTER TABLE child ADD CONSTRAINT a FOREIGN KEY (id) REFERENCES parent;
TABLE state;
ALTER TABLE child ADD CONSTRAINT fourth FOREIGN KEY (owner_id) REFERENCES parent, ADD CONSTRAINT third FOREIGN KEY (owner_id) REFERENCES parent;
TABLE state;
ALTER TABLE child DROP CONSTRAINT a, DROP CONSTRAINT third;
TABLE state;

-- the uniqueness
ALTER TABLE child DROP CONSTRAINT child_parent_id_key;
TABLE state;
INSERT INTO child VALUES (3, 1), (4, 1);
DELETE FROM child WHERE id = 3;
CREATE UNIQUE INDEX one ON child (owner_id);
TABLE state;
CREATE UNIQUE INDEX CONCURRENTLY two ON child (owner_id);
DROP INDEX one;
DROP INDEX CONCURRENTLY two;
ALTER TABLE child ADD CONSTRAINT three UNIQUE (owner_id);
INSERT INTO child VALUES (5, 1);
SELECT * FROM child ORDER BY id;
-- with the key, which comes back without it
BEGIN;
ALTER TABLE child DROP CONSTRAINT three, DROP CONSTRAINT fourth;
ALTER TABLE child ADD CONSTRAINT fourth FOREIGN KEY (owner_id) REFERENCES parent;
TABLE state;
ALTER TABLE child ADD UNIQUE (owner_id);
TABLE state;
ROLLBACK;

-- declared again at every deploy
ALTER TABLE child DROP CONSTRAINT fourth;
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, cascade => 'all', back_populates => 'parent');
SELECT relmap.relationship('child', 'parent', 'parent', foreign_keys => '{owner_id}');
SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
SELECT relmap.relationship('child', 'parent', 'parent', foreign_keys => '{id}');
-- altered
SELECT relmap.alter_relationship('parent', 'child', on_replace => 'restrict', new_name => 'kid');
SELECT relmap.alter_relationship('parent', 'kid', on_replace => 'nullify', new_name => 'child');
TABLE state;
SELECT p.child FROM parent p;
-- bound to another key that is there
ALTER TABLE child ADD COLUMN parent_id int CONSTRAINT bound REFERENCES parent;
SELECT relmap.relationship('child', 'parent', 'parent');
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, cascade => 'all', back_populates => 'parent');
TABLE state;
INSERT INTO child VALUES (6, 2, 1), (7, NULL, 1);
SELECT * FROM child ORDER BY id;
SELECT tgname, tgargs FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN ('parent'::regclass, 'child'::regclass) ORDER BY 1;
SELECT name, problem FROM relmap.check('suspend') WHERE severity = 'error';

-- what can't carry it
ALTER TABLE child DROP CONSTRAINT bound;
SELECT * FROM relmap.declarations('suspend');
-- dropped
SELECT relmap.drop_relationship('parent', 'child');
SELECT relmap.drop_relationship('child', 'parent');
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN ('parent'::regclass, 'child'::regclass);

-- what takes columns, tables and schemas along ends it
SELECT relmap.relationship('child', 'parent', 'parent', foreign_keys => '{parent_id}');
ALTER TABLE child ADD CONSTRAINT bound FOREIGN KEY (parent_id) REFERENCES parent;
SELECT relmap.relationship('child', 'parent', 'parent', foreign_keys => '{parent_id}', backref => 'children');
ALTER TABLE child DROP CONSTRAINT bound;
ALTER TABLE child DROP COLUMN parent_id;
TABLE state;
ALTER TABLE child ADD COLUMN parent_id int CONSTRAINT bound REFERENCES parent;
SELECT relmap.relationship('child', 'parent', 'parent', foreign_keys => '{parent_id}', backref => 'children');
ALTER TABLE child DROP COLUMN parent_id, ADD COLUMN parent_id int CONSTRAINT bound REFERENCES parent;
TABLE state;

-- through an association table
CREATE TABLE tag (id int PRIMARY KEY);
CREATE TABLE tagged (child_id int REFERENCES child, tag_id int REFERENCES tag);
SELECT relmap.relationship('child', 'tags', 'tag', secondary => 'tagged', backref => 'children');
INSERT INTO tag VALUES (1);
INSERT INTO tagged VALUES (6, 1);
ALTER TABLE tagged DROP CONSTRAINT tagged_tag_id_fkey;
SELECT source, name, suspended FROM relmap.relationships WHERE secondary = 'tagged'::regclass ORDER BY 1, 2;
SELECT c.id, t.id FROM child c, tags(c) t;
ALTER TABLE tagged RENAME tag_id TO t;
ALTER TABLE tagged ADD CONSTRAINT t FOREIGN KEY (t) REFERENCES tag;
SELECT source, name, suspended FROM relmap.relationships WHERE secondary = 'tagged'::regclass ORDER BY 1, 2;
SELECT c.id, t.id FROM child c, tags(c) t;

-- a key that can't carry it
CREATE TABLE two (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE of_two (a int NOT NULL, b int);
ALTER TABLE of_two ADD CONSTRAINT k FOREIGN KEY (a, b) REFERENCES two;
SELECT relmap.relationship('two', 'of', 'of_two', uselist => false);
ALTER TABLE of_two DROP CONSTRAINT k;
ALTER TABLE of_two ADD CONSTRAINT k FOREIGN KEY (a, b) REFERENCES two MATCH FULL;
SELECT name, suspended FROM relmap.relationships WHERE source = 'two'::regclass;
SELECT problem FROM relmap.check('suspend') WHERE rule = 'fk_missing';
SELECT relmap.drop_relationship('two', 'of');
ALTER TABLE of_two ADD c int, DROP CONSTRAINT k, ADD CONSTRAINT j FOREIGN KEY (a, b) REFERENCES two;
SELECT relmap.relationship('two', 'by_c', 'of_two', keyed_by => '{c}', on_replace => 'nullify');
ALTER TABLE of_two DROP CONSTRAINT j;
ALTER TABLE of_two ADD CONSTRAINT j FOREIGN KEY (a, b) REFERENCES two MATCH FULL;

-- a primary key as its uniqueness
CREATE TABLE same (id int PRIMARY KEY REFERENCES parent);
SELECT relmap.relationship('parent', 'same', 'same', uselist => false, on_replace => 'delete');
ALTER TABLE same DROP CONSTRAINT same_pkey;
ALTER TABLE same ADD PRIMARY KEY (id);
-- a repeated declaration says that it is, and what makes it unique again
ALTER TABLE same DROP CONSTRAINT same_pkey;
SELECT relmap.relationship('parent', 'same', 'same', uselist => false, on_replace => 'delete');
SELECT relmap.alter_relationship('suspend.parent', 'same');
SELECT relmap.relationship('parent', 'same', 'same', uselist => false, on_replace => 'delete');

-- temporary tables, whose schema has two names
CREATE TEMPORARY TABLE t (id int PRIMARY KEY);
CREATE TEMPORARY TABLE of_t (id int PRIMARY KEY, t_id int REFERENCES t, kind int);
SELECT relmap.relationship('t', 'one', 'of_t', uselist => false);
SELECT relmap.relationship('t', 'by_kind', 'of_t', keyed_by => '{kind}');
ALTER TABLE of_t DROP CONSTRAINT of_t_t_id_fkey;
ALTER TABLE of_t ADD CONSTRAINT again FOREIGN KEY (t_id) REFERENCES t;
ALTER TABLE of_t DROP CONSTRAINT of_t_t_id_key;
SELECT name, foreign_key, suspended FROM relmap.relationships WHERE source = 't'::regclass ORDER BY 1;
ALTER TABLE of_t DROP COLUMN kind;
DROP TABLE of_t;

-- not by who only says so
DROP SCHEMA suspend CASCADE;
SELECT count(*) FROM relmap_internal.relationship r WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.source);
