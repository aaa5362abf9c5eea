-- Which foreign key a relationship stands on.

CREATE SCHEMA foreign_keys;
SET search_path = foreign_keys;
\getenv srcdir PG_ABS_SRCDIR
\set include :srcdir '/sql/include/see.sql'
\i :include

CREATE TABLE address (id int PRIMARY KEY, street text);
CREATE TABLE customer (
    id int PRIMARY KEY,
    billing_id int REFERENCES address,
    shipping_id int REFERENCES address
);
CREATE TABLE lonely (id int PRIMARY KEY);

-- none
SELECT * FROM error($$SELECT relmap.relationship('lonely', 'addresses', 'address')$$);
SELECT * FROM error($$SELECT relmap.relationship('lonely', 'children', 'lonely')$$);

-- several: chosen by columns, or by the constraint's name
SELECT * FROM error($$SELECT relmap.relationship('customer', 'billing_address', 'address')$$);
SELECT * FROM error($$SELECT relmap.relationship('customer', 'billing_address', 'address', foreign_keys => '{nowhere}')$$);
SELECT * FROM error($$SELECT relmap.relationship('customer', 'billing_address', 'address', foreign_keys => '{id}')$$);
SELECT * FROM error($$SELECT relmap.relationship('customer', 'billing_address', 'address', foreign_keys => '{billing_id,shipping_id}')$$);
SELECT * FROM error($$SELECT relmap.relationship('customer', 'billing_address', 'address', foreign_keys => '{NULL}')$$);
SELECT relmap.relationship('customer', 'billing_address', 'address', foreign_keys => '{billing_id}');
SELECT relmap.relationship('customer', 'shipping_address', 'address', foreign_keys => '{customer_shipping_id_fkey}');
SELECT relmap.relationship('address', 'billed', 'customer', foreign_keys => '{billing_id}', back_populates => 'billing_address', uselist => false);
TABLE declared;
TABLE made;

-- two keys of the same columns are told apart by their names only
CREATE TABLE twice (id int PRIMARY KEY, a int REFERENCES address,
                    CONSTRAINT again FOREIGN KEY (a) REFERENCES address);
SELECT * FROM error($$SELECT relmap.relationship('twice', 'address', 'address', foreign_keys => '{a}')$$);
SELECT relmap.relationship('twice', 'address', 'address', foreign_keys => '{again}');

-- and share their uniqueness and trigger
SELECT relmap.relationship('address', 'one', 'twice', foreign_keys => '{again}', uselist => false);
SELECT relmap.relationship('address', 'two', 'twice', foreign_keys => '{twice_a_fkey}');
SELECT * FROM made WHERE "on" = 'twice'::regclass;
SELECT relmap.alter_relationship('address', 'two', uselist => false);
SELECT relmap.drop_relationship('address', 'one');
SELECT * FROM made WHERE "on" = 'twice'::regclass;
SELECT relmap.drop_relationship('address', 'two');
SELECT * FROM made WHERE "on" = 'twice'::regclass;

-- keys in both directions between two tables
CREATE TABLE company (id int PRIMARY KEY, boss_id int);
CREATE TABLE person (id int PRIMARY KEY, company_id int REFERENCES company);
ALTER TABLE company ADD FOREIGN KEY (boss_id) REFERENCES person;
SELECT * FROM error($$SELECT relmap.relationship('company', 'staff', 'person')$$);
SELECT relmap.relationship('company', 'staff', 'person', foreign_keys => '{company_id}', backref => 'company');
SELECT relmap.relationship('company', 'boss', 'person', foreign_keys => '{boss_id}', backref => relmap.backref('leads', uselist => false));
SELECT * FROM declared WHERE source IN ('company'::regclass, 'person'::regclass);
SELECT relmap.drop_relationship('company', 'staff');
SELECT relmap.relationship('company', 'staff', 'person', remote_side => '{company_id}');
SELECT * FROM error($$SELECT relmap.relationship('company', 'chief', 'person', remote_side => '{boss_id}')$$);

-- a NOT VALID key serves
CREATE TABLE late (id int PRIMARY KEY, address_id int);
ALTER TABLE late ADD FOREIGN KEY (address_id) REFERENCES address NOT VALID;
SELECT relmap.relationship('late', 'address', 'address');

-- composite keys, in the key's own order
CREATE TABLE account (tenant int, id int, PRIMARY KEY (tenant, id));
CREATE TABLE settings (tenant int NOT NULL, account_id int, theme text,
                       FOREIGN KEY (tenant, account_id) REFERENCES account);
SELECT relmap.relationship('account', 'settings', 'settings', uselist => false, foreign_keys => '{account_id,tenant}');
SELECT * FROM declared WHERE source = 'account'::regclass;
SELECT * FROM made WHERE "on" = 'settings'::regclass;

-- a table that refers to itself
CREATE TABLE node (id int PRIMARY KEY, parent_id int REFERENCES node, next_id int);
SELECT relmap.relationship('node', 'children', 'node', backref => 'parent');
SELECT * FROM declared WHERE source = 'node'::regclass;
SELECT relmap.drop_relationship('node', 'children');
SELECT relmap.drop_relationship('node', 'parent');
SELECT relmap.relationship('node', 'parent', 'node', remote_side => '{id}');
SELECT relmap.relationship('node', 'children', 'node', remote_side => '{parent_id}', back_populates => 'parent');
SELECT * FROM declared WHERE source = 'node'::regclass;
SELECT * FROM error($$SELECT relmap.relationship('node', 'x', 'node', remote_side => '{next_id}')$$);
SELECT * FROM error($$SELECT relmap.relationship('node', 'x', 'node', remote_side => '{nowhere}')$$);
SELECT * FROM error($$SELECT relmap.relationship('node', 'x', 'node', back_populates => 'x')$$);
SELECT * FROM error($$SELECT relmap.relationship('node', 'x', 'node', backref => 'x')$$);
ALTER TABLE node ADD FOREIGN KEY (next_id) REFERENCES node;
SELECT * FROM error($$SELECT relmap.relationship('node', 'next', 'node')$$);
SELECT relmap.relationship('node', 'next', 'node', foreign_keys => '{next_id}', remote_side => '{id}',
                           backref => relmap.backref('previous', uselist => false));
SELECT * FROM declared WHERE source = 'node'::regclass;

-- a table that has several keys to itself: each is told once
CREATE TABLE page (id int PRIMARY KEY, next_id int REFERENCES page, previous_id int REFERENCES page);
SELECT * FROM error($$SELECT relmap.relationship('page', 'next', 'page')$$);
SELECT * FROM error($$SELECT relmap.relationship('page', 'next', 'page', foreign_keys => '{id}')$$);

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA foreign_keys CASCADE;
DELETE FROM relmap_internal.relationship;
