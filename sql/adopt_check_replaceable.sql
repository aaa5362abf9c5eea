-- relmap.check() tells of one-to-ones whose rows can't be replaced any more, or
-- are better not deleted
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA check_replaceable;
SET search_path = check_replaceable;
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, q_id int REFERENCES p, v int);
SELECT relmap.relationship('p', 'c', 'c', uselist => false, foreign_keys => '{p_id}');
SELECT relmap.relationship('p', 'd', 'c', uselist => false, foreign_keys => '{q_id}', cascade => 'all, delete-orphan');
CREATE VIEW found AS SELECT name, severity, rule, problem, statement FROM relmap.check('check_replaceable')
    WHERE rule IN ('not_replaceable', 'check_forbids_null', 'key_is_primary_key');
TABLE found;
\x
-- no NULL any more; under delete the row is deleted at once
ALTER TABLE c ALTER p_id SET NOT NULL, ALTER q_id SET NOT NULL;
TABLE found;
SELECT statement FROM found \gexec
ALTER TABLE c ALTER q_id DROP NOT NULL;
TABLE found;
-- an exclusive arc
ALTER TABLE c ADD CONSTRAINT arc CHECK (num_nonnulls(p_id, q_id) = 1);
TABLE found;
ALTER TABLE c DROP CONSTRAINT arc;
\x
-- all kinds of constraints
CREATE FUNCTION says(text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('ALTER TABLE c ADD CONSTRAINT x CHECK (%s)', $1);
	SELECT severity INTO result FROM found WHERE name = 'c';
	ALTER TABLE c DROP CONSTRAINT x;
	RETURN coalesce(result, '-');
END $$;
SELECT says(x), x FROM unnest(ARRAY[
	'p_id IS NOT NULL', 'p_id IS NOT NULL AND v > 0', 'NOT p_id IS NULL', 'p_id > 0', 'p_id > 0 AND v > 0',
	'p_id > 0 OR v > 0', 'p_id IS NULL OR v > 0', 'p_id IS NOT NULL OR v > 0', 'p_id IN (1, 2, 3)',
	'(p_id > 0) IS TRUE', '(p_id > 0) IS NOT FALSE', 'coalesce(p_id, v) > 0', 'v > 0', 'q_id IS NOT NULL']) AS x;
-- the key is the primary key
CREATE TABLE e (p_id int PRIMARY KEY REFERENCES p, v int);
SET client_min_messages = notice;
\set VERBOSITY default
SELECT relmap.relationship('p', 'e', 'e', uselist => false, cascade => 'all, delete-orphan');
\set VERBOSITY terse
SET client_min_messages = warning;
\x
TABLE found;
SELECT statement FROM found \gexec
TABLE found;
\x
DROP SCHEMA check_replaceable CASCADE;
