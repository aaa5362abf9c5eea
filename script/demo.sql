\pset footer off
CREATE EXTENSION relmap;
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child  (id int PRIMARY KEY, name text, parent_id int REFERENCES parent);
INSERT INTO parent VALUES (1, 'Ann'), (2, 'Bob');

-- One to one, both sides in one call.
SELECT relmap.relationship('child', 'parent', 'parent',
                           backref => relmap.backref('child', uselist => false));

INSERT INTO child VALUES (1, 'first', 1), (2, 'second', 2);

-- A new child for Ann: the one that she had lets go.
INSERT INTO child VALUES (3, 'third', 1);
TABLE child ORDER BY id;

-- A swap in one statement.
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (2, 3);

-- Attributes lead from row to row, in both directions.
SELECT p.name, (p.child).name AS child FROM parent p ORDER BY p.id;
SELECT c.name, (c.parent).name AS parent FROM child c ORDER BY c.id;

-- What is declared.
SELECT source, name, target, direction, uselist, back_populates, on_replace
FROM relmap.relationships ORDER BY source::text;
