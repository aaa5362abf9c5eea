-- the call under to-one accessors
SET client_min_messages = warning;
CREATE SCHEMA related;
SET search_path = related, public;

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, name text);
INSERT INTO parent SELECT g, 'p' || g FROM generate_series(1, 4) g;
INSERT INTO child SELECT g + 10, g, 'c' || g FROM generate_series(1, 3) g;
SELECT relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false));
SELECT relmap.relationship('parent', 'children', 'child');

-- from both sides
SELECT relmap_internal.related(p, 'child', NULL::child) FROM parent p ORDER BY id;
SELECT relmap_internal.related(c, 'parent', NULL::parent) FROM child c ORDER BY id;
SELECT relmap_internal.related(ROW(2, NULL)::parent, 'child', NULL::child);
-- nothing from nothing
SELECT relmap_internal.related(NULL::parent, 'child', NULL::child);
SELECT relmap_internal.related(ROW(NULL, 'x')::parent, 'child', NULL::child);
SELECT relmap_internal.related(p, NULL, NULL::child) FROM parent p WHERE id = 1;

-- errors
CREATE FUNCTION fails(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
SELECT fails($$SELECT relmap_internal.related(ROW(1, 'x'), 'child', NULL::child)$$);
SELECT fails($$SELECT relmap_internal.related(s, 'child', NULL::child) FROM (SELECT * FROM parent) s$$);
SELECT fails($$SELECT relmap_internal.related(p, 'kid', NULL::child) FROM parent p$$);
SELECT relmap_internal.related(p, 'kid', NULL::child) FROM parent p;
SELECT fails($$SELECT relmap_internal.related(p, 'children', NULL::child) FROM parent p$$);
SELECT fails($$SELECT relmap_internal.related(p, 'child', NULL::parent) FROM parent p$$);
SELECT fails($$SELECT relmap_internal.related(p, 'child', 1) FROM parent p$$);
SELECT fails($$SELECT relmap_internal.related(p, 'child', NULL) FROM parent p$$);
CREATE VIEW parent_view AS SELECT * FROM parent;
SELECT fails($$SELECT relmap_internal.related(v, 'child', NULL::child) FROM parent_view v$$);
DROP VIEW parent_view;
CREATE TYPE pair AS (a int, b int);
SELECT fails($$SELECT relmap_internal.related(ROW(1, 2)::pair, 'child', NULL::child)$$);
SELECT fails($$SELECT relmap_internal.related(1, 'child', NULL::child)$$);

-- several names and types at one call
SELECT p.id, a, relmap_internal.related(p, a::name, NULL::child)
FROM parent p, unnest(ARRAY['child', 'child']) a WHERE p.id < 3 ORDER BY p.id;

-- as of the statement's snapshot
UPDATE parent p SET name = name || ' of ' || coalesce((p.child).name, '-');
SELECT name FROM parent ORDER BY id;
WITH gone AS (DELETE FROM child RETURNING child.*)
SELECT (g.parent).name, (p.child).name FROM gone g JOIN parent p ON p.id = g.parent_id ORDER BY 1;
INSERT INTO child SELECT g + 10, g, 'c' || g FROM generate_series(1, 3) g;

-- in cursors
BEGIN;
DECLARE c CURSOR FOR SELECT p.id, (p.child).name FROM parent p ORDER BY p.id;
FETCH 1 FROM c;
SAVEPOINT s;
UPDATE child SET name = 'changed';
FETCH 1 FROM c;
ROLLBACK TO s;
FETCH 1 FROM c;
SAVEPOINT s;
SELECT 1 / 0;
ROLLBACK TO s;
FETCH 1 FROM c;
ALTER TABLE child ADD COLUMN extra int;
ROLLBACK;
BEGIN;
DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT p.id, (p.child).name FROM parent p ORDER BY p.id;
FETCH 1 FROM c;
COMMIT;
FETCH 2 FROM c;
FETCH PRIOR FROM c;
CLOSE c;
BEGIN;
SAVEPOINT s;
DECLARE c CURSOR FOR SELECT p.id, (p.child).name FROM parent p ORDER BY p.id;
FETCH 1 FROM c;
RELEASE s;
FETCH 1 FROM c;
SAVEPOINT s;
FETCH 1 FROM c;
ROLLBACK TO s;
FETCH 1 FROM c;
COMMIT;

-- a query that ends before its time, in an error or with LIMIT
SELECT (p.child).name FROM parent p LIMIT 1;
SELECT 1 / (3 - p.id), (p.child).name FROM parent p;
SELECT (p.child).name FROM parent p ORDER BY p.id;

-- in PL/pgSQL: simple expressions, queries, exceptions
DO $$
DECLARE
    p parent;
    c child;
BEGIN
    FOR i IN 1..4 LOOP
        SELECT * INTO p FROM parent WHERE id = i;
        c := child(p);
        BEGIN
            c := child(p);
            UPDATE child SET name = 'inner' WHERE id = c.id;
            c := child(p);
            RAISE WARNING 'inside: %', c.name;
            RAISE division_by_zero;
        EXCEPTION WHEN division_by_zero THEN
            c := child(p);
            RAISE WARNING 'outside: %', c.name;
        END;
    END LOOP;
    FOR p IN SELECT * FROM parent ORDER BY id LOOP
        RAISE WARNING '% %', (SELECT (child(p)).name), (child(p)).id;
    END LOOP;
END $$;

-- rows of an older version of the type
DO $$
DECLARE p parent;
BEGIN
    SELECT * INTO p FROM parent WHERE id = 1;
    RAISE WARNING '%', child(p);
    ALTER TABLE parent ADD COLUMN added int DEFAULT 3;
    RAISE WARNING '%', child(p);
    ALTER TABLE parent DROP COLUMN name;
    RAISE WARNING '%', child(p);
    ALTER TABLE child RENAME COLUMN name TO nick;
    ALTER TABLE child ADD COLUMN more text DEFAULT 'm';
    RAISE WARNING '%', child(p);
    ALTER TABLE parent ALTER COLUMN id TYPE bigint;
    BEGIN
        RAISE WARNING '%', child(p);
    EXCEPTION WHEN datatype_mismatch THEN
        RAISE WARNING '%', SQLERRM;
    END;
    SELECT * INTO p FROM parent WHERE id = 2;
    RAISE WARNING '%', child(p);
END $$;
SELECT p, p.child FROM parent p ORDER BY id;

-- what is cached follows the tables
PREPARE q AS SELECT p.id, (p.child).nick FROM parent p ORDER BY p.id;
EXECUTE q;
ALTER TABLE child ALTER COLUMN parent_id TYPE bigint;
EXECUTE q;
ALTER TABLE parent ALTER COLUMN id TYPE numeric;
SELECT p.id, (p.child).nick FROM parent p ORDER BY p.id;
ALTER TABLE parent RENAME COLUMN id TO "Id";
SELECT p."Id", (p.child).nick FROM parent p ORDER BY p."Id";
CLUSTER child USING child_pkey;
TRUNCATE child;
SELECT p."Id", (p.child).nick FROM parent p ORDER BY p."Id";
INSERT INTO child (id, parent_id, nick) VALUES (1, 1, 'new');
REINDEX TABLE child;
SELECT p."Id", (p.child).nick FROM parent p ORDER BY p."Id";

-- a self-reference, one-to-one, and one in a composite key of another order
CREATE TABLE chain (id int PRIMARY KEY, next_id int REFERENCES chain);
INSERT INTO chain VALUES (1, NULL), (2, 1), (3, 2);
SELECT relmap.relationship('chain', 'next', 'chain', remote_side => '{id}',
                           backref => relmap.backref('previous', uselist => false));
SELECT c.id, (c.next).id, (c.previous).id, (((c.next).next).previous).id FROM chain c ORDER BY c.id;

CREATE TABLE account (tenant int, name text, no bigint, PRIMARY KEY (no, tenant));
CREATE TABLE card (id int, no int, tenant smallint, FOREIGN KEY (tenant, no) REFERENCES account (tenant, no));
CREATE UNIQUE INDEX ON card (no, tenant);
INSERT INTO account VALUES (1, 'a', 10), (1, 'b', 20), (2, 'c', 10);
INSERT INTO card VALUES (1, 10, 1), (2, 10, 2), (3, NULL, 1), (4, 20, NULL);
SELECT relmap.relationship('account', 'card', 'card', uselist => false, back_populates => 'account');
SELECT relmap.relationship('card', 'account', 'account', back_populates => 'card');
SELECT relmap.relationship('account', 'cards', 'card');
SELECT a.name, a.card, ARRAY(SELECT c FROM cards(a) c) FROM account a ORDER BY a.name;
SELECT c.id, c.account FROM card c ORDER BY c.id;

-- a declaration that did not come by relationship(), and is nonsense
BEGIN;
UPDATE relmap_internal.relationship SET foreign_key = 'child_parent_id_fkey', source = 'account'::regclass
WHERE source = 'parent'::regclass AND name = 'child';
SELECT relmap_internal.related(a, 'child', NULL::child) FROM account a;
ROLLBACK;

-- partitions and inheritance
CREATE TABLE country (code text PRIMARY KEY, name text) PARTITION BY LIST (code);
CREATE TABLE country_a PARTITION OF country FOR VALUES IN ('at', 'au');
CREATE TABLE country_b (name text, dropped int, code text NOT NULL);
ALTER TABLE country_b DROP COLUMN dropped;
ALTER TABLE country ATTACH PARTITION country_b FOR VALUES IN ('be', 'br');
CREATE TABLE capital (id int, code text REFERENCES country, UNIQUE (code)) PARTITION BY LIST (code);
CREATE TABLE capital_a PARTITION OF capital FOR VALUES IN ('at', 'be');
CREATE TABLE capital_b PARTITION OF capital DEFAULT;
INSERT INTO country VALUES ('at', 'Austria'), ('au', 'Australia'), ('be', 'Belgium'), ('br', 'Brazil');
INSERT INTO capital VALUES (1, 'at'), (2, 'be'), (3, 'br'), (4, NULL);
SELECT relmap.relationship('country', 'capital', 'capital', uselist => false, on_replace => 'restrict',
                           backref => 'country');
SELECT relmap.relationship('country', 'capitals', 'capital');
SELECT c.code, (c.capital).id, ARRAY(SELECT s.id FROM capitals(c) s) FROM country c ORDER BY c.code;
SELECT c.id, c.country FROM capital c ORDER BY c.id;
-- from a row of a partition too
SELECT c.code, (c.capital).id FROM country_b c ORDER BY c.code;
SELECT c.id, c.country FROM capital_a c ORDER BY c.id;

-- rows of tables that inherit are not in the foreign key
CREATE TABLE base (id int PRIMARY KEY);
CREATE TABLE derived (note text) INHERITS (base);
CREATE TABLE leaf (id int PRIMARY KEY, base_id int REFERENCES base);
CREATE TABLE leaf_too () INHERITS (leaf);
INSERT INTO base VALUES (1), (2);
INSERT INTO derived VALUES (1, 'same key'), (3, 'new key');
INSERT INTO leaf VALUES (11, 1);
INSERT INTO leaf_too VALUES (12, 1), (13, 2);
SELECT relmap.relationship('base', 'leaf', 'leaf', uselist => false, on_replace => 'restrict', backref => 'base');
SELECT relmap.relationship('base', 'leaves', 'leaf');
SELECT b.id, b.tableoid::regclass, b.leaf, ARRAY(SELECT l FROM leaves(b) l) FROM base b ORDER BY 1, 2;
SELECT l.id, l.tableoid::regclass, l.base FROM leaf l ORDER BY 1, 2;
SELECT d.id, d.leaf FROM derived d ORDER BY 1;

-- in parallel workers
CREATE TABLE many (id int PRIMARY KEY, country_code text REFERENCES country);
INSERT INTO many SELECT g, (ARRAY['at', 'au', 'be', 'br', NULL])[g % 5 + 1] FROM generate_series(1, 10000) g;
CREATE TABLE one (id int PRIMARY KEY REFERENCES many);
INSERT INTO one SELECT id FROM many WHERE id % 3 = 0;
SELECT relmap.relationship('many', 'one', 'one', uselist => false, on_replace => 'restrict');
ANALYZE many, one;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT count((m.one).id) FROM many m;
SELECT count((m.one).id), sum((m.one).id) FROM many m;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

-- under SERIALIZABLE, and when the table goes
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count((m.one).id) FROM many m;
COMMIT;
BEGIN;
DROP TABLE one;
SELECT count(*) FROM pg_proc WHERE pronamespace = 'related'::regnamespace AND proname = 'one';
ROLLBACK;

-- an index that rows of this transaction may be missing from is not relied on
CREATE TABLE late_parent (id int PRIMARY KEY);
CREATE TABLE late (id int PRIMARY KEY, parent_id int REFERENCES late_parent);
INSERT INTO late_parent VALUES (1), (2);
INSERT INTO late VALUES (1, 1);
BEGIN;
UPDATE late SET parent_id = 2;
SELECT relmap.relationship('late_parent', 'late', 'late', uselist => false, backref => 'parent');
SELECT indcheckxmin FROM pg_index WHERE indexrelid = 'late_parent_id_key'::regclass;
SELECT p.id, (p.late).id AS late FROM late_parent p ORDER BY 1;
COMMIT;
SELECT p.id, (p.late).id AS late FROM late_parent p ORDER BY 1;

-- a variable that is older than the key's column leads nowhere
CREATE TABLE young (id int PRIMARY KEY);
INSERT INTO young VALUES (1);
CREATE FUNCTION older() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    y related.young;
BEGIN
    SELECT * INTO y FROM related.young;
    ALTER TABLE related.young ADD parent_id int DEFAULT 2 REFERENCES related.late_parent;
    PERFORM relmap.relationship('related.young', 'parent', 'related.late_parent');
    RETURN (relmap_internal.related(y, 'parent', NULL::related.late_parent)).id;
END $$;
SELECT older();
SELECT (y.parent).id FROM young y;

-- a collation that takes more values as equal: the key's, not that of the child's index
CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE word (word text COLLATE caseless PRIMARY KEY);
CREATE TABLE use (id int, word text COLLATE caseless REFERENCES word);
INSERT INTO word VALUES ('a'), ('b');
INSERT INTO use VALUES (1, 'A');
SELECT relmap.relationship('word', 'use', 'use', uselist => false, enforce => false, backref => 'of');
CREATE UNIQUE INDEX ON use (word COLLATE "C");
SELECT w.word, (w.use).id FROM word w ORDER BY 1;
SELECT u.id, (u.of).word FROM use u;

-- ... and two that differ, but take the same values as equal
CREATE TABLE term (term text COLLATE "C" PRIMARY KEY);
CREATE TABLE entry (id int, term text COLLATE "POSIX" UNIQUE REFERENCES term);
INSERT INTO term VALUES ('a'), ('b');
INSERT INTO entry VALUES (1, 'b');
SELECT relmap.relationship('term', 'entry', 'entry', uselist => false, backref => 'of');
SELECT t.term, (t.entry).id FROM term t ORDER BY 1;
SELECT e.id, (e.of).term FROM entry e;

-- a policy of the target that itself reads the attribute, and loads it
CREATE ROLE regress_relmap_reader;
GRANT USAGE ON SCHEMA related TO regress_relmap_reader;
GRANT SELECT ON late, late_parent TO regress_relmap_reader;
CREATE FUNCTION peek(int) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('related.deep', true) = 'yes' THEN
        RETURN $1 <> 1;
    END IF;
    PERFORM set_config('related.deep', 'yes', true);
    RAISE NOTICE 'deep: %, %', (SELECT array_agg((p.late).id ORDER BY p.id) FROM related.late_parent p),
        (SELECT jsonb_agg(relmap.load(p, 'late')->'late'->'id' ORDER BY id) FROM related.late_parent p);
    PERFORM set_config('related.deep', '', true);
    RETURN true;
END $$;
INSERT INTO late VALUES (3, 1);
ALTER TABLE late ENABLE ROW LEVEL SECURITY;
CREATE POLICY peek ON late USING (related.peek(id));
SET client_min_messages = notice;
SET ROLE regress_relmap_reader;
SELECT p.id, (p.late).id AS late FROM late_parent p ORDER BY 1;
SELECT p.id, relmap.load(p, 'late')->'late'->'id' AS late FROM late_parent p ORDER BY 1;
RESET ROLE;
SET client_min_messages = warning;

DROP SCHEMA related CASCADE;
DROP ROLE regress_relmap_reader;
