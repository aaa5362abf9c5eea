-- The statements of nine ORMs, as they send them (recorded on PostgreSQL 15),
-- each unit of work one transaction on a fresh state.  What must come out is in
-- the variables that orms.sql sets for its policy.

-- activerecord: replace
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = NULL WHERE id = 1;
INSERT INTO child (name, parent_id) VALUES ('n', 1);
COMMIT;
SELECT state() AS :"replaced";

-- activerecord: replace_orphan
SELECT fresh();
BEGIN;
DELETE FROM child WHERE id = 1;
INSERT INTO child (name, parent_id) VALUES ('n', 1);
COMMIT;
SELECT state() AS :"deleted";

-- activerecord: swap
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = 2 WHERE id = 1;
UPDATE child SET parent_id = 1 WHERE id = 2;
COMMIT;
SELECT state() AS :"swapped";

-- activerecord: swap_bulk
SELECT fresh();
BEGIN;
INSERT INTO child (id,name,parent_id) VALUES (1, 'a', 2), (2, 'b', 1) ON CONFLICT (id) DO UPDATE SET name=excluded.name,parent_id=excluded.parent_id;
COMMIT;
SELECT state() AS :"swapped";

-- activerecord: move
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = NULL WHERE id = 2;
UPDATE child SET parent_id = 2 WHERE id = 1;
COMMIT;
SELECT state() AS :"moved";

-- django: replace
SELECT fresh();
BEGIN;
INSERT INTO child (name, parent_id) VALUES ('n', 1);
COMMIT;
SELECT state() AS :"replaced";

-- django: replace_orphan
SELECT fresh();
BEGIN;
INSERT INTO child (name, parent_id) VALUES ('n', 1);
DELETE FROM child WHERE id IN (1);
COMMIT;
SELECT state() AS :"deleted";

-- django: swap
SELECT fresh();
BEGIN;
UPDATE child SET name = 'a', parent_id = 2 WHERE id = 1;
UPDATE child SET name = 'b', parent_id = 1 WHERE id = 2;
COMMIT;
SELECT state() AS :"swapped";

-- django: swap_bulk
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = CAST(CASE WHEN (id = 1) THEN 2 WHEN (id = 2) THEN 1 ELSE NULL END AS bigint) WHERE id IN (1, 2);
COMMIT;
SELECT state() AS :"swapped";

-- django: move
SELECT fresh();
BEGIN;
UPDATE child SET name = 'a', parent_id = 2 WHERE id = 1;
COMMIT;
SELECT state() AS :"moved";

-- drizzle: replace
SELECT fresh();
BEGIN;
INSERT INTO child (id, name, parent_id) VALUES (default, 'n', 1);
UPDATE child SET parent_id = NULL WHERE id = 1;
COMMIT;
SELECT state() AS :"replaced";

-- drizzle: replace_orphan
SELECT fresh();
BEGIN;
INSERT INTO child (id, name, parent_id) VALUES (default, 'n', 1);
DELETE FROM child WHERE id = 1;
COMMIT;
SELECT state() AS :"deleted";

-- drizzle: swap_bulk
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = case id when 1 then 2 else 1 end WHERE id IN (1, 2);
COMMIT;
SELECT state() AS :"swapped";

-- mikroorm: replace
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = NULL WHERE id = 1;
INSERT INTO child (name, parent_id) VALUES ('n', 1);
COMMIT;
SELECT state() AS :"replaced";

-- mikroorm: replace_orphan
SELECT fresh();
BEGIN;
DELETE FROM child WHERE id IN (1);
INSERT INTO child (name, parent_id) VALUES ('n', 1);
COMMIT;
SELECT state() AS :"deleted";

-- mikroorm: swap
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = 1 WHERE id = 2;
UPDATE child SET parent_id = 2 WHERE id = 1;
COMMIT;
SELECT state() AS :"swapped";

