-- automap: names by role, association tables, keys of partitions, what comes next
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE SCHEMA roles;
SET search_path = roles, public;

-- association tables: by the far column's role; an audit column is no matter
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE changeset (id int PRIMARY KEY, user_id int REFERENCES users);
CREATE TABLE changeset_subscriber (changeset_id int REFERENCES changeset, subscriber_id int REFERENCES users,
    last_update timestamptz NOT NULL DEFAULT now(), note text, PRIMARY KEY (changeset_id, subscriber_id));
CREATE TABLE membership (user_id int REFERENCES users, changeset_id int REFERENCES changeset, since date NOT NULL,
    PRIMARY KEY (user_id, changeset_id));
CREATE TABLE rating (user_id int REFERENCES users, changeset_id int REFERENCES changeset, day date DEFAULT now(),
    PRIMARY KEY (user_id, changeset_id, day));
-- several of a table with itself; two between the same tables
CREATE TABLE place (id int PRIMARY KEY);
CREATE TABLE road (src_id int REFERENCES place, dest_id int REFERENCES place, PRIMARY KEY (src_id, dest_id));
CREATE TABLE alternative (src_id int REFERENCES place, dest_id int REFERENCES place, PRIMARY KEY (src_id, dest_id));
CREATE TABLE tag (id int PRIMARY KEY);
CREATE TABLE liked_tag (place_id int REFERENCES place, tag_id int REFERENCES tag, PRIMARY KEY (place_id, tag_id));
CREATE TABLE hated_tag (place_id int REFERENCES place, tag_id int REFERENCES tag, PRIMARY KEY (place_id, tag_id));
SELECT source, name, target FROM relmap.automap('roles') WHERE kind = 'many-to-many';

-- stems without an underscore; parents of one's own kind; names that are cut
CREATE TABLE address (addressid int PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, billtoaddressid int REFERENCES address, shiptoaddressid int REFERENCES address);
CREATE TABLE unit (id int PRIMARY KEY, parent_ou int REFERENCES unit);
CREATE TABLE org_unit (id int PRIMARY KEY, parent_ou int REFERENCES org_unit, billing_ou int REFERENCES org_unit, ou int REFERENCES org_unit,
    name_of_youth int REFERENCES org_unit);
CREATE TABLE staff_member (id int PRIMARY KEY, org_unit int REFERENCES org_unit, manager_id int REFERENCES staff_member);
CREATE TABLE node (id int PRIMARY KEY, parentid int REFERENCES node);
CREATE TABLE a_table_with_a_name_that_is_quite_long_for_a_table_of_words (id int PRIMARY KEY,
    first_address int REFERENCES address, second_address int REFERENCES address);
SELECT source, name, target, kind FROM relmap.automap('roles') WHERE kind <> 'skipped';

-- a one-to-one whose key is its primary key is not to be replaced by mistake
CREATE TABLE login (user_id int PRIMARY KEY REFERENCES users ON DELETE CASCADE, hash text);
CREATE TABLE seat (id int PRIMARY KEY, user_id int NOT NULL UNIQUE REFERENCES users);
CREATE TABLE locker (id int PRIMARY KEY, user_id int UNIQUE REFERENCES users);
SELECT name, statement FROM relmap.automap('roles') WHERE kind = 'one-to-one';
SELECT statement FROM relmap.automap('roles') WHERE statement IS NOT NULL AND kind <> 'skipped';
SELECT relmap.alter_relationship('users', 'login', on_replace => 'restrict', enforce => true);
SELECT relmap.alter_relationship('users', 'seat', on_replace => 'delete', enforce => true);
SELECT relmap.alter_relationship('users', 'locker', enforce => true);

-- ON DELETE CASCADE is said as such, takes no trigger, and check() is content
SELECT name, cascade FROM relmap.relationships WHERE source = 'users'::regclass AND name = 'login';
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'relmap_internal.cascade_delete()'::regprocedure;
SELECT * FROM relmap.check('roles') WHERE rule IN ('key_deletes', 'trigger_missing');
-- nor is what leads to some of the children only to delete them
CREATE TABLE alias (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, main boolean);
SELECT relmap.relationship('users', 'main_alias', 'alias', uselist => false, condition => 'main', enforce => false);
SELECT count(*) FROM relmap.check('roles') WHERE rule = 'key_deletes';
DROP TABLE alias;
INSERT INTO users VALUES (1);
INSERT INTO login VALUES (1, 'x');
INSERT INTO login VALUES (1, 'y');
DELETE FROM users;
SELECT * FROM login;

-- keys that only the partitions have
CREATE TABLE payment (id int, user_id int, at date) PARTITION BY RANGE (at);
CREATE TABLE payment_1 PARTITION OF payment FOR VALUES FROM ('2022-01-01') TO ('2022-02-01');
CREATE TABLE payment_2 PARTITION OF payment FOR VALUES FROM ('2022-02-01') TO ('2022-03-01');
ALTER TABLE payment_1 ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL;
ALTER TABLE payment_2 ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL;
SELECT * FROM relmap.automap('roles');
SELECT substring(statement from 'ALTER TABLE.*') FROM relmap.automap('roles') WHERE source = 'payment'::regclass \gexec
SELECT source, name, target, kind FROM relmap.automap('roles');

-- the tables of tools are left alone, unless they are asked for
CREATE SCHEMA pgboss;
CREATE TABLE pgboss.queue (id int PRIMARY KEY);
CREATE TABLE pgboss.job (queue_id int REFERENCES pgboss.queue);
SELECT source, name FROM relmap.automap(dry_run => true) WHERE source::text ~ 'pgboss';
SELECT source, name FROM relmap.automap('pgboss', dry_run => true);

SET client_min_messages = warning;
DROP SCHEMA roles, pgboss CASCADE;
