# What schema tools do to a declared schema, by real runs: they drop a foreign key
# or its uniqueness and make it again.  Each is followed by a replacement, and
# relmap.check() finds no error.  Django and Alembic are in t/integrations.pl.
# What is not installed is skipped.

use strict;
use warnings;
use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $missing = 'script/test --clients installs it';
my $output;

my $node = PostgreSQL::Test::Cluster->new('migrations');
$node->init;
$node->start;

# Run a tool on a database.
sub tool
{
	my ($database, @command) = @_;
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => $database, PGUSER => scalar getpwuid($<));

	ok(run(\@command, '>&', \$output), "$database: $command[-1]") or diag($output);
}

# A second child of a parent takes it, and nothing is wrong.
sub works
{
	my ($database, $column, $what) = @_;

	is($node->safe_psql($database, qq{
			INSERT INTO parent (name) VALUES ('p');
			INSERT INTO child ($column) SELECT max(id) FROM parent;
			INSERT INTO child ($column) SELECT max(id) FROM parent;
			SELECT count(*) FROM child WHERE $column = (SELECT max(id) FROM parent);
			SELECT source, name, problem FROM relmap.check() WHERE severity = 'error';
		}), 1, "$what: a row replaces, and check() finds no error");
}

SKIP:
{
	skip "Ruby has no active_record and pg; $missing", 1
	  unless eval { run([ 'ruby', '-e', 'require "active_record"; require "pg"' ], '>&', \$output) };
	my @rails = ('ruby', 'clients/migrations/rails.rb');

	$node->safe_psql('postgres', 'CREATE DATABASE rails');
	tool('rails', @rails, 'make');
	$node->safe_psql('rails', q{
		CREATE EXTENSION relmap;
		SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => 'parent')});
	works('rails', 'parent_id', 'Rails');
	tool('rails', @rails, 'remove and add');
	works('rails', 'owner_id', 'Rails, foreign key removed and added');
	tool('rails', @rails, 'remove and add the index');
	works('rails', 'owner_id', 'Rails, index removed and added');
}

foreach my $orm (qw(Sequelize TypeORM MikroORM Drizzle))
{
  SKIP:
	{
		skip "$orm: clients/node_modules is not there; $missing", 1 unless -d 'clients/node_modules';
		my $database = lc $orm;
		my @client = ('node', "clients/migrations/$database.js");

		$node->safe_psql('postgres', "CREATE DATABASE $database");
		tool($database, @client, 'make');
		$node->safe_psql($database, q{
			CREATE EXTENSION relmap;
			SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => 'parent')});
		works($database, 'parent_id', $orm);
		tool($database, @client, 'again');
		# what the tool takes away because its models do not have it
		my $lost = $node->safe_psql($database, q{SELECT count(*) FROM relmap.check() WHERE rule = 'uniqueness_missing'});
		$node->safe_psql($database, 'ALTER TABLE child ADD UNIQUE (parent_id)') if $lost;
		works($database, 'parent_id', "$orm, synchronized");
	}
}

$node->stop;
done_testing();