-- mikroorm: swap_bulk
SELECT fresh();
BEGIN;
INSERT INTO child (id, name, parent_id) VALUES (1, 'a', 2), (2, 'b', 1) ON CONFLICT (id) DO UPDATE SET name = excluded.name, parent_id = excluded.parent_id;
COMMIT;
SELECT state() AS :"swapped";

-- mikroorm: move
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = NULL WHERE id = 2;
UPDATE child SET parent_id = 2 WHERE id = 1;
COMMIT;
SELECT state() AS :"moved";

-- objection: replace
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = NULL WHERE id IN (1) AND parent_id IN (1);
INSERT INTO child (name, parent_id) VALUES ('n', 1);
COMMIT;
SELECT state() AS :"replaced";

-- objection: replace_orphan
SELECT fresh();
BEGIN;
DELETE FROM child WHERE id IN (1) AND parent_id IN (1);
INSERT INTO child (name, parent_id) VALUES ('n', 1);
COMMIT;
SELECT state() AS :"deleted";

-- objection: swap
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = 1 WHERE id = 2;
UPDATE child SET parent_id = 2 WHERE id = 1;
COMMIT;
SELECT state() AS :"swapped";

-- objection: swap_bulk
SELECT fresh();
BEGIN;
INSERT INTO child (id, name, parent_id) VALUES (1, 'a', 2), (2, 'b', 1) ON CONFLICT (id) DO UPDATE SET id = excluded.id, name = excluded.name, parent_id = excluded.parent_id;
COMMIT;
SELECT state() AS :"swapped";

-- objection: move
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = 2 WHERE id IN (1);
COMMIT;
SELECT state() AS :"moved";

-- prisma: replace
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = NULL WHERE (id IN (1) AND 1=1);
INSERT INTO child (name,parent_id) VALUES ('n',1);
COMMIT;
SELECT state() AS :"replaced";

-- prisma: replace_orphan
SELECT fresh();
BEGIN;
INSERT INTO child (name,parent_id) VALUES ('n',1);
DELETE FROM child WHERE (id = 1 AND 1=1);
COMMIT;
SELECT state() AS :"deleted";

-- prisma: swap
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = NULL WHERE (id IN (1) AND 1=1);
UPDATE child SET parent_id = 1 WHERE (id IN (2) AND 1=1);
UPDATE child SET parent_id = 2 WHERE (id IN (1) AND 1=1);
COMMIT;
SELECT state() AS :"swapped";

-- prisma: move
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = NULL WHERE (id IN (2) AND 1=1);
UPDATE child SET parent_id = 2 WHERE (id IN (1) AND 1=1);
COMMIT;
SELECT state() AS :"moved";

-- sequelize: replace
SELECT fresh();
BEGIN;
UPDATE child SET parent_id=NULL WHERE id = 1;
INSERT INTO child (id,name,parent_id) VALUES (DEFAULT,'n',1);
COMMIT;
SELECT state() AS :"replaced";

-- sequelize: replace_orphan
SELECT fresh();
BEGIN;
INSERT INTO child (id,name,parent_id) VALUES (DEFAULT,'n',1);
DELETE FROM child WHERE id = 1;
COMMIT;
SELECT state() AS :"deleted";

-- sequelize: swap
SELECT fresh();
BEGIN;
UPDATE child SET parent_id=2 WHERE id = 1;
UPDATE child SET parent_id=1 WHERE id = 2;
COMMIT;
SELECT state() AS :"swapped";

-- sequelize: swap_bulk
SELECT fresh();
BEGIN;
INSERT INTO child (id,name,parent_id) VALUES (1,'a',2),(2,'b',1) ON CONFLICT (id) DO UPDATE SET name=EXCLUDED.name,parent_id=EXCLUDED.parent_id;
COMMIT;
SELECT state() AS :"swapped";

-- sequelize: move
SELECT fresh();
BEGIN;
UPDATE child SET parent_id=NULL WHERE id = 2;
UPDATE child SET parent_id=2 WHERE id = 1;
COMMIT;
SELECT state() AS :"moved";

