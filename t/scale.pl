# What check(), automap(), models() and diagram() read grows with a schema and
# not with its square, and DDL reads only what is declared on its tables.
# Counted are buffers, and the rows that go through the plans of all queries,
# those that are compared with others and left out, too: a nested loop over rows
# in memory reads no buffer.  So a busy machine does not matter.

use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('scale');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nautovacuum = off\nmax_locks_per_transaction = 1000");
$node->start;

# A database with so many tables, each with two keys to one of ten others.
sub make_database
{
	my ($name, $tables) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, q{
		CREATE EXTENSION relmap;
		DO $$ BEGIN
			FOR i IN 0..9 LOOP
				EXECUTE format('CREATE TABLE hub%s (id int PRIMARY KEY)', i);
			END LOOP;
			FOR i IN 1..} . $tables . q{ LOOP
				EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a int REFERENCES hub%s, b int REFERENCES hub%s, c text, UNIQUE (a, c))',
							   i, i % 10, (i + 3) % 10);
			END LOOP;
		END $$;
		ANALYZE;
	});
	return;
}

# How many buffers a query reads, with all that its functions do.
sub buffers
{
	my ($name, $query) = @_;

	my $plan = decode_json($node->safe_psql($name,
		"SET client_min_messages = error; $query; EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) $query"
		=~ s/^(.*?; )(.*); EXPLAIN/$1EXPLAIN/r));
	my $node_of_plan = $plan->[0]{Plan};
	return $node_of_plan->{'Shared Hit Blocks'} + $node_of_plan->{'Shared Read Blocks'};
}

# How many rows all nodes of all plans of a query and of its functions return or
# remove; auto_explain tells.
sub rows
{
	my ($name, $query) = @_;
	my $offset = -s $node->logfile;

	$node->safe_psql($name, "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; "
		  . 'SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on; '
		  . "SET auto_explain.log_timing = off; SET client_min_messages = error; $query");
	return rows_of_plans(slurp_file($node->logfile, $offset));
}

sub rows_of_plans
{
	my ($text) = @_;
	my ($rows, $loops) = (0, 0);

	while ($text =~ /\(actual rows=([\d.]+) loops=(\d+)\)|Rows Removed by [\w ]+: (\d+)/g)
	{
		$loops = $2 if defined $2;
		$rows += (defined $1 ? $1 : $3) * $loops;
	}
	return $rows;
}

# How many buffers of the table of declarations a command reads.
sub buffers_of_declarations
{
	my ($name, $command) = @_;

	return counted($name, $command, q{SELECT coalesce(heap_blks_hit + heap_blks_read, 0) + coalesce(idx_blks_hit + idx_blks_read, 0)
		FROM pg_statio_all_tables WHERE relid = 'relmap_internal.relationship'::regclass});
}

# How many names of functions it reads: entries of one page are no buffers.
sub names_of_functions
{
	my ($name, $command) = @_;

	return counted($name, $command, q{SELECT idx_tup_read FROM pg_stat_sys_indexes
		WHERE indexrelname = 'pg_proc_proname_args_nsp_index'});
}

# What a command adds to a counter of the statistics.
sub counted
{
	my ($name, $command, $count) = @_;

	my ($before, $after) = split /\n/, $node->safe_psql($name,
		"SET client_min_messages = error; SELECT pg_stat_force_next_flush(); $count; $command; SELECT pg_stat_force_next_flush(); $count")
	  =~ s/^\n//mgr;
	return $after - $before;
}

make_database('small', 80);
make_database('medium', 160);
make_database('large', 320);

# Twice the tables more may take twice as much more; the square would take four
# times.
sub grows
{
	my ($what, $small, $medium, $large) = @_;

	cmp_ok($large - $medium, '<', 3 * ($medium - $small), "$what: $small, $medium of twice the tables, $large of four times");
	return;
}

my $has_auto_explain = $node->psql('small', "LOAD 'auto_explain'") == 0;

sub compare_rows
{
	my (@queries) = @_;

  SKIP:
	{
		skip 'auto_explain is not here', scalar @queries unless $has_auto_explain;
		foreach my $query (@queries)
		{
			grows("$query, rows that go through its plans", map { rows($_, $query) } qw(small medium large));
		}
	}
	return;
}

my @queries = ('SELECT * FROM relmap.check()', 'SELECT relmap.models()', 'SELECT relmap.diagram()', 'SELECT * FROM relmap.automap(dry_run => true)');

