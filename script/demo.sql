\echo '\n-- Two tables, as in any schema.\n'
CREATE EXTENSION relmap;
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child  (id int PRIMARY KEY, name text, parent_id int REFERENCES parent);
INSERT INTO parent VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO child  VALUES (1, 'first', 1), (2, 'second', 2);

\echo '\n-- One to one, both sides declared in one call.\n'
SELECT relmap.relationship('child', 'parent', 'parent',
                           backref => relmap.backref('child', uselist => false));

\echo '\n-- A new child for Ann. The one that she had lets go.\n'
INSERT INTO child VALUES (3, 'third', 1);
TABLE child ORDER BY id;

\echo '-- A swap, in one statement.\n'
UPDATE child SET parent_id = 3 - parent_id WHERE id IN (2, 3);
TABLE child ORDER BY id;

\echo '-- Attributes lead from row to row, both ways.\n'
SELECT p.name, (p.child).name AS child FROM parent p ORDER BY p.id;
SELECT c.name, (c.parent).name AS parent FROM child c ORDER BY c.id;

\echo '-- What is declared, and what it stands on.\n'
SELECT source, name, target, direction, uselist, back_populates, on_replace
FROM relmap.relationships ORDER BY source::text;
\d child
