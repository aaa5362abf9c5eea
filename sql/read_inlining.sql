-- accessors become part of the query that calls them
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA inlining;
SET search_path = inlining, public;

CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, name text);
CREATE INDEX ON child (parent_id);
INSERT INTO parent SELECT g, 'p' || g FROM generate_series(1, 1000) g;
INSERT INTO child SELECT g, g % 1000 + 1, 'c' || g FROM generate_series(1, 2000) g;
ANALYZE parent, child;
SELECT relmap.relationship('child', 'parent', 'parent', backref => 'children');
SELECT relmap.relationship('parent', 'sorted', 'child', order_by => 'id DESC');
SET max_parallel_workers_per_gather = 0;

-- plans differ between versions, that of an accessor does not from the join's
CREATE FUNCTION plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        plan := plan || line || E'\n';
    END LOOP;
    RETURN plan;
END $$;

-- to-many: the plan is that of the join
EXPLAIN (COSTS OFF) SELECT p.name, c.name FROM parent p, children(p) c;
SELECT plan('SELECT p.name, c.name FROM parent p, children(p) c')
     = plan('SELECT p.name, c.name FROM parent p JOIN child c ON c.parent_id = p.id');
SELECT plan('SELECT p.name, c.name FROM parent p LEFT JOIN LATERAL children(p) c ON true')
     = plan('SELECT p.name, c.name FROM parent p LEFT JOIN child c ON c.parent_id = p.id');
SELECT plan('SELECT p.name, c.name FROM parent p, children(p) c WHERE p.id = 5')
     = plan('SELECT p.name, c.name FROM parent p JOIN child c ON c.parent_id = p.id WHERE p.id = 5');
SELECT plan('SELECT p.name FROM parent p, children(p) c WHERE c.id = 7')
     = plan('SELECT p.name FROM parent p JOIN child c ON c.parent_id = p.id WHERE c.id = 7');
SELECT plan('SELECT p.name FROM parent p JOIN LATERAL children(p) c ON c.name > p.name')
     = plan('SELECT p.name FROM parent p JOIN child c ON c.parent_id = p.id AND c.name > p.name');
-- also where dropped columns have to be filled in
ALTER TABLE child DROP COLUMN name;
SELECT plan('SELECT p.name, c.id FROM parent p, children(p) c')
     = plan('SELECT p.name, c.id FROM parent p JOIN child c ON c.parent_id = p.id');
ALTER TABLE child ADD COLUMN name text;
-- below the query too there is no call
SELECT plan('SELECT p.name FROM parent p WHERE EXISTS (SELECT FROM children(p))') ~ 'Function|children';
SELECT plan('SELECT p.name, (SELECT count(*) FROM children(p)) FROM parent p') ~ 'Function|children';
SELECT plan('SELECT g.id FROM parent p, children(p) c, children(p) d, children(p) g') ~ 'Function|children';
-- through an association table
CREATE TABLE tag (id int PRIMARY KEY, label text);
CREATE TABLE child_tag (child_id int REFERENCES child, tag_id int REFERENCES tag, PRIMARY KEY (child_id, tag_id));
SELECT relmap.relationship('child', 'tags', 'tag', secondary => 'child_tag');
SELECT plan('SELECT t.label FROM child c, tags(c) t') ~ 'Function|tags';
-- order_by is kept, by a sort
SELECT p ~ 'Function|children', p ~ 'Sort Key'
FROM plan('SELECT p.name, c.name FROM parent p, sorted(p) c WHERE p.id = 5') p;

-- types that the key has to cast, and a composite key
CREATE TABLE account (no numeric, tenant text COLLATE "C", PRIMARY KEY (no, tenant));
CREATE TABLE card (no int, tenant varchar, id int PRIMARY KEY, FOREIGN KEY (no, tenant) REFERENCES account);
CREATE INDEX ON card (tenant);
SELECT relmap.relationship('card', 'account', 'account', backref => 'cards');
SELECT prosrc FROM pg_proc WHERE oid = 'cards(account)'::regprocedure;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT plan('SELECT c.id FROM account a, cards(a) c WHERE a.tenant = $$x$$ AND a.no = 1') ~ 'using card_tenant_idx';
RESET enable_seqscan;
RESET enable_bitmapscan;

-- to-one: one call of relmap_internal.related(), of no function in between
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, enforce => false);
EXPLAIN (VERBOSE, COSTS OFF) SELECT c.parent FROM child c;
EXPLAIN (VERBOSE, COSTS OFF) SELECT ((c.parent).child).name FROM child c WHERE (c.parent).name > 'p5';
-- it is computed after LIMIT
SELECT plan('SELECT c.id, c.parent FROM child c ORDER BY c.name LIMIT 1') ~ 'Limit.*related.*Sort';

DROP SCHEMA inlining CASCADE;
