-- A scalar by convention with order_by is the first of many: no warning, and
-- one probe of an index that has the rows in that order.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA first_of_many;
SET search_path = first_of_many, public;

CREATE TABLE customer (region int, id int, name text, PRIMARY KEY (region, id));
CREATE TABLE orders (dropped int, id int PRIMARY KEY, customer_id int, region int, placed_at date, total int NOT NULL, note text COLLATE "C",
                     FOREIGN KEY (region, customer_id) REFERENCES customer);
ALTER TABLE orders DROP COLUMN dropped;
INSERT INTO customer SELECT r, i, 'c' || i FROM generate_series(1, 2) r, generate_series(1, 20) i;
-- no two rows are equal in an order, but for some without a date
INSERT INTO orders SELECT n, n % 19 + 1, n % 2 + 1, CASE WHEN n > 30 THEN date '2026-01-01' + n * 7 % 997 END, n * 13 % 1009, 'n' || n * 7 % 997
FROM generate_series(1, 900) n;
SELECT relmap.relationship('customer', 'one', 'orders', uselist => false, enforce => false, order_by => 'placed_at DESC');

-- What differs from the query that one would write, how often an index was used, and rows read for a customer.
CREATE FUNCTION tried(indexed text, order_by text) RETURNS TABLE (wrong bigint, probes bigint, fetched bigint) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'CREATE INDEX tried ON orders ' || indexed;
    PERFORM relmap.alter_relationship('customer', 'one', order_by => order_by);
    EXECUTE format('SELECT count(*) FROM customer c LEFT JOIN LATERAL (SELECT o.* FROM orders o
        WHERE (o.region, o.customer_id) = (c.region, c.id) ORDER BY %s LIMIT 1) o ON true
        WHERE (c.one).id IS DISTINCT FROM o.id', order_by) INTO wrong;
    fetched := pg_stat_get_xact_tuples_fetched('tried'::regclass);
    probes := pg_stat_get_xact_numscans('tried'::regclass);
    PERFORM (c.one).id FROM customer c WHERE region = 2 AND id = 3;
    probes := pg_stat_get_xact_numscans('tried'::regclass) - probes;
    fetched := pg_stat_get_xact_tuples_fetched('tried'::regclass) - fetched;
    DROP INDEX tried;
    RETURN NEXT;
END $$;
SET enable_sort = off;

-- in its order, and backward; more columns after it
SELECT * FROM tried('(region, customer_id, total)', 'total');
SELECT * FROM tried('(customer_id, region, total)', 'total DESC');
SELECT * FROM tried('(region, customer_id, total DESC NULLS LAST, id)', 'total');
SELECT * FROM tried('(region, customer_id, total, id DESC)', 'total DESC, id');
SELECT * FROM tried('(region, customer_id, placed_at, id)', 'placed_at DESC, id DESC');
SELECT * FROM tried('(region, customer_id, note)', 'note DESC');
-- NULLs stand where they have to
SELECT * FROM tried('(region, customer_id, placed_at DESC NULLS LAST, id)', 'placed_at DESC NULLS LAST, id');
SELECT * FROM tried('(region, customer_id, placed_at NULLS FIRST, id)', 'placed_at DESC NULLS LAST, id DESC');

-- not by an index that does not fit, or has not all rows: by the query, whatever it takes
RESET enable_sort;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT * FROM tried('(region, total, customer_id)', 'total');
SELECT * FROM tried('(region, customer_id, total, id DESC)', 'total, id');
SELECT * FROM tried('(region, customer_id, placed_at)', 'placed_at DESC NULLS LAST, id');
SELECT * FROM tried('(region, customer_id, note COLLATE "POSIX")', 'note');
SELECT * FROM tried('(region, customer_id, total) WHERE total > 500', 'total');
SELECT * FROM tried('(region, customer_id, abs(total))', 'total');
SELECT * FROM tried('(region, customer_id) INCLUDE (total)', 'total');
RESET enable_indexscan;
RESET enable_bitmapscan;

-- a row that is newer, deleted, or rolled back
CREATE INDEX ON orders (region, customer_id, total);
SELECT relmap.alter_relationship('customer', 'one', order_by => 'total DESC');
BEGIN;
INSERT INTO orders VALUES (5000, 3, 2, NULL, 9000);
SELECT (c.one).id FROM customer c WHERE region = 2 AND id = 3;
UPDATE orders SET total = -1 WHERE id = 5000;
SELECT (c.one).id = 5000 FROM customer c WHERE region = 2 AND id = 3;
ROLLBACK;
SELECT (c.one).id = 5000 FROM customer c WHERE region = 2 AND id = 3;
SELECT name, (c.one) IS NULL AS none FROM customer c WHERE id = 20 ORDER BY region;

-- among the rows that meet a condition: by an index with that predicate, whatever its words
SELECT relmap.relationship('customer', 'large', 'orders', uselist => false, enforce => false, order_by => 'total DESC', condition => 'total > 100');
CREATE INDEX orders_large ON orders (region, customer_id, total DESC) WHERE NOT total <= 100;
CREATE FUNCTION scans(index regclass) RETURNS bigint LANGUAGE sql AS 'SELECT pg_stat_get_xact_numscans(index)';
SELECT (c.large).id = (SELECT o.id FROM orders o WHERE o.region = c.region AND o.customer_id = c.id AND o.total > 100 ORDER BY o.total DESC LIMIT 1)
FROM customer c WHERE region = 2 AND id = 3;
BEGIN;
SELECT scans('orders_large') AS before \gset
SELECT (c.large).total > 100 FROM customer c WHERE region = 2 AND id = 3;
SELECT scans('orders_large') - :before > 0 AS by_index;
COMMIT;
SELECT relmap.drop_relationship('customer', 'large');

-- nothing for check() to complain of but the keys; by convention without an order it warns
SELECT problem FROM relmap.check('first_of_many') WHERE name = 'one';
SELECT relmap.alter_relationship('customer', 'one', order_by => '');
SELECT (c.one).id > 0 AS found FROM customer c WHERE region = 2 AND id = 3;
SELECT problem FROM relmap.check('first_of_many') WHERE name = 'one' AND severity <> 'notice';

DROP SCHEMA first_of_many CASCADE;
