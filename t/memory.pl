# One session replaces rows a great many times, with subtransactions, nested
# statements and parked rows: relmap's own memory and the lock table stay flat.
# What core remembers of a transaction (commands, trigger events) is its own.
#
#	RELMAP_REPLACEMENTS=n	how many (20000)

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $n = $ENV{RELMAP_REPLACEMENTS} // 20000;
my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init;
# autovacuum makes plans and what is known of a table out of date; the old ones
# go when the transaction ends
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off");
$node->start;

# Rows for one parent in one transaction take time that grows with the square
# of their number, as in core's own unique check: so there are many parents.
$node->safe_psql('postgres', q{
	CREATE EXTENSION relmap;
	CREATE TABLE parent (id int PRIMARY KEY);
	INSERT INTO parent SELECT generate_series(1, 1000);
	CREATE TABLE child (id serial PRIMARY KEY, parent_id int UNIQUE REFERENCES parent, code text UNIQUE);
	CREATE TABLE orphan (id serial PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
	CREATE TABLE strict (id serial PRIMARY KEY, parent_id int NOT NULL UNIQUE REFERENCES parent);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
	SELECT relmap.relationship('parent', 'orphan', 'orphan', uselist => false, cascade => 'all, delete-orphan');
	SELECT relmap.relationship('parent', 'strict', 'strict', uselist => false, cascade => 'all, delete-orphan');
	INSERT INTO child (parent_id) SELECT generate_series(1, 1000);
	INSERT INTO orphan (parent_id) SELECT generate_series(1, 1000);
	INSERT INTO strict (parent_id) SELECT generate_series(1, 1000);
	-- what relmap has, and its plans; locks
	CREATE FUNCTION measure(OUT relmap bigint, OUT plans bigint, OUT locks bigint) LANGUAGE sql AS
		$$ SELECT coalesce(sum(total_bytes) FILTER (WHERE name LIKE 'relmap%'), 0),
			sum(total_bytes) FILTER (WHERE name IN ('SPI Plan', 'CachedPlan', 'CachedPlanSource', 'CachedPlanQuery')),
			(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND
				(locktype = 'advisory' OR relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)))
		FROM pg_backend_memory_contexts $$;
	CREATE FUNCTION replace(rounds int) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		p int;
	BEGIN
		FOR i IN 1 .. rounds LOOP
			p := i % 999 + 1;
			INSERT INTO child (parent_id) VALUES (p);
			INSERT INTO strict (parent_id) VALUES (p);
			-- subtransactions that end well, and not
			BEGIN
				INSERT INTO orphan (parent_id) VALUES (p);
				IF i % 3 = 0 THEN
					RAISE division_by_zero;
				END IF;
			EXCEPTION WHEN division_by_zero THEN
				NULL;
			END;
			-- one that fails while it holds a lock, in a clause, while a row is parked
			IF i % 10 = 0 THEN
				BEGIN
					INSERT INTO child (id, parent_id) VALUES (1, p);
				EXCEPTION WHEN unique_violation THEN
					NULL;
				END;
				INSERT INTO child (parent_id, code) VALUES (p, 'x') ON CONFLICT (code) DO NOTHING;
				BEGIN
					UPDATE child SET parent_id = CASE parent_id WHEN p THEN p + 1 ELSE p END,
						code = CASE parent_id WHEN p THEN 'y' ELSE (1 / (i % 2))::text || i END
					WHERE parent_id IN (p, p + 1);
				EXCEPTION WHEN division_by_zero OR unique_violation THEN
					NULL;
				END;
			END IF;
		END LOOP;
	END $$;});

# The measure is taken after some rounds, when all is loaded and cached, and
# again at the end: in between, one transaction, or many.
sub flat
{
	my ($name, $work) = @_;
	my $result = $node->safe_psql('postgres', "
		SELECT replace(1000);
		BEGIN;
		SELECT replace(100);
		CREATE TEMP TABLE before AS SELECT * FROM measure();
		$work
		SELECT 'more', m.relmap - b.relmap, m.plans - b.plans, m.locks - b.locks FROM measure() m, before b;
		COMMIT;");
	my (undef, $relmap, $plans, $locks) = split /\|/, (grep { /^more/ } split /\n/, $result)[0];
	note "$name: relmap $relmap bytes more, plans $plans, locks $locks";
	cmp_ok($relmap, '<', 20000, "$name: relmap's memory is flat");
	cmp_ok($plans, '<', 50000, "$name: so is that of plans");
	cmp_ok($locks, '<', 10, "$name: and the lock table");
}

flat('one transaction', "SELECT replace($n / 3);");
flat('savepoints', join '', map { "SAVEPOINT s; SELECT replace(100); ROLLBACK TO s; SELECT replace(100); RELEASE s;" } 1 .. $n / 600);
flat('many transactions', 'COMMIT; ' . ('SELECT replace(100);' x ($n / 300)) . ' BEGIN;');
flat('parked rows', join '', map { 'UPDATE child SET parent_id = parent_id % 1000 + 1 WHERE parent_id IS NOT NULL;' } 1 .. $n / 1000);
flat('temporary tables', "DO 'BEGIN FOR i IN 1 .. $n / 100 LOOP CREATE TEMP TABLE x (); DROP TABLE x; PERFORM replace(1); END LOOP; END';");
# a new schema makes every plan out of date
flat('new schemas', 'COMMIT; ' . ('CREATE SCHEMA s; DROP SCHEMA s; SELECT replace(3);' x ($n / 300)) . ' BEGIN;');
is($node->safe_psql('postgres', q{SELECT count(*) FROM parent p WHERE (SELECT count(*) FROM child WHERE parent_id = p.id) <> 1
	OR (SELECT count(*) FROM orphan WHERE parent_id = p.id) <> 1 OR (SELECT count(*) FROM strict WHERE parent_id = p.id) <> 1}),
	0, 'every parent has one child of each kind');
is($node->safe_psql('postgres', 'SELECT count(*) FROM orphan'), 1000, 'no orphan is left');

# An UPDATE of other columns under delete-orphan queues no event; one of the
# foreign key does, to be seen here.
my $rows = 10 * $n;
my %events = map { split /\|/ } split /\n/, $node->safe_psql('postgres', qq{
	SET client_min_messages = warning;
	CREATE TABLE spared (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent, note text);
	SELECT relmap.relationship('parent', 'spared', 'spared', uselist => false, cascade => 'all, delete-orphan') IS NULL \\g /dev/null
	INSERT INTO spared SELECT g, CASE WHEN g <= 1000 THEN g END FROM generate_series(1, $rows) g;
	CREATE FUNCTION events() RETURNS bigint LANGUAGE sql AS
		\$\$ SELECT coalesce(sum(used_bytes), 0) FROM pg_backend_memory_contexts WHERE name = 'AfterTriggerEvents' \$\$;
	BEGIN;
	UPDATE spared SET note = 'x';
	SELECT 'other', events();
	UPDATE spared SET parent_id = NULL WHERE id = 1;
	SELECT 'key', events();
	ROLLBACK});
cmp_ok($events{other}, '<', 1000, "an UPDATE of other columns of $rows rows keeps no event");
cmp_ok($events{key}, '>', $events{other}, 'one of the key does');

$node->stop;
done_testing();
