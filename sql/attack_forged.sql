-- A row of the declarations that an owner makes up is checked as a declaration is, and never believed of others' tables.
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/attack.sql'
\i :include
SET client_min_messages = error;
SET ROLE regress_relmap_mallory;
CREATE TABLE m.p (id int PRIMARY KEY);
CREATE TABLE m.q (id int PRIMARY KEY);
CREATE TABLE m.c (id int PRIMARY KEY, pid int REFERENCES m.p);
INSERT INTO m.p VALUES (1), (2);
GRANT SELECT, REFERENCES ON m.p, m.q TO regress_relmap_victor;
SET ROLE regress_relmap_victor;
CREATE TABLE v.p (id int PRIMARY KEY);
CREATE TABLE v.c (id int PRIMARY KEY, pid int REFERENCES m.p, vid int REFERENCES v.p);
CREATE TABLE v.pq (pid int REFERENCES m.p, qid int REFERENCES m.q);
INSERT INTO v.c VALUES (1, 1), (2, 2);
SET ROLE regress_relmap_mallory;

-- what declaring would refuse
SELECT cascade, attack.forge('m.p', 'cascade ' || cascade, 'm.c', 'c_pid_fkey', '{pid}', jsonb_build_object('cascade', cascade))
FROM (VALUES ('delete-orphan'), ('none, delete-orphan'), ('all'), ('save-update,merge'), ('merge, save-update'), ('none, none'), ('x'), ('')) AS v (cascade);
SELECT more, attack.forge('m.p', 'more ' || left(more, 50), 'm.c', 'c_pid_fkey', '{pid}', more::jsonb)
FROM (VALUES ('{"uselist": false, "on_replace": "nullify", "cascade": "delete, delete-orphan"}'),
             ('{"uselist": false}'), ('{"on_replace": "nullify"}'), ('{"uselist": false, "on_replace": "x"}'),
             ('{"direction": "MANYTOONE"}'), ('{"direction": "x"}'), ('{"direction": "MANYTOMANY"}'),
             ('{"secondary_key": "k"}'), ('{"secondary_columns": ["id"]}'), ('{"secondary_referenced": ["id"]}'), ('{"order_by": "id; DROP TABLE x"}'), ('{"order_by": "(SELECT 1)"}'),
             ('{"uselist": false, "on_replace": "nullify", "order_by": "id"}'),
             ('{"name": ""}'), ('{"foreign_columns": []}'), ('{"foreign_columns": [null]}'), ('{"foreign_columns": [["a", "b"], ["c", "d"]]}'),
             ('{"foreign_columns": ["pid", "pid"]}'), ('{"back_populates": ""}'), ('{"foreign_key": ""}'), ('{"enforce": null}'), ('{"target": 1}')) AS v (more);
SELECT attack.forge('m.c', 'more ' || left(more, 50), 'm.p', 'c_pid_fkey', '{pid}', more::jsonb)
FROM (VALUES ('{"direction": "MANYTOONE", "uselist": true}'), ('{"direction": "MANYTOONE", "uselist": false, "cascade": "delete"}'),
             ('{"direction": "MANYTOONE", "uselist": false, "order_by": "id"}'),
             ('{"direction": "MANYTOONE", "uselist": false, "enforce": false}')) AS v (more);
-- or would take too much room
SELECT attack.forge('m.p', 'long ' || left(more::text, 20), 'm.c', 'c_pid_fkey', '{pid}', more)
FROM (VALUES (jsonb_build_object('doc', repeat('x', 1000000))), (jsonb_build_object('info', jsonb_build_object('x', repeat('x', 1000000)))),
             (jsonb_build_object('order_by', repeat('a, ', 100000) || 'a')), (jsonb_build_object('cascade', repeat('none, ', 100000) || 'none')),
             (jsonb_build_object('foreign_columns', ARRAY(SELECT 'c' || n FROM generate_series(1, 100) n)))) AS v (more);
SELECT count(*) FROM :declarations;
SELECT relmap.relationship('m.p', 'doc', 'm.c', doc => repeat('x', 1000000));
SELECT relmap.relationship('m.p', 'info', 'm.c', info => jsonb_build_object('x', repeat('x', 1000000)));
-- more attributes than a table has columns
SELECT count(*) FILTER (WHERE attack.forge('m.q', 'x' || n, 'm.c', 'c_pid_fkey', '{pid}') = 'accepted') FROM generate_series(1, 1700) n;
SELECT relmap.relationship('m.q', 'x', 'm.q', uselist => true);
RESET ROLE;
DELETE FROM :declarations;
SET ROLE regress_relmap_mallory;

-- what is accepted makes no trigger on a table of somebody else's, whoever declares
SELECT attack.forge('m.p', 'orphans', 'v.c', 'c_pid_fkey', '{pid}', '{"cascade": "delete-orphan"}'),
       attack.forge('m.p', 'deleted', 'v.c', 'c_pid_fkey', '{pid}', '{"cascade": "delete, delete-orphan"}'),
       attack.forge('m.p', 'one', 'v.c', 'c_pid_fkey', '{pid}', '{"uselist": false, "on_replace": "delete"}'),
       attack.forge('m.p', 'qs', 'm.q', 'pq_pid_fkey', '{pid}', '{"cascade": "delete", "direction": "MANYTOMANY", "secondary": "v.pq", "secondary_key": "pq_qid_fkey"}');
