-- What users do wrong is said without a word of relmap's own queries and functions
SET client_min_messages = warning;
CREATE SCHEMA adopt_errors;
SET search_path = adopt_errors;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
SELECT relmap.relationship('parent', 'children', 'child', backref => 'parent');
SET client_min_messages = notice;

SELECT * FROM relmap.automap('nowhere');
SELECT * FROM relmap.automap('nowhere', dry_run => true);
SELECT * FROM relmap.check('nowhere');
SELECT * FROM relmap.check('parent');
SELECT relmap.diagram('png');
SELECT relmap.diagram(NULL);
SELECT relmap.diagram('dot', 'nowhere');
SELECT relmap.models('java');
SELECT relmap.diagram('adopt_errors');
SELECT relmap.models('adopt_errors');
SELECT relmap.models(schema => 'nowhere');
SELECT * FROM relmap.declarations('nowhere');
SELECT * FROM relmap.violations('parent', 'nothing');
SELECT * FROM relmap.violations('child', 'parent');
SELECT relmap.load(p, 'nothing') FROM (VALUES (1)) AS v (id) CROSS JOIN LATERAL (SELECT ROW(v.id)::parent AS p) AS x;

SET client_min_messages = warning;
DROP SCHEMA adopt_errors CASCADE;
