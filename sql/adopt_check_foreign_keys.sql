-- the audit of foreign keys: before anything is declared, and after; every
-- statement does its step, in a transaction of its own
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA audited;
SET search_path = audited, public;
\set audit 'SELECT source, name, severity, problem, E\'\\n   \' || statement FROM relmap.check(\'audited\');'
\set mend 'SELECT statement FROM relmap.check(\'audited\') WHERE statement !~ \'violations\' LIMIT 1 \\gexec'

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int, mother_id int UNIQUE REFERENCES parent);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1, 1), (2, 2, NULL);
ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
:audit

-- a key without an index, not valid, and nullable where it is never NULL
SELECT statement FROM relmap.check('audited') WHERE problem ~ 'index' \gexec
SELECT statement FROM relmap.check('audited') WHERE problem ~ 'valid' \gexec
:audit
:mend
:audit
INSERT INTO child VALUES (3, NULL);
:mend
:audit
:mend
:audit
:mend
:audit

-- one-to-one by habit: a unique index alone
CREATE TABLE badge (id int PRIMARY KEY, parent_id int REFERENCES parent, second int, second_parent int REFERENCES parent);
CREATE UNIQUE INDEX badge_parent ON badge (parent_id);
CREATE UNIQUE INDEX badge_some ON badge (second_parent) WHERE second > 0;
CREATE INDEX badge_second ON badge (second_parent, second);
:audit
:mend
:audit

-- parents with several children, where one is declared
CREATE TABLE note (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parent);
CREATE INDEX ON note (parent_id);
INSERT INTO note VALUES (1, 1), (2, 1), (3, 2);
SELECT relmap.relationship('parent', 'note', 'note', uselist => false, enforce => false);
:audit
SELECT statement FROM relmap.check('audited') \gexec
SET session_replication_role = replica;
ALTER TABLE badge DROP CONSTRAINT badge_parent;
INSERT INTO badge VALUES (1, 1), (2, 1), (3, 2), (4, 2);
UPDATE relmap_internal.relationship SET enforce = true WHERE name = 'note';
RESET session_replication_role;
SELECT relmap.relationship('parent', 'badge', 'badge', foreign_keys => '{parent_id}', uselist => false, enforce => false);
:audit
DELETE FROM note WHERE id = 1;
DELETE FROM badge;
SELECT statement FROM relmap.check('audited') WHERE name = 'note' AND problem ~ 'unique' \gexec
SELECT statement FROM relmap.check('audited') WHERE name = 'note' AND problem ~ 'constraint' \gexec
SELECT relmap.drop_relationship('parent', 'note');
SELECT relmap.drop_relationship('parent', 'badge');
DROP TABLE note, badge;

-- ON DELETE that contradicts the cascade, or the column
CREATE TABLE pet (id int PRIMARY KEY, a int REFERENCES parent ON DELETE SET NULL, b int REFERENCES parent ON DELETE CASCADE,
    c int NOT NULL REFERENCES parent ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE, d int REFERENCES parent ON DELETE SET DEFAULT);
CREATE TABLE pet_twin (id int PRIMARY KEY REFERENCES pet ON DELETE SET NULL);
CREATE INDEX ON pet (a);
CREATE INDEX ON pet (b);
CREATE INDEX ON pet (c);
CREATE INDEX ON pet (d);
:audit
SELECT relmap.relationship('parent', 'as', 'pet', foreign_keys => '{a}', cascade => 'all', backref => 'a_parent');
SELECT relmap.relationship('parent', 'bs', 'pet', foreign_keys => '{b}');
SELECT relmap.relationship('parent', 'none', 'pet', foreign_keys => '{b}', cascade => 'none');
SELECT relmap.relationship('parent', 'ds', 'pet', foreign_keys => '{d}', cascade => 'all, delete-orphan');
:audit
:mend
:mend
:mend
:mend
:mend
:mend
:audit
:mend
:mend
:mend
:mend
:audit
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid IN ('pet'::regclass, 'pet_twin'::regclass) AND contype = 'f' ORDER BY 1;
SELECT name, cascade FROM relmap.relationships WHERE source = 'parent'::regclass ORDER BY 1;
DROP TABLE pet_twin, pet;

-- NULL is what a one-to-one leaves, what an association has, and what ON DELETE sets
CREATE TABLE toy (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent, other int UNIQUE REFERENCES parent ON DELETE SET NULL);
INSERT INTO toy VALUES (1, 1, 1);
SELECT relmap.relationship('parent', 'toy', 'toy', foreign_keys => '{parent_id}', uselist => false);
:audit
SELECT relmap.alter_relationship('parent', 'toy', on_replace => 'restrict');
:audit
-- the same where rows can't be seen
CREATE ROLE regress_relmap_auditor;
GRANT USAGE ON SCHEMA audited TO regress_relmap_auditor;
GRANT SELECT ON parent TO regress_relmap_auditor;
SET ROLE regress_relmap_auditor;
:audit
RESET ROLE;
GRANT SELECT ON toy TO regress_relmap_auditor;
ALTER TABLE toy ENABLE ROW LEVEL SECURITY;
SET ROLE regress_relmap_auditor;
:audit
RESET ROLE;
ANALYZE toy;
INSERT INTO toy VALUES (2);
:audit
DROP TABLE toy;

-- partitions: their indexes first, one by one
CREATE TABLE event (id int, parent_id int REFERENCES parent) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
CREATE TABLE event_2 (extra int, parent_id int, id int);
ALTER TABLE event_2 DROP COLUMN extra;
ALTER TABLE event ATTACH PARTITION event_2 FOR VALUES FROM (10) TO (20);
:mend
:audit
:mend
:audit
:mend
:audit
DROP TABLE event;

-- composite keys, hostile names, nothing declared
CREATE TABLE "P'""%s\" (tenant int, "i""d" int, PRIMARY KEY (tenant, "i""d"));
CREATE TABLE "C'""%s\" (tenant int NOT NULL, "p""id" int, CONSTRAINT "k'""%s\" FOREIGN KEY (tenant, "p""id") REFERENCES "P'""%s\" MATCH FULL);
INSERT INTO "P'""%s\" VALUES (1, 1);
INSERT INTO "C'""%s\" VALUES (1, 1);
:audit
:mend
:audit
:mend
:mend
:mend
:mend
:audit
\d "C'""%s\"

SELECT count(*) FROM relmap.check('no such schema');
SELECT count(*) FROM relmap.check() WHERE source::text !~ 'child|parent';
DROP SCHEMA audited CASCADE;
DROP ROLE regress_relmap_auditor;
