# The README's examples do what the README says.
#
# Each ```sql block is run by psql, in the README's order, in one database.  A
# ```text block that follows, with nothing but blank lines between, must be what
# psql then shows, but for the empty results of functions that return void.
# Without such a block there must be no error.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE readme');

# What psql shows for some SQL, results and messages in order.
sub shown
{
	my ($sql) = @_;
	my $output = '';

	IPC::Run::run(
		[ 'psql', '-X', '-q', '-d', $node->connstr('readme') ],
		'<' => \$sql, '>&' => \$output);
	$output =~ s/^ \w+ +\n-+\n +\n\(1 row\)\n\n//mg;
	$output =~ s/\n+\z/\n/;
	return $output;
}

my $readme = slurp_file('README.md');
my $count = 0;
while ($readme =~ /^```sql\n(.*?)^```\n(?:\s*^```text\n(.*?)^```\n)?/msg)
{
	my ($sql, $expected) = ($1, $2);
	my $line = 1 + (substr($readme, 0, $-[0]) =~ tr/\n//);
	my $output = shown($sql);

	if (defined $expected)
	{
		is($output, $expected, "README.md, line $line");
	}
	else
	{
		unlike($output, qr/^(ERROR|FATAL):/m, "README.md, line $line");
	}
	$count++;
}
cmp_ok($count, '>', 0, 'there are examples');

$node->stop;
done_testing();
