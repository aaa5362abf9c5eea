-- parents that have several children
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA violations;
SET search_path = violations, public;

CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int, parent_id int REFERENCES parent);
INSERT INTO parent SELECT generate_series(1, 6);
INSERT INTO child VALUES (1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 3), (7, NULL), (8, NULL), (9, 4), (10, 4);
SELECT relmap.relationship('parent', 'children', 'child', backref => 'parent');
SELECT * FROM relmap.violations('parent', 'children');
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, enforce => false);
SELECT * FROM relmap.violations('parent', 'child') WHERE children > 2;
SELECT p.child FROM relmap.violations('parent', 'child') v JOIN parent p ON p.id = (v.key ->> 'id')::int
WHERE v.children > 2;
DELETE FROM child;
SELECT * FROM relmap.violations('parent', 'child');

-- the key by the parent's names, types and order
CREATE TABLE "Order" ("Tenant" text, no numeric, at date, note text, UNIQUE (no, "Tenant"));
CREATE TABLE "Line" (order_no int, "order.tenant" varchar(20),
    CONSTRAINT fk FOREIGN KEY ("order.tenant", order_no) REFERENCES "Order" ("Tenant", no));
INSERT INTO "Order" VALUES ('a', 1.0, NULL, 'x'), ('a', 2, NULL, 'y'), ('"b''', 1, NULL, 'z');
INSERT INTO "Line" VALUES (1, 'a'), (1, 'a'), (1, 'a'), (1, '"b'''), (1, '"b'''), (2, 'a');
SELECT relmap.relationship('"Order"', 'lines', '"Line"');
SELECT * FROM relmap.violations('"Order"', 'lines');

-- whatever the search_path
SET search_path = pg_temp;
SELECT * FROM relmap.violations('violations."Order"', 'lines');
SET search_path = violations, public;

-- a self-reference
CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node);
INSERT INTO node VALUES (1, NULL), (2, 1), (3, 1), (4, 2);
SELECT relmap.relationship('node', 'parent', 'node', remote_side => '{id}', backref => 'children');
SELECT * FROM relmap.violations('node', 'children');

-- errors
SELECT * FROM relmap.violations('parent', 'kids');
SELECT * FROM relmap.violations('child', 'parent');
SELECT * FROM relmap.violations('child', 'x');

-- with the rights of the caller
CREATE ROLE regress_relmap_violations;
GRANT USAGE ON SCHEMA violations TO regress_relmap_violations;
GRANT SELECT ON node TO regress_relmap_violations;
SET ROLE regress_relmap_violations;
SELECT * FROM relmap.violations('node', 'children');
SELECT * FROM relmap.violations('"Order"', 'lines');
RESET ROLE;

DROP SCHEMA violations CASCADE;
DROP ROLE regress_relmap_violations;