# before all is declared, and afterwards
compare_rows(@queries);
foreach my $query (@queries, 'SELECT * FROM relmap.automap()', @queries[0 .. 2], 'SELECT * FROM relmap.relationships')
{
	grows("$query, buffers that it reads", map { buffers($_, $query) } qw(small medium large));
}
compare_rows(@queries);

is($node->safe_psql('large', 'SELECT count(*) FROM relmap.relationships'), 1280, 'all is declared');
is( $node->safe_psql('small', q{SET client_min_messages = error;
		INSERT INTO relmap_internal.relationship
		SELECT 'hub9', 'r' || i, 't9', 'ONETOMANY', true, NULL, 'k', '{a}', NULL, NULL, 'none', NULL, NULL, false, NULL, false
		FROM generate_series(1, 1700) AS i;
		SELECT count(*) FROM relmap.relationships WHERE source = 'hub9'::regclass}),
	1600, 'a table has no more relationships than it can have columns');
$node->safe_psql('large', 'CREATE TABLE unrelated (id int); CREATE TABLE other (id int); CREATE INDEX i ON other (id)');
$node->safe_psql('large', q{
	CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
	CREATE TYPE e AS ENUM ('a');
	CREATE TYPE pair AS (a int);
	CREATE DOMAIN d AS int;
	CREATE COLLATION cc FROM "C";
	CREATE VIEW v AS SELECT 1 AS a;
	CREATE SCHEMA s CREATE TABLE u (id int PRIMARY KEY);
	CREATE ROLE regress_scale;
	CREATE TABLE owned (id int PRIMARY KEY);
	ALTER TABLE owned OWNER TO regress_scale;
});
foreach my $command ('ALTER TABLE unrelated ADD b int', 'ALTER TABLE unrelated RENAME b TO c', 'DROP TABLE unrelated',
	'ALTER FUNCTION f() RENAME TO g', 'ALTER TYPE e RENAME TO ee', q{ALTER TYPE ee RENAME VALUE 'a' TO 'b'},
	'ALTER TYPE pair RENAME ATTRIBUTE a TO b', 'ALTER TYPE pair ADD ATTRIBUTE c int', 'ALTER DOMAIN d RENAME TO dd',
	'ALTER COLLATION cc RENAME TO ccc', 'ALTER VIEW v RENAME TO vv', 'ALTER SCHEMA s RENAME TO ss', 'DROP SCHEMA ss CASCADE',
	'DROP OWNED BY regress_scale')
{
	my $count = buffers_of_declarations('large', $command);
	cmp_ok($count, '<', 40, "$command reads $count buffers of 1280 declarations");
}

# Many tables have an accessor of one name: one more reads no more for it.
{
	my @counts;
	foreach my $name (qw(small large))
	{
		$node->safe_psql($name, 'CREATE TABLE extra (id int PRIMARY KEY, hub0_id int REFERENCES hub0)');
		push @counts, names_of_functions($name, "DO \$\$ BEGIN PERFORM relmap.relationship('extra', 'hub0', 'hub0', back_populates => 'extras'); END \$\$");
	}
	cmp_ok($counts[1] - $counts[0], '<', 40, "an accessor beside 16 of its name reads $counts[0], beside 64 $counts[1]");
}

# A restore adds thousands of constraints, with the declarations there.
{
	my $count = buffers_of_declarations('large', 'ALTER TABLE t1 ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES hub1');
	cmp_ok($count, '<', 10, "adding a foreign key, with nothing suspended, reads $count");
	my $depend = $node->safe_psql('large', "SELECT count(*) FROM pg_depend WHERE classid = 'pg_proc'::regclass AND deptype = 'x'");
	is($depend, 0, 'a dump has no statement for what accessors depend on');
}

# What has declarations reads those, and no others of the tables that they lead to.
foreach my $command ('ALTER TABLE t1 ADD d int', 'ALTER TABLE t1 RENAME a TO aa', 'DROP TABLE t1')
{
	my @counts = map { buffers_of_declarations($_, $command) } qw(small large);
	cmp_ok($counts[1], '<', 400, "$command, with four declarations, reads $counts[1]");
	cmp_ok($counts[1] - $counts[0], '<', 60, "... and with a quarter of the tables $counts[0]");
}

done_testing();