RESET ROLE;
-- nor what was when the table was hers
SELECT attack.forge('m.p', 'own', 'v.c', 'c_pid_fkey', '{pid}', '{"cascade": "delete, delete-orphan"}'),
       attack.forge('m.p', 'own_one', 'v.c', 'c_pid_fkey', '{pid}', '{"uselist": false, "on_replace": "delete"}'),
       attack.forge('m.p', 'own_qs', 'm.q', 'pq_pid_fkey', '{pid}', '{"cascade": "delete", "direction": "MANYTOMANY", "secondary": "v.pq", "secondary_key": "pq_qid_fkey"}');
SELECT count(*) > 0 FROM relmap.automap();
SELECT relmap.relationship('m.p', 'plain', 'v.c');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('m.p'::regclass, 'v.c'::regclass, 'v.pq'::regclass) AND NOT tgisinternal;
SELECT conname FROM pg_constraint WHERE conrelid IN ('v.c'::regclass, 'v.pq'::regclass) AND contype = 'u';
SET ROLE regress_relmap_victor;
SELECT relmap.relationship('v.c', 'again', 'm.p');
UPDATE v.c SET pid = NULL WHERE id = 1;
SELECT * FROM v.c ORDER BY 1;
-- what a superuser has made by name is not taken down by it either
RESET ROLE;
UPDATE v.c SET pid = 1 WHERE id = 1;
SELECT relmap.alter_relationship('m.p', 'own', doc => 'yes');
SELECT relmap.alter_relationship('m.p', 'own_one', doc => 'yes');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('m.p'::regclass, 'v.c'::regclass) AND NOT tgisinternal ORDER BY 1, 2;
SELECT relmap.alter_relationship('m.p', 'plain', doc => 'no');
SET ROLE regress_relmap_victor;
SELECT relmap.relationship('v.c', 'back', 'm.p');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('m.p'::regclass, 'v.c'::regclass) AND NOT tgisinternal ORDER BY 1, 2;
RESET ROLE;
SELECT relmap.drop_relationship('m.p', 'own_one');
SELECT relmap.drop_relationship('m.p', 'own');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('m.p'::regclass, 'v.c'::regclass) AND NOT tgisinternal ORDER BY 1, 2;
SELECT conname FROM pg_constraint WHERE conrelid = 'v.c'::regclass AND contype = 'u';
DELETE FROM :declarations;

-- an attribute of somebody else's is not adopted
SET ROLE regress_relmap_victor;
SELECT relmap.relationship('v.c', 'parent', 'm.p', accessor => false);
SET ROLE regress_relmap_mallory;
SELECT relmap.relationship('m.p', 'children', 'v.c', back_populates => 'parent', accessor => false);
SELECT name, back_populates FROM :declarations ORDER BY name;
-- till its owner agrees
SET ROLE regress_relmap_victor;
SELECT relmap.alter_relationship('v.c', 'parent', back_populates => 'children');
SELECT name, back_populates FROM :declarations ORDER BY name;
SET ROLE regress_relmap_mallory;
SELECT relmap.alter_relationship('m.p', 'children', new_name => 'kids');
SELECT name, back_populates FROM :declarations ORDER BY name;
SELECT relmap.drop_relationship('m.p', 'kids');
SELECT name, back_populates FROM :declarations ORDER BY name;
-- nor does a row that names one and does not fit keep it from being declared
SET ROLE regress_relmap_victor;
GRANT SELECT ON v.c TO regress_relmap_mallory;
SET ROLE regress_relmap_mallory;
SELECT attack.forge('m.p', 'liar', 'v.c', 'no_such_key', '{pid}', '{"back_populates": "second"}');
SET ROLE regress_relmap_victor;
SELECT relmap.relationship('v.c', 'second', 'm.p', accessor => false);
SELECT name, back_populates FROM :declarations ORDER BY name;

-- a restore goes on without the rows that are not accepted
RESET ROLE;
DELETE FROM :declarations;
SET client_min_messages = warning;
SET ROLE regress_relmap_mallory;
COPY :declarations (source, name, target, direction, uselist, foreign_key, foreign_columns, cascade, enforce, accessor) FROM stdin;
m.p	good	m.c	ONETOMANY	t	c_pid_fkey	{pid}	none	t	f
m.p	bad	m.c	ONETOMANY	t	c_pid_fkey	{pid}	delete-orphan	t	f
v.p	bad	m.c	ONETOMANY	t	c_pid_fkey	{pid}	none	t	f
m.p	bad	v.c	ONETOMANY	t	c_pid_fkey	{pid}	delete	t	f
m.p	better	m.c	ONETOMANY	t	c_pid_fkey	{pid}	none	t	f
\.
SELECT name FROM :declarations ORDER BY name;
\set include :srcdir '/sql/include/attack_end.sql'
\i :include
