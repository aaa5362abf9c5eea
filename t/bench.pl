# The benchmark's alternatives do the same work: each row of script/bench at a
# small scale, which dies where the rows that they leave differ.  Nothing is
# asserted of times.

use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'DBD::Pg is not here' unless eval { require DBD::Pg; 1 };

my $node = PostgreSQL::Test::Cluster->new('bench');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off");
$node->start;

# Run the benchmark's driver in a database of its own; returns its exit status,
# output and messages.
sub bench
{
	my ($database, $options, @rows) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = $database;
	local $ENV{PGOPTIONS} = $options;
	my $ok = IPC::Run::run([ $^X, 'bench/time.pl', 100, 100, 1, '{"server":"s","date":"d","commit":"c","machine":{"cpu":"m","cores":1}}', @rows ],
		'>' => \my $output, '2>' => \my $messages);
	return ($ok, $output, $messages);
}

my ($ok, $output, $messages) = bench('all_rows', '');
ok($ok, 'all alternatives do the same work') or diag $messages;
my $result = decode_json($output || '{}');
is(join(' ', map { $_->{name} } @{ $result->{rows} }),
	'insert insert_two insert_five condition_met condition_not_met keyed copy update_other update_other_five update_same '
	  . 'replace one single hot shift to_one to_many first first_1000 first_30000 load declare', 'all rows are measured');
foreach my $row (@{ $result->{rows} })
{
	cmp_ok($row->{ways}{$_}, '>', 0, "$row->{name}: $_ has a figure") foreach $row->{base}, 'relmap';
}
my ($plan) = grep { $_->{name} eq 'to_many' } @{ $result->{rows} };
ok($plan->{same_plan}, 'the to-many accessor has the plan of the join');
my ($declare) = grep { $_->{name} eq 'declare' } @{ $result->{rows} };
is($declare->{blocks}{relmap}, 0, 'declaring reads no block of the table');
cmp_ok($declare->{blocks}{count}, '>', 0, '... which count(*) does');
is(scalar @{ $result->{growth}{$_} }, { rows => 2, relationships => 4, partitions => 3 }->{$_}, "growth by $_")
  foreach qw(rows relationships partitions);

# The tables take what it prints.
my $folder = PostgreSQL::Test::Utils::tempdir;
append_to_file("$folder/results.json", $output);
append_to_file("$folder/page.md", "before\n<!-- bench -->\nold\n<!-- /bench -->\nbetween\n<!-- targets -->\n<!-- /targets -->\nafter\n");
my (undef, $errors) = run_command([ $^X, 'bench/table.pl', "$folder/results.json", "$folder/page.md" ]);
my ($users, $targets) = slurp_file("$folder/page.md") =~ /^before\n(.*)between\n(.*)after\n$/s;
is(scalar(() = $users =~ /^\| [^|]*[a-z][^|]* \|(?: (?:–|\d[\d.]*(?:, \d+\.\d\d)?) \|){3,4}$/mg), 21, 'the users\' tables have all rows')
  or diag $errors, $users;
unlike($users, qr/reach|old/, '... and nothing of targets');
is(scalar(() = $targets =~ /^\| .* \d+\.\d\d \(/mg), 21, 'the other table has all targets') or diag $targets;

# Does it notice?  Without replacement the rows stay apart.
($ok, $output, $messages) = bench('other_work', '-c relmap.replacement=off', 'replace');
ok(!$ok, 'an alternative that does other work is an error');
like($messages, qr/duplicate key/, '... that tells');

$node->stop;
done_testing();