-- sqlalchemy: replace
SELECT fresh();
BEGIN;
UPDATE child SET parent_id=NULL WHERE id = 1;
INSERT INTO child (name, parent_id) VALUES ('n', 1);
COMMIT;
SELECT state() AS :"replaced";

-- sqlalchemy: replace_orphan
SELECT fresh();
BEGIN;
INSERT INTO child (name, parent_id) VALUES ('n', 1);
DELETE FROM child WHERE id = 1;
COMMIT;
SELECT state() AS :"deleted";

-- sqlalchemy: swap
SELECT fresh();
BEGIN;
UPDATE child SET parent_id=2 WHERE id = 1;
UPDATE child SET parent_id=1 WHERE id = 2;
COMMIT;
SELECT state() AS :"swapped";

-- sqlalchemy: swap_bulk
SELECT fresh();
BEGIN;
UPDATE child SET parent_id=(3 - parent_id) WHERE id IN (1, 2);
COMMIT;
SELECT state() AS :"swapped";

-- sqlalchemy: move
SELECT fresh();
BEGIN;
UPDATE child SET parent_id=2 WHERE id = 1;
UPDATE child SET parent_id=NULL WHERE id = 2;
COMMIT;
SELECT state() AS :"moved";

-- typeorm: replace
SELECT fresh();
BEGIN;
INSERT INTO child(name, parent_id) VALUES ('n', 1);
COMMIT;
SELECT state() AS :"replaced";

-- typeorm: replace_orphan
SELECT fresh();
BEGIN;
INSERT INTO child(name, parent_id) VALUES ('n', 1);
DELETE FROM child WHERE id = 1;
COMMIT;
SELECT state() AS :"deleted";

-- typeorm: swap
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = 1 WHERE id = 2;
UPDATE child SET parent_id = 2 WHERE id = 1;
COMMIT;
SELECT state() AS :"swapped";

-- typeorm: swap_bulk
SELECT fresh();
BEGIN;
INSERT INTO child(id, name, parent_id) VALUES (1, 'a', 2), (2, 'b', 1) ON CONFLICT ( id ) DO UPDATE SET name = EXCLUDED.name, parent_id = EXCLUDED.parent_id;
COMMIT;
SELECT state() AS :"swapped";

-- typeorm: move
SELECT fresh();
BEGIN;
UPDATE child SET parent_id = 2 WHERE id = 1;
COMMIT;
SELECT state() AS :"moved";

-- the same row read before it was replaced and saved after (Django, TypeORM, Objection write the FK back)
SELECT fresh();
INSERT INTO child (name, parent_id) VALUES ('n', 1);
UPDATE child SET name = 'a', parent_id = 1 WHERE id = 1;
SELECT state() AS :"stale";

-- upsert by parent edits the child in place
SELECT fresh();
INSERT INTO child (name, parent_id) VALUES ('n', 1) ON CONFLICT (parent_id) DO UPDATE SET name = excluded.name;
SELECT state() AS "1:1 2:2";

-- inserts that ignore duplicates take no parent away
SELECT fresh();
INSERT INTO child (id, name, parent_id) VALUES (8, 'n', 1), (9, 'm', 3) ON CONFLICT DO NOTHING;
SELECT state() AS "1:1 2:2 9:3";

-- upsert by primary key
SELECT fresh();
INSERT INTO child (id, name, parent_id) VALUES (1, 'n', 3) ON CONFLICT (id) DO UPDATE SET name = excluded.name, parent_id = excluded.parent_id;
SELECT state() AS "1:3 2:2";

-- bulk insert for fresh parents
SELECT fresh();
INSERT INTO child (name, parent_id) VALUES ('a', 3), ('b', 4), ('c', 5) RETURNING id;
SELECT state() AS "1:1 2:2 3:3 4:4 5:5";
