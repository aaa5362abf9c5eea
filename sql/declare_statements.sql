-- relmap.declarations(): the statements that declare what is declared
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA app;
CREATE SCHEMA "Other One";
SET search_path = app;
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, guardian_id int REFERENCES parent, born date);
CREATE TABLE node (id int PRIMARY KEY, up_id int REFERENCES node);
CREATE TABLE friend (a int REFERENCES parent, b int CONSTRAINT "b's" REFERENCES parent, PRIMARY KEY (a, b));
CREATE TABLE "Other One"."Order" ("Id" int PRIMARY KEY, parent_id int REFERENCES parent);
ALTER TABLE "Other One"."Order" ADD CONSTRAINT again FOREIGN KEY (parent_id) REFERENCES parent;
\o /dev/null
SELECT relmap.relationship('parent', 'child', 'child', uselist => false, foreign_keys => '{parent_id}', cascade => 'all, delete-orphan',
    back_populates => 'parent', doc => E'it''s\n100% \\"mine"');
SELECT relmap.relationship('child', 'parent', 'parent', foreign_keys => '{parent_id}', info => '{"a": ["\""]}');
SELECT relmap.relationship('parent', 'wards', 'child', foreign_keys => '{guardian_id}', order_by => 'born DESC NULLS LAST, id', accessor => false);
SELECT relmap.relationship('parent', 'first', 'child', uselist => false, foreign_keys => '{guardian_id}', enforce => false);
SELECT relmap.relationship('node', 'up', 'node', remote_side => '{id}', backref => relmap.backref('down', cascade => 'none'));
SELECT relmap.relationship('parent', 'friends', 'parent', secondary => 'friend', foreign_keys => '{a}', remote_side => '{b}', backref => 'fans');
SELECT relmap.relationship('"Other One"."Order"', 'buyer', 'parent', foreign_keys => '{again}');
SELECT relmap.relationship('parent', 'last', '"Other One"."Order"', uselist => false, foreign_keys => '{again}', on_replace => 'restrict');
\o

SELECT * FROM relmap.declarations('app');
SELECT * FROM relmap.declarations('Other One');
SELECT * FROM relmap.declarations('nosuch');

-- run where nothing is declared they declare it all; run again they change nothing
CREATE VIEW declared AS SELECT * FROM relmap_internal.relationship
    WHERE source IN ('parent'::regclass, 'child'::regclass, 'node'::regclass, '"Other One"."Order"'::regclass);
CREATE TEMP TABLE before AS SELECT * FROM declared;
CREATE TEMP TABLE statements AS SELECT s FROM relmap.declarations('app') s UNION ALL SELECT s FROM relmap.declarations('Other One') s;
SELECT count(relmap.drop_relationship(source, name)) FROM declared;
RESET search_path;
DO $$
DECLARE s text;
BEGIN
    FOR i IN 1 .. 2 LOOP
        FOR s IN SELECT * FROM statements LOOP EXECUTE s; END LOOP;
    END LOOP;
END
$$;
SELECT count(*) FROM ((TABLE before EXCEPT TABLE app.declared) UNION ALL (TABLE app.declared EXCEPT TABLE before)) d;
SELECT * FROM relmap.check('app') WHERE severity = 'error';
DROP SCHEMA app, "Other One" CASCADE;
