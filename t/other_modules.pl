# Modules that hook the executor, loaded before relmap and after it: rows are
# replaced and parked as ever, and what that takes is counted to the statement.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('other_modules');
$node->init;
$node->append_conf('postgresql.conf', "auto_explain.log_min_duration = 0\nauto_explain.log_analyze = on\nauto_explain.log_triggers = on\ncompute_query_id = on");
$node->start;

my $available = $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'});
plan skip_all => 'there is no pg_stat_statements' unless $available;

# A parked row that is given its parent takes a tenth of a second.
$node->safe_psql('postgres', q{CREATE EXTENSION relmap; CREATE EXTENSION pg_stat_statements;
	CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
	CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END';
	CREATE TRIGGER linger BEFORE UPDATE ON child FOR EACH ROW
		WHEN (OLD.parent_id IS NULL AND NEW.parent_id IS NOT NULL) EXECUTE FUNCTION linger();
	INSERT INTO parent VALUES (1), (2);
	INSERT INTO child VALUES (1, 1), (2, 2);});

for my $libraries ('pg_stat_statements, auto_explain, relmap', 'relmap, auto_explain, pg_stat_statements')
{
	$node->append_conf('postgresql.conf', "shared_preload_libraries = '$libraries'");
	$node->restart;
	$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
	my $offset = -s $node->logfile;

	my $before = $node->safe_psql('postgres', q{SELECT string_agg(id || ':' || parent_id, ' ' ORDER BY id) FROM child});
	$node->safe_psql('postgres', 'UPDATE child SET parent_id = 3 - parent_id');
	is($node->safe_psql('postgres', q{SELECT string_agg(id || ':' || 3 - parent_id, ' ' ORDER BY id) FROM child}),
		$before, "$libraries: rows are swapped");
	my ($calls, $rows, $time) = split /\|/, $node->safe_psql('postgres',
		q{SELECT calls, rows, total_exec_time FROM pg_stat_statements WHERE query = 'UPDATE child SET parent_id = $1 - parent_id'});
	is("$calls $rows", '1 2', "$libraries: one statement, of two rows");
	cmp_ok($time, '>=', 100, "$libraries: with the time that giving parked rows their parents takes");
	my $log = substr(slurp_file($node->logfile), $offset);
	like($log, qr/Query Text: UPDATE child SET parent_id = 3 - parent_id\n.*Trigger ~relmap_replace_child_parent_id_fkey: .*calls=2\n/s,
		"$libraries: the plan is logged, with relmap's trigger");
}

done_testing();
