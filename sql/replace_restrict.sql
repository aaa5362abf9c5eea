-- on_replace => 'restrict': the unique constraint refuses, and the error tells
-- which row has the parent.

CREATE SCHEMA restrict;
SET search_path = restrict;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, code text UNIQUE);
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, on_replace => 'restrict');
TABLE made;
INSERT INTO parent SELECT generate_series(1, 3);
INSERT INTO child VALUES (1, 1, 'a'), (2, 2, 'b'), (3, NULL, 'c');

-- whoever takes a held parent is refused
SELECT * FROM error('INSERT INTO child VALUES (4, 1)');
SELECT * FROM error('UPDATE child SET parent_id = 2 WHERE id = 3');
SELECT * FROM error('INSERT INTO child VALUES (4, 3), (5, 3)');
SELECT * FROM error('UPDATE child SET parent_id = 3 - parent_id WHERE id < 3');
SELECT * FROM error('MERGE INTO child c USING (VALUES (4, 1)) v (id, p) ON c.id = v.id WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.p)');
-- nobody else
UPDATE child SET parent_id = parent_id, code = upper(code);
UPDATE child SET parent_id = NULL WHERE id = 1;
INSERT INTO child VALUES (4, 1);
DELETE FROM child WHERE id = 4;
UPDATE child SET parent_id = 1 WHERE id = 1;
TABLE child;

-- an ON CONFLICT clause decides
INSERT INTO child VALUES (4, 1) ON CONFLICT DO NOTHING;
INSERT INTO child VALUES (4, 1) ON CONFLICT (parent_id) DO NOTHING;
INSERT INTO child VALUES (4, 1) ON CONFLICT (parent_id) DO UPDATE SET code = 'conflict';
INSERT INTO child VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET code = 'id';
INSERT INTO child VALUES (2, 1) ON CONFLICT (id) DO NOTHING;
SELECT * FROM error('INSERT INTO child VALUES (4, 1) ON CONFLICT (id) DO NOTHING');
SELECT * FROM error('INSERT INTO child VALUES (3, NULL) ON CONFLICT (id) DO UPDATE SET parent_id = 1');
TABLE child;

-- off, it is the plain constraint
SET relmap.replacement = off;
SELECT * FROM error('INSERT INTO child VALUES (4, 1)');
RESET relmap.replacement;
-- so it is where the constraint is deferrable: what is right in the end passes
CREATE TABLE later (id int PRIMARY KEY, parent_id int UNIQUE DEFERRABLE REFERENCES parent);
SELECT relmap.relationship('parent', 'later', 'later', uselist => false, on_replace => 'restrict');
INSERT INTO later VALUES (1, 1), (2, 2);
UPDATE later SET parent_id = 3 - parent_id;
SELECT * FROM error('INSERT INTO later VALUES (3, 1)');
TABLE later;

-- without a primary key, and with other keys
CREATE TABLE bare (parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'bare', 'bare', uselist => false, on_replace => 'restrict');
INSERT INTO bare VALUES (1);
SELECT * FROM error('INSERT INTO bare VALUES (1)');
CREATE TABLE shared (parent_id int PRIMARY KEY REFERENCES parent);
SELECT relmap.relationship('parent', 'shared', 'shared', uselist => false, on_replace => 'restrict');
INSERT INTO shared VALUES (1);
SELECT * FROM error('INSERT INTO shared VALUES (1)');
CREATE TABLE pair (a int, b text, PRIMARY KEY (a, b));
CREATE TABLE of_pair (id text, no int, x text, y int, PRIMARY KEY (id, no), FOREIGN KEY (y, x) REFERENCES pair) PARTITION BY LIST (no);
CREATE TABLE of_pair1 (no int NOT NULL, y int, x text, id text NOT NULL);
ALTER TABLE of_pair ATTACH PARTITION of_pair1 FOR VALUES IN (1);
SELECT * FROM error($$SELECT relmap.relationship('pair', 'ref', 'of_pair', uselist => false, on_replace => 'restrict')$$);
CREATE TABLE of_pair2 (id text, no int, x text, y int, FOREIGN KEY (y, x) REFERENCES pair) PARTITION BY LIST (y);
CREATE TABLE of_pair21 (no int, y int, x text, id text, PRIMARY KEY (id, no));
ALTER TABLE of_pair2 ATTACH PARTITION of_pair21 FOR VALUES IN (1);
SELECT relmap.relationship('pair', 'ref', 'of_pair2', uselist => false, on_replace => 'restrict');
INSERT INTO pair VALUES (1, 'x');
INSERT INTO of_pair2 VALUES ('i', 1, 'x', 1);
SELECT * FROM error($$INSERT INTO of_pair2 VALUES ('j', 2, 'x', 1)$$);

-- only to those who may read what it names
CREATE ROLE regress_restrict_user;
GRANT USAGE ON SCHEMA restrict TO regress_restrict_user;
GRANT INSERT ON child TO regress_restrict_user;
SET ROLE regress_restrict_user;
SELECT * FROM error('INSERT INTO child VALUES (4, 1)');
RESET ROLE;
GRANT SELECT (parent_id) ON child TO regress_restrict_user;
SET ROLE regress_restrict_user;
SELECT * FROM error('INSERT INTO child VALUES (4, 1)');
RESET ROLE;
GRANT SELECT (id) ON child TO regress_restrict_user;
SET ROLE regress_restrict_user;
SELECT * FROM error('INSERT INTO child VALUES (4, 1)');
RESET ROLE;
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON child TO regress_restrict_user USING (id <> 1);
SET ROLE regress_restrict_user;
SELECT * FROM error('INSERT INTO child VALUES (4, 1)');
SELECT * FROM error('INSERT INTO child VALUES (1, 1)');
RESET ROLE;

-- changed, and taken back
SELECT relmap.alter_relationship('parent', 'child', on_replace => 'nullify');
INSERT INTO child VALUES (4, 1);
SELECT relmap.alter_relationship('parent', 'child', on_replace => 'restrict');
SELECT relmap.drop_relationship('parent', 'child');
SELECT * FROM made WHERE "on" = 'child'::regclass;

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA restrict CASCADE;
DROP ROLE regress_restrict_user;
DELETE FROM relmap_internal.relationship;
