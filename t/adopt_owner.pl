# A role that is no superuser and owns nothing but its schema adopts a real one:
# declares and mends all, draws it, and dumps and restores it.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $chinook = '../shared/data/chinook/chinook.sql';
plan skip_all => "there is no $chinook" unless -r $chinook;

my $node = PostgreSQL::Test::Cluster->new('adopt_owner');
$node->init;
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;

$node->safe_psql('postgres', 'CREATE ROLE regress_shop LOGIN; CREATE ROLE regress_clerk LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', q{
	CREATE EXTENSION relmap;
	CREATE SCHEMA shop AUTHORIZATION regress_shop;
	-- beside it a schema that the role may not see, and that its dump has not
	CREATE SCHEMA others;
	CREATE TABLE others.parent (id int PRIMARY KEY);
	CREATE TABLE others.child (id int PRIMARY KEY, parent_id int REFERENCES others.parent);
});

# What a query of the role returns, in a database.
sub as_shop
{
	my ($database, $sql) = @_;

	return $node->safe_psql($database, "SET client_min_messages = error; SET search_path = shop; $sql",
		extra_params => [ '-U', 'regress_shop' ]);
}

# Run the statements that a query of the role returns; how many there were.
sub run_what_it_says
{
	my ($database, $query) = @_;
	my @statements = grep { length } split /\n/, as_shop($database, $query);

	as_shop($database, join("\n", @statements)) if @statements;
	return scalar @statements;
}

my $script = slurp_file($chinook);
$script =~ s/.*^\\c chinook;//ms;
as_shop('shop', $script);
is(as_shop('shop', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r'}), 11, 'the tables are there');

is(as_shop('shop', q{SELECT count(*) FILTER (WHERE kind <> 'skipped'), count(*) FILTER (WHERE kind = 'skipped') FROM relmap.automap('shop')}),
	'24|0', 'the role declares all');
run_what_it_says('shop', q{SELECT statement FROM relmap.automap('shop') WHERE statement IS NOT NULL});
# some of it takes several steps, a NOT NULL without a long lock for example
my ($mended, $rounds) = (0, 0);
while (my $n = run_what_it_says('shop', q{SELECT statement FROM relmap.check('shop') WHERE statement IS NOT NULL}))
{
	$mended += $n;
	last if ++$rounds == 6;
}
ok($mended > 0, "check() offers $mended statements, which the role can run");
is(as_shop('shop', q{SELECT rule, problem FROM relmap.check('shop')}), '', 'then it finds nothing');

# A one-to-one, a slot with a condition, and what they do, by the role and by another one.
as_shop('shop', q{
	CREATE TABLE badge (badge_id int PRIMARY KEY, employee_id int REFERENCES employee, lost boolean NOT NULL DEFAULT false);
	SELECT relmap.relationship('employee', 'badge', 'badge', uselist => false, condition => 'NOT lost', on_replace => 'set lost = true',
		backref => 'employee');
	GRANT USAGE ON SCHEMA shop TO regress_clerk;
	GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA shop TO regress_clerk;
	CREATE INDEX ON badge (employee_id);
	INSERT INTO badge VALUES (1, 1);
});
$node->safe_psql('shop', 'INSERT INTO shop.badge VALUES (2, 1)', extra_params => [ '-U', 'regress_clerk' ]);
is(as_shop('shop', 'SELECT * FROM badge ORDER BY 1'), "1|1|t\n2|1|f", 'who may only insert replaces, with the rights of the owner');
is(as_shop('shop', q{SELECT rule, problem FROM relmap.check('shop')}), '', 'check() finds nothing');

like(as_shop('shop', q{SELECT relmap.models(schema => 'shop')}), qr/^class Album\(Base\):.*^class Track\(Base\):/ms, 'models');
my $diagram = as_shop('shop', q{SELECT relmap.diagram()});
like($diagram, qr/playlist/, 'the diagram has the tables');

# The role dumps its schema and the declarations, and restores them into a
# database of its own.
my @told = split /\n/, as_shop('shop', q{SELECT * FROM relmap.declarations('shop')});
my $rows = as_shop('shop', 'SELECT (SELECT count(*) FROM track), (SELECT count(*) FROM playlist_track)');
$node->safe_psql('postgres', 'CREATE DATABASE own OWNER regress_shop');
$node->command_ok([ 'pg_dump', '-U', 'regress_shop', '-Fc', '-n', 'shop', '-e', 'relmap', '-f', "$dir/shop.dump", 'shop' ], 'the role dumps its schema');
$node->command_ok([ 'pg_restore', '-U', 'regress_shop', '-j', '2', '--exit-on-error', '-d', 'own', "$dir/shop.dump" ], 'and restores it, with two jobs');
is_deeply([ split /\n/, as_shop('own', q{SELECT * FROM relmap.declarations('shop')}) ], \@told, 'all is declared there');
is(as_shop('own', q{SELECT rule, problem FROM relmap.check()}), '', 'and in order');
is(as_shop('own', q{SELECT relmap.diagram('mermaid', 'shop')}), as_shop('shop', q{SELECT relmap.diagram('mermaid', 'shop')}), 'with the same diagram');
is(as_shop('own', 'SELECT (SELECT count(*) FROM track), (SELECT count(*) FROM playlist_track)'), $rows, 'and the rows');
is(as_shop('own', 'INSERT INTO badge VALUES (3, 1) RETURNING badge_id; SELECT * FROM badge ORDER BY 1'), "3\n1|1|t\n2|1|t\n3|1|f",
	'a row replaces there');

done_testing();
