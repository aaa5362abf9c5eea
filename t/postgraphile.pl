# PostGraphile on relationships that relmap keeps: what clients/postgraphile
# checks, against a server of its own.
#
# It takes Node 20, and "npm ci" in clients/postgraphile, which fetches the very
# versions of package-lock.json.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $directory = 'clients/postgraphile';
my $node_version = `node --version 2>&1` // '';

plan skip_all => 'Node 20 is not here'
  unless $node_version =~ /^v(\d+)/ && $1 >= 20;
plan skip_all => 'PostGraphile is not here; script/test --clients installs it'
  unless -d "$directory/node_modules";

my $node = PostgreSQL::Test::Cluster->new('postgraphile');
$node->init;
$node->start;

local %ENV = (
	%ENV,
	PGHOST => $node->host,
	PGPORT => $node->port,
	PGUSER => $node->safe_psql('postgres', 'SELECT current_user'),
	PGDATABASE => 'postgres');

my ($output, $count) = ('', 0);
IPC::Run::run([ 'node', '--test-reporter=tap', "$directory/test.js" ],
	'>&' => \$output, IPC::Run::timeout(300));
while ($output =~ /^(not )?ok \d+ - (.*)$/mg)
{
	ok(!$1, $2);
	$count++;
}
is($output =~ /^1\.\.(\d+)$/m ? $1 : 'none', $count, 'all checks were made');
diag $output unless Test::More->builder->is_passing;

$node->stop;
done_testing();
