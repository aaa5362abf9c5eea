-- tables and relationships of every kind, with some rows
CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"\');
CREATE DOMAIN short AS varchar(8);
CREATE TABLE parents (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT '', lead_id int REFERENCES parents);
CREATE TABLE children (id bigserial PRIMARY KEY, parent_id int UNIQUE REFERENCES parents ON DELETE SET NULL,
    guardian_id int NOT NULL REFERENCES parents ON DELETE CASCADE, born date, size numeric(6,2), feels mood,
    words short[], code char(3), twice int GENERATED ALWAYS AS (1 + 1) STORED, seen timestamptz(3), raw bytea, shape point);
CREATE TABLE tag (word text PRIMARY KEY);
CREATE TABLE child_tag (child_id bigint REFERENCES children, word text REFERENCES tag);
CREATE TABLE friend (a_id int REFERENCES parents, b_id int REFERENCES parents DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (a_id, b_id));
CREATE TABLE tenant (id int PRIMARY KEY);
CREATE TABLE person (tenant_id int REFERENCES tenant, id int, boss_id int, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, boss_id) REFERENCES person (tenant_id, id));
CREATE TABLE badge (number int NOT NULL UNIQUE, tenant_id int, person_id int, FOREIGN KEY (tenant_id, person_id) REFERENCES person ON UPDATE CASCADE);
CREATE TABLE scrap (parent_id int REFERENCES parents, note text);
CREATE SCHEMA other;
CREATE TABLE other.guest (id int PRIMARY KEY, host_id int REFERENCES parents);
INSERT INTO parents (name) VALUES ('Ann'), ('Bob'), ('Cid');
UPDATE parents SET lead_id = 1 WHERE id > 1;
INSERT INTO children (parent_id, guardian_id, size, feels) VALUES (1, 2, 1.50, 'sad'), (NULL, 2, 2, NULL), (3, 1, NULL, 'it''s "ok"\');
INSERT INTO tag VALUES ('a'), ('b');
INSERT INTO child_tag VALUES (1, 'a'), (1, 'b'), (3, 'b');
INSERT INTO friend VALUES (1, 2), (1, 3), (2, 1);
INSERT INTO tenant VALUES (1), (2);
INSERT INTO person VALUES (1, 1, NULL), (1, 2, 1), (1, 3, 1), (2, 1, NULL);
INSERT INTO badge VALUES (7, 1, 2), (8, 1, 2), (9, NULL, 2);
INSERT INTO scrap VALUES (1, 'x');
INSERT INTO other.guest VALUES (1, 2), (2, 2);
SELECT relmap.relationship('parents', 'child', 'children', uselist => false, foreign_keys => '{parent_id}', backref => 'parent',
    doc => E'the "one"\n child', info => '{"a": [true, null, "\""]}');
SELECT relmap.relationship('parents', 'wards', 'children', foreign_keys => '{guardian_id}', back_populates => 'guardian',
    cascade => 'all, delete-orphan', order_by => 'size DESC, "born" NULLS FIRST, id DESC NULLS LAST');
SELECT relmap.relationship('parents', 'same_wards', 'children', foreign_keys => '{guardian_id}', cascade => 'none', info => '[1]');
SELECT relmap.relationship('person', 'badges', 'badge', back_populates => 'not yet there');
CREATE TABLE portrait (id int PRIMARY KEY);
CREATE TABLE guide (id int PRIMARY KEY, portrait_id int REFERENCES portrait);
INSERT INTO portrait VALUES (1), (2);
INSERT INTO guide VALUES (1, 2), (2, NULL);
SELECT relmap.relationship('guide', 'portrait', 'portrait', single_parent => true, cascade => 'all, delete-orphan',
    backref => 'guide');
SELECT count(*) FROM relmap.automap();
